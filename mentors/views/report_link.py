"""My quarter by a link from a mail: for one person and one quarter, and nothing else."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from mentors import report_links
from mentors import worklist as lists
from mentors.views.worklist import answer, answer_light


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_link(request, token):
    link = _link(token)
    if link is None:
        return _gone(request)
    strategy = link.strategy_quarter.strategy
    if request.user == link.person:
        return redirect("mentors:worklist", strategy.slug)
    report_links.mark_used(link)
    here = reverse("mentors:report-link", args=[token])
    return answer(request, strategy, link.person, here, by_link=link)


@login_not_required
@never_cache
@require_safe
def report_link_light(request, token, pk):
    link = _link(token)
    if link is None:
        return _gone(request)
    return answer_light(request, link.strategy_quarter.strategy, link.person, pk)


def _link(token):
    link = report_links.resolve(token)
    return link if link and lists.may_have_one(link.person) else None


def _gone(request):
    return render(request, "mentors/report_link_gone.html", status=410)
