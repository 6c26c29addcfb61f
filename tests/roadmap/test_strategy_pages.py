"""The strategy in words: who reads what, in which language, and where it leads."""

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import timezone

from digistrategia.demonstration import load
from roadmap import page_links, page_text, pages
from roadmap.fields import Words
from roadmap.models import PageVersion
from tests.factories import make_page, make_strategy, make_user

pytestmark = pytest.mark.django_db

S = "/strategies/strategia/"


def read(client, address, language="en"):
    client.cookies["django_language"] = language
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


# --- what is shown ----------------------------------------------------------------------------


def test_a_page_is_read_in_the_readers_language(browse, johto, strategy):
    make_page(strategy, "visio", fi=("Visio", "Ingressi", "Teksti"), en=("Vision", "Lead", "Text"))
    page = read(browse(johto), f"{S}strategy/visio/")
    assert '<h1>Vision</h1> <p class="lead">Lead</p>' in page
    assert '<div class="prose"><p>Text</p></div>' in page
    assert "Teksti" not in page


def test_where_there_is_no_translation_the_finnish_text_is_shown_and_marked(
    browse, johto, strategy
):
    make_page(strategy, "visio", fi=("Visio", "Ingressi", "Teksti"))
    page = read(browse(johto), f"{S}strategy/visio/")
    assert '<h1 lang="fi">Visio</h1> <p class="lead" lang="fi">Ingressi</p>' in page
    assert "This page has not been translated yet, so it stands here in Finnish." in page
    assert '<div class="prose" lang="fi"><p>Teksti</p></div>' in page
    front = read(browse(johto), f"{S}strategy/")
    assert '<dd lang="fi">Ingressi</dd>' in front
    assert "Where a text has not been translated yet, it stands here in Finnish." in front


def test_without_a_finnish_text_any_language_is_better_than_none(browse, johto, strategy):
    make_page(strategy, "visio", sv=("Visionen", "Ingress", "Text"))
    page = read(browse(johto), f"{S}strategy/visio/")
    assert '<h1 lang="sv">Visionen</h1>' in page
    assert "so it stands here in another language." in page


def test_the_newest_version_of_each_language_counts(strategy):
    page = make_page(strategy, "visio", fi=("Visio",), en=("Vision",))
    page.versions.create(language="fi", number=2, title="Uusi visio")
    found = {
        language: [
            (entry.version.title, entry.foreign) for entry in pages.in_words(strategy, language)
        ]
        for language in ("fi", "sv", "en")
    }
    assert found == {
        "fi": [("Uusi visio", "")],
        "sv": [("Uusi visio", "fi")],
        "en": [("Vision", "")],
    }


def test_pages_stand_by_part_and_in_their_order(strategy):
    make_page(strategy, "tausta", part="background")
    make_page(strategy, "kaksi", part="concept")
    make_page(strategy, "poistettu", part="concept", removed_at=timezone.now())
    make_page(strategy, "kolme", part="concept")
    make_page(strategy, "yksi", part="practice")
    make_page(make_strategy("toinen"), "vieras")
    found = pages.by_part(pages.in_words(strategy, "fi"))
    assert {part: [e.page.slug for e in entries] for part, entries in found.items()} == {
        "practice": ["yksi"],
        "concept": ["kaksi", "kolme"],
        "background": ["tausta"],
    }


@pytest.mark.parametrize(
    ("place", "links"),
    [
        ("", []),
        ("actions", [f"{S}actions/"]),
        ("lights", [S, f"{S}kpis/"]),
        ("kpis", [f"{S}kpis/"]),
        ("networks", [f"{S}networks/"]),
    ],
)
def test_a_concept_leads_to_its_place_in_the_portal(browse, johto, strategy, place, links):
    make_page(strategy, "sivu", place=place)
    front = read(browse(johto), f"{S}strategy/")
    _before, found, after = front.partition('<dd class="concept-place">')
    assert bool(found) == bool(links)
    part = after.partition("</dd>")[0]
    assert [piece.partition('"')[0] for piece in part.split('href="')[1:]] == links


def test_the_text_leads_into_the_strategy_that_it_belongs_to(browse, johto, strategy):
    body = "[Toimenpiteet](actions/?phase=2022), [visio](strategy/visio/), [laki](https://x.fi/)"
    make_page(strategy, "visio", fi=("Visio", "", body))
    page = read(browse(johto), f"{S}strategy/visio/")
    assert f'<a href="{S}actions/?phase=2022">Toimenpiteet</a>' in page
    assert f'<a href="{S}strategy/visio/">visio</a>' in page
    assert '<a href="https://x.fi/" rel="noopener">laki</a>' in page


@pytest.mark.parametrize("slug", ["ei-ole", "poistettu", "vieras"])
def test_a_page_that_is_not_there_is_not_found(browse, yllapitaja, strategy, slug):
    make_page(strategy, "poistettu", removed_at=timezone.now())
    make_page(make_strategy("toinen"), "vieras")
    assert browse(yllapitaja).get(f"{S}strategy/{slug}/").status_code == 404


def test_only_administrators_are_offered_to_edit(browse, johto, yllapitaja, strategy):
    make_page(strategy, "visio")
    for address in (f"{S}strategy/", f"{S}strategy/visio/"):
        assert "/pages/" not in read(browse(johto), address)
    assert "/edit/" not in read(browse(johto), f"{S}strategy/visio/")
    assert f"{S}strategy/visio/edit/" in read(browse(yllapitaja), f"{S}strategy/visio/")
    assert f"{S}strategy/pages/" in read(browse(yllapitaja), f"{S}strategy/")


