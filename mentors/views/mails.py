from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mentors import mails
from mentors.models import Mail
from roadmap.permissions import MANAGE_PEOPLE

SHOWN = 100


@require_safe
def mail_list(request):
    """Mails that did not go out, for an administrator to decide about."""
    _require(request)
    context = {
        "waiting": mails.waiting().count(),
        "uncertain": mails.uncertain()[:SHOWN],
        "given_up": mails.given_up().order_by("-given_up_at")[:SHOWN],
    }
    return render(request, "mentors/mail_list.html", context)


@require_POST
def mail_again(request, pk):
    _require(request)
    mail = get_object_or_404(Mail.objects.select_related("recipient"), pk=pk)
    if mails.send_again(mail, request.user):
        messages.success(request, _("The mail to %s waits to be sent again.") % mail.recipient)
    else:
        messages.info(request, _("Nothing was sent: see below how things stand now."))
    return redirect("mentors:mail-list")


def _require(request):
    if not request.user.has_perm(MANAGE_PEOPLE):
        raise Http404
