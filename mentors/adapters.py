"""Where allauth asks the portal: nobody registers, and a provider's word is checked."""

import logging

import jwt
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.shortcuts import redirect, render

from mentors import languages, oidc

logger = logging.getLogger(__name__)

SIGNATURES = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
CLOCKS_DIFFER = 60  # seconds


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False

    def post_login(self, request, user, **kwargs):
        """A browser that has chosen no language takes the person's own."""
        response = super().post_login(request, user, **kwargs)
        if not languages.is_chosen(request):
            languages.remember(response, user.language)
        return response

    def send_notification_mail(self, *args, **kwargs):
        """What was done stays done when the mail about it cannot be sent."""
        try:
            super().send_notification_mail(*args, **kwargs)
        except OSError:  # smtplib's errors are its children
            logger.exception("A notice about an account was not sent.")


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request, sociallogin):
        return False

    def pre_social_login(self, request, sociallogin):
        """Decides who signs in: see `mentors.oidc`."""
        provider = settings.OIDC
        try:
            person = oidc.admit(sociallogin.claims, provider["groups_claim"], provider["roles"])
        except oidc.Refused as refused:
            page = render(
                request, "account/oidc_refused.html", {"reason": refused.reason}, status=403
            )
            raise ImmediateHttpResponse(page) from refused
        except oidc.GroupsUnknown as error:
            logger.error(
                "OpenID Connect: the token has too many groups to name them. Let the provider "
                "send only the groups that are assigned to the portal."
            )
            raise ImmediateHttpResponse(oidc_failed(request)) from error
        sociallogin.user = sociallogin.account.user = person

    def on_authentication_error(
        self, request, provider, error=None, exception=None, extra_context=None
    ):
        if error == AuthError.CANCELLED:
            raise ImmediateHttpResponse(redirect("account_login"))
        # Never the exception's own words: they can hold what the provider answered, tokens too.
        kind = type(exception).__name__ if exception else error
        logger.warning("OpenID Connect: a sign-in failed: %s.", kind)
        raise ImmediateHttpResponse(oidc_failed(request))


def oidc_failed(request, status=400):
    return render(request, "account/oidc_failed.html", status=status)


class OpenIDAdapter(OpenIDConnectOAuth2Adapter):
    """Believes a signed id_token and nothing else that comes from the provider.

    allauth does not check the signature of a token that it fetched itself, and prefers the
    userinfo to it.
    """

    def complete_login(self, request, app, token, **kwargs):
        claims = self.verified_claims(app, kwargs["response"].get("id_token"))
        # No claims are kept in the database: name and e-mail are the person's own fields.
        account = SocialAccount(provider=oidc.PROVIDER, uid=oidc.key_of(claims))
        login = SocialLogin(provider=self.get_provider(), account=account)
        login.claims = claims
        return login

    def verified_claims(self, app, id_token: str) -> dict:
        """The claims of a token that is genuine, ours, and of now; or `OAuth2Error`."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        try:
            keys = jwt.PyJWKSet.from_dict(answer.json())
            kid = jwt.get_unverified_header(id_token).get("kid")
            # A provider with one key need not name it.
            key = keys.keys[0] if kid is None and len(keys.keys) == 1 else keys[kid]
            return jwt.decode(
                id_token,
                key,
                algorithms=SIGNATURES,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=CLOCKS_DIFFER,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, KeyError) as error:
            raise OAuth2Error("The id_token cannot be trusted.") from error
