"""Who may report: own actions, those of networks that one leads, and as a deputy."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from mentors.models import Deputy, Network
from mentors.permissions import reportable
from roadmap.models import Action
from roadmap.permissions import REPORT
from tests.factories import make_action, make_strategy, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def world():
    """Own, led, merely a member, and nobody's."""
    strategy = make_strategy(opened="2021Q1")
    mentor = make_user("digimentori")
    make_action(strategy, "own", people=[mentor])
    led = Network.objects.create(strategy=strategy, name="Johdettu")
    led.leads.add(mentor)
    led.actions.add(make_action(strategy, "led"))
    other = Network.objects.create(strategy=strategy, name="Jäsenenä")
    other.members.add(mentor)
    other.actions.add(make_action(strategy, "member"))
    make_action(strategy, "others")
    return mentor


def may_report(user):
    """By the question asked of one action, and by the one asked of many: they must agree."""
    fresh = type(user).objects.get(pk=user.pk)
    one_by_one = {a.code for a in Action.objects.all() if fresh.has_perm(REPORT, a)}
    at_once = set(Action.objects.filter(reportable(fresh)).values_list("code", flat=True))
    assert one_by_one == at_once
    return one_by_one


def test_a_mentor_reports_own_actions_and_those_of_networks_that_they_lead(world):
    assert may_report(world) == {"own", "led"}


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (-1, 1, {"own", "led"}),
        (0, 0, {"own", "led"}),
        (-2, -1, set()),
        (1, 2, set()),
    ],
)
def test_a_deputy_reports_for_the_other_on_the_days_agreed(world, first, last, expected):
    deputy, today = make_user("digimentori"), timezone.localdate()
    Deputy.objects.create(
        person=world, deputy=deputy, first_day=today + first * DAY, last_day=today + last * DAY
    )
    assert may_report(deputy) == expected


def test_a_deputy_of_a_deputy_stands_in_for_nobody_else(world):
    deputy, second, today = make_user("digimentori"), make_user("digimentori"), timezone.localdate()
    Deputy.objects.create(person=world, deputy=deputy, first_day=today, last_day=today)
    Deputy.objects.create(person=deputy, deputy=second, first_day=today, last_day=today)
    assert may_report(second) == set()


@pytest.mark.parametrize("role", [None, "johto"])
def test_without_the_role_neither_a_lead_nor_a_deputy_reports(world, role):
    user, today = make_user(role), timezone.localdate()
    Network.objects.get(name="Johdettu").leads.add(user)
    Deputy.objects.create(person=world, deputy=user, first_day=today, last_day=today)
    assert not any(user.has_perm(REPORT, action) for action in Action.objects.all())


def test_a_leaver_reports_nothing(world):
    world.is_active = False
    world.save()
    assert not any(world.has_perm(REPORT, action) for action in Action.objects.all())


def test_the_days_of_a_deputy_are_those_of_helsinki(world, monkeypatch):
    deputy = make_user("digimentori")
    Deputy.objects.create(
        person=world, deputy=deputy, first_day=date(2022, 1, 10), last_day=date(2022, 1, 10)
    )
    # 22.30 on the ninth in London is half past midnight on the tenth in Helsinki.
    moment = datetime(2022, 1, 9, 22, 30, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    assert deputy.has_perm(REPORT, Action.objects.get(code="own"))


def test_the_deputy_of_a_leaver_stands_in_for_nobody(world):
    deputy, today = make_user("digimentori"), timezone.localdate()
    Deputy.objects.create(person=world, deputy=deputy, first_day=today, last_day=today)
    assert may_report(deputy) == {"own", "led"}
    world.groups.clear()
    assert may_report(deputy) == set()
