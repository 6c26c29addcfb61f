"""What the page of one measurement shows: the numbers that stand, those before, what comes next."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from metrics.kpis import amounts, period_names
from metrics.kpis.achievement import outcomes
from metrics.kpis.checks import earlier, number_name, period_fault, questions
from metrics.kpis.entering import enterable, expected
from metrics.kpis.measuring import missing, numbers_by_period
from metrics.kpis.periods import Month, Period, last_month
from metrics.kpis.reasons import reason
from metrics.models import Kpi, Measurement, targets_of
from roadmap import formats


@dataclass(frozen=True)
class Version:
    """One version of a measurement, as the list of versions shows it."""

    row: Measurement
    named: list[tuple[str, str]]  # the numbers, each with what it is called
    value: str

    @classmethod
    def of(cls, kpi: Kpi, row: Measurement) -> "Version":
        if row.withdrawn:
            return cls(row, [], "")
        numbers = zip(kpi.numbers, row.numbers, strict=True)
        named = [(number_name(kpi, name), formats.value(number)) for name, number in numbers]
        return cls(row, named, amounts.reading(kpi, kpi.rule.reading(row.numbers)))


@dataclass(frozen=True)
class Preview:
    """What numbers come to: the light, the value in words, and the reason for the light."""

    light: str
    value: str
    says: str


@dataclass
class MeasurementPage:
    """One KPI in one period. `today` is the day in Helsinki; the KPI is selected with its group."""

    kpi: Kpi
    period: Period
    today: date

    @property
    def name(self) -> str:
        return period_names.name(self.period)

    @property
    def month(self) -> Month:
        """The month in whose grid it stands, or the running one while its quarter is not over."""
        return min(last_month(self.period), Month.of(self.today))

    @property
    def month_name(self) -> str:
        return period_names.name(self.month)

    @property
    def number_names(self) -> list[str]:
        return [number_name(self.kpi, name) for name in self.kpi.numbers]

    @cached_property
    def _rows(self) -> list[Measurement]:
        """The versions of this period and of the one before, the newest first; one query."""
        near = self.kpi.measurements.filter(period__in=[self.period, self.before_period])
        return list(near.select_related("user", "token").order_by("-version"))

    @property
    def versions(self) -> list[Version]:
        return [Version.of(self.kpi, row) for row in self._rows if row.period == self.period]

    @property
    def stands(self) -> Measurement | None:
        """The version that counts, a withdrawn one too; None where there never was any."""
        return next((row for row in self._rows if row.period == self.period), None)

    @property
    def is_measured(self) -> bool:
        return self.stands is not None and not self.stands.withdrawn

    @property
    def before_period(self) -> Period:
        return self.period.previous

    @property
    def before(self) -> Measurement | None:
        found = next((row for row in self._rows if row.period == self.before_period), None)
        return None if found is None or found.withdrawn else found

    @property
    def before_name(self) -> str:
        return period_names.name(self.before_period)

    @property
    def before_value(self) -> str:
        """What the period before came to, in words; empty where there is no value to show."""
        if self.before is None:
            return ""
        return amounts.reading(self.kpi, self.kpi.rule.reading(self.before.numbers))

    @property
    def neighbours(self) -> dict[str, tuple[Period, str] | None]:
        """The periods beside this one in which something can be entered, with their names."""
        found = {}
        beside = {"before": self.period.previous, "after": self.period.following}
        for name, period in beside.items():
            fault = period_fault(self.kpi, period, self.today)
            found[name] = None if fault else (period, period_names.name(period))
        return found

    # --- the rule -----------------------------------------------------------------------------

    @cached_property
    def _targets(self):
        return targets_of(self.kpi, list(self.kpi.targets.values_list("period", "value")))

    @property
    def target(self) -> str:
        found = self._targets.at(self.period.ordinal)
        return "" if found is None else amounts.target(self.kpi, found)

    def preview(self, numbers: tuple | None) -> Preview | None:
        """What numbers come to, which must be without fault; None for none."""
        if numbers is None:
            return None
        kpi, limits = self.kpi, self.kpi.strategy.limits
        reading = kpi.rule.reading(numbers)
        measured = [(self.period.ordinal, numbers)]
        (outcome,) = outcomes(kpi.rule, measured, self._targets, limits)
        says = reason(kpi, outcome, reading.value, limits).finding
        return Preview(outcome.light, amounts.reading(kpi, reading), says)

    @property
    def preview_now(self) -> Preview | None:
        return self.preview(self.stands.numbers) if self.is_measured else None

    def questions(self, numbers: tuple) -> list[str]:
        """What looks like a slip in numbers without fault; nothing where they stand already."""
        if self.is_measured and self.stands.numbers == numbers:
            return []
        known = numbers_by_period([self.kpi.pk])[self.kpi.pk]
        return questions(self.kpi, numbers, earlier(known, self.period))

    # --- around the form ----------------------------------------------------------------------

    @property
    def hints(self) -> dict[str, str]:
        """Under each number, what it was in the period before."""
        if self.before is None:
            return {}
        return {
            number: f"{self.before_name}: {formats.value(value)}"
            for number, value in zip(self.kpi.numbers, self.before.numbers, strict=True)
        }

    def next(self, user) -> tuple[Kpi, Period] | None:
        """The next KPI in the dashboard's order that has nothing yet in this period."""
        pairs = expected(enterable(user, self.kpi.strategy), self.month, self.today)
        lacking = [kpi.pk for kpi, _period in missing(pairs)]
        place = next((n for n, (kpi, _p) in enumerate(pairs) if kpi.pk == self.kpi.pk), -1)
        around = pairs[place + 1 :] + pairs[: max(place, 0)]
        return next(((kpi, period) for kpi, period in around if kpi.pk in lacking), None)
