"""What a person enters: which KPIs, in which periods, and what is to be entered next."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Max

from metrics.kpis.checks import period_fault
from metrics.kpis.computing import period_in
from metrics.kpis.measuring import missing
from metrics.kpis.periods import Month, Period, last_month, span
from metrics.models import Kpi, Measurement
from metrics.permissions import measurable
from roadmap.models import Strategy


def enterable(user, strategy: Strategy) -> list[Kpi]:
    """The KPIs that a person may enter measurements of, as the dashboard orders them."""
    return list(strategy.kpis.filter(measurable(user)).select_related("group"))


def expected(kpis: Iterable[Kpi], month: Month, today: date) -> list[tuple[Kpi, Period]]:
    """What a month asks for: each KPI that is followed in it, and the period by which it stands."""
    pairs = ((kpi, period_in(kpi, month)) for kpi in kpis)
    return [
        (kpi, period) for kpi, period in pairs if period and not period_fault(kpi, period, today)
    ]


def month_due(kpis: list[Kpi], today: date) -> Month:
    """The month to enter now: the newest in which anything was measured, or the next one.

    It is the next one where that one lacks nothing. The running month comes only when the one
    before is complete: it is automations that send figures of a month that is not over.
    """
    running = Month.of(today)
    measured = Measurement.objects.filter(kpi__in=[kpi.pk for kpi in kpis], withdrawn=False)
    newest = measured.values("kpi").annotate(newest=Max("period")).values_list("newest", flat=True)
    found = max((last_month(period) for period in newest), default=running.previous)
    month = min(found, running.previous)
    if missing(expected(kpis, month, today)):
        return month
    return month.following if expected(kpis, month.following, today) else month


def months(kpis: Iterable[Kpi], today: date) -> list[Month]:
    """The months from the first in which any of the KPIs is followed to now, the newest first."""
    first = min((kpi.first_month for kpi in kpis), default=Month.of(today))
    return list(span(first, Month.of(today)))[::-1]


def years(kpi: Kpi, today: date) -> list[int]:
    """The years in which a KPI is followed and that have begun."""
    last = min(kpi.last_month or Month.of(today), Month.of(today))
    return list(range(kpi.first_month.year, last.year + 1))


def periods_of(kpi: Kpi, year: int, today: date) -> list[Period]:
    """The periods of a year in which something can be entered for a KPI."""
    all_of_it = kpi.period_type.of_year(year)
    return [period for period in all_of_it if not period_fault(kpi, period, today)]


def year_due(kpi: Kpi, among: list[int], today: date) -> int:
    """The year of the period after the newest measured one, or the nearest one to it."""
    newest = kpi.measurements.filter(withdrawn=False).aggregate(newest=Max("period"))["newest"]
    if newest is None:
        return among[-1]
    return min(max(newest.following.year, among[0]), among[-1])
