from datetime import date
from functools import partial, wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from metrics.forms.measurements import (
    MeasurementForm,
    WithdrawalForm,
    confirmed,
    question_key,
)
from metrics.kpis import entering, period_names
from metrics.kpis.checks import period_fault
from metrics.kpis.grid import Grid
from metrics.kpis.grid_pasting import Pasted, paste
from metrics.kpis.kpi_page import visible_kpi
from metrics.kpis.measurement_page import MeasurementPage, Version
from metrics.kpis.measuring import Measured, Outdated, Overtaken, missing, record
from metrics.kpis.periods import Month
from metrics.models import Kpi, Origin
from roadmap.access import require, visible_strategy
from roadmap.permissions import MEASURE


def _checked_anew(view):
    """A KPI may change, or go, while its numbers are checked: they are checked once more."""

    @wraps(view)
    def checked(*args, **kwargs):
        while True:
            try:
                return view(*args, **kwargs)
            except Outdated:
                continue

    return checked


# --- one measurement --------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@_checked_anew
def measurement_edit(request, slug, kpi, period):
    page = _measurement_page(request, slug, kpi, period)
    if request.method == "POST":
        return _save(request, page)
    form = MeasurementForm.of(page.kpi, page.stands, hints=page.hints)
    return _show(request, page, form, preview=page.preview_now)


@require_safe
def measurement_light(request, slug, kpi, period):
    """The value and light that the numbers would give, while they are being typed."""
    page = _measurement_page(request, slug, kpi, period)
    form = MeasurementForm(page.kpi, request.GET)
    preview = page.preview(form.numbers) if form.is_valid() else None
    return render(request, "metrics/_measurement_light.html", {"preview": preview})


@require_http_methods(["GET", "HEAD", "POST"])
@_checked_anew
def measurement_withdraw(request, slug, kpi, period):
    page = _measurement_page(request, slug, kpi, period)
    if page.stands is None:
        raise Http404
    if request.method == "POST":
        return _withdraw(request, page)
    if not page.is_measured:
        return _to(page)
    form = WithdrawalForm(initial={"version": page.stands.version})
    return _show_withdrawal(request, page, form)


def _measurement_page(request, slug, kpi, period) -> MeasurementPage:
    found = _kpi(request, slug, kpi)
    page = MeasurementPage(found, period, timezone.localdate())
    if period_fault(found, period, page.today):
        raise Http404
    return page


def _kpi(request, slug, kpi) -> Kpi:
    found = visible_kpi(visible_strategy(request, slug), kpi)
    require(request, MEASURE, found)
    return found


def _save(request, page):
    form = MeasurementForm(page.kpi, request.POST.copy(), hints=page.hints)
    if not form.is_valid():
        return _show(request, page, form, status=422)
    preview = page.preview(form.numbers)
    key = question_key(page.kpi, page.period, form.numbers)
    asked = [] if key in confirmed(request.POST) else page.questions(form.numbers)
    if asked:
        return _show(request, page, form, 422, preview=preview, questions=asked, asked=key)
    try:
        record([form.measured(page.period)], Origin.FORM, request.user)
    except Overtaken as other:
        # As it stands now, with the version that is before the person's eyes from here on.
        page = MeasurementPage(page.kpi, page.period, page.today)
        form.data["version"] = _version(other)
        return _show(request, page, form, 409, preview=preview, overtaken=True)
    says = _("%(kpi)s, %(period)s, was saved: %(value)s.")
    says %= {"kpi": page.kpi, "period": page.name, "value": preview.value or preview.says}
    messages.success(request, says)
    return _to(page)


def _version(other: Overtaken) -> int:
    (stands,) = other.standing.values()
    return stands.version if stands else 0


def _show(request, page, form, status=200, **more):
    context = {
        "section": "kpis",
        "strategy": page.kpi.strategy,
        "page": page,
        "form": form,
        "next": page.next(request.user) if page.is_measured else None,
        **more,
    }
    return _unkept(render(request, "metrics/measurement_edit.html", context, status=status))


def _withdraw(request, page):
    form = WithdrawalForm(request.POST.copy())
    if not form.is_valid():
        return _show_withdrawal(request, page, form, 422)
    cleaned = form.cleaned_data
    kpi, comment, seen = page.kpi, cleaned["comment"], cleaned["version"]
    wanted = Measured(kpi.pk, page.period, None, comment, seen, checked_by=kpi.version)
    try:
        record([wanted], Origin.FORM, request.user)
    except Overtaken as other:
        page = MeasurementPage(page.kpi, page.period, page.today)
        form.data["version"] = _version(other)
        return _show_withdrawal(request, page, form, 409, overtaken=True)
    says = _("The measurement of %(kpi)s, %(period)s, was taken back.")
    messages.success(request, says % {"kpi": page.kpi, "period": page.name})
    return _to(page)


def _show_withdrawal(request, page, form, status=200, **more):
    context = {
        "section": "kpis",
        "strategy": page.kpi.strategy,
        "page": page,
        "form": form,
        "stands": Version.of(page.kpi, page.stands),
        **more,
    }
    return _unkept(render(request, "metrics/measurement_withdraw.html", context, status=status))


def _to(page):
    kpi = page.kpi
    return redirect("metrics:measurement-edit", kpi.strategy.slug, kpi.slug, page.period)


