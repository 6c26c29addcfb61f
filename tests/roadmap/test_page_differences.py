"""What changed between two texts, held against putting the pieces together again."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.page_differences import differences, lines
from roadmap.page_models import Texts


def shown(before, after):
    signs = {"": "{}", "del": "[-{}-]", "ins": "[+{}+]"}
    return ["".join(signs[p.kind].format(p.text) for p in line) for line in lines(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("a\nb", "a\nb", ["a", "b"]),
        ("a\nb", "a\nc\nb", ["a", "[+c+]", "b"]),
        ("a\nb\nc", "a\nc", ["a", "[-b-]", "c"]),
        ("yksi kaksi kolme", "yksi toinen kolme", ["yksi [-kaksi -][+toinen +]kolme"]),
        ("aivan muuta", "tätä nyt", ["[-aivan muuta-]", "[+tätä nyt+]"]),
        ("", "uusi", ["[+uusi+]"]),
        ("vanha", "", ["[-vanha-]"]),
    ],
)
def test_each_change_is_shown_where_it_is(before, after, found):
    assert shown(before, after) == found


TEXTS = st.lists(st.text("ab c", max_size=8), max_size=6).map("\n".join)


def without(found, kind):
    """The text that is left without what is of a kind; empty lines apart."""
    kept = ["".join(p.text for p in line if p.kind != kind) for line in found]
    return [line for line in kept if line]


@given(TEXTS, TEXTS)
def test_without_what_is_new_the_old_text_is_left_and_the_other_way_round(before, after):
    found = lines(before, after)
    assert without(found, "ins") == [line for line in before.split("\n") if line]
    assert without(found, "del") == [line for line in after.split("\n") if line]


def test_only_what_is_not_the_same_is_told():
    before, after = Texts("a", "b", "c"), Texts("a", "x", "c")
    assert list(differences(before, after)) == ["lead"]
    assert differences(before, before) == {}


SIGNS = [chr(0x4E00 + number) for number in range(99)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\n" * 10_000, "b\n" * 10_000),
        ("a\nb\n" * 5_000, "b\na\n" * 5_000),
        ("\n".join(map(str, range(4_000))), "\n".join(map(str, range(4_000, 0, -1)))),
        ("\n".join(SIGNS * 101), "\n".join((SIGNS * 101)[::-1])),
        ("\n".join(SIGNS * 20), "\n".join((SIGNS * 20)[::-1])),
        ("a b " * 5_000, "b a " * 5_000),
        (("a b " * 700 + "\n") * 7, ("b a " * 700 + "\n") * 7),
        (" ".join(map(str, range(700))), " ".join(map(str, range(700, 0, -1)))),
    ],
)
def test_the_longest_texts_are_compared_in_moments(before, after):
    begun = time.process_time()
    lines(before, after)
    assert time.process_time() - begun < 5
