"""The quarters of a strategy as pages show them, and the one that a request looks at."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import OuterRef, Subquery
from django.http import Http404

from metrics.models import GroupKind, GroupStatus
from roadmap.models import QuarterState, Strategy
from roadmap.quarters import Quarter
from roadmap.traffic_light import Limits


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


def timeline(strategy: Strategy, asked: str | None) -> Timeline:
    """`asked` is the `quarter` of the address; `Http404` for one that has no lights. One query."""
    overall = GroupStatus.objects.filter(
        strategy=strategy, quarter=OuterRef("quarter"), kind=GroupKind.OVERALL
    )
    rows = strategy.quarters.order_by("quarter").values_list(
        *("quarter", "state", "deadline", "closed_at", "green_from", "yellow_from"),
        Subquery(overall.values("computed_at")[:1]),
    )
    ticks = [Tick(*row) for row in rows]
    line = Timeline(ticks, None)
    if not asked:
        return Timeline(ticks, line.newest)
    for tick in ticks:
        if tick.is_lit and tick.code == asked:
            return Timeline(ticks, tick)
    raise Http404
