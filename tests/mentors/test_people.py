import re
import uuid
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st

from mentors import people
from mentors.forms.people import PersonForm
from mentors.invitations import invite
from mentors.models import Mail, Network, PeopleChange, ReportLink, User
from mentors.people import Filters, State
from tests.factories import make_action, make_kpi, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def url(name, person=None):
    return reverse(f"mentors:{name}", args=[person.pk] if person else [])


def make_invited(**fields):
    person = make_user("digimentori", **fields)
    person.set_unusable_password()
    person.save()
    return person


def form_of(client, address):
    """What the browser would send back, were nothing typed."""
    form = client.get(address).context["form"]
    data = {}
    for field in form:
        value = field.value()
        shown = value if value is not None else ""
        data[field.html_name] = shown
        if field.field.show_hidden_initial:
            data[field.html_initial_name] = shown
    return {name: value for name, value in data.items() if value is not False}


def history_of(person):
    return [(change.user, change.fields) for change in person.history.order_by("pk")]


# --- the list ---------------------------------------------------------------------------------


def test_each_person_stands_in_the_list_with_their_state(yllapitaja):
    def invited(name, by_days, **fields):
        person = make_invited(last_name=name, first_name="A")
        invite(person, yllapitaja)
        at = timezone.now() + by_days * DAY
        person.invitations.update(expires_at=at, **fields)

    make_user("johto", last_name="Ääri", first_name="A")
    make_invited(last_name="Zorn", first_name="A")
    invited("Kutsuttu", 1)
    invited("Vanha", -1)
    invited("Peruttu", 1, revoked_at=timezone.now())
    make_user("johto", last_name="Poissa", first_name="A", is_active=False)
    make_user(None, is_active=False, former=3)
    make_invited(last_name="Tunnistettu", first_name="A", last_login=timezone.now())
    with translation.override("en"):
        shown = people.listing(Filters(), None).object_list
        found = [(user.sorted_name, user.state) for user in shown]
    assert found == [
        ("Kutsuttu A", State.INVITED),
        ("Peruttu A", State.UNINVITED),
        ("Poissa A", State.DEACTIVATED),
        ("Tunnistettu A", State.ACTIVE),
        ("Vanha A", State.EXPIRED),
        (yllapitaja.sorted_name, State.ACTIVE),
        ("Zorn A", State.UNINVITED),
        ("Ääri A", State.ACTIVE),
        ("former user 3", State.FORMER),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "ÄÄRI"}, ["Ääri"]),
        ({"q": "anna äär"}, ["Ääri"]),
        ({"q": "anna muu"}, []),
        ({"q": "yksikkö"}, ["Ääri"]),
        ({"q": "muu@example.org"}, ["Muu"]),
        ({"role": "johto"}, ["Muu"]),
        ({"role": "none"}, ["Ääri"]),
        ({"role": "keksitty", "state": "keksitty", "q": "\0", "page": "x"}, ["Muu", "Ääri"]),
        ({"state": "active"}, ["Muu"]),
        ({"state": "deactivated"}, ["Ääri"]),
    ],
)
def test_the_list_is_narrowed_by_words_role_and_state(query, found):
    make_user(None, first_name="Anna", last_name="Ääri", unit="Yksikkö", is_active=False)
    make_user("johto", "muu@example.org", last_name="Muu")
    shown = people.listing(Filters.read(query), query.get("page")).object_list
    assert [user.last_name for user in shown] == found


def test_the_pages_make_the_same_few_queries_for_1_3_and_300_people(browse, yllapitaja, strategy):
    client = browse(yllapitaja)
    person = make_invited(is_active=False)
    addresses = [url("person-list"), url("person-detail", person)]
    addresses.append(url("person-pseudonymise", person))
    counts = []
    for number in (1, 2, 297):
        groups = list(person.groups.all())
        for _each in range(number):
            user = User(email=f"{uuid.uuid4()}@example.org", last_name="Nimi")
            user.save()
            user.groups.set(groups)
            make_action(strategy, people=[person, user], description=person.last_name)
            make_kpi(strategy, owner=person)
            people.note(person, user, {"deputy": [f"#{user.pk} 2021-01-01–2021-01-02", None]})
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
    assert counts[:3] == counts[3:6] == counts[6:]
    assert max(counts) <= 12


