from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path, register_converter
from django.views.i18n import set_language

from digistrategia import late_pages, quarter_pages, views
from digistrategia.sign_in import PROVIDER
from mentors.views import sign_in
from mentors.views.two_step import TwoStep
from metrics.views import endpoint
from roadmap.quarters import Quarter

PROVIDER_ID = {"provider_id": PROVIDER}


class QuarterConverter:
    """A quarter of an address, 2022Q3."""

    regex = "[0-9]{4}Q[1-4]"
    to_python = staticmethod(Quarter.parse)
    to_url = staticmethod(str)


register_converter(QuarterConverter, "quarter")
handler500 = views.server_error
QUARTER = "strategies/<slug:slug>/quarters/<quarter:quarter>/"

urlpatterns = [
    path("", views.home, name="home"),
    path("health/", views.health, name="health"),
    path("strategies/<slug:slug>/search/", views.search, name="search"),
    path("api/measurements/", endpoint.measurements, name="measurements-api"),
    # So that a program without the last stroke is not redirected, which turns a POST into a GET.
    re_path(r"^api/(?P<rest>.*)$", endpoint.missing, name="api-missing"),
    path("strategies/<slug:slug>/quarters/", quarter_pages.quarter_list, name="quarter-list"),
    path(QUARTER, quarter_pages.quarter_detail, name="quarter-detail"),
    path(f"{QUARTER}open/", quarter_pages.quarter_open, name="quarter-open"),
    path(f"{QUARTER}reopen/", quarter_pages.quarter_reopen, name="quarter-reopen"),
    path(f"{QUARTER}deadline/", quarter_pages.quarter_deadline, name="quarter-deadline"),
    path(f"{QUARTER}close/", quarter_pages.quarter_close, name="quarter-close"),
    path(f"{QUARTER}remind/", quarter_pages.quarter_remind, name="quarter-remind"),
    path("strategies/<slug:slug>/late-measurements/", late_pages.late_list, name="late-list"),
    path("strategies/<slug:slug>/", include("metrics.urls")),
    path("strategies/<slug:slug>/", include("roadmap.urls")),
    path("", include("mentors.urls")),
    path("language/", login_not_required(set_language), name="set_language"),
    # Of allauth's pages, only those that a portal without registration needs.
    path("account/login/", sign_in.SignIn.as_view(), name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/password/", sign_in.PasswordChange.as_view(), name="account_change_password"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("account/sessions/", sign_in.Sessions.as_view(), name="usersessions_list"),
    path("account/reset/", account.password_reset, name="account_reset_password"),
    path("account/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^account/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "account/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    # The second step of signing in.
    path("account/two-step/", TwoStep.as_view(), name="mfa_index"),
    path("account/two-step/code/", mfa.authenticate, name="mfa_authenticate"),
    path("account/two-step/confirm/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("account/two-step/app/add/", totp.activate_totp, name="mfa_activate_totp"),
    path("account/two-step/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/two-step/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "account/two-step/codes/new/",
        codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("account/passkeys/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("account/passkeys/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path(
        "account/passkeys/confirm/",
        passkeys.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    path("account/passkeys/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
    path("account/passkeys/<int:pk>/edit/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path("account/passkeys/login/", sign_in.SignInByPasskey.as_view(), name="mfa_login_webauthn"),
    # The organisation's own provider; 404 where none is set up.
    path("account/oidc/login/", sign_in.oidc_login, PROVIDER_ID, name="openid_connect_login"),
    path(
        "account/oidc/callback/", sign_in.oidc_callback, PROVIDER_ID, name="openid_connect_callback"
    ),
]
