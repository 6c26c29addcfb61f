from datetime import timedelta

import pytest
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from mentors import invitations
from mentors.models import Invitation, Mail
from tests.factories import make_user

pytestmark = pytest.mark.django_db
GOOD = {"password1": "hyvä-salasana-9", "password2": "hyvä-salasana-9", "language": "fi"}


@pytest.fixture
def invited(yllapitaja):
    person = make_user("digimentori", "hanna@example.org", first_name="Hanna", last_name="Korhonen")
    person.set_unusable_password()
    person.save()
    return person


@pytest.fixture
def invitation(invited, yllapitaja):
    return invitations.invite(invited, yllapitaja)


def address(invitation):
    return reverse("mentors:invitation-accept", args=[invitations.token(invitation)])


def says_nothing_of_anybody(response):
    page = response.content.decode()
    return not any(word in page for word in ("Hanna", "Korhonen", "hanna@example.org"))


def test_the_invited_person_chooses_a_password_and_signs_in_with_it(browse, invited, invitation):
    client = browse()
    page = client.get(address(invitation)).content.decode()
    assert "Welcome, Hanna Korhonen" in page
    assert "hanna@example.org" in page
    response = client.post(address(invitation), GOOD | {"language": "sv"})
    assert (response.status_code, response.url) == (302, reverse("account_login"))
    assert client.cookies["django_language"].value == "sv"
    assert "_auth_user_id" not in client.session
    invited.refresh_from_db()
    assert (invited.check_password(GOOD["password1"]), invited.language) == (True, "sv")
    sign_in = {"login": "hanna@example.org", "password": GOOD["password1"]}
    client.post(reverse("account_login"), sign_in)
    assert client.session["_auth_user_id"] == str(invited.pk)
    assert [change.fields for change in invited.history.order_by("pk")] == [
        {"invitation": [None, "sent"]},
        {"invitation": ["sent", "accepted"]},
    ]


def test_the_page_speaks_the_persons_language_until_the_browser_chooses(client, invited):
    invited.language = "sv"
    invited.save()
    page = client.get(address(invitations.invite(invited, None)))
    assert (page.headers["Content-Language"], 'lang="sv"' in page.content.decode()) == ("sv", True)
    client.cookies["django_language"] = "en"
    assert client.get(page.request["PATH_INFO"]).headers["Content-Language"] == "en"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"password2": "toinen-salasana"}, "match"),
        ({"password1": "a", "password2": "a"}, "too short"),
        ({"password1": "9182736450", "password2": "9182736450"}, "entirely numeric"),
        ({"password1": "hanna@example.org", "password2": "hanna@example.org"}, "too similar"),
        ({"password1": "", "password2": ""}, "required"),
        ({"language": "de"}, "de is not one of the available choices"),
    ],
)
def test_a_poor_password_is_refused_and_never_shown_again(
    browse, invited, invitation, fields, says
):
    response = browse().post(address(invitation), GOOD | fields)
    page = response.content.decode()
    assert response.status_code == 422
    assert says in page
    assert f'value="{GOOD["password1"]}"' not in page
    invited.refresh_from_db()
    assert not invited.has_usable_password()


def use(invitation):
    invitations.accept(invitation, GOOD["password1"], "fi")


def expire(invitation):
    invitation.expires_at = timezone.now() - timedelta(seconds=1)
    invitation.save()


def revoke(invitation):
    invitations.revoke(invitation.person, None)


def invite_again(invitation):
    invitations.invite(invitation.person, None)


def deactivate(invitation):
    type(invitation.person).objects.update(is_active=False)


def delete(invitation):
    Invitation.objects.all().delete()


@pytest.mark.parametrize("happens", [use, expire, revoke, invite_again, deactivate, delete])
def test_an_invitation_that_no_longer_works_says_so_and_nothing_of_the_person(
    browse, invitation, happens
):
    client, link = browse(), address(invitation)
    assert not says_nothing_of_anybody(client.get(link))
    happens(invitation)
    person = type(invitation.person).objects.get(pk=invitation.person.pk)
    for response in (client.get(link), client.post(link, GOOD | {"language": "sv"})):
        assert response.status_code == 410
        assert "The invitation no longer works" in response.content.decode()
        assert says_nothing_of_anybody(response)
    assert type(person).objects.get(pk=person.pk).password == person.password


def test_a_token_that_was_tampered_with_answers_404(browse, invitation):
    token = invitations.token(invitation)
    other_salt = signing.dumps(invitation.pk, salt="report-link")
    for wrong in (token[:-1], "x", f"{token}x", other_salt, token.replace(":", "%00:")):
        link = reverse("mentors:invitation-accept", args=[wrong])
        assert browse().get(link).status_code == 404


def test_two_who_accept_at_once_set_one_password(invitation):
    first, second = (invitations.resolve(invitations.token(invitation)) for _ in range(2))
    invitations.accept(first, GOOD["password1"], "fi")
    with pytest.raises(invitations.NoLongerValid):
        invitations.accept(second, "toinen-salasana-8", "fi")
    first.person.refresh_from_db()
    assert first.person.check_password(GOOD["password1"])


def test_a_double_click_on_invite_again_sends_one_letter(browse, yllapitaja, invitation):
    client = browse(yllapitaja)
    again = reverse("mentors:person-invite", args=[invitation.person.pk])
    for _click in range(2):
        client.post(again, {"seen": invitation.pk})
    first, second = Invitation.objects.all()
    assert (first.revoked_at is None, second.revoked_at is None) == (False, True)
    # The letter of the first one had not gone out: it would open nothing.
    assert [(mail.key, mail.given_up_at is None) for mail in Mail.objects.all()] == [
        (f"invitation:{first.pk}", False),
        (f"invitation:{second.pk}", True),
    ]


@pytest.mark.parametrize("seen", ["", "-1", "x", "99999999999999999999"])
def test_an_invitation_that_nobody_saw_is_not_replaced(browse, yllapitaja, invitation, seen):
    again = reverse("mentors:person-invite", args=[invitation.person.pk])
    browse(yllapitaja).post(again, {"seen": seen})
    assert list(Invitation.objects.values_list("revoked_at", flat=True)) == [None]


def test_who_is_in_already_is_not_invited(browse, yllapitaja, digimentori):
    again = reverse("mentors:person-invite", args=[digimentori.pk])
    browse(yllapitaja).post(again, {"seen": "0"})
    assert not Invitation.objects.exists()


def test_the_days_of_an_invitation_are_a_setting(invited, settings):
    settings.INVITATION_DAYS = 3
    left = invitations.invite(invited, None).expires_at - timezone.now()
    assert timedelta(days=2, hours=23) < left <= timedelta(days=3)
