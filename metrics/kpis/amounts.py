"""How the values of a KPI are written: with its decimals, its sign and its unit."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import count

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metrics.kpis.achievement import Kind, Reading, shown
from metrics.models import Kpi
from roadmap import formats

TARGET = 100  # percent
EXTRA = 6  # decimals beside the KPI's own that a reckoning may need to come out


def places(kpi: Kpi) -> int:
    """Its decimals; an NPS is whole, whatever they say."""
    return 0 if kpi.kind == Kind.NPS else kpi.decimals


def unit(kpi: Kpi) -> str:
    if kpi.kind == Kind.VALUE:
        return str(kpi.unit)
    return "%" if kpi.kind == Kind.RATE else ""


def figure(kpi: Kpi, value: Decimal, extra: int = 0) -> str:
    """The number alone: 79,2 or +13. `value` is cut to the KPI's decimals already."""
    if kpi.kind == Kind.NPS:
        return formats.signed(value, 0)
    return formats.fixed(value, kpi.decimals + extra)


def amount(kpi: Kpi, value: Decimal, extra: int = 0) -> str:
    """The number with its unit: 79,2 %, +13, 4,5 min."""
    return with_unit(kpi, figure(kpi, value, extra))


def target(kpi: Kpi, value: Decimal | Fraction) -> str:
    """A target, which has as many decimals as it needs, and at most the KPI's: 85 %, 35,2 %, +20.

    It is rounded: a line between two points seldom stands at a round number.
    """
    return bound(kpi, rounded(kpi, value))


def bound(kpi: Kpi, written: Decimal) -> str:
    """What a value is held against, with the decimals that it has: 85 %, 83,33 %, +20."""
    text = formats.value(written)
    return with_unit(kpi, f"+{text}" if kpi.kind == Kind.NPS and written > 0 else text)


def with_unit(kpi: Kpi, text: str) -> str:
    return f"{text}{formats.NBSP}{unit(kpi)}" if unit(kpi) else text


def change(kpi: Kpi, difference: Decimal) -> tuple[str, str]:
    """+2,1 and what it is counted in: percentage points, points of NPS, the KPI's own unit."""
    return formats.signed(difference, places(kpi)), step_unit(kpi, difference)


def step_unit(kpi: Kpi, difference: Decimal) -> str:
    if kpi.kind == Kind.RATE:
        return _("percentage points")
    if kpi.kind == Kind.NPS:
        return ngettext("point", "points", 1 if abs(difference) == 1 else 2)
    return str(kpi.unit)


def cut(kpi: Kpi, value: Fraction, extra: int = 0) -> Decimal:
    """A value as it is shown: never to the better side."""
    decimals = places(kpi) + extra
    return formats.as_decimal(shown(value, decimals, kpi.lower_is_better), decimals)


def enough(kpi: Kpi, value: Fraction, extra: int = 0) -> Decimal:
    """A value that has to be reached: to the better side, so that reaching it is enough."""
    decimals = places(kpi) + extra
    return formats.as_decimal(shown(value, decimals, not kpi.lower_is_better), decimals)


def rounded(kpi: Kpi, value: Decimal | Fraction, extra: int = 0) -> Decimal:
    return formats.as_decimal(Fraction(value), places(kpi) + extra)


def reading(kpi: Kpi, read: Reading) -> str:
    """79,2 %, +13 (n = 356, ±8) or 4,5 min; empty where there is no value to show."""
    if read.value is None:
        return ""
    value = amount(kpi, cut(kpi, read.value))
    if kpi.kind != Kind.NPS:
        return value
    words = {"value": value, "n": formats.value(read.n), "margin": read.margin}
    return _("%(value)s (n = %(n)s, ±%(margin)s)") % words


def pencil(kpi: Kpi, status, exact: Fraction) -> tuple[str, str]:
    """Value and target, written so that a reader who reckons with them comes to the percent.

    `exact` is the value before it was cut; its own decimals are mostly enough: 79,2 % and 85 %.
    """
    for extra, value, wanted in _tries(kpi, exact, Fraction(status.target)):
        if kpi.rule.percent(value, wanted) == status.percent:
            return amount(kpi, value, extra), bound(kpi, wanted)
    return amount(kpi, cut(kpi, exact)), bound(kpi, goal(kpi, status, exact))


def _tries(kpi: Kpi, value: Fraction, target: Fraction) -> Iterator[tuple[int, Decimal, Decimal]]:
    for extra, wanted in _written(kpi, target):
        yield extra, cut(kpi, value, extra), wanted
    # No cut value comes to a percent that is whole, as 51 of 1 / 1.9607…: 1.96 does.
    for extra in range(EXTRA + 1):
        yield extra, enough(kpi, value, extra), cut(kpi, target, extra)


def goal(kpi: Kpi, status, exact: Fraction | None) -> Decimal | None:
    """The target of a period as it is written beside its value; None where there is none.

    Rounded, unless that stands on another side of the value than the light says.
    """
    if status.target is None:
        return None
    if exact is None or status.percent is None:
        return rounded(kpi, status.target)
    is_reached, value = status.percent >= TARGET, cut(kpi, exact)
    for _extra, wanted in _written(kpi, Fraction(status.target)):
        if kpi.rule.reaches(value, wanted) == is_reached:
            return wanted
    return enough(kpi, Fraction(status.target))


def _written(kpi: Kpi, target: Fraction) -> Iterator[tuple[int, Decimal]]:
    """A target with more and more decimals; cut, as values are, where rounding it misleads."""
    for extra in range(EXTRA + 1):
        yield extra, rounded(kpi, target, extra)
        yield extra, cut(kpi, target, extra)


def difference(kpi: Kpi, value: Fraction, target: Fraction) -> Decimal:
    """How far a value is from its target, as the two are written.

    It has more decimals where the KPI's own do not tell on which side of the target the value is.
    """
    gap = value - target
    if not gap:
        return Decimal(0)
    written = (cut(kpi, value, extra) - rounded(kpi, target, extra) for extra in count())
    return next(one for one in written if _sign(one) == _sign(gap))


def apart(
    kpi: Kpi, values: list[Fraction], target: Fraction, limits: list[Fraction]
) -> tuple[int, list[Decimal]]:
    """How many more decimals the values need to be told from the target and the limits.

    With that target and those limits, as they are written then: equal is written as equal, and
    what is on one side of another stands on that side of it.
    """
    bounds = [target, *limits]
    return next(
        (extra, written)
        for extra in count()
        for written in (
            [rounded(kpi, target, extra), *(enough(kpi, limit, extra) for limit in limits)],
            [cut(kpi, bound, extra) for bound in bounds],
        )
        if _are_told(kpi, values, bounds, written, extra)
    )


def _are_told(kpi: Kpi, values, bounds, written, extra: int) -> bool:
    return all(
        _sign(cut(kpi, value, extra) - as_written) == _sign(value - bound)
        for value in values
        for bound, as_written in zip(bounds, written, strict=True)
    )


def _sign(number: Decimal | Fraction) -> int:
    return (number > 0) - (number < 0)
