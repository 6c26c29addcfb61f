import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from mentors.history import lines
from mentors.models import User
from tests.factories import make_user
from tests.mentors.test_people import form_of, history_of

pytestmark = pytest.mark.django_db
PROFILE = "/profile/"


def test_everybody_changes_their_own_settings_with_history(browse, outsider):
    client = browse(outsider)
    data = form_of(client, PROFILE) | {"unit": "Uusi", "last_name": "Toinen"}
    del data["wants_mentions"]
    assert client.post(PROFILE, data).url == PROFILE
    outsider.refresh_from_db()
    assert (
        outsider.unit,
        outsider.last_name,
        outsider.wants_mentions,
        outsider.wants_reminders,
    ) == (
        "Uusi",
        "Toinen",
        False,
        True,
    )
    fields = {"name": [None, None], "unit": [None, "Uusi"], "wants_mentions": ["True", "False"]}
    assert history_of(outsider) == [(outsider, fields)]


def test_a_person_cannot_give_themselves_an_address_or_a_role(browse, outsider):
    client = browse(outsider)
    data = form_of(client, PROFILE) | {
        "email": "toinen@example.org",
        "roles": "ylläpitäjä",
        "is_superuser": "on",
        "is_active": "",
    }
    client.post(PROFILE, data)
    user = User.objects.get(pk=outsider.pk)
    assert (user.email, user.is_superuser, user.groups.count(), user.is_active) == (
        "ulkopuolinen@example.org",
        False,
        0,
        True,
    )
    assert history_of(outsider) == []


def test_the_page_shows_address_and_roles_to_be_read(browse, digimentori):
    page = browse(digimentori).get(PROFILE).content.decode()
    assert "<dd>mentori@example.org</dd>" in page
    assert "<dd>digimentor</dd>" in page


def test_a_new_language_holds_at_once_and_stays_in_the_cookie(browse, digimentori):
    client = browse(digimentori)
    data = form_of(client, PROFILE) | {"language": "sv"}
    response = client.post(PROFILE, data, follow=True)
    assert client.cookies["django_language"].value == "sv"
    assert 'lang="sv"' in response.content.decode()


def test_another_change_leaves_the_language_of_the_browser_alone(browse, digimentori):
    client = browse(digimentori)
    client.post(PROFILE, form_of(client, PROFILE) | {"unit": "Uusi"})
    assert client.cookies["django_language"].value == "en"


def test_a_change_by_an_administrator_in_between_is_noticed(browse, digimentori):
    client = browse(digimentori)
    data = form_of(client, PROFILE) | {"unit": "Minun"}
    User.objects.filter(pk=digimentori.pk).update(unit="Heidän")
    response = client.post(PROFILE, data)
    assert response.status_code == 422
    assert "somebody else changed this meanwhile to “Heidän”" in response.content.decode()


def test_what_cannot_be_is_said_all_at_once(browse, digimentori):
    client = browse(digimentori)
    data = form_of(client, PROFILE) | {"first_name": "", "last_name": "x" * 101, "language": "de"}
    response = client.post(PROFILE, data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "3 things must be mended" in page
    # The head of the page names the person as they are.
    assert "<summary>Erkki Mentori</summary>" in page


@pytest.mark.parametrize(("chosen", "then"), [(None, "sv"), ("en", "en")])
def test_signing_in_takes_the_persons_language_unless_the_browser_chose_one(chosen, then):
    make_user("johto", "aino@example.org", language="sv")
    client = Client()
    if chosen:
        client.cookies["django_language"] = chosen
    data = {"login": "aino@example.org", "password": "salasana-1234"}
    response = client.post(reverse("account_login"), data)
    assert (response.status_code, client.cookies["django_language"].value) == (302, then)


def test_the_switch_for_reminders_says_that_it_is_for_late_measurements_too(browse, digimentori):
    client = browse(digimentori)
    words = "reminders before and after the deadline, and of late measurements"
    assert words.capitalize() in client.get(PROFILE).content.decode()
    data = form_of(client, PROFILE)
    del data["wants_reminders"]
    client.post(PROFILE, data)
    with translation.override("en"):
        (line,) = lines(digimentori.history.all())
        assert line.fields == [(words, "yes", "no")]
