from io import BytesIO

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from roadmap import imports, strategies
from roadmap.access import require, visible_strategy
from roadmap.forms import StrategyForm, UploadForm
from roadmap.models import RoadmapImport, Strategy
from roadmap.permissions import CHANGE_STRATEGY, IMPORT
from roadmap.workbook import layout
from roadmap.workbook.applying import ProposalOvertaken
from roadmap.workbook.faults import WorkbookRefused
from roadmap.workbook.template import write_template
from roadmap.workbook.writing import write

SHOWN_STEPS, MOST_STEPS = 50, 2000


@require_safe
def strategy_detail(request, slug):
    strategy = visible_strategy(request, slug)
    context = {
        "section": "strategy",
        "strategy": strategy,
        "changes": strategy.changes.filter(action=None).select_related("user")[:20],
        "others": Strategy.objects.exclude(pk=strategy.pk).order_by("name"),
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
    context = {"section": "strategy", "strategy": strategy, "form": form}
    return render(
        request, "roadmap/strategy_edit.html", context, status=422 if form.errors else 200
    )


@require_safe
def export(request, slug):
    strategy = visible_strategy(request, slug)
    file = BytesIO()
    write(strategy, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"tiekartta-{strategy.slug}.xlsx")


@require_safe
def template(request, slug):
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


@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request, slug):
    strategy = visible_strategy(request, slug)
    require(request, IMPORT)
    is_sent = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
    if is_sent and form.is_valid():
        try:
            kept = imports.upload(strategy, form.cleaned_data["file"], request.user)
        except WorkbookRefused as error:
            form.add_error("file", str(error))
        else:
            return redirect("roadmap:import-detail", strategy.slug, kept.pk)
    context = {
        "section": "strategy",
        "strategy": strategy,
        "form": form,
        "earlier": strategy.imports.select_related("user")[:20],
    }
    return render(request, "roadmap/import_list.html", context, status=422 if form.errors else 200)


@require_safe
def import_detail(request, slug, pk):
    strategy = visible_strategy(request, slug)
    require(request, IMPORT)
    kept = get_object_or_404(RoadmapImport.objects.select_related("user"), pk=pk, strategy=strategy)
    context = {
        "section": "strategy",
        "strategy": strategy,
        "kept": kept,
        "counts": kept.counts,
    }
    if kept.applied_at is None:
        try:
            proposal = imports.proposal_of(kept, strategy)
        except WorkbookRefused as error:
            messages.error(request, str(error))
            return redirect("roadmap:import-list", strategy.slug)
        context |= {"proposal": proposal, "counts": proposal.counts}
        context["steps"] = proposal.steps[: MOST_STEPS if request.GET.get("all") else SHOWN_STEPS]
    return render(request, "roadmap/import_detail.html", context)


@require_POST
def import_confirm(request, slug, pk):
    strategy = visible_strategy(request, slug)
    require(request, IMPORT)
    kept = get_object_or_404(RoadmapImport, pk=pk, strategy=strategy)
    try:
        seen = int(request.POST.get("revision", ""))
    except ValueError:
        seen = -1
    try:
        done = imports.confirm(kept, seen, request.user)
    except ProposalOvertaken:
        messages.error(
            request,
            _(
                "Something changed after you saw the summary, so nothing was imported. "
                "Here is the summary as it is now."
            ),
        )
        return redirect("roadmap:import-detail", strategy.slug, kept.pk)
    except WorkbookRefused as error:
        messages.error(request, str(error))
        return redirect("roadmap:import-list", strategy.slug)
    if done:
        number = done.counts["new"] + done.counts["changed"]
        messages.success(
            request,
            ngettext("%d change was imported.", "%d changes were imported.", number) % number,
        )
    return redirect("roadmap:import-detail", strategy.slug, kept.pk)


@require_POST
def import_discard(request, slug, pk):
    strategy = visible_strategy(request, slug)
    require(request, IMPORT)
    imports.discard(get_object_or_404(RoadmapImport, pk=pk, strategy=strategy))
    messages.success(request, _("The file was thrown away. Nothing was imported."))
    return redirect("roadmap:import-list", strategy.slug)
