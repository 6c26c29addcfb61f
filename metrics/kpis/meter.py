"""The meter of a KPI: one period on the scale, with its numbers; drawn, and as a table."""

from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from metrics.kpis import amounts, drawings, period_names
from metrics.kpis.kpi_page import KpiView
from roadmap import formats
from roadmap.templatetags.roadmap import light_words
from roadmap.traffic_light import Light


class Line(NamedTuple):
    """A row of the meter's table."""

    name: str
    value: str
    percent: str  # of the target


def meter(view: KpiView) -> str:
    """The drawing; empty where there is neither value nor target to draw."""
    standing, axis = view.now.standing, view.axis
    if standing is None or standing.target is None or view.marks.now is None:
        return ""
    before = view.before and view.before.standing
    limits = [
        (place, amounts.amount(view.kpi, value))
        for limit, place in axis.limit_places
        if (value := _limit_value(view, limit)) is not None
    ]
    words = drawings.MeterWords(
        now=_at(view, standing),
        before=_at(view, before) if before and before.value is not None else "",
        limits=limits,
        target=_("target %s") % amounts.target(view.kpi, standing.target),
        parts=_parts(view),
        says="; ".join(f"{line.name}: {line.value} ({line.percent})" for line in lines(view)),
    )
    return drawings.axis_symbol(axis) + drawings.meter(axis, view.marks, words)


def _at(view: KpiView, standing) -> str:
    text = (
        f"{period_names.without_year(standing.period)} {amounts.amount(view.kpi, standing.value)}"
    )
    is_now = standing.period == view.period
    return f"{text} ({view.margin})" if is_now and view.margin else text


def _limit_value(view: KpiView, percent: int) -> Decimal | None:
    value = view.kpi.rule.value_at(percent, view.now.standing.target)
    return None if value is None else amounts.enough(view.kpi, value)


def _parts(view: KpiView) -> list[tuple[float, str, str]]:
    limits = view.axis.limits
    begins = [
        (Light.RED, 0.0),
        (Light.YELLOW, view.axis.place(limits.yellow)),
        (Light.GREEN, view.axis.place(limits.green)),
    ]
    return [(place, light.value, light_words(light)) for light, place in begins]


def lines(view: KpiView) -> list[Line]:
    """The data of the meter: the periods, the limits, the target, the ends of the margin."""
    standing, kpi = view.now.standing, view.kpi
    if standing is None or standing.target is None or standing.value is None:
        return []
    before = view.before and view.before.standing
    found = [_line(view, period_names.name(standing.period), standing.value)]
    if before and before.value is not None:
        found.append(_line(view, period_names.name(before.period), before.value))
    if standing.margin:
        low = max(Decimal(-100), standing.value - standing.margin)
        high = min(Decimal(100), standing.value + standing.margin)
        found.append(_line(view, _("lower end of the margin of error"), low))
        found.append(_line(view, _("upper end of the margin of error"), high))
    names = {view.axis.limits.yellow: _("yellow begins"), view.axis.limits.green: _("green begins")}
    for percent, _place in view.axis.limit_places:
        if (value := _limit_value(view, percent)) is not None:
            found.append(Line(names[percent], amounts.amount(kpi, value), formats.percent(percent)))
    found.append(Line(_("target"), amounts.target(kpi, standing.target), formats.percent(100)))
    return found


def _line(view: KpiView, name: str, value: Decimal) -> Line:
    share = view.kpi.rule.share(value, view.now.standing.target)
    percent = "" if share is None else formats.percent(max(0, (100 * share).__floor__()))
    return Line(name, amounts.amount(view.kpi, value), percent)
