"""The quarters of a strategy as pages show them, and the one that a request looks at."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import F, FilteredRelation, OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTransform
from django.http import Http404

from metrics.models import GroupKind, GroupStatus
from roadmap.models import QuarterState, Strategy
from roadmap.quarters import Quarter
from roadmap.traffic_light import Limits


@dataclass(frozen=True, slots=True)
class Reopened:
    """A time that a quarter was opened again, with some of the figures that were frozen before."""

    closed_at: datetime | None
    at: datetime
    reason: str
    figures: dict[str, tuple[int | None, str]]  # percent and light by `snapshots.figure_key`


@dataclass(frozen=True, slots=True)
class Tick:
    """A quarter on the time axis."""

    quarter: Quarter
    state: str
    deadline: date | None
    closed_at: datetime | None
    green_from: int | None
    yellow_from: int | None
    computed_at: datetime | None
    reopened: tuple[Reopened, ...] = ()  # the oldest first

    @property
    def is_lit(self) -> bool:
        return self.computed_at is not None

    def limits(self, strategy: Strategy) -> Limits:
        """The limits that the lights shine by: frozen with the quarter, else the strategy's."""
        return Limits(self.green_from, self.yellow_from) if self.green_from else strategy.limits

    @property
    def code(self) -> str:
        return str(self.quarter)

    @property
    def label(self) -> str:
        return self.quarter.label

    @property
    def number(self) -> int:
        return self.quarter.number

    @property
    def is_open(self) -> bool:
        return self.state == QuarterState.OPEN

    @property
    def is_closed(self) -> bool:
        return self.state == QuarterState.CLOSED


@dataclass(frozen=True)
class Timeline:
    """All quarters of a strategy; `now` is the one looked at, None before there are lights."""

    ticks: list[Tick]
    now: Tick | None

    @property
    def opened(self) -> Tick | None:
        return next((tick for tick in self.ticks if tick.is_open), None)

    @property
    def newest(self) -> Tick | None:
        return next((tick for tick in reversed(self.ticks) if tick.is_lit), None)

    @property
    def before(self) -> Tick | None:
        """The quarter before the one looked at."""
        place = self.ticks.index(self.now) if self.now else 0
        return self.ticks[place - 1] if place else None

    @property
    def years(self) -> list[tuple[int, list[Tick]]]:
        years = {}
        for tick in self.ticks:
            years.setdefault(tick.quarter.year, []).append(tick)
        return list(years.items())

    def year(self, year: int) -> list[Tick]:
        return dict(self.years).get(year, [])


def timeline(strategy: Strategy, asked: str | None, figures: tuple[str, ...] = ()) -> Timeline:
    """`asked` is the `quarter` of the address; `Http404` for one that has no lights. One query.

    `figures` are the keys of those that are shown: where a quarter was opened again, its tick
    tells what was frozen of them.
    """
    overall = GroupStatus.objects.filter(
        strategy=strategy, quarter=OuterRef("quarter"), kind=GroupKind.OVERALL
    )
    rows = strategy.quarters.order_by("quarter")
    columns = [
        *("quarter", "state", "deadline", "closed_at", "green_from", "yellow_from"),
        Subquery(overall.values("computed_at")[:1]),
    ]
    if figures:
        ticks = _with_reopenings(rows, columns, figures)
    else:
        ticks = [Tick(*row) for row in rows.values_list(*columns)]
    line = Timeline(ticks, None)
    if not asked:
        return Timeline(ticks, line.newest)
    for tick in ticks:
        if tick.is_lit and tick.code == asked:
            return Timeline(ticks, tick)
    raise Http404


def _with_reopenings(rows, columns: list, keys: tuple[str, ...]) -> list[Tick]:
    """The ticks, their reopenings joined to them: one query, which reads the `keys` and no more."""
    joined = "strategy__reopenings"
    same_quarter = Q(**{f"{joined}__quarter": F("quarter")})
    rows = rows.annotate(reopened=FilteredRelation(joined, condition=same_quarter))
    about = ("reopened__closed_at", "reopened__at", "reopened__reason")
    frozen = (KeyTransform(key, "reopened__figures") for key in keys)
    ticks: dict[Quarter, Tick] = {}
    for row in rows.order_by("quarter", "reopened__at").values_list(*columns, *about, *frozen):
        tick = Tick(*row[: len(columns)])
        tick = ticks.setdefault(tick.quarter, tick)
        closed_at, at, reason, *values = row[len(columns) :]
        if at:
            figures = {key: tuple(value) for key, value in zip(keys, values, strict=True) if value}
            reopened = Reopened(closed_at, at, reason, figures)
            ticks[tick.quarter] = replace(tick, reopened=(*tick.reopened, reopened))
    return list(ticks.values())
