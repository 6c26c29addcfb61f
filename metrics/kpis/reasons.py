"""Why a KPI's light is what it is: one sentence that can be checked with a pencil."""

from datetime import date
from fractions import Fraction

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from metrics.kpis import amounts, period_names
from metrics.kpis.achievement import Kind, Why
from metrics.kpis.late import due_day
from metrics.kpis.periods import Month, Period
from metrics.models import Kpi
from metrics.reasons import Reason, colour_word, light_rule
from roadmap import formats
from roadmap.traffic_light import Limits


def reason(kpi: Kpi, status, exact: Fraction | None, limits: Limits) -> Reason:
    """Why `status` (a `KpiStatus`, an `Outcome` or what has their fields) shines as it does.

    `exact` is the value before it was cut for showing; None where there is none.
    """
    if status.percent is None:
        return Reason(_without_percent(kpi, status))
    value, target = amounts.pencil(kpi, status, exact)
    words = {
        "colour": colour_word(status.light),
        "value": value,
        "target": target,
        "percent": formats.percent(status.percent),
    }
    if kpi.kind == Kind.NPS:
        finding = _("%(colour)s: (%(value)s + 100) / (%(target)s + 100) → %(percent)s.") % words
    elif kpi.lower_is_better:
        finding = _("%(colour)s: target %(target)s / %(value)s → %(percent)s.") % words
    else:
        finding = _("%(colour)s: %(value)s / target %(target)s → %(percent)s.") % words
    return Reason(finding, light_rule(status.light, limits))


def _without_percent(kpi: Kpi, status) -> str:
    if status.why == Why.TOO_FEW:
        return _("Hidden: n = %(n)s, and it is shown from %(minimum)s answers on.") % {
            "n": formats.value(status.n),
            "minimum": formats.value(kpi.minimum),
        }
    if status.why == Why.NOTHING:
        if kpi.kind == Kind.NPS:
            return _("No result: nobody answered.")
        return _("No result: there was nothing to count, the denominator is 0.")
    if status.why == Why.AT_BEST:
        return _("Green: nothing can be less, and less is better.")
    if status.why == Why.AT_FLOOR:
        return _("No light: the target is the lowest value of the scale, so there is no way to it.")
    return _("No light: there is no target for this period.")


def not_measured(kpi: Kpi, period: Period, today: date) -> str:
    """That nothing was measured, and until when it should have been."""
    if isinstance(period, Month):
        says = _("The measurement of %(month)s is missing") % {
            "month": period_names.without_year(period)
        }
    else:
        says = _("The measurement of %(quarter)s is missing") % {"quarter": period.label}
    due = due_day(period, kpi.due_days)
    words = {"missing": capfirst(says), "day": formats.day(due)}
    if due < today:
        return _("%(missing)s; it was due on %(day)s.") % words
    return _("%(missing)s, due on %(day)s.") % words
