"""The dashboard of the KPIs: how each of them stands in one month, ready for its template."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _

from metrics.kpis import amounts, drawings, period_names
from metrics.kpis.achievement import Kind
from metrics.kpis.computing import is_behind, period_in
from metrics.kpis.findings import Found, dashboard_finding, late_finding
from metrics.kpis.late import day_of, late_by_period
from metrics.kpis.months import Months, months
from metrics.kpis.periods import Month, Period
from metrics.kpis.reasons import not_measured, reason
from metrics.kpis.scale import Axis, Marks, marks
from metrics.kpis.standings import Standing, in_month, points_until
from metrics.kpis.trend import Point, Size, line
from metrics.models import Frequency, Kpi, KpiGroup
from roadmap import formats
from roadmap.fields import Words
from roadmap.models import Strategy
from roadmap.quarters import Quarter
from roadmap.traffic_light import Light

TREND = 13  # months
TREND_SIZE = Size(118, 36, edge=4)


@dataclass(frozen=True, slots=True)
class Row:
    """One KPI as the dashboard shows it."""

    slug: str
    period: Period
    name: Words
    summary: Words
    lower_is_better: bool
    light: str
    reason: str
    value: str
    unit: str
    below: str  # what the value was made of
    scale: str
    change: str
    change_unit: str
    change_from: str  # where it is not the month before, as the heading of the column has it
    trend: str


@dataclass(frozen=True, slots=True)
class GroupView:
    name: Words
    rows: list[Row]
    counts: dict[str, int]
    measured: int


@dataclass
class Dashboard:
    """`entries` are the KPIs that are followed in the month, with how each stands and stood.

    `groups` are those of the KPIs, in their order.
    """

    strategy: Strategy
    months: Months
    groups: list[KpiGroup]
    kpis: list[Kpi]
    standings: dict[int, dict[Period, Standing]]
    points: dict[int, list[Point]]
    today: date

    @property
    def month(self) -> Month | None:
        return self.months.now

    @property
    def has_kpis(self) -> bool:
        return bool(self.kpis)

    @property
    def _behind(self) -> list[KpiGroup]:
        return [group for group in self.groups if is_behind(group, self.strategy.limits)]

    @property
    def is_behind(self) -> bool:
        return bool(self._behind)

    @property
    def computed_at(self) -> datetime | None:
        """When the figures were computed; those that are behind, the oldest of them."""
        behind = self._behind
        times = [_computed_at(group) for group in behind or self.groups]
        times = [at for at in times if at]
        return (min(times) if behind else max(times)) if times else None

    @cached_property
    def axis(self) -> Axis:
        return Axis(self.strategy.limits)

    @property
    def axis_symbol(self) -> str:
        return drawings.axis_symbol(self.axis)

    @property
    def axis_head(self) -> str:
        return drawings.axis_head(self.axis, _("target"))

    @cached_property
    def entries(self) -> list[tuple[Kpi, Period, Standing | None]]:
        if self.month is None:
            return []
        followed = ((kpi, period_in(kpi, self.month)) for kpi in self.kpis)
        return [
            (kpi, period, self.standings.get(kpi.pk, {}).get(period))
            for kpi, period in followed
            if period
        ]

    @property
    def finding(self) -> str:
        return dashboard_finding([_found(*entry) for entry in self.entries])

    @cached_property
    def counts(self) -> dict[str, int]:
        return _counts(standing for _kpi, _period, standing in self.entries)

    @cached_property
    def views(self) -> list[GroupView]:
        """The groups in their order; one without a KPI that is followed is left out."""
        by_group: dict[int, list] = {}
        for entry in self.entries:
            by_group.setdefault(entry[0].group_id, []).append(entry)
        return [
            GroupView(
                group.name,
                [self._row(*entry) for entry in by_group[group.pk]],
                _counts(standing for _kpi, _period, standing in by_group[group.pk]),
                sum(standing is not None for _k, _p, standing in by_group[group.pk]),
            )
            for group in self.groups
            if group.pk in by_group
        ]

    # --- one row ------------------------------------------------------------------------------

    def _row(self, kpi: Kpi, period: Period, standing: Standing | None) -> Row:
        value, unit = figure(kpi, standing)
        change, change_unit, change_from = "", "", ""
        if standing and standing.change is not None:
            change, change_unit = amounts.change(kpi, standing.change)
            change_from = _("from the quarter before") if isinstance(period, Quarter) else ""
        return Row(
            slug=kpi.slug,
            period=period,
            name=kpi.name,
            summary=kpi.summary,
            lower_is_better=kpi.lower_is_better,
            light=standing.light if standing else Light.NONE.value,
            reason=self._reason(kpi, period, standing),
            value=value,
            unit=unit,
            below=" · ".join([*_quarter(period), *below(kpi, standing)]),
            scale=self._scale(kpi, period, standing),
            change=change,
            change_unit=change_unit,
            change_from=change_from,
            trend=self._trend(kpi, period),
        )

    def _reason(self, kpi: Kpi, period: Period, standing: Standing | None) -> str:
        if standing is None:
            return not_measured(kpi, period, self.today)
        return reason(kpi, standing, standing.exact(kpi), self.strategy.limits).finding

    def _scale(self, kpi: Kpi, period: Period, standing: Standing | None) -> str:
        if standing is None:  # nor is its target known here: figures are of what was measured
            return drawings.scale(self.axis, Marks(), "", _("not measured"))
        before = self.standings.get(kpi.pk, {}).get(period.previous)
        value, earlier = standing.exact(kpi), before and before.exact(kpi)
        placed = marks(self.axis, kpi.rule, standing.target, value, earlier, standing.margin)
        says = []
        if placed.now is not None:
            says.append(f"{period_names.name(period)}: {amounts.amount(kpi, standing.value)}")
        if placed.before is not None:
            text = amounts.amount(kpi, before.value)
            says.append(f"{period_names.name(period.previous)}: {text}")
        goal = target(kpi, standing, value)
        says.append(_("target %s") % goal if goal else _("no target"))
        return drawings.scale(self.axis, placed, goal, ", ".join(says))

    def _trend(self, kpi: Kpi, period: Period) -> str:
        first = Month.from_ordinal(self.month.ordinal - TREND + 1)
        drawn = line(
            self.points.get(kpi.pk, ()),
            first,
            self.month,
            TREND_SIZE,
            now=period,
            is_path=kpi.target_is_path,
        )
        return drawings.course(drawn, TREND_SIZE)


def figure(kpi: Kpi, standing) -> tuple[str, str]:
    """The value and its unit; a stroke where there is none."""
    if standing is None or standing.value is None:
        return "–", ""
    return amounts.figure(kpi, standing.value), amounts.unit(kpi)


def target(kpi: Kpi, standing: Standing | None, exact: Fraction | None) -> str:
    """The target as it is written beside the value; empty where there is none."""
    goal = standing and amounts.goal(kpi, standing, exact)
    return "" if goal is None else amounts.bound(kpi, goal)


def _quarter(period: Period) -> list[str]:
    return [period.label] if isinstance(period, Quarter) else []


def below(kpi: Kpi, standing: Standing | None) -> list[str]:
    """What a value was made of: numerator and denominator, or answers and margin."""
    if standing is None or standing.is_hidden:
        return []
    if kpi.kind == Kind.RATE and None not in standing.of_kind(kpi):
        return [" / ".join(formats.value(number) for number in standing.of_kind(kpi))]
    if kpi.kind == Kind.NPS:
        margin = "" if standing.margin is None else f", ±{standing.margin}"
        return [f"n{formats.NBSP}={formats.NBSP}{formats.value(standing.n)}{margin}"]
    return []


def _found(kpi: Kpi, _period: Period, standing: Standing | None) -> Found:
    is_quarterly = kpi.frequency == Frequency.QUARTER
    if standing is None:
        return Found(str(kpi), is_missing=True, is_quarterly=is_quarterly)
    return Found(
        str(kpi), standing.light, standing.percent, standing.streak, is_quarterly=is_quarterly
    )


def _counts(standings) -> dict[str, int]:
    lights = [standing.light if standing else Light.NONE.value for standing in standings]
    return {light.value: lights.count(light.value) for light in Light}


def _computed_at(group: KpiGroup) -> datetime | None:
    done = getattr(group, "computation", None)
    return done and done.computed_at


# --- what is read -----------------------------------------------------------------------------


def dashboard(strategy: Strategy, asked: str | None) -> Dashboard:
    """Four queries, however many KPIs and months there are.

    `asked` is the `month` of the address; `Http404` for one without measurements.
    """
    kpis = list(strategy.kpis.select_related("group__computation"))
    for kpi in kpis:
        kpi.strategy = strategy
    groups = sorted({kpi.group for kpi in kpis}, key=lambda group: (group.position, group.pk))
    chosen = months(strategy, asked)
    standings, points = {}, {}
    if chosen.now:
        standings = in_month(strategy, kpis, chosen.now)
        points = points_until(strategy, chosen.now, TREND)
    return Dashboard(strategy, chosen, groups, kpis, standings, points, timezone.localdate())


def late_line(view: Dashboard) -> str:
    """What is late now, whatever month is looked at; one query."""
    day = day_of(view.strategy, view.months.newest, view.today)
    return late_finding(late_by_period(view.kpis, day))
