"""What a measurement says of its KPI, and how it stands against its target.

Pure: no Django, no database, no clock. All arithmetic is exact (`Fraction`). Its sources are the
slide "Digipalveluiden käytön seuranta" and, for NPS, Reichheld: promoters give 9 or 10, passives
7 or 8, detractors 0 to 6.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor, isqrt

from roadmap.traffic_light import Light, Limits, Number

MOST_PERCENT = 10**15  # beyond it nothing is told apart; a column has room for it
# The standard normal quantile of a two-sided 95% interval.
Z_95 = Fraction(196, 100)


class Kind(StrEnum):
    """What a KPI is measured by."""

    RATE = "rate"  # numerator / denominator, in percent
    NPS = "nps"  # promoters, passives and detractors, −100…+100
    VALUE = "value"  # a number with a unit


class Why(StrEnum):
    """Why there is no value, no percent or no light; empty where there is nothing to explain."""

    MEASURED = ""
    NOTHING = "nothing"  # the denominator, or the number of answers, is nought
    TOO_FEW = "few"  # fewer answers than the minimum: hidden
    NO_TARGET = "no_target"  # none for this period
    AT_FLOOR = "at_floor"  # the target is not above the scale's floor: there is no way to it
    AT_BEST = "at_best"  # nought, of which less is better: reached, and no percent can say how far


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of one measurement: in percent, as NPS, or in the KPI's unit.

    `n` is the number of answers of an NPS, `margin` half of its 95% interval in points.
    """

    value: Fraction | None
    why: Why = Why.MEASURED
    n: int | None = None
    margin: int | None = None


@dataclass(frozen=True, slots=True)
class Achievement:
    """How far a value has come: the whole percent of the way to its target, and the light."""

    percent: int | None
    light: Light
    why: Why = Why.MEASURED


def rate(numerator: Number, denominator: Number) -> Reading:
    """A rate in percent; none where the denominator is nought."""
    if not denominator:
        return Reading(None, Why.NOTHING)
    return Reading(100 * Fraction(numerator) / Fraction(denominator))


def nps(promoters: int, passives: int, detractors: int, minimum: int = 10) -> Reading:
    """The net promoter score, a whole number rounded once; hidden below `minimum` answers."""
    promoters, passives, detractors = int(promoters), int(passives), int(detractors)
    n = promoters + passives + detractors
    if n == 0:
        return Reading(None, Why.NOTHING, n)
    if n < minimum:
        return Reading(None, Why.TOO_FEW, n)
    score = whole(Fraction(100 * (promoters - detractors), n))
    return Reading(Fraction(score), Why.MEASURED, n, nps_margin(promoters, passives, detractors))


def nps_margin(promoters: int, passives: int, detractors: int) -> int:
    """Half of the 95% interval of an NPS, in points: 1.96 standard errors, rounded once.

    An answer counts 1, 0 or −1; its variance is p + d − (p − d)², divided by n.
    """
    n = promoters + passives + detractors
    variance = Fraction(promoters + detractors, n) - Fraction(promoters - detractors, n) ** 2
    return _rounded_root((100 * Z_95) ** 2 * variance / n)


def whole(value: Fraction) -> int:
    """The nearest whole number; halves go away from nought, so that −12.5 mirrors 12.5."""
    return floor(value + Fraction(1, 2)) if value >= 0 else ceil(value - Fraction(1, 2))


def _rounded_root(square: Fraction) -> int:
    """The square root to the nearest whole number, without leaving whole numbers."""
    # round(√x) = ⌊(⌊√4x⌋ + 1) / 2⌋, and the floor of a root is that of the floor's root.
    return (isqrt(floor(4 * square)) + 1) // 2


def achievement(
    value: Fraction | None,
    target: Number | None,
    limits: Limits,
    *,
    scale_floor: int = 0,
    lower_is_better: bool = False,
) -> Achievement:
    """The percent is floored: (v − floor) / (target − floor), or target / v.

    It is never below 0, and ends at `MOST_PERCENT`.
    """
    if target is None:
        return Achievement(None, Light.NONE, Why.NO_TARGET)
    if value is None:
        return Achievement(None, Light.NONE)
    reached = share(value, target, scale_floor=scale_floor, lower_is_better=lower_is_better)
    if reached is None:
        if lower_is_better:
            return Achievement(None, Light.GREEN, Why.AT_BEST)
        return Achievement(None, Light.NONE, Why.AT_FLOOR)
    percent = percent_of(reached)
    return Achievement(percent, limits.light(percent))


def percent_of(reached: Fraction) -> int:
    """The whole percent of a share, never below 0."""
    return min(MOST_PERCENT, max(0, floor(100 * reached)))


