"""Mails by real workers that are killed in the middle, and by two of them at once."""

from datetime import timedelta

import pytest
from celery import current_app
from django.contrib.auth.models import Group
from django.utils import timezone

from mentors.mails import given_up, uncertain, waiting
from mentors.models import Mail, User
from mentors.outbox import SEND_TASK, post_all
from roadmap.models import Action, QuarterState
from tests.factories import make_action, make_strategy
from tests.mail_server import MailServer
from tests.worker.conftest import eventually, kill

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 300


@pytest.fixture
def server():
    with MailServer() as server:
        yield server


@pytest.fixture
def people(db):
    """Three hundred people who have one action to report."""
    strategy = make_strategy(opened="2022Q3")
    action = make_action(strategy, "T-1", year=2022)
    strategy.quarters.filter(state=QuarterState.OPEN).update(opened_at=timezone.now())
    people = User.objects.bulk_create(
        User(email=f"person{number}@example.org", first_name="Åke") for number in range(PEOPLE)
    )
    group = Group.objects.get_or_create(name="digimentori")[0]
    group.user_set.add(*people)
    Action.responsible.through.objects.bulk_create(
        Action.responsible.through(action=action, user=person) for person in people
    )
    return people


def email_url(server):
    return f"smtp://127.0.0.1:{server.port}"


def claimed_and_unconfirmed():
    return Mail.objects.filter(claimed_at__isnull=False, sent_at=None)


def test_whenever_a_worker_is_killed_nobody_gets_a_mail_twice_and_no_mail_is_lost(
    worker, server, people
):
    server.seconds = 0.01
    kills = 4
    current_app.send_task("mentors.tasks.remind")
    for number in range(1, kills + 1):
        process = worker(EMAIL_URL=email_url(server))
        current_app.send_task(SEND_TASK)  # as beat does, every minute
        assert eventually(lambda least=number * 40: len(server.recipients) >= least)
        kill(process)
    assert waiting().exists()  # it was in the middle
    survived_from = timezone.now()
    worker(EMAIL_URL=email_url(server))
    current_app.send_task(SEND_TASK)
    assert eventually(lambda: Mail.objects.count() == PEOPLE and not waiting().exists())
    under_way = claimed_and_unconfirmed().filter(claimed_at__gte=survived_from)
    assert eventually(lambda: not under_way.exists())
    # At most the one that each of a worker's two processes had in hand.
    assert claimed_and_unconfirmed().count() <= 2 * kills
    unsure = set(claimed_and_unconfirmed().values_list("recipient__email", flat=True))
    arrived = server.recipients
    assert len(arrived) == len(set(arrived))
    everybody = {person.email for person in people}
    assert set(arrived) | unsure == everybody
    confirmed = Mail.objects.exclude(sent_at=None).values_list("recipient__email", flat=True)
    assert set(confirmed) == everybody - unsure
    assert set(confirmed) <= set(arrived)
    assert not given_up().exists()
    # What nobody knows of is shown after a while, and not sent by itself.
    claimed_and_unconfirmed().update(claimed_at=timezone.now() - timedelta(minutes=16))
    assert {mail.recipient.email for mail in uncertain()} == unsure
    assert not waiting().exists()


def test_two_workers_at_once_send_each_mail_once(worker, server, people):
    row = Action.objects.get().strategy.quarters.get(state=QuarterState.OPEN)
    worker(EMAIL_URL=email_url(server))
    worker(EMAIL_URL=email_url(server))
    post_all(
        [Mail(key=f"k{p.pk}", kind="opened", recipient=p, strategy_quarter=row) for p in people]
    )
    for _time in range(8):
        current_app.send_task(SEND_TASK)
    assert eventually(lambda: Mail.objects.exclude(sent_at=None).count() == PEOPLE)
    assert sorted(server.recipients) == sorted(person.email for person in people)
    assert server.connections > 1  # more than one of them was at it


def test_with_the_mail_server_down_the_mails_wait_for_it(worker, people):
    with MailServer() as gone:
        port = gone.port
    worker(EMAIL_URL=f"smtp://127.0.0.1:{port}")
    current_app.send_task("mentors.tasks.remind")
    assert eventually(lambda: waiting().filter(attempts__gt=0).count() == PEOPLE)
    with MailServer(port) as server:
        current_app.send_task(SEND_TASK)
        assert eventually(lambda: Mail.objects.exclude(sent_at=None).count() == PEOPLE)
        assert sorted(server.recipients) == sorted(person.email for person in people)
