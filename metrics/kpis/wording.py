"""Values of KPIs and how they stand, as people read them."""

from fractions import Fraction

from django.utils.translation import gettext as _

from metrics.kpis.achievement import Kind, Outcome, Reading, Why, shown
from metrics.models import Kpi
from roadmap import formats
from roadmap.templatetags.roadmap import light_words


def reading_in_words(kpi: Kpi, reading: Reading) -> str:
    """79,2 %, +13 (n = 356, ±8) or 4,5 min; empty where there is no value to show."""
    if reading.value is None:
        return ""
    value = value_in_words(kpi, shown(reading.value, kpi.decimals, kpi.lower_is_better))
    if kpi.kind != Kind.NPS:
        return value
    return _("%(value)s (n = %(n)s, ±%(margin)s)") % {
        "value": value,
        "n": formats.value(reading.n),
        "margin": reading.margin,
    }


def value_in_words(kpi: Kpi, value: Fraction) -> str:
    """A value or target in the KPI's unit: 85,0 %, +20 or 4,5 min."""
    if kpi.kind == Kind.NPS:
        return ("+" if value > 0 else "") + formats.value(formats.as_decimal(value, kpi.decimals))
    whole, _comma, decimals = formats.value(formats.as_decimal(value, kpi.decimals)).partition(",")
    number = f"{whole},{decimals:0<{kpi.decimals}}" if kpi.decimals else whole
    unit = "%" if kpi.kind == Kind.RATE else str(kpi.unit)
    return f"{number}{formats.NBSP}{unit}" if unit else number


def standing_in_words(kpi: Kpi, outcome: Outcome) -> str:
    """How a value stands against its target, or why nothing can be said of it."""
    if outcome.percent is not None:
        return _("%(percent)s of the way to the target %(target)s: %(light)s") % {
            "percent": formats.percent(outcome.percent),
            "target": value_in_words(kpi, outcome.target),
            "light": light_words(outcome.light),
        }
    if outcome.why == Why.TOO_FEW:
        return _("%(n)s answers are fewer than %(minimum)s: others do not see them") % {
            "n": formats.value(outcome.n),
            "minimum": formats.value(kpi.minimum),
        }
    return {
        Why.NOTHING: _("there is nothing to measure"),
        Why.NO_TARGET: _("there is no target for this period"),
        Why.AT_FLOOR: _("the target is the lowest value of the scale"),
        Why.AT_BEST: _("nothing can be better"),
    }[outcome.why]
