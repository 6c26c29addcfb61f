"""Signing in by a real OpenID provider: what an attacker sends, and what is told and logged."""

import json
import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.providers.oauth2.client import OAuth2Client

from mentors.models import User
from tests.openid import AINO, CALLBACK, LOGIN, signed_in

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of the provider, in our process
]
OURS = ("mentors", "allauth", "django", "urllib3")


def tampered(token, part, **changes):
    parts = token.split(".")
    data = json.loads(urlsafe_b64decode(parts[part] + "=="))
    data.update(changes)
    parts[part] = urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")
    return parts


FORGERIES = {
    "a claim was changed": lambda t: ".".join(tampered(t, 1, sub="admin")),
    "no signature": lambda t: ".".join([*tampered(t, 0, alg="none")[:2], ""]),
    "another algorithm": lambda t: ".".join(tampered(t, 0, alg="HS256")),
    "another key": lambda t: ".".join(tampered(t, 0, kid="unknown")),
    "no token at all": lambda t: None,
    "no token but text": lambda t: "x",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_token_that_is_not_genuine_is_refused(provider, client, monkeypatch, forgery):
    genuine = OAuth2Client.get_access_token

    def forged(self, *args, **kwargs):
        answer = genuine(self, *args, **kwargs)
        answer["id_token"] = FORGERIES[forgery](answer["id_token"])
        return answer

    monkeypatch.setattr(OAuth2Client, "get_access_token", forged)
    response = provider.sign_in("aino", **AINO)
    assert response.status_code == 400
    assert "The sign-in did not succeed" in response.content.decode()
    assert (signed_in(client), User.objects.count()) == (None, 0)


def test_a_token_for_another_application_is_refused(provider, client, settings):
    provider.knows("aino", **AINO)
    back = provider.at_the_door("aino")
    apps = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    apps[0]["client_id"] = "another"
    assert client.get(back).status_code == 400
    assert signed_in(client) is None


def test_a_wrong_state_is_refused_and_so_is_an_answer_that_comes_twice(provider, client):
    provider.knows("aino", **AINO)
    back = provider.at_the_door("aino")
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert client.get(back.replace(state, "another")).status_code == 400
    assert signed_in(client) is None
    assert client.get(back).status_code == 302
    client.logout()
    assert client.get(back).status_code == 400
    assert signed_in(client) is None


def test_the_answer_of_one_browser_is_worth_nothing_in_another(provider, client):
    provider.knows("aino", **AINO)
    back = provider.at_the_door("aino")
    client.cookies.clear()
    assert client.get(back).status_code == 400


def test_the_verifier_that_the_provider_is_told_is_that_of_its_challenge(provider, monkeypatch):
    told = []
    genuine = OAuth2Client.get_access_token

    def listening(self, code, pkce_code_verifier=None, **kwargs):
        told.append(pkce_code_verifier)
        return genuine(self, code, pkce_code_verifier=pkce_code_verifier, **kwargs)

    monkeypatch.setattr(OAuth2Client, "get_access_token", listening)
    provider.sign_in("aino", **AINO)
    (challenge,) = provider.asked["code_challenge"]
    digest = sha256(told[0].encode()).digest()
    assert urlsafe_b64encode(digest).decode().rstrip("=") == challenge


def test_who_says_no_at_the_provider_comes_back_to_the_sign_in(provider, client):
    back = provider.at_the_door("aino")
    state = parse_qs(urlsplit(back).query)["state"][0]
    response = client.get(CALLBACK, {"state": state, "error": "access_denied"})
    assert (response.status_code, response.url) == (302, "/account/login/")


def test_a_provider_that_does_not_answer_is_said(configure_openid, browse):
    configure_openid(OIDC_SERVER_URL="http://localhost:1")
    response = browse().post(LOGIN)
    assert response.status_code == 503
    assert "The sign-in did not succeed" in response.content.decode()


def test_no_token_secret_or_address_is_logged(provider, monkeypatch, caplog):
    seen = []
    genuine = OAuth2Client.get_access_token

    def forged(self, *args, **kwargs):
        answer = genuine(self, *args, **kwargs)
        seen.extend([answer["access_token"], answer["id_token"]])
        answer["id_token"] = answer["id_token"][:-8]
        return answer

    monkeypatch.setattr(OAuth2Client, "get_access_token", forged)
    with caplog.at_level(logging.DEBUG):
        provider.sign_in("aino", **AINO)
    ours = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith(OURS))
    assert "OpenID Connect: a sign-in failed: OAuth2Error." in ours
    for secret in (*seen, "a very secret secret", AINO["email"]):
        assert secret not in ours


def test_process_and_scope_cannot_be_chosen_from_outside(provider, client):
    sent = client.post(f"{LOGIN}?process=connect&scope=admin&auth_params=prompt%3Dnone")
    assert "admin" not in sent.url
    assert "prompt" not in sent.url
