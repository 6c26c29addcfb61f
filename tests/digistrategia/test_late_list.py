"""Administrators see what is late, whose it is, and whether they were told."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from digistrategia.late_letters import remind
from digistrategia.late_measurements import listing
from mentors.models import Mail
from metrics.kpis.periods import Month
from metrics.models import Kpi, LateNotice
from roadmap.fields import Words
from roadmap.models import Strategy
from roadmap.quarters import Quarter
from tests.factories import make_kpi, make_strategy, make_user, measure

pytestmark = pytest.mark.django_db
URL = "/strategies/strategia/late-measurements/"
DAY = date(2022, 8, 15)
MORNING = datetime(2022, 8, 15, 7, 10, tzinfo=ZoneInfo("Europe/Helsinki"))
JULY = Month(2022, 7)


@pytest.fixture
def owner():
    return make_user("johto", "omistaja@example.org", last_name="Omistaja")


@pytest.fixture
def kpi(strategy, owner):
    name = Words(fi="Saatavuus")
    return make_kpi(strategy, "saatavuus", name=name, owner=owner, first_month=JULY)


def listed(strategy, day=DAY):
    """KPI, period and who was told, as an English reader has it."""
    with translation.override("en"):
        rows = listing(strategy, day)
    return [(row.kpi.slug, one.period, one.told) for row in rows for one in row.newest]


def test_only_what_is_late_is_listed_in_the_order_of_the_dashboard(strategy, kpi):
    make_kpi(strategy, "ensin", kpi.group, position=0, first_month=JULY)
    make_kpi(strategy, "mitattu", first_month=JULY, measured={"2022-07": (1, 2)})
    make_kpi(strategy, "myohemmin", first_month=JULY, due_days=15)
    make_kpi(make_strategy("toinen"), "muualla", first_month=JULY)
    assert [slug for slug, *_rest in listed(strategy)] == ["ensin", "saatavuus"]


def test_the_newest_periods_come_first_and_the_rest_is_counted(strategy, kpi):
    Kpi.objects.update(first_month=Month(2020, 1))
    measure(kpi, {"2022-06": (1, 2)})
    with translation.override("fi"):
        (row,) = listing(strategy, DAY)
    assert [(one.period, one.due) for one in row.newest] == [
        ("heinäkuu 2022", date(2022, 8, 14)),
        ("toukokuu 2022", date(2022, 6, 14)),
        ("huhtikuu 2022", date(2022, 5, 14)),
    ]
    assert row.newest[0].url == "/strategies/strategia/kpi-months/2022-07/grid/"
    assert row.more == 30 - 3


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({}, "the mail waits for its turn"),
        ({"claimed_at": MORNING}, "the mail did not go out"),
        ({"given_up_at": MORNING, "error": "550"}, "the mail did not go out"),
        ({"claimed_at": MORNING, "sent_at": MORNING}, "told 15.8.2022"),
    ],
)
def test_how_the_letter_fared_is_said(strategy, kpi, state, says):
    assert listed(strategy) == [("saatavuus", "July 2022", "not told")]
    remind(MORNING)
    Mail.objects.update(**state)
    assert listed(strategy) == [("saatavuus", "July 2022", says)]


def test_who_was_told_is_said_of_a_month_and_of_a_quarter_of_the_same_number(strategy, kpi, owner):
    january = {"first_month": Month(2022, 1), "last_month": Month(2022, 3), "owner": owner}
    Kpi.objects.update(**january)
    quarterly = make_kpi(strategy, "q", frequency="quarter", **january)
    for one, period in ((kpi, Month(2022, 1)), (quarterly, Quarter(2022, 1))):
        LateNotice.objects.create(kpi=one, period=period, person=owner, at=MORNING)
    assert listed(strategy) == [
        ("saatavuus", "March 2022", "not told"),
        ("saatavuus", "February 2022", "not told"),
        ("saatavuus", "January 2022", "told 15.8.2022"),
        ("q", "Q1/2022", "told 15.8.2022"),
    ]


def test_somebody_who_was_told_and_is_no_longer_the_owner_is_named(strategy, kpi, johto):
    remind(MORNING)
    Mail.objects.update(sent_at=MORNING)
    Kpi.objects.update(owner=johto)
    says = "Omistaja Erkki was told 15.8.2022"
    assert listed(strategy) == [("saatavuus", "July 2022", says)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda owner: Kpi.objects.update(owner=None), ""),
        (lambda owner: owner.groups.clear(), ""),
        (lambda owner: change_of(owner, is_active=False), ""),
        (lambda owner: change_of(owner, wants_reminders=False), "wants no reminders"),
        (lambda owner: Strategy.objects.update(is_example=True), ""),
    ],
)
def test_where_nobody_is_told_the_rest_of_the_page_says_why(strategy, kpi, owner, change, says):
    change(owner)
    assert remind(MORNING) == 0
    assert listed(strategy) == [("saatavuus", "July 2022", says)]


def change_of(person, **fields):
    type(person).objects.filter(pk=person.pk).update(**fields)


# --- the page -----------------------------------------------------------------------------------


def test_the_page_names_kpi_owner_and_period(browse, yllapitaja, strategy, kpi, owner):
    last = Month.of(timezone.localdate() - timedelta(days=40))
    Kpi.objects.update(first_month=last, last_month=last, due_days=0)
    page = browse(yllapitaja).get(URL).content.decode()
    assert "<h1>1 KPI has late measurements</h1>" in page
    assert f'<a href="/people/{owner.pk}/">Omistaja Erkki</a></td>' in page
    assert f'href="/strategies/strategia/kpi-months/{last}/grid/"' in page
    assert ": not told</td>" in page
    change_of(owner, is_active=False)
    page = browse(yllapitaja).get(URL).content.decode()
    assert "Omistaja Erkki</a> (deactivated)</td>" in page


def test_with_nothing_late_the_page_says_so(browse, yllapitaja, strategy):
    page = browse(yllapitaja).get(URL).content.decode()
    assert "<h1>No measurement is late</h1>" in page


def test_the_page_makes_as_many_queries_for_300_kpis_as_for_one(browse, yllapitaja, strategy, kpi):
    client, counts = browse(yllapitaja), []
    client.get(URL)
    for number in (0, 2, 297):
        for _each in range(number):
            make_kpi(strategy, group=kpi.group, owner=kpi.owner, first_month=JULY)
        with CaptureQueriesContext(connection) as queries:
            rows = client.get(URL).context["rows"]
        counts.append((len(rows), len(queries)))
    assert counts == [(1, 9), (3, 9), (300, 9)]
