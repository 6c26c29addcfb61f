"""The workbook of what is missing from a year, and all measurements as a file."""

from datetime import date
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from metrics.kpis.achievement import Kind
from metrics.kpis.measuring import Measured, record
from metrics.kpis.periods import Month
from metrics.models import Origin
from roadmap.fields import Words
from tests.factories import make_kpi, make_strategy
from tests.imports import work
from tests.kpi_imports import checked, confirm, standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def strategy():
    """A monthly rate, a quarterly NPS and a value that is no longer followed, in April 2022."""
    strategy = make_strategy(years=(2021, 2022))
    measured = {"2022-01": (3, 4), "2022-03": (3, 4)}
    name = Words(fi="Löydettävyys", sv="Hittbarhet", en="Findability")
    counts = {"numerator_name": Words(fi="löytäneet", sv="hittade", en="found")}
    rate = make_kpi(strategy, "loyto", measured=measured, name=name, **counts)
    record([Measured(rate.pk, Month(2022, 3), None)], Origin.FORM)  # taken back
    make_kpi(strategy, "nps", kind=Kind.NPS, frequency="quarter", name=Words(fi="=NPS"))
    make_kpi(strategy, "vanha", kind=Kind.VALUE, last_month=Month(2022, 1), name=Words(fi="loyto"))
    return strategy


@pytest.fixture
def admin(browse, yllapitaja, monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda *args: date(2022, 4, 2))
    return browse(yllapitaja)


def downloaded(admin, strategy, **query):
    address = reverse("metrics:kpi-import-template", args=[strategy.slug])
    answer = admin.get(address, query)
    return BytesIO(b"".join(answer.streaming_content)), answer.headers["Content-Disposition"]


def rows_of(sheet):
    return [[cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows()]


@pytest.mark.parametrize(
    ("language", "title", "headings", "name", "instructions"),
    [
        (
            *("fi", "Mittaukset"),
            ["Mittari", "Jakso", "Osoittaja", "Nimittäjä", "Suosittelijat", "Neutraalit"]
            + ["Arvostelijat", "Arvo", "Kommentti"],
            *("Löydettävyys", "Ohje"),
        ),
        (
            *("sv", "Mätningar"),
            ["Nyckeltal", "Period", "Täljare", "Nämnare", "Ambassadörer", "Passiva"]
            + ["Kritiker", "Värde", "Kommentar"],
            *("Hittbarhet", "Anvisning"),
        ),
        (
            *("en", "Measurements"),
            ["KPI", "Period", "Numerator", "Denominator", "Promoters", "Passives"]
            + ["Detractors", "Value", "Comment"],
            *("Findability", "Instructions"),
        ),
    ],
)
def test_it_has_a_row_for_each_kpi_and_period_without_a_measurement(
    admin, strategy, language, title, headings, name, instructions
):
    file, header = downloaded(admin, strategy, year=2022, language=language)
    assert f'filename="mittaukset-2022-{language}.xlsx"' in header
    book = load_workbook(file)
    assert book.sheetnames == [title, instructions]
    assert rows_of(book[title]) == [
        headings,
        [name, "2022-02"],
        [name, "2022-03"],
        [name, "2022-04"],
        ["=NPS", "2022Q1"],
        ["=NPS", "2022Q2"],
        ["vanha", "2022-01"],  # its name is the short name of another
    ]
    assert book[title]["A5"].data_type == "s"
    grey = [cell.coordinate for cell in book[title][5] if cell.fill.fill_type]
    assert grey == ["C5", "D5", "H5"]


def test_what_was_filled_in_comes_in_and_the_rest_is_passed_over(admin, strategy):
    file, _header = downloaded(admin, strategy, year=2022, language="sv")
    book = load_workbook(file)
    sheet = book["Mätningar"]
    sheet["C2"], sheet["D2"] = 5, 8
    sheet["E5"], sheet["F5"], sheet["G5"], sheet["I5"] = 20, 10, 5, "Första"
    filled = BytesIO()
    book.save(filled)
    before = standing(strategy)
    kept = checked(strategy, filled)
    assert (kept.counts["faults"], kept.counts["new"], kept.counts["empty"]) == (0, 2, 4)
    confirm(admin, kept)
    assert standing(strategy) == before | {
        ("loyto", "2022-02"): (5, 8, ""),
        ("nps", "2022Q1"): (20, 10, 5, "Första"),
    }


def test_the_instructions_say_which_numbers_each_kpi_has(admin, strategy):
    file, _header = downloaded(admin, strategy, year=2022, language="en")
    rows = rows_of(load_workbook(file)["Instructions"])
    assert rows[0] == [f"Measurements of 2022 for {strategy.name}"]
    assert rows[-3:] == [
        ["Findability", "Numerator (found); Denominator (denominator)"],
        ["=NPS", "Promoters; Passives; Detractors"],
        ["vanha", "Value (value)"],
    ]


@pytest.mark.parametrize(
    "query",
    [{"year": "2023"}, {"year": "0"}, {"year": "x"}, {"year": "9" * 30}, {"language": "de"}],
)
def test_a_year_to_come_or_another_language_is_not_there(admin, strategy, query):
    address = reverse("metrics:kpi-import-template", args=[strategy.slug])
    assert admin.get(address, query).status_code == 404


def test_the_page_offers_the_years_in_which_kpis_are_followed(admin, strategy):
    address = reverse("metrics:kpi-import-list", args=[strategy.slug])
    assert admin.get(address).context["years"] == [2022, 2021]
    empty = make_strategy("tyhja")
    page = admin.get(reverse("metrics:kpi-import-list", args=[empty.slug]))
    assert page.context["years"] == []
    assert "A workbook to fill in" not in page.content.decode()


def test_all_measurements_go_out_in_one_query_whatever_they_are(
    admin, strategy, django_assert_num_queries
):
    address = reverse("metrics:measurement-export", kwargs={"slug": strategy.slug, "kind": "csv"})
    admin.get(address)
    answer = admin.get(address)
    with django_assert_num_queries(1):
        text = answer.getvalue().decode("utf-8-sig")
    assert text.splitlines() == [
        "KPI;Period;Numerator;Denominator;Promoters;Passives;Detractors;Value;Comment",
        "loyto;2022-01;3;4;;;;;",
    ]
    assert 'filename="mittaukset-strategia-2022-04-02.csv"' in answer.headers["Content-Disposition"]


def test_a_hidden_nps_is_in_the_backup(admin, strategy):
    nps = strategy.kpis.get(slug="nps")
    record([Measured(nps.pk, "2022Q1", (3, 2, 1))], Origin.FORM)
    address = reverse("metrics:measurement-export", kwargs={"slug": strategy.slug, "kind": "xlsx"})
    body = admin.get(address).getvalue()
    assert rows_of(load_workbook(BytesIO(body)).active)[-1] == ["nps", "2022Q1", 3, 2, 1]
    kept = work(checked(strategy, ContentFile(body, "kaikki.xlsx")))
    assert kept.counts["unchanged"] == 2
