"""The owner of a KPI is told of a late measurement once, in one letter a day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core import mail as mailbox
from django.db import DatabaseError
from django.utils import timezone, translation

from digistrategia import late_letters
from digistrategia.late_letters import remind
from digistrategia.tasks import remind_of_measurements
from mentors import outbox
from mentors.letters import NothingLeft, write
from mentors.mails import send_waiting
from mentors.models import Mail
from metrics.kpis import period_names
from metrics.kpis.measuring import Measured, record
from metrics.kpis.periods import Month, parse
from metrics.models import Kpi, LateNotice, Origin
from roadmap.fields import Words
from roadmap.quarters import Quarter
from tests.at_once import at_once
from tests.factories import make_kpi, make_strategy, make_user, measure
from tests.letters import ENDING, Reader, links

pytestmark = pytest.mark.django_db
HELSINKI = ZoneInfo("Europe/Helsinki")
FIRST_LATE = date(2022, 8, 15)  # of July 2022, with two weeks' time
JULY = Month(2022, 7)


def at(day, hour=9):
    return datetime.combine(day, time(hour), HELSINKI)


@pytest.fixture
def owner():
    return make_user("johto", "omistaja@example.org", first_name="Åke", last_name="Öst")


@pytest.fixture
def strategy():
    return make_strategy(name="Digistrategia 2021–2023")


@pytest.fixture
def kpi(strategy, owner):
    return kpi_of(strategy, owner, "saatavuus", "Saatavuus")


def kpi_of(strategy, owner, slug, name, **fields):
    fields = {"first_month": JULY} | fields
    return make_kpi(strategy, slug, owner=owner, name=Words(fi=name, sv=f"{name} (sv)"), **fields)


def told():
    return [
        (notice.kpi.slug, str(notice.period), notice.person.email, timezone.localdate(notice.at))
        for notice in LateNotice.objects.order_by("at", "kpi__slug")
    ]


def keys():
    return list(Mail.objects.order_by("pk").values_list("key", flat=True))


# --- who is told, and when ----------------------------------------------------------------------


def test_hour_by_hour_each_measurement_is_told_once(kpi, owner):
    for day in range(-20, 80):
        for hour in (7, 12, 18):
            remind(at(FIRST_LATE + timedelta(days=day), hour))
    days = [FIRST_LATE, date(2022, 9, 15), date(2022, 10, 15)]
    assert told() == [
        ("saatavuus", period, owner.email, day)
        for period, day in zip(("2022-07", "2022-08", "2022-09"), days, strict=True)
    ]
    assert keys() == [f"late_kpis:{owner.pk}:{day}" for day in days]
    mails = Mail.objects.order_by("pk")
    assert [timezone.localdate(mail.made_at) for mail in mails] == days
    assert {(mail.kind, mail.recipient) for mail in mails} == {("late_kpis", owner)}


def test_a_person_gets_one_letter_a_day_for_all_that_became_late(strategy, kpi, owner):
    other = make_user("digimentori", "toinen@example.org")
    kpi_of(strategy, owner, "nps", "Asiakkaiden NPS", kind="nps")
    kpi_of(make_strategy("toinen"), owner, "kaytto", "Käyttö")
    kpi_of(strategy, other, "muu", "Muu")
    assert remind(at(FIRST_LATE)) == 2
    assert keys() == [f"late_kpis:{one.pk}:2022-08-15" for one in (owner, other)]
    assert len(told()) == 4


def test_what_becomes_late_after_the_days_letter_is_told_the_next_day(strategy, kpi, owner):
    remind(at(FIRST_LATE, 7))
    kpi_of(strategy, owner, "uusi", "Uusi")
    assert [remind(at(FIRST_LATE, 12)), remind(at(FIRST_LATE + timedelta(days=1), 7))] == [0, 1]
    assert [(slug, day) for slug, _period, _person, day in told()] == [
        ("saatavuus", FIRST_LATE),
        ("uusi", date(2022, 8, 16)),
    ]


def test_the_day_is_the_one_of_helsinki(kpi):
    assert remind(datetime(2022, 8, 14, 20, 59, tzinfo=UTC)) == 0
    assert remind(datetime(2022, 8, 14, 21, 0, tzinfo=UTC)) == 1


def test_a_new_owner_is_not_told_of_what_the_old_one_was_told(kpi, owner):
    remind(at(FIRST_LATE))
    Kpi.objects.update(owner=make_user("johto"))
    assert remind(at(date(2022, 8, 20))) == 0


def test_a_measurement_that_was_withdrawn_after_it_was_told_is_not_told_again(kpi):
    remind(at(FIRST_LATE))
    measure(kpi, {"2022-07": (1, 2)})
    record([Measured(kpi.pk, JULY, None)], Origin.FORM)
    assert remind(at(date(2022, 8, 20))) == 0


def test_whoever_turns_reminders_on_is_told_of_what_is_still_news(kpi, owner):
    owner.wants_reminders = False
    owner.save()
    assert remind(at(FIRST_LATE)) == 0
    owner.wants_reminders = True
    owner.save()
    assert remind(at(date(2022, 8, 20))) == 1


def test_the_worker_is_asked_once_for_all_letters(strategy, django_capture_on_commit_callbacks):
    for number in range(3):
        kpi_of(strategy, make_user("johto"), f"k{number}", "K")
    with django_capture_on_commit_callbacks() as asked:
        assert remind(at(FIRST_LATE)) == 3
    assert len(asked) == 1


def test_beat_asks_in_the_hours_of_the_day_by_the_name_of_the_task():
    entry = settings.CELERY_BEAT_SCHEDULE["remind-of-measurements"]
    assert entry["task"] == remind_of_measurements.name
    assert sorted(entry["schedule"].hour) == list(range(7, 19))


def test_the_task_tells_of_what_is_late_today(kpi):
    month = Month.from_ordinal(Month.of(timezone.localdate()).ordinal - 3)
    Kpi.objects.update(first_month=month, last_month=month, due_days=60)
    remind_of_measurements()
    assert [period for _slug, period, _person, _day in told()] == [str(month)]


@pytest.mark.django_db(transaction=True)
def test_several_at_once_tell_of_each_measurement_once(strategy):
    owners = [make_user("johto") for _n in range(5)]
    for number in range(20):
        kpi_of(strategy, owners[number % 5], f"k{number}", "K")
    assert sorted(at_once(lambda: remind(at(FIRST_LATE)))) == [0, 0, 0, 5]
    assert (Mail.objects.count(), LateNotice.objects.count()) == (5, 20)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_between_notice_and_letter_has_told_nobody(kpi, monkeypatch):
    def dies(mails):
        raise DatabaseError

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "post_all", dies)
        with pytest.raises(DatabaseError):
            remind(at(FIRST_LATE))
    assert (told(), keys()) == ([], [])
    assert remind(at(FIRST_LATE)) == 1


# --- what the letter says -----------------------------------------------------------------------


def receive(now=None):
    """The letter as it arrives: its subject, its text, and its HTML."""
    remind(now or at(FIRST_LATE))
    assert send_waiting() == 1
    sent = mailbox.outbox.pop()
    return sent.subject, sent.body, Reader(sent.alternatives[0].content)


def test_the_letter_says_in_finnish_what_is_late_since_when_and_where_to_enter_it(strategy, kpi):
    kpi_of(strategy, kpi.owner, "nps", "Asiakkaiden NPS", kind="nps", due_days=5)
    subject, text, html = receive()
    assert subject == "2 mittausta on myöhässä"
    assert text == (
        "Hei Åke!\n\n"
        "Omistamiesi mittareiden 2 mittauksen määräpäivä on mennyt. "
        "Kustakin muistutetaan vain kerran.\n\n"
        "Digistrategia 2021–2023:\n"
        "- Saatavuus, heinäkuu 2022 (määräpäivä oli 14.8.2022)\n"
        "- Asiakkaiden NPS, heinäkuu 2022 (määräpäivä oli 5.8.2022)\n\n"
        "Kirjaa tästä:\n"
        "http://127.0.0.1:8000/strategies/strategia/kpi-months/2022-07/grid/\n\n"
        f"{ENDING}"
    )
    assert html.language == "fi"
    assert html.links == links(text)


def test_one_late_measurement_is_named_in_the_subject_in_the_readers_language(kpi, owner):
    owner.language = "sv"
    owner.save()
    with translation.override("en"):
        subject, text, html = receive()
    assert subject == "En mätning är försenad: Saatavuus (sv), juli 2022"
    assert "- Saatavuus (sv), juli 2022 (" in text
    assert html.language == "sv"


def test_a_quarterly_kpi_leads_to_the_last_month_of_its_quarter(strategy, kpi, owner):
    kpi_of(make_strategy("b"), owner, "q", "Q", frequency="quarter", first_month=Month(2022, 4))
    Kpi.objects.filter(slug="saatavuus").update(first_month=Month(2022, 6))
    _subject, text, html = receive()
    assert "- Q, Q2/2022 (" in text
    months = [("strategia", "2022-06"), ("b", "2022-06"), ("strategia", "2022-07")]
    assert html.links[:-1] == [
        f"http://127.0.0.1:8000/strategies/{slug}/kpi-months/{month}/grid/"
        for slug, month in months
    ]


def test_the_letter_tells_what_is_missing_when_it_is_sent(strategy, kpi, owner):
    kpi_of(strategy, owner, "nps", "Asiakkaiden NPS", kind="nps")
    kpi_of(strategy, owner, "muu", "Muu")
    remind(at(FIRST_LATE))
    measure(kpi, {"2022-07": (1, 2)})
    Kpi.objects.filter(slug="muu").update(owner=make_user("johto"))
    assert send_waiting() == 1
    assert mailbox.outbox[0].subject == "Mittaus on myöhässä: Asiakkaiden NPS, heinäkuu 2022"
    assert "Saatavuus" not in mailbox.outbox[0].body
    assert "Muu" not in mailbox.outbox[0].body


def test_each_days_letter_tells_of_its_own_day(kpi):
    remind(at(FIRST_LATE))
    remind(at(date(2022, 9, 15)))
    assert send_waiting() == 2
    assert [one.subject for one in mailbox.outbox] == [
        f"Mittaus on myöhässä: Saatavuus, {month} 2022" for month in ("heinäkuu", "elokuu")
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda kpi: measure(kpi, {"2022-07": (1, 2)}), "nothing was left to report"),
        (lambda kpi: Kpi.objects.update(owner=None), "nothing was left to report"),
        (lambda kpi: Kpi.objects.update(due_days=9000), "nothing was left to report"),
        (lambda kpi: Kpi.objects.update(first_month=Month(2022, 8)), "nothing was left to report"),
        (lambda kpi: change_owner(kpi, is_active=False), "the recipient no longer uses the portal"),
        (
            lambda kpi: change_owner(kpi, wants_reminders=False),
            "the recipient has turned these mails off",
        ),
        (
            lambda kpi: kpi.owner.groups.clear(),
            "the recipient may no longer see the strategy",
        ),
    ],
)
def test_a_letter_that_is_no_longer_needed_is_given_up_and_says_why(kpi, change, reason):
    remind(at(FIRST_LATE))
    change(kpi)
    with pytest.raises(NothingLeft, match=reason):
        write(Mail.objects.select_related("recipient").get())
    assert send_waiting() == 0
    assert Mail.objects.get().error == reason


def change_owner(kpi, **fields):
    type(kpi.owner).objects.filter(pk=kpi.owner_id).update(**fields)


def test_a_long_list_is_bounded_and_says_how_many_more(strategy, owner):
    for number in range(52):
        kpi_of(strategy, owner, f"k{number}", f"K {number}")
    subject, text, _html = receive()
    assert subject == "52 mittausta on myöhässä"
    assert text.count("\n- ") == 40
    assert "ja vielä 12\n" in text


def test_names_can_make_neither_lines_nor_markup(owner):
    strategy = make_strategy(name="S\r\n\r\nHei")
    kpi_of(strategy, owner, "k", "K\n<b>- x")
    subject, text, html = receive()
    assert subject == "Mittaus on myöhässä: K <b>- x, heinäkuu 2022"
    assert "S Hei:\n- K <b>- x, heinäkuu 2022 (" in text
    assert "K <b>- x , heinäkuu" in html.words


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("count", [1, 2])
def test_in_every_language_the_links_are_the_same_twice_and_nothing_is_unfilled(
    strategy, owner, language, count
):
    owner.language = language
    owner.save()
    for number in range(count):
        kpi_of(strategy, owner, f"k{number}", f"K{number}")
    subject, text, html = receive()
    assert html.links == links(text)
    assert len(links(text)) == 2
    for left_over in ("None", "%(", "{{", "{%", "  ", "\n\n\n"):
        assert left_over not in subject + text


def test_the_names_of_periods_and_the_page_to_enter_them_on():
    with translation.override("fi"):
        names = [period_names.name(parse(one)) for one in ("2022-07", "2022Q3")]
    assert names == ["heinäkuu 2022", "Q3/2022"]
    assert late_letters.grid_path("s", Quarter(2022, 3)) == "/strategies/s/kpi-months/2022-09/grid/"


def test_the_list_of_mails_that_did_not_go_out_says_what_such_a_mail_is_about(
    browse, yllapitaja, kpi
):
    remind(at(FIRST_LATE))
    Mail.objects.update(given_up_at=timezone.now(), error="550 Nobody")
    page = browse(yllapitaja).get("/mails/").content.decode()
    assert "<td>Late measurements</td>" in page
    assert 'aria-label="Send again: Öst Åke, Late measurements"' in page
