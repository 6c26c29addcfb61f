from allauth.mfa.base.views import IndexView
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mentors import two_step
from mentors.models import User
from roadmap.permissions import MANAGE_PEOPLE


class TwoStep(IndexView):
    """allauth's page of the second step, which also says when a role asks for one."""

    def get_context_data(self, **kwargs):
        asked = {"is_missing": two_step.is_missing(self.request)}
        return super().get_context_data(**kwargs) | asked


@require_POST
def two_step_reset(request, pk):
    if not request.user.has_perm(MANAGE_PEOPLE):
        raise Http404
    person = get_object_or_404(User, pk=pk)
    if two_step.reset(person, request.user):
        messages.success(request, _("The second step of signing in was taken away."))
    else:
        messages.info(request, _("There was no second step to take away."))
    return redirect("mentors:person-detail", pk)
