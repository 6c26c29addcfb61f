"""Mentions of an hour come in one mail a person."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as mailbox
from django.utils import timezone

from mentors.mails import send_waiting
from mentors.mention_mails import gather
from mentors.models import Comment, Mail, Mention
from tests.at_once import at_once
from tests.factories import make_action, make_strategy, make_user

pytestmark = pytest.mark.django_db
TEN = datetime(2022, 9, 1, 10, tzinfo=UTC)


@pytest.fixture
def mention(db):
    action = make_action(make_strategy(opened="2021Q2"), "T-1")

    def mention(*people, **fields):
        comment = Comment.objects.create(action=action, text="Katso tätä.", **fields)
        for person in people:
            Mention.objects.create(comment=comment, person=person)
        return comment

    return mention


def test_each_person_gets_one_mail_with_all_that_is_new(mention, digimentori, johto):
    mention(digimentori, johto)
    mention(digimentori)
    assert [gather(TEN), gather(TEN)] == [2, 0]
    assert send_waiting() == 2
    told = {mail.to[0]: mail.body.count("> Katso tätä.") for mail in mailbox.outbox}
    assert told == {digimentori.email: 2, johto.email: 1}


def test_nobody_is_told_of_what_was_removed_or_does_not_want_to_be_or_has_left(mention):
    mention(make_user("digimentori", wants_mentions=False), make_user("johto", is_active=False))
    mention(make_user("digimentori"), removed_at=timezone.now())
    assert gather(TEN) == 0
    assert set(Mention.objects.values_list("mail", flat=True)) == {None}


def test_what_is_removed_before_the_mail_goes_out_is_not_in_it(mention, digimentori):
    mention(digimentori)
    gather(TEN)
    Comment.objects.update(removed_at=timezone.now())
    assert (send_waiting(), mailbox.outbox) == (0, [])


def test_what_comes_after_the_mail_of_the_hour_waits_for_the_next_and_is_told_once(
    mention, digimentori
):
    mention(digimentori)
    gather(TEN)
    send_waiting()
    mention(digimentori)
    assert gather(TEN + timedelta(minutes=30)) == 0
    assert gather(TEN + timedelta(hours=1)) == 1
    send_waiting()
    assert [mail.body.count("> Katso tätä.") for mail in mailbox.outbox] == [1, 1]


def test_the_hour_that_autumn_has_twice_is_two_hours(mention, digimentori):
    for hour in (0, 1):  # 3 o'clock in Helsinki, twice
        mention(digimentori)
        assert gather(datetime(2022, 10, 30, hour, tzinfo=UTC)) == 1
    assert Mail.objects.count() == 2


def test_the_number_of_queries_does_not_depend_on_the_number_of_people(
    mention, django_assert_max_num_queries
):
    mention(*(make_user("digimentori") for _n in range(300)))
    with django_assert_max_num_queries(15):  # SQLite takes some hundred rows at a time
        assert gather(TEN) == 300


@pytest.mark.django_db(transaction=True)
def test_several_at_once_put_each_mention_into_one_mail(mention):
    mention(*(make_user("digimentori") for _n in range(20)))
    hours = iter(range(4))
    at_once(lambda: gather(TEN + timedelta(hours=next(hours))))
    assert Mention.objects.exclude(mail=None).count() == 20
    assert Mail.objects.count() == 20
