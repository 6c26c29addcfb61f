"""Signing in by a real OpenID provider: discovery, the whole code flow, signed tokens."""

import json
import logging
import warnings
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from django.conf import settings as project
from hypothesis import given
from hypothesis import strategies as st

from digistrategia.sign_in import PROVIDER, from_environment
from mentors import oidc
from mentors.models import PeopleChange, User
from tests.factories import make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of the provider, in our process
]

LOGIN = "/account/oidc/login/"
CALLBACK = "/account/oidc/callback/"
OURS = ("mentors", "allauth", "django", "urllib3")
ROLES = "g-admin=ylläpitäjä,g-mentor=digimentori,g-lead=johto"
AINO = {
    "email": "Aino.Makela@example.org",
    "email_verified": True,
    "given_name": "Aino",
    "family_name": "Mäkelä",
    "groups": ["g-mentor", "something-else"],
}


@pytest.fixture(scope="module")
def server():
    with warnings.catch_warnings(record=True):
        from oidc_provider_mock import run_server_in_thread

    with run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def configure(settings, server):
    def configure(**environment):
        base = {
            "OIDC_SERVER_URL": server,
            "OIDC_CLIENT_ID": "portal",
            "OIDC_CLIENT_SECRET": "a very secret secret",
            "OIDC_NAME": "Sign in with Example",
            "OIDC_ROLES": ROLES,
        }
        for name, value in from_environment(base | environment).items():
            setattr(settings, name, value)

    configure()
    return configure


@pytest.fixture
def provider(configure, server, browse):
    """Signs somebody in at the provider, and comes back with its answer."""

    class Provider:
        def at_the_door(self, sub, next_url=""):
            """Where the provider sends a browser back to, after its own sign-in."""
            sent = browse().post(LOGIN, {"next": next_url})
            assert sent.status_code == 302, sent.content.decode()
            self.asked = parse_qs(urlsplit(sent.url).query)
            back = requests.post(
                sent.url, data={"sub": sub}, allow_redirects=False, timeout=5
            ).headers["Location"]
            assert back.startswith("http://testserver" + CALLBACK)
            return back.removeprefix("http://testserver")

        def sign_in(self, sub, next_url="", **claims):
            requests.put(f"{server}/users/{sub}", json=claims, timeout=5).raise_for_status()
            return browse().get(self.at_the_door(sub, next_url))

    return Provider()


def signed_in(client):
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


def roles(person):
    return sorted(person.groups.values_list("name", flat=True))


def history(person):
    return [(change.user, change.fields) for change in person.history.order_by("pk")]


def test_the_first_sign_in_makes_the_person_with_the_role_of_their_group(provider, client):
    response = provider.sign_in("aino", next_url="/privacy/", **AINO)
    assert (response.status_code, response.url) == (302, "/privacy/")
    person = signed_in(client)
    assert (person.email, str(person)) == ("aino.makela@example.org", "Aino Mäkelä")
    assert roles(person) == ["digimentori"]
    assert person.has_usable_password() is False
    assert history(person) == [
        (None, {"sign_in": ["", "openid"]}),
        (None, {"roles": ["", "digimentori"]}),
    ]
    (account,) = SocialAccount.objects.all()
    assert (account.user, account.extra_data, "aino" in account.uid) == (person, {}, False)


def test_the_flow_uses_pkce_and_a_state(provider):
    provider.sign_in("aino", **AINO)
    assert provider.asked["code_challenge_method"] == ["S256"]
    assert set(provider.asked) >= {"code_challenge", "state", "client_id"}
    assert provider.asked["response_type"] == ["code"]


def test_groups_decide_the_roles_at_each_sign_in_and_history_says_so(provider, client):
    provider.sign_in("aino", **AINO)
    provider.sign_in("aino", **AINO | {"groups": ["g-lead", "g-admin"]})
    person = signed_in(client)
    assert roles(person) == ["johto", "ylläpitäjä"]
    assert history(person)[-1] == (None, {"roles": ["digimentori", "johto, ylläpitäjä"]})
    provider.sign_in("aino", **AINO | {"groups": ["g-lead", "g-admin"]})
    assert len(history(person)) == 3


def test_the_last_administrator_keeps_the_role_whatever_the_groups_say(provider, client, caplog):
    provider.sign_in("aino", **AINO | {"groups": ["g-admin"]})
    provider.sign_in("aino", **AINO | {"groups": ["g-lead"]})
    assert roles(signed_in(client)) == ["johto", "ylläpitäjä"]
    assert "the last administrator keeps the role" in caplog.text
    make_user("ylläpitäjä")
    provider.sign_in("aino", **AINO | {"groups": ["g-lead"]})
    assert roles(signed_in(client)) == ["johto"]


def test_whoever_loses_their_last_group_loses_the_role_and_stays_out(provider, client):
    provider.sign_in("aino", **AINO)
    person = signed_in(client)
    client.logout()
    response = provider.sign_in("aino", **AINO | {"groups": []})
    assert response.status_code == 403
    assert signed_in(client) is None
    assert roles(person) == []
    assert history(person)[-1] == (None, {"roles": ["digimentori", ""]})


