"""The life of a quarter: opened, followed, reminded of, closed and opened again, by page."""

import re
import uuid
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from digistrategia.quarters import listing, mail_counts
from mentors.models import Deputy, Mail, Network, ReportLink
from metrics.models import GroupStatus, Reopening
from metrics.snapshots import close_quarter, compute, open_quarter
from roadmap.deadlines import usual_deadline
from roadmap.models import Change, ProgressEntry, QuarterState, Strategy
from roadmap.quarters import Quarter
from roadmap.reporting import report
from tests.factories import make_action, make_strategy, make_user

pytestmark = pytest.mark.django_db
Q1, Q2, Q3 = (Quarter(2021, number) for number in (1, 2, 3))


def url(name, quarter=None):
    kwargs = {"quarter": quarter} if quarter else {}
    return reverse(f"quarter-{name}", kwargs={"slug": "strategia", **kwargs})


def text(response):
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))
    return words.replace("\u00a0", " ")


def state_of(strategy, quarter):
    return strategy.quarters.get(quarter=quarter).state


@pytest.fixture
def at(monkeypatch):
    """Makes it a time in Helsinki."""

    def at(*moment):
        now = datetime(*moment, tzinfo=ZoneInfo("Europe/Helsinki"))
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)
        return now

    at(2021, 7, 5, 12)
    return at


@pytest.fixture
def world(at, strategy, digimentori):
    """Q2 is open; of four actions one is reported and one is asked of nobody."""
    network = Network.objects.create(strategy=strategy, name="Sote-keskukset")
    bertta = make_user("digimentori", first_name="Bertta", last_name="Öhman")
    network.leads.add(bertta)
    make_action(strategy, "a", people=[digimentori], entries={"2021Q2": 50})
    make_action(strategy, "b", people=[digimentori])
    network.actions.add(make_action(strategy, "c"))
    make_action(strategy, "d", title="Kenenkään ei")
    strategy.quarters.filter(quarter=Q2).update(
        deadline=date(2021, 7, 14), opened_at=timezone.now()
    )
    compute(strategy.pk)
    strategy.bertta = bertta
    return strategy


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


# --- reminding --------------------------------------------------------------------------------


def sent(**more):
    return {"token": str(uuid.uuid4()), "note": "", **more}


def test_a_reminder_is_shown_first_and_then_sent_once_to_each(
    world, admin, digimentori, yllapitaja
):
    page = text(admin.get(url("remind", Q2)))
    assert "Remind 2 people" in page
    assert "Mentori Erkki 1 action" in page
    data = sent(people=[digimentori.pk, world.bertta.pk], note="Lomat <alkavat>")
    preview = admin.post(url("remind", Q2), data | {"preview": "1"})
    assert preview.status_code == 200
    assert "Lomat &lt;alkavat&gt;" in preview.content.decode()
    assert not Mail.objects.exists()
    for _click in range(2):
        assert admin.post(url("remind", Q2), data).url == url("detail", Q2)
    assert "2 reminders are on their way." in text(admin.get(url("detail", Q2)))
    row = world.quarters.get(quarter=Q2)
    mails = Mail.objects.order_by("recipient__last_name")
    assert [(m.kind, m.recipient, m.strategy_quarter, m.note, m.made_by) for m in mails] == [
        ("reminder", digimentori, row, "Lomat <alkavat>", yllapitaja),
        ("reminder", world.bertta, row, "Lomat <alkavat>", yllapitaja),
    ]


def test_the_letter_that_is_shown_has_nobodys_own_link_for_reporting(world, admin):
    Strategy.objects.update(report_links=True)
    page = text(admin.get(url("remind", Q2)))
    assert "In each letter stands a link of its own for reporting" in page
    assert reverse("mentors:worklist", args=["strategia"]) in page
    assert not ReportLink.objects.exists()


def test_somebody_can_be_left_out_and_who_wants_none_gets_none(world, admin, digimentori):
    quiet = make_user("digimentori", last_name="Hiljainen", wants_reminders=False)
    outsider = make_user("digimentori", last_name="Ulkopuolinen")
    world.actions.get(code="b").responsible.add(quiet)
    page = text(admin.get(url("remind", Q2)))
    assert "Want no reminders, and are not written to: Hiljainen Erkki" in page
    assert "Ulkopuolinen" not in page
    admin.post(url("remind", Q2), sent(people=[world.bertta.pk, quiet.pk, outsider.pk, 10**15, 5]))
    assert [mail.recipient for mail in Mail.objects.all()] == [world.bertta]


def test_a_deputy_of_today_is_reminded_too(world, admin, digimentori):
    deputy, today = make_user("digimentori", last_name="Sijainen"), timezone.localdate()
    Deputy.objects.create(
        person=digimentori, deputy=deputy, first_day=today, last_day=today + timedelta(days=1)
    )
    assert "Sijainen Erkki 1 action" in text(admin.get(url("remind", Q2)))


def test_who_has_reported_meanwhile_is_not_reminded(world, admin, digimentori):
    ProgressEntry.objects.create(action=world.actions.get(code="b"), quarter=Q2, value=1)
    admin.post(url("remind", Q2), sent(people=[digimentori.pk, world.bertta.pk]))
    assert [mail.recipient for mail in Mail.objects.all()] == [world.bertta]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"people": []}, "choose at least one person"),
        ({"people": ["x"]}, "choose at least one person"),
        ({"people": [10**30]}, "choose at least one person"),
        ({"note": "a" * 1001}, "at most 1000"),
        ({"note": "\0"}, "Null characters"),
    ],
)
def test_a_reminder_that_cannot_be_sent_says_why(world, admin, data, says):
    response = admin.post(url("remind", Q2), sent(people=[world.bertta.pk]) | data)
    assert response.status_code == 422
    assert says in text(response)
    assert not Mail.objects.exists()


def test_nobody_is_reminded_of_a_quarter_that_was_closed_meanwhile(world, admin):
    close_quarter(world, Q2)
    response = admin.post(url("remind", Q2), sent(people=[world.bertta.pk]))
    assert response.status_code == 409
    assert not Mail.objects.exists()


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
