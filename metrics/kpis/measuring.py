"""Measurements: how they are kept. They are only ever added to: a correction is a new version."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from metrics.kpis.periods import Period
from metrics.kpis.revisions import mark_changed
from metrics.models import ALL_NUMBERS, Kpi, Measurement, MeasurementToken, Origin

ANY = -1  # whatever version stands: for an automation, which sees none


@dataclass(frozen=True, slots=True)
class Measured:
    """What is to be kept for a KPI and a period.

    `numbers` are those of the KPI's kind, in its order; None withdraws the measurement.
    `seen` is the version that the person had before their eyes, 0 for none, or `ANY`; `checked_by`
    the version of the KPI that the numbers were checked by, or `ANY` for who holds its lock.
    """

    kpi_id: int
    period: Period
    numbers: tuple | None
    comment: str = ""
    seen: int = ANY
    checked_by: int = ANY


@dataclass
class Overtaken(Exception):
    """Somebody else entered the same measurements meanwhile; `standing` are those of now.

    They are keyed by the key of the KPI and the period; None where there is none (any more).
    """

    standing: dict[tuple[int, Period], Measurement | None] = field(default_factory=dict)


class Outdated(Exception):
    """A KPI is gone, or another than its numbers were checked by: check them anew."""


@transaction.atomic
def record(
    wanted: Iterable[Measured],
    origin: Origin,
    user=None,
    token: MeasurementToken | None = None,
) -> list[Measurement]:
    """Keep measurements, all or none; the versions that were made.

    What stands there already, with the same numbers and comment, makes no version: sending the
    same thing twice changes nothing. Raises `Overtaken` where another version stands than was seen,
    with other contents, and `Outdated`.
    """
    wanted = list(wanted)
    keys = {one.kpi_id for one in wanted}
    # Held until the end: versions of one KPI are numbered by one writer at a time.
    kpis = {
        kpi.pk: kpi
        for kpi in Kpi.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    }
    if any(_is_outdated(kpis.get(one.kpi_id), one) for one in wanted):
        raise Outdated
    newest = newest_versions(keys, {one.period for one in wanted})
    made, overtaken = [], {}
    for one in wanted:
        stands = newest.get((one.kpi_id, one.period))
        if _is_same(stands, one):
            continue
        if one.seen not in (ANY, stands.version if stands else 0):
            overtaken[one.kpi_id, one.period] = stands
            continue
        row = _version(kpis[one.kpi_id], one, stands, origin, user, token)
        newest[one.kpi_id, one.period] = row
        made.append(row)
    if overtaken:
        raise Overtaken(overtaken)
    Measurement.objects.bulk_create(made)
    mark_changed({kpis[row.kpi_id].group_id for row in made})
    return made


def newest_versions(kpi_ids, periods=None) -> dict[tuple[int, Period], Measurement]:
    """The versions that count, by the key of the KPI and the period; withdrawn ones too."""
    rows = Measurement.objects.filter(kpi__in=kpi_ids)
    if periods is not None:
        rows = rows.filter(period__in=periods)
    return {(row.kpi_id, row.period): row for row in rows.order_by("version")}


def counting() -> QuerySet[Measurement]:
    """The measurements that count: the newest versions, those that were withdrawn left out."""
    later = Measurement.objects.filter(
        kpi=OuterRef("kpi"), period=OuterRef("period"), version__gt=OuterRef("version")
    )
    return Measurement.objects.filter(~Exists(later), withdrawn=False).order_by()


def by_period(kpi_ids) -> dict[int, dict[Period, Measurement]]:
    """The measurements that count, by the key of the KPI and the period; one query."""
    found: dict[int, dict[Period, Measurement]] = defaultdict(dict)
    for row in counting().filter(kpi__in=kpi_ids):
        found[row.kpi_id][row.period] = row
    return found


def numbers_by_period(kpi_ids) -> dict[int, dict[Period, tuple]]:
    """Their numbers alone, in the order of the rule, without a model for each; one query."""
    found: dict[int, dict[Period, tuple]] = defaultdict(dict)
    rows = counting().filter(kpi__in=kpi_ids)
    for kpi, period, *numbers in rows.values_list("kpi_id", "period", *ALL_NUMBERS):
        found[kpi][period] = tuple(number for number in numbers if number is not None)
    return found


def missing(pairs: Iterable[tuple[Kpi, Period]]) -> list[tuple[Kpi, Period]]:
    """The KPIs and periods of which no measurement counts; one query."""
    pairs = list(pairs)
    near = counting().filter(
        kpi__in={kpi.pk for kpi, _period in pairs}, period__in={period for _kpi, period in pairs}
    )
    measured = set(near.values_list("kpi_id", "period"))
    return [(kpi, period) for kpi, period in pairs if (kpi.pk, period) not in measured]


def _is_outdated(kpi: Kpi | None, one: Measured) -> bool:
    return kpi is None or one.checked_by not in (ANY, kpi.version)


def _is_same(stands: Measurement | None, one: Measured) -> bool:
    if stands is None:
        return one.numbers is None
    if one.numbers is None:
        return stands.withdrawn
    return (stands.numbers, stands.comment) == (one.numbers, one.comment)


def _version(kpi: Kpi, one: Measured, stands, origin, user, token) -> Measurement:
    numbers = {} if one.numbers is None else dict(zip(kpi.numbers, one.numbers, strict=True))
    return Measurement(
        kpi=kpi,
        period=one.period,
        version=stands.version + 1 if stands else 1,
        withdrawn=one.numbers is None,
        comment=one.comment,
        origin=origin,
        user=user,
        token=token,
        **numbers,
    )