def test_without_a_mapped_group_nobody_gets_in_and_no_account_is_made(provider, client):
    response = provider.sign_in("eero", **AINO | {"groups": ["something-else"]})
    assert response.status_code == 403
    assert "You have no right to the portal" in response.content.decode()
    assert "none of your groups gives a role" in response.content.decode()
    assert (User.objects.count(), SocialAccount.objects.count()) == (0, 0)


def test_a_person_whom_an_administrator_made_is_found_by_a_verified_address(provider, client):
    person = make_user("johto", "aino.makela@example.org")
    provider.sign_in("aino", **AINO)
    assert signed_in(client) == person
    assert roles(person) == ["digimentori"]
    assert (history(person)[0], User.objects.count()) == ((None, {"sign_in": ["", "openid"]}), 1)


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_the_provider_does_not_vouch_for_finds_nobody(provider, client, verified):
    person = make_user("ylläpitäjä", "aino.makela@example.org")
    response = provider.sign_in("thief", **AINO | {"email_verified": verified})
    assert response.status_code == 403
    assert "did not confirm your e-mail address" in response.content.decode()
    assert signed_in(client) is None
    assert (roles(person), history(person)) == (["ylläpitäjä"], [])


def test_an_address_given_to_somebody_new_does_not_take_over_the_account(provider, client):
    provider.sign_in("aino", **AINO)
    person = signed_in(client)
    client.logout()
    response = provider.sign_in("another", **AINO | {"groups": ["g-admin"]})
    assert response.status_code == 403
    assert "signs in by another identity" in response.content.decode()
    assert signed_in(client) is None
    assert roles(person) == ["digimentori"]
    assert SocialAccount.objects.count() == 1


def test_a_changed_address_leads_to_the_same_account_and_never_to_another(provider, client):
    other = make_user("ylläpitäjä", "admin@example.org")
    provider.sign_in("aino", **AINO)
    person = signed_in(client)
    provider.sign_in("aino", **AINO | {"email": "admin@example.org"})
    assert signed_in(client) == person != other
    person.refresh_from_db()
    assert person.email == "aino.makela@example.org"


def test_a_deactivated_person_stays_out_bound_or_not(provider, client):
    provider.sign_in("aino", **AINO)
    person = signed_in(client)
    client.logout()
    person.is_active = False
    person.save()
    make_user("johto", "eero@example.org", is_active=False)
    for sub, claims in (("aino", AINO), ("eero", AINO | {"email": "eero@example.org"})):
        response = provider.sign_in(sub, **claims)
        assert response.status_code == 403
        assert "closed by an administrator" in response.content.decode()
        assert signed_in(client) is None
    assert SocialAccount.objects.count() == 1


def test_a_former_person_does_not_come_back_by_their_subject(provider, client):
    provider.sign_in("aino", **AINO)
    client.logout()
    User.objects.update(former=1, email="former-1@invalid", first_name="", last_name="")
    assert provider.sign_in("aino", **AINO).status_code == 403
    assert (signed_in(client), User.objects.count()) == (None, 1)


def test_without_a_mapping_administrators_give_the_roles(configure, provider, client):
    configure(OIDC_ROLES="")
    assert provider.sign_in("eero", **AINO | {"email": "eero@example.org"}).status_code == 403
    person = make_user("johto", "aino.makela@example.org")
    provider.sign_in("aino", **AINO)
    assert (signed_in(client), roles(person)) == (person, ["johto"])
    assert User.objects.count() == 1


def test_the_claim_of_the_groups_has_the_name_that_is_set(configure, provider, client):
    configure(OIDC_GROUPS_CLAIM="roles")
    provider.sign_in("aino", **AINO | {"groups": ["g-admin"], "roles": ["g-lead"]})
    assert roles(signed_in(client)) == ["johto"]


def test_a_token_without_room_for_the_groups_changes_no_role(provider, client):
    provider.sign_in("aino", **AINO)
    person = signed_in(client)
    client.logout()
    left_out = {"groups": None, "_claim_names": {"groups": "src1"}}
    response = provider.sign_in("aino", **AINO | left_out)
    assert response.status_code == 400
    assert (signed_in(client), roles(person)) == (None, ["digimentori"])


# --- what an attacker sends -------------------------------------------------------------------


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


def test_a_token_for_another_application_is_refused(provider, client, server, settings):
    requests.put(f"{server}/users/aino", json=AINO, timeout=5)
    back = provider.at_the_door("aino")
    apps = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    apps[0]["client_id"] = "another"
    assert client.get(back).status_code == 400
    assert signed_in(client) is None


def test_a_wrong_state_is_refused_and_so_is_an_answer_that_comes_twice(provider, client, server):
    requests.put(f"{server}/users/aino", json=AINO, timeout=5)
    back = provider.at_the_door("aino")
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert client.get(back.replace(state, "another")).status_code == 400
    assert signed_in(client) is None
    assert client.get(back).status_code == 302
    client.logout()
    assert client.get(back).status_code == 400
    assert signed_in(client) is None


