"""What the page of the KPIs' settings shows: groups with their KPIs, ready for its template."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from metrics.kpis.measuring import counting
from metrics.kpis.periods import Period
from metrics.models import Kpi, KpiGroup, KpiTarget, targets_of
from roadmap.formats import as_decimal
from roadmap.models import QuarterState, Strategy


@dataclass(frozen=True)
class KpiRow:
    """A KPI as the list shows it; `place` counts from 1 within its group."""

    kpi: Kpi
    place: int
    target: Decimal | None
    measured: int
    is_last: bool


@dataclass(frozen=True)
class GroupRow:
    group: KpiGroup
    place: int
    kpis: list[KpiRow]
    is_last: bool


def year_of(strategy: Strategy) -> int:
    """The year that the targets are shown of: that of the open quarter, else the last one."""
    opened = strategy.quarters.filter(state=QuarterState.OPEN).first()
    return opened.quarter.year if opened else strategy.phase_list[-1].year


def rows(strategy: Strategy, year: int) -> list[GroupRow]:
    """The groups in their order; the same number of queries however many KPIs there are."""
    groups = list(strategy.kpi_groups.all())
    points = _points(strategy)
    by_group: dict[int, list[Kpi]] = defaultdict(list)
    for kpi in strategy.kpis.select_related("owner").annotate(measured=_measured()):
        by_group[kpi.group_id].append(kpi)
    found = []
    for place, group in enumerate(groups, start=1):
        kpis = by_group[group.pk]
        shown = [
            KpiRow(
                kpi,
                number,
                _target(kpi, points[kpi.pk], year),
                kpi.measured,
                number == len(kpis),
            )
            for number, kpi in enumerate(kpis, start=1)
        ]
        found.append(GroupRow(group, place, shown, place == len(groups)))
    return found


def _measured():
    """How many periods of a KPI have a measurement that counts."""
    rows = counting().filter(kpi=OuterRef("pk")).values("kpi").annotate(number=Count("pk"))
    return Coalesce(Subquery(rows.values("number")), 0)


def _points(strategy: Strategy) -> dict[int, list[tuple[Period, Decimal]]]:
    points = defaultdict(list)
    rows = KpiTarget.objects.filter(kpi__strategy=strategy)
    for kpi, period, value in rows.values_list("kpi_id", "period", "value"):
        points[kpi].append((period, value))
    return points


def _target(kpi: Kpi, points: list, year: int) -> Decimal | None:
    """The target at the end of a year; of a path it may lie between two points."""
    last = kpi.period_type.of_year(year)[-1]
    target: Fraction | None = targets_of(kpi, points).at(last.ordinal)
    return None if target is None else as_decimal(target, kpi.decimals)
