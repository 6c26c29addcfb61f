from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from mentors import action_choice, communication, deputies, history, networks
from mentors.forms.networks import NetworkForm
from mentors.models import Network
from roadmap.access import read_key, require, visible_strategy
from roadmap.history import Overtaken
from roadmap.models import Action
from roadmap.permissions import MANAGE_NETWORKS

CARRIED_PAGE = 50


@require_safe
def network_list(request, slug):
    strategy = visible_strategy(request, slug)
    opened = networks.open_quarter(strategy)
    context = _context(strategy) | {"opened": opened, "rows": networks.rows(strategy, opened)}
    return render(request, "mentors/network_list.html", context)


@require_safe
def network_detail(request, slug, pk):
    strategy = visible_strategy(request, slug)
    network = _network(strategy, pk)
    opened = networks.open_quarter(strategy)
    detail = networks.detail(network, opened)
    context = _context(strategy) | {
        "network": network,
        "opened": opened,
        "detail": detail,
        "shown": Paginator(detail.actions, CARRIED_PAGE).get_page(request.GET.get("page")),
        "totals": communication.totals_of_network(network),
        "deputies": deputies.in_force_for(detail.leads),
        "lines": history.lines(network.history.all()[:30]),
    }
    return render(request, "mentors/network_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def network_add(request, slug):
    strategy = visible_strategy(request, slug)
    require(request, MANAGE_NETWORKS)
    return _edit(request, strategy, None)


@require_http_methods(["GET", "HEAD", "POST"])
def network_edit(request, slug, pk):
    strategy = visible_strategy(request, slug)
    require(request, MANAGE_NETWORKS)
    return _edit(request, strategy, _network(strategy, pk))


def _edit(request, strategy, network):
    """The form, and the answer to what it sends: 422 with a fault, 409 overtaken."""
    overtaken, status = [], 200
    if request.method != "POST":
        area = read_key(request.GET.get("area"))
        form = NetworkForm.of(strategy, network, area)
    else:
        form = NetworkForm(request.POST, strategy=strategy, network=network)
        status = 422
        if form.is_valid():
            try:
                kept = _save(form, strategy, network, request.user)
                messages.success(request, _("The network %s was saved.") % kept.name)
                return redirect("mentors:network-detail", strategy.slug, kept.pk)
            except networks.NameTaken:
                form.add_error("name", _("There is a network of this name already."))
            except Overtaken as error:
                overtaken, status = _last_change(error.now), 409
                seen_now = request.POST.copy()
                seen_now["version"] = error.now.version
                form = NetworkForm(seen_now, strategy=strategy, network=error.now)
    context = _context(strategy) | {
        "network": network,
        "form": form,
        "overtaken": overtaken,
        "is_overtaken": status == 409,
    }
    return render(request, "mentors/network_edit.html", context, status=status)


def _save(form, strategy, network, user):
    pk, seen = network and network.pk, form.cleaned_data["version"]
    try:
        return networks.save(strategy, pk, form.wanted(), seen, user)
    except Network.DoesNotExist:
        raise Http404 from None


@require_http_methods(["GET", "HEAD", "POST"])
def network_actions(request, slug, pk):
    strategy = visible_strategy(request, slug)
    require(request, MANAGE_NETWORKS)
    network = _network(strategy, pk)
    filters = action_choice.Filters.read(request.GET)
    overtaken, ticked, status = [], None, 200
    if request.method == "POST":
        try:
            counts = _choose(request, network, filters)
        except Overtaken as error:
            network, status = error.now, 409
            overtaken = _last_change(network)
            ticked = _keys(request, "action") if "shown" in request.POST else None
        else:
            messages.success(request, _says(*counts))
            return redirect(request.get_full_path())
    context = _context(strategy) | {
        "network": network,
        "filters": filters,
        "overtaken": overtaken,
        "is_overtaken": status == 409,
        "listing": action_choice.listing(network, filters, ticked),
        "areas": strategy.service_areas.all(),
        "themes": strategy.themes.all(),
    }
    return render(request, "mentors/network_actions.html", context, status=status)


def _choose(request, network, filters):
    """Take what was ticked on the page, or everything that the filters find."""
    seen = read_key(request.POST.get("version")) or 0
    found = action_choice.matching(network, filters)
    none = Action.objects.none()
    if "add_all" in request.POST:
        return networks.choose_actions(network, found, none, seen, request.user)
    if "remove_all" in request.POST:
        return networks.choose_actions(network, none, found, seen, request.user)
    here = Action.objects.filter(strategy=network.strategy_id)
    shown, ticked = _keys(request, "shown"), _keys(request, "action")
    added, removed = here.filter(pk__in=ticked), here.filter(pk__in=shown - ticked)
    return networks.choose_actions(network, added, removed, seen, request.user)


def _keys(request, name) -> set[int]:
    """The keys that a page of boxes sends; never more than a page has."""
    keys = map(read_key, request.POST.getlist(name)[: action_choice.PAGE])
    return {key for key in keys if key}


def _says(added: int, removed: int) -> str:
    if not added and not removed:
        return _("The network carries these actions already: nothing changed.")
    return " ".join(
        text
        for number, text in (
            (added, ngettext("%d action was added.", "%d actions were added.", added)),
            (
                removed,
                ngettext("%d action was taken away.", "%d actions were taken away.", removed),
            ),
        )
        if number
        for text in (text % number,)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def network_remove(request, slug, pk):
    strategy = visible_strategy(request, slug)
    require(request, MANAGE_NETWORKS)
    network = strategy.networks.filter(pk=pk).first()
    if request.method == "POST" and network is None:  # sent twice: it is gone already
        return redirect("mentors:network-list", strategy.slug)
    if network is None:
        raise Http404
    overtaken, status = [], 200
    if request.method == "POST":
        try:
            networks.remove(network, read_key(request.POST.get("version")), request.user)
        except Overtaken as error:
            network, status = error.now, 409
            overtaken = _last_change(network)
        else:
            messages.success(request, _("The network %s was removed.") % network.name)
            return redirect("mentors:network-list", strategy.slug)
    context = _context(strategy) | {
        "network": network,
        "overtaken": overtaken,
        "is_overtaken": status == 409,
        "actions": network.actions.count(),
        "events": network.communications.count(),
    }
    return render(request, "mentors/network_remove.html", context, status=status)


def _last_change(network) -> list[history.Line]:
    """What somebody else did meanwhile."""
    return history.lines(network.history.all()[:1])


def _network(strategy, pk) -> Network:
    found = Network.objects.select_related("service_area")
    network = get_object_or_404(found, strategy=strategy, pk=pk)
    network.strategy = strategy
    return network


def _context(strategy) -> dict:
    return {"section": "mentors", "strategy": strategy}
