"""A page of an import costs the same for one row and for many."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from roadmap.models import ImportState, ImportStep, StepKind
from tests.factories import workbook
from tests.imports import make_import

pytestmark = pytest.mark.django_db
HEADERS = ["Tunnus", "Toimenpide", "Vaihe", "Tavoitearvo"]
MOST = 12
GROUP = {"percent": 90, "counts": {"green": 1, "yellow": 2, "red": 3, "none": 4}}
PAGES = {
    "import-list": ImportState.APPLIED,
    "import-detail": ImportState.APPLIED,
    "import-preview": ImportState.CHECKED,
    "import-sheets": ImportState.READ,
    "import-columns": ImportState.READ,
}


def an_import(strategy, state, count):
    """An import of so many rows, each of which changes its light, has a fault, or is assumed."""
    rows = [[f"a-{number}", "Uusi nimi", 2021, number] for number in range(1, count + 1)]
    effect = {"quarter": "2021Q2", "before": GROUP, "after": GROUP, "changed": count}
    kept = make_import(
        strategy,
        state,
        workbook(HEADERS, *rows).getvalue(),
        faults=[["Tiekartta", f"D{number}", "Tavoitearvo", "x", "y"] for number in range(count)],
        assumptions=[[f"oletus {number}", 1] for number in range(count)],
        new_names={"theme": [f"Teema {number}" for number in range(count)]},
        effect=effect,
    )
    kept.steps.all().delete()
    steps = [
        ImportStep(
            source=kept,
            position=number,
            kind=StepKind.CHANGED,
            code=f"a-{number}",
            title="Nimi",
            fields={"title": ["Vanha", "Uusi"]},
            relit=[50, "red", 100, "green"],
        )
        for number in range(count)
    ]
    ImportStep.objects.bulk_create(steps)
    return kept


def queries(client, name, kept, query=""):
    more = {"import-list": [], "import-columns": [kept.pk, 1]}.get(name, [kept.pk])
    address = reverse(f"roadmap:{name}", args=[kept.strategy.slug, *more])
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        response = client.get(f"{address}{query}")
    assert response.status_code == 200
    return len(caught)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_makes_the_same_few_queries_for_one_row_three_and_three_hundred(
    browse, strategy, yllapitaja, name
):
    client = browse(yllapitaja)
    made = [queries(client, name, an_import(strategy, PAGES[name], n)) for n in (1, 3, 300)]
    assert (made[0], made[0] < MOST) == (made[2], True)
    assert len(set(made)) == 1


@pytest.mark.parametrize("query", ["?kind=relit", "?kind=changed&q=a-0+nimi&page=1", "?q=puuttuu"])
def test_a_filtered_preview_does_so_too(browse, strategy, yllapitaja, query):
    client = browse(yllapitaja)
    states = [an_import(strategy, ImportState.CHECKED, count) for count in (1, 300)]
    made = {queries(client, "import-preview", kept, query) for kept in states}
    assert (len(made), max(made) < MOST) == (1, True)


def test_the_list_of_files_makes_the_same_queries_for_many_files(browse, strategy, yllapitaja):
    client = browse(yllapitaja)
    kept = an_import(strategy, ImportState.APPLIED, 1)
    before = queries(client, "import-list", kept)
    for _time in range(30):
        make_import(strategy, ImportState.CHECKED, workbook(HEADERS).getvalue(), user=yllapitaja)
    assert queries(client, "import-list", kept) == before
