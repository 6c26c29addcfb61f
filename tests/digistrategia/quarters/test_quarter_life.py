"""The life of a quarter: opened, closed and opened again, by page."""

import re
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from metrics.models import GroupStatus, Reopening
from metrics.snapshots import close_quarter, open_quarter
from roadmap.deadlines import usual_deadline
from roadmap.models import Change, QuarterState
from roadmap.reporting import report
from tests.digistrategia.quarters.pages import Q1, Q2, Q3, state_of, url
from tests.factories import make_action, make_strategy
from tests.pages import text

pytestmark = pytest.mark.django_db


# --- opening ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "deadline"),
    [
        ((2021, 9, 1), date(2021, 10, 14)),
        ((2021, 9, 30), date(2021, 10, 14)),
        ((2021, 10, 5), date(2021, 10, 19)),
    ],
)
def test_the_usual_deadline_is_two_weeks_after_the_quarter_or_from_today(at, today, deadline):
    at(*today)
    assert usual_deadline(Q3) == deadline


def test_the_usual_deadline_counts_by_the_date_in_helsinki(at):
    at(2021, 10, 5, 0, 30)
    assert timezone.now().astimezone(ZoneInfo("UTC")).day == 4
    assert usual_deadline(Q3) == date(2021, 10, 19)


def test_opening_sets_the_deadline_and_says_who_will_be_told(world, admin, yllapitaja):
    close_quarter(world, Q2)
    page = admin.get(url("open", Q3)).content.decode()
    assert 'type="date" name="deadline" value="2021-10-14"' in page
    assert "2 people who have something to report will be told by e-mail." in page
    for _click in range(2):
        response = admin.post(url("open", Q3), {"deadline": "15.10.2021"})
        assert response.url == url("detail", Q3)
    row = world.quarters.get(quarter=Q3)
    assert (row.state, row.deadline, row.opened_at) == ("open", date(2021, 10, 15), timezone.now())
    change = Change.objects.filter(user=yllapitaja).get()
    assert change.fields == {
        "state:2021Q3": ["planned", "open"],
        "deadline:2021Q3": [None, "2021-10-15"],
    }


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "choose the day"),
        ("pian", "write the day as 14.10.2022"),
        ("31.2.2022", "write the day as 14.10.2022"),
        ("4.7.2021", "the day has passed"),
        ("2021-07-04", "the day has passed"),
        ("31.12.9999", "the day is too far away; choose 1.10.2022 or earlier"),
    ],
)
def test_a_deadline_that_cannot_be_is_refused_with_what_was_typed(world, admin, typed, says):
    close_quarter(world, Q2)
    response = admin.post(url("open", Q3), {"deadline": typed})
    assert response.status_code == 422
    assert says in text(response)
    assert f'value="{typed}"' in response.content.decode() or not typed
    assert state_of(world, Q3) == QuarterState.PLANNED


def test_today_is_still_a_deadline_in_helsinki_when_it_is_yesterday_elsewhere(world, admin, at):
    close_quarter(world, Q2)
    at(2021, 7, 6, 0, 30)
    assert admin.post(url("open", Q3), {"deadline": "6.7.2021"}).status_code == 302


def test_a_second_quarter_is_not_opened(world, admin):
    for response in (
        admin.get(url("open", Q3)),
        admin.post(url("open", Q3), {"deadline": "2021-10-15"}),
    ):
        assert response.status_code == 409
        assert "Q2/2021 is open. Close it first" in text(response)
    assert state_of(world, Q3) == QuarterState.PLANNED
    assert not Change.objects.exists()


@pytest.mark.parametrize("quarter", [Q1, Q3])
def test_what_cannot_be_done_yet_is_not_offered_and_a_sentence_says_why(world, admin, quarter):
    response = admin.get(url("detail", quarter))
    assert "Q2/2021 is open. Close it first" in text(response)
    assert "button-primary" not in response.content.decode()
    close_quarter(world, Q2)
    page = admin.get(url("detail", quarter)).content.decode()
    assert "Close it first" not in page
    assert url("open" if quarter == Q3 else "reopen", quarter) in page


def test_who_opens_what_somebody_else_has_opened_is_told_how_it_stands(world, admin):
    close_quarter(world, Q2)
    open_quarter(world, Q3, date(2021, 10, 20))
    response = admin.post(url("open", Q3), {"deadline": "2021-10-15"})
    assert response.status_code == 409
    assert "Q3/2021 is open already; its deadline is 20.10.2021." in text(response)
    assert world.quarters.get(quarter=Q3).deadline == date(2021, 10, 20)


# --- closing ----------------------------------------------------------------------------------


def revision_on(page):
    return re.search(r'name="revision" value="(\d+)"', page.content.decode())[1]