def test_the_answer_of_one_browser_is_worth_nothing_in_another(provider, client, server):
    requests.put(f"{server}/users/aino", json=AINO, timeout=5)
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


def test_who_says_no_at_the_provider_comes_back_to_the_sign_in(provider, client, server):
    back = provider.at_the_door("aino")
    state = parse_qs(urlsplit(back).query)["state"][0]
    response = client.get(CALLBACK, {"state": state, "error": "access_denied"})
    assert (response.status_code, response.url) == (302, "/account/login/")


def test_a_provider_that_does_not_answer_is_said(configure, browse):
    configure(OIDC_SERVER_URL="http://localhost:1")
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


# --- the sign-in page -------------------------------------------------------------------------


def test_the_sign_in_offers_the_provider_first_and_the_password_after_it(configure, browse):
    page = browse().get("/account/login/?next=/privacy/").content.decode()
    assert 0 < page.index("Sign in with Example") < page.index('name="password"')
    assert page.index('value="/privacy/"') < page.index('name="password"')
    assert page.count("button-primary") == 1


def test_alone_the_provider_hides_and_refuses_passwords_and_passkeys(configure, browse):
    configure(OIDC_ONLY="1")
    make_user("johto", "aino@example.org")
    client = browse()
    page = client.get("/account/login/").content.decode()
    assert "Sign in with Example" in page
    assert 'name="password"' not in page
    assert "passkey" not in page
    data = {"login": "aino@example.org", "password": "salasana-1234"}
    assert client.post("/account/login/", data).status_code == 403
    assert client.post("/account/passkeys/login/", {"credential": "{}"}).status_code == 404
    assert signed_in(client) is None


@pytest.mark.parametrize("address", [LOGIN, CALLBACK])
def test_where_no_provider_is_set_up_its_pages_are_not_there(client, address):
    assert project.OIDC is None
    assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)


# --- the rules --------------------------------------------------------------------------------

MAPPING = {"a": "johto", "b": "digimentori", "c": "ylläpitäjä", "d": "johto"}
ISSUER = "https://login.microsoftonline.com/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/v2.0"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, set()),
        ({"groups": []}, set()),
        ({"groups": ["a"]}, {"johto"}),
        ({"groups": ["a", "d"]}, {"johto"}),
        ({"groups": ["a", "b", "x"]}, {"johto", "digimentori"}),
        ({"groups": "c"}, {"ylläpitäjä"}),
        ({"groups": ["A", " a", "johto"]}, set()),
        ({"groups": {"a": 1}}, set()),
        ({"groups": [["a"], {"b": 1}, None, 5]}, set()),
        ({"groups": 5}, set()),
    ],
)
def test_groups_give_roles(claims, expected):
    assert oidc.roles_of(claims, "groups", MAPPING) == expected


@given(
    st.dictionaries(
        st.sampled_from(["groups", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ),
    )
)
def test_whatever_a_claim_holds_only_mapped_roles_come_of_it(claims):
    assert oidc.roles_of(claims, "groups", MAPPING) <= set(MAPPING.values())


@pytest.mark.parametrize("claims", [{"_claim_names": {"groups": "x"}}, {"hasgroups": True}])
def test_groups_that_were_left_out_are_not_taken_for_none(claims):
    with pytest.raises(oidc.GroupsUnknown):
        oidc.roles_of(claims, "groups", MAPPING)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"iss": "https://x", "email": "A@b.fi", "email_verified": True}, "a@b.fi"),
        ({"iss": "https://x", "email": "a@b.fi"}, ""),
        ({"iss": "https://x", "email": "a@b.fi", "email_verified": "true"}, ""),
        ({"iss": "https://x", "email": "no address", "email_verified": True}, ""),
        ({"iss": "https://x", "email": ["a@b.fi"], "email_verified": True}, ""),
        ({"iss": "https://x", "email_verified": True}, ""),
        ({"iss": ISSUER, "email": "a@b.fi"}, "a@b.fi"),
        ({"iss": ISSUER, "preferred_username": "A@b.fi"}, "a@b.fi"),
        ({"iss": ISSUER, "preferred_username": "a"}, ""),
        ({"iss": ISSUER + "x", "email": "a@b.fi"}, ""),
        ({"iss": ISSUER.replace("microsoft", "micros0ft"), "email": "a@b.fi"}, ""),
        ({"iss": "https://login.microsoftonline.com/common/v2.0", "email": "a@b.fi"}, ""),
    ],
)
def test_which_address_the_provider_vouches_for(claims, expected):
    assert oidc.vouched_email(claims) == expected


def test_a_subject_of_another_issuer_is_somebody_else():
    keys = {
        oidc.key_of({"iss": iss, "sub": sub}) for iss in ("https://a", "https://b") for sub in "12"
    }
    assert len(keys) == 4


def test_both_know_the_provider_by_one_name():
    assert oidc.PROVIDER == PROVIDER


def test_history_names_nobody(provider):
    provider.sign_in("aino", **AINO)
    text = json.dumps([change.fields for change in PeopleChange.objects.all()])
    assert "ino" not in text.replace("digimentori", "")
