from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mentors import history, invitations, leavers, people, report_links, texts
from mentors.forms.people import InviteForm, PersonAddForm, PersonForm
from mentors.models import User
from mentors.roles import choices
from mentors.worklist import may_have_one
from roadmap.permissions import MANAGE_PEOPLE

SHOWN_CHANGES, SHOWN_TEXTS = 50, 100


def visible_person(request, pk: int) -> User:
    """The person; 404 for who does not manage people, as if there were nobody."""
    ask_permission(request)
    return get_object_or_404(User, pk=pk)


def ask_permission(request) -> None:
    if not request.user.has_perm(MANAGE_PEOPLE):
        raise Http404


@require_safe
def person_list(request):
    ask_permission(request)
    filters = people.Filters.read(request.GET)
    page = people.listing(filters, request.GET.get("page"))
    context = {
        "filters": filters,
        "page": page,
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "roles": [*choices(), (people.NO_ROLE, _("No role"))],
        "states": people.State,
    }
    # A request for the history of the browser wants the whole page, as does one without htmx.
    part = request.htmx and not request.htmx.history_restore_request
    fragment = "#people-table" if part and request.htmx.target == "people-table" else ""
    response = render(request, f"mentors/person_list.html{fragment}", context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def person_add(request):
    ask_permission(request)
    form = PersonAddForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = people.add(form, request.user)
        if person:
            messages.success(request, _("%s was added and invited.") % person)
            return redirect("mentors:person-detail", person.pk)
    status = 422 if form.errors else 200
    return render(request, "mentors/person_add.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def person_detail(request, pk):
    # Apart from what is shown: a refused form must not change that.
    edited, person = visible_person(request, pk), people.detail(pk)
    if request.method == "POST" and person.former:
        raise PermissionDenied
    edited.roles = person.roles
    form = PersonForm(request.POST or None, instance=edited)
    if request.method == "POST" and form.is_valid() and people.edit(form, request.user):
        messages.success(request, _("The changes were saved."))
        return redirect("mentors:person-detail", pk)
    context = {
        "person": person,
        "form": form,
        "is_own": person == request.user,
        "has_two_step": person.authenticator_set.exists(),
        "report_links": report_links.links_of(person),
        "can_get_link": person.is_active
        and may_have_one(person)
        and report_links.quarters_by_link(),
        "link_token": uuid4(),
        "lines": history.lines(person.history.all()[:SHOWN_CHANGES]),
    }
    status = 422 if form.errors else 200
    return render(request, "mentors/person_detail.html", context, status=status)


@require_POST
def person_invite(request, pk):
    person = visible_person(request, pk)
    form = InviteForm(request.POST)
    seen = form.cleaned_data["seen"] if form.is_valid() else -1
    if people.detail(pk).state.is_outside and invitations.invite(person, request.user, seen):
        messages.success(request, _("The invitation is on its way to %s.") % person.email)
    else:
        messages.info(request, _("Nothing was sent: see below how things stand now."))
    return redirect("mentors:person-detail", pk)


@require_POST
def invitation_revoke(request, pk):
    person = visible_person(request, pk)
    if invitations.revoke(person, request.user):
        messages.success(request, _("The invitation was revoked. Its link opens nothing now."))
    return redirect("mentors:person-detail", pk)


@require_POST
def person_deactivate(request, pk):
    person = visible_person(request, pk)
    try:
        if people.deactivate(person, request.user):
            messages.success(request, _("The account was deactivated: %s is signed out.") % person)
    except people.Refused as refused:
        messages.error(request, _("Nothing was changed: %s.") % refused)
    return redirect("mentors:person-detail", pk)


@require_POST
def person_reactivate(request, pk):
    person = visible_person(request, pk)
    if people.reactivate(person, request.user):
        messages.success(request, _("The account is in use again."))
    return redirect("mentors:person-detail", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def person_pseudonymise(request, pk):
    person = visible_person(request, pk)
    if person.is_active or person.former:
        messages.info(request, _("Only a deactivated person’s name can be taken away."))
        return redirect("mentors:person-detail", pk)
    if request.method == "POST":
        try:
            person = leavers.pseudonymise(person, request.user)
        except leavers.NotDeactivated:
            return redirect("mentors:person-detail", pk)
        messages.success(request, _("Name and address were taken away: now it is %s.") % person)
        return redirect("mentors:person-detail", pk)
    found = texts.texts_about(person)
    context = {"person": people.detail(pk), "found": found, "shown": found[:SHOWN_TEXTS]}
    return render(request, "mentors/person_pseudonymise.html", context)
