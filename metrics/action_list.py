"""The list of actions: what a request asks for, and the rows as the page shows them."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import quote

from django.contrib.auth import get_user_model
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.utils.html import format_html
from django.utils.translation import gettext as _

from metrics.models import ActionStatus, Coverage
from metrics.timeline import Timeline
from roadmap import formats
from roadmap.models import Action, ProgressEntry, ServiceArea, Strategy, Theme
from roadmap.search import mentions
from roadmap.search_words import Query
from roadmap.traffic_light import Light

PAGE = 25

SORTS = {
    "code": ["action__code"],
    "title": ["action__title", "action__code"],
    "percent": [F("percent").asc(nulls_last=True), "action__code"],
    "-code": ["-action__code"],
    "-title": ["-action__title", "action__code"],
    "-percent": [F("percent").desc(nulls_last=True), "action__code"],
}


@dataclass(frozen=True)
class Filters:
    """What the address asks for; what it asks for that cannot be is left out."""

    q: str = ""
    phase: int | None = None
    lights: tuple[str, ...] = ()
    reported: str = ""
    theme: int | None = None
    area: int | None = None
    person: int | None = None
    sort: str = "code"
    page: int = 1

    @classmethod
    def read(cls, query) -> "Filters":
        def whole(name):
            text = query.get(name, "")
            # More digits than any key has would be too large for the database to compare.
            return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None

        return cls(
            q=query.get("q", "").replace("\0", "").strip()[:200],
            phase=whole("phase"),
            lights=tuple(light.value for light in Light if light in query.getlist("light")),
            reported=query.get("reported") if query.get("reported") in ("yes", "no") else "",
            theme=whole("theme"),
            area=whole("area"),
            person=whole("person"),
            sort=query.get("sort") if query.get("sort") in SORTS else "code",
            page=max(1, whole("page") or 1),
        )

    @property
    def is_narrowed(self) -> bool:
        return self != Filters(sort=self.sort, page=self.page)


@dataclass
class Options:
    """What the filters can be set to, in the order of a Finnish list."""

    theme: list[tuple[int, str]] = field(default_factory=list)
    area: list[tuple[int, str]] = field(default_factory=list)
    person: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Row:
    """One action as the list shows it."""

    code: str
    address: str
    title: str
    area: str
    year: int
    people: str
    light: str
    percent: str
    bar: str
    share: str
    trend: str
    note: str
    coverage: str
    is_cancelled: bool


@dataclass
class Listing:
    rows: list[Row]
    count: int
    counts: dict[str, int]  # by light, as if no light had been chosen
    shown_counts: dict[str, int]
    cancelled: int
    reported: int
    due: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def near_pages(self) -> list[int | None]:
        """Page numbers for the pager; None where some are left out."""
        near = sorted(
            {1, self.pages}
            | {n for n in range(self.page - 1, self.page + 2) if 1 <= n <= self.pages}
        )
        shown = []
        for number in near:
            if shown and number - shown[-1] > 1:
                shown.append(None)
            shown.append(number)
        return shown


def options(strategy: Strategy) -> Options:
    """One query for the three lists."""
    links = Action.responsible.through.objects.filter(action__strategy=strategy)
    people = get_user_model().objects.filter(Exists(links.filter(user=OuterRef("pk"))))
    rows = (
        Theme.objects.filter(strategy=strategy)
        .order_by()
        .values_list(Value("theme"), "pk", "name", Value(""), Value(""))
        .union(
            ServiceArea.objects.filter(strategy=strategy)
            .order_by()
            .values_list(Value("area"), "pk", "name", Value(""), Value("")),
            people.values_list(Value("person"), "pk", "last_name", "first_name", "email"),
        )
    )
    found = Options()
    for kind, pk, name, first_name, address in rows:
        getattr(found, kind).append((pk, f"{name} {first_name}".strip() or address))
    for listed in (found.theme, found.area, found.person):
        listed.sort(key=lambda pair: formats.collation(pair[1]))
    return found


def listing(strategy: Strategy, line: Timeline, filters: Filters, people: dict) -> Listing:
    """The page of the list that the filters ask for: three queries, whatever it holds.

    `people` gives names by user key (`Options.person`).
    """
    counts = {light.value: 0 for light in Light}
    if line.now is None:
        return Listing([], 0, counts, counts, 0, 0, 0, 1, 1)
    matching = _matching(strategy, line, filters)
    chosen = filters.lights or tuple(counts)
    coverages = Counter()
    for light, coverage, number in matching.values_list("light", "coverage").annotate(Count("pk")):
        if coverage != Coverage.CANCELLED:
            counts[light] += number
        if light in chosen:
            coverages[coverage] += number
    cancelled = 0 if filters.lights else coverages[Coverage.CANCELLED]
    reported = coverages[Coverage.REPORTED]
    due = reported + coverages[Coverage.MISSING]
    shown = {light: number if light in chosen else 0 for light, number in counts.items()}
    count = sum(shown.values()) + cancelled
    pages = max(1, -(-count // PAGE))
    page = min(filters.page, pages)
    here = _in_order(matching, strategy, filters)[(page - 1) * PAGE : page * PAGE]
    rows = _rows(line, list(_with_what_is_shown(here)), people)
    return Listing(rows, count, counts, shown, cancelled, reported, due, page, pages)


def found(strategy: Strategy, line: Timeline, filters: Filters) -> QuerySet:
    """The statuses of all pages of the list, in its order. There must be a `line.now`."""
    return _in_order(_matching(strategy, line, filters), strategy, filters)


def _in_order(matching: QuerySet, strategy: Strategy, filters: Filters) -> QuerySet:
    if filters.lights:
        matching = matching.exclude(coverage=Coverage.CANCELLED).filter(light__in=filters.lights)
    # Said of the action too, so that the database can walk its index of codes and stop early.
    return matching.filter(action__strategy=strategy).order_by(*SORTS[filters.sort])


def _matching(strategy: Strategy, line: Timeline, filters: Filters) -> QuerySet:
    """The statuses that the filters ask for, the light aside."""
    statuses = ActionStatus.objects.filter(strategy=strategy, quarter=line.now.quarter)
    if filters.phase:
        statuses = statuses.filter(action__phase__year=filters.phase)
    if filters.theme:
        statuses = statuses.filter(action__theme=filters.theme)
    if filters.area:
        statuses = statuses.filter(action__service_area=filters.area)
    if filters.person:
        statuses = statuses.filter(
            action__in=Action.responsible.through.objects.filter(user=filters.person).values(
                "action"
            )
        )
    if filters.reported:
        wanted = Coverage.REPORTED if filters.reported == "yes" else Coverage.MISSING
        statuses = statuses.filter(coverage=wanted)
    return statuses.filter(mentions(Query.read(filters.q), "action__"))


def with_report_day(statuses: QuerySet) -> QuerySet:
    """With `reported_at` of the entry for the very quarter."""
    entry = ProgressEntry.objects.filter(action=OuterRef("action"), quarter=OuterRef("quarter"))
    return statuses.annotate(reported_at=Subquery(entry.values("reported_at")[:1]))


def _with_what_is_shown(statuses: QuerySet) -> QuerySet:
    return with_report_day(statuses).values(
        "action_id",
        "percent",
        "light",
        "planned",
        "achieved",
        "coverage",
        "reported_at",
        code=F("action__code"),
        title=F("action__title"),
        year=F("action__phase__year"),
        area=F("action__service_area__name"),
        start=F("action__start"),
        cancelled_from=F("action__cancelled_from"),
    )


def _rows(line: Timeline, found: list[dict], people: dict) -> list[Row]:
    """One query more: the year's percents, and who is responsible."""
    if not found:
        return []
    now = line.now.quarter
    year = [tick.quarter for tick in line.year(now.year) if tick.quarter <= now]
    trends, responsible = {}, {}
    for action_id, quarter, percent, user_id in ActionStatus.objects.filter(
        action__in=[row["action_id"] for row in found], quarter__in=year
    ).values_list("action_id", "quarter", "percent", "action__responsible"):
        trends.setdefault(action_id, {})[quarter.number] = percent
        if user_id:
            responsible.setdefault(action_id, {})[user_id] = people.get(user_id, "")
    return [
        _row(row, trends[row["action_id"]], responsible.get(row["action_id"], {}), now)
        for row in found
    ]


