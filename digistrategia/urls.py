from allauth.account import views as account
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path, register_converter
from django.views.i18n import set_language

from digistrategia import quarter_pages, views
from roadmap.quarters import Quarter


class QuarterConverter:
    """A quarter of an address, 2022Q3."""

    regex = "[0-9]{4}Q[1-4]"
    to_python = staticmethod(Quarter.parse)
    to_url = staticmethod(str)


register_converter(QuarterConverter, "quarter")
QUARTER = "strategies/<slug:slug>/quarters/<quarter:quarter>/"

urlpatterns = [
    path("", views.home, name="home"),
    path("health/", views.health, name="health"),
    path("strategies/<slug:slug>/quarters/", quarter_pages.quarter_list, name="quarter-list"),
    path(QUARTER, quarter_pages.quarter_detail, name="quarter-detail"),
    path(f"{QUARTER}open/", quarter_pages.quarter_open, name="quarter-open"),
    path(f"{QUARTER}reopen/", quarter_pages.quarter_reopen, name="quarter-reopen"),
    path(f"{QUARTER}deadline/", quarter_pages.quarter_deadline, name="quarter-deadline"),
    path(f"{QUARTER}close/", quarter_pages.quarter_close, name="quarter-close"),
    path(f"{QUARTER}remind/", quarter_pages.quarter_remind, name="quarter-remind"),
    path("strategies/<slug:slug>/", include("metrics.urls")),
    path("strategies/<slug:slug>/", include("roadmap.urls")),
    path("", include("mentors.urls")),
    path("language/", login_not_required(set_language), name="set_language"),
    # Of allauth's pages, only those that a portal without registration needs.
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/password/", account.password_change, name="account_change_password"),
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
]
