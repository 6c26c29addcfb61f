from functools import wraps

from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView, PasswordChangeView
from allauth.decorators import rate_limit
from allauth.mfa.webauthn.views import LoginWebAuthnView
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.usersessions.views import ListUserSessionsView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from requests import RequestException

from mentors import sessions
from mentors.adapters import OpenIDAdapter, logger, oidc_failed


class SignIn(LoginView):
    """By password; where there is a provider, it comes first, or alone (OIDC_ONLY)."""

    @method_decorator(login_not_required)
    def dispatch(self, request, *args, **kwargs):
        if request.method == "POST" and settings.OIDC and settings.OIDC["only"]:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"oidc": settings.OIDC}


class SignInByPasskey(LoginWebAuthnView):
    @method_decorator(login_not_required)
    def dispatch(self, request, *args, **kwargs):
        if not settings.MFA_PASSKEY_LOGIN_ENABLED:
            raise Http404
        return super().dispatch(request, *args, **kwargs)


class PasswordChange(PasswordChangeView):
    def dispatch(self, request, *args, **kwargs):
        if not request.user.has_usable_password():
            return render(request, "account/no_password.html")
        return super().dispatch(request, *args, **kwargs)


class Sessions(ListUserSessionsView):
    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for session in context["sessions"]:
            session.device = sessions.device(session.user_agent)
        return context


def of_provider(view):
    """A view that answers 404 where no provider is set up, and says when it does not answer."""

    @login_not_required
    @never_cache
    @wraps(view)
    def wrapped(request, provider_id):
        if not settings.OIDC:
            raise Http404
        try:
            return view(request, provider_id)
        except (RequestException, OAuth2Error, KeyError) as error:
            # Never the error's own words: they can hold what the provider answered.
            logger.error("OpenID Connect: the provider fails: %s.", type(error).__name__)
            return oidc_failed(request, status=503)

    return wrapped


@of_provider
@require_POST
@rate_limit(action="login")
def oidc_login(request, provider_id):
    provider = get_adapter(request).get_provider(request, provider_id)
    return provider.redirect(request, AuthProcess.LOGIN, next_url=get_next_redirect_url(request))


@of_provider
@require_safe
def oidc_callback(request, provider_id):
    return OAuth2CallbackView.adapter_view(OpenIDAdapter(request, provider_id))(request)
