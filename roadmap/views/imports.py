"""The five steps of an import, each with an address of its own."""

from dataclasses import replace

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from roadmap import imports
from roadmap.access import read_key, require, visible_strategy
from roadmap.forms.columns import ColumnsForm
from roadmap.forms.imports import SheetForm, TextFileForm, UploadForm
from roadmap.import_page import how_far, preview, sheet_grid
from roadmap.models import ImportState, RoadmapImport, StepKind
from roadmap.permissions import IMPORT
from roadmap.workbook import recognition
from roadmap.workbook.book import Book
from roadmap.workbook.faults import WorkbookRefused
from roadmap.workbook.giving_back import marked_file
from roadmap.workbook.keeping import sentences

PAGE = 50
EARLIER = 20
MAPPABLE = {ImportState.READ, ImportState.CHECKED}
# What the page of a job is called, and the step that it belongs to.
_UNDER_WAY = {
    ImportState.READING: (gettext_lazy("Step 2/5: The file is being read"), 2),
    ImportState.CHECKING: (gettext_lazy("Step 4/5: The file is being checked"), 4),
    ImportState.APPLYING: (gettext_lazy("Step 5/5: The file is being imported"), 5),
    ImportState.UNDOING: (gettext_lazy("The import is being undone"), None),
}


def _visible_import(request, slug, pk, *unread: str):
    """The strategy and its import, some large fields of it unread; 404 and 403 as everywhere."""
    strategy = visible_strategy(request, slug)
    require(request, IMPORT)
    uploads = RoadmapImport.objects.select_related("user", "undone_by").defer(*unread)
    kept = get_object_or_404(uploads, pk=pk, strategy=strategy)
    kept.strategy = strategy
    return strategy, kept


def _address(name: str, kept: RoadmapImport, *more) -> str:
    return reverse(f"roadmap:{name}", args=[kept.strategy.slug, kept.pk, *more])


def _page(request, name: str, kept: RoadmapImport, status=200, **context):
    context |= {
        "section": "strategy",
        "strategy": kept.strategy,
        "kept": kept,
        "problems": sentences(kept.problem),
    }
    return render(request, f"roadmap/{name}", context, status=status)


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
        "earlier": Paginator(
            strategy.imports.select_related("user").defer("book", "faults", "mapping"), EARLIER
        ).get_page(request.GET.get("page")),
    }
    return render(request, "roadmap/import_list.html", context, status=422 if form.errors else 200)


@require_safe
def import_detail(request, slug, pk):
    """Where an import stands: its progress, its end, or the way to the step that it waits for."""
    _strategy, kept = _visible_import(request, slug, pk, "book", "faults")
    if kept.is_busy:
        return _progress(request, kept)
    step = _waiting_step(kept)
    if step:
        return go(request, step)
    if request.htmx:
        return go(request, _address("import-detail", kept))
    steps = kept.steps.defer("kept").filter(kind__in=[StepKind.NEW, StepKind.CHANGED])
    shown = Paginator(steps, PAGE).get_page(request.GET.get("page"))
    return _page(
        request,
        "import_detail.html",
        kept,
        shown=shown,
        counts=kept.counts,
    )


def _waiting_step(kept: RoadmapImport) -> str | None:
    """The address of the step that waits for a person."""
    if kept.state == ImportState.CHECKED:
        return _address("import-preview", kept)
    if kept.state == ImportState.READ:
        open_parts = [n for n, part in enumerate(kept.mapping, 1) if not part["is_settled"]]
        if open_parts and all(part["is_placed"] for part in kept.mapping):
            return _address("import-columns", kept, open_parts[0])
        return _address("import-sheets", kept)
    return None


