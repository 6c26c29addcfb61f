from io import BytesIO

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from roadmap import pages, strategies
from roadmap.access import require, visible_strategy
from roadmap.forms.strategies import NewStrategyForm, PhaseForm, StrategyForm
from roadmap.models import Strategy
from roadmap.permissions import CHANGE_STRATEGY, IMPORT
from roadmap.workbook import layout
from roadmap.workbook.template import write_template
from roadmap.workbook.writing import write


@require_safe
def strategy_detail(request, slug):
    strategy = visible_strategy(request, slug)
    entries = pages.in_words(strategy, get_language())
    context = {
        "section": "strategy",
        "strategy": strategy,
        "parts": pages.by_part(entries),
        "foreign": any(entry.foreign for entry in entries),
        "is_empty": not entries,
        "changes": strategy.changes.filter(action=None).select_related("user")[:20],
        "others": pages.with_pages(Strategy.objects.exclude(pk=strategy.pk).order_by("name")),
    }
    return render(request, "roadmap/strategy_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def strategy_edit(request, slug):
    strategy = visible_strategy(request, slug)
    require(request, CHANGE_STRATEGY)
    # Its own instance: a form that is refused must not change what the page's head says.
    form = StrategyForm(request.POST or None, instance=Strategy.objects.get(pk=strategy.pk))
    if request.method == "POST" and form.is_valid() and strategies.edit(form, request.user):
        messages.success(request, _("The strategy was saved."))
        return redirect("roadmap:strategy-detail", strategy.slug)
    context = {
        "section": "strategy",
        "strategy": strategy,
        "form": form,
        "changes": strategies.changes_by(form, strategy),
    }
    return render(
        request, "roadmap/strategy_edit.html", context, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
def phase_edit(request, slug, year):
    """The title and the goals of a phase, in each language."""
    strategy = visible_strategy(request, slug)
    require(request, CHANGE_STRATEGY)
    phase = next((phase for phase in strategy.phase_list if phase.year == year), None)
    if phase is None:
        raise Http404
    form = PhaseForm(request.POST or None, instance=phase)
    if request.method == "POST" and form.is_valid() and strategies.edit_phase(form, request.user):
        messages.success(request, _("Phase %d was saved.") % year)
        return redirect("roadmap:strategy-detail", strategy.slug)
    context = {
        "section": "strategy",
        "strategy": strategy,
        "phase": phase,
        "form": form,
        "changes": strategies.changes_of(phase),
    }
    return render(request, "roadmap/phase_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def strategy_add(request, slug):
    """A further strategy beside this one, to bring a road map into."""
    strategy = visible_strategy(request, slug)
    require(request, CHANGE_STRATEGY)
    form = NewStrategyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        new = strategies.make(form, request.user)
        messages.success(request, _("The strategy was made. Bring its road map in."))
        return redirect("roadmap:import-list", new.slug)
    context = {"section": "strategy", "strategy": strategy, "form": form}
    return render(request, "roadmap/strategy_add.html", context, status=422 if form.errors else 200)


@require_safe
def export(request, slug):
    strategy = visible_strategy(request, slug)
    file = BytesIO()
    write(strategy, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"tiekartta-{strategy.slug}.xlsx")


@require_safe
def template(request, slug):
    """An empty workbook in our layout, to fill in."""
    strategy = visible_strategy(request, slug)
    require(request, IMPORT)
    language = request.GET.get("language", get_language())
    if language not in layout.SHEET_NAMES:
        raise Http404
    file = BytesIO()
    write_template(strategy, file, language)
    file.seek(0)
    name = f"tiekarttapohja-{strategy.slug}-{language}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name)
