"""How administrators keep the pages: texts in versions, their order, what is removed."""

import pytest
from django.utils import timezone

from roadmap import pages
from roadmap.models import Change, PageVersion, StrategyPage
from roadmap.page_models import Texts
from roadmap.page_text import LONGEST
from tests.at_once import at_once
from tests.factories import make_action, make_page, make_strategy

pytestmark = pytest.mark.django_db

S = "/strategies/strategia/strategy/"
TEXTS = {"title": "Visio", "lead": "Lyhyesti.", "body": "Pitkästi.", "seen": 1}


@pytest.fixture
def visio(strategy):
    return make_page(strategy, "visio", fi=("Visio", "Ingressi", "Teksti"))


@pytest.fixture
def client(browse, yllapitaja):
    return browse(yllapitaja)


def words(response):
    return " ".join(response.content.decode().split())


def versions(page):
    return [
        (v.language, v.number, v.title, v.lead, v.body, v.user and v.user.last_name)
        for v in page.versions.order_by("pk")
    ]


def history():
    return [change.fields for change in Change.objects.order_by("pk")]


FIRST = ("fi", 1, "Visio", "Ingressi", "Teksti", None)


# --- texts ------------------------------------------------------------------------------------


def test_a_new_text_is_a_new_version(client, visio):
    response = client.post(f"{S}visio/edit/?language=fi", TEXTS)
    assert (response.status_code, response.url) == (302, f"{S}visio/")
    assert versions(visio) == [FIRST, ("fi", 2, "Visio", "Lyhyesti.", "Pitkästi.", "Ylläpitäjä")]
    assert history() == []  # the versions are the history


def test_another_language_begins_at_one(client, visio):
    assert "not written yet" in words(client.get(f"{S}visio/edit/?language=sv"))
    client.post(f"{S}visio/edit/?language=sv", TEXTS | {"seen": 0})
    assert versions(visio)[1:] == [("sv", 1, "Visio", "Lyhyesti.", "Pitkästi.", "Ylläpitäjä")]


def test_the_same_text_makes_no_version(client, visio):
    same = {"title": "Visio", "lead": "Ingressi", "body": "Teksti", "seen": 1}
    assert client.post(f"{S}visio/edit/?language=fi", same).status_code == 302
    assert versions(visio) == [FIRST]


def test_the_same_form_sent_twice_makes_one_version(client, visio):
    for _time in range(2):
        assert client.post(f"{S}visio/edit/?language=fi", TEXTS).status_code == 302
    assert [number for _language, number, *_rest in versions(visio)] == [1, 2]


def test_the_text_is_kept_in_one_spelling(client, visio):
    sent = {
        "title": "  Visio \t 2023 ",
        "lead": "Yksi\r\nkaksi\r\n\r\n kolme",
        "body": "\r\nA\u0308a\x07ni\r\n\r\nToinen\r\n",
        "seen": 1,
    }
    client.post(f"{S}visio/edit/?language=fi", sent)
    assert versions(visio)[1][2:5] == ("Visio 2023", "Yksi kaksi kolme", "Äani\n\nToinen")


def test_a_newer_version_of_somebody_else_is_shown_beside_ones_own_text(client, visio, johto):
    pages.save(visio, "fi", Texts("Visio", "Ingressi", "Heidän tekstinsä"), 1, johto)
    response = client.post(f"{S}visio/edit/?language=fi", TEXTS | {"body": "Oma tekstini"})
    shown = words(response)
    assert response.status_code == 409
    assert "Somebody else changed this meanwhile, so nothing was saved yet." in shown
    assert "Version 2 was saved" in shown
    assert "Johtaja" in shown
    assert "Heidän tekstinsä</del>" in shown
    assert "Oma tekstini</textarea>" in shown
    assert [number for _language, number, *_rest in versions(visio)] == [1, 2]
    again = client.post(f"{S}visio/edit/?language=fi", TEXTS | {"body": "Oma tekstini", "seen": 2})
    assert again.status_code == 302
    assert [v[4] for v in versions(visio)] == ["Teksti", "Heidän tekstinsä", "Oma tekstini"]


