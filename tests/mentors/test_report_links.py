"""Links that open one person's quarter without signing in, and what ends them."""

from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone

from mentors.models import PeopleChange, ReportLink
from mentors.report_links import link_for, mark_used, resolve, revoke, revoke_all, token
from roadmap.models import QuarterState
from tests.factories import make_strategy, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(db):
    strategy = make_strategy(opened="2022Q3", report_links=True, report_link_days=10)
    return strategy.quarters.get(state=QuarterState.OPEN)


@pytest.fixture
def link(row, digimentori):
    return link_for(digimentori, row)


def history():
    return list(PeopleChange.objects.order_by("pk").values_list("person", "user", "fields"))


def test_a_link_is_good_for_the_days_of_its_strategy_and_used_again(link, row, digimentori):
    assert link.expires_at - timezone.now() < timedelta(days=10)
    assert link.expires_at - timezone.now() > timedelta(days=9, hours=23)
    assert link_for(digimentori, row) == link
    assert resolve(token(link)) == link
    assert history() == [(digimentori.pk, None, {"report_link:2022Q3": [None, "made"]})]


def test_one_that_is_about_to_expire_is_not_sent_once_more(link, row, digimentori):
    ReportLink.objects.update(expires_at=timezone.now() + timedelta(days=4))
    newer = link_for(digimentori, row)
    assert newer != link
    assert resolve(token(link)) == link  # until it does
    assert resolve(token(newer)) == newer


def test_each_person_has_links_of_their_own(link, row, yllapitaja):
    other = link_for(yllapitaja, row)
    assert token(other) != token(link)
    assert resolve(token(other)).person == yllapitaja


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token[:-1] + ("a" if token[-1] != "a" else "b"),
        lambda token: "x" + token,
        lambda token: "",
        lambda token: "::",
        lambda token: "é\0" * 500,
        lambda token: signing.dumps(signing.loads(token, salt="report-link"), salt="other"),
        lambda token: signing.dumps(0, salt="report-link"),
    ],
)
def test_a_token_that_was_tampered_with_opens_nothing(link, forge):
    assert resolve(forge(token(link))) is None


def expire(link):
    ReportLink.objects.update(expires_at=timezone.now())


def leave(link):
    link.person.is_active = False
    link.person.save()


def pseudonymise(link):
    link.person.former = 1
    link.person.save()


def close(link):
    link.strategy_quarter.state = QuarterState.CLOSED
    link.strategy_quarter.save()


def turn_off(link):
    link.strategy_quarter.strategy.report_links = False
    link.strategy_quarter.strategy.save()


@pytest.mark.parametrize("end", [expire, leave, pseudonymise, close, turn_off])
def test_what_ends_a_link(link, end):
    sent = token(link)
    assert resolve(sent) == link
    end(link)
    assert resolve(sent) is None


def test_a_revoked_link_opens_nothing_and_another_one_can_be_made(
    link, row, digimentori, yllapitaja
):
    assert [revoke(link, yllapitaja), revoke(link, yllapitaja)] == [True, False]
    assert resolve(token(link)) is None
    assert link_for(digimentori, row) != link
    assert history()[1:] == [
        (digimentori.pk, yllapitaja.pk, {"report_link:2022Q3": [None, "revoked"]}),
        (digimentori.pk, None, {"report_link:2022Q3": [None, "made"]}),
    ]


def test_all_links_of_one_person_are_revoked_and_those_of_others_stay(link, row, digimentori):
    other = link_for(make_user("digimentori"), row)
    assert [revoke_all(digimentori), revoke_all(digimentori)] == [1, 0]
    assert (resolve(token(link)), resolve(token(other))) == (None, other)


def test_the_first_use_stands_in_the_history_and_the_last_on_the_link(link, digimentori):
    mark_used(link)
    mark_used(link)
    link.refresh_from_db()
    assert link.first_used_at < link.last_used_at
    assert [fields for _p, _u, fields in history()][1:] == [{"report_link:2022Q3": [None, "used"]}]
