from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mentors import deputies, history
from mentors.forms.deputies import DeputyForm
from mentors.models import Deputy, PeopleChange
from roadmap import formats, strategies
from roadmap.access import require
from roadmap.permissions import NAME_DEPUTY, NAME_OWN_DEPUTY, VIEW


@require_http_methods(["GET", "HEAD", "POST"])
def deputy_list(request):
    if not request.user.has_perm(VIEW):
        raise Http404
    require(request, NAME_OWN_DEPUTY)
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        row = deputies.name(**form.cleaned_data, user=request.user)
        says = _("%(deputy)s stands in for %(person)s from %(first)s to %(last)s.") % {
            "deputy": row.deputy,
            "person": row.person,
            "first": formats.day(row.first_day),
            "last": formats.day(row.last_day),
        }
        messages.success(request, says)
        return redirect("mentors:deputy-list")
    rows = deputies.not_over()
    changes = PeopleChange.objects.filter(person__isnull=False, fields__has_key="deputy")
    if not request.user.has_perm(NAME_DEPUTY):
        rows = rows.filter(Q(person=request.user) | Q(deputy=request.user))
        changes = changes.filter(person=request.user)
    context = {
        "form": form,
        "rows": rows[: deputies.MOST_SHOWN],
        "today": timezone.localdate(),
        "lines": history.lines(changes[:30]),
        "home": strategies.current(),
    }
    status = 422 if form.errors else 200
    return render(request, "mentors/deputy_list.html", context, status=status)


def _form(request) -> DeputyForm:
    options = {"mentors": deputies.mentors(), "own": request.user}
    if request.user.has_perm(NAME_DEPUTY):
        options |= {"own": None, "people": deputies.who_may_be_away()}
    if request.method == "POST":
        own = str(request.user.pk)
        if options["own"] and request.POST.get("person", own) != own:
            raise PermissionDenied
        return DeputyForm(request.POST, **options)
    return DeputyForm(initial={"first_day": timezone.localdate()}, **options)


@require_POST
def deputy_end(request, pk):
    if not request.user.has_perm(VIEW):
        raise Http404
    require(request, NAME_OWN_DEPUTY)
    row = Deputy.objects.select_related("person").filter(pk=pk).first()
    if row is None:  # sent twice: it is ended already
        return redirect("mentors:deputy-list")
    if request.user != row.deputy and not request.user.has_perm(NAME_DEPUTY, row.person):
        raise Http404
    require(request, NAME_DEPUTY, row.person)
    if deputies.end(pk, request.user):
        messages.success(request, _("The period was ended."))
    return redirect("mentors:deputy-list")
