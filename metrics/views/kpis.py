from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from metrics.charts import trend_chart, years_chart
from metrics.kpis import export, meter
from metrics.kpis.computing import is_behind
from metrics.kpis.dashboard import dashboard, late_line
from metrics.kpis.kpi_page import kpi_view, visible_kpi
from metrics.kpis.standings import of_kpi
from metrics.views.files import csv_file
from roadmap.access import visible_strategy
from roadmap.permissions import MEASURE


@require_safe
def kpi_list(request, slug):
    """The dashboard."""
    strategy = visible_strategy(request, slug)
    view = dashboard(strategy, request.GET.get("month"))
    context = {
        "section": "kpis",
        "strategy": strategy,
        "view": view,
        "late": late_line(view),
        "may_enter": any(request.user.has_perm(MEASURE, kpi) for kpi in view.kpis),
    }
    return render(request, "metrics/kpi_list.html", context)


@require_safe
def kpi_list_export(request, slug):
    strategy = visible_strategy(request, slug)
    view = dashboard(strategy, request.GET.get("month"))
    month = f"-{view.month}" if view.month else ""
    return csv_file(export.month_table(view), f"mittarit-{strategy.slug}{month}.csv")


@require_safe
def kpi_freshness(request, slug):
    """Asked by a page whose figures are behind: tells it when there are new ones."""
    strategy = visible_strategy(request, slug)
    response = HttpResponse(status=204)
    groups = strategy.kpi_groups.exclude(kpis=None).select_related("computation")
    if not any(is_behind(group, strategy.limits) for group in groups):
        response.headers["HX-Trigger"] = "figures-ready"
    return response


@require_safe
def kpi_detail(request, slug, kpi):
    strategy = visible_strategy(request, slug)
    kpi = visible_kpi(strategy, kpi)
    view = kpi_view(kpi, request.GET.get("period"))
    by_year = request.GET.get("by") == "year"
    context = {
        "section": "kpis",
        "strategy": strategy,
        "kpi": kpi,
        "view": view,
        "by_year": by_year,
        "may_measure": request.user.has_perm(MEASURE, kpi),
    }
    if view.period:
        context["meter"], context["meter_lines"] = meter.meter(view), meter.lines(view)
        context["chart"] = years_chart(view) if by_year else trend_chart(view)
    return render(request, "metrics/kpi_detail.html", context)


@require_safe
def kpi_export(request, slug, kpi):
    strategy = visible_strategy(request, slug)
    kpi = visible_kpi(strategy, kpi)
    table = export.kpi_table(kpi, of_kpi(kpi).values(), strategy.limits)
    return csv_file(table, f"{kpi.slug}-{strategy.slug}.csv")
