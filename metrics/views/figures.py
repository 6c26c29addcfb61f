from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from metrics import action_export
from metrics import action_list as lists
from metrics.action_page import ActionView, action_view, visible_action
from metrics.charts import plan_chart
from metrics.groups import groups_of
from metrics.kpis.months import glance
from metrics.phase_page import group_rows
from metrics.preview import preview
from metrics.reasons import limits_in_words
from metrics.rule_page import worked_example
from metrics.situation import missing_reports, situation, worst_actions
from metrics.snapshots import is_behind
from metrics.timeline import timeline
from metrics.views.files import csv_file, workbook_file
from roadmap.access import require, visible_strategy
from roadmap.forms.reports import ReportForm
from roadmap.permissions import REPORT
from roadmap.reporting import Overtaken, QuarterNotOpen, report
from roadmap.workbook.fields import parse_number


@require_safe
def situation_page(request, slug):
    strategy = visible_strategy(request, slug, "computation")
    view = situation(strategy, request.GET.get("quarter"))
    context = {
        "section": "situation",
        "strategy": strategy,
        "view": view,
        "line": view.line,
        "is_behind": is_behind(strategy),
        "worst": worst_actions(strategy, view.line),
        "missing": missing_reports(strategy, view.line),
        "kpis": glance(strategy),
        "printed_at": timezone.now(),
    }
    return render(request, "metrics/situation.html", context)


@require_safe
def freshness(request, slug):
    """Asked by a page whose figures are behind: tells it when there are new ones."""
    response = HttpResponse(status=204)
    if not is_behind(visible_strategy(request, slug, "computation")):
        response.headers["HX-Trigger"] = "figures-ready"
    return response


@require_safe
def phase_detail(request, slug, year):
    strategy = visible_strategy(request, slug, "computation")
    view = situation(strategy, request.GET.get("quarter"))
    item = next((item for item in view.phases if item.phase.year == year), None)
    if item is None:
        raise Http404
    now = view.line.now
    themes, areas = group_rows(item.phase, now.quarter) if now else ([], [])
    context = {
        "section": "situation",
        "strategy": strategy,
        "item": item,
        "line": view.line,
        "worst": worst_actions(strategy, view.line, action__phase=item.phase),
        "themes": themes,
        "areas": areas,
        "is_behind": is_behind(strategy),
    }
    return render(request, "metrics/phase_detail.html", context)


@require_safe
def group_list(request, slug):
    strategy = visible_strategy(request, slug, "computation")
    line = timeline(strategy, request.GET.get("quarter"))
    themes, areas = groups_of(strategy, line)
    context = {
        "section": "groups",
        "strategy": strategy,
        "line": line,
        "themes": themes,
        "areas": areas,
        "is_behind": is_behind(strategy),
    }
    return render(request, "metrics/group_list.html", context)


@require_safe
def action_list(request, slug):
    strategy = visible_strategy(request, slug, "computation")
    line = timeline(strategy, request.GET.get("quarter"))
    filters = lists.Filters.read(request.GET)
    choices = lists.options(strategy)
    context = {
        "section": "actions",
        "strategy": strategy,
        "line": line,
        "filters": filters,
        "choices": choices,
        "listing": lists.listing(strategy, line, filters, dict(choices.person)),
        "is_behind": is_behind(strategy),
    }
    # A request for the history of the browser wants the whole page, as does one without htmx.
    part = request.htmx and not request.htmx.history_restore_request
    fragment = "#action-table" if part and request.htmx.target == "action-table" else ""
    response = render(request, f"metrics/action_list.html{fragment}", context)
    # The page and its fragment have one address: the browser must not show one for the other.
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_safe
def action_list_export(request, slug, kind):
    strategy = visible_strategy(request, slug)
    line = timeline(strategy, request.GET.get("quarter"))
    table = action_export.table(strategy, line, lists.Filters.read(request.GET))
    quarter = f"-{line.now.code}" if line.now else ""
    name = f"toimenpiteet-{strategy.slug}{quarter}.{kind}"
    if kind == "csv":
        return csv_file(table, name)
    return workbook_file(partial(action_export.write_workbook, table, _("Actions")), name)


@require_http_methods(["GET", "HEAD", "POST"])
def action_detail(request, slug, code):
    action = visible_action(request, slug, code)
    if request.method == "POST":
        return _report(request, action)
    view = action_view(action, request.GET.get("quarter"))
    return _action_page(request, view, _empty_form(request, view))


def _empty_form(request, view: ActionView) -> ReportForm | None:
    opened = view.line.opened
    if opened is None or not request.user.has_perm(REPORT, view.action):
        return None
    return ReportForm.of(view.point(opened).reported, opened.quarter)


def _action_page(request, view: ActionView, form, overtaken=None, unsaved=None, status=200):
    opened = view.line.opened
    context = {
        "section": "actions",
        "strategy": view.action.strategy,
        "line": view.line,
        "view": view,
        "action": view.action,
        "form": form,
        "overtaken": overtaken,
        "unsaved": unsaved,
        "chart": plan_chart(view),
        "is_behind": is_behind(view.action.strategy),
    }
    if form and opened:
        limits = view.action.strategy.limits
        quarter = opened.quarter.ordinal
        context["hint"] = limits_in_words(view.course, quarter, limits, view.decimals)
        context["open_point"] = view.point(opened)
        context["last"] = view.newest_before(opened.quarter)
    return render(request, "metrics/action_detail.html", context, status=status)


def _report(request, action):
    require(request, REPORT, action)
    data = request.POST.copy()
    if data.get("same"):
        data["value"] = data["same"]
    form = ReportForm(data)
    if not form.is_valid():
        return _action_page(request, action_view(action, None), form, status=422)
    try:
        entry = report(action, user=request.user, **form.reported())
    except QuarterNotOpen:
        view = action_view(action, None)
        return _action_page(request, view, _empty_form(request, view), unsaved=form, status=409)
    except Overtaken as other:
        form.data["version"] = other.entry.version if other.entry else 0
        form.add_error(
            None,
            _(
                "Somebody else reported this action meanwhile. "
                "Both values are shown: choose one and save."
            ),
        )
        view = action_view(action, None)
        return _action_page(request, view, form, overtaken=other.entry, status=409)
    messages.success(request, _("The report for %s was saved.") % entry.quarter.label)
    return redirect("metrics:action-detail", action.strategy.slug, action.code)


@require_safe
def action_light(request, slug, code):
    """The light that a value would give in the open quarter, while it is being typed."""
    action = visible_action(request, slug, code)
    require(request, REPORT, action)
    try:
        value = parse_number(request.GET.get("value", ""))
    except ValueError:
        value = None
    outcome = preview(action, value) if value is not None else None
    return render(request, "metrics/_live_light.html", {"outcome": outcome})


@require_safe
def rule(request, slug):
    strategy = visible_strategy(request, slug, "computation")
    line = timeline(strategy, request.GET.get("quarter"))
    context = {
        "strategy": strategy,
        "line": line,
        "example": worked_example(strategy, line),
        "limits": strategy.limits,
    }
    return render(request, "metrics/rule.html", context)
