"""What Excel puts on the clipboard, pasted into a grid before anything is saved."""

import json

import pytest

from roadmap.fields import Words
from tests.entering import MONTH, message, sent, summary, versions, year_of
from tests.factories import make_kpi
from tests.pages import text

pytestmark = pytest.mark.django_db


def test_a_pasted_block_fills_the_grid_before_anything_is_saved(browse, yllapitaja, kpi):
    client = browse(yllapitaja)
    data = sent(client.get(year_of(kpi))) | {"2021-12-comment": "kesken"}
    block = "Kuukausi\tLöysi\tVastasi\r\n2021-02\t1 400\t1\u00a0520\r\n2021-03\t401\tn. 520\r\n"
    at = {"paste": "1", "block": block, "at_row": "2021-02", "at_column": "numerator"}
    response = client.post(year_of(kpi), data | at)
    assert response.status_code == 200
    filled = sent(response)
    assert [filled[f"2021-{name}"] for name in ("02-numerator", "02-denominator")] == [
        "1 400",
        "1\u00a0520",
    ]
    assert (filled["2021-03-denominator"], filled["2021-12-comment"]) == ("n. 520", "kesken")
    page = text(response)
    assert "4 cells were filled. 3 things need a look." in page
    assert "The first column names the rows and was left out: Kuukausi, 2021-02, 2021-03." in page
    assert "The first row names the columns and was left out: Löysi, Vastasi." in page
    assert "March 2021, answered: “n. 520” is not a number." in page
    assert versions(kpi) == []
    filled = {name: value for name, value in filled.items() if name not in ("block", "at")}
    response = client.post(year_of(kpi), filled | {"2021-12-comment": ""})
    assert summary(response) == [
        "March 2021, answered: write one number, for example 9 or 12,5",
    ]
    response = client.post(
        year_of(kpi), filled | {"2021-12-comment": "", "2021-03-denominator": "520"}, follow=True
    )
    assert message(response) == "2 measurements were saved: 2 new, 0 corrected."


def test_a_script_gets_the_same_as_data(browse, yllapitaja, kpi, nps):
    sends = {"paste": "1", "block": "4\t5\t9\r\n1\t1\t6\r\n", "at": f"{kpi.pk}-2021-07-numerator"}
    response = browse(yllapitaja).post(MONTH, sends, headers={"Accept": "application/json"})
    assert json.loads(response.content) == {
        "texts": {
            f"{kpi.pk}-2021-07-numerator": "4",
            f"{kpi.pk}-2021-07-denominator": "5",
            f"{nps.pk}-2021-07-promoters": "6",
        },
        "says": "3 cells were filled. 3 things need a look.",
        "remarks": [
            {"field": "", "text": "Findability: it has no number “promoters (9–10)”; left out: 9."},
            {"field": "", "text": "Experience: it has no number “numerator”; left out: 1."},
            {"field": "", "text": "Experience: it has no number “denominator”; left out: 1."},
        ],
    }


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("2021-02\t4\t5\r\n2021-03\t4\t5", ["January 2021", "February 2021"]),
        ("2021-01\t4\t5\r\n2021-02\t4\t5", []),
        ("1/2021\t4\t5\r\n2/2021\t4\t5", []),
    ],
)
def test_a_row_that_is_named_like_another_period_is_said(browse, yllapitaja, kpi, block, said):
    sends = {"paste": "1", "block": block, "at": "2021-01-numerator"}
    response = browse(yllapitaja).post(year_of(kpi), sends, headers={"Accept": "application/json"})
    remarks = json.loads(response.content)["remarks"][1:]
    assert [remark["text"].split(":")[0] for remark in remarks] == said


def test_a_row_that_is_named_like_another_kpi_is_said(browse, yllapitaja, kpi, nps, strategy):
    names = Words(fi="Saatavuus", en="Availability")
    make_kpi(strategy, "saatavuus", kpi.group, name=names, position=kpi.position)
    sends = {"paste": "1", "block": "SAATAVUUS\t4\t5\r\nLöydettävyys\t4\t5\r\n"}
    response = browse(yllapitaja).post(MONTH, sends, headers={"Accept": "application/json"})
    assert [remark["text"] for remark in json.loads(response.content)["remarks"]] == [
        "The first column names the rows and was left out: SAATAVUUS, Löydettävyys.",
        "Findability: in the block this row is named “SAATAVUUS”. Is it the right one?",
        "Availability: in the block this row is named “Löydettävyys”. Is it the right one?",
    ]


@pytest.mark.parametrize("block", ["", "\r\n", "\t\t\t", "x" * 5000, "\0\t1"])
def test_strange_blocks_are_no_fault(browse, yllapitaja, kpi, block):
    sends = {"paste": "1", "block": block, "at": "'; drop"}
    response = browse(yllapitaja).post(year_of(kpi), sends)
    assert response.status_code == 200