def share(
    value: Number, target: Number, *, scale_floor: int = 0, lower_is_better: bool = False
) -> Fraction | None:
    """How much of the way to its target a value has come: 1 at the target, and not yet cut.

    None where no share can say it: nought of which less is better, a target at or under the floor.
    """
    if lower_is_better:
        return Fraction(target) / Fraction(value) if value > 0 else None
    if target <= scale_floor:
        return None
    return (Fraction(value) - scale_floor) / (Fraction(target) - scale_floor)


def value_at(
    percent: int, target: Number, *, scale_floor: int = 0, lower_is_better: bool = False
) -> Fraction | None:
    """The value at which that percent of the way is reached: what undoes `share`."""
    if lower_is_better:
        return Fraction(target) * 100 / percent if percent else None
    if target <= scale_floor:
        return None
    return scale_floor + (Fraction(target) - scale_floor) * percent / 100


def shown(value: Fraction, decimals: int, lower_is_better: bool) -> Fraction:
    """A value as it is shown: cut to its decimals, never to the better side.

    So 84.96 is not shown as a target of 85.0 that it misses.
    """
    cut = ceil if lower_is_better else floor
    return Fraction(cut(value * 10**decimals), 10**decimals)


@dataclass(frozen=True, slots=True)
class Targets:
    """The targets of a KPI: a level from each period on, or a straight line between points.

    `points` maps ordinals of periods to values. Before the first there is none; the last one
    holds on.
    """

    points: Mapping[int, Number]
    is_path: bool = False

    def at(self, period: int) -> Fraction | None:
        before = [point for point in self.points if point <= period]
        if not before:
            return None
        left = max(before)
        low = Fraction(self.points[left])
        after = [point for point in self.points if point > period]
        if not self.is_path or not after:
            return low
        right = min(after)
        return low + (Fraction(self.points[right]) - low) * Fraction(period - left, right - left)


@dataclass(frozen=True, slots=True)
class Rule:
    """What of a KPI its outcomes depend on, beside its measurements and targets."""

    kind: Kind
    decimals: int = 1
    lower_is_better: bool = False
    minimum: int = 10

    @property
    def scale_floor(self) -> int:
        return -100 if self.kind == Kind.NPS else 0

    def share(self, value: Number, target: Number) -> Fraction | None:
        return share(
            value, target, scale_floor=self.scale_floor, lower_is_better=self.lower_is_better
        )

    def value_at(self, percent: int, target: Number) -> Fraction | None:
        return value_at(
            percent, target, scale_floor=self.scale_floor, lower_is_better=self.lower_is_better
        )

    def percent(self, value: Number, target: Number) -> int | None:
        """The percent of the way to a target, as `achievement` has it."""
        reached = self.share(value, target)
        return None if reached is None else percent_of(reached)

    def reaches(self, value: Number, bound: Number) -> bool:
        """Whether a value is as good as a bound, or better."""
        return value <= bound if self.lower_is_better else value >= bound

    def reading(self, numbers: tuple) -> Reading:
        """`numbers` are those of the kind, in the order of `nps`, `rate` or a single value."""
        if self.kind == Kind.RATE:
            return rate(*numbers)
        if self.kind == Kind.NPS:
            return nps(*numbers, minimum=self.minimum)
        return Reading(Fraction(numbers[0]))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a KPI stands in one period; `value` and `change` as they are shown.

    `change` is from the period right before; `streak` counts the periods in a row, this one
    included, in which it has become better, or below nought worse.
    """

    period: int
    value: Fraction | None
    why: Why
    n: int | None
    margin: int | None
    target: Fraction | None
    percent: int | None
    light: Light
    change: Fraction | None = None
    streak: int = 0


def outcomes(
    rule: Rule, measured: Iterable[tuple[int, tuple]], targets: Targets, limits: Limits
) -> list[Outcome]:
    """The outcomes of the measured periods (ordinal and numbers), in the order of time."""
    found: list[Outcome] = []
    for period, numbers in sorted(measured):
        reading, target = rule.reading(numbers), targets.at(period)
        reached = achievement(
            reading.value,
            target,
            limits,
            scale_floor=rule.scale_floor,
            lower_is_better=rule.lower_is_better,
        )
        value = reading.value
        if value is not None:
            value = shown(value, rule.decimals, rule.lower_is_better)
        before = found[-1] if found and found[-1].period == period - 1 else None
        change, streak = _movement(before, value, rule.lower_is_better)
        found.append(
            Outcome(
                period,
                value,
                reading.why or reached.why,
                reading.n,
                reading.margin,
                target,
                reached.percent,
                reached.light,
                change,
                streak,
            )
        )
    return found


def _movement(before: Outcome | None, value, lower_is_better) -> tuple[Fraction | None, int]:
    if before is None or before.value is None or value is None:
        return None, 0
    change = value - before.value
    if not change:
        return change, 0
    step = 1 if (change < 0) == lower_is_better else -1
    return change, step + (before.streak if before.streak * step > 0 else 0)
