"""Deputies: named for a period, ended early, each with its history."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mentors import deputies
from mentors.models import Deputy, PeopleChange
from roadmap.permissions import REPORT
from tests.factories import make_action, make_user

pytestmark = pytest.mark.django_db
URL = "/deputies/"
DAY = timedelta(days=1)


@pytest.fixture
def deputy(db):
    return make_user("digimentori", first_name="Saija", last_name="Sijainen")


def days(first=0, last=0):
    today = timezone.localdate()
    return {"first_day": today + first * DAY, "last_day": today + last * DAY}


def end(row):
    return reverse("mentors:deputy-end", args=[row.pk])


def test_a_deputy_named_by_the_page_may_report_on_those_days_until_ended(
    browse, digimentori, deputy, strategy
):
    action = make_action(strategy, people=[digimentori])
    assert not deputy.has_perm(REPORT, action)
    client = browse(digimentori)
    for _time in range(2):
        assert client.post(URL, {"deputy": deputy.pk} | days(0, 7)).status_code == 302
    row = Deputy.objects.get()
    assert (row.person, row.deputy) == (digimentori, deputy)
    assert deputy.has_perm(REPORT, action)
    page = client.get(URL).content.decode()
    assert "Sijainen Saija" in page
    assert "in force now" in page
    for _time in range(2):
        assert client.post(end(row)).status_code == 302
    assert not deputy.has_perm(REPORT, action)
    period = f"#{deputy.pk} {row.first_day}–{row.last_day}"
    assert [(c.person, c.user, c.fields) for c in PeopleChange.objects.order_by("pk")] == [
        (digimentori, digimentori, {"deputy": [None, period]}),
        (digimentori, digimentori, {"deputy": [period, None]}),
    ]


def test_a_period_that_goes_on_ends_yesterday(browse, digimentori, deputy):
    row = Deputy.objects.create(person=digimentori, deputy=deputy, **days(-5, 5))
    browse(digimentori).post(end(row))
    row.refresh_from_db()
    assert (row.first_day, row.last_day) == tuple(days(-5, -1).values())
    (change,) = PeopleChange.objects.all()
    today = timezone.localdate()
    assert change.fields == {
        "deputy": [
            f"#{deputy.pk} {today - 5 * DAY}–{today + 5 * DAY}",
            f"#{deputy.pk} {today - 5 * DAY}–{today - DAY}",
        ]
    }
    assert not deputies.end(row.pk, digimentori)


def test_a_period_may_overlap_another(browse, digimentori, deputy):
    for first, last in ((0, 7), (3, 9)):
        browse(digimentori).post(URL, {"deputy": deputy.pk} | days(first, last))
    assert Deputy.objects.count() == 2


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (days(-1, 1), "the first day must not be in the past"),
        (days(2, 1), "The last day must not be before the first."),
        ({"last_day": ""}, "write the date"),
        ({"first_day": "31.2.2022"}, "write the date as 14.8.2022"),
        ({"deputy": "self"}, "choose one of the list"),
        ({"deputy": "manager"}, "choose one of the list"),
        ({"deputy": "administrator"}, "choose one of the list"),
        ({"deputy": "leaver"}, "choose one of the list"),
        ({"deputy": ""}, "choose the deputy"),
        ({"deputy": "x"}, "choose one of the list"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(
    browse, digimentori, deputy, johto, yllapitaja, sent, words
):
    keys = {
        "self": digimentori.pk,
        "manager": johto.pk,
        "administrator": yllapitaja.pk,
        "leaver": make_user("digimentori", is_active=False).pk,
    }
    data = {"deputy": deputy.pk} | days(0, 1) | sent
    data["deputy"] = keys.get(data["deputy"], data["deputy"])
    response = browse(digimentori).post(URL, data)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Deputy.objects.exists()


def test_a_digimentor_sees_and_changes_only_what_concerns_them(browse, digimentori, deputy):
    away = make_user("digimentori", last_name="Muualla")
    theirs = Deputy.objects.create(person=away, deputy=deputy, **days(0, 1))
    mine = Deputy.objects.create(person=deputy, deputy=digimentori, **days(0, 1))
    client = browse(digimentori)
    page = client.get(URL).content.decode().partition('id="name-title"')[0]
    assert "Muualla" not in page
    assert "Sijainen" in page
    assert client.post(end(theirs)).status_code == 404
    assert client.post(end(mine)).status_code == 403
    sent = {"person": away.pk, "deputy": deputy.pk} | days()
    assert client.post(URL, sent).status_code == 403
    assert Deputy.objects.count() == 2
    assert "Muualla" in browse(deputy).get(URL).content.decode()


def test_an_administrator_names_and_ends_for_anybody(browse, yllapitaja, digimentori, deputy):
    client = browse(yllapitaja)
    sent = {"person": digimentori.pk, "deputy": deputy.pk} | days(1, 2)
    assert client.post(URL, sent).status_code == 302
    assert "Saija Sijainen stands in for Erkki Mentori from" in client.get(URL).content.decode()
    row = Deputy.objects.get()
    for _time in range(2):
        assert client.post(end(row)).status_code == 302
    assert not Deputy.objects.exists()
    assert client.post(URL, sent | {"deputy": digimentori.pk}).status_code == 422
    assert client.post(URL, {"deputy": deputy.pk} | days()).status_code == 422


def test_the_history_names_people_and_days_as_people_write_them(browse, yllapitaja, deputy):
    PeopleChange.objects.create(
        person=deputy,
        user=yllapitaja,
        fields={"deputy": [None, f"#{deputy.pk} {date(2022, 8, 1)}–{date(2022, 8, 14)}"]},
    )
    page = browse(yllapitaja).get(URL).content.decode()
    assert "Deputy Sijainen Saija 1.8.2022–14.8.2022" in page
