"""The traffic light: how far an action, and a group of actions, has come against its plan.

Pure: no Django, no database, no clock. All arithmetic is exact (`Fraction`). Quarters are whole
numbers, one apart (`Quarter.ordinal`). The rule is written out for people on the page
"Näin valo lasketaan"; its source is the slide "Digistrategian etenemisen seuranta".
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

Number = int | Decimal | Fraction

ZERO, ONE = Fraction(0), Fraction(1)


class Light(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Limits:
    """The whole percents from which on a light is green and yellow; below yellow it is red."""

    green: int = 100
    yellow: int = 85

    def light(self, percent: int | None) -> Light:
        if percent is None:
            return Light.NONE
        if percent >= self.green:
            return Light.GREEN
        return Light.YELLOW if percent >= self.yellow else Light.RED


# The same few numbers occur in many actions.
_exact = lru_cache(maxsize=10_000)(Fraction)


def distance(value: Number, baseline: Number, target: Number) -> Fraction:
    """The share of the way from baseline to target at which value stands; may lie outside 0–1."""
    baseline = _exact(baseline)
    return (_exact(value) - baseline) / (_exact(target) - baseline)


def completion(value: Number, baseline: Number, target: Number) -> Fraction:
    """The completed share, 0–1: beyond the target is done, worse than the baseline is nothing."""
    return min(ONE, max(ZERO, distance(value, baseline, target)))


class PlanFault(StrEnum):
    """What can be wrong with a planned value."""

    BEFORE_START = "before_start"  # something other than the baseline before the start
    BACKWARDS = "backwards"  # less done than at the planned value before it
    BEYOND_TARGET = "beyond_target"  # more than the target, so that it must come back later
    MISSES_TARGET = "misses_target"  # something other than the target at or after the end


@dataclass(frozen=True, slots=True)
class Course:
    """An action as the rule sees it.

    `plan` and `entries` give values in the metric's unit by quarter; `cancelled_from` is the
    first quarter in which the action no longer counts. baseline ≠ target, start ≤ end, weight > 0.
    """

    baseline: Number
    target: Number
    start: int
    end: int
    weight: Number = 1
    cancelled_from: int | None = None
    plan: Mapping[int, Number] = field(default_factory=dict)
    entries: Mapping[int, Number] = field(default_factory=dict)

    def plan_faults(self) -> list[tuple[int, PlanFault]]:
        """The quarters whose planned value cannot be, in order of time."""
        faults, reached = [], ZERO
        for quarter in sorted(self.plan):
            share = distance(self.plan[quarter], self.baseline, self.target)
            if quarter < self.start:
                fault = PlanFault.BEFORE_START if share != 0 else None
            elif quarter >= self.end:
                fault = PlanFault.MISSES_TARGET if share != 1 else None
            elif share < reached:
                fault = PlanFault.BACKWARDS
            else:
                fault = PlanFault.BEYOND_TARGET if share > 1 else None
                reached = share
            if fault:
                faults.append((quarter, fault))
        return faults

    def planned(self, quarter: int) -> Fraction:
        """The share that the plan expects to be done by the end of the quarter."""
        if quarter < self.start:
            return ZERO
        if quarter >= self.end:
            return ONE
        left, low, right, high = self.start - 1, ZERO, self.end, ONE
        for point, value in self.plan.items():
            if left < point <= quarter:
                left, low = point, distance(value, self.baseline, self.target)
            elif quarter < point < right:
                right, high = point, distance(value, self.baseline, self.target)
        return low + (high - low) * Fraction(quarter - left, right - left)

    def value_for(self, percent: int, quarter: int) -> Fraction | None:
        """The value from which on the percent is reached in the quarter.

        None where there is no percent, or where even the target would not reach it.
        """
        share = self.planned(quarter) * percent / 100
        if not 0 < share <= 1:
            return None
        baseline = Fraction(self.baseline)
        return baseline + (Fraction(self.target) - baseline) * share

    def outcomes(self, quarters: Iterable[int], limits: Limits) -> list["Outcome"]:
        """How the action stands in each of the quarters, which must be in order of time."""
        completions = sorted(
            (quarter, completion(value, self.baseline, self.target))
            for quarter, value in self.entries.items()
        )
        outcomes, newest, index, done = [], None, 0, False
        achieved = ZERO
        for quarter in quarters:
            while index < len(completions) and completions[index][0] < quarter:
                newest, achieved = completions[index]
                done = done or achieved == 1
                index += 1
            due = self.start <= quarter and not done and not self._is_cancelled(quarter)
            here = index < len(completions) and completions[index][0] == quarter
            if here:
                newest, achieved = completions[index]
            outcomes.append(self._outcome(quarter, achieved, newest, due, due and here, limits))
        return outcomes

    def _is_cancelled(self, quarter: int) -> bool:
        return self.cancelled_from is not None and quarter >= self.cancelled_from

    def _outcome(self, quarter, achieved, newest, due, reported, limits) -> "Outcome":
        planned = self.planned(quarter)
        cancelled = self._is_cancelled(quarter)
        percent = None if cancelled else percent_of(achieved, planned)
        light = limits.light(percent)
        weight = Fraction(self.weight)
        return Outcome(
            planned,
            achieved,
            planned * weight,
            achieved * weight,
            newest,
            percent,
            light,
            due,
            reported,
            cancelled,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one action stands in one quarter; `newest` is the quarter of the entry that counts."""

    planned: Fraction
    achieved: Fraction
    weighted_planned: Fraction
    weighted_achieved: Fraction
    newest: int | None
    percent: int | None
    light: Light
    due: bool
    reported: bool
    cancelled: bool