def test_the_list_has_pages_of_fifty(browse, yllapitaja):
    User.objects.bulk_create(User(email=f"{n}@example.org", last_name="N") for n in range(70))
    client = browse(yllapitaja)
    page = client.get(url("person-list"), {"page": 2, "q": "example"}).content.decode()
    assert "51–71 / 71" in page
    assert 'href="?page=1&amp;q=example"' in page
    fragment = client.get(
        url("person-list"), headers={"HX-Request": "true", "HX-Target": "people-table"}
    ).content.decode()
    assert fragment.lstrip().startswith('<div class="section" id="people-table">')


# --- adding and editing -----------------------------------------------------------------------


NEW = {
    "email": "Hanna.Korhonen@Example.org",
    "first_name": "Hanna",
    "last_name": "Korhonen",
    "unit": "Sote-keskukset",
    "roles": ["digimentori"],
    "language": "sv",
    "token": "00000000-0000-0000-0000-000000000007",
}


def test_a_person_is_added_and_invited_at_once_and_a_double_click_adds_one(browse, yllapitaja):
    client = browse(yllapitaja)
    answers = [client.post(url("person-add"), NEW) for _click in range(2)]
    person = User.objects.get(email="hanna.korhonen@example.org")
    assert [(answer.status_code, answer.url) for answer in answers] == 2 * [
        (302, url("person-detail", person))
    ]
    assert (str(person), person.unit, person.language) == ("Hanna Korhonen", "Sote-keskukset", "sv")
    assert [group.name for group in person.groups.all()] == ["digimentori"]
    assert not person.has_usable_password()
    (invitation,) = person.invitations.all()
    assert list(Mail.objects.values_list("kind", "key", "recipient")) == [
        ("invitation", f"invitation:{invitation.pk}", person.pk)
    ]
    assert history_of(person) == [
        (yllapitaja, {"added": [None, NEW["token"]], "roles": ["", "digimentori"]}),
        (yllapitaja, {"invitation": [None, "sent"]}),
    ]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"email": "mentori@EXAMPLE.org"}, "Erkki Mentori has this address already"),
        ({"email": "hanna"}, "write the address as name@example.org"),
        ({"email": ""}, "write the work e-mail"),
        ({"first_name": " "}, "write the first name"),
        ({"roles": ["pomo"]}, "pomo is not one of the available choices"),
        ({"language": "de"}, "de is not one of the available choices"),
        ({"last_name": "x" * 101}, "at most 100 characters"),
    ],
)
def test_what_cannot_be_is_said_and_nobody_is_added(browse, yllapitaja, digimentori, fields, says):
    response = browse(yllapitaja).post(url("person-add"), NEW | fields)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert (User.objects.count(), PeopleChange.objects.count(), Mail.objects.count()) == (2, 0, 0)


def test_a_change_leaves_history_that_people_can_read(browse, yllapitaja):
    person = make_user("johto", last_name="Salo", unit="Vanha")
    client = browse(yllapitaja)
    data = form_of(client, url("person-detail", person))
    data |= {"roles": ["digimentori"], "unit": "Uusi", "last_name": "Laakso"}
    assert client.post(url("person-detail", person), data).status_code == 302
    person.refresh_from_db()
    assert (person.last_name, person.unit) == ("Laakso", "Uusi")
    # No name, not even a former one.
    assert history_of(person) == [
        (
            yllapitaja,
            {
                "roles": ["johto", "digimentori"],
                "name": [None, None],
                "unit": ["Vanha", "Uusi"],
            },
        )
    ]
    PeopleChange.objects.update(at="2022-10-12T06:10Z")
    page = client.get(url("person-detail", person)).content.decode()
    (line,) = re.findall(r'class="entry-history">(.*?)</p>', page)
    assert line == (
        "12.10.2022 at 9.10 Erkki Ylläpitäjä: Name; role <del>manager</del> → digimentor; "
        "unit <del>Vanha</del> → Uusi"
    )


