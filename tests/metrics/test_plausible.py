"""What is asked about as a likely slip, and what is not."""

import pytest

from metrics.kpis.plausible import is_leap, is_unlike

ORDINARY = [500, 520, 480, 530, 510]


@pytest.mark.parametrize(
    ("count", "asked"),
    [(505, False), (5050, True), (51, True), (250, False), (1200, False), (0, True), (2550, True)],
)
def test_a_count_with_a_nought_too_many_or_too_few_is_asked_about(count, asked):
    assert is_unlike(count, ORDINARY) == asked


def test_nothing_is_asked_before_there_is_something_to_compare_with():
    assert not is_unlike(5050, [500, 520])
    assert not is_unlike(5050, [0, 0, 0])
    assert not is_leap(10, [70, 71], at_least=1)


def test_only_the_last_year_counts():
    assert not is_unlike(50, [50_000] * 20 + [50] * 12)


@pytest.mark.parametrize(("value", "asked"), [(75, False), (81, False), (95, True), (50, True)])
def test_a_leap_far_beyond_every_step_so_far_is_asked_about(value, asked):
    assert is_leap(value, [70, 72, 71, 73], at_least=10) == asked


def test_a_small_step_is_never_asked_about_however_steady_it_was_before():
    assert not is_leap(99.9, [99.5, 99.5, 99.5], at_least=10)
    assert is_leap(89, [99.5, 99.5, 99.5], at_least=10)
