"""Pages as files, for the demonstration: `<language>/<position>-<slug>.md` in a folder.

The first line is the title (`# …`), the first paragraph the lead, the rest the body.
"""

from datetime import datetime
from pathlib import Path

from roadmap.models import PageVersion, Strategy, StrategyPage
from roadmap.page_models import Part, Texts


def read(path: Path) -> Texts:
    """The texts of one file."""
    title, _break, rest = path.read_text(encoding="utf-8").strip().partition("\n")
    lead, _break, body = rest.strip().partition("\n\n")
    return Texts(title.removeprefix("# "), " ".join(lead.split("\n")), body.strip())


def load(
    strategy: Strategy, folder: Path, places: dict[str, list[str]], user, at: datetime
) -> None:
    """Every page of a folder, in each of its languages, as its first version.

    `places` says of each page, by its slug, its part and where it leads on to.
    """
    pages: dict[str, StrategyPage] = {}
    for path in sorted(folder.glob("*/*.md")):
        position, _hyphen, slug = path.stem.partition("-")
        if slug not in pages:
            part, place = places[slug]
            pages[slug] = strategy.pages.create(
                slug=slug, part=Part(part), place=place, position=int(position)
            )
        texts = read(path)
        PageVersion.objects.create(
            page=pages[slug],
            language=path.parent.name,
            number=1,
            title=texts.title,
            lead=texts.lead,
            body=texts.body,
            user=user,
            at=at,
        )