def test_closing_shows_what_is_missing_and_freezes_the_lights(world, admin, yllapitaja):
    page = admin.get(url("close", Q2))
    assert "Close Q2/2021? 3 actions are not reported" in text(page)
    assert "Öhman Bertta 0/1 c" in text(page)
    for _click in range(2):
        response = admin.post(url("close", Q2), {"revision": revision_on(page)})
        assert response.url == url("detail", Q2)
    row = world.quarters.get(quarter=Q2)
    assert (row.state, row.closed_at, row.green_from) == ("closed", timezone.now(), 100)
    assert Change.objects.get().fields == {"state:2021Q2": ["open", "closed"]}
    assert Change.objects.get().user == yllapitaja


def test_what_was_reported_meanwhile_is_shown_before_the_quarter_is_closed(
    world, admin, digimentori
):
    seen = revision_on(admin.get(url("close", Q2)))
    report(world.actions.get(code="b"), Q2, 10, "", digimentori, 0)
    response = admin.post(url("close", Q2), {"revision": seen})
    assert response.status_code == 409
    assert "Something was reported or changed after you saw this page" in text(response)
    assert "2 actions are not reported" in text(response)
    assert state_of(world, Q2) == QuarterState.OPEN
    assert admin.post(url("close", Q2), {"revision": revision_on(response)}).status_code == 302
    assert GroupStatus.objects.get(kind="overall", quarter=Q2).reported == 2


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 40])
def test_closing_without_having_seen_anything_closes_nothing(world, admin, revision):
    assert admin.post(url("close", Q2), {"revision": revision}).status_code == 409
    assert state_of(world, Q2) == QuarterState.OPEN


def test_past_quarters_of_a_strategy_under_way_are_closed_without_being_opened(admin):
    strategy = make_strategy()
    make_action(strategy, entries={"2021Q1": 25})
    for quarter in (Q1, Q2):
        page = admin.get(url("close", quarter))
        assert "This quarter was never opened for reports." in text(page)
        admin.post(url("close", quarter), {"revision": revision_on(page)})
        assert state_of(strategy, quarter) == QuarterState.CLOSED
    rows = GroupStatus.objects.filter(kind="overall").order_by("quarter")
    assert [row.percent for row in rows] == [100, 50]


def test_a_later_quarter_is_not_closed_while_another_one_is_open(world, admin):
    response = admin.post(url("close", Q3), {"revision": world.revision})
    assert response.status_code == 409
    assert state_of(world, Q3) == QuarterState.PLANNED


# --- opening again ----------------------------------------------------------------------------


def test_a_closed_quarter_is_opened_again_with_a_reason(world, admin, yllapitaja):
    close_quarter(world, Q2)
    assert 'value="2021-07-19"' in admin.get(url("reopen", Q2)).content.decode()
    data = {"deadline": "2021-07-20", "reason": "Väärä\r\n yksikkö."}
    for _click in range(2):
        assert admin.post(url("reopen", Q2), data).url == url("detail", Q2)
    reopening = Reopening.objects.get()
    assert (reopening.reason, reopening.user) == ("Väärä yksikkö.", yllapitaja)
    assert state_of(world, Q2) == QuarterState.OPEN
    page = text(admin.get(url("detail", Q2)))
    assert "Väärä yksikkö." in page


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"reason": " "}, "write the reason"),
        ({"reason": "\x07"}, "write the reason"),
        ({"reason": "a" * 501}, "at most 500"),
        ({"deadline": ""}, "choose the day"),
    ],
)
def test_opening_again_needs_a_reason_and_a_deadline(world, admin, data, says):
    close_quarter(world, Q2)
    valid = {"deadline": "2021-07-20", "reason": "Syy."}
    response = admin.post(url("reopen", Q2), valid | data)
    assert response.status_code == 422
    assert says in text(response)
    assert state_of(world, Q2) == QuarterState.CLOSED


def test_opening_again_while_another_one_is_open_keeps_what_was_typed(world, admin):
    response = admin.post(url("reopen", Q1), {"deadline": "2021-07-20", "reason": "Pitkä syy."})
    assert response.status_code == 409
    assert "Q2/2021 is open. Close it first" in text(response)
    assert "Pitkä syy." in response.content.decode()
    assert not Reopening.objects.exists()
    assert state_of(world, Q1) == QuarterState.CLOSED


def test_only_administrators_find_the_way_from_the_front_page(world, browse, johto, yllapitaja):
    address = reverse("metrics:situation", args=["strategia"])
    assert url("detail", Q2) not in browse(johto).get(address).content.decode()
    assert url("detail", Q2) in browse(yllapitaja).get(address).content.decode()
