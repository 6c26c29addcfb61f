from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from metrics.forms.targets import TargetsForm
from metrics.kpis import history, targets
from metrics.kpis.kpi_page import visible_kpi
from metrics.views.kpi_settings import (
    ASKS,
    SHOWN_CHANGES,
    form_context,
    managed_strategy,
    says_saved,
    seen_now,
    what_stands,
)
from roadmap.access import read_key
from roadmap.history import Overtaken


@require_http_methods(ASKS)
def kpi_targets(request, slug, kpi):
    """The targets; a look at what they would do to the lights comes before saving, if asked."""
    strategy = managed_strategy(request, slug)
    kpi = visible_kpi(strategy, kpi)
    overtaken, effect, status = [], None, 200
    if request.method == "POST":
        count = read_key(request.POST.get("rows")) or 1
        form, status = TargetsForm(request.POST, kpi=kpi, count=count), 422
        if "more" in request.POST:
            form, status = TargetsForm.longer(request.POST, kpi, count), 200
        elif form.is_valid() and "preview" in request.POST:
            points, is_path = form.cleaned_data["points"], form.cleaned_data["is_path"]
            effect, status = targets.effect_of(kpi, points, is_path, strategy.limits), 200
        elif form.is_valid():
            try:
                messages.success(request, says_saved(kpi, _save_targets(form, kpi, request.user)))
                return redirect("metrics:kpi-targets", strategy.slug, kpi.slug)
            except Overtaken as error:
                kpi, status = error.now, 409
                overtaken = what_stands(kpi)
                form = seen_now(form, kpi, TargetsForm, kpi=kpi, count=count)
    else:
        form = TargetsForm.of(kpi, targets.points_of(kpi), _years(strategy, kpi))
    context = form_context(strategy, form, overtaken, status) | {
        "kpi": kpi,
        "effect": effect,
        "standing": _as_written(kpi) if overtaken else [],
        "lines": history.lines(kpi.changes.all()[:SHOWN_CHANGES]),
    }
    return render(request, "metrics/kpi_targets.html", context, status=status)


def _save_targets(form, kpi, user):
    cleaned = form.cleaned_data
    return targets.save(
        kpi, cleaned["points"], cleaned["is_path"], cleaned["version"], user, kpi.strategy.limits
    )


def _as_written(kpi):
    return [(targets.as_written(period), value) for period, value in targets.points_of(kpi).items()]


def _years(strategy, kpi):
    """The years of the strategy in which the KPI is followed."""
    last = strategy.phase_list[-1].year
    if kpi.last_month:
        last = min(last, kpi.last_month.year)
    return range(kpi.first_month.year, last + 1)
