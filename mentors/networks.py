"""Networks: how their actions stand, and how they are edited, with history."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, F

from mentors.history import people_keys
from mentors.models import Network, PeopleChange, User
from roadmap.courses import FIELDS, courses_from
from roadmap.formats import collation
from roadmap.history import Overtaken
from roadmap.models import QuarterState, Strategy, StrategyQuarter
from roadmap.record import differences
from roadmap.traffic_light import Group, Light, Limits, Outcome

BATCH = 500


class NameTaken(Exception):
    """The strategy has another network of this name."""


@dataclass(frozen=True)
class Standing:
    """How the actions of a network stand in a quarter, by the rule of a group."""

    percent: int | None
    light: Light
    counts: dict[str, int]
    reported: int
    due: int

    @property
    def actions(self) -> int:
        return sum(self.counts.values())


@dataclass
class Row:
    """A network as the list shows it; no standing where no quarter is open."""

    network: Network
    leads: list[User]
    members: int
    actions: int
    standing: Standing | None


@dataclass(frozen=True)
class Carried:
    """An action that a network carries; no outcome where no quarter is open."""

    code: str
    title: str
    outcome: Outcome | None


@dataclass
class Detail:
    """A network with its people and its actions."""

    network: Network
    leads: list[User] = field(default_factory=list)
    members: list[User] = field(default_factory=list)
    actions: list[Carried] = field(default_factory=list)
    standing: Standing | None = None


def open_quarter(strategy: Strategy) -> StrategyQuarter | None:
    return strategy.quarters.filter(state=QuarterState.OPEN).first()


def standing(outcomes, limits: Limits) -> Standing:
    """What a group of actions comes to (DOMAIN: floor(Σ w·achieved / Σ w·planned × 100))."""
    group = Group()
    for outcome in outcomes:
        group.add(outcome)
    percent = group.percent()
    counts = {light.value: group.counts[light] for light in Light}
    return Standing(percent, limits.light(percent), counts, group.reported, group.due)


def rows(strategy: Strategy, opened: StrategyQuarter | None) -> list[Row]:
    """Every network of the strategy in the order of a Finnish list; five queries."""
    networks = strategy.networks.select_related("service_area").prefetch_related("leads")
    carried, outcomes = _outcomes_by_network(strategy, opened)
    found = [
        Row(
            network,
            by_name(network.leads.all()),
            network.member_count,
            len(carried[network.pk]),
            standing(map(outcomes.get, carried[network.pk]), strategy.limits) if opened else None,
        )
        for network in networks.annotate(member_count=Count("members"))
    ]
    return sorted(found, key=lambda row: collation(row.network.name))


def _outcomes_by_network(strategy: Strategy, opened) -> tuple[dict[int, list[int]], dict]:
    """The keys of the actions of each network, and the outcome of each action."""
    links = Network.actions.through.objects.filter(network__strategy=strategy)
    carried, actions = defaultdict(list), {}
    for network, *row in links.values_list("network_id", *(f"action__{name}" for name in FIELDS)):
        carried[network].append(row[0])
        actions[row[0]] = row
    if not opened:
        return carried, {}
    courses = courses_from(actions.values(), action__in=links.values("action"))
    quarters = [opened.quarter.ordinal]
    return carried, {
        pk: course.outcomes(quarters, strategy.limits)[0] for pk, course in courses.items()
    }


def detail(network: Network, opened: StrategyQuarter | None) -> Detail:
    """The network with its people and actions, in order of code; five queries."""
    found = [
        (row[: len(FIELDS)], *row[len(FIELDS) :])
        for row in network.actions.order_by("code").values_list(*FIELDS, "code", "title")
    ]
    outcomes = {}
    if opened:
        links = Network.actions.through.objects.filter(network=network)
        courses = courses_from([row for row, *_ in found], action__in=links.values("action"))
        outcomes = {
            pk: course.outcomes([opened.quarter.ordinal], network.strategy.limits)[0]
            for pk, course in courses.items()
        }
    return Detail(
        network,
        by_name(network.leads.all()),
        by_name(network.members.all()),
        [Carried(code, title, outcomes.get(row[0])) for row, code, title in found],
        standing(outcomes.values(), network.strategy.limits) if opened else None,
    )


def by_name(people) -> list[User]:
    return sorted(people, key=lambda user: collation(str(user.sorted_name)))


# --- editing ----------------------------------------------------------------------------------


def as_record(name: str, service_area, leads, members) -> dict:
    """A network as history keeps it: names as text, people by their keys."""
    return {
        "name": name,
        "service_area": service_area and service_area.name,
        "leads": people_keys(leads),
        "members": people_keys(members),
    }


def record_of(network: Network) -> dict:
    leads = network.leads.values_list("pk", flat=True)
    members = network.members.values_list("pk", flat=True)
    return as_record(network.name, network.service_area, leads, members)


@transaction.atomic
def save(strategy: Strategy, pk: int | None, wanted: dict, seen: int, user) -> Network:
    """Make the network, or change it to what is wanted: name, service area, leads, members.

    The same form sent twice does nothing more. Raises `NameTaken`, or `Overtaken` where the
    version is no longer the one that the person saw.
    """
    Strategy.objects.select_for_update(no_key=True).get(pk=strategy.pk)  # makes names stay unique
    now = (
        strategy.networks.select_for_update().get(pk=pk)
        if pk
        else Network(strategy=strategy, version=0)
    )
    after = as_record(**wanted)
    same_name = strategy.networks.filter(name=wanted["name"]).exclude(pk=pk).first()
    if same_name and not pk and record_of(same_name) == after:
        return same_name
    changed = differences(record_of(now) if pk else {}, after)
    if not changed:
        return now
    if pk and now.version != seen:
        raise Overtaken(now)
    if same_name:
        raise NameTaken
    now.name, now.service_area = wanted["name"], wanted["service_area"]
    now.version += 1
    now.save()
    now.leads.set(wanted["leads"])
    now.members.set(wanted["members"])
    PeopleChange.objects.create(network=now, user=user, fields=changed)
    return now


@transaction.atomic
def choose_actions(network: Network, added, removed, seen: int, user) -> tuple[int, int]:
    """Add and take away actions of the network's strategy; how many of each it came to.

    `added` and `removed` are querysets of actions. Raises `Overtaken` as `save` does.
    """
    now = Network.objects.select_for_update().get(pk=network.pk)
    through = Network.actions.through
    links = through.objects.filter(network=now)
    new = dict(added.exclude(pk__in=links.values("action")).values_list("pk", "code"))
    gone = dict(removed.filter(pk__in=links.values("action")).values_list("pk", "code"))
    if not new and not gone:
        return 0, 0
    if now.version != seen:
        raise Overtaken(now)
    through.objects.bulk_create(
        (through(network=now, action_id=pk) for pk in new), batch_size=BATCH
    )
    for start in range(0, len(gone), BATCH):
        links.filter(action__in=list(gone)[start : start + BATCH]).delete()
    Network.objects.filter(pk=now.pk).update(version=F("version") + 1)
    fields = {}
    if new:
        fields["actions_added"] = [None, "; ".join(sorted(new.values()))]
    if gone:
        fields["actions_removed"] = ["; ".join(sorted(gone.values())), None]
    PeopleChange.objects.create(network=now, user=user, fields=fields)
    return len(new), len(gone)


@transaction.atomic
def remove(network: Network, seen: int, user) -> None:
    """Remove the network; its actions, people and communication stay. Raises `Overtaken`."""
    now = Network.objects.select_for_update().filter(pk=network.pk).first()
    if now is None:  # by the same form, sent twice
        return
    if now.version != seen:
        raise Overtaken(now)
    codes = "; ".join(now.actions.order_by("code").values_list("code", flat=True))
    before = {"network_removed": now.name} | record_of(now) | {"name": "", "actions": codes}
    # Of no network, because its own history goes with it.
    PeopleChange.objects.create(user=user, fields=differences(before, {}))
    now.delete()
