"""Hand-over: what one person carries goes to another in one step; what was reported stays."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from mentors import deputies
from mentors.coverage import REPORTERS
from mentors.models import Deputy, Network, PeopleChange, User
from mentors.networks import BATCH, record_of
from roadmap.formats import collation
from roadmap.models import Action, Change, Strategy
from roadmap.permissions import Role
from roadmap.record import differences, person_key
from roadmap.revisions import mark_changed


class Overtaken(Exception):
    """What would move is no longer what the person saw."""


@dataclass(frozen=True)
class Load:
    """What would move from one person to another."""

    actions: list[Action]
    led: list[Network]
    member_of: list[Network]
    duties: list[Deputy]  # periods, not over yet, in which the giver stands in for somebody
    kpis: list  # which `metrics` keeps; people meet them by the relation `own_kpis`
    only_kpis: bool = False  # the receiver may not report, and takes over nothing else

    @property
    def is_empty(self) -> bool:
        return not any(self._parts)

    @property
    def _parts(self) -> tuple[list, ...]:
        return (self.actions, self.led, self.member_of, self.duties, self.kpis)

    @property
    def key(self) -> str:
        """Tells two loads apart: what was seen must be what moves."""
        keys = ["/".join(str(item.pk) for item in part) for part in self._parts]
        return hashlib.sha256("|".join(keys).encode()).hexdigest()[:32]


def load(giver: User, receiver: User, strategy: Strategy | None = None) -> Load:
    """What the giver carries and the receiver can take over, of one strategy or of all.

    Whoever may not report takes over KPIs alone. Standing in for others belongs to no strategy,
    and only a digimentor can take it over. Six queries.
    """
    within = {"strategy": strategy} if strategy else {}
    kpis = list(giver.own_kpis.filter(**within).order_by("strategy", "position", "pk"))
    roles = set(receiver.groups.values_list("name", flat=True))
    if not roles.intersection(REPORTERS):
        return Load([], [], [], [], kpis, only_kpis=True)
    duties = []
    if not strategy and Role.MENTOR in roles:
        duties = list(deputies.not_over().filter(deputy=giver).order_by("pk"))
    return Load(
        list(giver.own_actions.filter(**within).order_by("strategy", "code")),
        list(giver.led_networks.filter(**within).order_by("pk")),
        list(giver.networks.filter(**within).order_by("pk")),
        duties,
        kpis,
    )


def givers() -> list[User]:
    """Everybody who carries anything, leavers too, in the order of a Finnish list."""
    here = OuterRef("pk")
    found = User.objects.filter(
        Exists(Action.responsible.through.objects.filter(user=here))
        | Exists(Network.leads.through.objects.filter(user=here))
        | Exists(Network.members.through.objects.filter(user=here))
        | Exists(deputies.not_over().filter(deputy=here))
        | Exists(User.objects.filter(pk=here, own_kpis__isnull=False))
    )
    return sorted(found, key=lambda user: collation(str(user.sorted_name)))


def receivers() -> list[User]:
    """The active people with a role; of them, those who may not report can only own KPIs."""
    found = User.objects.filter(is_active=True, groups__name__in=list(Role)).distinct()
    return sorted(found, key=lambda user: collation(str(user.sorted_name)))


@transaction.atomic
def carry_out(giver: User, receiver: User, strategy: Strategy | None, seen: str, user) -> Load:
    """Hand over; what was moved. Nothing left, as when the form is sent twice, moves nothing.

    Raises `Overtaken` where what would move is not what `seen` (a `Load.key`) stands for.
    """
    within = Q(pk=strategy.pk) if strategy else Q()
    list(
        Strategy.objects.select_for_update(no_key=True).filter(within).order_by("pk")
    )  # as an import does
    found = load(giver, receiver, strategy)
    if found.is_empty:
        return found
    if found.key != seen:
        raise Overtaken
    _move_actions(found.actions, giver, receiver, user)
    _move_networks(found, giver, receiver, user)
    for row in found.duties:
        deputies.pass_on(row, receiver, user)
    kpis = giver.own_kpis.filter(pk__in=[kpi.pk for kpi in found.kpis])
    if len(kpis.pass_on(receiver, user)) != len(found.kpis):
        raise Overtaken  # an administrator gave one of them to somebody else this very moment
    PeopleChange.objects.create(
        person=giver, user=user, fields={"handed_over": [None, person_key(receiver.pk)]}
    )
    PeopleChange.objects.create(
        person=receiver, user=user, fields={"taken_over": [None, person_key(giver.pk)]}
    )
    return found


def may_report(person: User) -> bool:
    return person.groups.filter(name__in=REPORTERS).exists()


def _move_actions(actions: list[Action], giver: User, receiver: User, user) -> None:
    through = Action.responsible.through
    before = defaultdict(set)
    for part in _parts(actions):
        links = through.objects.filter(action__in=[action.pk for action in part])
        for action_id, email in links.values_list("action_id", "user__email"):
            before[action_id].add(email)
        links.filter(user=giver).delete()
        through.objects.bulk_create(
            through(action=action, user=receiver)
            for action in part
            if receiver.email not in before[action.pk]
        )
    Change.objects.bulk_create(
        (
            Change(
                strategy_id=action.strategy_id,
                action=action,
                user=user,
                fields=_people_changed(before[action.pk], giver, receiver),
            )
            for action in actions
        ),
        batch_size=BATCH,
    )
    # No figure depends on it, but the proposal of an import that somebody looks at does.
    for pk in sorted({action.strategy_id for action in actions}):
        mark_changed(pk)


def _people_changed(emails: set[str], giver: User, receiver: User) -> dict:
    after = emails - {giver.email} | {receiver.email}
    return differences(
        {"responsible": tuple(sorted(emails))}, {"responsible": tuple(sorted(after))}
    )


def _move_networks(found: Load, giver: User, receiver: User, user) -> None:
    pks = sorted({network.pk for network in found.led + found.member_of})
    for network in Network.objects.select_for_update().filter(pk__in=pks).order_by("pk"):
        before = record_of(network)
        for people in (network.leads, network.members):
            if people.filter(pk=giver.pk).exists():
                people.remove(giver)
                people.add(receiver)
        network.version += 1
        network.save(update_fields=["version"])
        fields = differences(before, record_of(network))
        PeopleChange.objects.create(network=network, user=user, fields=fields)


def _parts(items: list):
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
