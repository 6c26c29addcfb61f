from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from digistrategia import late_measurements
from metrics.kpis.late import day_of
from metrics.kpis.months import measured_months
from roadmap.access import require, visible_strategy
from roadmap.permissions import MANAGE_KPIS


@require_safe
def late_list(request, slug):
    """Late measurements of KPIs, with their owners and whether those were told."""
    strategy = visible_strategy(request, slug)
    require(request, MANAGE_KPIS)
    today = day_of(strategy, measured_months(strategy).first(), timezone.localdate())
    rows = late_measurements.listing(strategy, today)
    context = {"strategy": strategy, "section": "kpis", "rows": rows}
    return render(request, "digistrategia/late_list.html", context)
