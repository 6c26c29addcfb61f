"""Signing in is set up by environment variables alone; half of it says what is missing."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from digistrategia import sign_in
from digistrategia.sign_in import from_environment
from roadmap.permissions import Role
from tests.digistrategia.test_portal import manage

TENANT = "https://login.microsoftonline.com/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/v2.0"
WHOLE = {
    "OIDC_SERVER_URL": TENANT,
    "OIDC_CLIENT_ID": "portal",
    "OIDC_CLIENT_SECRET": "secret",
}


def test_nothing_set_is_nothing_set_up():
    assert from_environment({}) == {
        "OIDC": None,
        "SOCIALACCOUNT_PROVIDERS": {},
        "MFA_REQUIRED_ROLES": frozenset(),
        "MFA_TRUST_OIDC": True,
        "MFA_PASSKEY_LOGIN_ENABLED": True,
    }
    compose = dict.fromkeys(WHOLE, "") | {"OIDC_ONLY": "0", "OIDC_ROLES": ""}
    assert from_environment(compose) == from_environment({})


def test_a_provider_is_set_up_with_pkce_and_sensible_names():
    made = from_environment(
        WHOLE
        | {"OIDC_ROLES": "a=johto, b = ylläpitäjä,cn=x=digimentori", "OIDC_ONLY": "true"}
        | {"MFA_REQUIRED_ROLES": " ylläpitäjä,johto ", "MFA_TRUST_OIDC": "0"}
    )
    assert made["OIDC"] == {
        "server_url": TENANT,
        "origin": "https://login.microsoftonline.com",
        "client_id": "portal",
        "secret": "secret",
        "name": "",
        "groups_claim": "groups",
        "roles": {"a": "johto", "b": "ylläpitäjä", "cn=x": "digimentori"},
        "only": True,
    }
    provider = made["SOCIALACCOUNT_PROVIDERS"]["openid_connect"]
    assert provider["OAUTH_PKCE_ENABLED"] is True
    assert provider["APPS"][0]["settings"] == {"server_url": TENANT}
    assert made["MFA_REQUIRED_ROLES"] == {"ylläpitäjä", "johto"}
    assert (made["MFA_TRUST_OIDC"], made["MFA_PASSKEY_LOGIN_ENABLED"]) == (False, False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"OIDC_CLIENT_SECRET": ""}, "half configured: OIDC_CLIENT_SECRET is not set"),
        ({"OIDC_CLIENT_ID": " ", "OIDC_SERVER_URL": ""}, "OIDC_SERVER_URL, OIDC_CLIENT_ID is not"),
        (dict.fromkeys(WHOLE, "") | {"OIDC_ROLES": "a=johto"}, "OIDC_ROLES is set, but no"),
        (dict.fromkeys(WHOLE, "") | {"OIDC_ONLY": "1"}, "OIDC_ONLY is set, but no"),
        ({"OIDC_SERVER_URL": "http://idp.example.org"}, "begins with https://"),
        ({"OIDC_SERVER_URL": "idp.example.org"}, "begins with https://"),
        ({"OIDC_SERVER_URL": "https://"}, "begins with https://"),
        ({"OIDC_SERVER_URL": "https://x:port/"}, "begins with https://"),
        ({"OIDC_SERVER_URL": "https://login.microsoftonline.com/common/v2.0"}, "own tenant"),
        ({"OIDC_ROLES": "a=pomo"}, "'a=pomo' is not understood"),
        ({"OIDC_ROLES": "johto"}, "'johto' is not understood"),
        ({"OIDC_ROLES": "a=johto,a=digimentori"}, "two roles to the group 'a'"),
        ({"MFA_REQUIRED_ROLES": "johto,pomo"}, "no role of the portal: pomo"),
    ],
)
def test_what_is_half_or_wrong_is_said_in_a_sentence(changes, words):
    with pytest.raises(ImproperlyConfigured) as raised:
        from_environment(WHOLE | changes)
    assert words in str(raised.value)


def test_the_roles_of_the_settings_are_those_of_the_portal():
    assert set(sign_in.ROLES) == set(Role)


def test_the_portal_does_not_start_half_configured(tmp_path):
    ended = manage("check", DATA_DIR=str(tmp_path), SECRET_KEY="x", OIDC_CLIENT_ID="portal")
    assert ended.returncode == 1
    assert ended.stderr.startswith("Not started: Signing in by OpenID Connect is half configured")


def test_the_policy_lets_the_form_through_to_the_provider_and_nowhere_else(tmp_path):
    code = "from django.conf import settings as s; print(s.CONTENT_SECURITY_POLICY)"
    environment = {"DATA_DIR": str(tmp_path), "SECRET_KEY": "x"}
    ended = manage("shell", "--no-imports", "-c", code, **environment, **WHOLE)
    assert "'form-action': [\"'self'\", 'https://login.microsoftonline.com']" in ended.stdout
    ended = manage("shell", "--no-imports", "-c", code, **environment)
    assert "'form-action': [\"'self'\"]" in ended.stdout
