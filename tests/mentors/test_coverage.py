"""Who has reported what in a quarter, and who is asked for the rest."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mentors.coverage import coverage, people_to_ask
from mentors.models import Deputy, Network
from roadmap.quarters import Quarter
from tests.factories import make_action, make_strategy, make_user

pytestmark = pytest.mark.django_db
Q2 = Quarter(2021, 2)


def codes(due):
    return [action.code for action in due]


@pytest.fixture
def world():
    strategy = make_strategy(opened="2021Q2")
    aino, bertta = (
        make_user("digimentori", last_name="Aalto"),
        make_user("digimentori", last_name="Öhman"),
    )
    make_action(strategy, "a", people=[aino], entries={"2021Q2": 40})
    make_action(strategy, "b", people=[aino, bertta])
    network = Network.objects.create(strategy=strategy, name="Verkosto")
    network.leads.add(bertta)
    network.actions.add(make_action(strategy, "c"), *strategy.actions.filter(code="b"))
    make_action(
        strategy, "d", people=[make_user("johto"), make_user("digimentori", is_active=False)]
    )
    make_action(strategy, "done", people=[aino], entries={"2021Q1": 100})
    make_action(strategy, "later", people=[aino], year=2022)
    make_action(strategy, "cancelled", people=[aino], cancelled_from="2021Q2")
    return strategy, aino, bertta


def test_each_due_action_is_asked_of_its_people_or_else_of_its_networks_leads(world):
    strategy, aino, bertta = world
    found = coverage(strategy, Q2)
    assert codes(found.due) == ["a", "b", "c", "d"]
    assert (found.reported, codes(found.missing)) == (1, ["b", "c", "d"])
    assert [(s.subject, codes(s.due), s.reported, codes(s.missing)) for s in found.people] == [
        (aino, ["a", "b"], 1, ["b"]),
        (bertta, ["b", "c"], 0, ["b", "c"]),
    ]
    assert [(str(s.subject), codes(s.due)) for s in found.networks] == [("Verkosto", ["b", "c"])]
    assert codes(found.uncovered) == ["d"]


def test_a_deputy_is_asked_for_the_one_who_is_away_and_only_on_those_days(world):
    strategy, aino, bertta = world
    deputy, today = make_user("digimentori", last_name="Zetterberg"), timezone.localdate()
    for first in (today, today + timedelta(days=1)):
        Deputy.objects.create(
            person=bertta, deputy=deputy, first_day=first, last_day=first + timedelta(days=7)
        )
    asked = people_to_ask(coverage(strategy, Q2))
    assert [(one.person, codes(one.own), one.count) for one in asked] == [
        (aino, ["b"], 1),
        (deputy, [], 2),
        (bertta, ["b", "c"], 2),
    ]
    assert [(p, codes(due)) for p, due in asked[1].as_deputy] == [(bertta, ["b", "c"])]


def test_who_has_reported_everything_is_not_asked(world):
    strategy, aino, _bertta = world
    strategy.actions.get(code="b").entries.create(quarter=Q2, value=1)
    assert aino not in [one.person for one in people_to_ask(coverage(strategy, Q2))]


def test_the_number_of_queries_does_not_depend_on_the_number_of_actions(
    world, django_assert_num_queries
):
    strategy, aino, _bertta = world
    for _time in range(50):
        make_action(strategy, people=[aino])
    with django_assert_num_queries(6):
        people_to_ask(coverage(strategy, Q2))
