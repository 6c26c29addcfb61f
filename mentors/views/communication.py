import uuid
from io import BytesIO

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mentors import communication, history
from mentors.forms.communication import CommunicationForm
from mentors.models import Communication
from roadmap.access import read_key, require, visible_strategy
from roadmap.history import Overtaken
from roadmap.permissions import CHANGE_COMMUNICATION, LOG_COMMUNICATION


@require_http_methods(["GET", "HEAD", "POST"])
def communication_list(request, slug):
    strategy = visible_strategy(request, slug)
    networks = communication.networks_to_choose(strategy, request.user)
    form = None
    if request.method == "POST":
        require(request, LOG_COMMUNICATION)
        form = CommunicationForm(request.POST, strategy=strategy, networks=networks)
        if form.is_valid():
            token = form.cleaned_data["token"] or uuid.uuid4()
            communication.add(strategy, form.wanted(), token, request.user)
            messages.success(request, _("“%s” is in the log.") % form.cleaned_data["title"])
            return redirect("mentors:communication-list", strategy.slug)
    elif request.user.has_perm(LOG_COMMUNICATION):
        form = _new_form(strategy, networks)
    status = 422 if form and form.errors else 200
    context = _list_context(request, strategy, networks) | {"form": form}
    return render(request, "mentors/communication_list.html", context, status=status)


def _new_form(strategy, networks) -> CommunicationForm:
    own = communication.own_network(networks)
    initial = {
        "date": timezone.localdate(),
        "network": own and own.pk,
        "token": uuid.uuid4(),
    }
    return CommunicationForm(initial=initial, strategy=strategy, networks=networks)


def _list_context(request, strategy, networks) -> dict:
    filters = communication.Filters.read(request.GET)
    names = {network.pk: network.name for network in networks}
    totals = communication.totals(strategy, filters, names)
    pages = Paginator(communication.entries(strategy, filters), communication.PAGE)
    pages.count = totals.all.events  # known already
    may_log = request.user.has_perm(LOG_COMMUNICATION)
    return _context(strategy) | {
        "networks": networks,
        "filters": filters,
        "totals": totals,
        "shown": pages.get_page(request.GET.get("page")),
        "kinds": Communication.Kind.choices,
        "audiences": Communication.Audience.choices,
        "codes": communication.suggested_actions(strategy, request.user) if may_log else [],
    }


@require_safe
def communication_export(request, slug):
    strategy = visible_strategy(request, slug)
    found = communication.entries(strategy, communication.Filters.read(request.GET))
    headings = [
        _("Date"),
        _("Kind"),
        _("For whom"),
        _("What was done"),
        _("Number reached"),
        _("Network"),
        _("Actions"),
        _("Entered by"),
    ]
    file = BytesIO()
    communication.write(found, headings, _("Communication"), file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"viestinta-{strategy.slug}.xlsx")


@require_http_methods(["GET", "HEAD", "POST"])
def communication_edit(request, slug, pk):
    strategy = visible_strategy(request, slug)
    entry = _entry(request, strategy, pk)
    networks = communication.networks_to_choose(strategy, request.user)
    options = {"strategy": strategy, "networks": networks}
    form, overtaken, status = CommunicationForm.of(entry, **options), [], 200
    if request.method == "POST":
        form, status = CommunicationForm(request.POST, **options), 422
        if form.is_valid():
            try:
                seen = form.cleaned_data["version"]
                communication.save(entry, form.wanted(), seen, request.user)
            except Overtaken as error:
                overtaken, status = history.lines(error.now.history.all()[:1]), 409
                seen_now = request.POST.copy()
                seen_now["version"] = error.now.version
                form = CommunicationForm(seen_now, **options)
            else:
                messages.success(request, _("The entry was saved."))
                return redirect("mentors:communication-list", strategy.slug)
    context = _context(strategy) | {
        "entry": entry,
        "form": form,
        "overtaken": overtaken,
        "is_overtaken": status == 409,
        "codes": communication.suggested_actions(strategy, request.user),
        "lines": history.lines(entry.history.all()[:30]),
    }
    return render(request, "mentors/communication_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def communication_remove(request, slug, pk):
    strategy = visible_strategy(request, slug)
    require(request, LOG_COMMUNICATION)
    if request.method == "POST" and not strategy.communications.filter(pk=pk).exists():
        return redirect("mentors:communication-list", strategy.slug)  # sent twice: it is gone
    entry, overtaken, status = _entry(request, strategy, pk), [], 200
    if request.method == "POST":
        try:
            communication.remove(entry, read_key(request.POST.get("version")), request.user)
        except Overtaken as error:
            entry, status = error.now, 409
            overtaken = history.lines(entry.history.all()[:1])
        else:
            messages.success(request, _("“%s” was removed from the log.") % entry.title)
            return redirect("mentors:communication-list", strategy.slug)
    context = _context(strategy) | {
        "entry": entry,
        "overtaken": overtaken,
        "is_overtaken": status == 409,
    }
    return render(request, "mentors/communication_remove.html", context, status=status)


def _entry(request, strategy, pk) -> Communication:
    """An entry that the person may change; 403 for another's."""
    require(request, LOG_COMMUNICATION)
    found = Communication.objects.select_related("network", "entered_by")
    entry = get_object_or_404(found, strategy=strategy, pk=pk)
    require(request, CHANGE_COMMUNICATION, entry)
    return entry


def _context(strategy) -> dict:
    return {"section": "mentors", "strategy": strategy}
