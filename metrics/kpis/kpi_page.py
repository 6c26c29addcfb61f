"""One KPI through its periods: how it stands, its course, and each measurement's versions."""

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from django.db.models import Subquery
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from metrics.kpis import amounts, drawings, findings
from metrics.kpis.achievement import Targets
from metrics.kpis.checks import period_fault
from metrics.kpis.computing import as_kept, is_behind
from metrics.kpis.dashboard import below, figure, target
from metrics.kpis.late import day_of, late_periods
from metrics.kpis.months import measured_months
from metrics.kpis.periods import Period, last_month, span
from metrics.kpis.reasons import not_measured, reason
from metrics.kpis.scale import Axis, Marks, marks
from metrics.kpis.standings import Standing, of_kpi
from metrics.kpis.trend import Size, line
from metrics.models import Kpi, Measurement, targets_of
from metrics.reasons import Reason
from roadmap import formats
from roadmap.models import Strategy

STILL = Size(1040, 260, edge=8)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a measurement, as its history tells it."""

    row: Measurement
    numbers: str

    @property
    def who(self) -> str:
        return str(self.row.user or self.row.token or _("the system"))


@dataclass
class Point:
    """One period of the KPI, as the tables show it."""

    kpi: Kpi
    period: Period
    standing: Standing | None
    target: str
    versions: list[Version] = field(default_factory=list)  # the oldest first

    @property
    def value(self) -> str:
        return formats.NBSP.join(filter(None, figure(self.kpi, self.standing)))

    @property
    def exact(self) -> Fraction | None:
        """The value before it was cut for showing."""
        return self.standing and self.standing.exact(self.kpi)

    @property
    def made_of(self) -> str:
        return " · ".join(below(self.kpi, self.standing))

    @property
    def change(self) -> str:
        if self.standing is None or self.standing.change is None:
            return ""
        return formats.signed(self.standing.change, amounts.places(self.kpi))

    @property
    def newest(self) -> Version | None:
        return self.versions[-1] if self.versions else None

    @property
    def is_corrected(self) -> bool:
        return len(self.versions) > 1


@dataclass
class KpiView:
    """`points` are all periods from the first measured one to the newest, gaps included.

    `late` are the periods whose measurement is late now, the newest first.
    """

    kpi: Kpi
    points: list[Point]
    targets: Targets
    period: Period | None  # the one looked at
    neighbours: tuple[Kpi | None, Kpi | None]
    late: list[Period]

    @property
    def late_named(self) -> list[Period]:
        """As many of them as one line names."""
        return self.late[: findings.NAMED]

    @property
    def late_earlier(self) -> int:
        return len(self.late) - len(self.late_named)

    @property
    def strategy(self) -> Strategy:
        return self.kpi.strategy

    @property
    def is_behind(self) -> bool:
        return is_behind(self.kpi.group, self.strategy.limits)

    @property
    def computed_at(self):
        return getattr(getattr(self.kpi.group, "computation", None), "computed_at", None)

    @cached_property
    def now(self) -> Point | None:
        return self.at(self.period)

    @cached_property
    def before(self) -> Point | None:
        return self.at(self.period.previous) if self.period else None

    @property
    def after(self) -> Point | None:
        return self.at(self.period.following)

    @property
    def following(self) -> Period | None:
        """The period after the newest, where it can be measured already, and still is."""
        if not self.points:
            return None
        following = self.points[-1].period.following
        return None if period_fault(self.kpi, following, timezone.localdate()) else following

    def at(self, period: Period | None) -> Point | None:
        return next((point for point in self.points if point.period == period), None)

    @cached_property
    def reason(self) -> Reason:
        standing = self.now.standing
        if standing is None:
            return Reason(not_measured(self.kpi, self.period, timezone.localdate()))
        return reason(self.kpi, standing, standing.exact(self.kpi), self.strategy.limits)

    @property
    def light(self) -> str:
        return self.now.standing.light if self.now.standing else "none"

    @property
    def figure(self) -> tuple[str, str]:
        return figure(self.kpi, self.now.standing)

    @property
    def margin(self) -> str:
        standing = self.now.standing
        return "" if standing is None or standing.margin is None else f"±{standing.margin}"

    # --- what the headings say ----------------------------------------------------------------

    @property
    def meter_finding(self) -> str:
        standing = self.now.standing
        margin = standing and standing.margin
        return findings.meter_finding(self.kpi, self.now.exact, self.target, margin)

    @property
    def trend_finding(self) -> str:
        return findings.trend_finding(self.kpi, self.now.standing, self._year_before)

    @property
    def years_finding(self) -> str:
        return findings.years_finding(self.kpi, self.now.standing, self._year_before)

    @property
    def _year_before(self) -> Standing | None:
        earlier = self.at(self.kpi.period_type(self.period.year - 1, self.period.number))
        return earlier and earlier.standing

    # --- the course ---------------------------------------------------------------------------

    @property
    def newest_target(self) -> str:
        """The target at the end of the newest year, where the line of the chart ends."""
        return _target(self.kpi, self.targets, self.end)

    @property
    def end(self) -> Period:
        return self._of_year(self.points[-1].period.year)[-1]

    def _of_year(self, year: int) -> list[Period]:
        return self.kpi.period_type.of_year(year)

    @property
    def still(self) -> str:
        """The course drawn by the server, for who has no script: the chart takes its place."""
        drawn = line(
            [
                (
                    point.period,
                    _number(point.exact),
                    _number(self.targets.at(point.period.ordinal)),
                )
                for point in self.points
            ],
            last_month(self.points[0].period),
            last_month(self.end),
            STILL,
            now=self.period,
            is_path=self.kpi.target_is_path,
        )
        return drawings.course(drawn, STILL, "chart-still")

    # --- the meter ----------------------------------------------------------------------------

    @cached_property
    def axis(self) -> Axis:
        return Axis(self.strategy.limits)

    @cached_property
    def target(self) -> Fraction | None:
        """The target of the period looked at by which its light was computed."""
        kept = self.now.standing and self.now.standing.target
        if kept is None:
            return None
        exact = self.targets.at(self.period.ordinal)
        # What is kept is cut; where it is another one, the light is not computed anew yet.
        return exact if as_kept(exact) == kept else Fraction(kept)

    @cached_property
    def marks(self) -> Marks:
        standing, before = self.now.standing, self.before and self.before.exact
        margin = standing and standing.margin
        return marks(self.axis, self.kpi.rule, self.target, self.now.exact, before, margin)

    # --- years beside each other --------------------------------------------------------------

    @cached_property
    def years(self) -> list[tuple[int, list[Point | None]]]:
        """Each year, the newest first, with its twelve months or four quarters."""
        by_period = {point.period: point for point in self.points}
        years = sorted({period.year for period in by_period}, reverse=True)
        return [(year, [by_period.get(period) for period in self._of_year(year)]) for year in years]

    @property
    def columns(self) -> list[Period]:
        """The periods of a year, which are the columns of the comparison."""
        return self._of_year(self.period.year)

    @property
    def measured_by_year(self) -> list[tuple[int, list[Point]]]:
        """All periods by year, the newest first."""
        years = defaultdict(list)
        for point in reversed(self.points):
            years[point.period.year].append(point)
        return list(years.items())

    @property
    def target_list(self) -> list[tuple[Period, str]]:
        """From which period on each target holds, or at which point of its path it stands."""
        period_type = self.kpi.period_type
        return [
            (period_type.from_ordinal(ordinal), amounts.target(self.kpi, value))
            for ordinal, value in sorted(self.targets.points.items())
        ]

    @property
    def choices(self) -> list[tuple[int, list[Period]]]:
        return [(year, [p.period for p in points]) for year, points in self.measured_by_year]


def _number(value) -> float | None:
    return None if value is None else float(value)


def visible_kpi(strategy: Strategy, slug: str) -> Kpi:
    """A KPI of a strategy, with its group and owner: one query; `Http404` where there is none."""
    kpis = strategy.kpis.select_related("group__computation", "owner")
    kpi = kpis.filter(slug=slug).first()
    if kpi is None:
        raise Http404
    kpi.strategy = kpi.group.strategy = strategy
    return kpi


def kpi_view(kpi: Kpi, asked: str | None) -> KpiView:
    """Everything of the KPI, in four queries.

    `asked` is the `period` of the address; `Http404` for one outside of what was measured.
    """
    standings = of_kpi(kpi)
    versions = _versions(kpi, standings)
    targets = targets_of(kpi, list(kpi.targets.values_list("period", "value")))
    known = sorted(standings.keys() | versions.keys())
    shown = list(span(known[0], known[-1])) if known else []
    points = [
        Point(kpi, period, standing, _beside(kpi, standing, targets, period), versions[period])
        for period, standing in ((period, standings.get(period)) for period in shown)
    ]
    newest = max(standings, default=known[-1] if known else None)
    period = _asked(asked, shown) if asked else newest
    siblings = _siblings(kpi.strategy)
    today = day_of(kpi.strategy, siblings[0].newest_month, timezone.localdate())
    # By what was entered, were it not computed yet: this line is not fetched anew with the figures.
    measured = {period for period, of in versions.items() if of and not of[-1].row.withdrawn}
    late = late_periods(kpi, measured, today)[::-1]
    return KpiView(kpi, points, targets, period, _neighbours(kpi, siblings), late)


def _asked(text: str, among: list[Period]) -> Period:
    found = next((period for period in among if str(period) == text), None)
    if found is None:
        raise Http404
    return found


def _target(kpi: Kpi, targets: Targets, period: Period) -> str:
    target = targets.at(period.ordinal)
    return "" if target is None else amounts.target(kpi, target)


def _beside(kpi: Kpi, standing: Standing | None, targets: Targets, period: Period) -> str:
    """The target of a period as its row has it: where it is measured, that of its light."""
    if standing is None:
        return _target(kpi, targets, period)
    return target(kpi, standing, standing.exact(kpi))


def _versions(kpi: Kpi, standings: dict[Period, Standing]) -> dict[Period, list[Version]]:
    """All versions by period. Where answers are too few, no version of the period tells numbers."""
    found = defaultdict(list)
    rows = Measurement.objects.filter(kpi=kpi).select_related("user", "token").order_by("version")
    for row in rows:
        standing = standings.get(row.period)
        found[row.period].append(Version(row, _numbers(kpi, row, standing)))
    return found


def _numbers(kpi: Kpi, row: Measurement, standing: Standing | None) -> str:
    if row.withdrawn:
        return _("taken back")
    is_small = kpi.kind == "nps" and sum(row.numbers) < kpi.minimum
    if is_small or (standing and standing.is_hidden):
        return _("hidden, too few answers")
    return " / ".join(formats.value(number) for number in row.numbers)


def _siblings(strategy: Strategy) -> list[Kpi]:
    """The KPIs in the order of the dashboard, each with `newest_month`, the strategy's."""
    newest = Subquery(measured_months(strategy)[:1])
    kpis = strategy.kpis.only("strategy", "slug", "name")
    return list(kpis.annotate(newest_month=newest))


def _neighbours(kpi: Kpi, siblings: list[Kpi]) -> tuple[Kpi | None, Kpi | None]:
    place = siblings.index(kpi)
    before = siblings[place - 1] if place else None
    return before, siblings[place + 1] if place + 1 < len(siblings) else None