def go(request, address: str):
    """Lead there: htmx loads the page as a whole."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _progress(request, kept: RoadmapImport):
    heading, step = _UNDER_WAY[kept.state]
    told = request.GET.get("said", "") if request.htmx else None
    return _page(
        request,
        "_import_progress.html" if request.htmx else "import_progress.html",
        kept,
        heading=heading,
        step=step,
        here=_address("import-detail", kept),
        cancel=_address("import-cancel", kept),
        **how_far(kept, told),
    )


# --- step 2: sheets and headers -----------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def import_sheets(request, slug, pk):
    _strategy, kept = _visible_import(request, slug, pk)
    if kept.state not in MAPPABLE:
        return redirect(_address("import-detail", kept))
    data = request.POST if request.method == "POST" else None
    text_form = _text_form(kept, data)
    if data and "reread" in data and text_form and text_form.is_valid():
        imports.reread(kept, text_form.cleaned_data)
        return redirect(_address("import-detail", kept))
    forms = _sheet_forms(kept, data)
    is_sent = data is not None and "show" not in data
    if data and not is_sent:
        for form in forms:
            form.let_pass()
    # All of them are checked, so that all faults come at once.
    faulty = [form for form in forms if form.is_bound and not form.is_valid()]
    if is_sent and not faulty:
        chosen = [form for form in forms if form.cleaned_data["include"]]
        if chosen:
            imports.map_columns(kept, _parts_of(kept, chosen))
            return redirect(_address("import-columns", kept, 1))
    return _page(
        request,
        "import_sheets.html",
        kept,
        status=422 if is_sent or faulty else 200,
        grids=[sheet_grid(form) for form in forms],
        text_form=text_form,
        has_errors=bool(faulty),
        is_none_chosen=is_sent and not any(form["include"].value() for form in forms),
    )


def _text_form(kept: RoadmapImport, data) -> TextFileForm | None:
    if kept.book["kind"] != "csv":
        return None
    initial = {name: kept.book[name] for name in ("encoding", "delimiter")}
    return TextFileForm(data if data and "reread" in data else None, initial=initial)


def _sheet_forms(kept: RoadmapImport, data) -> list[SheetForm]:
    parts = {part.sheet: part for part in reversed(imports.parts_of(kept))}
    return [
        SheetForm(data, sheet=sheet, number=number, part=parts.get(number))
        for number, sheet in enumerate(kept.book["sheets"], start=1)
        if sheet["rows"]
    ]


def _parts_of(kept: RoadmapImport, chosen: list[SheetForm]) -> list:
    """The parts that were there, where nothing about them changed; otherwise proposed anew."""
    book = Book(kept.folder, kept.book)
    earlier = {}
    for part in imports.parts_of(kept):
        earlier.setdefault(part.sheet, []).append(part)
    parts = []
    for form in chosen:
        said = form.header, form.takes("hidden_rows"), form.takes("hidden_columns")
        for part in earlier.get(form.number) or [None]:
            if part and part.header == form.header and part.is_settled:
                part = replace(part, hidden_rows=said[1], hidden_columns=said[2], is_placed=True)
                part = recognition.without_hidden(part, book)
            elif not part or (part.header, part.hidden_rows, part.hidden_columns) != said:
                part = recognition.place_part(book, form.number, *said)
            parts.append(replace(part, is_placed=True))
    return recognition.told_apart(parts, book)


# --- step 3: columns ----------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request, slug, pk, number):
    _strategy, kept = _visible_import(request, slug, pk)
    parts = imports.parts_of(kept)
    if kept.state not in MAPPABLE or not 1 <= number <= len(parts):
        return redirect(_address("import-detail", kept))
    if "remove" in request.POST and len(parts) > 1:
        imports.map_columns(kept, parts[: number - 1] + parts[number:])
        return redirect(_address("import-columns", kept, max(1, number - 1)))
    form = ColumnsForm(
        request.POST or None, part=parts[number - 1], book=Book(kept.folder, kept.book)
    )
    is_sent = request.method == "POST" and not request.htmx and "show" not in request.POST
    if is_sent and form.is_valid():
        return _settle(kept, parts, number, form, "again" in request.POST)
    template = "import_columns.html"
    if request.htmx:
        template += "#import-columns"
    if request.method == "POST" and not is_sent:
        form.let_pass()
    return _page(
        request,
        template,
        kept,
        status=422 if is_sent else 200,
        form=form,
        number=number,
        parts=parts,
        alike=len(_alike(form.book, parts, number)),
        changed=request.POST.get("changed") if request.htmx else None,
    )


def _alike(book: Book, parts: list, number: int) -> list[int]:
    """The places of later parts, not settled yet, of other sheets with the same headers."""
    here = parts[number - 1]
    texts = recognition.header_texts(here, book)
    return [
        place
        for place, part in enumerate(parts)
        if place >= number
        and not part.is_settled
        and part.sheet != here.sheet
        and recognition.header_texts(part, book)[: len(texts)] == texts
    ]


def _settle(kept: RoadmapImport, parts: list, number: int, form: ColumnsForm, again: bool):
    """Keep what was chosen, and go on: to the next open part, or to the check."""
    chosen = form.chosen()
    parts[number - 1] = chosen
    if form.cleaned_data["alike"]:
        for place in _alike(form.book, parts, number):
            parts[place] = recognition.alike(chosen, parts[place])
    if again:
        parts.insert(number, recognition.once_more(chosen, form.book))
    imports.map_columns(kept, parts)
    unsettled = [place for place, part in enumerate(parts, start=1) if not part.is_settled]
    if unsettled:
        return redirect(_address("import-columns", kept, unsettled[0]))
    imports.check(kept)
    return redirect(_address("import-detail", kept))


# --- step 4: what will happen -------------------------------------------------------------------


@require_safe
def import_preview(request, slug, pk):
    _strategy, kept = _visible_import(request, slug, pk)
    if kept.state != ImportState.CHECKED:
        return redirect(_address("import-detail", kept))
    shown = preview(kept, request.GET)
    return _page(request, "import_preview.html", kept, preview=shown, counts=kept.counts)


@require_safe
def import_faults(request, slug, pk):
    """The person's own file, with its faults marked."""
    _strategy, kept = _visible_import(request, slug, pk)
    if kept.state != ImportState.CHECKED or not kept.faults:
        return redirect(_address("import-detail", kept))
    try:
        file, name = marked_file(kept)
    except WorkbookRefused as error:
        messages.error(request, str(error))
        return redirect(_address("import-preview", kept))
    return FileResponse(file, as_attachment=True, filename=name)


@require_POST
def import_confirm(request, slug, pk):
    _strategy, kept = _visible_import(request, slug, pk)
    imports.confirm(kept, read_key(request.POST.get("version")) or 0, request.user)
    return redirect(_address("import-detail", kept))


@require_POST
def import_cancel(request, slug, pk):
    """End what the worker does for it."""
    _strategy, kept = _visible_import(request, slug, pk)
    imports.cancel(kept)
    return redirect(_address("import-detail", kept))


@require_POST
def import_undo(request, slug, pk):
    _strategy, kept = _visible_import(request, slug, pk)
    imports.take_back(kept, request.user)
    return redirect(_address("import-detail", kept))


@require_POST
def import_discard(request, slug, pk):
    strategy, kept = _visible_import(request, slug, pk)
    if not imports.discard(kept):
        return redirect(_address("import-detail", kept))
    messages.success(request, _("The file was thrown away. Nothing was imported."))
    return redirect("roadmap:import-list", strategy.slug)
