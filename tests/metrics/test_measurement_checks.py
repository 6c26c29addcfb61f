"""What may be entered as a measurement, whichever way it comes."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from metrics.kpis import periods
from metrics.kpis.checks import earlier, number_faults, number_name, period_fault, questions
from metrics.kpis.measuring import numbers_by_period
from metrics.kpis.periods import Month
from metrics.models import Frequency, Kpi
from roadmap.fields import Words
from roadmap.quarters import Quarter
from tests.factories import make_kpi, measure

TODAY = date(2022, 8, 9)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def kpi(**fields):
    return Kpi(**{"kind": "rate", "first_month": Month(2021, 1)} | fields)


def faults(kpi, *numbers):
    numbers = [None if n is None else Decimal(n) for n in numbers]
    return number_faults(kpi, dict(zip(kpi.numbers, numbers, strict=True)))


NOT_BELOW = "a number that is not below nought"
NOUGHT = "nought only where the numerator is nought, too"
WHOLE = "a whole number"
NPS = {"kind": "nps"}
TOO_LARGE = "a smaller number: the value would be too large"
PART = "the numerator is a part of the denominator: at most 520"


@pytest.mark.parametrize(
    ("about", "numbers", "expected"),
    [
        ({}, ("412", "520"), {}),
        ({}, ("520", "520"), {}),
        ({}, ("0", "0"), {}),
        ({}, ("521", "520"), {"numerator": PART}),
        ({"is_part": False}, ("521", "520"), {}),
        ({"is_part": False}, ("1", "0"), {"denominator": NOUGHT}),
        ({}, ("-1", "520"), {"numerator": NOT_BELOW}),
        ({}, ("1.5", "520"), {"numerator": WHOLE}),
        ({"whole_counts": False}, ("1.5", "520"), {}),
        ({}, (None, "1.5"), {"numerator": "write the number", "denominator": WHOLE}),
        ({}, ("1", "1000000000000000"), {"denominator": "a smaller number, of at most 15 digits"}),
        ({"kind": "nps"}, ("4", "2", "1"), {}),
        (NPS, ("4.5", "2", "-1"), {"promoters": WHOLE, "detractors": NOT_BELOW}),
        ({"kind": "nps", "whole_counts": False}, ("4.5", "2", "1"), {"promoters": WHOLE}),
        ({"kind": "value", "whole_counts": False}, ("-4.5",), {}),
        ({"kind": "value", "lower_is_better": True}, ("-4",), {"value": NOT_BELOW}),
        ({"kind": "value"}, ("-499999999999999",), {}),
        ({"kind": "value"}, ("-500000000000000",), {"value": TOO_LARGE}),
        ({"is_part": False, "whole_counts": False}, ("10000", "1e-9"), {"numerator": TOO_LARGE}),
    ],
)
def test_numbers_are_checked_all_at_once(about, numbers, expected):
    assert faults(kpi(**about), *numbers) == expected


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2022-07", ""),
        ("2022-08", ""),  # has begun: automations send the running month
        ("2022-09", "the period has not begun yet"),
        ("2021-01", ""),
        ("2020-12", "the KPI is followed only from 2021-01 on"),
        ("2022Q2", "this KPI is measured by the month, for example 2022-07"),
    ],
)
def test_a_period_must_have_begun_and_be_followed(period, expected):
    assert period_fault(kpi(), periods.parse(period), TODAY) == expected


def test_a_quarterly_kpi_takes_quarters_and_one_that_ended_takes_no_later_ones():
    quarterly = kpi(frequency=Frequency.QUARTER, last_month=Month(2022, 3))
    wrong = "this KPI is measured by the quarter, for example 2022Q3"
    assert period_fault(quarterly, Month(2022, 1), TODAY) == wrong
    assert period_fault(quarterly, Quarter(2022, 1), TODAY) == ""
    ended = "the KPI is no longer followed after 2022-03"
    assert period_fault(quarterly, Quarter(2022, 2), TODAY) == ended


CLICKS = "clicks: 4\u00a0120; the last one was 395."
ANSWERS = "number of answers: 700; the last one was 69."
RATES = [(400, 500), (410, 520), (395, 490)]


@pytest.mark.parametrize(
    ("about", "numbers", "before", "expected"),
    [
        ({}, (412, 520), RATES, []),
        ({}, (4120, 5200), RATES, [CLICKS, "denominator: 5\u00a0200; the last one was 490."]),
        ({}, (108, 520), RATES, ["The KPI would go from 80,6\u00a0% to 20,7\u00a0%."]),
        ({}, (412, 520), RATES[:2], []),
        ({"kind": "nps"}, (40, 20, 10), [(38, 22, 9)] * 3, []),
        ({"kind": "nps"}, (10, 20, 40), [(38, 22, 9)] * 3, ["The KPI would go from +42 to −43."]),
        ({"kind": "nps"}, (400, 200, 100), [(38, 22, 9)] * 3, [ANSWERS]),
        ({"kind": "value"}, (55,), [(50,), (52,), (51,)], []),
        (
            {"kind": "value"},
            (510,),
            [(50,), (52,), (51,)],
            ["The KPI would go from 51,0 to 510,0."],
        ),
    ],
)
def test_what_looks_like_a_slip_is_asked_about(about, numbers, before, expected):
    decimals = 0 if about.get("kind") == "nps" else 1
    one = kpi(numerator_name=Words(fi="klikkaukset", en="clicks"), decimals=decimals, **about)
    assert questions(one, numbers, before) == expected


def test_numbers_have_the_names_that_the_kpi_gives_them():
    named = kpi(numerator_name=Words(fi="klikkaukset"), unit=Words(fi="min"))
    assert [number_name(named, name) for name in ("numerator", "denominator", "value")] == [
        "klikkaukset",
        "denominator",
        "min",
    ]


@pytest.mark.django_db
def test_a_number_is_compared_with_what_stands_for_earlier_periods(strategy):
    one = make_kpi(strategy, measured={"2021-02": (8, 10), "2021-01": (7, 10), "2021-04": (1, 1)})
    measure(one, {"2021-01": (6, 10)})
    known = numbers_by_period([one.pk])[one.pk]
    assert earlier(known, Month(2021, 3)) == [(6, 10), (8, 10)]