# --- the vision -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [("fi", ">Visio<"), ("sv", ">Visionen<"), ("en", ' lang="fi">Visio<')],
)
def test_the_vision_is_said_in_the_readers_language(browse, johto, strategy, language, words):
    strategy.vision = Words(fi="Visio", sv="Visionen")
    strategy.save()
    front = read(browse(johto), f"{S}strategy/", language)
    assert f'<p class="vision vision-large"{words}/p>' in front
    situation = read(browse(johto), S, language)
    assert situation.count(f"<span{words}/span>") == 1
    assert f'<p class="page-vision"><a href="{S}strategy/">' in situation


def test_the_front_page_says_nothing_of_a_vision_that_there_is_not(browse, johto, strategy):
    assert "page-vision" not in read(browse(johto), S)


# --- a strategy without pages -----------------------------------------------------------------


def test_an_empty_strategy_says_what_to_do(browse, johto, yllapitaja, strategy):
    assert "An administrator writes them." in read(browse(johto), f"{S}strategy/")
    make_page(make_strategy("toinen"), "visio")
    make_strategy("kolmas")
    front = read(browse(yllapitaja), f"{S}strategy/")
    assert "Copy the pages of Strategia toinen" in front
    assert "Copy the pages of Strategia kolmas" not in front


# --- queries ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "strategy/",
        "strategy/sivu-1/",
        "strategy/pages/",
        "strategy/sivu-1/edit/",
        "strategy/sivu-1/versions/",
        "strategy/sivu-1/versions/fi/1/",
        "strategy/sivu-1/place/",
    ],
)
def test_the_number_of_queries_is_the_same_for_1_3_and_300_pages(
    browse, yllapitaja, strategy, address
):
    client, numbers = browse(yllapitaja), []
    made = 0
    for count in (1, 3, 300):
        for number in range(made + 1, count + 1):
            page = make_page(strategy, f"sivu-{number}", part="concept", place="actions")
            for version in (2, 3):
                page.versions.create(language="fi", number=version, title=f"Sivu {version}")
        made = count
        client.get(S + address)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(S + address).status_code == 200
        numbers.append(len(queries))
    assert numbers[0] == numbers[1] == numbers[2] < 10


def test_the_number_of_queries_is_the_same_for_1_and_300_versions(browse, yllapitaja, strategy):
    page, client, numbers = make_page(strategy), browse(yllapitaja), []
    client.get(S)  # the first page of a session notes when it was seen
    for count in (1, 300):
        for number in range(page.versions.count() + 1, count + 1):
            page.versions.create(language="fi", number=number, title="x", user=yllapitaja)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{S}strategy/sivu/versions/")
        numbers.append(len(queries))
    assert numbers[0] == numbers[1] < 10


# --- the demonstration ------------------------------------------------------------------------

PAGES = {
    "practice": ["for-clients", "for-professionals", "development"],
    "concept": ["vision", "platform", "roadmap", "follow-up", "digimentors", "client"],
    "background": ["starting-point", "law", "not-only-digital"],
}


@pytest.fixture
def demonstration(db):
    return load()


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_the_demonstration_has_every_page_in_every_language(demonstration, language):
    entries = pages.in_words(demonstration, language)
    found = {part: [e.page.slug for e in of] for part, of in pages.by_part(entries).items()}
    assert found == PAGES
    assert {entry.foreign for entry in entries} == {""}
    assert all(entry.version.title and entry.version.lead for entry in entries)
    phases = demonstration.phases.all()
    words = [demonstration.vision, *(text for p in phases for text in (p.title, p.goals))]
    assert all(text.get(language) for text in words)
    assert {len(phase.goals[language].splitlines()) for phase in phases} == {3}


def test_every_link_of_the_shipped_texts_leads_somewhere(demonstration):
    faults = []
    for version in PageVersion.objects.select_related("page"):
        named = dict(page_text.links(version.body, page_links.base(demonstration)))
        assert None not in named.values()
        for fault in page_links.faults(version.body, demonstration):
            faults.append((version.page.slug, version.language, fault))
    assert faults == []


def test_the_shipped_texts_say_the_same_in_every_language(demonstration):
    """As far as a machine can see: as many headings, list items, rows and links."""
    for page in demonstration.pages.all():
        shapes = {
            tuple(version.body.count(sign) for sign in ("\n#", "\n- ", "\n|", "\n> "))
            + (
                len(
                    {
                        leads
                        for _target, leads in page_text.links(version.body, "/")
                        if leads.startswith("/")
                    }
                ),
            )
            for version in page.versions.all()
        }
        assert len(shapes) == 1, (page.slug, shapes)


def test_the_law_has_its_right_numbers(demonstration):
    for version in PageVersion.objects.filter(page__slug="law"):
        for number in ("13/2003", "306/2019", "2016/2102"):
            assert number in version.body
        assert "13/2013" not in version.body
    sv = PageVersion.objects.get(page__slug="law", language="sv").body
    assert "finlex.fi/sv/laki/ajantasa/2003/20030013" in sv


def test_the_vision_is_two_clicks_from_the_front_page(browse, demonstration):
    client = browse(make_user("johto"))
    home = reverse("metrics:situation", args=[demonstration.slug])
    front = reverse("roadmap:strategy-detail", args=[demonstration.slug])
    vision = reverse("roadmap:page-detail", args=[demonstration.slug, "vision"])
    assert resolve(front).view_name == "roadmap:strategy-detail"
    assert demonstration.vision["en"] in read(client, home)
    assert f'href="{front}"' in read(client, home)
    assert f'href="{vision}"' in read(client, front)
