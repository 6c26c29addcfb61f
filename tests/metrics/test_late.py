"""Which measurements are late on a day, and of which somebody is to be told."""

from calendar import monthrange
from collections import Counter
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from metrics.kpis.late import (
    day_of,
    due_day,
    late_by_period,
    late_measurements,
    late_periods,
    periods_past_due,
    untold,
)
from metrics.kpis.measuring import Measured, record
from metrics.kpis.periods import Month, parse
from metrics.models import Kpi, LateNotice, Origin
from roadmap.models import Strategy
from roadmap.quarters import Quarter
from tests.factories import make_kpi, make_strategy, make_user, measure

DAY = timedelta(days=1)
JULY, Q3 = Month(2022, 7), Quarter(2022, 3)


@pytest.mark.parametrize(
    ("period", "due_days", "due"),
    [
        (JULY, 14, date(2022, 8, 14)),
        (Month(2024, 2), 0, date(2024, 2, 29)),
        (Month(2021, 12), 31, date(2022, 1, 31)),
        (Q3, 14, date(2022, 10, 14)),
    ],
)
def test_a_measurement_is_in_time_on_its_due_day_and_late_the_day_after(period, due_days, due):
    assert due_day(period, due_days) == due
    month = Month.of(period.first_day)
    for day, is_late in ((due, False), (due + DAY, True)):
        found = list(periods_past_due(month, None, type(period), due_days, day))
        assert found == ([period] if is_late else [])


def all_periods(kind):
    """Every period of twelve years with the month with which it ends, by the calendar alone."""
    for year in range(2015, 2027):
        for number in range(1, 13 if kind is Month else 5):
            yield kind(year, number), Month(year, number if kind is Month else 3 * number)


months = st.builds(Month, st.integers(2016, 2024), st.integers(1, 12))


@given(
    first=months,
    last=st.none() | months,
    kind=st.sampled_from([Month, Quarter]),
    due_days=st.integers(0, 120),
    today=st.dates(date(2016, 1, 1), date(2025, 12, 31)),
    since=st.none() | st.dates(date(2016, 1, 1), date(2025, 12, 31)),
)
def test_the_periods_past_due_are_those_of_a_reckoning_period_by_period(
    first, last, kind, due_days, today, since
):
    expected = []
    for period, ends in all_periods(kind):
        due = date(ends.year, ends.number, monthrange(ends.year, ends.number)[1]) + due_days * DAY
        is_followed = first <= ends and not (last and last < ends)
        if is_followed and due < today and not (since and due < since):
            expected.append(period)
    assert list(periods_past_due(first, last, kind, due_days, today, since)) == expected


# --- with measurements --------------------------------------------------------------------------


@pytest.fixture
def owner(db):
    return make_user("johto", "omistaja@example.org", last_name="Omistaja")


@pytest.fixture
def kpi(owner):
    return make_kpi(make_strategy(), "saatavuus", owner=owner, first_month=Month(2022, 5))


def late(day, kpis=None):
    found = late_measurements(kpis or Kpi.objects.all(), day)
    return [(one.kpi.slug, str(one.period), one.due) for one in found]


def withdraw(kpi, period):
    record([Measured(kpi.pk, parse(period), None)], Origin.FORM)


def test_what_was_measured_is_not_late_and_what_was_withdrawn_is(kpi):
    measure(kpi, {"2022-05": (1, 2), "2022-06": (1, 2)})
    assert late(date(2022, 8, 15)) == [("saatavuus", "2022-07", date(2022, 8, 14))]
    withdraw(kpi, "2022-06")
    assert [period for _slug, period, _due in late(date(2022, 8, 15))] == ["2022-06", "2022-07"]
    measure(kpi, {"2022-06": (1, 3)})
    assert [period for _slug, period, _due in late(date(2022, 8, 15))] == ["2022-07"]


def test_a_nought_and_a_hidden_nps_are_measured(kpi):
    nps = make_kpi(kpi.strategy, "nps", kind="nps", first_month=JULY, measured={})
    measure(kpi, {f"2022-0{month}": (0, 0) for month in (5, 6, 7)})
    measure(nps, {"2022-07": (1, 0, 0)})
    assert late(date(2022, 9, 1)) == []


def test_a_quarterly_kpi_is_late_by_the_quarter_and_a_kpi_no_longer_followed_is_not(kpi):
    quarterly = {"frequency": "quarter", "first_month": Month(2022, 1), "due_days": 5}
    make_kpi(kpi.strategy, "q", measured={"2022Q1": (1, 2)}, **quarterly)
    Kpi.objects.filter(slug="saatavuus").update(last_month=Month(2022, 5))
    assert late(date(2022, 10, 6)) == [
        ("saatavuus", "2022-05", date(2022, 6, 14)),
        ("q", "2022Q2", date(2022, 7, 5)),
        ("q", "2022Q3", date(2022, 10, 5)),
    ]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_month_and_a_quarter_of_the_same_number_are_two_periods(kpi, number):
    month, quarter = Month(2023, number), Quarter(2023, number)
    first = {"first_month": Month(2023, number), "last_month": Month(2023, number)}
    Kpi.objects.update(**first)
    span = {"first_month": Month(2023, 3 * number), "last_month": Month(2023, 3 * number)}
    q = make_kpi(kpi.strategy, "q", frequency="quarter", **span)
    measure(kpi, {str(month): (1, 2)})
    measure(q, {str(quarter): (1, 2)})
    assert late(date(2024, 5, 1)) == []


