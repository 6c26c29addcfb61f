from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from roadmap import page_links, pages
from roadmap.access import read_key, require, visible_strategy
from roadmap.forms.pages import PageAddForm, PageForm, PlaceForm
from roadmap.history import Overtaken
from roadmap.models import PageVersion, Strategy, StrategyPage
from roadmap.page_differences import differences
from roadmap.page_models import Part, Texts
from roadmap.page_text import render as render_text
from roadmap.permissions import CHANGE_STRATEGY

HISTORY_SHOWN = 200


@require_safe
def page_detail(request, slug, page):
    strategy = visible_strategy(request, slug)
    entries = pages.in_words(strategy, get_language())
    entry = next((entry for entry in entries if entry.page.slug == page), None)
    if entry is None:
        raise Http404
    context = _context(strategy) | {
        "entry": entry,
        "html": _html(strategy, entry.version.body),
        "parts": pages.by_part(entries),
    }
    return render(request, "roadmap/page_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def page_edit(request, slug, page):
    """The texts in one language; a preview of them, or a new version: 422 faulty, 409 overtaken."""
    strategy, page = _editable(request, slug, page)
    language = _language(request)
    newest = pages.newest(page, language)
    form, overtaken, status = PageForm.of(newest, strategy), None, 200
    if request.method == "POST":
        form = PageForm(request.POST, strategy=strategy)
        status = 200 if form.is_valid() else 422
        if status == 200 and "preview" not in request.POST:
            try:
                pages.save(page, language, form.texts(), form.cleaned_data["seen"], request.user)
            except Overtaken as error:
                overtaken, status = error.now, 409
            else:
                messages.success(request, _("The page was saved."))
                return redirect("roadmap:page-detail", strategy.slug, page.slug)
    context = _context(strategy) | {
        "page": page,
        "language": language,
        "languages": _languages(page),
        "version": newest,
        "form": form,
        "html": _html(strategy, form.data.get("body", "")) if "preview" in form.data else "",
        "overtaken": overtaken,
        "changed": differences(overtaken.texts, form.texts()) if overtaken else {},
        "seen": overtaken.number if overtaken else form["seen"].value(),
    }
    only = "#page-preview" if request.htmx.target == "page-preview" else ""
    return render(request, f"roadmap/page_edit.html{only}", context, status=status)


@require_safe
def page_history(request, slug, page):
    strategy, page = _editable(request, slug, page, removed=True)
    context = _context(strategy) | {
        "page": page,
        "title": pages.title_of(page),
        "versions": page.versions.select_related("user").defer("body", "lead")[:HISTORY_SHOWN],
    }
    return render(request, "roadmap/page_history.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def page_version(request, slug, page, language, number):
    """One version as it was, beside the one before it; a POST writes it anew."""
    strategy, page = _editable(request, slug, page, removed=True)
    rows = page.versions.filter(language=language).select_related("user")
    version = get_object_or_404(rows, number=number)
    status = 200
    if request.method == "POST" and page.removed_at is None:
        seen = read_key(request.POST.get("seen")) or 0
        try:
            pages.save(page, language, version.texts, seen, request.user)
        except Overtaken:
            status = 409
        else:
            messages.success(request, _("The version stands again."))
            return redirect("roadmap:page-detail", strategy.slug, page.slug)
    before = rows.filter(number=number - 1).first()
    context = _context(strategy) | {
        "page": page,
        "version": version,
        "before": before,
        "newest": pages.newest(page, language),
        "html": _html(strategy, version.body),
        "changed": differences(before.texts if before else Texts(""), version.texts),
        "is_overtaken": status == 409,
    }
    return render(request, "roadmap/page_version.html", context, status=status)


# --- which pages there are --------------------------------------------------------------------


@require_safe
def page_list(request, slug):
    strategy = visible_strategy(request, slug)
    require(request, CHANGE_STRATEGY)
    entries = pages.in_words(strategy, get_language())
    context = _context(strategy) | {
        "parts": [(Part(part).label, found) for part, found in pages.by_part(entries).items()],
        "removed": pages.in_words(strategy, get_language(), removed=True),
    }
    return render(request, "roadmap/page_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def page_add(request, slug):
    strategy = visible_strategy(request, slug)
    require(request, CHANGE_STRATEGY)
    form = PageAddForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            page = pages.add(strategy, form.cleaned_data, get_language(), request.user)
            return redirect("roadmap:page-edit", strategy.slug, page.slug)
        except pages.SlugTaken:
            fault = _("another page has this address, perhaps a removed one that can come back")
            form.add_error("slug", fault)
    context = _context(strategy) | {"form": form}
    return render(request, "roadmap/page_add.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def page_place(request, slug, page):
    strategy, page = _editable(request, slug, page)
    form = PlaceForm(request.POST or None, instance=StrategyPage(part=page.part, place=page.place))
    if request.method == "POST" and form.is_valid():
        if pages.set_place(page, form.wanted(), request.user):
            return redirect("roadmap:page-list", strategy.slug)
        form.add_error(None, _("Somebody else changed this meanwhile. Look at it again."))
    context = _context(strategy) | {"page": page, "title": pages.title_of(page), "form": form}
    return render(request, "roadmap/page_place.html", context, status=422 if form.errors else 200)


@require_POST
def page_move(request, slug, page):
    strategy, page = _editable(request, slug, page)
    seen = read_key(request.POST.get("seen")) or 0
    pages.move(page, "up" in request.POST, seen, request.user)
    return redirect("roadmap:page-list", strategy.slug)


@require_POST
def page_remove(request, slug, page):
    strategy, page = _editable(request, slug, page, removed=True)
    if pages.remove(page, request.user):
        messages.success(request, _("The page was removed. It can be brought back below."))
        leading = [entry.version.title for entry in pages.leading_to(page, get_language())]
        if leading:
            said = _("These pages still lead to it: %s.") % ", ".join(leading)
            messages.success(request, said)
    return redirect("roadmap:page-list", strategy.slug)


@require_POST
def page_bring_back(request, slug, page):
    strategy, page = _editable(request, slug, page, removed=True)
    if pages.bring_back(page, request.user):
        messages.success(request, _("The page is back, the last of its part."))
    return redirect("roadmap:page-list", strategy.slug)


@require_POST
def page_copy(request, slug):
    """The pages of another strategy, for one that has none."""
    strategy = visible_strategy(request, slug)
    require(request, CHANGE_STRATEGY)
    named = request.POST.get("source", "").replace("\0", "")
    source = get_object_or_404(Strategy.objects.exclude(pk=strategy.pk), slug=named)
    if pages.copy(strategy, source, request.user):
        messages.success(request, _("The pages were copied. Now they can be edited."))
    return redirect("roadmap:strategy-detail", strategy.slug)


def _editable(request, slug, page, removed=False) -> tuple[Strategy, StrategyPage]:
    """A page for one who may edit it; 404 for one that is not there or, unless said, removed."""
    strategy = visible_strategy(request, slug)
    require(request, CHANGE_STRATEGY)
    found = StrategyPage.objects.filter(strategy=strategy, slug=page)
    page = get_object_or_404(found if removed else found.filter(removed_at=None))
    page.strategy = strategy
    return strategy, page


def _language(request) -> str:
    """The language whose text is edited: the chosen one, else the reader's."""
    chosen = request.GET.get("language", get_language())
    if chosen not in pages.LANGUAGES:
        raise Http404
    return chosen


def _languages(page) -> list[tuple[str, str, bool]]:
    """Each language, its name, and whether the page has a text in it."""
    written = set(
        PageVersion.objects.filter(page=page).order_by().values_list("language", flat=True)
    )
    return [(code, name, code in written) for code, name in pages.LANGUAGE_NAMES]


def _html(strategy, body):
    return render_text(body, page_links.base(strategy), _("Table"))


def _context(strategy) -> dict:
    return {"section": "strategy", "strategy": strategy}
