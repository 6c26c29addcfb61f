import re
import unicodedata
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mentors.mentions import Directory, Person, Read, matching, plain, read, rendered

HANNA = Person(17, "Hanna", "Korhonen", "hanna.korhonen@esimerkki.fi")
JUKKA = Person(18, "Jukka", "Åberg", "jukka.aberg@esimerkki.fi")
ANNA = Person(19, "Anna-Liisa", "von Essen", "anna@esimerkki.fi")
MATTI_1 = Person(20, "Matti", "Virtanen", "matti.virtanen@esimerkki.fi")
MATTI_2 = Person(21, "Matti", "Virtanen", "matti.virtanen2@esimerkki.fi")
BOTH = Person(22, "Hanna", "Korhonen Laine", "laine@esimerkki.fi")
NAMELESS = Person(23, "", "", "nimeton@esimerkki.fi")
PEOPLE = [HANNA, JUKKA, ANNA, MATTI_1, MATTI_2, BOTH, NAMELESS]
NAMES = {person.key: person.name for person in PEOPLE}
DIRECTORY = Directory(PEOPLE)


@pytest.mark.parametrize(
    ("typed", "kept", "mentioned"),
    [
        ("@Korhonen Hanna", "@{17}", {17}),
        ("Kysy (@Hanna Korhonen).", "Kysy (@{17}).", {17}),
        ("@hanna korhonen: katso", "@{17}: katso", {17}),
        ("@ÅBERG jukka,\nhei", "@{18},\nhei", {18}),
        ("@Jukka A\u030aberg", "@{18}", {18}),
        ("@Anna-Liisa von Essen", "@{19}", {19}),
        ("@Hanna Korhonen Laine tuli", "@{22} tuli", {22}),
        ("@Hanna Korhonen Lainetta", "@{17} Lainetta", {17}),
        ("@hanna.korhonen@esimerkki.fi.", "@{17}.", {17}),
        ("@matti.virtanen2@esimerkki.fi!", "@{21}!", {21}),
        ("@nimeton@esimerkki.fi", "@{23}", {23}),
        ("@Hanna Korhonen @Jukka Åberg @Hanna Korhonen", "@{17} @{18} @{17}", {17, 18}),
        # No mentions at all:
        ("posti a@b.fi ja hanna.korhonen@esimerkki.fi", None, None),
        ("5 @ 3, @2, @", None, None),
        ("https://www.youtube.com/@Nobody/x", None, None),
        # What is kept for people cannot be typed:
        ("@{17}", "@{}{17}", set()),
        ("@{}", "@{}{}", set()),
        ("@@{17}", "@@{}{17}", set()),
        ("a@{17}", "a@{}{17}", set()),
        ("http://a.fi/@{17}", "http://a.fi/@{}{17}", set()),
    ],
)
def test_what_is_typed_is_kept_with_each_name_by_its_key(typed, kept, mentioned):
    assert read(typed, DIRECTORY) == Read(kept or typed, mentioned or set(), [], [])


@pytest.mark.parametrize(
    ("typed", "unknown", "ambiguous"),
    [
        ("Hei @Hanna Korhonens!", ["@Hanna Korhonens"], []),
        ("@Hanna", ["@Hanna"], []),
        ("@Anna-Liisa von Essen ja @Essen", ["@Essen"], []),
        ("@Matti Virtanen katso", [], ["@Matti Virtanen"]),
        ("@Kukaan Eitämä ja @Virtanen Matti", ["@Kukaan Eitämä"], ["@Virtanen Matti"]),
        ("@muu@esimerkki.fi", ["@muu@esimerkki.fi"], []),
    ],
)
def test_a_name_that_nobody_or_more_than_one_has_is_told(typed, unknown, ambiguous):
    found = read(typed, DIRECTORY)
    assert (found.unknown, found.ambiguous) == (unknown, ambiguous)


