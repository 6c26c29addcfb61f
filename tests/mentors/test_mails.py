"""Each mail goes out once: servers that are down, that refuse, or that break off."""

import time
from datetime import timedelta

import pytest
from django.core import mail as mailbox
from django.db import transaction
from django.utils import timezone

from mentors import mails
from mentors import outbox as outbox_module
from mentors.letters import Letter
from mentors.mails import given_up, send_again, send_waiting, uncertain, waiting
from mentors.models import Mail, PeopleChange
from mentors.outbox import post, post_all
from roadmap.quarters import Quarter
from tests.at_once import at_once
from tests.factories import make_action, make_strategy, make_user
from tests.mail_server import MailServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(db):
    strategy = make_strategy(opened="2022Q3")
    make_action(strategy, "T-1", year=2022)
    row = strategy.quarters.get(quarter=Quarter(2022, 3))
    row.opened_at = timezone.now()
    row.save()
    return row


@pytest.fixture
def outbox(row):
    """`outbox(3)` puts mails of three people, a to c, into the outbox."""

    def outbox(count):
        for letter in "abcdefghij"[:count]:
            person = make_user("digimentori", f"{letter}@example.org")
            row.strategy.actions.get().responsible.add(person)
            post("opened", person, f"opened:{letter}", row)

    return outbox


@pytest.fixture
def server(settings):
    with MailServer() as server:
        settings.EMAIL_BACKEND = "mentors.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


def addresses(*letters):
    return [f"{letter}@example.org" for letter in letters]


def test_a_mail_is_posted_once_for_each_key_and_sent_once(outbox, server, row):
    outbox(2)
    again = post("opened", Mail.objects.first().recipient, "opened:a", row)
    assert Mail.objects.count() == 2
    assert [send_waiting(), send_waiting()] == [2, 0]
    assert (server.recipients, server.connections) == (addresses("a", "b"), 1)
    again.refresh_from_db()
    assert again.claimed_at <= again.sent_at
    assert (again.attempts, again.error, again.given_up_at) == (1, "", None)


def test_many_are_posted_with_one_query_and_each_key_once(
    row, django_assert_max_num_queries, django_capture_on_commit_callbacks
):
    people = [make_user() for _n in range(50)]
    with django_capture_on_commit_callbacks() as asked:
        for _time in range(2):
            with django_assert_max_num_queries(2):
                post_all([Mail(key=f"k{p.pk}", kind="opened", recipient=p) for p in people])
    assert (Mail.objects.count(), len(asked)) == (50, 2)


def test_with_the_server_down_mails_wait_and_go_out_once_when_it_is_back(outbox, settings):
    with MailServer() as gone:
        port = gone.port
    settings.EMAIL_BACKEND = "mentors.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    outbox(3)
    assert [send_waiting(), send_waiting()] == [0, 0]
    assert set(waiting().values_list("attempts", "error")) == {
        (2, "[Errno 111] Connection refused")
    }
    assert (waiting().count(), uncertain().count(), given_up().count()) == (3, 0, 0)
    with MailServer(port) as server:
        assert [send_waiting(), send_waiting()] == [3, 0]
        assert server.recipients == addresses("a", "b", "c")
    assert set(Mail.objects.values_list("error", flat=True)) == {""}


def test_a_mail_that_nobody_takes_for_three_days_is_given_up(outbox, settings):
    settings.EMAIL_BACKEND = "mentors.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    outbox(2)
    Mail.objects.update(attempts=10)
    Mail.objects.filter(key="opened:a").update(made_at=timezone.now() - timedelta(days=3))
    assert send_waiting() == 0
    assert list(given_up().values_list("key", "error")) == [
        ("opened:a", "[Errno 111] Connection refused")
    ]
    assert list(waiting().values_list("key", flat=True)) == ["opened:b"]


def test_a_worker_that_was_away_for_days_gives_nothing_up_at_the_first_refusal(outbox, settings):
    settings.EMAIL_BACKEND = "mentors.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    outbox(1)
    Mail.objects.update(made_at=timezone.now() - timedelta(days=4))
    send_waiting()
    assert (given_up().count(), waiting().count()) == (0, 1)


def test_a_mailbox_that_is_full_holds_nobody_up_and_is_tried_again(outbox, server):
    server.refusals["a@example.org"] = "451 a@example.org is full"
    outbox(3)
    assert send_waiting() == 2
    full = waiting().get()
    # The address must not outlive the account.
    assert (full.error, full.attempts) == (f"451 #{full.recipient_id} is full", 1)
    server.refusals.clear()
    assert send_waiting() == 1
    assert server.recipients == addresses("b", "c", "a")


def test_an_address_that_does_not_exist_is_given_up_and_the_others_get_theirs(outbox, server):
    server.refusals["b@example.org"] = "550 no such user"
    outbox(3)
    assert [send_waiting(), send_waiting()] == [2, 0]
    assert server.recipients == addresses("a", "c")
    (refused,) = given_up()
    assert (refused.key, refused.error, refused.claimed_at) == (
        "opened:b",
        "550 no such user",
        None,
    )


def test_a_server_that_refuses_everybody_is_left_alone_until_the_next_round(outbox, server):
    server.refusals = dict.fromkeys(addresses(*"abcdefghij"), "451 later")
    outbox(10)
    assert send_waiting() == 0
    assert list(waiting().order_by("pk").values_list("attempts", flat=True)) == [1] * 5 + [0] * 5
    send_waiting()  # begins with those that were not tried yet
    assert set(waiting().values_list("attempts", flat=True)) == {1}


