import uuid

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mentors import evidence as kept
from mentors.evidence_files import type_of
from mentors.forms.evidence import FileForm, LinkForm
from mentors.models import Evidence
from roadmap.access import require, visible_action
from roadmap.permissions import REPORT, VIEW
from roadmap.reporting import QuarterNotOpen

# Whatever a file holds, it is saved and never run as a page of the portal.
FILE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}


@require_http_methods(["GET", "HEAD", "POST"])
def evidence(request, slug, code):
    action = visible_action(request, slug, code)
    if request.method == "POST":
        return _add(request, action)
    return _page(request, action)


def _add(request, action):
    require(request, REPORT, action)
    is_file = request.POST.get("kind") == FileForm.kind
    form = FileForm(request.POST, request.FILES) if is_file else LinkForm(request.POST)
    if not form.is_valid():
        return _page(request, action, form, status=422)
    cleaned = form.cleaned_data
    quarter, token = cleaned["quarter"], cleaned["token"]
    try:
        if is_file:
            kept.add_file(action, quarter, *cleaned["file"], request.user, token)
        else:
            kept.add_link(action, quarter, cleaned["url"], cleaned["title"], request.user, token)
    except QuarterNotOpen:
        return _page(request, action, unsaved=form, status=409)
    except kept.TooMuch:
        sentence = _("An action has at most %d links and files in a quarter. Remove one first.")
        form.add_error(None, sentence % kept.MOST)
        return _page(request, action, form, status=422)
    messages.success(request, _("The evidence was added."))
    return redirect(request.path)


def _page(request, action, form=None, unsaved=None, is_closed=False, status=200):
    quarters = kept.by_quarter(action)
    opened = next((each.row.quarter for each in quarters if each.is_open), None)
    context = {
        "section": "actions",
        "strategy": action.strategy,
        "action": action,
        "quarters": quarters,
        "standing": [item for each in quarters for item in each.standing],
        "opened": opened,
        "may_change": bool(opened) and request.user.has_perm(REPORT, action),
        "form": form,
        "unsaved": unsaved,
        "is_closed": is_closed,
    }
    if context["may_change"]:
        initial = {"quarter": opened, "token": uuid.uuid4()}
        for each in (FileForm, LinkForm):
            is_sent = isinstance(form, each)
            context[f"{each.kind}_form"] = form if is_sent else each(initial=initial)
    fragment = "#evidence" if request.htmx.target == "evidence" else ""
    response = render(request, f"mentors/evidence.html{fragment}", context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _visible_evidence(request, pk) -> Evidence:
    """`Http404` for who may not see the action that it belongs to."""
    if not request.user.has_perm(VIEW):
        raise Http404
    found = Evidence.objects.select_related("action__strategy")
    return get_object_or_404(found, pk=pk)


@require_safe
def evidence_file(request, pk):
    found = _visible_evidence(request, pk)
    if found.removed_at or not found.file:
        raise Http404
    try:
        file = found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(
        file,
        as_attachment=True,
        filename=found.title,
        content_type=type_of(found.title),
        headers=FILE_HEADERS,
    )


@require_POST
def evidence_remove(request, pk):
    found = _visible_evidence(request, pk)
    action = found.action
    require(request, REPORT, action)
    try:
        if kept.remove(found, request.user):
            messages.success(request, _("The evidence was removed."))
    except QuarterNotOpen:
        action = visible_action(request, action.strategy.slug, action.code)
        return _page(request, action, is_closed=True, status=409)
    return redirect("mentors:evidence", action.strategy.slug, action.code)