def test_pages_count_by_period_what_is_late_of_kpis_of_every_kind(kpi):
    quarterly = {"frequency": "quarter", "first_month": Month(2022, 1)}
    others = [
        make_kpi(kpi.strategy, first_month=Month(2022, 5), measured={"2022-06": (1, 2)}),
        make_kpi(kpi.strategy, first_month=Month(2022, 6), last_month=Month(2022, 6)),
        make_kpi(kpi.strategy, first_month=JULY, due_days=15, measured={"2022-08": (1, 2)}),
        make_kpi(kpi.strategy, measured={"2022Q1": (1, 2), "2022Q3": (1, 2)}, **quarterly),
        make_kpi(kpi.strategy, measured={"2022Q2": (1, 2)}, **quarterly),
    ]
    measure(kpi, {"2022-05": (1, 2)})
    withdraw(others[4], "2022Q2")
    measure(others[4], {})
    counted = late_by_period([kpi, *others], date(2022, 8, 15))
    assert counted == {
        Month(2022, 5): 1,
        Month(2022, 6): 2,
        JULY: 2,
        Quarter(2022, 1): 1,
        Quarter(2022, 2): 2,
    }
    listed = late_measurements([kpi, *others], date(2022, 8, 15))
    assert counted == Counter(one.period for one in listed)
    assert late_by_period([kpi], date(2022, 6, 14)) == late_by_period([], JULY.last_day) == {}
    assert late_periods(kpi, {Month(2022, 6)}, date(2022, 8, 15)) == [Month(2022, 5), JULY]


def test_the_time_of_example_data_stands_still_soon_after_its_newest_month():
    today, real, example = date(2026, 1, 2), Strategy(), Strategy(is_example=True)
    assert day_of(example, JULY, today) == date(2022, 8, 20)
    assert day_of(example, None, today) == today  # nothing is measured yet
    assert day_of(example, JULY, date(2022, 8, 3)) == date(2022, 8, 3)
    assert day_of(real, JULY, today) == today


# --- of which somebody is to be told ------------------------------------------------------------


def told_of(day):
    return [(one.kpi.slug, str(one.period)) for one in untold(day)]


def test_somebody_is_to_be_told_from_the_first_late_day_until_it_is_old_news(kpi):
    due = due_day(JULY, 14)
    days = [due + n * DAY for n in range(-3, 70)]
    found = [day for day in days if ("saatavuus", "2022-07") in told_of(day)]
    assert (found[0], found[-1], len(found)) == (due + DAY, due + 60 * DAY, 60)


def test_of_a_history_that_is_being_set_up_only_what_is_news_is_told(kpi):
    Kpi.objects.update(first_month=Month(2012, 1))
    assert len(late(date(2022, 8, 15))) == 127
    assert told_of(date(2022, 8, 15)) == [("saatavuus", "2022-06"), ("saatavuus", "2022-07")]


def test_what_was_told_is_not_told_again(kpi, owner):
    LateNotice.objects.create(kpi=kpi, period=Month(2022, 6), person=owner)
    assert told_of(date(2022, 8, 15)) == [("saatavuus", "2022-07")]


@pytest.mark.parametrize("why", ["nobody", "leaver", "no role", "not wanted", "example"])
def test_nobody_is_told_who_cannot_or_does_not_want_to_hear_of_it(kpi, owner, why):
    assert told_of(date(2022, 8, 15))
    if why == "nobody":
        Kpi.objects.update(owner=None)
    elif why == "leaver":
        type(owner).objects.update(is_active=False)
    elif why == "no role":
        owner.groups.clear()
    elif why == "not wanted":
        type(owner).objects.update(wants_reminders=False)
    else:
        kpi.strategy.is_example = True
        kpi.strategy.save()
    assert told_of(date(2022, 8, 15)) == []
    assert late(date(2022, 8, 15))


def test_an_owner_with_two_roles_is_told_once(kpi, owner):
    owner.groups.add(make_user("ylläpitäjä").groups.get())
    assert told_of(date(2022, 8, 15)) == [("saatavuus", "2022-06"), ("saatavuus", "2022-07")]


def test_three_hundred_kpis_cost_as_many_queries_as_three(kpi):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            found = untold(date(2022, 8, 15))
        return len(found), len(captured)

    for number in range(2):
        make_kpi(kpi.strategy, f"a{number}", kpi.group, owner=kpi.owner, first_month=JULY)
    few = queries()
    for number in range(297):
        make_kpi(kpi.strategy, f"b{number}", kpi.group, owner=kpi.owner, first_month=JULY)
    assert (few, queries()) == ((4, 3), (301, 3))
