from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from roadmap.models import Action, PlanPoint, ProgressEntry, QuarterState, Strategy
from tests.factories import make_action, make_strategy

pytestmark = pytest.mark.django_db


def refused(change):
    with pytest.raises(IntegrityError), transaction.atomic():
        change()


def test_the_database_itself_refuses_what_must_not_be():
    strategy = make_strategy(opened="2021Q1")
    action = make_action(strategy, "a", plan={"2021Q2": 5}, entries={"2021Q1": 5})
    actions = Action.objects.filter(pk=action.pk)
    refused(lambda: make_action(strategy, "a"))
    refused(lambda: actions.update(target=action.baseline))
    refused(lambda: actions.update(weight=0))
    refused(lambda: actions.update(start="2021Q4", end="2021Q1"))
    refused(lambda: strategy.quarters.filter(quarter="2021Q2").update(state=QuarterState.OPEN))
    refused(lambda: strategy.quarters.filter(quarter="2021Q2").update(state="ajar"))
    refused(lambda: PlanPoint.objects.create(action=action, quarter="2021Q2", value=1))
    refused(lambda: ProgressEntry.objects.create(action=action, quarter="2021Q1", value=1))
    refused(lambda: Strategy.objects.update(yellow_from=100))
    refused(lambda: make_strategy())


def test_another_strategy_has_its_own_open_quarter_and_codes():
    for slug in ("yksi", "kaksi"):
        make_action(make_strategy(slug, opened="2021Q1"), "a")
    assert Action.objects.count() == 2


@pytest.mark.parametrize(
    "value", ["0.333333333333333", "123456789012345", "-0.00000012345678901234"]
)
def test_fifteen_digits_come_back_as_they_were(value):
    action = make_action(make_strategy(), target=Decimal(value))
    assert Action.objects.get(pk=action.pk).target == Decimal(value)
