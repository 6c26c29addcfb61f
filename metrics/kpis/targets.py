"""The targets of a KPI: what they may be, how they are written, and how they are kept."""

from collections.abc import Mapping
from copy import copy
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from metrics.kpis.achievement import Kind
from metrics.kpis.checks import LARGEST
from metrics.kpis.effect import Effect, effect
from metrics.kpis.periods import Month, Period
from metrics.kpis.revisions import mark_changed
from metrics.models import Kpi, KpiChange, KpiTarget
from roadmap import formats
from roadmap.history import Overtaken
from roadmap.quarters import Quarter
from roadmap.record import differences, number
from roadmap.traffic_light import Limits
from roadmap.workbook import times

YEARS = range(times.FIRST_YEAR, times.LAST_YEAR + 1)


def first_period(kpi: Kpi, year: int) -> Period:
    return kpi.period_type(year, 1)


def as_written(period: Period) -> str:
    """A period as the table of targets has it: the first of a year stands for the year."""
    return str(period.year) if period.number == 1 else str(period)


def read_period(kpi: Kpi, text: str) -> Period:
    """A year, which means its first period, or a period of the KPI's frequency.

    `ValueError` with what was expected.
    """
    text = text.strip()
    try:
        is_year = text.isascii() and text.isdigit() and len(text) == 4
        period = first_period(kpi, int(text)) if is_year else kpi.period_type.parse(text)
    except ValueError:
        period = None
    if period and period.year in YEARS:
        return period
    if kpi.period_type is Month:
        raise ValueError(_("write a year or a month, for example 2022 or 2022-07"))
    raise ValueError(_("write a year or a quarter, for example 2022 or 2022Q3"))


def fault(kpi: Kpi, value: Decimal) -> str:
    """Why a value cannot be a target of the KPI; empty where it can.

    At or under the floor of the scale there is no way that could be measured in percent.
    """
    floor = kpi.rule.scale_floor
    highest = 100 if kpi.kind == Kind.NPS or (kpi.kind == Kind.RATE and kpi.is_part) else None
    decimals = 0 if kpi.kind == Kind.NPS else kpi.decimals
    if abs(value) >= LARGEST:
        return _("a smaller number, of at most 15 digits")
    if kpi.lower_is_better and value < floor:
        return _("a number that is not below nought")
    if not kpi.lower_is_better and value <= floor:
        return _("above %s, the lowest value of the scale") % formats.value(floor)
    if highest is not None and value > highest:
        return _("at most %s") % formats.value(highest)
    if -number(value).as_tuple().exponent > decimals:
        if not decimals:
            return _("a whole number")
        return _("with at most as many decimals as the KPI shows: %d") % decimals
    return ""


def points_of(kpi: Kpi) -> dict[Period, Decimal]:
    """The targets as they stand, in the order of time."""
    return {row.period: number(row.value) for row in kpi.targets.all()}


def effect_of(kpi: Kpi, points: Mapping[Period, Decimal], is_path: bool, limits: Limits) -> Effect:
    """What other targets would do to the lights of the KPI."""
    after = copy(kpi)
    after.target_is_path = is_path
    return effect(kpi, points_of(kpi), after, points, limits)


@transaction.atomic
def save(
    kpi: Kpi, points: Mapping[Period, Decimal], is_path: bool, seen: int, user, limits: Limits
) -> Effect:
    """Put these targets in the place of those that stand; what it does to the lights.

    The same form sent twice does nothing more. Raises `Overtaken` where the KPI's version is no
    longer the one that the person saw.
    """
    now = Kpi.objects.select_for_update(no_key=True).get(pk=kpi.pk)
    changed = differences(record_of(now), as_record(points, is_path))
    found = effect_of(now, points, is_path, limits)
    if not changed:
        return found
    if now.version != seen:
        raise Overtaken(now)
    replace(now, points)
    Kpi.objects.filter(pk=now.pk).update(target_is_path=is_path, version=F("version") + 1)
    KpiChange.objects.create(strategy_id=now.strategy_id, kpi=now, user=user, fields=changed)
    mark_changed([now.group_id])
    return found


def replace(kpi: Kpi, points: Mapping[Period, Decimal]) -> None:
    kpi.targets.exclude(period__in=list(points)).delete()
    KpiTarget.objects.bulk_create(
        (KpiTarget(kpi=kpi, period=period, value=value) for period, value in points.items()),
        update_conflicts=True,
        unique_fields=["kpi", "period"],
        update_fields=["value"],
    )


def as_record(points: Mapping[Period, Decimal], is_path: bool) -> dict:
    """Targets as history keeps them."""
    values = {f"target:{period}": value for period, value in sorted(points.items())}
    return {"target_is_path": is_path} | values


def record_of(kpi: Kpi) -> dict:
    return as_record(points_of(kpi), kpi.target_is_path)


def of_other_frequency(
    points: Mapping[Period, Decimal], kind: type[Month] | type[Quarter]
) -> dict[Period, Decimal]:
    """The same targets for a KPI that is measured by another kind of period.

    A month becomes its quarter, a quarter its first month. `ValueError` where two would meet.
    """
    moved = {}
    for period, value in points.items():
        other = kind.of(period.first_day)
        if other in moved:
            raise ValueError
        moved[other] = value
    return moved
