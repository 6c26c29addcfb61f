"""Computes and stores how KPIs stand, and the summaries of their groups.

As with the lights of actions (`metrics/snapshots.py`): whoever writes holds the lock of the group's
`KpiComputation`; the revision is read before the data; it is all one transaction.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from metrics.kpis.achievement import outcomes
from metrics.kpis.measuring import by_period
from metrics.kpis.periods import Month, Period, last_month, newest_quarter
from metrics.models import (
    Frequency,
    Kpi,
    KpiComputation,
    KpiGroup,
    KpiGroupStatus,
    KpiStatus,
    KpiTarget,
    targets_of,
)
from metrics.upsert import upsert
from roadmap.traffic_light import Light, Limits

STATUS_FIELDS = [
    *("version", "value", "why", "n", "margin", "target", "percent", "light", "change", "streak"),
]
_COUNTS = ["ending", "measured", "expected", *(light.value for light in Light)]
_KEY = ["kpi", "period"]
_PLACES = 10


def behind() -> Q:
    """The groups whose figures are behind: data or limits have changed since."""
    return ~Q(
        computation__revision=F("revision"),
        computation__green_from=F("strategy__green_from"),
        computation__yellow_from=F("strategy__yellow_from"),
    )


def is_behind(group: KpiGroup, limits: Limits) -> bool:
    """No query where `computation` was selected with the group."""
    done = getattr(group, "computation", None)
    return done is None or (done.revision, done.green_from, done.yellow_from) != (
        group.revision,
        limits.green,
        limits.yellow,
    )


@transaction.atomic
def compute(group_id: int, *, anew: bool = False) -> bool:
    """Compute the figures of a group where they are behind; whether there was anything to do.

    Raises `KpiGroup.DoesNotExist`.
    """
    group = KpiGroup.objects.select_related("strategy").get(pk=group_id)
    done = KpiComputation.objects.select_for_update().get_or_create(group=group)[0]
    # As they are now that nobody else computes.
    group = KpiGroup.objects.select_related("strategy").get(pk=group_id)
    group.computation = done
    limits = group.strategy.limits
    if not anew and not is_behind(group, limits):
        return False
    kpis = list(group.kpis.all())
    _write_statuses(kpis, limits)
    _write_summaries(group, kpis)
    done.revision, done.computed_at = group.revision, timezone.now()
    done.green_from, done.yellow_from = limits.green, limits.yellow
    done.save()
    return True


# --- KPIs -------------------------------------------------------------------------------------


def _write_statuses(kpis: list[Kpi], limits: Limits) -> None:
    keys = [kpi.pk for kpi in kpis]
    measured, targets = by_period(keys), _targets(keys)
    rows = KpiStatus.objects.filter(kpi__in=keys).values_list("pk", *_KEY, *STATUS_FIELDS)
    stored = {(kpi, period): (pk, values) for pk, kpi, period, *values in rows}
    changed = []
    for kpi in kpis:
        for period, values in _statuses(kpi, measured[kpi.pk], targets[kpi.pk], limits):
            _pk, before = stored.pop((kpi.pk, period), (None, None))
            if before != values:
                changed.append([kpi.pk, period, *values])
    upsert(KpiStatus, _KEY, STATUS_FIELDS, changed)
    gone = [pk for pk, _values in stored.values()]  # withdrawn since
    for start in range(0, len(gone), 500):
        KpiStatus.objects.filter(pk__in=gone[start : start + 500]).delete()


def _targets(keys: list[int]) -> dict[int, list[tuple[Period, Decimal]]]:
    found = defaultdict(list)
    rows = KpiTarget.objects.filter(kpi__in=keys).values_list("kpi_id", "period", "value")
    for kpi, period, value in rows:
        found[kpi].append((period, value))
    return found


def _statuses(kpi: Kpi, measured: dict, targets: list, limits: Limits):
    """The periods that were measured, each with the columns of `STATUS_FIELDS`."""
    by_ordinal = {period.ordinal: period for period in measured}
    numbers = [(period.ordinal, row.numbers) for period, row in measured.items()]
    for outcome in outcomes(kpi.rule, numbers, targets_of(kpi, targets), limits):
        period = by_ordinal[outcome.period]
        values = [
            measured[period].version,
            as_kept(outcome.value),
            outcome.why.value,
            outcome.n,
            outcome.margin,
            as_kept(outcome.target),
            outcome.percent,
            outcome.light.value,
            as_kept(outcome.change),
            outcome.streak,
        ]
        yield period, values


def as_kept(value: Fraction | None) -> Decimal | None:
    """For showing: with ten decimals at most, cut; the percent was computed exactly."""
    if value is None:
        return None
    return Decimal(value.numerator * 10**_PLACES // value.denominator).scaleb(-_PLACES)


# --- groups -----------------------------------------------------------------------------------


def _write_summaries(group: KpiGroup, kpis: list[Kpi]) -> None:
    lights: dict[int, dict[Period, str]] = defaultdict(dict)
    rows = KpiStatus.objects.filter(kpi__group=group).values_list("kpi_id", "period", "light")
    for kpi, period, light in rows:
        lights[kpi][period] = light
    wanted = dict(_summaries(kpis, lights))
    rows = group.statuses.values_list("month", *_COUNTS)
    stored = {month: values for month, *values in rows}
    changed = [
        [group.pk, month, *values]
        for month, values in wanted.items()
        if stored.get(month) != values
    ]
    upsert(KpiGroupStatus, ["group", "month"], _COUNTS, changed)
    gone = list(stored.keys() - wanted.keys())
    for start in range(0, len(gone), 500):
        group.statuses.filter(month__in=gone[start : start + 500]).delete()


def _summaries(kpis: list[Kpi], lights: dict) -> Iterator[tuple[Month, list[int]]]:
    """The months that have a row, with its columns of `_COUNTS`; see `KpiGroupStatus`."""
    stood = None
    for month in sorted(_turns(kpis, lights)):
        ending, *stands = _summary(month, kpis, lights)
        if ending or stands != stood:
            yield month, [ending, *stands]
        stood = stands


def _turns(kpis: list[Kpi], lights: dict) -> set[Month]:
    """The months in which how a group stands may change; in no other it does."""
    months = set()
    for kpi in kpis:
        months.add(last_month(kpi.period_type.of(kpi.first_month.first_day)))
        if kpi.last_month:
            months.add(kpi.last_month.following)
        for period in lights[kpi.pk]:  # it stands by this one until the next is over
            months |= {last_month(period), last_month(period.following)}
    return months


def _summary(month: Month, kpis: list[Kpi], lights: dict) -> list[int]:
    """The columns of `_COUNTS`."""
    counts, ending, measured, expected = Counter(), 0, 0, 0
    for kpi in kpis:
        period = period_in(kpi, month)
        if period is None:
            continue
        expected += 1
        light = lights[kpi.pk].get(period)
        measured += light is not None
        ending += light is not None and last_month(period) == month
        counts[light or Light.NONE.value] += 1
    return [ending, measured, expected, *(counts[light.value] for light in Light)]


def period_in(kpi: Kpi, month: Month) -> Period | None:
    """The period by which a KPI stands in a month: of a quarterly one, the newest that is over.

    None where it is not followed yet, or no longer.
    """
    if month < kpi.first_month or (kpi.last_month and month > kpi.last_month):
        return None
    if kpi.frequency == Frequency.MONTH:
        return month
    quarter = newest_quarter(month)
    return quarter if last_month(quarter) >= kpi.first_month else None
