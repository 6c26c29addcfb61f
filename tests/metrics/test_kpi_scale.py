"""The geometry of the KPI scale and of the course, reckoned apart from the code."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.kpis.achievement import Kind, Rule, share, value_at
from metrics.kpis.periods import Month
from metrics.kpis.scale import Axis, Marks, marks
from metrics.kpis.trend import Line, Size, line
from roadmap.quarters import Quarter
from roadmap.traffic_light import Limits

USUAL = Axis(Limits(100, 85))
RATE, NPS = Rule(Kind.RATE), Rule(Kind.NPS)
LOWER = Rule(Kind.VALUE, lower_is_better=True)


def test_by_the_usual_limits_yellow_begins_at_half_and_the_target_stands_at_four_fifths():
    assert (USUAL.low, USUAL.high) == (60, 110)
    assert USUAL.limit_places == [(85, 50.0)]
    assert USUAL.target == 80.0
    assert USUAL.ticks == [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0]


@pytest.mark.parametrize(
    ("limits", "ends", "limit_places", "target"),
    [
        (Limits(95, 80), (55, 110), [(80, 45.45), (95, 72.72)], 81.81),
        (Limits(100, 10), (0, 110), [(10, 9.09)], 90.9),
        (Limits(120, 100), (75, 130), [(120, 81.81)], 45.45),
    ],
)
def test_other_limits_move_the_axis_with_them(limits, ends, limit_places, target):
    axis = Axis(limits)
    assert ((axis.low, axis.high), axis.limit_places, axis.target) == (ends, limit_places, target)


@pytest.mark.parametrize(
    ("rule", "target", "value", "before", "margin", "expected"),
    [
        # 79.2 / 85 is 93.17 % of the target, and (93.17… − 60) / 50 of the axis.
        (RATE, 85, Decimal("79.2"), Decimal("77.1"), None, Marks(66.35, 61.41)),
        (RATE, 85, 85, None, None, Marks(80.0)),
        (RATE, 85, 20, 100, None, Marks(0.0, 100.0)),  # beyond the ends they stop
        (NPS, 20, 13, 9, 9, Marks(68.33, 61.66, (53.33, 83.33))),
        (NPS, -20, -50, None, None, Marks(5.0)),
        (NPS, 40, 100, None, 0, Marks(100.0)),  # all are promoters: there is no margin
        (NPS, -100, -50, None, 5, Marks()),  # a target at the floor
        (LOWER, 5, 5, 10, None, Marks(80.0, 0.0)),
        (LOWER, 5, 0, 6, None, Marks(100.0, 46.66)),  # nought is as good as can be
        (RATE, 85, None, 80, None, Marks(None, 68.23)),
        (RATE, None, 80, 80, None, Marks()),
        (RATE, 0, 80, 70, None, Marks()),
    ],
)
def test_marks_stand_where_a_pencil_puts_them(rule, target, value, before, margin, expected):
    assert marks(USUAL, rule, target, value, before, margin) == expected


numbers = st.decimals(-100, 100, places=2)
goals = st.decimals(-100, 100, places=2).filter(lambda goal: goal > -99)


@given(numbers, goals)
def test_a_higher_value_never_stands_further_left(value, goal):
    now = marks(USUAL, NPS, goal, value).now
    more = marks(USUAL, NPS, goal, value + 1).now
    assert 0 <= now <= more <= 100


@given(st.integers(1, 200), st.decimals("0.01", 1000, places=2), st.booleans())
def test_the_value_at_a_percent_is_that_percent_of_the_way(percent, target, lower):
    value = value_at(percent, target, lower_is_better=lower)
    assert share(value, target, lower_is_better=lower) == Fraction(percent, 100)


# --- the course -------------------------------------------------------------------------------

SIZE = Size(130, 30, edge=5)  # 13 months are ten pixels apart
FIRST, LAST = Month(2021, 7), Month(2022, 7)


def month(back):
    return Month.from_ordinal(LAST.ordinal - back)


def test_a_missing_month_makes_a_gap_and_the_newest_has_a_dot():
    points = [(month(4), 10.0, 20.0), (month(3), 12.0, 20.0), (month(1), None, 20.0)]
    points.append((month(0), 20.0, 20.0))
    drawn = line(points, FIRST, LAST, SIZE, now=LAST)
    assert drawn.runs == [[(85.0, 25.0), (95.0, 21.0)], [(125.0, 5.0)]]
    assert drawn.end == (125.0, 5.0)


def test_what_was_not_measured_in_the_month_looked_at_has_no_dot():
    assert line([(month(1), 5.0, None)], FIRST, LAST, SIZE, now=LAST).end is None


def test_nought_is_a_value_like_others():
    drawn = line([(month(1), 5.0, None), (LAST, 0.0, None)], FIRST, LAST, SIZE, now=LAST)
    assert drawn == Line([[(115.0, 5.0), (125.0, 25.0)]], [], (125.0, 25.0))


def test_levels_are_steps_and_a_path_is_a_line():
    points = [(month(1), 10.0, 10.0), (month(0), 10.0, 20.0)]
    steps = line(points, FIRST, LAST, SIZE).targets
    assert steps == [(110.0, 25.0), (120.0, 25.0), (120.0, 5.0), (130, 5.0)]
    path = line(points, FIRST, LAST, SIZE, is_path=True).targets
    assert path == [(115.0, 25.0), (125.0, 5.0)]


def test_a_quarter_stands_at_its_last_month_and_quarters_in_a_row_are_one_run():
    points = [(Quarter(2021, 4), 1.0, None), (Quarter(2022, 1), 2.0, None)]
    points.append((Quarter(2022, 2), 3.0, None))
    drawn = line(points, FIRST, LAST, SIZE, now=Quarter(2022, 2))
    assert drawn.runs == [[(55.0, 25.0), (85.0, 15.0), (115.0, 5.0)]]
    assert drawn.end == (115.0, 5.0)


def test_months_before_the_first_are_left_out_and_equal_values_stand_in_the_middle():
    drawn = line([(month(13), 99.0, None), (month(12), 7.0, 7.0)], FIRST, LAST, SIZE, now=LAST)
    assert drawn == Line([[(5.0, 15.0)]], [(0, 15.0), (10.0, 15.0)], None)


def test_nothing_measured_draws_nothing():
    assert line([(month(0), None, 5.0)], FIRST, LAST, SIZE) == Line()
