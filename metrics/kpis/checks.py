"""What may be entered as a measurement: the one place that decides it for forms, files and
automations.

Faults are `Said`: a file's are kept, and said again in the language of whoever reads them.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import islice

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from metrics.kpis import amounts
from metrics.kpis.achievement import Kind
from metrics.kpis.periods import Period, last_month
from metrics.kpis.plausible import LOOKED_BACK, is_leap, is_unlike
from metrics.models import Frequency, Kpi
from roadmap import formats
from roadmap.workbook.faults import say
from roadmap.workbook.fields import within_bounds

LARGEST = Decimal(10) ** 15
LARGEST_VALUE = LARGEST / 2  # so that the difference of two has room in its column as well
# Steps of a value that are never asked about: percent, points of NPS, a fifth of a plain value.
SMALL_STEPS = {Kind.RATE: 10, Kind.NPS: 30}
SMALL_SHARE = Fraction(1, 5)


def period_fault(kpi: Kpi, period: Period, today: date) -> str:
    """Why nothing can be entered for a period; empty where it can. `today` is the day in Helsinki.

    A period that has begun is not a future one: automations send the running month.
    """
    if not isinstance(period, kpi.period_type):
        if kpi.frequency == Frequency.MONTH:
            return say(gettext_noop("this KPI is measured by the month, for example 2022-07"))
        return say(gettext_noop("this KPI is measured by the quarter, for example 2022Q3"))
    if period.first_day > today:
        return say(gettext_noop("the period has not begun yet"))
    month = last_month(period)
    if month < kpi.first_month:
        sentence = gettext_noop("the KPI is followed only from %(month)s on")
        return say(sentence, month=str(kpi.first_month))
    if kpi.last_month and month > kpi.last_month:
        sentence = gettext_noop("the KPI is no longer followed after %(month)s")
        return say(sentence, month=str(kpi.last_month))
    return ""


def number_faults(kpi: Kpi, numbers: Mapping[str, Decimal | None]) -> dict[str, str]:
    """What is wrong with the numbers, by their names; `numbers` has all of the KPI's kind."""
    faults = {}
    for name in kpi.numbers:
        if fault := _number_fault(kpi, numbers.get(name)):
            faults[name] = fault
    if not faults and kpi.kind == Kind.RATE:
        numerator, denominator = numbers["numerator"], numbers["denominator"]
        if kpi.is_part and numerator > denominator:
            sentence = gettext_noop("the numerator is a part of the denominator: at most %(most)s")
            faults["numerator"] = say(sentence, most=formats.value(denominator))
        elif numerator and not denominator:
            sentence = gettext_noop("nought only where the numerator is nought, too")
            faults["denominator"] = say(sentence)
    if not faults and _is_too_large(kpi, numbers):
        faults[kpi.numbers[0]] = say(gettext_noop("a smaller number: the value would be too large"))
    return faults


def fault_of(kpi: Kpi, numbers: tuple) -> str:
    """The first fault of the numbers of a measurement, in the order of the rule; empty for none."""
    named = zip(kpi.numbers, map(Decimal, numbers), strict=True)
    return next(iter(number_faults(kpi, dict(named)).values()), "")


def _is_too_large(kpi: Kpi, numbers: Mapping[str, Decimal]) -> bool:
    value = kpi.rule.reading(tuple(numbers[name] for name in kpi.numbers)).value
    return value is not None and abs(value) >= LARGEST_VALUE


def _number_fault(kpi: Kpi, number: Decimal | None) -> str:
    if number is None:
        return say(gettext_noop("write the number"))
    if abs(number) >= LARGEST:
        return say(gettext_noop("a smaller number, of at most 15 digits"))
    try:
        within_bounds(Decimal(number))
    except ValueError as error:  # digits that no spreadsheet would give back
        return error.args[0]
    is_count = kpi.kind != Kind.VALUE
    if number < 0 and (is_count or kpi.lower_is_better):
        return say(gettext_noop("a number that is not below nought"))
    if (kpi.kind == Kind.NPS or kpi.whole_counts) and number != number.to_integral_value():
        return say(gettext_noop("a whole number"))
    return ""


def earlier(known: Mapping[Period, tuple], period: Period) -> list[tuple]:
    """Of the numbers of a KPI's periods those before one, in the order of time."""
    return [known[one] for one in sorted(known) if one < period]


def questions(kpi: Kpi, numbers: tuple, before: list[tuple]) -> list[str]:
    """What looks like a slip, as questions; `before` are the numbers of `earlier` periods.

    Nothing where there is nothing to ask. The numbers must be without fault.
    """
    counts = []
    if kpi.kind == Kind.RATE:
        counts = [
            (number_name(kpi, name), numbers[place], [one[place] for one in before])
            for place, name in enumerate(kpi.numbers)
        ]
    elif kpi.kind == Kind.NPS:  # its parts are small and move much: it is the sum that tells
        counts = [(_("number of answers"), sum(numbers), [sum(one) for one in before])]
    asked = [
        _("%(name)s: %(value)s; the last one was %(last)s.")
        % {"name": name, "value": formats.value(count), "last": formats.value(earlier[-1])}
        for name, count, earlier in counts
        if is_unlike(count, earlier)
    ]
    return asked or _leap(kpi, numbers, before)


def _leap(kpi: Kpi, numbers: tuple, before: list[tuple]) -> list[str]:
    rule = kpi.rule
    value = rule.reading(numbers).value
    readings = (rule.reading(numbers).value for numbers in reversed(before))
    earlier = list(islice((one for one in readings if one is not None), LOOKED_BACK))[::-1]
    if value is None or not earlier:
        return []
    small = SMALL_STEPS.get(Kind(kpi.kind), abs(earlier[-1]) * SMALL_SHARE)
    if not is_leap(value, earlier, small):
        return []
    last, now = (amounts.amount(kpi, amounts.cut(kpi, one)) for one in (earlier[-1], value))
    return [_("The KPI would go from %(last)s to %(value)s.") % {"last": last, "value": now}]


def number_name(kpi: Kpi, name: str) -> str:
    """What a number of a KPI is called, for people."""
    own = {"numerator": kpi.numerator_name, "denominator": kpi.denominator_name}.get(name)
    return (
        str(own or "")
        or {
            "numerator": _("numerator"),
            "denominator": _("denominator"),
            "promoters": _("promoters (9–10)"),
            "passives": _("passives (7–8)"),
            "detractors": _("detractors (0–6)"),
            "value": str(kpi.unit) or _("value"),
        }[name]
    )
