"""The rule of the KPIs, against tables and against a reckoning of another kind."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from statistics import mean, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.kpis.achievement import (
    Achievement,
    Kind,
    Reading,
    Rule,
    Targets,
    Why,
    achievement,
    nps,
    outcomes,
    rate,
    shown,
    whole,
)
from roadmap.traffic_light import Light, Limits

LIMITS = Limits()
GREEN, YELLOW, RED, NONE = Light.GREEN, Light.YELLOW, Light.RED, Light.NONE
counts = st.integers(0, 400)
numbers = st.fractions(min_value=0, max_value=10**6, max_denominator=10**4)


# --- NPS --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "score", "margin"),
    [
        ((10, 0, 0), 100, 0),  # no detractors, nor anybody else
        ((7, 3, 0), 70, 28),  # no detractors
        ((0, 0, 10), -100, 0),
        ((0, 25, 0), 0, 0),
        ((5, 0, 5), 0, 62),
        ((147, 107, 102), 13, 9),
        ((1189, 515, 278), 46, 3),
        ((1, 198, 0), 1, 1),  # 0.503 goes up
        ((1, 199, 0), 1, 1),  # and a half goes away from nought,
        ((0, 199, 1), -1, 1),  # on both sides of it
        ((1, 200, 0), 0, 1),
    ],
)
def test_the_score_is_a_whole_number_with_its_margin(answers, score, margin):
    assert nps(*answers) == Reading(Fraction(score), Why.MEASURED, sum(answers), margin)


def test_fewer_answers_than_the_minimum_are_hidden_and_only_their_number_is_said():
    assert nps(6, 2, 1) == Reading(None, Why.TOO_FEW, 9)
    assert nps(6, 3, 1).value == 50
    assert nps(6, 3, 1, minimum=11) == Reading(None, Why.TOO_FEW, 10)
    assert nps(0, 0, 0, minimum=1) == Reading(None, Why.NOTHING, 0)


@given(counts, counts, counts)
def test_the_score_and_its_margin_are_those_of_the_single_answers(promoters, passives, detractors):
    answers = [Fraction(1)] * promoters + [Fraction(0)] * passives + [Fraction(-1)] * detractors
    reading = nps(promoters, passives, detractors)
    if len(answers) < 10:
        assert reading.value is None
        return
    with localcontext() as context:
        context.prec = 60
        context.rounding = ROUND_HALF_UP  # of Decimal: halves away from nought
        score, variance = mean(answers), pvariance(answers)
        score = Decimal(100) * score.numerator / score.denominator
        error = (Decimal(variance.numerator) / variance.denominator / len(answers)).sqrt()
        expected = (
            int(score.to_integral_value(ROUND_HALF_UP)),
            int((Decimal(196) * error).to_integral_value(ROUND_HALF_UP)),
        )
    assert (reading.value, reading.margin) == expected
    assert nps(detractors, passives, promoters).value == -reading.value


@given(st.fractions())
def test_rounding_is_to_the_nearest_whole_number(value):
    assert abs(whole(value) - value) <= Fraction(1, 2)
    assert whole(-value) == -whole(value)


# --- rates and values -------------------------------------------------------------------------


def test_a_rate_is_in_percent_and_exact():
    assert rate(412, 520) == Reading(Fraction(41200, 520))
    assert rate(0, 520) == Reading(Fraction(0))
    assert rate(Decimal("0.1"), Decimal("0.3")) == Reading(Fraction(100, 3))
    assert rate(0, 0) == Reading(None, Why.NOTHING)


@pytest.mark.parametrize(
    ("value", "decimals", "lower_is_better", "expected"),
    [
        ("84.96", 1, False, "84.9"),  # a target of 85.0 is missed, and does not look reached
        ("5.04", 1, True, "5.1"),  # nor one of 5.0 here
        ("5.0", 1, True, "5"),
        ("-0.25", 1, False, "-0.3"),
        ("99.9999", 0, False, "99"),
        ("99.86", 2, False, "99.86"),
    ],
)
def test_a_value_is_shown_cut_and_never_to_the_better_side(
    value, decimals, lower_is_better, expected
):
    assert shown(Fraction(value), decimals, lower_is_better) == Fraction(expected)


# --- against the target -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "target", "more", "expected"),
    [
        ("85", "85", {}, Achievement(100, GREEN)),
        ("84.999", "85", {}, Achievement(99, YELLOW)),
        ("72.25", "85", {}, Achievement(85, YELLOW)),
        ("72.2499", "85", {}, Achievement(84, RED)),
        ("0", "85", {}, Achievement(0, RED)),
        ("-3", "85", {}, Achievement(0, RED)),  # worse than the floor is nothing, not less
        ("170", "85", {}, Achievement(200, GREEN)),  # beyond the target counts, and is said
        # NPS: from −100 up.
        ("-20", "-10", {"scale_floor": -100}, Achievement(88, YELLOW)),  # both negative
        ("-10", "-10", {"scale_floor": -100}, Achievement(100, GREEN)),
        ("-5", "-10", {"scale_floor": -100}, Achievement(105, GREEN)),
        ("-100", "-10", {"scale_floor": -100}, Achievement(0, RED)),
        ("39", "40", {"scale_floor": -100}, Achievement(99, YELLOW)),
        # A target that is the floor: there is no way to it, so no share of the way.
        ("0", "0", {}, Achievement(None, NONE, Why.AT_FLOOR)),
        ("5", "0", {}, Achievement(None, NONE, Why.AT_FLOOR)),
        ("5", "-1", {}, Achievement(None, NONE, Why.AT_FLOOR)),
        ("0", "-100", {"scale_floor": -100}, Achievement(None, NONE, Why.AT_FLOOR)),
        # Lower is better: target / v.
        ("5", "5", {"lower_is_better": True}, Achievement(100, GREEN)),
        ("6", "5", {"lower_is_better": True}, Achievement(83, RED)),
        ("4", "5", {"lower_is_better": True}, Achievement(125, GREEN)),
        ("0", "5", {"lower_is_better": True}, Achievement(None, GREEN, Why.AT_BEST)),
        ("0", "0", {"lower_is_better": True}, Achievement(None, GREEN, Why.AT_BEST)),
        ("1", "0", {"lower_is_better": True}, Achievement(0, RED)),
        # Nothing to compare.
        (None, "85", {}, Achievement(None, NONE)),
        ("85", None, {}, Achievement(None, NONE, Why.NO_TARGET)),
    ],
)
def test_a_value_stands_by_its_share_of_the_way_to_the_target(value, target, more, expected):
    value = None if value is None else Fraction(value)
    target = None if target is None else Decimal(target)
    assert achievement(value, target, LIMITS, **more) == expected


@given(numbers, st.fractions(min_value=Fraction(1, 100), max_value=10**6, max_denominator=100))
def test_the_percent_is_the_last_one_that_is_reached(value, target):
    percent = achievement(value, target, LIMITS).percent
    assert target * percent <= 100 * value < target * (percent + 1)
    if value:
        percent = achievement(value, target, LIMITS, lower_is_better=True).percent
        assert value * percent <= 100 * target < value * (percent + 1)


@given(st.integers(-100, 100), st.integers(-99, 100))
def test_of_an_nps_the_way_begins_at_minus_one_hundred(score, target):
    percent = achievement(Fraction(score), target, LIMITS, scale_floor=-100).percent
    assert (target + 100) * percent <= 100 * (score + 100) < (target + 100) * (percent + 1)


@given(numbers, numbers, st.fractions(min_value=Fraction(1, 100), max_value=10**6))
def test_a_better_value_never_stands_worse(one, other, target):
    worse, better = sorted([one, other])
    assert achievement(worse, target, LIMITS).percent <= achievement(better, target, LIMITS).percent
    if worse > 0:
        lower = [achievement(v, target, LIMITS, lower_is_better=True) for v in (worse, better)]
        assert lower[0].percent >= lower[1].percent


def test_the_limits_are_those_of_the_strategy():
    assert achievement(Fraction(80), 100, Limits(90, 80)).light == YELLOW
    assert achievement(Fraction(90), 100, Limits(90, 80)).light == GREEN


# --- targets ----------------------------------------------------------------------------------


def test_a_target_of_a_year_holds_until_the_next_one():
    targets = Targets({12: 75, 24: 85})
    assert [targets.at(month) for month in (11, 12, 23, 24, 99)] == [None, 75, 75, 85, 85]


def test_a_path_goes_straight_from_point_to_point_and_then_stays():
    path = Targets({0: 10, 11: Decimal("27")}, is_path=True)
    assert path.at(-1) is None
    assert [path.at(month) for month in (0, 1, 11, 12)] == [10, 10 + Fraction(17, 11), 27, 27]


def test_without_points_there_is_no_target():
    assert Targets({}).at(5) is None


# --- one period after the other ---------------------------------------------------------------


def moves(rule, measured, targets=None):
    found = outcomes(rule, measured.items(), targets or Targets({0: 80}), LIMITS)
    return [(one.period, one.value, one.change, one.streak) for one in found]


RATE = Rule(Kind.RATE)


def test_change_and_streak_are_those_of_the_values_shown():
    measured = {1: (7710, 10000), 2: (7923, 10000), 3: (79, 100), 4: (79, 100), 5: (78, 100)}
    assert moves(RATE, measured) == [
        (1, Fraction("77.1"), None, 0),
        (2, Fraction("79.2"), Fraction("2.1"), 1),
        (3, 79, Fraction("-0.2"), -1),
        (4, 79, 0, 0),
        (5, 78, -1, -1),
    ]


def test_three_worse_periods_in_a_row_are_counted_and_a_better_one_begins_anew():
    measured = {n: (value, 100) for n, value in enumerate((80, 79, 78, 77, 90, 91))}
    assert [streak for *_, streak in moves(RATE, measured)] == [0, -1, -2, -3, 1, 2]


def test_where_less_is_better_less_is_better():
    rule = Rule(Kind.VALUE, 0, lower_is_better=True)
    assert [streak for *_, streak in moves(rule, {1: (9,), 2: (7,), 3: (8,)})] == [0, 1, -1]


def test_after_a_missing_month_there_is_nothing_to_compare_with():
    measured = {1: (70, 100), 3: (80, 100), 4: (81, 100)}
    assert moves(RATE, measured) == [(1, 70, None, 0), (3, 80, None, 0), (4, 81, 1, 1)]


def test_a_hidden_nps_is_neither_shown_nor_compared_with():
    measured = {1: (4, 2, 1), 2: (40, 20, 10), 3: (41, 20, 9)}
    found = outcomes(Rule(Kind.NPS, 0), measured.items(), Targets({0: 40}), LIMITS)
    assert [(one.value, one.why, one.n, one.light, one.change) for one in found] == [
        (None, Why.TOO_FEW, 7, NONE, None),
        (43, Why.MEASURED, 70, GREEN, None),
        (46, Why.MEASURED, 70, GREEN, 3),
    ]


def test_the_reason_for_no_value_comes_before_the_one_for_no_target():
    (found,) = outcomes(RATE, [(1, (0, 0))], Targets({}), LIMITS)
    assert (found.why, found.light) == (Why.NOTHING, NONE)
    (found,) = outcomes(RATE, [(1, (1, 2))], Targets({}), LIMITS)
    assert (found.value, found.why, found.light) == (50, Why.NO_TARGET, NONE)


def test_the_light_comes_from_the_exact_value_and_not_from_the_one_shown():
    (found,) = outcomes(RATE, [(1, (Decimal("84.96"), 100))], Targets({0: 85}), LIMITS)
    assert (found.value, found.percent, found.light) == (Fraction("84.9"), 99, YELLOW)
