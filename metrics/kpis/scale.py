"""The KPI scale: where values stand on one axis of percents of the target.

Pure: no Django, no database, no clock. The axis is the same for every KPI of a strategy, so rows
can be compared, as needles of dials cannot. Places are percents of the axis' width, cut to
hundredths; what lies beyond an end stops there.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from metrics.kpis.achievement import Rule
from roadmap.traffic_light import Limits, Number

TARGET = 100
BELOW_YELLOW, ABOVE_GREEN = 25, 10  # percents of the target that the axis has beside the limits
FEW, STEP, WIDE_STEP = 60, 5, 10


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high` percent of the target: 60 to 110 by the usual limits."""

    limits: Limits

    @property
    def low(self) -> int:
        return max(0, self.limits.yellow - BELOW_YELLOW)

    @property
    def high(self) -> int:
        return max(self.limits.green, TARGET) + ABOVE_GREEN

    def place(self, percent: Number) -> float:
        """Where a percent of the target stands: 0 at the left end, 100 at the right one."""
        place = Fraction(percent - self.low) * 100 / (self.high - self.low)
        return floor(100 * min(Fraction(100), max(Fraction(0), place))) / 100

    @property
    def target(self) -> float:
        return self.place(TARGET)

    @property
    def limit_places(self) -> list[tuple[int, float]]:
        """The limits that do not stand at the target itself."""
        limits = (self.limits.yellow, self.limits.green)
        return [(limit, self.place(limit)) for limit in limits if limit != TARGET]

    @property
    def ticks(self) -> list[float]:
        step = STEP if self.high - self.low <= FEW else WIDE_STEP
        first = -(-self.low // step) * step
        return [self.place(percent) for percent in range(first, self.high + 1, step)]


@dataclass(frozen=True, slots=True)
class Marks:
    """The places of a KPI's values: now, in the period before, and the ends of its margin."""

    now: float | None = None
    before: float | None = None
    margin: tuple[float, float] | None = None


def marks(
    axis: Axis,
    rule: Rule,
    target: Number | None,
    value: Number | None,
    before: Number | None = None,
    margin: int | None = None,
) -> Marks:
    """All of them by the target of now, so that they stand as far apart as the values do."""
    if target is None:
        return Marks()
    ends = None
    if value is not None and margin:
        low, high = (_place(axis, rule, target, value + step) for step in (-margin, margin))
        ends = (low, high) if low is not None and high is not None else None
    return Marks(_place(axis, rule, target, value), _place(axis, rule, target, before), ends)


def _place(axis: Axis, rule: Rule, target: Number, value: Number | None) -> float | None:
    if value is None:
        return None
    reached = rule.share(value, target)
    if reached is None:  # nought, of which less is better, is as good as can be
        return 100.0 if rule.lower_is_better else None
    return axis.place(100 * reached)