def test_another_languages_new_version_is_in_nobodys_way(client, visio, johto):
    pages.save(visio, "sv", Texts("Visionen"), 0, johto)
    assert client.post(f"{S}visio/edit/?language=fi", TEXTS).status_code == 302


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"title": ""}, "Title: write a title"),
        ({"title": "x" * 201}, "Title: Ensure this value has at most 200 characters"),
        ({"lead": "x" * 501}, "Lead: Ensure this value has at most 500 characters"),
        ({"lead": "\U0001d15e" * 251}, "Lead: Ensure this value has at most 500 characters"),
        ({"body": "x" * (LONGEST + 1)}, "Text: Ensure this value has at most 20000 characters"),
        ({"body": "[a](nowhere/)"}, "Text: the link nowhere/ leads to no page of the portal"),
        ({"body": "[a](strategy/ei/)"}, "the link strategy/ei/ leads to no page of the portal"),
        ({"body": "[a](kpis/ei/)"}, "the link kpis/ei/ leads to no page of the portal"),
        ({"body": "[a](actions/%00)"}, "the link actions/%00 leads to no page"),
        ({"body": "[a](actions/22-999)"}, "the link actions/22-999 leads to no page"),
        ({"body": "[a](phases/1999/)"}, "the link phases/1999/ leads to no page of the portal"),
        ({"body": "[a](../muu/)"}, "the link ../muu/ leads to no page of the portal"),
        ({"body": "[a](javascript:x)"}, "the link javascript:x is of a kind that is not allowed"),
        ({"body": "[a](ftp://x.fi)"}, "the link ftp://x.fi is of a kind that is not allowed"),
        ({"body": "[a](//x.fi)"}, "the link //x.fi is of a kind that is not allowed"),
        ({"body": "![a](x.png)\n\n[b](x)"}, "the link x leads to no page of the portal"),
    ],
)
def test_a_fault_is_told_and_nothing_is_kept(client, visio, sent, fault):
    response = client.post(f"{S}visio/edit/?language=fi", TEXTS | sent)
    assert response.status_code == 422
    assert fault in words(response)
    assert versions(visio) == [FIRST]


def test_links_that_lead_somewhere_are_no_faults(client, strategy, visio):
    make_action(strategy, "22-041")
    make_action(strategy, "A 1ä")
    make_strategy("toinen")
    body = (
        "[a](actions/?phase=2022) [b](strategy/visio/) [c](networks/) [d](./) [e](actions/22-041)"
        " [f](/feedback/) [g](https://x.fi/) [h](mailto:a@x.fi) [i](../toinen/) [j](phases/2022/)"
        " [k](actions/A%201%C3%A4)"
    )
    assert client.post(f"{S}visio/edit/?language=fi", TEXTS | {"body": body}).status_code == 302


@pytest.mark.parametrize("fragment", [False, True])
def test_a_preview_is_made_as_the_page_is_and_keeps_nothing(client, visio, fragment):
    headers = {"HX-Request": "true", "HX-Target": "page-preview"} if fragment else {}
    sent = TEXTS | {"body": "# Otsikko\n\n<b>x</b> [a](./)", "preview": "1"}
    response = client.post(f"{S}visio/edit/?language=fi", sent, headers=headers)
    shown = words(response)
    assert response.status_code == 200
    html = '<h2>Otsikko</h2> <p>&lt;b&gt;x&lt;/b&gt; <a href="/strategies/strategia/">a</a></p>'
    assert f'<div class="prose" lang="fi">{html}</div>' in shown
    assert ("<html" in shown) is not fragment
    assert versions(visio) == [FIRST]


def test_a_preview_of_nothing_is_faulty_and_no_more(client, visio):
    assert client.post(f"{S}visio/edit/?language=fi", {"preview": "1"}).status_code == 422


def test_a_preview_names_the_faults_too(client, visio):
    sent = TEXTS | {"body": "[a](nowhere/)", "preview": "1"}
    response = client.post(
        f"{S}visio/edit/?language=fi",
        sent,
        headers={"HX-Request": "true", "HX-Target": "page-preview"},
    )
    assert response.status_code == 422
    assert "Error: Text: the link nowhere/ leads to no page of the portal" in words(response)


@pytest.mark.parametrize("address", ["ei-ole/edit/", "poistettu/edit/", "visio/edit/?language=xx"])
def test_what_cannot_be_edited_is_not_found(client, strategy, visio, address):
    make_page(strategy, "poistettu", removed_at=timezone.now())
    assert client.get(S + address).status_code == 404


# --- versions ---------------------------------------------------------------------------------