def test_the_same_change_twice_is_one_change(browse, yllapitaja, digimentori):
    client = browse(yllapitaja)
    data = form_of(client, url("person-detail", digimentori)) | {"unit": "Uusi"}
    for _click in range(2):
        assert client.post(url("person-detail", digimentori), data).status_code == 302
    assert history_of(digimentori) == [(yllapitaja, {"unit": [None, "Uusi"]})]


def test_somebody_elses_change_in_between_is_noticed_and_nothing_typed_is_lost(
    browse, yllapitaja, digimentori
):
    client = browse(yllapitaja)
    data = form_of(client, url("person-detail", digimentori))
    digimentori.groups.clear()
    User.objects.filter(pk=digimentori.pk).update(unit="Heidän")
    data |= {"unit": "Minun", "roles": ["digimentori", "johto"], "last_name": "Uusi"}
    response = client.post(url("person-detail", digimentori), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "somebody else changed this meanwhile to “Heidän”" in page
    assert "somebody else changed this meanwhile to “no role”" in page
    assert 'value="Minun"' in page
    assert 'value="Uusi"' in page
    digimentori.refresh_from_db()
    assert (digimentori.unit, digimentori.last_name) == ("Heidän", "Mentori")
    assert history_of(digimentori) == []


def test_groups_that_are_no_roles_stay(browse, yllapitaja, digimentori):
    digimentori.groups.create(name="kuoro")
    client = browse(yllapitaja)
    data = form_of(client, url("person-detail", digimentori)) | {"roles": ["johto"]}
    client.post(url("person-detail", digimentori), data)
    assert set(digimentori.groups.values_list("name", flat=True)) == {"kuoro", "johto"}


# --- there is always an administrator ---------------------------------------------------------


def test_an_administrator_cannot_give_up_their_own_role(browse, yllapitaja):
    make_user("ylläpitäjä")
    client = browse(yllapitaja)
    data = form_of(client, url("person-detail", yllapitaja)) | {"roles": ["johto"]}
    response = client.post(url("person-detail", yllapitaja), data)
    assert response.status_code == 422
    assert "you cannot take away your own administrator’s rights" in response.content.decode()
    assert [group.name for group in yllapitaja.groups.all()] == ["ylläpitäjä"]


def test_an_administrator_cannot_deactivate_themselves(browse, yllapitaja):
    make_user("ylläpitäjä")
    client = browse(yllapitaja)
    assert (
        "Deactivate the account"
        not in client.get(url("person-detail", yllapitaja)).content.decode()
    )
    response = client.post(url("person-deactivate", yllapitaja), follow=True)
    assert "you cannot deactivate your own account" in response.content.decode()
    yllapitaja.refresh_from_db()
    assert yllapitaja.is_active


def test_the_last_administrator_who_can_sign_in_stays(yllapitaja):
    other = make_user("ylläpitäjä")
    # Both have the other's page open and send it at the same moment: the second one is refused.
    assert people.deactivate(other, yllapitaja)
    with pytest.raises(people.Refused):
        people.deactivate(yllapitaja, other)
    assert list(User.objects.filter(is_active=True)) == [yllapitaja]


def test_the_last_administrators_role_stays(browse, yllapitaja):
    # By one who may manage people without being an administrator.
    root = User.objects.create_superuser("root@example.org", "salasana-1234")
    client = browse(root)
    data = form_of(client, url("person-detail", yllapitaja)) | {"roles": []}
    response = client.post(url("person-detail", yllapitaja), data)
    assert "the portal would be left without an administrator" in response.content.decode()


# --- deactivating -----------------------------------------------------------------------------


def test_deactivating_ends_sessions_links_and_invitations_at_once(
    browse, yllapitaja, digimentori, strategy
):
    theirs, others = Client(), browse(yllapitaja)
    theirs.force_login(digimentori)
    assert theirs.get("/profile/").status_code == 200
    link = ReportLink.objects.create(
        person=digimentori,
        strategy_quarter=strategy.quarters.get(state="open"),
        expires_at=timezone.now() + DAY,
    )
    invite(digimentori, yllapitaja)
    for _click in range(2):
        others.post(url("person-deactivate", digimentori))
    assert theirs.get("/profile/").status_code == 302
    assert others.get("/profile/").status_code == 200
    link.refresh_from_db()
    assert link.revoked_at is not None
    assert digimentori.invitations.get().revoked_at is not None
    assert Mail.objects.get().given_up_at is not None
    assert [fields for _user, fields in history_of(digimentori)][1:] == [
        {"invitation": ["sent", "revoked"]},
        {"report_link:2021Q2": [None, "revoked"]},
        {"active": ["True", "False"]},
    ]
    others.post(url("person-reactivate", digimentori))
    # What ended stays ended.
    assert theirs.get("/profile/").status_code == 302
    digimentori.refresh_from_db()
    assert digimentori.is_active


def test_nobody_is_reactivated_whose_name_is_gone(browse, yllapitaja):
    former = make_user(None, is_active=False, former=1)
    browse(yllapitaja).post(url("person-reactivate", former))
    former.refresh_from_db()
    assert not former.is_active


def test_a_page_says_what_a_person_is_responsible_for(browse, yllapitaja, digimentori, strategy):
    for _each in range(3):
        make_action(strategy, people=[digimentori])
    network = Network.objects.create(strategy=strategy, name="A")
    network.leads.add(digimentori)
    network.members.add(digimentori)
    Network.objects.create(strategy=strategy, name="B").members.add(digimentori)
    page = browse(yllapitaja).get(url("person-detail", digimentori)).content.decode()
    assert "3 actions<br>leads 1 network<br>member of 2 networks" in page


def test_a_page_names_the_kpis_that_a_person_owns(browse, yllapitaja, digimentori, strategy):
    page = url("person-detail", digimentori)
    assert "<dd>nothing</dd>" in browse(yllapitaja).get(page).content.decode()
    for slug in ("saatavuus", "nps"):
        make_kpi(strategy, slug, owner=digimentori)
    make_kpi(strategy, "muu", owner=yllapitaja)
    text = browse(yllapitaja).get(page).content.decode()
    assert "<dd>owns 2 KPIs: Mittari saatavuus, Mittari nps</dd>" in text
    assert "Hand over before that" in text
    digimentori.is_active = False
    digimentori.save()
    text = browse(yllapitaja).get(url("person-pseudonymise", digimentori)).content.decode()
    assert "<li>Ownership of 2 KPIs.</li>" in text


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.integers(0, 2)), max_size=8))
def test_whatever_administrators_do_to_each_other_one_is_left(steps):
    three = [make_user("ylläpitäjä") for _each in range(3)]
    for is_deactivated, by, whom in steps:
        person = people.detail(three[whom].pk)
        if is_deactivated:
            with suppress(people.Refused):
                people.deactivate(person, three[by])
        else:
            form = PersonForm(
                {
                    "first_name": "A",
                    "initial-first_name": person.first_name,
                    "last_name": "B",
                    "initial-last_name": person.last_name,
                    "initial-roles": person.roles,
                },
                instance=person,
            )
            if form.is_valid():
                people.edit(form, three[by])
        assert User.objects.filter(is_active=True, groups__name="ylläpitäjä").exists()
    User.objects.all().delete()
