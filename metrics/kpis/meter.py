"""The meter of a KPI: one period on the scale, with its numbers; drawn, and as a table."""

from dataclasses import dataclass
from fractions import Fraction
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


@dataclass(frozen=True)
class Numbers:
    """What stands on the meter; each limit with its place."""

    now: Line
    before: Line | None
    ends: list[Line]  # of the margin of error
    limits: list[tuple[float, Line]]
    target: Line

    @property
    def lines(self) -> list[Line]:
        before = [self.before] if self.before else []
        limits = [line for _place, line in self.limits]
        return [self.now, *before, *self.ends, *limits, self.target]


def meter(view: KpiView) -> str:
    """The drawing; empty where there is neither value nor target to draw."""
    found = _numbers(view)
    if found is None or view.marks.now is None:
        return ""
    now = f"{period_names.without_year(view.period)} {found.now.value}"
    before = ""
    if found.before:
        before = f"{period_names.without_year(view.before.period)} {found.before.value}"
    words = drawings.MeterWords(
        now=f"{now} ({view.margin})" if view.margin else now,
        before=before,
        limits=[(place, line.value) for place, line in found.limits],
        target=_("target %s") % found.target.value,
        parts=_parts(view),
        says="; ".join(f"{line.name}: {line.value} ({line.percent})" for line in found.lines),
    )
    return drawings.axis_symbol(view.axis) + drawings.meter(view.axis, view.marks, words)


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
    found = _numbers(view)
    return found.lines if found else []


def _numbers(view: KpiView) -> Numbers | None:
    """All of them with as many decimals as tell each value from the target and the limits."""
    standing, kpi, target = view.now.standing, view.kpi, view.target
    now, before = view.now.exact, view.before and view.before.exact
    if now is None or target is None:
        return None
    ends = _ends(now, standing.margin) if standing.margin else []
    limits = [
        (percent, place, value)
        for percent, place in view.axis.limit_places
        if (value := kpi.rule.value_at(percent, target)) is not None
    ]
    values = [value for value in (now, before, *ends) if value is not None]
    extra, (goal, *bounds) = amounts.apart(kpi, values, target, [value for *_rest, value in limits])

    def line(name: str, value: Fraction, percent: int | None) -> Line:
        written = amounts.amount(kpi, amounts.cut(kpi, value, extra), extra)
        return Line(name, written, formats.percent(percent))

    def of_target(name: str, value: Fraction) -> Line:
        return line(name, value, kpi.rule.percent(value, target))

    end_names = [_("lower end of the margin of error"), _("upper end of the margin of error")]
    names = {view.axis.limits.yellow: _("yellow begins"), view.axis.limits.green: _("green begins")}
    return Numbers(
        now=line(period_names.name(view.period), now, standing.percent),
        before=None if before is None else of_target(period_names.name(view.before.period), before),
        ends=[of_target(name, end) for name, end in zip(end_names, ends, strict=False)],
        limits=[
            (place, Line(names[percent], amounts.bound(kpi, bound), formats.percent(percent)))
            for (percent, place, _value), bound in zip(limits, bounds, strict=True)
        ],
        target=Line(_("target"), amounts.bound(kpi, goal), formats.percent(amounts.TARGET)),
    )


def _ends(value: Fraction, margin: int) -> list[Fraction]:
    """An NPS is nowhere below −100 or above +100."""
    return [max(Fraction(-100), value - margin), min(Fraction(100), value + margin)]