def test_a_leaver_has_no_name_and_a_key_that_was_never_mentioned_shows_nobody(db):
    assert plain("Kiitos @{17} ja @{18}", {17: "entinen käyttäjä 3"}).startswith(
        "Kiitos @entinen käyttäjä 3 ja @"
    )
    assert "Åberg" not in plain("@{18}", {17: "Hanna Korhonen"})


def test_a_comment_is_shown_with_names_links_and_line_breaks():
    kept = "Hei @{17}, katso (https://thl.fi/a_(b)?c=1&d=2).\n<b>"
    assert rendered(kept, NAMES) == (
        "Hei <b>@Hanna Korhonen</b>, katso ("
        '<a href="https://thl.fi/a_(b)?c=1&amp;d=2" rel="nofollow noopener">'
        "https://thl.fi/a_(b)?c=1&amp;d=2</a>).<br>&lt;b&gt;"
    )
    assert rendered("javascript:alert(1) ftp://a.fi xhttp://a.fi", {}).count("<a") == 0


def test_namesakes_are_offered_by_their_address():
    handles = [DIRECTORY.handle(person) for person in (HANNA, MATTI_2, NAMELESS)]
    assert handles == ["Hanna Korhonen", "matti.virtanen2@esimerkki.fi", "nimeton@esimerkki.fi"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ha", {17, 22}),
        ("KORHONEN", {17, 22}),
        ("korhonen h", {17}),
        ("hanna k", {17, 22}),
        ("å", {18}),
        ("a", {19}),
        ("ä", set()),
        ("liisa", {19}),
        ("ess", {19}),
        ("orhonen", set()),
        ("  ", set()),
    ],
)
def test_people_are_found_by_the_beginning_of_any_part_of_the_name(typed, found):
    assert {person.key for person in matching(PEOPLE, typed)} == found


ALPHABET = st.sampled_from(
    list("@{}17 \n.:/<>&\"'()aåÄhtps") + ["https://", "@{17}", "@{}", "\u0307"]
)
TYPED = st.lists(ALPHABET, max_size=40).map("".join)
NAME = st.from_regex(r"\A[A-ZÅÄÖa-zåäö]{1,8}([-' ][A-ZÅÄÖa-zåäö]{1,8})?\Z")


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@given(TYPED | st.text(max_size=60))
def test_whatever_is_typed_comes_back_as_it_was_and_reveals_nobody(typed):
    found = read(typed, Directory([]))
    assert found.mentioned == set()
    composed = unicodedata.normalize("NFC", typed)
    assert plain(found.text, NAMES) == composed
    html = rendered(found.text, NAMES)
    shown = re.sub("</?a[^>]*>", "", html).replace("<br>", "\n")
    assert unescape(shown) == composed


@given(TYPED | st.text(max_size=60), st.text(max_size=20))
def test_no_markup_can_be_brought_in(kept, name):
    for tag, attributes in Tags(rendered(kept, {17: name})).tags:
        assert tag in ("a", "b", "br")
        if tag == "a":
            assert set(attributes) == {"href", "rel"}
            assert re.match(r"https?://\w", attributes["href"], re.IGNORECASE)
            assert attributes["rel"] == "nofollow noopener"
        else:
            assert attributes == {}


@given(st.lists(st.tuples(NAME, NAME), min_size=1, max_size=4), TYPED, st.data())
def test_whoever_is_chosen_from_the_list_is_mentioned_and_shown_by_name(names, before, data):
    people = [Person(n, *name, f"p{n}@esimerkki.fi") for n, name in enumerate(names, 100)]
    directory = Directory(people)
    person = data.draw(st.sampled_from(people))
    assume("://" not in before)
    found = read(f"{before}\n@{directory.handle(person)}\n", directory)
    assert person.key in found.mentioned
    shown = plain(found.text, {p.key: p.name for p in people})
    assert shown.endswith(f"\n@{person.name}\n")
