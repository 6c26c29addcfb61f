from django.shortcuts import render
from django.views.decorators.http import require_safe

from digistrategia import late_measurements
from roadmap.access import require, visible_strategy
from roadmap.permissions import MANAGE_KPIS


@require_safe
def late_list(request, slug):
    """Late measurements of KPIs, with their owners and whether those were told."""
    strategy = visible_strategy(request, slug)
    require(request, MANAGE_KPIS)
    rows = late_measurements.listing(strategy, late_measurements.day_of(strategy))
    context = {"strategy": strategy, "section": "kpis", "rows": rows}
    return render(request, "digistrategia/late_list.html", context)
