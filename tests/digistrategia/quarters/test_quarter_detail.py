"""Quarters as they are followed: the list, who has reported, the mails, the deadline."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from digistrategia.quarters import listing, mail_counts
from mentors.models import Mail, Network
from metrics.models import Reopening
from metrics.snapshots import close_quarter, compute
from roadmap.models import Change, QuarterState
from tests.digistrategia.quarters.pages import Q1, Q2, Q3, url
from tests.factories import make_action, make_strategy, make_user
from tests.pages import text

pytestmark = pytest.mark.django_db


# --- the list ---------------------------------------------------------------------------------


def test_everybody_sees_the_quarters_and_only_administrators_what_can_be_done(
    world, browse, johto, yllapitaja
):
    Reopening.objects.create(strategy=world, quarter=Q1, reason="Väärä yksikkö.", figures={})
    page = text(browse(johto).get(url("list")))
    for words in ("Q2/2021 is open for reports", "Wed 14.7.2021", "1/4 reported", "Väärä yksikkö."):
        assert words in page
    assert "Follow" not in page
    assert "Follow Q2/2021" in text(browse(yllapitaja).get(url("list")))


def test_the_next_quarter_is_offered_only_when_none_is_open(world, admin):
    assert listing(world).next is None
    close_quarter(world, Q2)
    assert listing(world).next.quarter == Q3
    page = text(admin.get(url("list")))
    assert "No quarter is open" in page
    assert "Open Q3/2021 Close Q3/2021 without opening it" in page
    world.quarters.update(state=QuarterState.CLOSED)
    assert "There is no quarter left to open." in text(admin.get(url("list")))
    world.quarters.update(state=QuarterState.PLANNED)
    assert listing(world).next.quarter == Q1


# --- following --------------------------------------------------------------------------------


def test_the_page_says_what_is_reported_by_whom_and_until_when(world, admin):
    page = text(admin.get(url("detail", Q2)))
    for words in (
        "1 /4 reported , 3 left",
        "Wed 14.7.2021 deadline, 9 days left",
        "2 people have something to report",
        "Mentori Erkki 1/2 b",
        "Öhman Bertta 0/1 c",
        "Reported by network",
        "Sote-keskukset 0/1 c",
        "Nobody is asked for 1 action",
        "d Kenenkään ei",
    ):
        assert words in page, words


@pytest.mark.parametrize(
    ("day", "says"), [(14, "deadline, today"), (15, "deadline has passed"), (13, "1 day left")]
)
def test_the_days_left_are_counted_in_helsinki(world, browse, yllapitaja, at, day, says):
    at(2021, 7, day, 0, 30)
    assert says in text(browse(yllapitaja).get(url("detail", Q2)))


def test_mails_are_counted_by_kind_and_by_what_became_of_them(world, admin, digimentori):
    row, now = world.quarters.get(quarter=Q2), timezone.now()
    for number, (kind, fields) in enumerate(
        [
            ("opened", {"claimed_at": now, "sent_at": now}),
            ("opened", {"claimed_at": now, "sent_at": now}),
            ("opened", {"given_up_at": now, "error": "550 no such <user>"}),
            ("opened", {"claimed_at": now}),
            ("reminder", {}),
            ("reminder", {"error": "try later", "attempts": 1}),
        ]
    ):
        Mail.objects.create(
            key=str(number), kind=kind, recipient=digimentori, strategy_quarter=row, **fields
        )
    other = world.quarters.get(quarter=Q1)
    Mail.objects.create(key="x", kind="late", recipient=digimentori, strategy_quarter=other)
    opened, reminder = mail_counts(row)
    assert (opened.waiting, opened.sent, opened.failed, opened.unknown) == (0, 2, 1, 1)
    assert opened.reasons == [("550 no such <user>", 1)]
    assert (reminder.waiting, reminder.sent, reminder.failed, reminder.unknown) == (2, 0, 0, 0)
    page = admin.get(url("detail", Q2)).content.decode()
    assert "1 not sent: 550 no such &lt;user&gt;" in page


@pytest.mark.parametrize("name", ["detail", "close", "remind", "open", "reopen", "deadline"])
def test_coverage_by_person_is_for_administrators(world, browse, johto, digimentori, name):
    for user in (johto, digimentori):
        response = browse(user).get(url(name, Q2))
        assert response.status_code == 403
        assert "Öhman" not in response.content.decode()


@pytest.mark.parametrize("code", ["2020Q1", "2021Q9", "2021q2", "nyt", "Q2"])
def test_a_quarter_that_is_not_there_answers_404(world, admin, code):
    assert admin.get(url("list") + f"{code}/").status_code == 404


@pytest.mark.parametrize(
    ("name", "most"), [("list", 8), ("detail", 12), ("close", 13), ("remind", 19), ("open", 14)]
)
def test_a_page_makes_the_same_few_queries_for_1_3_and_300_actions(browse, yllapitaja, name, most):
    counts = []
    for number, actions in enumerate((1, 3, 300)):
        strategy = make_strategy(f"s{number}", opened=None if name == "open" else "2021Q2")
        people = [make_user("digimentori") for _ in range(min(actions, 30))]
        for n in range(actions):
            network = Network.objects.create(strategy=strategy, name=f"Verkosto {n}")
            action = make_action(strategy, f"T-{n}", people=[people[n % len(people)]])
            network.actions.add(action)
        row = strategy.quarters.get(quarter=Q2)
        for person in people:
            Mail.objects.create(
                key=f"{number}:{person.pk}", kind="late", recipient=person, strategy_quarter=row
            )
            Reopening.objects.create(strategy=strategy, quarter=Q1, reason="Syy.", figures={})
        compute(strategy.pk)
        kwargs = {} if name == "list" else {"quarter": Q2}
        address = reverse(f"quarter-{name}", kwargs={"slug": strategy.slug, **kwargs})
        client = browse(yllapitaja)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert counts[0] <= most


# --- the deadline -----------------------------------------------------------------------------


def test_the_deadline_is_moved_and_is_history(world, admin, yllapitaja):
    data = {"deadline": "2021-07-20", "seen": "2021-07-14"}
    for _click in range(2):
        assert admin.post(url("deadline", Q2), data).url == url("detail", Q2)
    assert world.quarters.get(quarter=Q2).deadline == date(2021, 7, 20)
    change = Change.objects.get()
    assert (change.user, change.fields) == (
        yllapitaja,
        {"deadline:2021Q2": ["2021-07-14", "2021-07-20"]},
    )
    assert 'name="seen" value="2021-07-20"' in admin.get(url("deadline", Q2)).content.decode()


def test_a_deadline_that_somebody_else_moved_is_not_overwritten_unseen(world, admin):
    world.quarters.filter(quarter=Q2).update(deadline=date(2021, 7, 16))
    data = {"deadline": "2021-07-20", "seen": "2021-07-14"}
    response = admin.post(url("deadline", Q2), data)
    page = response.content.decode()
    assert response.status_code == 409
    assert "somebody else moved it meanwhile to 16.7.2021" in page
    assert 'name="deadline" value="2021-07-20"' in page
    assert 'name="seen" value="2021-07-16"' in page
    assert world.quarters.get(quarter=Q2).deadline == date(2021, 7, 16)
    assert not Change.objects.exists()
    assert admin.post(url("deadline", Q2), data | {"seen": "2021-07-16"}).status_code == 302


def test_the_deadline_of_a_quarter_closed_in_another_tab_is_not_moved(world, admin):
    close_quarter(world, Q2)
    data = {"deadline": "2021-07-20", "seen": "2021-07-14"}
    response = admin.post(url("deadline", Q2), data)
    assert response.status_code == 409
    assert "Q2/2021 is closed, its lights are frozen. Nothing was changed." in text(response)
    assert world.quarters.get(quarter=Q2).deadline == date(2021, 7, 14)
