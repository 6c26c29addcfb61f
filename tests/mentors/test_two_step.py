"""The second step of signing in, as far as the portal itself decides about it."""

import json
import re
import time
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache, caches
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, example, given
from hypothesis import settings as checked
from hypothesis import strategies as st

from mentors import two_step
from mentors.models import PeopleChange
from mentors.tasks import forget_sessions
from tests.factories import make_strategy
from tests.pages import queries_of

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXP"
INDEX = "/account/two-step/"
PASSWORD = "salasana-1234"


@pytest.fixture(autouse=True)
def no_counts_of_earlier_tests():
    cache.clear()
    caches["process"].clear()


def code(secret=SECRET, step=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def give_app(person):
    return TOTP.activate(person, SECRET)


def sign_in(client, person, password=PASSWORD):
    client.cookies["django_language"] = "en"
    return client.post(reverse("account_login"), {"login": person.email, "password": password})


def is_signed_in(client):
    return "_auth_user_id" in client.session


# --- setting it up and using it ---------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_an_app_is_set_up_after_the_password_was_asked_again(browse, johto):
    client = browse(johto)
    add = reverse("mfa_activate_totp")
    asked = client.get(add)
    assert (asked.status_code, asked.url) == (302, f"/account/confirm/?next={quote(add, safe='')}")
    assert client.post(asked.url, {"password": "väärä"}).status_code == 200
    assert client.post(asked.url, {"password": PASSWORD}).url == add
    page = client.get(add).content.decode()
    (secret,) = re.findall(r'class="key">(\w+)<', page)
    assert 'src="data:image/svg+xml;base64,' in page
    wrong = client.post(add, {"code": "000000"})
    assert "Error: Set up an app" in wrong.content.decode()
    assert secret in wrong.content.decode()
    assert Authenticator.objects.count() == 0
    done = client.post(add, {"code": code(secret)})
    assert (done.status_code, done.url) == (302, reverse("mfa_view_recovery_codes"))
    page = client.get(done.url).content.decode()
    assert "10 recovery codes are left" in page
    assert len(re.findall(r"<code>\d{8}</code>", page)) == 10
    assert "Signing in takes two steps" in client.get(INDEX).content.decode()
    assert [message.to for message in mail.outbox] == [[johto.email]]
    assert secret not in mail.outbox[0].body


def test_the_password_alone_does_not_sign_in_and_the_code_does(client, johto):
    give_app(johto)
    response = sign_in(client, johto)
    assert (response.status_code, response.url) == (302, reverse("mfa_authenticate"))
    assert not is_signed_in(client)
    assert client.get("/").url.startswith("/account/login/")
    page = client.post(response.url, {"code": "000000"}).content.decode()
    assert "Error: The second step" in page
    assert not is_signed_in(client)
    assert client.post(response.url, {"code": code()}).status_code == 302
    assert is_signed_in(client)


def test_a_code_works_once(johto):
    give_app(johto)
    now = code()
    answers = []
    for _sign_in in range(2):
        client = Client()
        sign_in(client, johto)
        client.post(reverse("mfa_authenticate"), {"code": now})
        answers.append(is_signed_in(client))
    assert answers == [True, False]


def test_guessing_codes_is_stopped(client, johto):
    give_app(johto)
    sign_in(client, johto)
    for _guess in range(8):
        page = client.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode()
    assert "Too many failed login attempts" in page
    client.post(reverse("mfa_authenticate"), {"code": code()})
    assert not is_signed_in(client)


def test_a_recovery_code_stands_in_for_the_phone_once(johto):
    give_app(johto)
    first = RecoveryCodes.activate(johto).get_unused_codes()[0]
    answers = []
    for _sign_in in range(2):
        client = Client()
        sign_in(client, johto)
        client.post(reverse("mfa_authenticate"), {"code": first})
        answers.append(is_signed_in(client))
    assert answers == [True, False]


def test_the_second_step_can_be_cancelled(client, johto):
    give_app(johto)
    sign_in(client, johto)
    data = {"next": reverse("account_login")}
    assert client.post(reverse("account_logout"), data).url == reverse("account_login")
    assert client.get(reverse("mfa_authenticate")).url == reverse("account_login")


def test_the_app_is_taken_out_of_use_after_a_confirmation(browse, johto):
    give_app(johto)
    client = browse(johto)
    remove = reverse("mfa_deactivate_totp")
    asked = client.get(remove)
    assert asked.url.startswith("/account/confirm/")
    assert Authenticator.objects.count() == 1
    page = client.get(asked.url).content.decode()
    assert "Confirm by a code" in page
    client.post(f"{reverse('mfa_reauthenticate')}?next={remove}", {"code": code()})
    assert "Stop using the app?" in client.get(remove).content.decode()
    assert client.post(remove).url == INDEX
    assert Authenticator.objects.count() == 0


# The sign-in by a passkey reads what anybody in the world sends.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "rawId", "type", "response", "userHandle", "clientDataJSON"])
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=8,
)
ANSWER = {"id": "eA", "rawId": "eA", "type": "public-key", "clientExtensionResults": {}}
DATA = {"clientDataJSON": "e30", "authenticatorData": "eA", "signature": "eA"}


