"""Who is written to on which day, and that it happens once."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from mentors.models import Deputy, Mail
from mentors.reminders import kinds_due, remind
from roadmap.models import QuarterState
from roadmap.quarters import Quarter
from tests.at_once import at_once
from tests.factories import make_action, make_strategy, make_user

HELSINKI = ZoneInfo("Europe/Helsinki")
OPENED_ON, DEADLINE = date(2022, 9, 26), date(2022, 10, 14)
LATE = ("15.10.", "21.10.")
MONTH = [OPENED_ON + timedelta(days=day) for day in range(-3, 40)]


def days_of(kind, opened_on=OPENED_ON, deadline=DEADLINE):
    """The first and the last day of a kind; between them it is due on each day."""
    days = [day for day in MONTH if kind in kinds_due(day, opened_on, deadline)]
    assert days == [day for day in MONTH if days and days[0] <= day <= days[-1]]
    return (days[0].strftime("%d.%m."), days[-1].strftime("%d.%m.")) if days else None


@pytest.mark.parametrize(
    ("opened_on", "deadline", "opened", "week", "late"),
    [
        (OPENED_ON, DEADLINE, ("26.09.", "09.10."), ("07.10.", "13.10."), LATE),
        (OPENED_ON, None, ("26.09.", "09.10."), None, None),
        # Opened shortly before the deadline: the first letter is quite enough for three days.
        (date(2022, 10, 9), DEADLINE, ("09.10.", "22.10."), ("12.10.", "13.10."), LATE),
        (date(2022, 10, 12), DEADLINE, ("12.10.", "25.10."), None, LATE),
        (date(2022, 10, 18), DEADLINE, ("18.10.", "31.10."), None, ("21.10.", "21.10.")),
        (date(2022, 10, 25), DEADLINE, ("25.10.", "04.11."), None, None),
    ],
)  # fmt: skip
def test_each_kind_is_due_on_its_days(opened_on, deadline, opened, week, late):
    found = [days_of(kind, opened_on, deadline) for kind in ("opened", "week", "late")]
    assert found == [opened, week, late]


@given(
    opened=st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC)),
    days=st.integers(-20, 60),
)
def test_week_and_late_never_meet_and_are_due_on_seven_days_at_most_whatever_the_clock_does(
    opened, days
):
    """Hour by hour, as beat asks, over changes of the clock and of the year."""
    opened_on = timezone.localdate(opened, HELSINKI)
    deadline = opened_on + timedelta(days=days)
    seen = {}
    for hour in range(24 * 80):
        now = opened + timedelta(hours=hour)
        today = timezone.localdate(now, HELSINKI)
        kinds = kinds_due(today, opened_on, deadline)
        assert not {"week", "late"} <= kinds
        assert "week" not in kinds or 1 <= (deadline - today).days <= 7
        assert "late" not in kinds or 1 <= (today - deadline).days <= 7
        assert not kinds & {"week", "late"} or (today - opened_on).days >= 3
        for kind in kinds:
            seen.setdefault(kind, set()).add(today)
    assert len(seen["opened"]) == 14
    assert len(seen.get("week", ())) == max(0, min(7, days - 3, days))
    assert len(seen.get("late", ())) == max(0, min(7, days + 8 - 3))


# --- with people --------------------------------------------------------------------------------


def at(day, hour=9):
    return datetime.combine(day, time(hour), HELSINKI)


@pytest.fixture
def aino(db):
    return make_user("digimentori", "aino@example.org", last_name="Aalto")


@pytest.fixture
def row(aino):
    strategy = make_strategy(opened="2022Q3")
    make_action(strategy, "T-1", people=[aino], year=2022)
    row = strategy.quarters.get(quarter=Quarter(2022, 3))
    row.deadline, row.opened_at = DEADLINE, at(OPENED_ON)
    row.save()
    return row


def keys():
    return list(Mail.objects.order_by("pk").values_list("key", flat=True))


def test_a_whole_quarter_hour_by_hour_makes_three_letters(row, aino):
    for day in MONTH:
        for hour in (7, 12, 18):
            remind(at(day, hour))
    pk, person = row.pk, aino.pk
    assert keys() == [
        f"opened:{pk}:2022-09-26:{person}",
        f"week:{pk}:2022-10-14:{person}",
        f"late:{pk}:2022-10-14:{person}",
    ]
    made = [timezone.localdate(mail.made_at) for mail in Mail.objects.order_by("pk")]
    assert made == [OPENED_ON, date(2022, 10, 7), date(2022, 10, 15)]
    assert set(Mail.objects.values_list("recipient", "strategy_quarter")) == {(person, pk)}


def test_who_wants_no_reminders_gets_the_first_letter_only(row, aino):
    aino.wants_reminders = False
    aino.save()
    for day in MONTH:
        remind(at(day))
    assert [mail.kind for mail in Mail.objects.all()] == ["opened"]


def test_who_has_reported_everything_is_not_reminded(row):
    remind(at(OPENED_ON))
    row.strategy.actions.get().entries.create(quarter=row.quarter, value=1)
    assert [remind(at(date(2022, 10, 8))), remind(at(date(2022, 10, 16)))] == [0, 0]


def test_when_the_worker_was_away_the_first_letter_is_not_followed_by_another_at_once(row):
    assert remind(at(date(2022, 10, 8))) == 1
    assert remind(at(date(2022, 10, 9))) == 0
    assert remind(at(date(2022, 10, 11))) == 1
    assert [mail.kind for mail in Mail.objects.order_by("pk")] == ["opened", "week"]


def test_a_moved_deadline_makes_letters_of_its_own(row):
    row.opened_at = at(date(2022, 9, 1))
    row.save()
    remind(at(date(2022, 10, 8)))
    row.deadline = date(2022, 10, 28)
    row.save()
    remind(at(date(2022, 10, 15)))
    remind(at(date(2022, 10, 21)))
    assert [key.split(":")[2] for key in keys()] == ["2022-10-14", "2022-10-28"]


def test_only_open_quarters_have_letters(row):
    row.state = QuarterState.CLOSED
    row.save()
    assert remind(at(OPENED_ON)) == 0


def test_the_day_is_the_one_of_helsinki(row):
    row.opened_at = at(date(2022, 9, 1))
    row.save()
    assert remind(datetime(2022, 10, 6, 20, 59, tzinfo=UTC)) == 0
    assert remind(datetime(2022, 10, 6, 21, 0, tzinfo=UTC)) == 1


def test_deputies_are_written_to_and_people_without_actions_are_not(row, aino, johto):
    today = timezone.localdate()
    deputy = make_user("digimentori")
    Deputy.objects.create(person=aino, deputy=deputy, first_day=today, last_day=today)
    make_user("digimentori")
    remind(at(OPENED_ON))
    assert set(Mail.objects.values_list("recipient", flat=True)) == {aino.pk, deputy.pk}


def test_three_hundred_people_cost_as_many_queries_as_three(
    row, django_capture_on_commit_callbacks
):
    def run():
        with (
            CaptureQueriesContext(connection) as queries,
            django_capture_on_commit_callbacks() as asked,
        ):
            made = remind(at(OPENED_ON))
        inserts = [one for one in queries if one["sql"].startswith("INSERT")]
        return made, len(queries) - len(inserts), len(asked)

    people = [make_user("digimentori") for _n in range(302)]
    row.strategy.actions.get().responsible.add(*people[:2])
    few = run()
    row.strategy.actions.get().responsible.add(*people)
    assert (few, run(), run()[0]) == ((3, few[1], 1), (300, few[1], 1), 0)
    assert few[1] <= 10


@pytest.mark.django_db(transaction=True)
def test_several_at_once_make_each_letter_once(row, aino):
    row.strategy.actions.get().responsible.add(*(make_user("digimentori") for _n in range(20)))
    assert sum(at_once(lambda: remind(at(OPENED_ON)))) >= 21
    assert Mail.objects.count() == 21
