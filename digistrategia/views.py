from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.views import defaults
from django.views.decorators.http import require_safe

from digistrategia.health import health as how_it_is
from digistrategia.search import results
from digistrategia.search_kinds import KINDS
from mentors.worklist import open_quarter_of
from metrics.problems import Problem
from roadmap.access import visible_strategy
from roadmap.permissions import REPORT_OWN, VIEW
from roadmap.strategies import current


@require_safe
def home(request):
    """Where one comes to after signing in: what there is to report, or how things stand."""
    if not request.user.has_perm(VIEW):
        return render(request, "no_role.html", status=403)
    strategy = current()
    if strategy is None:
        return render(request, "no_strategy.html")
    if not request.user.has_perm(REPORT_OWN) or open_quarter_of(strategy) is None:
        return redirect("metrics:situation", strategy.slug)
    return redirect("mentors:worklist", strategy.slug)


@login_not_required
@require_safe
def health(request):
    answer = how_it_is()
    return JsonResponse(answer, status=200 if answer["ok"] else 503)


@require_safe
def search(request, slug):
    strategy = visible_strategy(request, slug)
    found = results(KINDS, request.user, strategy, request.GET)
    context = {"section": "search", "strategy": strategy, "found": found, "query": found.query}
    return render(request, "digistrategia/search.html", context)


def server_error(request):
    """What broke, said to people by a page and to programs by JSON."""
    if request.path.startswith("/api/"):
        says = "Something broke here. Nothing was kept; try again later under the same key."
        return Problem(500, "broken", says).response()
    return defaults.server_error(request)
