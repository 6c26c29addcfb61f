"""The KPIs as tables for Excel: a month of all of them, or all periods of one.

The rows are made at once, in the language of the request: there are few of them.
"""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from metrics.kpis import amounts
from metrics.kpis.dashboard import Dashboard
from metrics.kpis.periods import Period
from metrics.kpis.reasons import not_measured, reason
from metrics.kpis.standings import Standing
from metrics.models import ALL_NUMBERS, Kpi
from metrics.tables import Table, Value
from roadmap.record import number
from roadmap.templatetags.roadmap import light_word
from roadmap.traffic_light import Limits

_COUNTS = tuple(name for name in ALL_NUMBERS if name != "value")


def month_table(view: Dashboard) -> Table:
    """Every KPI that is followed in the month, in the order of the dashboard."""
    groups = {group.pk: str(group) for group in view.groups}
    headings = [_("Code"), _("KPI"), _("Group"), *_headings(), _("Reason")]
    rows = [
        [kpi.slug, str(kpi), groups[kpi.group_id], *_cells(kpi, period, standing), why]
        for kpi, period, standing in view.entries
        for why in [_why(kpi, period, standing, view)]
    ]
    return Table(headings, iter(rows))


def kpi_table(kpi: Kpi, standings: Iterable[Standing], limits: Limits) -> Table:
    """Every measured period of a KPI, in the order of time."""
    rows = [
        [
            *_cells(kpi, standing.period, standing),
            reason(kpi, standing, standing.exact(kpi), limits).finding,
        ]
        for standing in standings
    ]
    return Table([*_headings(), _("Reason")], iter(rows))


def _why(kpi: Kpi, period: Period, standing: Standing | None, view: Dashboard) -> str:
    if standing is None:
        return not_measured(kpi, period, view.today)
    return reason(kpi, standing, standing.exact(kpi), view.strategy.limits).finding


def _headings() -> list[str]:
    return [
        *(_("Period"), _("Value"), _("Unit"), _("Numerator"), _("Denominator")),
        *(_("Promoters"), _("Passives"), _("Detractors"), _("Answers"), _("Margin of error")),
        *(_("Target"), _("Percent"), _("Light"), pgettext("difference", "Change")),
    ]


def _cells(kpi: Kpi, period: Period, standing: Standing | None) -> list[Value]:
    if standing is None:
        no_result = light_word("none", _("No result"))
        return [str(period), None, amounts.unit(kpi), *[None] * 9, no_result, None]
    counts = dict.fromkeys(_COUNTS)
    if not standing.is_hidden:
        counts |= {
            name: value
            for name, value in zip(kpi.numbers, standing.of_kind(kpi), strict=True)
            if name in counts
        }
    return [
        str(period),
        _plain(standing.value),
        amounts.unit(kpi),
        *(_plain(value) for value in counts.values()),
        standing.n,
        standing.margin,
        amounts.goal(kpi, standing, standing.exact(kpi)),
        standing.percent,
        light_word(standing.light, _("No result")),
        _plain(standing.change),
    ]


def _plain(value: Value) -> Value:
    """A number without the noughts that its column pads it with."""
    return number(value) if isinstance(value, Decimal) else value
