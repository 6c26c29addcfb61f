"""My quarter by a link from a mail: for one person and one quarter, and nothing else."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mentors import report_links
from mentors import worklist as lists
from mentors.models import Mail, ReportLink, User
from mentors.outbox import post
from mentors.views.worklist import answer, answer_light
from roadmap.permissions import MANAGE_PEOPLE


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_link(request, token):
    link = _link(token)
    if link is None:
        return _gone(request)
    strategy = link.strategy_quarter.strategy
    if request.method == "POST":
        report_links.mark_used(link)  # not at a look: programs that check mails look, too
    elif request.user == link.person:
        return redirect("mentors:worklist", strategy.slug)
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


@require_POST
def report_link_revoke(request, pk):
    """One's own, or as an administrator anybody's."""
    link = get_object_or_404(ReportLink, pk=pk)
    is_own = link.person_id == request.user.pk
    if not is_own and not request.user.has_perm(MANAGE_PEOPLE):
        raise Http404
    report_links.revoke(link, request.user)
    messages.success(request, _("The link was revoked. It opens nothing now."))
    if is_own:
        return redirect("mentors:profile")
    return redirect("mentors:person-detail", link.person_id)


@require_POST
def report_link_send(request, pk):
    """Mail a person a link for each open quarter that can be reported by one."""
    if not request.user.has_perm(MANAGE_PEOPLE):
        raise Http404
    person = get_object_or_404(User, pk=pk, is_active=True)
    token = request.POST.get("token", "")[:36]  # of the form, so that a double click sends one
    opened = report_links.quarters_by_link()
    for row in opened:
        post(Mail.Kind.LINK, person, f"link:{row.pk}:{pk}:{token}", row, made_by=request.user)
    if opened:
        messages.success(request, _("The link is on its way to %s.") % person)
    else:
        messages.info(request, _("No quarter is open that can be reported by a link."))
    return redirect("mentors:person-detail", pk)
