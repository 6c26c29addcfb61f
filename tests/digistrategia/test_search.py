"""The search: what is found of each kind, who finds it, and that it is never a fault."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mentors.models import Network
from metrics.snapshots import compute
from tests.factories import make_action, make_strategy, make_user

pytestmark = pytest.mark.django_db


def address(slug="strategia"):
    return reverse("search", args=[slug])


@pytest.fixture
def world():
    """A strategy with something of each kind."""
    strategy = make_strategy(opened="2021Q2")
    theme = strategy.themes.create(name="Sähköinen asiointi")
    area = strategy.service_areas.create(name="Sote-keskukset")
    hanna = make_user("digimentori", first_name="Hanna", last_name="Korhonen", unit="Terveysasemat")
    make_user("digimentori", first_name="Jukka", last_name="Åberg", unit="Erikoissairaanhoito")
    texts = {"theme": theme, "service_area": area, "description": "Varataan lääkärille verkossa."}
    make_action(strategy, "22-041", title="Ajanvarauksen avaaminen", people=[hanna], **texts)
    make_action(strategy, "22-042", title="Uusi mobiilisovellus", entries={"2021Q2": 50})
    make_action(strategy, "22-043", title="Sovelluksen julkaisu", cancelled_from="2021Q1")
    make_action(strategy, "22-044", title="Muuta", description="Tulos näkyy sovelluksessa.")
    network = Network.objects.create(
        strategy=strategy, name="Kotihoidon verkosto", service_area=area
    )
    network.leads.set([hanna])
    network.actions.set(strategy.actions.filter(code="22-041"))
    compute(strategy.pk)
    return strategy


@pytest.fixture
def find(browse, johto, world):
    """What a search shows: {kind: [title, …]}."""

    def find(typed, user=None, **more):
        response = browse(user or johto).get(address(), {"q": typed, **more})
        assert response.status_code == 200
        find.page = response.content.decode()
        find.found = response.context["found"]
        return {
            group.kind.name: [plain(hit.title) for hit in group.hits] for group in find.found.groups
        }

    return find


def plain(html):
    return unescape(re.sub("<[^>]+>", "", html))


def hits(find, kind):
    return next(group.hits for group in find.found.groups if group.kind.name == kind)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ajanvaraukset", {"action": ["Ajanvarauksen avaaminen"]}),
        ("lääkärin ajanvaraus", {"action": ["Ajanvarauksen avaaminen"]}),
        ("22041", {"action": ["Ajanvarauksen avaaminen"]}),
        ("22-041", {"action": ["Ajanvarauksen avaaminen"]}),
        (
            "sovellukset",
            {"action": ["Sovelluksen julkaisu", "Uusi mobiilisovellus", "Muuta"]},
        ),
        ("aberg", {"person": ["Åberg Jukka"]}),
        ("Korhosen", {"person": ["Korhonen Hanna"]}),
        ("terveysasemalla", {"person": ["Korhonen Hanna"]}),
        ("kotihoito", {"person": ["Korhonen Hanna"], "network": ["Kotihoidon verkosto"]}),
        ("hanna kotihoito", {"person": ["Korhonen Hanna"]}),
        ("sote-keskus", {"network": ["Kotihoidon verkosto"], "area": ["Sote-keskukset"]}),
        ("asioinnin", {"theme": ["Sähköinen asiointi"]}),
        ("2022 vaihe", {"phase": ["2022 Vaihe 2022"]}),
        ("tavoitteet 2023", {"phase": ["2023 Vaihe 2023"]}),
        ("johtaja", {"person": ["Johtaja Erkki"]}),
    ],
)
def test_each_kind_of_thing_is_found_the_best_first(find, typed, found):
    assert find(typed) == found


def test_a_hit_of_an_action_tells_its_code_phase_and_light(find):
    find("uusi sovellus")
    [hit] = hits(find, "action")
    assert (hit.light, hit.line, hit.excerpt) == ("green", "22-042 · phase 2021", "")
    assert hit.title == "<mark>Uusi</mark> <mark>mobiilisovellus</mark>"
    assert hit.address == reverse("metrics:action-detail", args=["strategia", "22-042"])
    find("julkaisu")
    [hit] = hits(find, "action")
    assert (hit.light, hit.line) == ("", "22-043 · phase 2021 · cancelled from Q1/2021 on")


def test_what_is_found_in_the_text_is_shown_with_the_words_marked(find):
    find("lääkäri")
    [hit] = hits(find, "action")
    assert hit.title == "Ajanvarauksen avaaminen"
    assert hit.excerpt == "Varataan <mark>lääkärille</mark> verkossa."


def test_texts_are_shown_as_they_are_and_never_as_html(find, world):
    make_action(world, "x", title="<b>Lihava</b>", description="<script>alert(1)</script> teksti")
    find("lihava")
    assert "&lt;b&gt;<mark>Lihava</mark>&lt;/b&gt;" in find.page
    find("teksti")
    assert "&lt;script&gt;" in find.page
    find('"><script>alert(1)</script>')
    assert "<script>alert" not in find.page


def test_an_administrator_comes_to_the_person_and_others_to_what_the_person_does(find, yllapitaja):
    find("korhonen", yllapitaja)
    [hit] = hits(find, "person")
    person = reverse("mentors:person-detail", args=[pk_of("Korhonen")])
    carried = reverse("metrics:action-list", args=["strategia"]) + f"?person={pk_of('Korhonen')}"
    assert (hit.address, hit.more) == (person, ("1 action", carried))
    assert plain(hit.line) == "Terveysasemat · Kotihoidon verkosto"
    find("korhonen")
    [hit] = hits(find, "person")
    assert (hit.address, hit.more) == (carried, None)
    assert plain(hit.line) == "Terveysasemat · Kotihoidon verkosto · 1 action"
    find("åberg")
    assert [hit.address for hit in hits(find, "person")] == [""]


def pk_of(last_name):
    from mentors.models import User

    return User.objects.get(last_name=last_name).pk


def test_leavers_and_people_without_a_role_are_not_found(find, yllapitaja):
    make_user("digimentori", last_name="Lähtenyt", is_active=False)
    make_user("digimentori", last_name="Lähtenyt", former=3)
    make_user(None, last_name="Lähtenyt")
    assert find("lähtenyt", yllapitaja) == {}
    make_user("digimentori", last_name="Lähtenyt", first_name="Ei")
    assert find("lähtenyt", yllapitaja) == {"person": ["Lähtenyt Ei"]}


def test_a_leaver_is_not_found_by_a_network_either(find, world, yllapitaja):
    gone = make_user("digimentori", last_name="Poissa", is_active=False)
    world.networks.get().members.set([gone])
    assert find("kotihoito", yllapitaja) == {
        "person": ["Korhonen Hanna"],
        "network": ["Kotihoidon verkosto"],
    }


def test_only_the_strategy_of_the_address_is_searched(find, world, browse, johto):
    other = make_strategy("toinen", years=(2024,))
    make_action(other, "24-001", title="Vieras ajanvaraus")
    other.themes.create(name="Vieras asiointi")
    Network.objects.create(strategy=other, name="Vieras verkosto").members.set([pk_of("Korhonen")])
    assert find("vieras") == {}
    assert find("korhonen") == {"person": ["Korhonen Hanna"]}
    page = browse(johto).get(address("toinen"), {"q": "vieras"}).content.decode()
    assert "4 hits for “vieras”" in page  # Hanna Korhonen is in its network


@pytest.mark.parametrize(
    "typed", ["sovellus", "ajanvaraus", "22-04", "lääkäri verkko", "a", "sana"]
)
def test_the_count_of_actions_is_that_of_the_list(find, browse, johto, typed):
    find(typed)
    group = next((g for g in find.found.groups if g.kind.name == "action"), None)
    listing = (
        browse(johto)
        .get(reverse("metrics:action-list", args=["strategia"]), {"q": typed})
        .context["listing"]
    )
    assert (group.count if group else 0) == listing.count


def test_the_best_few_lead_to_all_of_a_kind(find, world):
    for number in range(40):
        world.themes.create(name=f"Hoitopolku {number:02}")
    assert find("hoitopolut") == {"theme": [f"Hoitopolku {number:02}" for number in range(5)]}
    assert 'href="?q=hoitopolut&amp;kind=theme"' in find.page
    shown = find("hoitopolut", kind="theme", page=2)
    assert shown == {"theme": [f"Hoitopolku {number:02}" for number in range(25, 40)]}
    assert "26–40 / 40" in find.page
    assert find("sovellus", kind="theme", page="x") == find("sovellus")


def test_without_lights_actions_are_found_all_the_same(browse, johto):
    strategy = make_strategy()
    for number in range(12):
        make_action(strategy, f"T-{number}", title="Ajanvaraus")
    response = browse(johto).get(address(), {"q": "ajanvaraus"})
    [group] = response.context["found"].groups
    assert (group.count, len(group.hits), group.hits[0].light) == (12, 10, "")
    assert 'href="?q=ajanvaraus&amp;kind=action"' in response.content.decode()


def test_where_nothing_is_found_another_spelling_is_offered(find):
    assert find("ajanvarauksne avaminen") == {}
    assert "Nothing was found for “ajanvarauksne avaminen”" in find.page
    assert find.found.suggestion == "ajanvarauksen avaaminen"
    assert 'href="?q=ajanvarauksen%20avaaminen"' in find.page
    assert find("xyzzy") == {}
    assert find.found.suggestion is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "What is looked through"),
        ("   ", "What is looked through"),
        ("\0", "What is looked through"),
        ("& | !", "There is nothing to look for"),
        ("ä" * 500, "No text has all the words"),
        ("sana " * 1000, "Only the first 8 words were searched for."),
        ("a & b | ! : * ( ) ' \\", "No text has all the words"),
        ("'; DROP TABLE x; --", "No text has all the words"),
        ("sov\u00adellus", "3 hits"),
        ("ä", "hits"),
        ("ö", "No text has all the words"),
        ("\ufffd\ud83d", "There is nothing to look for"),
    ],
)
def test_whatever_is_typed_the_page_says_what_is_found_or_what_to_do(find, typed, words):
    find(typed.encode("utf-8", "replace").decode())
    assert words in find.page


def test_the_field_in_the_header_leads_here_and_keeps_what_was_typed(browse, johto, world):
    client = browse(johto)
    front = client.get(reverse("metrics:situation", args=["strategia"])).content.decode()
    assert f'role="search" aria-label="Search" action="{address()}"' in front
    page = client.get(address(), {"q": 'lääkäri "x"'}).content.decode()
    assert 'id="site-search" name="q" maxlength="200" value="lääkäri &quot;x&quot;"' in page
    listed = client.get(reverse("metrics:action-list", args=["strategia"]), {"q": "lääkäri"})
    assert 'id="site-search" name="q" maxlength="200" value=""' in listed.content.decode()


def test_who_may_not_see_the_strategy_finds_nothing_of_it(client, world, outsider, johto):
    query = {"q": "ajanvaraus"}
    assert client.get(address(), query).url.startswith(reverse("account_login"))
    client.force_login(outsider)
    hidden = client.get(address(), query)
    assert (hidden.status_code, "Ajanvarauksen" in hidden.content.decode()) == (404, False)
    client.force_login(johto)
    assert "Ajanvarauksen" in client.get(address(), query).content.decode()
    assert client.get(address("puuttuva"), query).status_code == 404


@pytest.mark.parametrize("query", [{"q": "sana"}, {"q": "sana", "kind": "person"}, {"q": "sbna"}])
def test_the_page_makes_the_same_few_queries_for_1_3_and_300_of_each(browse, query):
    counts = []
    for number, size in enumerate((1, 3, 300)):
        strategy = make_strategy(f"s{number}", opened="2021Q2")
        area = strategy.service_areas.create(name="Sana")
        people = [make_user("digimentori", last_name=f"Sana{n}") for n in range(size)]
        for n in range(size):
            make_action(strategy, f"T-{n}", title=f"Sana {n}", people=[people[n]])
            strategy.themes.create(name=f"Sana {n}")
            network = Network.objects.create(strategy=strategy, name=f"Sana {n}", service_area=area)
            network.members.set(people[:5])
        compute(strategy.pk)
        client = browse(make_user("ylläpitäjä"))
        client.get(address(strategy.slug), query)  # what is made once a process is not counted
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(strategy.slug), query).status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert counts[0] < 10
