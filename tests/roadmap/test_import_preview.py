"""What the fourth step shows of an import: its effect on the lights, filtered, page by page."""

import re

import pytest
from django.urls import reverse

from roadmap.import_page import PAGE
from roadmap.models import ImportState, ImportStep, StrategyQuarter
from tests.factories import make_action, workbook
from tests.imports import bring, make_import

pytestmark = pytest.mark.django_db
HEADERS = ["Tunnus", "Toimenpide", "Vaihe", "Toteuma 2021Q2"]


def see(client, kept, query=""):
    address = reverse("roadmap:import-preview", args=[kept.strategy.slug, kept.pk])
    return client.get(f"{address}{query}")


def shown(response):
    return [step.code for step in response.context["preview"].page]


@pytest.fixture
def kept(strategy):
    """Of three changed actions and a new one, two get another light."""
    for code in ("a", "b", "c"):
        make_action(strategy, code, title=f"Ääni {code}", entries={"2021Q1": 25})
    rows = [["a", "Ääni a", 2021, 50], ["b", "Ääni b", 2021, 45], ["c", "Uusi", 2021, 10]]
    return bring(strategy, workbook(HEADERS, *rows, ["d", "Ääni d", 2021, 50]))


def test_each_step_has_the_light_that_it_changes(kept):
    lights = ImportStep.objects.filter(source=kept).values_list("code", "relit")
    assert dict(lights) == {
        "a": [50, "red", 100, "green"],
        "b": [50, "red", 90, "yellow"],
        "c": None,
        "d": None,
    }
    assert (kept.effect["quarter"], kept.effect["changed"]) == ("2021Q2", 2)


def test_what_changes_its_light_can_be_seen_alone_and_searched(admin, kept):
    assert shown(see(admin, kept)) == ["a", "b", "c", "d"]
    response = see(admin, kept, "?kind=relit")
    assert shown(response) == ["a", "b"]
    assert ("relit", "Light changes", 2) in response.context["preview"].kinds
    assert shown(see(admin, kept, "?kind=relit&q=ääni+B")) == ["b"]
    assert shown(see(admin, kept, "?q=ÄÄNI+d")) == ["d"]
    assert shown(see(admin, kept, "?kind=tuntematon")) == ["a", "b", "c", "d"]


def test_an_import_into_closed_quarters_changes_no_light(admin, strategy):
    make_action(strategy, "a", entries={"2021Q1": 25})
    StrategyQuarter.objects.filter(quarter="2021Q2").update(state="closed")
    kept = bring(strategy, workbook(HEADERS, ["a", "Uusi", 2021, 50]))
    assert kept.effect is None
    page = see(admin, kept)
    assert "No light changes" in page.content.decode()
    assert "relit" not in [kind for kind, *_said in page.context["preview"].kinds]


def test_filter_words_and_page_keep_each_other(admin, strategy):
    kept = make_import(strategy, ImportState.CHECKED, workbook(HEADERS).getvalue(), faults=[])
    kept.steps.all().delete()
    ImportStep.objects.bulk_create(
        ImportStep(source=kept, position=n, kind="new", code=f"x-{n}", title=title)
        for n, title in enumerate(["Etä", "Muu"] * (2 * PAGE + 1))
    )
    first = see(admin, kept, "?kind=new&q=etä")
    assert shown(first) == [f"x-{2 * n}" for n in range(PAGE)]
    following = re.search(r'href="(\?[^"]*)" rel="next"', first.content.decode())[1]
    second = see(admin, kept, following.replace("&amp;", "&"))
    assert shown(second) == [f"x-{2 * n}" for n in range(PAGE, 2 * PAGE)]
    page = second.content.decode()
    assert '<option value="new" selected>' in page
    assert 'name="q" value="etä"' in page
    # Another filter begins at its own first page: the form sends no page.
    assert 'name="page"' not in page


def test_numbers_and_quarters_of_a_change_are_written_as_people_write_them(admin, strategy):
    make_action(strategy, "a", title="Nimi")
    headers = ["Tunnus", "Toimenpide", "Vaihe", "Tavoitearvo", "Loppu"]
    kept = bring(strategy, workbook(headers, ["a", "Nimi", 2021, 1234.5, "2022Q1"]))
    page = see(admin, kept).content.decode()
    assert "<del>100</del> → <ins>1\u00a0234,5</ins>" in page
    assert "<del>Q4/2021</del> → <ins>Q1/2022</ins>" in page
