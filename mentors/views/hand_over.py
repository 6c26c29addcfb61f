from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mentors import hand_over as rule
from mentors import networks
from mentors import uncovered as found
from mentors.forms.hand_over import HandOverForm
from roadmap import strategies
from roadmap.access import require, visible_strategy
from roadmap.permissions import MANAGE_PEOPLE, VIEW

PAGE, MOST = 50, 100


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request):
    if not request.user.has_perm(VIEW):
        raise Http404
    require(request, MANAGE_PEOPLE)
    is_sent = request.method == "POST"
    is_asked = is_sent or "receiver" in request.GET
    if is_asked:
        form = HandOverForm(request.POST if is_sent else request.GET, is_sent=is_sent)
    else:
        form = HandOverForm(initial=request.GET.dict())
    status, load = 200, None
    if is_asked and not form.is_valid():
        status = 422
    elif is_asked:
        chosen = [form.cleaned_data[name] for name in ("giver", "receiver", "strategy")]
        try:
            if is_sent:
                moved = rule.carry_out(*chosen, request.POST.get("key", ""), request.user)
                messages.success(request, _says(moved, *chosen[:2]))
                return redirect("mentors:hand-over")
        except rule.Overtaken:
            status = 409
        load = rule.load(*chosen)
    context = {
        "form": form,
        "load": load,
        "is_overtaken": status == 409,
        "home": strategies.current(),
    }
    return render(request, "mentors/hand_over.html", context, status=status)


def _says(moved, giver, receiver) -> str:
    if moved.is_empty:
        text = _("Nothing was left to hand over from %(giver)s to %(receiver)s.")
    elif moved.only_kpis:
        text = _("The KPIs were handed over from %(giver)s to %(receiver)s.")
    else:
        text = _("Everything was handed over from %(giver)s to %(receiver)s.")
    return text % {"giver": giver, "receiver": receiver}


@require_safe
def uncovered(request, slug):
    strategy = visible_strategy(request, slug)
    require(request, MANAGE_PEOPLE)
    opened = networks.open_quarter(strategy)
    actions = found.actions(strategy, opened).prefetch_related("responsible")
    shown = Paginator(actions, PAGE).get_page(request.GET.get("page"))
    carriers = found.network_of_area(strategy)
    for action in shown.object_list:
        action.carrier = carriers.get(action.service_area_id) or carriers.get(None)
    lists = {
        "areas": found.service_areas(strategy)[: MOST + 1],
        "networks": found.networks(strategy)[: MOST + 1],
        "people": found.people(strategy)[: MOST + 1],
        "kpis": found.kpis(strategy)[: MOST + 1],
    }
    context = {name: list(rows) for name, rows in lists.items()} | {
        "section": "mentors",
        "strategy": strategy,
        "opened": opened,
        "shown": shown,
        "most": MOST,
    }
    return render(request, "mentors/uncovered.html", context)