def test_versions_are_listed_read_and_compared(client, visio, yllapitaja):
    pages.save(visio, "fi", Texts("Visio", "Ingressi", "Toinen teksti"), 1, yllapitaja)
    listed = words(client.get(f"{S}visio/versions/"))
    assert f'<a href="{S}visio/versions/fi/2/">Suomi 2</a>' in listed
    assert "Ylläpitäjä" in listed
    read = words(client.get(f"{S}visio/versions/fi/2/"))
    assert "This is the newest version." in read
    assert "removed: </span>Teksti</del>" in read
    assert "added: </span>Toinen teksti</ins>" in read
    assert client.get(f"{S}visio/versions/fi/3/").status_code == 404
    assert client.get(f"{S}visio/versions/sv/1/").status_code == 404


def test_an_old_version_is_restored_as_a_new_one(client, visio, yllapitaja):
    pages.save(visio, "fi", Texts("Visio", "Ingressi", "Toinen"), 1, yllapitaja)
    for _time in range(2):
        response = client.post(f"{S}visio/versions/fi/1/", {"seen": 2})
        assert (response.status_code, response.url) == (302, f"{S}visio/")
    assert [v[1:5] for v in versions(visio)] == [
        (1, "Visio", "Ingressi", "Teksti"),
        (2, "Visio", "Ingressi", "Toinen"),
        (3, "Visio", "Ingressi", "Teksti"),
    ]


def test_nothing_is_restored_over_what_was_not_seen(client, visio, yllapitaja):
    for number in (1, 2):
        pages.save(visio, "fi", Texts("Visio", "", f"Teksti {number}"), number, yllapitaja)
    response = client.post(f"{S}visio/versions/fi/1/", {"seen": 2})
    assert response.status_code == 409
    assert "Somebody else changed this meanwhile" in words(response)
    assert visio.versions.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_who_save_at_once_never_write_over_each_other(strategy, yllapitaja):
    page = make_page(strategy, "visio")
    numbers = iter(range(9))

    def save():
        try:
            return pages.save(page, "fi", Texts(f"Otsikko {next(numbers)}"), 1, yllapitaja).number
        except pages.Overtaken as error:
            return f"overtaken by {error.now.number}"

    assert sorted(map(str, at_once(save))) == ["2", *["overtaken by 2"] * 3]


# --- which pages there are --------------------------------------------------------------------

NEW = {"title": "Mittarit", "slug": "", "part": "concept", "place": "kpis"}


def test_a_page_is_added_the_last_of_all_and_its_text_comes_next(client, visio, yllapitaja):
    for _time in range(2):  # by a double click
        response = client.post(f"{S}pages/add/", NEW)
        assert (response.status_code, response.url) == (302, f"{S}mittarit/edit/")
    made = StrategyPage.objects.get(slug="mittarit")
    assert (made.part, made.place, made.position) == ("concept", "kpis", 2)
    assert versions(made) == [("en", 1, "Mittarit", "", "", "Ylläpitäjä")]
    assert history() == [{"page_added": [None, "Mittarit"]}]


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"title": ""}, "Title: write a title"),
        ({"title": "???"}, "In the address: write letters, digits and hyphens"),
        ({"slug": "edit"}, "In the address: another part of the portal has this address"),
        ({"title": "Pages"}, "In the address: another part of the portal has this address"),
        ({"slug": "visio"}, "In the address: another page has this address"),
        ({"slug": "poistettu"}, "In the address: another page has this address"),
        ({"part": "muu"}, "Part:"),
        ({"place": "muu"}, "Place in the portal:"),
    ],
)
def test_a_page_is_not_added_with_a_fault(client, strategy, visio, sent, fault):
    make_page(strategy, "poistettu", removed_at=timezone.now())
    response = client.post(f"{S}pages/add/", NEW | sent)
    assert response.status_code == 422
    assert fault.lower() in words(response).lower()
    assert StrategyPage.objects.count() == 2


@pytest.fixture
def three(strategy):
    make_page(strategy, "muu", part="background")
    return [make_page(strategy, slug) for slug in ("a", "b", "c")]


def order(strategy):
    return [entry.page.slug for entry in pages.in_words(strategy, "fi") if entry.page.slug != "muu"]


@pytest.mark.parametrize(
    ("slug", "to", "wanted", "told"),
    [
        ("a", "down", ["b", "a", "c"], [{"page_moved": ["Sivu a: 1.", "2."]}]),
        ("c", "up", ["a", "c", "b"], [{"page_moved": ["Sivu c: 3.", "2."]}]),
        ("a", "up", ["a", "b", "c"], []),
        ("c", "down", ["a", "b", "c"], []),
    ],
)
def test_a_page_moves_within_its_part(client, strategy, three, slug, to, wanted, told):
    page = next(page for page in three if page.slug == slug)
    for _time in range(2):  # by a double click
        client.post(f"{S}{slug}/move/", {to: "1", "seen": page.position})
    assert order(strategy) == wanted
    assert history() == told


