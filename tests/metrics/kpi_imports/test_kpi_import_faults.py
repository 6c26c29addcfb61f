"""What is wrong with a file of measurements, and what it is asked about."""

from datetime import datetime
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from metrics.kpis.achievement import Kind
from metrics.kpis.periods import Month
from metrics.kpis.workbook import reading
from roadmap.fields import Words
from roadmap.models import ImportState
from tests.factories import make_kpi, make_strategy, measure
from tests.imports import work
from tests.kpi_imports import (
    ALL,
    HEADERS,
    at,
    confirm,
    faults_of,
    measurements,
    page,
    said,
    send,
    standing,
)

pytestmark = pytest.mark.django_db


def test_every_fault_is_named_with_its_cell_all_at_once(admin, strategy, kpi, monkeypatch):
    make_kpi(strategy, "nps", kind=Kind.NPS, frequency="quarter", last_month=Month(2021, 12))
    file = measurements(
        ["puuttuva", "2021-07", 1, 2],
        ["loyto", "2021Q3", 1, 2],
        ["loyto", "2999-01", 1, 2],
        ["loyto", "2020-12", 1, 2],
        ["loyto", "2021-07", "n. 5", 2],
        ["loyto", "2021-08", 3, 2],
        ["loyto", "2021-09", 2.5, -3],
        ["loyto", "2021-10", 2, None],
        ["loyto", "2021-11", 2, 3, 4],
        ["nps", "2021-07", None, None, 1, 2, 3],
        ["nps", "2022Q1", None, None, 1, 2, 3],
        ["nps", "2021Q3", None, None, 1, "2 %", 3],
        ["loyto", "2021-12", 7, 10, None, None, None, None, "x" * 501],
        ["loyto", "12/2021", 7, 10],
        [None, "2021-12", 7, 10],
        ["loyto", "2022-01", 7, 10],
        ["LOYTO", "tammikuu 2022", 8, 10],
        headers=ALL,
    )
    kept = send(admin, strategy, file)
    slugs = "loyto, nps"
    assert faults_of(kept) == [
        ("A2", "puuttuva", f"the name or short name of a KPI: {slugs}"),
        ("B3", "2021Q3", "a month, for example 2022-07 or 7/2022"),
        ("B4", "2999-01", "a month, for example 2022-07 or 7/2022"),
        ("B5", "2020-12", "the KPI is followed only from 2021-01 on"),
        ("C6", "n. 5", "a number, for example 60 or 60,5"),
        ("C7", "3", "the numerator is a part of the denominator: at most 2"),
        ("C8", "2.5", "a whole number"),
        ("D8", "-3", "a number that is not below nought"),
        ("D9", "", "write the number"),
        ("E10", "4", "nothing: the KPI is not measured by this number"),
        ("B11", "2021-07", "a quarter, for example 2022Q3 or Q3/2022"),
        ("B12", "2022Q1", "the KPI is no longer followed after 2021-12"),
        ("F13", "2 %", "what was counted, not a percent"),
        ("I14", "x" * 79 + "…", "at most 500 characters"),
        ("A16", "", f"the name or short name of a KPI: {slugs}"),
        (
            "B18",
            "2022-01",
            "each KPI and period only once; row 17 of “Mittaukset” has the same ones",
        ),
    ]
    assert kept.counts["faults"] == 16
    shown = page(admin, kept)
    assert "16 faults, mend them in Excel" in shown
    assert "Import 1 measurement" not in shown
    confirm(admin, kept)
    assert work(kept).state == ImportState.CHECKED
    assert kpi.measurements.count() == 6


def test_a_period_that_has_not_begun_is_refused_and_the_running_month_is_not(
    admin, strategy, kpi, monkeypatch
):
    monkeypatch.setattr(timezone, "localdate", lambda: datetime(2021, 8, 1).date())
    file = measurements(["loyto", "2021-08", 76, 100], ["loyto", "2021-09", 76, 100])
    assert faults_of(send(admin, strategy, file)) == [
        ("B3", "2021-09", "the period has not begun yet")
    ]


def test_a_name_that_several_kpis_have_is_a_fault_and_a_short_name_is_not(admin, strategy, kpi):
    make_kpi(strategy, "toinen", name=Words(fi="loyto", en="Findability"))
    file = measurements(["Findability", "2021-07", 76, 100], ["loyto", "2021-08", 76, 100])
    expected = "a short name, as several KPIs are called so: loyto, toinen"
    assert faults_of(send(admin, strategy, file)) == [("A2", "Findability", expected)]


def test_a_kpi_of_another_strategy_is_not_found(admin, strategy, kpi):
    make_kpi(make_strategy("toinen"), "vieras")
    file = measurements(["vieras", "2021-07", 1, 2])
    assert faults_of(send(admin, strategy, file)) == [
        ("A2", "vieras", "the name or short name of a KPI: loyto")
    ]