class Group:
    """Gathers the outcomes of a group of actions in one quarter."""

    __slots__ = ("_achieved", "_planned", "counts", "due", "reported")

    def __init__(self):
        self._achieved = ExactSum()
        self._planned = ExactSum()
        self.counts = Counter(dict.fromkeys(Light, 0))
        self.due = 0
        self.reported = 0

    def add(self, outcome: Outcome) -> None:
        if outcome.cancelled:
            return
        self._achieved.add(outcome.weighted_achieved)
        self._planned.add(outcome.weighted_planned)
        self.counts[outcome.light] += 1
        self.due += outcome.due
        self.reported += outcome.reported

    def percent(self) -> int | None:
        return _percent(self._achieved.total(), self._planned.total())


def percent_of(achieved: Fraction, planned: Fraction) -> int | None:
    """floor(achieved / planned × 100), None while nothing is planned."""
    return _percent(achieved.as_integer_ratio(), planned.as_integer_ratio())


def _percent(achieved: tuple[int, int], planned: tuple[int, int]) -> int | None:
    (done, of_done), (due, of_due) = achieved, planned
    return (100 * done * of_due) // (of_done * due) if due else None


class ExactSum:
    """A sum of fractions that stays exact and fast for many different denominators.

    Adding one by one would carry an ever longer denominator through every step, a cost that
    grows with the square of their number. Terms of one denominator are added as whole numbers;
    the totals are then joined two and two.
    """

    __slots__ = ("_numerators",)

    def __init__(self):
        self._numerators = defaultdict(int)

    def add(self, term: Fraction) -> None:
        self._numerators[term.denominator] += term.numerator

    def total(self) -> tuple[int, int]:
        """Numerator and denominator, not reduced: the common divisor would cost most of all."""
        parts = [(top, bottom) for bottom, top in self._numerators.items()] or [(0, 1)]
        while len(parts) > 1:
            odd = parts[-1:] if len(parts) % 2 else []
            pairs = zip(parts[::2], parts[1::2], strict=False)
            parts = [(a * d + c * b, b * d) for (a, b), (c, d) in pairs] + odd
        return parts[0]
