from allauth.usersessions.models import UserSession
from django.core.cache import caches
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from mentors import two_step

SEEN_EVERY = 15 * 60  # seconds

# What somebody without the second step that their role asks for can do: set it up, and leave.
WITHOUT_SECOND_STEP = {
    "account_logout",
    "account_reauthenticate",
    "account_change_password",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_remove_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_view_recovery_codes",
}


def note_when_seen(get_response):
    """Keeps when a session was last seen, to a quarter of an hour: no query for most requests."""

    def middleware(request):
        if request.session.session_key and request.user.is_authenticated:
            key = request.session.session_key
            if caches["process"].add(f"seen:{key}", True, SEEN_EVERY):
                UserSession.objects.filter(session_key=key).update(last_seen_at=timezone.now())
        return get_response(request)

    return middleware


def ask_for_second_step(get_response):
    """Sends whoever must set up a second step (MFA_REQUIRED_ROLES) to the page where they can.

    Pages for everybody stay open, and so does what is needed to set it up.
    """

    def process_view(request, view, args, kwargs):
        if not getattr(view, "login_required", True):
            return None
        if request.resolver_match.view_name in WITHOUT_SECOND_STEP:
            return None
        if not two_step.is_missing(request):
            return None
        if request.htmx:
            return HttpResponseClientRedirect(reverse("mfa_index"))
        return redirect("mfa_index")

    def middleware(request):
        return get_response(request)

    middleware.process_view = process_view
    return middleware