def test_a_server_that_goes_away_is_the_end_of_the_round(outbox, server):
    server.refusals["b@example.org"] = "421 going down"
    outbox(3)
    assert send_waiting() == 1
    assert (waiting().count(), uncertain().count()) == (2, 0)
    server.refusals.clear()
    assert send_waiting() == 2
    assert server.recipients == addresses("a", "c", "b")


def test_a_server_that_takes_few_mails_by_one_connection_gets_another_one(outbox, server):
    server.most_by_one = 2
    outbox(5)
    assert send_waiting() == 5
    assert (server.recipients, server.connections) == (addresses("a", "b", "c", "d", "e"), 3)


def test_a_server_that_falls_silent_over_a_mail_leaves_it_uncertain_and_unsent_again(
    outbox, server, yllapitaja
):
    server.falls_silent = True
    outbox(2)
    assert send_waiting() == 0
    server.falls_silent = False
    assert [send_waiting(), send_waiting()] == [1, 0]
    # It did arrive, and nobody could know.
    assert server.recipients == addresses("a", "b")
    (unsure,) = uncertain()
    assert (unsure.key, unsure.error) == ("opened:a", "Connection unexpectedly closed")
    assert [send_again(unsure, yllapitaja), send_again(unsure, yllapitaja)] == [True, False]
    assert send_waiting() == 1
    assert server.recipients == addresses("a", "b", "a")
    first, _b, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]
    (change,) = PeopleChange.objects.all()
    assert (change.person, change.user, change.fields) == (
        unsure.recipient,
        yllapitaja,
        {"mail:opened": ["uncertain", "sent again"]},
    )


def test_a_mail_that_was_just_claimed_is_not_uncertain_yet_and_after_a_while_it_is(
    outbox, yllapitaja
):
    outbox(1)
    mail = Mail.objects.get()
    waiting().update(claimed_at=timezone.now())
    assert (uncertain().count(), send_again(mail, yllapitaja)) == (0, False)
    Mail.objects.update(claimed_at=timezone.now() - timedelta(minutes=16))
    assert (list(uncertain()), send_waiting()) == ([mail], 0)


def test_a_given_up_mail_goes_out_when_an_administrator_says_so(outbox, server, yllapitaja):
    server.refusals["a@example.org"] = "550 no such user"
    outbox(1)
    send_waiting()
    server.refusals.clear()
    assert send_again(given_up().get(), yllapitaja)
    assert send_waiting() == 1
    assert not send_again(Mail.objects.get(), yllapitaja)


@pytest.mark.parametrize("fields", [{"is_active": False}, {"former": 7}])
def test_somebody_who_has_left_is_never_written_to(outbox, fields):
    outbox(1)
    person = Mail.objects.get().recipient
    type(person).objects.filter(pk=person.pk).update(**fields)
    assert send_waiting() == 0
    (mail,) = Mail.objects.exclude(given_up_at=None)
    assert (mail.error, mailbox.outbox) == ("the recipient no longer uses the portal", [])
    assert not given_up().exists()  # nobody needs to look at it


def test_a_letter_that_cannot_be_written_does_not_hold_up_the_others(outbox, monkeypatch, caplog):
    def write(mail, shared):
        if mail.key == "opened:a":
            raise ZeroDivisionError
        return Letter("Aihe", "Teksti", "<p>Teksti</p>", "fi")

    monkeypatch.setattr(mails, "write", write)
    outbox(2)
    assert send_waiting() == 1
    assert [mail.to for mail in mailbox.outbox] == [["b@example.org"]]
    assert given_up().get().error == mails.UNWRITTEN
    assert "could not be written" in caplog.text


def test_a_round_ends_in_time_and_asks_for_another(outbox, monkeypatch):
    asked = []
    monkeypatch.setattr(outbox_module, "send_task", asked.append)
    outbox(3)
    assert send_waiting(seconds=-1) == 0
    assert (asked, waiting().count()) == ([outbox_module.SEND_TASK], 3)


def test_nothing_that_waits_costs_one_query_and_no_connection(server, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert send_waiting() == 0
    assert server.connections == 0


def test_a_mail_is_claimed_before_the_server_gets_it(outbox, monkeypatch):
    seen = []

    def take(self, message):
        seen.extend(Mail.objects.values_list("claimed_at", "sent_at"))

    monkeypatch.setattr(mails._Server, "take", take)
    outbox(1)
    send_waiting()
    ((claimed_at, sent_at),) = seen
    assert (claimed_at is not None, sent_at) == (True, None)


@pytest.mark.django_db(transaction=True)
def test_a_round_within_a_transaction_is_refused_since_its_claims_would_not_be_committed(outbox):
    outbox(1)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        send_waiting()


@pytest.mark.django_db(transaction=True)
def test_rounds_at_once_send_each_mail_once(outbox, server):
    outbox(10)
    assert sum(at_once(send_waiting)) == 10
    assert sorted(server.recipients) == addresses(*"abcdefghij")


def test_three_hundred_mails_cost_as_many_queries_a_mail_as_three_do_and_little_time(
    row, server, django_assert_max_num_queries
):
    people = [make_user("digimentori") for _n in range(300)]
    row.strategy.actions.get().responsible.add(*people)
    post_all(
        [Mail(key=f"k{p.pk}", kind="opened", recipient=p, strategy_quarter=row) for p in people]
    )
    begun = time.monotonic()
    with django_assert_max_num_queries(300 * 4 + 15 + 10):  # a claim in its transaction, the rest
        assert send_waiting() == 300
    assert time.monotonic() - begun < 60
    assert (len(set(server.recipients)), server.connections) == (300, 1)
