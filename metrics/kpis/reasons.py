"""Why a KPI's light is what it is: one sentence that can be checked with a pencil."""

from fractions import Fraction

from django.utils.translation import gettext as _

from metrics.kpis import amounts
from metrics.kpis.achievement import Kind, Why
from metrics.models import Kpi
from metrics.reasons import Reason, colour_word, light_rule
from roadmap import formats
from roadmap.traffic_light import Limits


def reason(kpi: Kpi, status, exact: Fraction | None, limits: Limits) -> Reason:
    """Why `status` (a `KpiStatus`, or what has its fields) shines as it does.

    `exact` is the value before it was cut for showing; None where it is not known any more.
    """
    if status.percent is None:
        return Reason(_without_percent(kpi, status))
    value, target = amounts.pencil(
        kpi, exact if exact is not None else Fraction(status.value), status.target, status.percent
    )
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
