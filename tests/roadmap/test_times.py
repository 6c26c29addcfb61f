import pytest

from roadmap.workbook import times
from roadmap.workbook.times import DAY_FIRST, FOURTHS, MONTH_FIRST, MONTHLY, hint, span


def said(text, *hints):
    found = span(text, hints)
    return found and f"{found.first}–{found.last}"


@pytest.mark.parametrize(
    ("text", "quarters"),
    [
        ("Q1/2022", "2022Q1–2022Q1"),
        ("3/2022", "2022Q3–2022Q3"),
        ("Q2'22", "2022Q2–2022Q2"),
        ("Q1–Q3/2022", "2022Q1–2022Q3"),
        ("2021Q4, 2022Q1", "2021Q4–2022Q1"),
        ("Q4 2021 – Q2 2022", "2021Q4–2022Q2"),
        ("12/2022", "2022Q4–2022Q4"),
        ("03/2022", "2022Q1–2022Q1"),
        ("2022-10", "2022Q4–2022Q4"),
        ("1-6/2022", "2022Q1–2022Q2"),
        ("joulukuu 2022", "2022Q4–2022Q4"),
        ("Nov 2021 – Feb 2022", "2021Q4–2022Q1"),
        ("Dec-22", "2022Q4–2022Q4"),
        ("H1/2022", "2022Q1–2022Q2"),
        ("31.12.2022", "2022Q4–2022Q4"),
        ("1.9.22", "2022Q3–2022Q3"),
        ("2022-12-31 00:00:00", "2022Q4–2022Q4"),
        ("1.1.2022–31.3.2023", "2022Q1–2023Q1"),
        ("2022", "2022Q1–2022Q4"),
        ("vuosi 2022", "2022Q1–2022Q4"),
        ("2021–2023", "2021Q1–2023Q4"),
        ("2021-23", "2021Q1–2023Q4"),
        ("2011-12", "2011Q1–2012Q4"),
    ],
)
def test_a_text_means_the_quarters_that_it_reaches_over(text, quarters):
    assert said(text) == quarters


@pytest.mark.parametrize(
    "text",
    [
        *("kevät 2022", "jatkuva", "Q1", "2023-2021", "1.10", "31.13.2022", "Q5/2022", "22/23"),
        *("05/06/2022", "T1/2022", "ennen 2022", "Q1 22/23", "13/2022", "0/2022", "2022?"),
    ],
)
def test_what_is_no_time_or_may_be_two_is_not_read(text):
    assert said(text) is None


@pytest.mark.parametrize(
    ("text", "told", "beside", "quarters"),
    [
        ("9/2022", MONTHLY, "3/2022", "2022Q1–2022Q1"),
        ("31/12/2022", DAY_FIRST, "05/06/2022", "2022Q2–2022Q2"),
        ("12/31/2022", MONTH_FIRST, "05/10/2022", "2022Q2–2022Q2"),
        ("T4/2022", FOURTHS, "T1/2022", "2022Q1–2022Q1"),
    ],
)
def test_a_text_tells_what_those_beside_it_mean(text, told, beside, quarters):
    assert (hint(text), said(beside, told)) == (told, quarters)


def test_a_column_that_tells_both_orders_of_days_tells_nothing():
    assert said("05/06/2022", DAY_FIRST, MONTH_FIRST) is None


def test_what_a_text_was_read_as_is_told_so_that_it_can_be_counted():
    assert [span(text).assumed for text in ("Q1/2022", "2022", "12/2022", "1.2.2022")] == [
        *("", times.YEARS, times.MONTHS, times.DAYS)
    ]
