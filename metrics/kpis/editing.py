"""KPIs and their groups as administrators make, change, order and remove them, with history."""

from copy import copy
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from metrics.kpis import checks, period_names, targets
from metrics.kpis.effect import Effect, effect
from metrics.kpis.measuring import by_period, counting
from metrics.kpis.periods import last_month
from metrics.kpis.revisions import mark_changed
from metrics.models import Kpi, KpiChange, KpiGroup
from roadmap import formats
from roadmap.fields import FIRST_LANGUAGE, Words
from roadmap.history import Overtaken
from roadmap.models import Strategy
from roadmap.record import differences, person_key

WORDS = (
    *("name", "summary", "numerator_name", "denominator_name", "unit", "definition", "source"),
)
PLAIN = (
    *("slug", "kind", "frequency", "lower_is_better", "decimals", "is_part", "whole_counts"),
    *("minimum", "due_days", "first_month", "last_month"),
)
# What figures depend on, beside measurements and targets.
RULE = {"kind", "frequency", "group", "lower_is_better", "decimals", "minimum"} | {
    *("first_month", "last_month"),
}
FIXED = ("slug", "kind", "frequency")  # once there is a measurement
TIGHT = ("lower_is_better", "is_part", "whole_counts")  # what refuses numbers where it is true
MEANING = ("kind", "lower_is_better", "is_part", "decimals")  # of a target
# Addresses of other pages beside those of the KPIs.
RESERVED = {"freshness"}


@dataclass
class Unfit(Exception):
    """What was wanted does not fit what is there: field → why."""

    faults: dict[str, str]


class Reordered(Exception):
    """Somebody else has changed the order meanwhile."""


def hold(strategy: Strategy) -> None:
    """Lock a strategy for changing which KPIs it has: names, addresses and places stay unique."""
    Strategy.objects.select_for_update(no_key=True).get(pk=strategy.pk)


