import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_counts_of_earlier_tests():
    cache.clear()


def sign_in(client, email, password="salasana-1234"):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def test_the_address_signs_in_whatever_its_case(client):
    make_user("johto", "Aino.Makela@example.org")
    response = sign_in(client, "AINO.makela@example.ORG")
    assert (response.status_code, response.url) == (302, "/")


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(browse):
    make_user("johto", "aino@example.org")
    client = browse()
    pages = []
    for email in ("aino@example.org", "kuka@example.org"):
        page = sign_in(client, email, "väärä").content.decode()
        pages.append(re.findall(r'class="error-summary".*?</div>', page, re.DOTALL))
    assert pages[0] == pages[1] != []


def test_too_many_wrong_passwords_are_refused_for_a_while(browse):
    make_user("johto", "aino@example.org")
    client = browse()
    for _attempt in range(10):
        sign_in(client, "aino@example.org", "väärä")
    response = sign_in(client, "aino@example.org")
    assert "_auth_user_id" not in client.session
    assert "Too many failed login attempts" in response.content.decode()


def test_a_deactivated_person_does_not_get_in(client):
    make_user("johto", "aino@example.org", is_active=False)
    sign_in(client, "aino@example.org")
    assert "_auth_user_id" not in client.session


def test_a_forgotten_password_is_replaced_by_a_link_in_the_mail(browse):
    make_user("johto", "aino@example.org")
    client = browse()
    client.post(reverse("account_reset_password"), {"email": "aino@example.org"})
    (link,) = re.findall(r"http://\S+", mail.outbox[0].body)
    response = client.get(link, follow=True)
    new = {"password1": "uusi-hyvä-salasana", "password2": "uusi-hyvä-salasana"}
    client.post(response.request["PATH_INFO"], new)
    assert sign_in(client, "aino@example.org", "uusi-hyvä-salasana").status_code == 302


def test_asking_for_a_link_does_not_tell_who_has_an_account(browse):
    make_user("johto", "aino@example.org")
    client = browse()
    answers = {
        client.post(reverse("account_reset_password"), {"email": email}).url
        for email in ("aino@example.org", "kuka@example.org")
    }
    assert answers == {reverse("account_reset_password_done")}


def test_signed_out_one_is_sent_back_to_where_one_was_going(client):
    make_user("johto", "aino@example.org")
    response = client.get("/strategies/x/actions/?light=red")
    assert response.url == "/account/login/?next=/strategies/x/actions/%3Flight%3Dred"
    data = {"login": "aino@example.org", "password": "salasana-1234"}
    assert client.post(response.url, data).url == "/strategies/x/actions/?light=red"


def test_nobody_is_sent_to_a_foreign_address(client):
    make_user("johto", "aino@example.org")
    data = {"login": "aino@example.org", "password": "salasana-1234"}
    response = client.post("/account/login/?next=https://evil.example/", data)
    assert response.url == "/"


def test_who_asks_too_often_gets_a_page_like_the_others(browse):
    client = browse()
    for _visit in range(31):
        response = client.post(reverse("account_login"), {"login": "x", "password": "y"})
    assert response.status_code == 429
    assert "Wait a minute and try again." in response.content.decode()
