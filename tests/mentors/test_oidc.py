"""Signing in by a real OpenID provider: discovery, the whole code flow, signed tokens."""

import json

import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as project

from mentors.models import PeopleChange, User
from tests.factories import make_user
from tests.openid import AINO, CALLBACK, LOGIN, history, roles, signed_in

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of the provider, in our process
]


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


def test_without_a_mapping_administrators_give_the_roles(configure_openid, provider, client):
    configure_openid(OIDC_ROLES="")
    assert provider.sign_in("eero", **AINO | {"email": "eero@example.org"}).status_code == 403
    person = make_user("johto", "aino.makela@example.org")
    provider.sign_in("aino", **AINO)
    assert (signed_in(client), roles(person)) == (person, ["johto"])
    assert User.objects.count() == 1


def test_the_claim_of_the_groups_has_the_name_that_is_set(configure_openid, provider, client):
    configure_openid(OIDC_GROUPS_CLAIM="roles")
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


def test_history_names_nobody(provider):
    provider.sign_in("aino", **AINO)
    text = json.dumps([change.fields for change in PeopleChange.objects.all()])
    assert "ino" not in text.replace("digimentori", "")


# --- the sign-in page -------------------------------------------------------------------------


def test_the_sign_in_offers_the_provider_first_and_the_password_after_it(configure_openid, browse):
    page = browse().get("/account/login/?next=/privacy/").content.decode()
    assert 0 < page.index("Sign in with Example") < page.index('name="password"')
    assert page.index('value="/privacy/"') < page.index('name="password"')
    assert page.count("button-primary") == 1


def test_alone_the_provider_hides_and_refuses_passwords_and_passkeys(configure_openid, browse):
    configure_openid(OIDC_ONLY="1")
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