def _unkept(response):
    response.headers["Cache-Control"] = "no-store"  # Back shows what stands now
    return response


# --- grids ------------------------------------------------------------------------------------


@require_safe
def month_due(request, slug):
    """Leads to the month that is to be entered now, or to the one that was chosen."""
    strategy, kpis = _enterable(request, slug)
    try:
        month = Month.parse(request.GET["month"])
    except (KeyError, ValueError):
        month = entering.month_due(kpis, timezone.localdate())
    return redirect("metrics:month-grid", strategy.slug, month)


@require_safe
def own_kpis(request, slug):
    """A panel of My quarter: what the owner of KPIs has to enter; nothing for anybody else."""
    strategy = visible_strategy(request, slug)
    kpis = [
        one for one in entering.enterable(request.user, strategy) if one.owner_id == request.user.pk
    ]
    if not kpis:
        return HttpResponse(status=204)
    today = timezone.localdate()
    month = entering.month_due(kpis, today)
    context = {
        "strategy": strategy,
        "month": month,
        "month_name": period_names.name(month),
        "missing": missing(entering.expected(kpis, month, today)),
    }
    return render(request, "metrics/own_kpis.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@_checked_anew
def month_grid(request, slug, month):
    strategy, kpis = _enterable(request, slug)
    today = timezone.localdate()
    if month.first_day > today:
        raise Http404
    pairs = entering.expected(kpis, month, today)
    context = {
        "strategy": strategy,
        "title": _("Measurements, %s") % period_names.name(month),
        "months": [(one, period_names.name(one)) for one in entering.months(kpis, today)],
        "month": month,
        "is_month": True,
    }
    rows = [(kpi, period, f"{kpi.pk}-{period}", _title(kpi, period)) for kpi, period in pairs]
    return _answer(request, partial(Grid, rows), context)


def _title(kpi: Kpi, period) -> str:
    """A KPI's name, with its quarter where it is none of the month itself."""
    return str(kpi) if isinstance(period, Month) else f"{kpi}, {period_names.name(period)}"


def _enterable(request, slug):
    strategy = visible_strategy(request, slug)
    kpis = entering.enterable(request.user, strategy)
    if not kpis and not request.user.has_perm(MEASURE):
        raise PermissionDenied
    return strategy, kpis


@require_http_methods(["GET", "HEAD", "POST"])
@_checked_anew
def kpi_grid(request, slug, kpi):
    found = _kpi(request, slug, kpi)
    today = timezone.localdate()
    years = entering.years(found, today)
    year = _year(request, found, years, today)
    context = {
        "strategy": found.strategy,
        "title": f"{found}, {year}" if year else str(found),
        "kpi": found,
        "years": years,
        "year": year,
    }
    periods = entering.periods_of(found, year, today) if year else []
    rows = [(found, period, str(period), period_names.name(period)) for period in periods]
    return _answer(request, partial(Grid, rows), context)


def _year(request, kpi: Kpi, years: list[int], today: date) -> int | None:
    """The year that was asked for, else the one to be entered now; None where there is none."""
    if not years:
        return None
    asked = request.GET.get("year")
    if asked is None:
        return entering.year_due(kpi, years, today)
    if asked not in map(str, years):
        raise Http404
    return int(asked)


def _answer(request, make, context):
    """The grid that `make` reads from the database: the page, or what came of what was sent."""
    grid = make()
    if request.method != "POST":
        return _show_grid(request, grid, context)
    grid.read(request.POST)
    if "paste" in request.POST:
        return _paste(request, grid, context)
    if "theirs" in request.POST:
        if row := grid.row(request.POST["theirs"]):
            row.take_theirs()
        return _show_grid(request, grid, context)
    if grid.check(confirmed(request.POST)):
        try:
            saved = grid.save(request.user)
        except Overtaken:  # between reading and saving
            grid = make()
            grid.read(request.POST)
            grid.check(confirmed(request.POST))
        else:
            messages.success(request, _says(saved, grid))
            return redirect(request.get_full_path())
    return _show_grid(request, grid, context, 409 if grid.overtaken else 422)


def _says(saved, grid: Grid) -> str:
    number = saved.new + saved.corrected
    if not number:
        # The second click of two finds what the first one saved.
        return _("This is saved already.") if grid.changed else _("Nothing was changed.")
    says = ngettext("%d measurement was saved:", "%d measurements were saved:", number) % number
    new = ngettext("%d new", "%d new", saved.new) % saved.new
    corrected = ngettext("%d corrected", "%d corrected", saved.corrected) % saved.corrected
    return f"{says} {new}, {corrected}."


def _paste(request, grid: Grid, context):
    sent = request.POST
    at = sent.get("at") or f"{sent.get('at_row')}-{sent.get('at_column')}"
    pasted = paste(grid, sent.get("block", ""), at)
    if request.accepts("text/html"):
        return _show_grid(request, grid, context, pasted=pasted)
    return JsonResponse(_as_json(pasted))


def _as_json(pasted: Pasted) -> dict:
    remarks = [{"field": one.field, "text": one.text} for one in pasted.remarks]
    return {"texts": pasted.texts, "says": pasted.says, "remarks": remarks}


def _show_grid(request, grid: Grid, context, status=200, pasted=None):
    context = {"section": "kpis", "grid": grid, "pasted": pasted, **context}
    return _unkept(render(request, "metrics/measurement_grid.html", context, status=status))