def _row(row: dict, trend: dict, responsible: dict, now) -> Row:
    started = row["percent"] is not None
    note = ""
    if row["coverage"] == Coverage.CANCELLED and row["cancelled_from"]:
        note = _("cancelled from %s on") % row["cancelled_from"].label
    elif row["start"] > now:
        note = _("starts %s") % row["start"].label
    elif not started:
        note = _("nothing planned yet")
    return Row(
        code=row["code"],
        address=quote(row["code"], safe="/~:@!$&'()*+,;="),
        title=row["title"],
        area=row["area"] or "",
        year=row["year"],
        people=", ".join(sorted(responsible.values(), key=formats.collation)),
        light=row["light"],
        percent=formats.percent(row["percent"]),
        bar=plan_bar(row["achieved"], row["planned"]) if started else "",
        share=_share(row["achieved"], row["planned"]) if started else "",
        trend=sparkline(trend) if started else "",
        note=note,
        coverage=_("missing") if row["coverage"] == Coverage.MISSING else _day(row["reported_at"]),
        is_cancelled=row["coverage"] == Coverage.CANCELLED,
    )


def _share(achieved: Decimal, planned: Decimal) -> str:
    return format_html("<b>{}</b> / {}", int(achieved * 100), int(planned * 100))


def _day(at) -> str:
    return formats.day(at).rpartition(".")[0] + "." if at else ""


def plan_bar(achieved: Decimal, planned: Decimal) -> str:
    """What is achieved as a bar, what was planned as a stroke across, 0–100 % of the way."""
    done, due = achieved * 100, planned * 100
    says = _("Achieved %(done)d %%, planned %(due)d %%") % {"done": int(done), "due": int(due)}
    return format_html(
        '<svg class="plan-bar" role="img" aria-label="{}"><line class="track" x2="100%" y1="9" '
        'y2="9"/><rect class="actual" y="6" width="{}%" height="6"/><svg x="{}%"><rect class="gap" '
        'x="-3" width="6" height="18"/><rect class="plan" x="-1" width="2" height="18"/></svg>'
        "</svg>",
        says,
        f"{done:.1f}",
        f"{due:.1f}",
    )


def sparkline(percents: dict[int, int | None]) -> str:
    """The percents of a year's quarters; the line across is 100 %, later quarters stay empty."""
    points = [
        (2 + 27 * (number - 1), 10 - max(-8.0, min(8.0, (percent - 100) * 8 / 40)))
        for number, percent in sorted(percents.items())
        if percent is not None
    ]
    if not points:
        return ""
    x, y = points[-1]
    return format_html(
        '<svg class="sparkline" viewBox="0 0 88 20" aria-hidden="true" focusable="false">'
        '<line class="base" x2="88" y1="10" y2="10"/><polyline class="trend" points="{}"/>'
        '<circle class="end" cx="{}" cy="{}" r="3"/></svg>',
        " ".join(f"{a},{b:.1f}" for a, b in points),
        x,
        f"{y:.1f}",
    )
