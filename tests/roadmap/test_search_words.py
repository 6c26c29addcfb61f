"""What a search finds, by a table of words of health care and digital services."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.search_words import (
    ELSEWHERE,
    EXACT_CODE,
    IN_COMPOUND,
    IN_TITLE,
    MOST_LETTERS,
    TITLE_BEGINS,
    Query,
    another_spelling,
    excerpt,
    fold,
    in_one,
    parts,
    vocabulary,
)

# A form that is typed, and forms in a text that it finds.
FOUND = {
    # double consonants and their weak grade
    "verkko": "verkon verkkoon verkossa verkot verkkosivu digiverkko",
    "verkon": "verkko verkkoon",
    "käyttö": "käytön käyttöön käytössä käyttöaste",
    "käytön": "käyttö käyttöönotto",
    "vastaanotto": "vastaanoton vastaanotot vastaanottojen etävastaanotto etävastaanoton",
    "asiakkaan": "asiakas asiakkaat asiakkaiden",
    "asiakas": "asiakkaan asiakkaille asiakasta asiakaskokemus",
    "laite": "laitteet laitteiden laitteisto",
    "laitteet": "laite laitteen",
    "lääke": "lääkkeet lääkkeen lääkehoito lääkeautomaatti",
    "lomake": "lomakkeet lomakkeella esitietolomake esitietolomakkeen",
    "viikko": "viikon viikot viikoittain",
    # the other grades
    "hoito": "hoidon hoidot hoitoon hoitopolku omahoito kotihoidon",
    "hoidon": "hoito hoitoa hoidossa",
    "tieto": "tiedon tiedot tietosuoja",
    "tiedot": "tieto tietoja",
    "toimenpide": "toimenpiteet toimenpiteen toimenpidettä",
    "toimenpiteet": "toimenpide",
    "kunta": "kunnan kunnat kuntia",
    "neuvonta": "neuvonnan neuvontaa perheneuvonta perheneuvonnan",
    "seurannan": "seuranta seurantaan etäseuranta",
    "kaupunki": "kaupungin kaupungit",
    "tapa": "tavan tavat tapoja",
    "luku": "luvun luvut lukuja",
    "kyky": "kyvyn kyvyt",
    # a k that falls away
    "tuki": "tuen tukea tuella käyttötuki käyttötuen",
    "haku": "haun haut hakuun",
    "laki": "lain laista lakia",
    "hoitopolku": "hoitopolun hoitopolut digihoitopolkuja digihoitopolut",
    "hoitopolut": "hoitopolku hoitopolun",
    "digituki": "digituen digitukea digitukipiste",
    "aika": "ajan ajat aikaa aikoja vastaanottoaika",
    "alku": "alun alussa",
    # words in -us, -ys and -uus
    "saavutettavuus": "saavutettavuuden saavutettavuutta saavutettavuusseloste",
    "saavutettavuuden": "saavutettavuus",
    "löydettävyys": "löydettävyyden löydettävyyttä",
    "sovellus": "sovelluksen sovelluksia sovelluksessa mobiilisovellus mobiilisovelluksen",
    "sovelluksen": "sovellus",
    "ajanvaraus": "ajanvarauksen ajanvaraukset laboratorioajanvaraus",
    "koulutuksia": "koulutus koulutuksen",
    "sairaus": "sairauden sairauksien",
    "terveys": "terveyden terveyttä terveydenhuolto mielenterveys mielenterveyden",
    "yhteys": "yhteyden yhteydet yhteydenotto",
    "tutkimus": "tutkimuksen tutkimusta",
    "keskus": "keskuksen keskukset sote-keskus",
    # words in -nen, -s and -i
    "sähköinen": "sähköisen sähköiset sähköistä",
    "sähköisen": "sähköinen",
    "ihmiset": "ihminen ihmisten",
    "johtaminen": "johtamisen johtamista tietojohtaminen tietojohtamisen",
    "korhonen": "Korhosen Korhoselle",
    "potilas": "potilaan potilaat potilaita potilastieto",
    "potilaan": "potilas",
    "mittari": "mittarit mittarin mittareita",
    "mittareita": "mittari",
    "lääkäri": "lääkärin lääkäreitä hammaslääkäri",
    "kieli": "kielen kielet kielellä selkokieli",
    "lapsi": "lapsen lapset",
    "vuosi": "vuoden vuodet vuotta vuosittain",
    "viesti": "viestit viestejä tekstiviesti",
    "raportti": "raportin raportit raportointi",
    # the rest
    "palvelut": "palvelu palveluiden palvelujen digipalvelut",
    "kysely": "kyselyn kyselyt NPS-kysely",
    "henkilöstö": "henkilöstön henkilöstökokemus",
    "chat": "chatin chatit chat-palvelu",
    "chatin": "chat",
    "video": "videon videolla videovastaanotto",
    "saavutett": "saavutettavuus",  # not typed to its end
    # capitals and dots
    "KÄYTTÖ": "käyttö",
    "kaytto": "käyttö käytön Käyttöönotto",
    "aanestys": "äänestys",
    "saadat": "säädät",
    "aberg": "Åberg",
    "åberg": "Aberg",
    "oljy": "Öljy",
    # Swedish and English
    "tjänster": "tjänst tjänsten tjänsterna",
    "vården": "vård vårdens sjukvården",
    "patienter": "patient patienten",
    "tillgänglighet": "tillgängligheten",
    "åtgärd": "åtgärder åtgärden",
    "services": "service services",
    "users": "user users",
    "appointment": "appointments",
    # codes and what is written with signs
    "22-041": "22-041",
    "22-04": "22-041",
    "sote-keskus": "sote-keskukset sotekeskus",
    "24/7": "24/7-palvelu",
    "a": "a A Ä alku",
}

# A form that is typed, and words that it must not find.
NOT_FOUND = {
    "asiakas": "asiakirja asia",
    "asiakkaan": "asiakirja",
    "käyttö": "käyttäjä käytäntö",
    "hoito": "hoitaja",
    "sairaus": "sairaala",
    "sairaala": "sairaus",
    "kanta": "kansa kanava",
    "kunta": "kunto kuntoutus",
    "sovellus": "soveltuvuus soveltaa",
    "laite": "laitos laitoshoito",
    "laki": "laite lainata laituri",
    "haku": "hauska hammas",
    "aika": "ajatus aikuinen",
    "tuki": "tutkimus tueton",
    "tila": "tili potilas",
    "tapa": "tappo",
    "lasi": "lattia lasku",
    "lapsi": "lappu lapio",
    "kieli": "kielto",
    "perhe": "perho",
    "vuosi": "vuori",
    "tieto": "tie tietämys",
    "lääkäri": "lääke",
    "lääke": "lääkäri",
    "terveys": "terve tervehdys",
    "verkon": "vero veron",
    "potilas": "potilu potti",
    "mittari": "mitta",
    "työ": "tyttö etätyö",  # too short to be looked for in compounds
    "hoi": "kotihoito",
    "a": "vastaanotto",
    "22-041": "22-042 2022-04",
    "services": "serve",
}


def pairs(table):
    return [(typed, text) for typed, texts in table.items() for text in texts.split()]


@pytest.mark.parametrize(("typed", "text"), pairs(FOUND))
def test_a_form_that_is_typed_finds_the_other_forms_of_its_word(typed, text):
    assert Query.read(typed).is_in(f"Ensin muuta, {text} ja jotain.")


@pytest.mark.parametrize(("typed", "text"), pairs(NOT_FOUND))
def test_and_it_does_not_find_another_word(typed, text):
    assert not Query.read(typed).is_in(f"({text})")


def test_every_word_must_be_found_in_whatever_order():
    text = "Lääkärin etävastaanotto iltaisin"
    assert Query.read("etävastaanotot lääkäri").is_in(text)
    assert not Query.read("etävastaanotot hoitaja").is_in(text)


def test_a_query_without_letters_finds_nothing():
    for typed in ("", "   ", "& | ! : * ( ) ' \\", "\0", "\u00ad", "—", None):
        query = Query.read(typed)
        assert (query.chunks, query.is_in("& | ! : * a"), query.spans("&")) == ((), False, [])


def test_only_so_much_is_searched_for_and_the_rest_is_counted():
    query = Query.read(" ".join(["sana"] * 20))
    assert (len(query.words), query.left_out) == (8, 12)
    assert len(Query.read("sana " * 1000).typed) <= MOST_LETTERS
    assert len(Query.read("a-" * 90).words) == 8
    assert Query.read("ä" * 500).is_in("Ä" * 500)


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_is_typed_is_read_and_never_a_fault(typed, text):
    query = Query.read(typed)
    assert "".join(piece for piece, _found in parts(text, query)) == text
    assert query.is_in(query.typed) == bool(query.chunks)
    assert query.place(text, text).rank in range(5)
    excerpt(text, query)
    another_spelling(query, vocabulary([text]))


WORDS = st.sampled_from(sorted({word for _typed, texts in FOUND.items() for word in texts.split()}))


@given(st.lists(WORDS, min_size=1, max_size=4), WORDS)
def test_what_is_found_is_what_an_independent_reckoning_finds(text, typed):
    query = Query.read(typed)
    words = re.findall("[0-9a-zåäö]+", " ".join(text).lower())
    reckoned = all(
        any(finds(term, word) for term in asked.terms for word in words) for asked in query.words
    )
    joined = query.chunks[0].joined
    reckoned |= bool(joined) and any(finds(t, w) for t in joined.terms for w in words)
    assert query.is_in(" – ".join(text)) == reckoned


def finds(term, word):
    word = fold(word)
    starts = [0, *range(3, len(word))] if len(term.text) >= 4 else [0]
    if term.is_whole:
        return any(word[start:] == term.text for start in starts)
    return any(word[start:].startswith(term.text) for start in starts)


def test_folding_keeps_the_length_and_takes_dots_and_capitals_away():
    assert fold("Käyttö ÅÄÖ õéüñß") == "kaytto aao oeunß"
    assert in_one("22-041") == in_one("22041") == in_one("22.041") == "22041"


@pytest.mark.parametrize(
    ("typed", "title", "code", "rank"),
    [
        ("22-041", "Muuta", "22-041", EXACT_CODE),
        ("22041", "Muuta", "22-041", EXACT_CODE),
        ("22-04", "Muuta", "22-041", ELSEWHERE),
        ("ajanvaraus", "Ajanvarauksen avaaminen", "22-001", TITLE_BEGINS),
        ("avaaminen ajanvaraus", "Ajanvarauksen avaaminen", "", IN_TITLE),
        ("ajanvaraus", "Sähköinen ajanvaraus", "", IN_TITLE),
        ("sovellus", "Mobiilisovelluksen julkaisu", "", IN_COMPOUND),
        ("chat", "Sovelluksen julkaisu", "", ELSEWHERE),
    ],
)
def test_the_nearer_to_the_title_s_beginning_the_better(typed, title, code, rank):
    assert Query.read(typed).place(title, code).rank == rank


def test_what_is_spelled_as_typed_comes_before_another_spelling():
    assert Query.read("käyttö").place("Käyttö alkaa") < Query.read("käyttö").place("Kaytto alkaa")
    assert Query.read("käyttö").place("Käyttö alkaa") < Query.read("käyttö").place("Käytön alku")


def test_words_that_were_found_are_marked_whole():
    assert parts("Uusi mobiilisovellus: ajan varaus", Query.read("sovelluksen aika")) == [
        ("Uusi ", False),
        ("mobiilisovellus", True),
        (": ", False),
        ("ajan", True),
        (" varaus", False),
    ]
    assert parts("Muuta", Query.read("sana")) == [("Muuta", False)]


def test_an_excerpt_is_cut_between_words_around_what_was_found():
    text = "alku " * 60 + "etävastaanotto iltaisin " + "loppu " * 60
    found = excerpt(text, Query.read("etävastaanotto"))
    assert found.startswith("… alku alku")
    assert found.endswith("loppu …")
    assert "etävastaanotto iltaisin" in found
    assert len(found) < 170
    assert excerpt("Lyhyt  teksti.", Query.read("x")) == "Lyhyt teksti."


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("ajanvarsus", "ajanvaraus"),
        ("lääkrin etävastaanotto", "lääkärin etävastaanotto"),
        ("etävastanotto", "etävastaanotto"),
        ("etävastaanotto", None),
        ("täysin muuta", None),
    ],
)
def test_another_spelling_is_the_nearest_word_there_is(typed, nearest):
    words = vocabulary(["Lääkärin etävastaanotto iltaisin", "Sähköinen ajanvaraus"])
    assert another_spelling(Query.read(typed), words) == nearest