def test_a_page_goes_to_another_part(client, strategy, three):
    sent = {"part": "practice", "initial-part": "concept", "place": "", "initial-place": ""}
    for _time in range(2):
        assert client.post(f"{S}a/place/", sent).status_code == 302
    assert order(strategy) == ["a", "b", "c"]
    assert StrategyPage.objects.get(slug="a").part == "practice"
    assert history() == [{"page_changed": [None, "Sivu a"], "page_part": ["concept", "practice"]}]


def test_a_part_that_somebody_else_chose_meanwhile_is_not_written_over(client, strategy, three):
    StrategyPage.objects.filter(slug="a").update(part="background")
    sent = {"part": "practice", "initial-part": "concept", "place": "", "initial-place": ""}
    response = client.post(f"{S}a/place/", sent)
    assert response.status_code == 422
    assert "Somebody else changed this meanwhile. Look at it again." in words(response)
    assert StrategyPage.objects.get(slug="a").part == "background"


def test_a_page_is_removed_and_brought_back_with_its_versions(client, strategy, three):
    make_page(strategy, "viittaa", part="background", fi=("Viittaa", "", "[a](strategy/a/)"))
    for _time in range(2):
        answer = client.post(f"{S}a/remove/", follow=True)
    assert order(strategy) == ["b", "c", "viittaa"]
    assert client.get(f"{S}a/").status_code == 404
    assert client.get(f"{S}a/versions/fi/1/").status_code == 200
    assert "Removed pages" in words(answer)
    for _time in range(2):
        client.post(f"{S}a/bring-back/")
    assert order(strategy) == ["b", "c", "a", "viittaa"]
    assert client.get(f"{S}a/").status_code == 200
    assert history() == [
        {"page_removed": ["Sivu a", None]},
        {"page_brought_back": [None, "Sivu a"]},
    ]


def test_whoever_removes_a_page_is_told_what_still_leads_to_it(client, strategy, three):
    make_page(strategy, "viittaa", part="background", fi=("Viittaa", "", "[a](strategy/a/)"))
    told = words(client.post(f"{S}a/remove/", follow=True))
    assert "These pages still lead to it: Viittaa." in told


def test_the_history_of_the_strategy_tells_of_its_pages(client, strategy, three):
    client.post(f"{S}a/move/", {"down": "1", "seen": three[0].position})
    client.post(f"{S}a/remove/")
    sent = {"part": "practice", "initial-part": "concept", "place": "kpis", "initial-place": ""}
    client.post(f"{S}b/place/", sent)
    told = words(client.get(S))
    assert "Page moved <del>Sivu a: 1.</del> → 2." in told
    assert "Page removed <del>Sivu a</del> →" in told
    assert "Part <del>Parts and concepts</del> → The vision in practice" in told
    assert "Place in the portal KPIs" in told


# --- copies -----------------------------------------------------------------------------------


def test_the_newest_texts_of_another_strategy_are_copied_once(client, strategy, yllapitaja):
    other = make_strategy("toinen")
    page = make_page(other, "visio", place="actions", fi=("Visio", "a", "b"), sv=("Visionen",))
    pages.save(page, "fi", Texts("Uusi visio", "a", "b"), 1, yllapitaja)
    make_page(other, "poistettu", removed_at=timezone.now())
    for _time in range(2):
        assert client.post(f"{S}pages/copy/", {"source": "toinen"}).status_code == 302
    (made,) = strategy.pages.all()
    assert (made.slug, made.part, made.place) == ("visio", "concept", "actions")
    assert sorted(versions(made)) == [
        ("fi", 1, "Uusi visio", "a", "b", "Ylläpitäjä"),
        ("sv", 1, "Visionen", "", "", "Ylläpitäjä"),
    ]
    assert history() == [{"pages_copied": [None, "Strategia toinen"]}]
    assert PageVersion.objects.filter(page__strategy=other).count() == 4


@pytest.mark.parametrize("source", ["", "ei-ole", "strategia", "a\0b"])
def test_pages_are_copied_only_from_another_strategy(client, strategy, source):
    assert client.post(f"{S}pages/copy/", {"source": source}).status_code == 404
