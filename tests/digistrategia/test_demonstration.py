import pytest

from digistrategia.demonstration import SIGN_INS, InUse, load
from mentors.models import User
from roadmap.models import Strategy
from tests.factories import make_strategy, make_user

pytestmark = pytest.mark.django_db


def test_the_demonstration_is_loaded_once_with_a_sign_in_for_each_role():
    assert load() == load()
    roles = User.objects.filter(email__in=SIGN_INS).values_list("groups__name", flat=True)
    assert set(roles) == {"johto", "digimentori", "ylläpitäjä"}
    strategy = Strategy.objects.get()
    states = list(strategy.quarters.values_list("state", flat=True))
    assert states == ["closed"] * 6 + ["open"] + ["planned"] * 5
    assert strategy.actions.count() == 198


def test_it_stands_beside_another_strategy_and_people_who_cannot_sign_in():
    make_strategy("toinen")
    person = User(email="hanna.korhonen@esimerkki.fi")
    person.set_unusable_password()
    person.save()
    load()
    assert User.objects.get(email="hanna.korhonen@esimerkki.fi").has_usable_password()


def test_it_never_joins_people_who_sign_in():
    make_user("ylläpitäjä")
    with pytest.raises(InUse):
        load()
    assert (Strategy.objects.count(), User.objects.count()) == (0, 1)
