from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mentors import languages, people, report_links
from mentors.forms.people import ProfileForm
from mentors.models import User
from mentors.roles import role_words


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request):
    # Its own instance: a form that is refused must not change the name in the page's head.
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid() and people.edit(form, request.user):
        return _saved(request, form)
    roles = request.user.groups.values_list("name", flat=True)
    context = {
        "form": form,
        "role_words": role_words(roles),
        "report_links": report_links.links_of(request.user),
    }
    return render(request, "mentors/profile.html", context, status=422 if form.errors else 200)


def _saved(request, form):
    response = redirect("mentors:profile")
    language = request.LANGUAGE_CODE
    if "language" in form.changed_data:
        language = form.cleaned_data["language"]
        languages.remember(response, language)
    with translation.override(language):
        messages.success(request, _("Your settings were saved."))
    return response