def test_a_column_that_a_kpi_needs_is_one_fault_and_not_one_a_row(admin, strategy, kpi):
    rows = [["loyto", f"2021-{month:02}", 70] for month in range(1, 13)]
    kept = send(admin, strategy, measurements(*rows, headers=HEADERS[:3]))
    assert faults_of(kept) == [("A1", "", "a column with the header Nimittäjä")]


def test_a_header_that_is_there_twice_is_a_fault(admin, strategy, kpi):
    file = measurements(["loyto", "2021-07", 1, 2, 3], headers=[*HEADERS, "Numerator"])
    assert faults_of(send(admin, strategy, file)) == [("E1", "Numerator", "each header only once")]


def test_a_file_with_more_rows_than_are_read_at_once_says_so(admin, strategy, kpi, monkeypatch):
    monkeypatch.setattr(reading, "MAX_ROWS", 2)
    rows = [["loyto", f"2021-0{month}", 70, 100] for month in range(1, 4)]
    kept = send(admin, strategy, measurements(*rows))
    assert [said(one) for one in kept.problem] == [
        "Mittaukset!A4: there are more than 20000 rows. Divide the file."
    ]
    assert "Choose another file" in page(admin, kept)


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        (
            ["Mittari", "Tammikuu", "Helmikuu"],
            "No sheet has a header for the KPI (Mittari) and one for the period (Jakso). "
            "The sheet “Mittaukset” has: Mittari, Tammikuu, Helmikuu.",
        ),
        (
            ["Mittari", "Jakso", "Tulos"],
            "The sheet “Mittaukset” has no header of a column with numbers, "
            "for example Osoittaja and Nimittäjä. It has: Mittari, Jakso, Tulos.",
        ),
    ],
)
def test_a_file_in_another_layout_is_refused_and_leads_to_the_template(
    admin, strategy, kpi, headers, sentence
):
    kept = send(admin, strategy, measurements(["loyto", 1, 2], headers=headers))
    assert (kept.state, [said(one) for one in kept.problem]) == (ImportState.REFUSED, [sentence])
    shown = page(admin, kept)
    assert reverse("metrics:kpi-import-template", args=[strategy.slug]) in shown


def test_faults_come_back_in_the_persons_own_file(admin, strategy, kpi):
    kept = send(admin, strategy, measurements(["loyto", "2021-07", "noin 5", 10]))
    answer = admin.get(at("faults", kept))
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    assert book.sheetnames == ["Faults", "Mittaukset"]
    assert book["Mittaukset"]["C2"].comment.text == (
        "Numerator. Expected: a number, for example 60 or 60,5"
    )
    assert [cell.value for cell in book["Faults"][4]][:4] == [
        "Mittaukset!C2",
        "Numerator",
        "noin 5",
        "a number, for example 60 or 60,5",
    ]
    # And what came back so is read again, without the list.
    book["Mittaukset"]["C2"] = 5
    file = BytesIO()
    book.save(file)
    assert send(admin, strategy, file).counts["new"] == 1


def test_a_fault_is_said_in_the_readers_language(admin, strategy, kpi):
    kept = send(admin, strategy, measurements(["loyto", "2021-07", 5, 4]))
    admin.cookies["django_language"] = "fi"
    assert "osoittaja on osa nimittäjää: enintään 4" in page(admin, kept)


def test_what_looks_like_a_slip_must_be_said_to_be_right(admin, strategy, kpi):
    kept = send(admin, strategy, measurements(["loyto", "2021-07", 790, 1000]))
    assert (kept.counts["asked"], kept.counts["faults"]) == (1, 0)
    shown = page(admin, kept)
    assert "Is this 1 row right?" in shown
    assert "numerator: 790; the last one was 76." in shown
    answer = admin.post(at("preview", kept), {"version": kept.version})
    assert answer.status_code == 422
    assert "say that the numbers are right, or mend the file" in answer.content.decode()
    assert work(kept).state == ImportState.CHECKED
    assert confirm(admin, kept, right="on").state == ImportState.APPLIED
    assert standing(strategy)["loyto", "2021-07"] == (790, 1000, "")


def test_rows_of_the_same_file_are_what_the_next_ones_are_held_against(admin, strategy, kpi):
    grown = [["loyto", f"2021-{month:02}", 760, 1000] for month in range(7, 13)]
    grown += [["loyto", f"2022-0{month}", 761, 1000] for month in range(1, 4)]
    kept = send(admin, strategy, measurements(*grown))
    asked = [str(step.period) for step in kept.steps.filter(unlike__isnull=False)]
    assert asked == [f"2021-{month:02}" for month in range(7, 13)]  # by then it is the usual


def test_what_stands_already_is_not_asked_about(admin, strategy, kpi):
    measure(kpi, {"2021-07": (790, 1000)})
    file = measurements(
        ["loyto", "2021-07", 790, 1000, "Väestö vaihtui"], headers=[*HEADERS, "Kommentti"]
    )
    kept = send(admin, strategy, file)
    assert (kept.counts["changed"], kept.counts["asked"]) == (1, 0)
