"""How KPIs stand, read for pages that show many of them: plain tuples, and no models."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from django.db.models import F, FilteredRelation, FloatField, Q, QuerySet
from django.db.models.functions import Cast

from metrics.kpis.achievement import Why
from metrics.kpis.computing import period_in
from metrics.kpis.periods import Month, Period
from metrics.kpis.trend import Point
from metrics.models import ALL_NUMBERS, Kpi, KpiStatus
from roadmap.models import Strategy
from roadmap.quarters import Quarter


class Standing(NamedTuple):
    """A `KpiStatus` with the numbers of the measurement that it was computed from."""

    kpi_id: int
    period: Period
    value: Decimal | None
    why: str
    n: int | None
    margin: int | None
    target: Decimal | None
    percent: int | None
    light: str
    change: Decimal | None
    streak: int
    numbers: tuple  # one for each of `ALL_NUMBERS`

    @property
    def is_hidden(self) -> bool:
        """Too few answers: neither the value nor its counts may be shown."""
        return self.why == Why.TOO_FEW

    def exact(self, kpi: Kpi) -> Fraction | None:
        """The value before it was cut; None where there is none."""
        if self.value is None:
            return None
        numbers = self.of_kind(kpi)
        read = None if None in numbers else kpi.rule.reading(numbers).value
        # None where the rule became another one, by which the KPI is not computed yet.
        return Fraction(self.value) if read is None else read

    def of_kind(self, kpi: Kpi) -> tuple:
        named = dict(zip(ALL_NUMBERS, self.numbers, strict=True))
        return tuple(named[name] for name in kpi.numbers)


def in_month(
    strategy: Strategy, kpis: list[Kpi], month: Month
) -> dict[int, dict[Period, Standing]]:
    """How the KPIs stand in their periods of a month, and in those right before; one query."""
    periods = {period for kpi in kpis if (period := period_in(kpi, month))}
    periods |= {period.previous for period in periods}
    found: dict[int, dict[Period, Standing]] = {}
    for standing in _read(KpiStatus.objects.filter(kpi__strategy=strategy, period__in=periods)):
        found.setdefault(standing.kpi_id, {})[standing.period] = standing
    return found


def of_kpi(kpi: Kpi) -> dict[Period, Standing]:
    """How one KPI stands in all of its measured periods, in the order of time; one query."""
    rows = KpiStatus.objects.filter(kpi=kpi).order_by("period")
    return {standing.period: standing for standing in _read(rows)}


def _read(rows: QuerySet) -> Iterator[Standing]:
    rows = rows.annotate(
        measured=FilteredRelation(
            "kpi__measurements",
            condition=Q(kpi__measurements__period=F("period"))
            & Q(kpi__measurements__version=F("version")),
        )
    )
    fields = [name for name in Standing._fields if name != "numbers"]
    for row in rows.values_list(*fields, *(f"measured__{name}" for name in ALL_NUMBERS)):
        yield Standing(*row[: len(fields)], row[len(fields) :])


def points_until(strategy: Strategy, month: Month, months: int) -> dict[int, list[Point]]:
    """The values and targets of that many months, for drawing alone; one query."""
    shown = [Month.from_ordinal(month.ordinal - back) for back in range(months)]
    shown += {Quarter.of(one.first_day) for one in shown if one.number % 3 == 0}
    rows = KpiStatus.objects.filter(kpi__strategy=strategy, period__in=shown).order_by("period")
    drawn = {"drawn": Cast("value", FloatField()), "goal": Cast("target", FloatField())}
    found: dict[int, list[Point]] = {}
    for kpi, *point in rows.annotate(**drawn).values_list("kpi_id", "period", "drawn", "goal"):
        found.setdefault(kpi, []).append(tuple(point))
    return found
