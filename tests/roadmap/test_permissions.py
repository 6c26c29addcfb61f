import pytest

from roadmap.permissions import CHANGE_PLAN, CHANGE_STRATEGY, IMPORT, READ_FEEDBACK, REPORT, VIEW
from tests.factories import make_action, make_strategy, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (None, set()),
        ("johto", {VIEW}),
        ("digimentori", {VIEW}),
        ("ylläpitäjä", {VIEW, REPORT, CHANGE_PLAN, IMPORT, CHANGE_STRATEGY, READ_FEEDBACK}),
    ],
)
def test_what_a_role_may_do_as_a_whole(role, may):
    user = make_user(role)
    asked = {VIEW, REPORT, CHANGE_PLAN, IMPORT, CHANGE_STRATEGY, READ_FEEDBACK}
    assert {permission for permission in asked if user.has_perm(permission)} == may


@pytest.mark.parametrize(
    ("role", "own", "others"),
    [
        (None, False, False),
        ("johto", False, False),
        ("digimentori", True, False),
        ("ylläpitäjä", True, True),
    ],
)
def test_who_may_report_an_action(role, own, others):
    user, strategy = make_user(role), make_strategy()
    assert user.has_perm(REPORT, make_action(strategy, people=[user])) is own
    assert user.has_perm(REPORT, make_action(strategy)) is others


def test_a_deactivated_person_may_do_nothing():
    user = make_user("ylläpitäjä", is_active=False)
    assert not user.has_perm(VIEW)


def test_a_superuser_may_do_everything():
    assert make_user(None, is_superuser=True).has_perm(IMPORT)
