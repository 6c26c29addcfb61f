"""Who has reported what in a quarter, and who is asked for the rest.

An action is asked of the active people responsible for it; where there is none, of the leads of
the networks that carry it. `roadmap.traffic_light` says which actions are due.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import F, Value
from django.utils import timezone

from mentors.models import Deputy, Network, User
from roadmap.courses import FIELDS, courses_from
from roadmap.formats import collation
from roadmap.models import Action, Strategy
from roadmap.permissions import Role
from roadmap.quarters import Quarter


@dataclass(frozen=True)
class Due:
    """An action that is due in the quarter."""

    pk: int
    code: str
    title: str
    is_reported: bool


@dataclass
class Share:
    """The due actions of one person or network."""

    subject: User | Network
    due: list[Due] = field(default_factory=list)

    @property
    def reported(self) -> int:
        return sum(action.is_reported for action in self.due)

    @property
    def missing(self) -> list[Due]:
        return [action for action in self.due if not action.is_reported]


@dataclass
class Coverage:
    """The due actions of a quarter, by person and by network; those of nobody apart."""

    due: list[Due]
    people: list[Share]
    networks: list[Share]
    uncovered: list[Due]

    @property
    def reported(self) -> int:
        return sum(action.is_reported for action in self.due)

    @property
    def missing(self) -> list[Due]:
        return [action for action in self.due if not action.is_reported]


def coverage(strategy: Strategy, quarter: Quarter) -> Coverage:
    """Everything that is due in the quarter, in five queries."""
    due = due_actions(strategy, quarter)
    asked = _people_asked(strategy)
    people = {
        user.pk: Share(user) for user in User.objects.filter(pk__in=set().union(*asked.values()))
    }
    networks, carried = {}, defaultdict(list)
    for network in strategy.networks.annotate(action_id=F("actions")):
        networks.setdefault(network.pk, Share(network))
        carried[network.action_id].append(network.pk)
    uncovered = []
    for action in due:
        for pk in asked.get(action.pk, ()):
            people[pk].due.append(action)
        for pk in carried[action.pk]:
            networks[pk].due.append(action)
        if not asked.get(action.pk):
            uncovered.append(action)
    return Coverage(
        due,
        sorted(
            (share for share in people.values() if share.due),
            key=lambda share: collation(share.subject.sorted_name),
        ),
        sorted(networks.values(), key=lambda share: collation(share.subject.name)),
        uncovered,
    )


def due_actions(strategy: Strategy, quarter: Quarter) -> list[Due]:
    """The actions due in the quarter, in order of code; two queries."""
    rows = list(
        Action.objects.filter(strategy=strategy, start__lte=quarter)
        .order_by("code")
        .values_list(*FIELDS, "code", "title")
    )
    found = courses_from(
        [row[: len(FIELDS)] for row in rows],
        with_plan=False,
        action__strategy=strategy,
        quarter__lte=quarter,
    )
    due = []
    for row in rows:
        pk, (code, title) = row[0], row[-2:]
        outcome = found[pk].outcomes([quarter.ordinal], strategy.limits)[0]
        if outcome.due:
            due.append(Due(pk, code, title, outcome.reported))
    return due


def _people_asked(strategy: Strategy) -> dict[int, set[int]]:
    """Who is asked to report each action: keys of people by keys of actions; one query."""
    responsible = Action.responsible.through.objects.filter(
        action__strategy=strategy, user__is_active=True, user__groups__name__in=REPORTERS
    )
    led = Network.actions.through.objects.filter(
        network__strategy=strategy,
        network__leads__is_active=True,
        network__leads__groups__name__in=REPORTERS,
    )
    rows = responsible.values_list("action_id", "user_id", Value(True)).union(
        led.values_list("action_id", "network__leads", Value(False))
    )
    own, of_leads = defaultdict(set), defaultdict(set)
    for action, user, is_own in rows:
        (own if is_own else of_leads)[action].add(user)
    return of_leads | own


# Only these may report at all: asking somebody else would be of no use.
REPORTERS = (Role.MENTOR, Role.ADMINISTRATOR)


@dataclass
class Asked:
    """Somebody to write to: what they have not reported, and what those they stand in for."""

    person: User
    own: list[Due] = field(default_factory=list)
    as_deputy: list[tuple[User, list[Due]]] = field(default_factory=list)

    @property
    def count(self) -> int:
        """The actions in all, each counted once."""
        actions = {action.pk for action in self.own}
        return len(actions.union(a.pk for _person, due in self.as_deputy for a in due))


def people_to_ask(found: Coverage) -> list[Asked]:
    """Everybody who has something to report, deputies of today included; one more query."""
    asked = {
        share.subject.pk: Asked(share.subject, share.missing)
        for share in found.people
        if share.missing
    }
    today = timezone.localdate()
    deputies = (
        Deputy.objects.filter(
            person__in=list(asked),
            first_day__lte=today,
            last_day__gte=today,
            deputy__is_active=True,
            deputy__groups__name__in=REPORTERS,
        )
        .select_related("deputy")
        .distinct()
    )
    away = dict(asked)
    for row in deputies:
        absent = away[row.person_id]
        standing_in = asked.setdefault(row.deputy_id, Asked(row.deputy))
        standing_in.as_deputy.append((absent.person, absent.own))
    return sorted(asked.values(), key=lambda one: collation(one.person.sorted_name))
