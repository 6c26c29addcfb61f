"""Actions found by the database: the same on SQLite and PostgreSQL, whatever is typed."""

import importlib

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from roadmap import search_words
from roadmap.models import Action
from roadmap.search import SIGNS, mentions
from roadmap.search_words import FOLDED, Query
from tests.factories import make_action, make_strategy
from tests.roadmap.test_search_words import FOUND, NOT_FOUND

pytestmark = pytest.mark.django_db
MIGRATION = importlib.import_module("roadmap.migrations.0006_action_words")


def codes(typed, **within):
    found = Action.objects.filter(mentions(Query.read(typed)), **within)
    return list(found.order_by("code").values_list("code", flat=True))


def test_a_database_finds_by_the_same_table_as_the_rule():
    strategy = make_strategy()
    table = [
        (typed, text, is_found)
        for words, is_found in ((FOUND, True), (NOT_FOUND, False))
        for typed, texts in words.items()
        for text in texts.split()
    ]
    for number, (_typed, text, _is_found) in enumerate(table):
        make_action(strategy, f"x{number:04}", title=f"Ensin {text}, sitten muuta.")
    wrong = [
        (typed, text)
        for number, (typed, text, is_found) in enumerate(table)
        if (codes(typed, code=f"x{number:04}") != []) != is_found
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "typed",
    ["22-041", "22041", "22.041", "22-04", "digi 22-041", "Ajanvaraus", "kertaa", "tavoite"],
)
def test_code_title_description_and_metric_are_searched(typed):
    strategy = make_strategy()
    texts = {"description": "Digitaalinen 2 kertaa", "metric": "Tavoite, %"}
    make_action(strategy, "22-041", title="Ajanvarauksen avaaminen", **texts)
    make_action(strategy, "22-411", title="Muuta", description="Vuonna 22 ja 411")
    assert codes(typed) == ["22-041"]


def test_words_may_stand_in_different_texts_but_all_must_be_found():
    strategy = make_strategy()
    make_action(strategy, "a", title="Ajanvaraus", description="lääkärille")
    make_action(strategy, "b", title="Ajanvaraus", description="hoitajalle")
    assert codes("lääkärin ajanvaraukset") == ["a"]


def test_nothing_typed_finds_all_and_nothing_to_search_for_finds_nothing():
    make_action(make_strategy(), "a")
    assert (codes(""), codes("  "), codes("&|!")) == (["a"], ["a"], [])


@pytest.mark.parametrize(
    "typed",
    [
        "a & b | !c",
        "ä:*",
        "(((",
        "')); DROP TABLE roadmap_action; --",
        "\\",
        "?\0",
        "%s %d %%",
        "_",
        "*?+[a-z]{2}^$",
        "' OR 1=1",
        "ä" * 500,
        "sana " * 1000,
        "a-" * 300,
        "\ud800?",
        "😀 👩‍⚕️",
    ],
)
def test_no_sign_means_anything_to_the_database(typed):
    make_action(make_strategy(), "x", title="Muuta")
    assert codes(typed) == []


def test_a_text_that_is_longer_than_any_index_takes_can_be_saved_and_found():
    strategy = make_strategy()
    make_action(strategy, "a", description="ä" * 5000 + " " + "alku " * 9000, metric="ö" * 500)
    make_action(strategy, "b", description="".join(map(chr, range(0x100, 0x1000))) * 9)
    assert codes("ä" * 40) == codes("alku") == ["a"]


class Anything(TestCase):
    """Any text is found by the database as by the rule."""

    alphabet = "aäöåkKtTdsieuoÄ0 1-/.,'\\\u00a0é"

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(st.text(alphabet, max_size=12), st.text(alphabet, max_size=40))
    def test_as_by_the_rule(self, typed, text):
        strategy = make_strategy(f"s{Action.objects.count()}-{abs(hash((typed, text)))}")
        action = make_action(strategy, "Q", title=text)
        query = Query.read(typed)
        searched = f"Q Q {action.title}  "
        expected = query.is_in(searched) if query.typed else True
        assert Action.objects.filter(mentions(query), pk=action.pk).exists() == expected


def test_the_index_has_the_letters_and_signs_of_the_rule():
    assert MIGRATION.SIGNS == SIGNS
    made = dict(zip(MIGRATION.LETTERS_FROM, MIGRATION.LETTERS_TO, strict=True))
    assert made == FOLDED
    assert f"{search_words.MOST_TEXT}\n" in MIGRATION.FUNCTION
    assert f"left(word, {search_words.LONGEST})" in MIGRATION.FUNCTION
    assert f"generate_series({search_words.BEFORE + 1}," in MIGRATION.FUNCTION


def test_with_20000_actions_postgresql_finds_by_its_index_and_sqlite_reads_them():
    strategy = make_strategy()
    first = make_action(strategy, "x", title="Lääkärin etävastaanotto")
    fields = {
        name: getattr(first, name)
        for name in ("strategy_id", "phase_id", "start", "end", "baseline", "target")
    }
    Action.objects.bulk_create(
        (Action(code=f"{n}", title=f"Toimenpide {n} numero", **fields) for n in range(20_000)),
        batch_size=1000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    found = Action.objects.filter(mentions(Query.read("vastaanoton lääkärit")), strategy=strategy)
    assert [action.code for action in found] == ["x"]
    is_indexed = "Bitmap Index Scan on roadmap_action_words" in found.explain()
    assert is_indexed == (connection.vendor == "postgresql")
