from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.quarters import Quarter


@pytest.mark.parametrize(
    "text", ["2021Q1", "2021q1", "Q1/2021", "q1/2021", "Q1 2021", "1/2021", " 2021Q1 ", "2021 Q1"]
)
def test_a_quarter_is_read_in_every_form_that_people_write(text):
    assert Quarter.parse(text) == Quarter(2021, 1)


@pytest.mark.parametrize(
    "text", ["2021Q5", "Q0/2021", "5/2021", "2021", "", "Q1", "21Q1", "2021-01"]
)
def test_anything_else_is_not_a_quarter(text):
    with pytest.raises(ValueError, match="not a quarter"):
        Quarter.parse(text)


def test_quarters_are_counted_over_the_turn_of_the_year():
    assert Quarter.span(Quarter(2021, 3), Quarter(2022, 2)) == [
        Quarter(2021, 3),
        Quarter(2021, 4),
        Quarter(2022, 1),
        Quarter(2022, 2),
    ]
    assert Quarter(2022, 1).previous == Quarter(2021, 4)
    assert Quarter(2022, 1).ordinal - Quarter(2021, 4).ordinal == 1


def test_a_quarter_is_written_for_files_and_for_people():
    assert (str(Quarter(2022, 3)), Quarter(2022, 3).label) == ("2022Q3", "Q3/2022")


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(9998, 12, 31)))
def test_a_day_lies_within_its_quarter_and_the_next_quarter_begins_the_day_after_it(day):
    quarter = Quarter.of(day)
    assert quarter.first_day <= day <= quarter.last_day
    assert Quarter.of(quarter.last_day + timedelta(days=1)) == Quarter.from_ordinal(
        quarter.ordinal + 1
    )


def test_the_quarter_of_a_day_by_the_calendar():
    assert [str(Quarter.of(date(2024, month, 29))) for month in (1, 2, 6, 7, 12)] == [
        "2024Q1",
        "2024Q1",
        "2024Q2",
        "2024Q3",
        "2024Q4",
    ]
    assert (Quarter(2024, 1).first_day, Quarter(2024, 1).last_day) == (
        date(2024, 1, 1),
        date(2024, 3, 31),
    )
