from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from mentors import invitations, languages
from mentors.forms.invitations import AcceptForm


@login_not_required
@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_accept(request, token):
    try:
        invitation = invitations.resolve(token)
        languages.prefer(request, invitation.person.language)
        return _choose_password(request, invitation)
    except signing.BadSignature as error:
        raise Http404 from error
    except invitations.NoLongerValid:
        return render(request, "mentors/invitation_gone.html", status=410)


def _choose_password(request, invitation):
    person = invitation.person
    form = AcceptForm(person, request.POST or None, initial={"language": request.LANGUAGE_CODE})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        invitations.accept(invitation, chosen["password1"], chosen["language"])
        with translation.override(chosen["language"]):
            messages.success(request, _("Your password was saved. Now you can sign in with it."))
        response = redirect("account_login")
        languages.remember(response, chosen["language"])
        return response
    context = {"form": form, "person": person}
    status = 422 if form.errors else 200
    return render(request, "mentors/invitation_accept.html", context, status=status)
