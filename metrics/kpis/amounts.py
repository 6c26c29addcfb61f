"""How the values of a KPI are written: with its decimals, its sign and its unit."""

from decimal import Decimal
from fractions import Fraction
from math import floor

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metrics.kpis.achievement import Kind, Reading, shown
from metrics.models import Kpi
from roadmap import formats

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


def target(kpi: Kpi, value: Decimal | Fraction, extra: int = 0) -> str:
    """A target, which has as many decimals as it needs, and at most the KPI's: 85 %, 35,2 %, +20.

    It is rounded: a line between two points seldom stands at a round number.
    """
    rounded = formats.as_decimal(Fraction(value), places(kpi) + extra)
    text = formats.value(rounded)
    return with_unit(kpi, f"+{text}" if kpi.kind == Kind.NPS and rounded > 0 else text)


def with_unit(kpi: Kpi, text: str) -> str:
    return f"{text}{formats.NBSP}{unit(kpi)}" if unit(kpi) else text


def change(kpi: Kpi, difference: Decimal) -> tuple[str, str]:
    """+2,1 and what it is counted in: percentage points, points of NPS, the KPI's own unit."""
    return formats.signed(difference, places(kpi)), step_unit(kpi, difference)


def step_unit(kpi: Kpi, difference: Decimal) -> str:
    if kpi.kind == Kind.RATE:
        return _("percentage points")
    if kpi.kind == Kind.NPS:
        return ngettext("point", "points", abs(int(difference)))
    return str(kpi.unit)


def cut(kpi: Kpi, value: Fraction, extra: int = 0) -> Decimal:
    """A value as it is shown: never to the better side."""
    decimals = places(kpi) + extra
    return formats.as_decimal(shown(value, decimals, kpi.lower_is_better), decimals)


def enough(kpi: Kpi, value: Fraction) -> Decimal:
    """A value that has to be reached: to the better side, so that reaching it is enough."""
    return formats.as_decimal(shown(value, places(kpi), not kpi.lower_is_better), places(kpi))


def reading(kpi: Kpi, read: Reading) -> str:
    """79,2 %, +13 (n = 356, ±8) or 4,5 min; empty where there is no value to show."""
    if read.value is None:
        return ""
    value = amount(kpi, cut(kpi, read.value))
    if kpi.kind != Kind.NPS:
        return value
    words = {"value": value, "n": formats.value(read.n), "margin": read.margin}
    return _("%(value)s (n = %(n)s, ±%(margin)s)") % words


def pencil(kpi: Kpi, value: Fraction, goal: Fraction, percent: int) -> tuple[str, str]:
    """Value and target, written so that a reader who reckons with them comes to `percent`.

    `value` is exact; its own decimals are mostly enough: 79,2 % and 85 %.
    """
    for extra in range(EXTRA + 1):
        written = cut(kpi, value, extra)
        wanted = formats.as_decimal(Fraction(goal), places(kpi) + extra)
        reached = kpi.rule.share(written, wanted)
        if reached is not None and max(0, floor(100 * reached)) == percent:
            break
    return amount(kpi, written, extra), target(kpi, goal, extra)
