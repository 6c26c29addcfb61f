"""What the headings of the KPI pages say, in all three languages."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils.translation import override

from metrics.kpis.findings import (
    Found,
    dashboard_finding,
    late_finding,
    meter_finding,
    trend_finding,
)
from metrics.kpis.periods import Month
from metrics.kpis.standings import Standing
from metrics.models import Kpi
from roadmap.fields import Words
from roadmap.quarters import Quarter

GREEN = Found("Vihreä", "green", 101)
YELLOW = Found("Keltainen", "yellow", 90)
RED = Found("Punainen", "red", 80)
MISSING = Found("Puuttuva", is_missing=True)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ([GREEN] * 9, "Kaikki yhdeksän ovat tavoitteessa"),
        ([GREEN], "Mittari on tavoitteessa"),
        ([YELLOW], "Mittari ei ole tavoitteessa"),
        ([GREEN] * 3 + [YELLOW] * 6, "Kolme yhdeksästä on tavoitteessa"),
        ([GREEN] + [YELLOW] * 2, "Yksi kolmesta on tavoitteessa"),
        ([YELLOW] * 12, "Yksikään kahdestatoista ei ole tavoitteessa"),
        ([GREEN] * 13, "Kaikki 13 ovat tavoitteessa"),
        ([GREEN] * 3 + [YELLOW] * 1297, "3/1\u00a0300 on tavoitteessa"),
        ([GREEN, RED], "Yksi kahdesta on tavoitteessa. Punainen on punaisella"),
        (
            [GREEN, RED, Found("Heikoin", "red", 12), YELLOW],
            "Yksi neljästä on tavoitteessa. Kaksi on punaisella, heikoimpana Heikoin",
        ),
        (
            [GREEN, Found("Itsepalvelun sujuvuus", "red", 80, -3)],
            "Yksi kahdesta on tavoitteessa. "
            "Itsepalvelun sujuvuus on punaisella ja heikentynyt kolme kuukautta peräkkäin",
        ),
        (
            [GREEN, Found("Laskeva", "yellow", 88, -4), Found("Hidas", "green", 101, -3)],
            "Kaksi kolmesta on tavoitteessa. Laskeva on heikentynyt neljä kuukautta peräkkäin",
        ),
        (
            [GREEN, Found("Laskeva", "yellow", 88, -14, is_quarterly=True)],
            "Yksi kahdesta on tavoitteessa. Laskeva on heikentynyt 14 vuosineljännestä peräkkäin",
        ),
        ([GREEN, Found("Vasta kaksi", "yellow", 88, -2)], "Yksi kahdesta on tavoitteessa"),
        ([GREEN, MISSING], "Yksi kahdesta on tavoitteessa. Yksi mittaus puuttuu"),
        ([GREEN, MISSING, MISSING], "Yksi kolmesta on tavoitteessa. Kaksi mittausta puuttuu"),
        (
            [RED, MISSING, GREEN],
            "Yksi kolmesta on tavoitteessa. Punainen on punaisella. Yksi mittaus puuttuu",
        ),
        # Where other percents are green, the target is still the target.
        ([Found("Melkein", "green", 96)] * 2, "Yksikään kahdesta ei ole tavoitteessa"),
        ([Found("Yli", "yellow", 110)] * 2, "Kaikki kaksi ovat tavoitteessa"),
        ([Found("Nolla", "green"), GREEN], "Kaikki kaksi ovat tavoitteessa"),
        ([MISSING] * 2, "Yhdelläkään mittarilla ei ole tulosta. Kaksi mittausta puuttuu"),
        ([Found("Tavoitteeton")], "Yhdelläkään mittarilla ei ole tulosta"),
    ],
)
def test_the_dashboard_says_the_most_important_first(found, says):
    with override("fi"):
        assert dashboard_finding(found) == says


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "en",
            "Two of three are on target. Fall is on red and has got worse three months in a row",
        ),
        ("sv", "Två av tre har nått målet. Fall visar rött och har försämrats tre månader i rad"),
        (
            "fi",
            "Kaksi kolmesta on tavoitteessa. Fall on punaisella ja heikentynyt kolme kuukautta "
            "peräkkäin",
        ),
    ],
)
def test_it_is_said_in_the_language_of_the_reader(language, says):
    with override(language):
        assert dashboard_finding([GREEN, GREEN, Found("Fall", "red", 70, -3)]) == says


RATE = Kpi(kind="rate", decimals=1)
NPS = Kpi(kind="nps", decimals=1)
M7, M8, M9 = (Month(2022, number) for number in (7, 8, 9))


@pytest.mark.parametrize(
    ("language", "late", "says"),
    [
        ("en", {}, ""),
        ("en", {M8: 1}, "1 measurement is late: August 2022"),
        ("en", {M8: 6}, "6 measurements are late: August 2022"),
        ("en", {M7: 1, M8: 6}, "7 measurements are late: August 2022 (6), July 2022 (1)"),
        (
            "en",
            {Month(2021, 1): 30, M7: 1000, Quarter(2022, 3): 2, M9: 5, M8: 6, Month(2021, 2): 7},
            "1\u00a0050 measurements are late: Q3/2022 (2), September 2022 (5), August 2022 (6), "
            "earlier (1\u00a0037)",
        ),
        ("fi", {M8: 1}, "1 mittaus on myöhässä: elokuu 2022"),
        ("fi", {M7: 1, M8: 6}, "7 mittausta on myöhässä: elokuu 2022 (6), heinäkuu 2022 (1)"),
        (
            "sv",
            {M7: 1, M8: 6, M9: 1, Month(2021, 1): 3},
            "11 mätningar är försenade: september 2022 (1), augusti 2022 (6), juli 2022 (1), "
            "tidigare (3)",
        ),
    ],
)
def test_what_is_late_is_counted_by_its_periods_the_newest_first(language, late, says):
    with override(language):
        assert late_finding(late) == says


MINUTES = Kpi(kind="value", decimals=1, unit=Words(fi="min"), lower_is_better=True)


def standing(value, target, *, margin=None, change=None, streak=0):
    value, target, change = (None if n is None else Decimal(n) for n in (value, target, change))
    period = Month(2022, 7)
    return Standing(1, period, value, "", None, margin, target, None, "none", change, streak, ())


@pytest.mark.parametrize(
    ("kpi", "value", "target", "margin", "says"),
    [
        (RATE, "79.2", "85", None, "5,8 percentage points below the target"),
        (RATE, "99.9", "85.05", None, "14,8 percentage points above the target"),
        (RATE, "85", "85", None, "Exactly on target"),
        # The KPI's own decimals would not tell on which side of the target it is.
        (RATE, "83.32", "250/3", None, "0,01 percentage points below the target"),
        (RATE, "83.75", "83.75", None, "Exactly on target"),
        (RATE, "250/3", "250/3", None, "Exactly on target"),
        (RATE, "85.0004", "85", None, "0,0004 percentage points above the target"),
        (MINUTES, "5.04", "5.02", None, "0,1 min above the target"),
        (MINUTES, "5.01", "5.02", None, "0,01 min below the target"),
        (NPS, "13", "20", 9, "7 points below the target, within the margin of error"),
        (NPS, "19", "20", 0, "1 point below the target"),
        (NPS, "20", "61/3", None, "0,3 points below the target"),
        (NPS, "20", "19.6", 1, "0,4 points above the target, within the margin of error"),
        (NPS, "46", "40", 3, "6 points above the target"),
        (NPS, "-30", "-20", None, "10 points below the target"),
        (MINUTES, "6.2", "5", None, "1,2 min above the target"),
        (RATE, None, "85", None, "There is nothing to compare with a target"),
        (RATE, "85", None, None, "There is nothing to compare with a target"),
    ],
)
def test_the_meter_says_how_far_the_target_is(kpi, value, target, margin, says):
    value, target = (None if n is None else Fraction(n) for n in (value, target))
    with override("en"):
        assert meter_finding(kpi, value, target, margin) == says


@pytest.mark.parametrize(
    ("stands", "year_before", "says"),
    [
        (
            standing("70", "85", change="-1", streak=-3),
            standing("60", "75"),
            "Worse three months in a row",
        ),
        (standing("70", "85", change="1", streak=5), None, "Better five months in a row"),
        (
            standing("70", "85", change="1", streak=2),
            standing("60", "75"),
            "+10.0 percentage points in a year",
        ),
        (
            standing("70", "85", change="-1", streak=-1),
            None,
            "−1.0 percentage points from the period before",
        ),
        (standing("70", "85"), standing(None, None), "The course so far"),
        (standing(None, "85"), standing("60", "75"), "The course so far"),
        (None, None, "The course so far"),
    ],
)
def test_the_course_says_where_it_is_going(stands, year_before, says):
    with override("en"):
        assert trend_finding(RATE, stands, year_before).replace(",", ".") == says
