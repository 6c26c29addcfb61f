"""What the steps of an import show, ready for their templates."""

from collections import Counter
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from roadmap import imports
from roadmap.models import ImportBase, ImportStep, RoadmapImport, StepKind
from roadmap.progress import Progress
from roadmap.quarters import Quarter
from roadmap.traffic_light import Light
from roadmap.workbook.book import displayed, letter
from roadmap.workbook.faults import Fault, from_json
from roadmap.workbook.keeping import sentences

GRID_ROWS, GRID_ABOVE, GRID_COLUMNS, GRID_TEXT = 12, 3, 40, 60
MOST_ROWS = 30  # of a sheet whose headers a person has to find
MOST_FAULTS = 200
PAGE = 50
RELIT, MOST_RELIT = "relit", 20


def how_far(kept: ImportBase, told: str | None) -> dict:
    """How far the job of an import has come, for its page.

    `told` is what the page has had read aloud last, None for a page that is loaded as a whole.
    """
    progress = Progress(kept.folder, kept.claim)
    is_alive = imports.is_attended(kept)
    # Of a worker that died nothing was kept, however far it had come.
    far, is_cancelled = progress.read() if is_alive else {}, progress.is_cancelled()
    # What a screen reader has heard: the state, how many quarters are done, whether it is ended.
    quarters = far["done"] * 4 // far["total"] if far.get("total") else 0
    said = f"{kept.state}-{quarters}-{is_cancelled:d}"
    return {
        "progress": far,
        "is_alive": is_alive,
        "is_cancelled": is_cancelled,
        "said": said,
        "is_told": told not in (None, said),
    }


def faults_of(kept: ImportBase) -> list[Fault]:
    """The first faults of a file."""
    return [Fault.from_json(fault) for fault in kept.faults[:MOST_FAULTS]]


def faulty_fields(kept: ImportBase) -> list[tuple[str, int]]:
    """The fields that have faults, and how many."""
    return Counter(from_json(fault[2]) for fault in kept.faults if fault[2]).most_common()


def assumed(kept: ImportBase) -> list[tuple[str, int]]:
    """What was assumed in reading a file, and how often."""
    return [(sentences([text])[0], count) for text, count in kept.assumptions]


@dataclass
class Grid:
    """The first rows of a sheet as they are, with the form that says what they mean."""

    form: object
    letters: list[str]
    rows: list[tuple[int, bool, list[str]]]  # number, whether it is a header, texts
    hidden_columns: str
    is_cut: bool


def sheet_grid(form) -> Grid:
    sheet = form.sheet
    header = form.header
    rows = _around(header, sheet["head"])
    width = min(GRID_COLUMNS, max((len(cells) for _number, cells in rows), default=0))
    return Grid(
        form,
        [letter(place) for place in range(1, width + 1)],
        [
            (
                number,
                bool(header) and header[0] <= number <= header[1],
                [displayed(cell)[:GRID_TEXT] for cell in (cells + [None] * width)[:width]],
            )
            for number, cells in rows
        ],
        ", ".join(letter(place) for place in sheet["hidden_columns"]),
        sheet["last_column"] > width,
    )


def _around(header: tuple[int, int] | None, head: list) -> list:
    """The rows that are shown: the first ones, or those around headers further down."""
    if header is None:  # to be found by the person
        return head[:MOST_ROWS]
    above = sum(row[0] < header[0] for row in head)
    first = max(0, above - GRID_ABOVE) if above > GRID_ROWS // 2 else 0
    return head[first : first + GRID_ROWS]


@dataclass
class Relit:
    """A light with its number of actions, before and after."""

    light: str
    before: int
    after: int

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass
class Preview:
    """The fourth step: what would happen."""

    kind: str
    words: str
    kinds: list[tuple[str, str, int]]  # what can be filtered for, with its count
    page: Page
    faults: list[Fault]
    faulty: list[tuple[str, int]]  # the fields that have faults, and how many
    assumptions: list[tuple[str, int]]
    new_names: list[tuple[str, str]]
    quarter: Quarter | None
    lights: list[Relit]
    effect: dict | None
    relit: list[ImportStep]  # the first of those whose light changes
    number: int  # of actions that would change or be made


def preview(kept: RoadmapImport, query) -> Preview:
    counts, effect = kept.counts, kept.effect
    kinds = _kinds(counts, effect)
    kind = query.get("kind") if query.get("kind") in {name for name, *_said in kinds} else ""
    words = query.get("q", "").replace("\0", "").strip()[:100]
    return Preview(
        kind,
        words,
        kinds,
        Paginator(_steps(kept, kind, words), PAGE).get_page(query.get("page")),
        faults_of(kept),
        faulty_fields(kept),
        assumed(kept),
        [
            (key, name)
            for key in ("phases", "theme", "service_area", "responsible")
            for name in kept.new_names.get(key, ())
        ],
        Quarter.parse(effect["quarter"]) if effect else None,
        _lights(effect) if effect else [],
        effect,
        list(_steps(kept, RELIT)[:MOST_RELIT]) if effect and effect["changed"] else [],
        counts["new"] + counts["changed"],
    )


def _kinds(counts: dict, effect: dict | None) -> list[tuple[str, str, int]]:
    kinds = [(value, str(label), counts[value]) for value, label in StepKind.choices]
    if effect:
        kinds.insert(2, (RELIT, _("Light changes"), effect["changed"]))
    return kinds


def _steps(kept: RoadmapImport, kind: str, words: str = "") -> QuerySet:
    """Of itself the list has what would happen; the rest is looked at when it is asked for."""
    steps = kept.steps.defer("kept")
    if kind == RELIT:
        steps = steps.filter(relit__isnull=False)
    else:
        steps = steps.filter(kind__in=[kind] if kind else [StepKind.CHANGED, StepKind.NEW])
    for word in words.split():
        steps = steps.filter(_mentions(word))
    return steps


def _mentions(word: str) -> Q:
    # SQLite folds the case of a–z only, so å, ä and ö are asked for in both cases.
    found = Q()
    for variant in {word, word.lower(), word.capitalize()}:
        found |= Q(code__icontains=variant) | Q(title__icontains=variant)
    return found


def _lights(effect: dict) -> list[Relit]:
    before, after = effect["before"]["counts"], effect["after"]["counts"]
    return [Relit(light.value, before[light.value], after[light.value]) for light in Light]
