"""Reminding of a quarter: who is written to, by whom, and who is not."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mentors.models import Deputy, Mail, ReportLink
from metrics.snapshots import close_quarter
from roadmap.models import ProgressEntry, Strategy
from tests.digistrategia.quarters.pages import Q2, url
from tests.factories import make_user
from tests.pages import text

pytestmark = pytest.mark.django_db


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
