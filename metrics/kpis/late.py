"""Late measurements: what should have been entered by now, and was not.

A period has the days of its KPI's `due_days` after its last day. It is late from the day after
those on, by the date in Helsinki, while nothing stands for it, or only what was withdrawn.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count

from metrics.kpis.measuring import missing
from metrics.kpis.periods import Month, Period, newest_quarter, span
from metrics.models import Kpi, KpiStatus, LateNotice
from roadmap.models import Strategy

# Nobody is told of what has been late for longer: a worker that was away for long, or a KPI
# whose history is being entered, makes no flood.
STILL_NEWS = timedelta(days=60)
LOOKED_AT = timedelta(days=20)  # by then what was due in two weeks is late

# What decides when the measurements of a KPI are due.
_DUE = ("first_month", "last_month", "frequency", "due_days")


def day_of(strategy: Strategy, newest: Month | None, today: date) -> date:
    """Today; of example data, whose time stands still, soon after its newest measured month."""
    if newest is None or not strategy.is_example:
        return today
    return min(today, newest.last_day + LOOKED_AT)


def due_day(period: Period, due_days: int) -> date:
    """The last day on which the measurement of a period is in time."""
    return period.last_day + timedelta(days=due_days)


def periods_past_due(
    first_month: Month,
    last_month: Month | None,
    kind: type[Period],
    due_days: int,
    today: date,
    due_since: date | None = None,
) -> Iterable[Period]:
    """The periods of a KPI whose due day has passed, measured or not, the oldest first.

    `kind` is `Month` or `Quarter`; the KPI is followed from `first_month` to `last_month`, None
    for ever. `due_since` leaves out what was due before that day.
    """
    time = timedelta(days=due_days)
    first, last = kind.of(first_month.first_day), kind.of(today - time).previous
    if last_month:
        last = min(last, last_month if kind is Month else newest_quarter(last_month))
    if due_since:
        first = max(first, kind.of(due_since - time))
    return span(first, last)


@dataclass(frozen=True, slots=True)
class Late:
    """A measurement that is late; `due` was the last day on which it would have been in time."""

    kpi: Kpi
    period: Period
    due: date


def late_measurements(
    kpis: Iterable[Kpi], today: date, due_since: date | None = None
) -> list[Late]:
    """What is late on a day, KPI by KPI in the given order, the oldest period first; one query."""
    past_due = [(kpi, period) for kpi in kpis for period in _past_due(kpi, today, due_since)]
    return [Late(kpi, period, due_day(period, kpi.due_days)) for kpi, period in missing(past_due)]


def _past_due(kpi: Kpi, today: date, due_since: date | None = None) -> Iterable[Period]:
    return periods_past_due(
        kpi.first_month, kpi.last_month, kpi.period_type, kpi.due_days, today, due_since
    )


def late_periods(kpi: Kpi, measured: Container[Period], today: date) -> list[Period]:
    """The periods of a KPI that are late on a day, the oldest first."""
    return [period for period in _past_due(kpi, today) if period not in measured]


def late_by_period(kpis: Iterable[Kpi], today: date) -> Counter[Period]:
    """How many measurements of each period are late, by the figures that pages show; one query.

    KPIs that are followed and due alike are counted together, by the database: ten years of 300
    KPIs are too many rows for a page.
    """
    alike = defaultdict(list)
    for kpi in kpis:
        alike[tuple(getattr(kpi, name) for name in _DUE)].append(kpi)
    past_due = {key: set(_past_due(group[0], today)) for key, group in alike.items()}
    late = Counter()
    for key, periods in past_due.items():
        late.update(dict.fromkeys(periods, len(alike[key])))
    keys = [kpi.pk for group in alike.values() for kpi in group]
    rows = KpiStatus.objects.filter(kpi__in=keys).order_by()
    rows = rows.values_list(*(f"kpi__{name}" for name in _DUE), "period")
    for *key, period, measured in rows.annotate(measured=Count("pk")):
        if period in past_due.get(tuple(key), ()):
            late[period] -= measured
    return +late


def untold(today: date, kpi_ids: Iterable[int] | None = None) -> list[Late]:
    """What somebody is to be told of: late, still news, and nobody was told; three queries.

    Not of example data, and of nobody's who cannot enter it or wants no reminders.
    """
    kpis = Kpi.objects.with_able_owner().filter(
        strategy__is_example=False,  # its people are invented, and so are their addresses
        owner__wants_reminders=True,
    )
    if kpi_ids is not None:
        kpis = kpis.filter(pk__in=kpi_ids)
    late = late_measurements(kpis, today, today - STILL_NEWS)
    notices = LateNotice.objects.filter(kpi__in={one.kpi.pk for one in late})
    told = set(notices.values_list("kpi_id", "period"))
    return [one for one in late if (one.kpi.pk, one.period) not in told]
