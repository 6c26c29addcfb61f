import json
from decimal import Decimal
from fractions import Fraction
from math import floor
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from roadmap.quarters import Quarter
from roadmap.traffic_light import (
    Course,
    ExactSum,
    Group,
    Light,
    Limits,
    PlanFault,
    completion,
    percent_of,
)

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "trafficlight.json").read_text())
QUARTERS = [Quarter.parse(text).ordinal for text in VECTORS["quarters"]]


def ordinals(values):
    return {Quarter.parse(text).ordinal: Decimal(value) for text, value in values.items()}


def course_of(case):
    cancelled = case.get("cancelled_from")
    return Course(
        Decimal(case["baseline"]),
        Decimal(case["target"]),
        Quarter.parse(case["start"]).ordinal,
        Quarter.parse(case["end"]).ordinal,
        Decimal(case["weight"]),
        Quarter.parse(cancelled).ordinal if cancelled else None,
        ordinals(case.get("plan", {})),
        ordinals(case.get("entries", {})),
    )


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_the_worked_case_comes_out(case):
    groups = [Group() for _ in QUARTERS]
    for action in case["actions"]:
        course = course_of(action)
        assert course.plan_faults() == []
        outcomes = course.outcomes(QUARTERS, Limits())
        for group, outcome in zip(groups, outcomes, strict=True):
            group.add(outcome)
        expected = case["expected"]["actions"][action["code"]]
        assert {
            text: {"percent": outcome.percent, "light": outcome.light}
            for text, outcome in zip(VECTORS["quarters"], outcomes, strict=True)
        } == expected
    assert {
        text: {
            "percent": group.percent(),
            "light": Limits().light(group.percent()),
            "counts": dict(group.counts),
            "reported": group.reported,
            "due": group.due,
        }
        for text, group in zip(VECTORS["quarters"], groups, strict=True)
    } == case["expected"]["group"]


@pytest.mark.parametrize(
    ("percent", "light"),
    [
        (None, Light.NONE),
        (0, Light.RED),
        (84, Light.RED),
        (85, Light.YELLOW),
        (99, Light.YELLOW),
        (100, Light.GREEN),
        (505, Light.GREEN),
    ],
)
def test_the_light_changes_exactly_at_the_limits(percent, light):
    assert Limits().light(percent) == light


def test_a_strategy_may_have_limits_of_its_own():
    limits = Limits(green=90, yellow=50)
    assert [limits.light(p) for p in (49, 50, 89, 90)] == ["red", "yellow", "yellow", "green"]


@pytest.mark.parametrize(
    ("plan", "faults"),
    [
        ({}, []),
        ({11: 10, 12: 60}, []),
        ({11: 10, 12: 10}, []),
        ({9: 0, 10: 5, 13: 100, 14: 100}, []),
        ({9: 5}, [(9, PlanFault.BEFORE_START)]),
        ({11: 60, 12: 40}, [(12, PlanFault.BACKWARDS)]),
        ({10: -1}, [(10, PlanFault.BACKWARDS)]),
        ({12: 101}, [(12, PlanFault.BEYOND_TARGET)]),
        ({13: 99}, [(13, PlanFault.MISSES_TARGET)]),
        ({14: 99}, [(14, PlanFault.MISSES_TARGET)]),
        ({11: 50, 12: 40, 13: 90}, [(12, PlanFault.BACKWARDS), (13, PlanFault.MISSES_TARGET)]),
    ],
)
def test_a_plan_that_cannot_be_is_said_with_its_quarter(plan, faults):
    assert Course(0, 100, start=10, end=13, plan=plan).plan_faults() == faults


def test_a_plan_towards_a_lower_value_may_fall_but_not_rise():
    assert Course(30, 6, 10, 13, plan={10: 25, 11: 20}).plan_faults() == []
    assert Course(30, 6, 10, 13, plan={10: 20, 11: 25}).plan_faults() == [(11, PlanFault.BACKWARDS)]


def test_the_form_can_say_from_which_value_on_the_light_changes():
    course = Course(0, 28, start=1, end=4)
    assert course.value_for(85, 3) == Fraction(357, 20)
    assert course.value_for(100, 3) == 21
    assert course.value_for(100, 0) is None
    assert Course(30, 6, 1, 4).value_for(100, 2) == 18


