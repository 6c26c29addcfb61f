"""Does a number look like a slip of the keyboard? Then it is asked about, and not refused.

Pure. A slip is a nought or a comma too many or too few, two columns swapped, or last year's
figure: it stands far away from what the KPI has shown so far. The rule is ours; it errs on the
side of asking seldom, because a question that is always answered "yes" is no longer read.
"""

from collections.abc import Sequence
from fractions import Fraction
from statistics import median

from roadmap.traffic_light import Number

LOOKED_BACK = 12  # measurements
ENOUGH = 3  # below which nothing can be said
FACTOR = 5  # of a count, against the median
STEPS = 4  # of a value, against the largest step so far


def is_unlike(count: Number, before: Sequence[Number]) -> bool:
    """Whether a count is five times as large, or as small, as the median of those before it."""
    before = [Fraction(one) for one in before[-LOOKED_BACK:]]
    if len(before) < ENOUGH:
        return False
    middle = median(before)
    if middle <= 0:
        return False
    return not middle / FACTOR < Fraction(count) < middle * FACTOR


def is_leap(value: Number, before: Sequence[Number], at_least: Number) -> bool:
    """Whether a value is further from the last than four times the largest step so far.

    Steps smaller than `at_least` are never asked about.
    """
    before = [Fraction(one) for one in before[-LOOKED_BACK:]]
    if len(before) < ENOUGH:
        return False
    steps = [abs(later - earlier) for earlier, later in zip(before, before[1:], strict=False)]
    step = abs(Fraction(value) - before[-1])
    return step >= at_least and step > STEPS * max(steps)
