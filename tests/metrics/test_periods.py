from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.kpis import periods
from metrics.kpis.periods import Month, last_month, newest_quarter, span
from roadmap.quarters import Quarter

months = st.builds(Month, st.integers(1000, 9998), st.integers(1, 12))


@pytest.mark.parametrize("text", ["2022-07", "2022-7", "7/2022", "07.2022", "2022M07", " 07/2022 "])
def test_a_month_is_read_as_people_and_systems_write_it(text):
    assert Month.parse(text) == Month(2022, 7)


@pytest.mark.parametrize("text", ["", "2022", "2022-13", "2022-00", "0/2022", "22-07", "heinäkuu"])
def test_anything_else_is_no_month(text):
    with pytest.raises(ValueError):
        Month.parse(text)


def test_a_period_is_a_month_or_a_quarter():
    assert periods.parse("2022-07") == Month(2022, 7)
    assert periods.parse("2022Q3") == Quarter(2022, 3)
    assert periods.parse("1/2022") == Month(2022, 1)
    with pytest.raises(ValueError):
        periods.parse("2022")


@given(months, months)
def test_months_and_their_texts_sort_in_the_order_of_time(one, other):
    assert (one < other) == (str(one) < str(other)) == (one.first_day < other.first_day)
    assert Month.from_ordinal(one.ordinal) == one == Month.parse(str(one)) == Month.of(one.last_day)


def test_a_month_and_a_quarter_of_the_same_number_are_two_periods():
    assert {Month(2022, 1): "month", Quarter(2022, 1): "quarter"} == {
        Quarter(2022, 1): "quarter",
        Month(2022, 1): "month",
    }
    assert len({Month(2022, 1), Quarter(2022, 1)}) == 2


def test_a_month_has_its_days():
    assert (Month(2024, 2).first_day, Month(2024, 2).last_day) == (
        date(2024, 2, 1),
        date(2024, 2, 29),
    )
    assert Month(2022, 1).previous == Month(2021, 12)


def test_a_quarter_is_over_at_the_end_of_its_last_month():
    found = {
        str(month): str(newest_quarter(month)) for month in span(Month(2022, 1), Month(2022, 6))
    }
    assert found == {
        "2022-01": "2021Q4",
        "2022-02": "2021Q4",
        "2022-03": "2022Q1",
        "2022-04": "2022Q1",
        "2022-05": "2022Q1",
        "2022-06": "2022Q2",
    }
    assert last_month(Quarter(2022, 2)) == Month(2022, 6)