# --- against an independent reckoning ---------------------------------------------------------

numbers = st.decimals(-1000, 1000, places=2)
weights = st.decimals("0.01", 100, places=2)


@st.composite
def courses(draw):
    baseline, target = draw(numbers), draw(numbers)
    assume(baseline != target)
    start = draw(st.integers(0, 10))
    end = start + draw(st.integers(0, 6))
    shares = sorted(draw(st.lists(st.integers(0, 100), max_size=4)))
    places = sorted(draw(st.sets(st.integers(start, end - 1), max_size=4))) if end > start else []
    plan = {
        quarter: baseline + (target - baseline) * share / 100
        for quarter, share in zip(places, shares, strict=False)
    }
    return Course(
        baseline,
        target,
        start,
        end,
        draw(weights),
        draw(st.none() | st.integers(0, 20)),
        plan,
        draw(st.dictionaries(st.integers(0, 18), numbers, max_size=6)),
    )


def reckon(course, quarter):
    """The rule once more, as DOMAIN words it, by rational numbers and without a shortcut."""
    b, t = Fraction(course.baseline), Fraction(course.target)

    def c(v):
        return min(Fraction(1), max(Fraction(0), (Fraction(v) - b) / (t - b)))

    points = {course.start - 1: Fraction(0), course.end: Fraction(1)}
    points |= {q: (Fraction(v) - b) / (t - b) for q, v in course.plan.items() if q < course.end}
    if quarter < course.start:
        planned = Fraction(0)
    elif quarter >= course.end:
        planned = Fraction(1)
    elif quarter in points:
        planned = points[quarter]
    else:
        left = max(q for q in points if q < quarter)
        right = min(q for q in points if q > quarter)
        slope = (points[right] - points[left]) / (right - left)
        planned = points[left] + slope * (quarter - left)
    before = [q for q in course.entries if q <= quarter]
    achieved = c(course.entries[max(before)]) if before else Fraction(0)
    cancelled = course.cancelled_from is not None and quarter >= course.cancelled_from
    done = any(c(v) == 1 for q, v in course.entries.items() if q < quarter)
    due = quarter >= course.start and not cancelled and not done
    percent = None if cancelled or planned == 0 else floor(achieved / planned * 100)
    return planned, achieved, percent, due, due and quarter in course.entries, cancelled


@given(courses())
def test_every_outcome_equals_an_independent_reckoning(course):
    outcomes = course.outcomes(range(-1, 21), Limits())
    assert [
        (o.planned, o.achieved, o.percent, o.due, o.reported, o.cancelled) for o in outcomes
    ] == [reckon(course, quarter) for quarter in range(-1, 21)]


@given(st.lists(courses(), max_size=8), st.integers(0, 18))
def test_the_percent_of_a_group_is_the_weighted_sum_floored(group_of, quarter):
    group, planned, achieved = Group(), Fraction(0), Fraction(0)
    for course in group_of:
        group.add(course.outcomes([quarter], Limits())[0])
        due, done, _percent, *_rest, cancelled = reckon(course, quarter)
        if not cancelled:
            planned += due * Fraction(course.weight)
            achieved += done * Fraction(course.weight)
    assert group.percent() == (floor(achieved / planned * 100) if planned else None)


@given(courses(), st.integers(0, 18), st.sampled_from([85, 100]))
def test_the_value_that_is_named_reaches_its_limit_and_nothing_less_does(course, quarter, limit):
    value = course.value_for(limit, quarter)
    assume(value is not None)
    planned = course.planned(quarter)
    baseline, target = Fraction(course.baseline), Fraction(course.target)
    assert percent_of(completion(value, baseline, target), planned) >= limit
    short = value - (target - baseline) / 10**6
    assert percent_of(completion(short, baseline, target), planned) < limit


@given(st.lists(st.fractions(), max_size=40))
def test_a_sum_of_many_denominators_is_exact(terms):
    total = ExactSum()
    for term in terms:
        total.add(term)
    assert Fraction(*total.total()) == sum(terms, Fraction(0))