def hold_all(strategy: Strategy) -> None:
    """The same with all KPIs, for what counts them through.

    In the order of their keys, as whoever enters measurements of some locks them.
    """
    hold(strategy)
    list(strategy.kpis.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def is_measured(kpi: Kpi) -> bool:
    """Whether anything was ever measured, were it withdrawn since."""
    return kpi.measurements.exists()


# --- KPIs -------------------------------------------------------------------------------------


def record_of(kpi: Kpi) -> dict:
    """A KPI as history keeps it."""
    record = {
        f"{name}:{language}": text
        for name in WORDS
        for language, text in getattr(kpi, name).items()
    }
    for name in PLAIN:
        value = getattr(kpi, name)
        record[name] = None if value is None else str(value)
    record["group"] = kpi.group.name.get(FIRST_LANGUAGE)
    record["owner"] = person_key(kpi.owner_id)
    return record


@transaction.atomic
def save(strategy: Strategy, pk: int | None, wanted: dict, seen: int, user) -> tuple[Kpi, Effect]:
    """Make a KPI, or change what is `wanted` (field → value); with what it does to the lights.

    The same form sent twice does nothing more. Raises `Unfit`, or `Overtaken` where the version is
    no longer the one that the person saw.
    """
    hold_all(strategy)
    now = Kpi(strategy=strategy, version=0)
    if pk:
        kpis = Kpi.objects.select_for_update(no_key=True, of=["self"]).select_related("group")
        now = kpis.get(strategy=strategy, pk=pk)
    after = copy(now)
    for name, value in wanted.items():
        setattr(after, name, value)
    twin = strategy.kpis.select_related("group").filter(slug=after.slug).exclude(pk=pk).first()
    if twin and not pk and record_of(twin) == record_of(after):
        return twin, Effect([], 0)
    changed = differences(record_of(now) if pk else {}, record_of(after))
    if pk and not changed:
        return now, Effect([], 0)
    if pk and now.version != seen:
        raise Overtaken(now)
    points = targets.points_of(now) if pk else {}
    faults = _faults(now, after, points, changed)
    if twin:
        faults["slug"] = _("another KPI has this address already")
    if not strategy.kpi_groups.filter(pk=after.group_id).exists():  # removed meanwhile
        faults["group"] = _("choose a group of the list")
    if faults:
        raise Unfit(faults)
    return _keep(now, after, points, changed, user)


def _moved(points: dict, after: Kpi, changed: dict) -> dict | None:
    """The targets by the periods of the frequency; None where two of them would meet."""
    if "frequency" not in changed or not points:
        return points
    try:
        return targets.of_other_frequency(points, after.period_type)
    except ValueError:
        return None


def _faults(now: Kpi, after: Kpi, points: dict, changed: dict) -> dict[str, str]:
    """Why the KPI cannot become what is wanted, by field."""
    faults = {}
    if after.slug in RESERVED:
        faults["slug"] = _("another page has this address")
    if after.last_month and after.last_month < after.first_month:
        faults["last_month"] = _("not before the month from which it is followed")
    if not now.pk:
        return faults
    if is_measured(now):
        for name in FIXED:
            if name in changed:
                faults[name] = _("cannot be changed any more: there are measurements")
    faults |= _unfit_measurements(now, after, changed)
    faults |= _out_of_time(now, after)
    if _moved(points, after, changed) is None:
        faults["frequency"] = _("two of its targets would meet; change the targets first")
    return faults | _target_faults(after, points, changed)


def _target_faults(after: Kpi, points: dict, changed: dict) -> dict[str, str]:
    """By the field that makes a target of the KPI one that it may not have."""
    name = next((name for name in MEANING if name in changed), None)
    for period, value in points.items() if name else ():
        if fault := targets.fault(after, value):
            words = {"period": targets.as_written(period), "value": formats.value(value)}
            says = _("the target %(value)s of %(period)s does not fit: %(why)s")
            return {name: says % (words | {"why": fault})}
    return {}


def _unfit_measurements(now: Kpi, after: Kpi, changed: dict) -> dict[str, str]:
    """By each rule that becomes stricter and that a measurement breaks; the first one is named."""
    tightened = [name for name in TIGHT if name in changed and getattr(after, name)]
    measured = sorted(by_period([now.pk])[now.pk].items()) if tightened else []
    faults = {}
    for name in tightened:
        alone = copy(now)
        for rule in TIGHT:
            setattr(alone, rule, rule == name)
        for period, row in measured:
            if fault := checks.fault_of(alone, row.numbers):
                numbers = " / ".join(formats.value(number) for number in row.numbers)
                words = {"numbers": numbers, "period": period_names.name(period), "why": fault}
                says = _(
                    "%(period)s: the measurement %(numbers)s does not fit; expected was: %(why)s"
                )
                faults[name] = says % words
                break
    return faults


def _out_of_time(now: Kpi, after: Kpi) -> dict[str, str]:
    """A KPI is followed at least as long as it is measured."""
    measured = [last_month(period) for period in measured_periods(now)]
    faults = {}
    if measured and after.first_month > min(measured):
        faults["first_month"] = _("it is measured from %s on") % str(min(measured))
    if measured and after.last_month and after.last_month < max(measured):
        faults["last_month"] = _("it is measured until %s") % str(max(measured))
    return faults


def measured_periods(kpi: Kpi) -> list:
    """The periods of the KPI that have a measurement that stands, in the order of time."""
    return sorted(counting().filter(kpi=kpi).values_list("period", flat=True))


def _keep(now: Kpi, after: Kpi, points: dict, changed: dict, user) -> tuple[Kpi, Effect]:
    found, moved = Effect([], 0), _moved(points, after, changed)
    if now.pk:
        found = effect(now, points, after, moved, after.strategy.limits)
    if after.group_id != now.group_id:
        after.position = _last_place(after.group) + 1
    after.version = now.version + 1
    after.save()
    _renumber(after.strategy)
    if moved != points:
        targets.replace(after, moved)
        is_path = after.target_is_path
        changed |= differences(
            targets.as_record(points, is_path), targets.as_record(moved, is_path)
        )
    KpiChange.objects.create(strategy=after.strategy, kpi=after, user=user, fields=changed)
    if changed.keys() & RULE:
        mark_changed({group for group in (now.group_id, after.group_id) if group})
    return after, found


@transaction.atomic
def remove(kpi: Kpi, seen: int, user) -> None:
    """Remove a KPI that was never measured. Raises `Unfit`, or `Overtaken`."""
    hold(kpi.strategy)
    # For removing: a measurement under way refers to it, and is waited for.
    now = Kpi.objects.select_for_update(of=["self"]).select_related("group")
    now = now.filter(pk=kpi.pk).first()
    if now is None:  # by the same form, sent twice
        return
    if is_measured(now):
        raise Unfit({"": _("The KPI has measurements, so it cannot be removed.")})
    if now.version != seen:
        raise Overtaken(now)
    gone = {"kpi_removed": now.name.get(FIRST_LANGUAGE)} | record_of(now)
    # Of no KPI, because its own history goes with it.
    KpiChange.objects.create(
        strategy_id=now.strategy_id,
        group=now.group,
        user=user,
        fields=differences(gone | {"group": None}, {}),
    )
    mark_changed([now.group_id])
    now.delete()


# --- groups -----------------------------------------------------------------------------------


def group_record(group: KpiGroup) -> dict:
    return {f"name:{language}": text for language, text in group.name.items()}


@transaction.atomic
def save_group(strategy: Strategy, pk: int | None, name: Words, seen: int, user) -> KpiGroup:
    """Make a group, or give it another name. Raises `Unfit`, or `Overtaken`, as `save` does."""
    hold(strategy)
    now = KpiGroup(strategy=strategy, version=0)
    if pk:
        now = strategy.kpi_groups.select_for_update(no_key=True).get(pk=pk)
    wanted = KpiGroup(name=name)
    others = strategy.kpi_groups.exclude(pk=pk)
    twin = next((one for one in others if _same_name(one, wanted)), None)
    if twin and not pk and group_record(twin) == group_record(wanted):
        return twin
    changed = differences(group_record(now), group_record(wanted))
    if pk and not changed:
        return now
    if pk and now.version != seen:
        raise Overtaken(now)
    if twin:
        raise Unfit({f"name_{FIRST_LANGUAGE}": _("there is a group of this name already")})
    if not pk:
        now.position = len(others)
    now.name = name
    now.version += 1
    now.save()
    KpiChange.objects.create(strategy=strategy, group=now, user=user, fields=changed)
    return now


def _same_name(one: KpiGroup, other: KpiGroup) -> bool:
    names = [group.name.get(FIRST_LANGUAGE, "").casefold() for group in (one, other)]
    return names[0] == names[1]


@transaction.atomic
def remove_group(group: KpiGroup, seen: int, user) -> None:
    """Remove a group without KPIs. Raises `Unfit`, or `Overtaken`."""
    hold(group.strategy)
    now = KpiGroup.objects.select_for_update().filter(pk=group.pk).first()
    if now is None:  # by the same form, sent twice
        return
    if now.kpis.exists():
        raise Unfit({"": _("The group has KPIs, so it cannot be removed.")})
    if now.version != seen:
        raise Overtaken(now)
    gone = {"group_removed": now.name.get(FIRST_LANGUAGE)} | group_record(now)
    KpiChange.objects.create(strategy_id=now.strategy_id, user=user, fields=differences(gone, {}))
    now.delete()


# --- order ------------------------------------------------------------------------------------


@transaction.atomic
def move(kpi: Kpi, place: int, seen: int, user) -> bool:
    """Put a KPI at a place of its group, counted from 1; whether it moved.

    `seen` is the place at which the person saw it. Raises `Reordered`.
    """
    hold_all(kpi.strategy)
    # Its group may have become another one meanwhile: then its place is another one, too.
    siblings = Kpi.objects.filter(group__kpis=kpi.pk).order_by("position", "pk")
    if not _put(list(siblings), kpi.pk, place, seen):
        return False
    _renumber(kpi.strategy)
    fields = {"position": [str(seen), str(place)]}
    KpiChange.objects.create(strategy=kpi.strategy, kpi=kpi, user=user, fields=fields)
    return True


@transaction.atomic
def move_group(group: KpiGroup, place: int, seen: int, user) -> bool:
    """The same for a group among the groups."""
    hold_all(group.strategy)
    if not _put(list(group.strategy.kpi_groups.all()), group.pk, place, seen):
        return False
    _renumber(group.strategy)
    fields = {"position": [str(seen), str(place)]}
    KpiChange.objects.create(strategy=group.strategy, group=group, user=user, fields=fields)
    return True


def _put(rows: list, pk: int, place: int, seen: int) -> bool:
    keys = [row.pk for row in rows]
    now = keys.index(pk) + 1 if pk in keys else 0
    if now == place:  # by the same button, pressed twice
        return False
    if now != seen or not 1 <= place <= len(rows):
        raise Reordered
    rows.insert(place - 1, rows.pop(now - 1))
    for position, row in enumerate(rows):
        row.position = position
    rows[0]._meta.model.objects.bulk_update(rows, ["position"], batch_size=500)
    return True


def _last_place(group: KpiGroup) -> int:
    return group.kpis.order_by("-position").values_list("position", flat=True).first() or 0


def _renumber(strategy: Strategy) -> None:
    """Count the KPIs through, group by group: they have one order, with and without groups."""
    order = ("group__position", "group_id", "position", "pk")
    kpis = strategy.kpis.order_by(*order).only("pk", "position")
    moved = [kpi for place, kpi in enumerate(kpis) if _place(kpi, place)]
    Kpi.objects.bulk_update(moved, ["position"], batch_size=500)


def _place(kpi: Kpi, place: int) -> bool:
    """Whether the KPI stood elsewhere."""
    stood, kpi.position = kpi.position, place
    return stood != place