@checked(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(JSON)
@example({})
@example([])
@example("x")
@example(ANSWER | {"response": DATA | {"userHandle": "MQ"}})
@example(ANSWER | {"response": DATA | {"userHandle": 5}})
@example(ANSWER | {"response": DATA})
@example(ANSWER | {"response": []})
@example(ANSWER | {"response": "x"})
@example(ANSWER | {"response": DATA | {"authenticatorData": 5}})
@example({"response": {"userHandle": "MQ"}})
def test_whatever_is_sent_as_a_passkey_signs_nobody_in(client, credential):
    cache.clear()
    client.get("/account/passkeys/login/", headers={"Accept": "application/json"})
    response = client.post("/account/passkeys/login/", {"credential": json.dumps(credential)})
    assert (response.status_code, response.url) == (302, "/account/login/")
    assert not is_signed_in(client)


# --- roles that must have one -----------------------------------------------------------------


@pytest.fixture
def required(settings):
    settings.MFA_REQUIRED_ROLES = frozenset({"ylläpitäjä", "digimentori"})


def test_a_role_that_must_have_one_is_sent_to_set_it_up(browse, required, yllapitaja, strategy):
    client = browse(yllapitaja)
    page = f"/strategies/{strategy.slug}/"
    response = client.get(page)
    assert (response.status_code, response.url) == (302, INDEX)
    assert "Your role needs a second step" in client.get(INDEX).content.decode()
    fragment = client.get(page, headers={"HX-Request": "true"})
    assert (fragment.headers["HX-Redirect"], fragment.content) == (INDEX, b"")
    assert client.post(f"/strategies/{strategy.slug}/strategy/edit/", {}).url == INDEX
    give_app(yllapitaja)
    assert client.get(page).status_code == 200
    assert "Your role needs" not in client.get(INDEX).content.decode()


def test_recovery_codes_alone_are_no_second_step(browse, required, yllapitaja):
    RecoveryCodes.activate(yllapitaja)
    assert browse(yllapitaja).get("/").url == INDEX


def test_until_then_it_can_be_set_up_and_left_and_public_pages_be_read(
    browse, required, yllapitaja
):
    client = browse(yllapitaja)
    for address in ("/accessibility/", "/feedback/", "/health/", "/account/confirm/", INDEX):
        assert client.get(address).status_code == 200, address
    assert client.get(reverse("mfa_activate_totp")).url.startswith("/account/confirm/")
    assert client.get(reverse("mfa_add_webauthn")).url.startswith("/account/confirm/")
    assert client.post("/language/", {"language": "sv"}).url != INDEX
    assert client.post("/account/logout/").url == "/account/login/"


def test_other_roles_are_not_asked(browse, required, johto, strategy):
    assert browse(johto).get(f"/strategies/{strategy.slug}/").status_code == 200


@pytest.mark.parametrize(("trusted", "is_asked"), [(True, False), (False, True)])
def test_who_came_by_the_provider_is_asked_only_if_it_is_not_trusted(
    browse, required, settings, yllapitaja, trusted, is_asked
):
    settings.MFA_TRUST_OIDC = trusted
    client = browse(yllapitaja)
    session = client.session
    session["account_authentication_methods"] = [{"method": "socialaccount", "at": 1}]
    session["account_authentication_methods_user"] = str(yllapitaja.pk)
    session.save()
    assert (client.get("/").headers.get("Location") == INDEX) is is_asked


def test_asking_costs_one_query_and_not_asking_none(browse, settings, yllapitaja):
    address = f"/strategies/{make_strategy(opened='2021Q2').slug}/"
    give_app(yllapitaja)
    client = browse(yllapitaja)
    without = queries_of(client, address)
    settings.MFA_REQUIRED_ROLES = frozenset({"ylläpitäjä"})
    assert queries_of(client, address) == without + 1


# --- a lost phone -----------------------------------------------------------------------------


def test_an_administrator_takes_a_second_step_away_with_history(browse, yllapitaja, digimentori):
    give_app(digimentori)
    RecoveryCodes.activate(digimentori)
    lost = Client()
    sign_in(lost, digimentori)
    lost.post(reverse("mfa_authenticate"), {"code": code()})
    assert is_signed_in(lost)
    address = reverse("mentors:two-step-reset", args=[digimentori.pk])
    for _click in range(2):
        assert browse(yllapitaja).post(address).status_code == 302
    assert Authenticator.objects.count() == 0
    (change,) = PeopleChange.objects.all()
    assert (change.person, change.user) == (digimentori, yllapitaja)
    assert change.fields == {"two_step": ["recovery_codes, totp", ""]}
    assert lost.get("/").url.startswith("/account/login/")
    assert sign_in(Client(), digimentori).url == "/"


def test_taking_away_what_is_not_there_leaves_no_trace(yllapitaja, digimentori):
    assert two_step.reset(digimentori, yllapitaja) is False
    assert PeopleChange.objects.count() == 0


# --- sessions ---------------------------------------------------------------------------------

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


def test_somebody_sees_where_they_are_signed_in_and_ends_the_others(johto, digimentori):
    desk, phone, other = (
        Client(headers={"user-agent": agent}) for agent in (FIREFOX, PHONE, FIREFOX)
    )
    for client, person in ((desk, johto), (phone, johto), (other, digimentori)):
        sign_in(client, person)
    page = desk.get("/account/sessions/").content.decode()
    assert "You are signed in at 2 places" in page
    rows = re.findall(r'<th scope="row">(.*?)</th>', page)
    assert rows == ["Firefox, Windows <b>(this one)</b>", "Safari, iPhone"]
    assert page.count("127.0.0.1") == 2
    assert desk.post("/account/sessions/").status_code == 302
    assert [is_signed_in(c) for c in (desk, phone, other)] == [True, False, True]
    assert "at 1 place" in desk.get("/account/sessions/").content.decode()


def test_when_a_session_was_seen_is_kept_without_a_write_for_each_page(client, johto):
    sign_in(client, johto)
    UserSession.objects.update(last_seen_at="2021-01-01T00:00Z")
    caches["process"].clear()
    client.get("/account/password/")
    assert UserSession.objects.get().last_seen_at.year > 2021
    UserSession.objects.update(last_seen_at="2021-01-01T00:00Z")
    client.get("/account/password/")
    assert UserSession.objects.get().last_seen_at.year == 2021


def test_what_is_known_of_a_session_is_forgotten_with_it(client, johto, digimentori):
    sign_in(client, johto)
    UserSession.objects.create(user=digimentori, session_key="gone", ip="::1", user_agent="x")
    forget_sessions()
    assert [s.user for s in UserSession.objects.all()] == [johto]


def test_who_has_no_password_is_told_so(browse, johto):
    johto.set_unusable_password()
    johto.save()
    page = browse(johto).get("/account/password/").content.decode()
    assert "You have no password here" in page


def test_a_mail_server_that_is_down_undoes_nothing(browse, johto, monkeypatch):
    def down(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", down)
    data = {"oldpassword": PASSWORD, "password1": "uusi-hyvä-sana", "password2": "uusi-hyvä-sana"}
    assert browse(johto).post("/account/password/", data).status_code == 302
    johto.refresh_from_db()
    assert johto.check_password("uusi-hyvä-sana")
