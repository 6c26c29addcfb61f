"""KPIs and their groups, as administrators make, change, order and remove them."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from metrics.forms.kpis import GroupForm, KindForm, KpiForm, StopForm
from metrics.kpis import defaults, editing, history, settings_page
from metrics.kpis.achievement import Kind
from metrics.kpis.kpi_page import visible_kpi
from metrics.models import Kpi, KpiGroup
from roadmap.access import read_key, require, visible_strategy
from roadmap.history import Overtaken
from roadmap.permissions import MANAGE_KPIS

SHOWN_CHANGES = 30
ASKS = ["GET", "HEAD", "POST"]


def managed_strategy(request, slug):
    """The strategy, for who may manage its KPIs."""
    strategy = visible_strategy(request, slug)
    require(request, MANAGE_KPIS)
    return strategy


def context_of(strategy) -> dict:
    return {"section": "kpis", "strategy": strategy}


@require_safe
def kpi_settings(request, slug):
    strategy = managed_strategy(request, slug)
    year = settings_page.year_of(strategy)
    changes = strategy.kpi_changes.filter(kpi=None, token=None)[:SHOWN_CHANGES]
    context = context_of(strategy) | {
        "rows": settings_page.rows(strategy, year),
        "year": year,
        "lines": history.lines(changes, about="group"),
    }
    return render(request, "metrics/kpi_settings.html", context)


@require_POST
def kpi_nine(request, slug):
    """Begin with the nine KPIs that the strategy names."""
    strategy = managed_strategy(request, slug)
    try:
        defaults.add_nine(strategy, request.user)
        messages.success(request, _("The nine KPIs were added. Look at their targets next."))
    except defaults.InUse:
        messages.info(request, _("There are groups already, so nothing was added."))
    return redirect("metrics:kpi-settings", strategy.slug)


# --- groups -----------------------------------------------------------------------------------


@require_http_methods(ASKS)
def kpi_group_add(request, slug):
    return _edit_group(request, managed_strategy(request, slug), None)


@require_http_methods(ASKS)
def kpi_group_edit(request, slug, pk):
    strategy = managed_strategy(request, slug)
    return _edit_group(request, strategy, _group(strategy, pk))


def _edit_group(request, strategy, group):
    form, overtaken, status = GroupForm.of(group), [], 200
    if request.method == "POST":
        form, status = GroupForm(request.POST), 422
        if form.is_valid():
            name, seen = form.words("name"), form.cleaned_data["version"]
            try:
                editing.save_group(strategy, group and group.pk, name, seen, request.user)
                messages.success(request, _("The group %s was saved.") % name)
                return redirect("metrics:kpi-settings", strategy.slug)
            except KpiGroup.DoesNotExist:
                raise Http404 from None
            except editing.Unfit as error:
                add_faults(form, error)
            except Overtaken as error:
                group, status = error.now, 409
                overtaken, form = what_stands(group), seen_now(form, group, GroupForm)
    context = form_context(strategy, form, overtaken, status) | {"group": group}
    return render(request, "metrics/kpi_group_edit.html", context, status=status)


@require_http_methods(ASKS)
def kpi_group_remove(request, slug, pk):
    strategy = managed_strategy(request, slug)
    group = strategy.kpi_groups.filter(pk=pk).first()
    if group is None and request.method == "POST":  # sent twice: it is gone already
        return redirect("metrics:kpi-settings", strategy.slug)
    if group is None:
        raise Http404
    overtaken, status = [], 200
    if request.method == "POST":
        try:
            editing.remove_group(group, _version(request), request.user)
            messages.success(request, _("The group %s was removed.") % group)
            return redirect("metrics:kpi-settings", strategy.slug)
        except editing.Unfit:
            status = 409  # the page says that it has KPIs
        except Overtaken as error:
            group, status = error.now, 409
            overtaken = what_stands(group)
    context = form_context(strategy, None, overtaken, status) | {"group": group}
    context["kpis"] = list(group.kpis.all())
    return render(request, "metrics/kpi_group_remove.html", context, status=status)


@require_POST
def kpi_group_move(request, slug, pk):
    strategy = managed_strategy(request, slug)
    return _move(request, strategy, editing.move_group, _group(strategy, pk))


# --- KPIs -------------------------------------------------------------------------------------


@require_http_methods(ASKS)
def kpi_add(request, slug):
    """First what it is measured by, then the rest of it."""
    strategy = managed_strategy(request, slug)
    if not strategy.kpi_groups.exists():
        messages.info(request, _("Add a group first: each KPI belongs to one."))
        return redirect("metrics:kpi-group-add", strategy.slug)
    kind = request.GET.get("kind")
    if kind in list(Kind):
        return _edit(request, strategy, None, Kind(kind))
    chosen = KindForm(request.GET if "kind" in request.GET else None)
    context = context_of(strategy) | {"form": chosen, "group": read_key(request.GET.get("group"))}
    status = 422 if chosen.errors else 200
    return render(request, "metrics/kpi_kind.html", context, status=status)


@require_http_methods(ASKS)
def kpi_edit(request, slug, kpi):
    strategy = managed_strategy(request, slug)
    kpi = visible_kpi(strategy, kpi)
    other = request.GET.get("kind")
    return _edit(request, strategy, kpi, Kind(other if other in list(Kind) else kpi.kind))


def _edit(request, strategy, kpi, kind):
    """The form, and the answer to what it sends: 422 with a fault, 409 overtaken."""
    fixed = kpi is not None and editing.is_measured(kpi)
    kind = Kind(kpi.kind) if fixed else kind
    about = {"strategy": strategy, "kind": kind, "kpi": kpi, "fixed": fixed}
    overtaken, status = [], 200
    if request.method == "POST":
        # What could be changed when the form was shown is answered, even where it no longer can.
        about["fixed"] = fixed and "frequency" not in request.POST
        form, status = KpiForm(request.POST, **about), 422
        if form.is_valid():
            try:
                saved = _save(form, strategy, kpi, request.user)
                messages.success(request, says_saved(*saved))
                return redirect("metrics:kpi-settings", strategy.slug)
            except editing.Unfit as error:
                add_faults(form, error)
            except Overtaken as error:
                status = 409
                overtaken = what_stands(error.now)
                form = seen_now(form, error.now, KpiForm, **about)
    else:
        group = read_key(request.GET.get("group"))
        form = KpiForm.of(strategy, kind, kpi, group=group, fixed=fixed)
    context = form_context(strategy, form, overtaken, status) | {
        "kpi": kpi,
        "kind": kind,
        "kinds": KindForm().fields["kind"].choices,
        "is_fixed": fixed,
        "lines": history.lines(kpi.changes.all()[:SHOWN_CHANGES]) if kpi else [],
    }
    return render(request, "metrics/kpi_edit.html", context, status=status)


def _save(form, strategy, kpi, user):
    try:
        wanted, seen = form.wanted(kpi), form.cleaned_data["version"]
        return editing.save(strategy, kpi and kpi.pk, wanted, seen, user)
    except Kpi.DoesNotExist:
        raise Http404 from None


@require_http_methods(ASKS)
def kpi_remove(request, slug, kpi):
    """Remove what was never measured; what was is no longer followed after a month."""
    strategy = managed_strategy(request, slug)
    found = strategy.kpis.filter(slug=kpi).first()
    if found is None and request.method == "POST":  # sent twice: it is gone already
        return redirect("metrics:kpi-settings", strategy.slug)
    kpi = visible_kpi(strategy, kpi)
    form = StopForm(request.POST if "last_month" in request.POST else None)
    overtaken, status = [], 200
    if request.method == "POST":
        status = 422
        try:
            if _end(request, kpi, form):
                return redirect("metrics:kpi-settings", strategy.slug)
        except editing.Unfit as error:
            if form.is_bound:
                add_faults(form, error)
            else:  # it has been measured meanwhile: the page says so
                status = 409
        except Overtaken as error:
            kpi, status = error.now, 409
            overtaken = what_stands(kpi)
    context = form_context(strategy, form, overtaken, status) | {
        "kpi": kpi,
        "measured": editing.measured_periods(kpi),
        "is_measured": editing.is_measured(kpi),
    }
    return render(request, "metrics/kpi_remove.html", context, status=status)


def _end(request, kpi, form) -> bool:
    """Remove the KPI, or stop following it; False where the form has faults."""
    if "last_month" not in request.POST:
        editing.remove(kpi, _version(request), request.user)
        messages.success(request, _("The KPI %s was removed.") % kpi)
        return True
    if not form.is_valid():
        return False
    wanted = {"last_month": form.cleaned_data["last_month"]}
    editing.save(kpi.strategy, kpi.pk, wanted, form.cleaned_data["version"], request.user)
    words = {"kpi": kpi, "month": wanted["last_month"]}
    messages.success(request, _("%(kpi)s is no longer followed after %(month)s.") % words)
    return True


@require_POST
def kpi_move(request, slug, kpi):
    strategy = managed_strategy(request, slug)
    return _move(request, strategy, editing.move, visible_kpi(strategy, kpi))


def _move(request, strategy, move, what):
    place, seen = (read_key(request.POST.get(name)) or 0 for name in ("place", "seen"))
    try:
        move(what, place, seen, request.user)
    except editing.Reordered:
        messages.info(request, _("The order had changed meanwhile. Look at it, and move again."))
    return redirect("metrics:kpi-settings", strategy.slug)


# --- what they share --------------------------------------------------------------------------


def _group(strategy, pk) -> KpiGroup:
    return get_object_or_404(KpiGroup, strategy=strategy, pk=pk)


def add_faults(form, error: editing.Unfit) -> None:
    """Beside the field where the form has it, else above all of them."""
    for field, fault in error.faults.items():
        form.add_error(field if field in form.fields else None, fault)


def what_stands(row) -> list[history.Line]:
    """What somebody else did meanwhile."""
    return history.lines(row.changes.all()[:1])


def seen_now(form, row, form_class, /, **about):
    """The same form, by which saving again puts what was typed in the place of what stands."""
    typed = form.data.copy()
    typed["version"] = row.version
    return form_class(typed, **about)


def _version(request) -> int:
    return read_key(request.POST.get("version")) or 0


def form_context(strategy, form, overtaken, status) -> dict:
    about = {"form": form, "overtaken": overtaken, "is_overtaken": bool(overtaken)}
    return context_of(strategy) | about | {"is_faulty": status in (409, 422)}


def says_saved(kpi, effect) -> str:
    """What was saved, and what it does to the lights."""
    saved = _("%s was saved.") % kpi
    if not effect.relit:
        return saved
    changed = ngettext(
        "%(number)d period changes its light.",
        "%(number)d periods change their light.",
        len(effect.relit),
    )
    return f"{saved} {changed % {'number': len(effect.relit)}}"
