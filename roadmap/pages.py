"""The strategy's pages: which text is shown to whom, and how texts and pages are changed.

The versions of a page are the history of its texts. That a page was added, moved or removed
stands in the strategy's own history, as `Change`.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from roadmap.history import Overtaken
from roadmap.models import Change, PageVersion, Strategy, StrategyPage
from roadmap.page_models import Part, Texts

# Words of addresses below `strategy/` that are no pages.
RESERVED = {"edit", "add", "pages"}
LANGUAGE_NAMES = settings.LANGUAGES
LANGUAGES = [code for code, _name in LANGUAGE_NAMES]


class SlugTaken(Exception):
    """The strategy has another page at this address, or a removed one."""


@dataclass(frozen=True)
class Entry:
    """A page with the text that a reader gets."""

    page: StrategyPage
    version: PageVersion
    foreign: str  # the text's language, where it is not the reader's


def in_words(strategy: Strategy, language: str, removed: bool = False) -> list[Entry]:
    """The pages of a strategy in their order, without their bodies; one query.

    Each with its newest text in the reader's language, else in Finnish, else in any.
    """
    found = (
        PageVersion.objects.newest()
        .filter(page__strategy=strategy, page__removed_at__isnull=not removed)
        .select_related("page", "user")
        .defer("body")
        .order_by("page__position", "page")
    )
    by_page: dict[int, dict[str, PageVersion]] = {}
    for version in found:
        by_page.setdefault(version.page_id, {})[version.language] = version
    entries = [_entry(versions, language) for versions in by_page.values()]
    return sorted(entries, key=lambda entry: list(Part).index(entry.page.part))


def _entry(versions: dict[str, PageVersion], language: str) -> Entry:
    shown = next(versions[code] for code in (language, *LANGUAGES) if code in versions)
    return Entry(shown.page, shown, "" if shown.language == language else shown.language)


def by_part(entries: list[Entry]) -> dict[str, list[Entry]]:
    """The pages of each part; parts in their order, with the empty ones."""
    return {part.value: [e for e in entries if e.page.part == part] for part in Part}


def with_pages(strategies):
    """A queryset of strategies that also says of each whether it `has_pages` to copy."""
    shown = StrategyPage.objects.filter(strategy=OuterRef("pk"), removed_at=None)
    return strategies.annotate(has_pages=Exists(shown))


def newest(page: StrategyPage, language: str) -> PageVersion | None:
    return page.versions.filter(language=language).order_by("-number").first()


# --- texts ------------------------------------------------------------------------------------


@transaction.atomic
def save(page: StrategyPage, language: str, wanted: Texts, seen: int, user) -> PageVersion:
    """A new version in one language, by one who saw version `seen` (0 for none).

    The text that stands already makes no version. Raises `Overtaken`.
    """
    StrategyPage.objects.select_for_update(no_key=True).get(pk=page.pk)
    now = newest(page, language)
    if now and now.texts == wanted:
        return now
    if now and now.number != seen:
        raise Overtaken(now)
    return _write(page, language, wanted, now.number + 1 if now else 1, user)


def _write(page, language: str, texts: Texts, number: int, user) -> PageVersion:
    values = {"title": texts.title, "lead": texts.lead, "body": texts.body}
    return page.versions.create(language=language, number=number, user=user, **values)


# --- pages ------------------------------------------------------------------------------------


@transaction.atomic
def add(strategy: Strategy, wanted: dict, language: str, user) -> StrategyPage:
    """A page with what is wanted (slug, part, place, title), the last of its part.

    The same form sent twice makes one page. Raises `SlugTaken`.
    """
    _hold(strategy)
    found = strategy.pages.filter(slug=wanted["slug"]).first()
    if found:
        first = newest(found, language)
        same = first and (first.title, first.number, first.user_id) == (wanted["title"], 1, user.pk)
        if same and found.removed_at is None:
            return found
        raise SlugTaken
    page = strategy.pages.create(
        slug=wanted["slug"],
        part=wanted["part"],
        place=wanted["place"],
        position=_last(strategy) + 1,
    )
    _write(page, language, Texts(wanted["title"]), 1, user)
    _note(strategy, user, page_added=[None, wanted["title"]])
    return page


@transaction.atomic
def move(page: StrategyPage, up: bool, seen: int, user) -> bool:
    """Change places with the page before or after it in its part; whether it moved.

    It stays where it is no longer at the position that the person saw, as when a button is
    pressed twice.
    """
    _hold(page.strategy)
    row = list(page.strategy.pages.filter(part=page.part, removed_at=None).order_by("position"))
    index = next((index for index, other in enumerate(row) if other.pk == page.pk), None)
    to = None if index is None else index + (-1 if up else 1)
    if to is None or row[index].position != seen or not 0 <= to < len(row):
        return False
    here, there = row[index], row[to]
    here.position, there.position = there.position, here.position
    StrategyPage.objects.bulk_update([here, there], ["position"])
    title = title_of(page)
    _note(page.strategy, user, page_moved=[f"{title}: {index + 1}.", f"{to + 1}."])
    return True


@transaction.atomic
def set_place(page: StrategyPage, wanted: dict[str, tuple[str, str]], user) -> bool:
    """Put a page into another part, or let it lead on elsewhere; whether it could be done.

    `wanted` has what was seen and what is wanted, of `part` and `place`.
    """
    _hold(page.strategy)
    now = StrategyPage.objects.get(pk=page.pk)
    new = {name: to for name, (_seen, to) in wanted.items() if getattr(now, name) != to}
    if any(getattr(now, name) != wanted[name][0] for name in new):
        return False
    if new:
        before = {name: getattr(now, name) for name in new}
        fields = {f"page_{name}": [before[name] or None, to or None] for name, to in new.items()}
        last = {"position": _last(page.strategy) + 1} if "part" in new else {}
        StrategyPage.objects.filter(pk=now.pk).update(**new, **last)
        _note(page.strategy, user, page_changed=[None, title_of(page)], **fields)
    return True


@transaction.atomic
def remove(page: StrategyPage, user) -> bool:
    """Take a page out of sight, with its versions; whether it was in sight."""
    _hold(page.strategy)
    shown = StrategyPage.objects.filter(pk=page.pk, removed_at=None)
    removed = bool(shown.update(removed_at=timezone.now()))
    if removed:
        _note(page.strategy, user, page_removed=[title_of(page), None])
    return removed


@transaction.atomic
def bring_back(page: StrategyPage, user) -> bool:
    """Show a removed page again, the last of its part; whether it was removed."""
    _hold(page.strategy)
    hidden = StrategyPage.objects.filter(pk=page.pk, removed_at__isnull=False)
    back = bool(hidden.update(removed_at=None, position=_last(page.strategy) + 1))
    if back:
        _note(page.strategy, user, page_brought_back=[None, title_of(page)])
    return back


@transaction.atomic
def copy(strategy: Strategy, source: Strategy, user) -> int:
    """The newest texts of another strategy's pages, for one that has none; how many pages."""
    _hold(strategy)
    if strategy.pages.exists():
        return 0
    shown = list(source.pages.filter(removed_at=None).order_by("position"))
    fields = ("slug", "part", "place", "position")
    made = StrategyPage.objects.bulk_create(
        StrategyPage(strategy=strategy, **{name: getattr(page, name) for name in fields})
        for page in shown
    )
    new = {old.pk: page for old, page in zip(shown, made, strict=True)}
    texts = PageVersion.objects.newest().filter(page__in=shown).order_by("pk")
    PageVersion.objects.bulk_create(
        PageVersion(
            page=new[old.page_id],
            language=old.language,
            number=1,
            title=old.title,
            lead=old.lead,
            body=old.body,
            user=user,
        )
        for old in texts
    )
    if made:
        _note(strategy, user, pages_copied=[None, source.name])
    return len(made)


def title_of(page: StrategyPage) -> str:
    """What history calls a page: its title in Finnish, else in any language."""
    versions = {version.language: version for version in page.versions.newest()}
    return next((versions[code].title for code in LANGUAGES if code in versions), page.slug)


def leading_to(page: StrategyPage, language: str) -> list[Entry]:
    """The other pages whose texts, in any language, still lead to this one."""
    link = f"](strategy/{page.slug}/"
    texts = PageVersion.objects.newest().filter(
        page__strategy=page.strategy_id, page__removed_at=None, body__contains=link
    )
    leading = set(texts.exclude(page=page).values_list("page", flat=True))
    return [e for e in in_words(page.strategy, language) if e.page.pk in leading] if leading else []


def _hold(strategy: Strategy) -> None:
    """One at a time changes the order and the addresses of a strategy's pages."""
    Strategy.objects.select_for_update(no_key=True).get(pk=strategy.pk)


def _last(strategy: Strategy) -> int:
    return strategy.pages.aggregate(last=Max("position"))["last"] or 0


def _note(strategy: Strategy, user, **fields) -> None:
    Change.objects.create(strategy=strategy, user=user, fields=fields)
