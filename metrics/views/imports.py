"""The steps of an import of measurements; its life is that of any import (`roadmap/imports.py`)."""

from functools import partial

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from metrics.forms.imports import ConfirmForm, MeasurementUploadForm
from metrics.kpi_import_page import preview, shown_steps, years_of
from metrics.kpis.workbook import layout
from metrics.kpis.workbook.template import write_template
from metrics.kpis.workbook.writing import guarded, table, write_workbook
from metrics.models import MeasurementImport
from metrics.tables import Table
from metrics.views.files import csv_file, workbook_file
from metrics.views.kpi_settings import managed_strategy
from roadmap import imports
from roadmap.access import read_key
from roadmap.import_page import how_far
from roadmap.models import ImportState
from roadmap.views.imports import EARLIER, go
from roadmap.workbook.faults import WorkbookRefused
from roadmap.workbook.giving_back import marked_file
from roadmap.workbook.keeping import sentences

# What the page of a job is called, and the step that it belongs to.
_UNDER_WAY = {
    ImportState.READING: (gettext_lazy("Step 1/3: The file is being read"), 1),
    ImportState.CHECKING: (gettext_lazy("Step 2/3: The file is being checked"), 2),
    ImportState.APPLYING: (gettext_lazy("Step 3/3: The file is being imported"), 3),
    ImportState.UNDOING: (gettext_lazy("The import is being undone"), None),
}


def _visible_import(request, slug, pk, *unread: str) -> MeasurementImport:
    """The import with its strategy, some large fields of it unread; 404 and 403 as everywhere."""
    strategy = managed_strategy(request, slug)
    uploads = MeasurementImport.objects.select_related("user", "undone_by").defer(*unread)
    kept = get_object_or_404(uploads, pk=pk, strategy=strategy)
    kept.strategy = strategy
    return kept


def _address(name: str, kept: MeasurementImport) -> str:
    return reverse(f"metrics:kpi-import-{name}", args=[kept.strategy.slug, kept.pk])


def _page(request, template: str, kept: MeasurementImport, status=200, **context):
    context |= {
        "section": "kpis",
        "strategy": kept.strategy,
        "kept": kept,
        "counts": kept.counts,
        "problems": sentences(kept.problem),
    }
    return render(request, template, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def kpi_import_list(request, slug):
    strategy = managed_strategy(request, slug)
    is_sent = request.method == "POST"
    form = MeasurementUploadForm(*([request.POST, request.FILES] if is_sent else []))
    if is_sent and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            kept = imports.upload(strategy, file, request.user, MeasurementImport)
        except WorkbookRefused as error:
            form.add_error("file", str(error))
        else:
            return redirect(_address("detail", kept))
    earlier = strategy.measurement_imports.select_related("user").defer("book", "faults", "basis")
    context = {
        "section": "kpis",
        "strategy": strategy,
        "form": form,
        "years": years_of(strategy, timezone.localdate()),
        "earlier": Paginator(earlier, EARLIER).get_page(request.GET.get("page")),
    }
    return render(
        request, "metrics/kpi_import_list.html", context, status=422 if form.errors else 200
    )


@require_safe
def kpi_import_detail(request, slug, pk):
    """Where an import stands: its progress, its end, or the way to the step that it waits for."""
    kept = _visible_import(request, slug, pk, "book", "faults")
    if kept.is_busy:
        return _progress(request, kept)
    if kept.state == ImportState.CHECKED:
        return go(request, _address("preview", kept))
    if request.htmx:
        return go(request, _address("detail", kept))
    page, lines = shown_steps(kept, request.GET)
    return _page(request, "metrics/kpi_import_detail.html", kept, shown=page, lines=lines)


def _progress(request, kept: MeasurementImport):
    heading, step = _UNDER_WAY[kept.state]
    told = request.GET.get("said", "") if request.htmx else None
    fragment, page = "roadmap/_import_progress.html", "metrics/kpi_import_progress.html"
    return _page(
        request,
        fragment if request.htmx else page,
        kept,
        heading=heading,
        step=step,
        steps="metrics/_kpi_import_steps.html",
        here=_address("detail", kept),
        cancel=_address("cancel", kept),
        **how_far(kept, told),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def kpi_import_preview(request, slug, pk):
    """What would happen, and the yes to it."""
    kept = _visible_import(request, slug, pk)
    if kept.state != ImportState.CHECKED:
        return redirect(_address("detail", kept))
    form = ConfirmForm(
        request.POST if request.method == "POST" else None,
        initial={"version": kept.version},
        asked=kept.counts["asked"],
    )
    if form.is_valid():
        imports.confirm(kept, form.cleaned_data["version"], request.user)
        return redirect(_address("detail", kept))
    status = 422 if form.errors else 200
    shown = preview(kept, request.GET)
    return _page(request, "metrics/kpi_import_preview.html", kept, status, preview=shown, form=form)


@require_safe
def kpi_import_faults(request, slug, pk):
    """The person's own file, with its faults marked."""
    kept = _visible_import(request, slug, pk)
    if kept.state != ImportState.CHECKED or not kept.faults:
        return redirect(_address("detail", kept))
    try:
        file, name = marked_file(kept)
    except WorkbookRefused as error:
        messages.error(request, str(error))
        return redirect(_address("preview", kept))
    return FileResponse(file, as_attachment=True, filename=name)


@require_POST
def kpi_import_check(request, slug, pk):
    """Have a check that was broken off done once more."""
    kept = _visible_import(request, slug, pk)
    imports.check(kept)
    return redirect(_address("detail", kept))


@require_POST
def kpi_import_cancel(request, slug, pk):
    """End what the worker does for it."""
    kept = _visible_import(request, slug, pk)
    imports.cancel(kept)
    return redirect(_address("detail", kept))


@require_POST
def kpi_import_undo(request, slug, pk):
    kept = _visible_import(request, slug, pk)
    imports.take_back(kept, request.user)
    return redirect(_address("detail", kept))


@require_POST
def kpi_import_discard(request, slug, pk):
    kept = _visible_import(request, slug, pk)
    if not imports.discard(kept):
        return redirect(_address("detail", kept))
    messages.success(request, _("The file was thrown away. Nothing was imported."))
    return redirect("metrics:kpi-import-list", slug)


# --- what goes out ------------------------------------------------------------------------------


@require_safe
def kpi_import_template(request, slug):
    """A workbook of what is missing from a year, to fill in."""
    strategy = managed_strategy(request, slug)
    today = timezone.localdate()
    language = request.GET.get("language", get_language())
    year = read_key(request.GET.get("year", str(today.year)))
    if language not in layout.SHEET_NAMES or year is None or not 1 <= year <= today.year:
        raise Http404
    write = partial(write_template, strategy, year, today, language=language)
    return workbook_file(write, f"mittaukset-{year}-{language}.xlsx")


@require_safe
def measurement_export(request, slug, kind):
    """Every measurement that stands, hidden ones too, as the import reads it."""
    strategy = managed_strategy(request, slug)
    found = table(strategy, get_language())
    name = f"mittaukset-{strategy.slug}-{timezone.localdate()}.{kind}"
    if kind == "csv":
        return csv_file(Table(found.headings, guarded(found.rows)), name)
    return workbook_file(partial(write_workbook, found, get_language()), name)
