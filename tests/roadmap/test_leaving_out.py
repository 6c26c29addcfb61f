"""Rows that are no actions: what they pass on to those below, and that each is counted."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from roadmap.workbook import recognition
from roadmap.workbook.book import Book
from roadmap.workbook.extracting import extraction
from roadmap.workbook.faults import WorkbookRefused
from roadmap.workbook.mapping import SKIP
from roadmap.workbook.reading import read
from tests.factories import content, save

HEADERS = ["Kokonaisuus", "Tunnus", "Toimenpide", "Vuosi", "Vastuuyksikkö"]


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def reading(tmp_path):
    """Reads rows below our headers as they are proposed, and as said; returns rows and report."""

    def reading(*rows, hidden=(), **said):
        book = Workbook()
        sheet = book.active
        sheet.title = "A"
        for row in (HEADERS, *rows):
            sheet.append(row)
        for row in hidden:
            sheet.row_dimensions[row].hidden = True
        path = Path(tmp_path) / "a.xlsx"
        path.write_bytes(content(save(book)))
        read_book = Book.describe(tmp_path, extraction.extract(path, tmp_path))
        (part,) = recognition.propose(read_book)
        for name, value in said.items():
            setattr(part, name, value)
        found = read(read_book, [part])
        return list(found.rows()), found.report

    return reading


def values(rows, key):
    return {row.values["code"]: row.values.get(key) for row in rows}


def test_a_group_that_is_named_on_a_row_that_is_left_out_goes_on_below_it(reading):
    rows, report = reading(
        ["Yksi", "a", "Eka", 2022],
        ["Kaksi", None, None, None],
        [None, "b", "Toka", 2022],
        ["Kolme", "c", "Piilossa", 2022],
        [None, "d", "Neljäs", 2022],
        hidden=[5],
        fill={"theme"},
        incomplete=SKIP,
    )
    assert values(rows, "theme") == {"a": "Yksi", "b": "Kaksi", "d": "Kolme"}
    left_out = {s: n for s, n in report.assumptions.items() if "left out" in s}
    assert left_out == {
        "rows without a code, a title or a phase were left out: A 3": 1,
        "hidden rows were left out: A 5": 1,
    }
    assert [n for s, n in report.assumptions.items() if s.endswith("from the row above")] == [2]


def test_a_sum_passes_nothing_on(reading):
    rows, report = reading(
        ["Yksi", "a", "Eka", 2022],
        ["Yhteensä:", None, None, None, 5],
        ["", "b", "Toka", 2022],
        [None, "Total 2", None, 7],
        fill={"theme"},
    )
    assert values(rows, "theme") == {"a": "Yksi", "b": "Yksi"}
    assert report.assumptions["rows that sum up others were left out: A 3, 5"] == 2


def test_an_action_whose_title_only_begins_like_a_sum_is_an_action(reading):
    rows, _report = reading([None, "a", "Total renewal of the network", 2022])
    assert values(rows, "title") == {"a": "Total renewal of the network"}


def test_a_blank_below_a_heading_repeats_nothing_from_above_it(reading):
    rows, report = reading(
        [None, "a", "Eka", 2022, "Sote"],
        [None, None, "Uusi kokonaisuus", None, None],
        [None, "b", "Toka", 2022, None],
        fill={"service_area"},
        lone="theme",
    )
    assert values(rows, "service_area") == {"a": "Sote", "b": None}
    assert values(rows, "theme") == {"a": None, "b": "Uusi kokonaisuus"}
    assert report.assumptions == {"rows were read as headings of those below: A 3": 1}


def test_a_heading_that_is_too_long_for_a_name_is_a_fault_of_its_own_cell(reading):
    _rows, report = reading([None, None, "x" * 201], [None, "b", "Toka", 2022], lone="theme")
    assert [(f.place, f.expected) for f in report.faults] == [("A!C2", "at most 200 characters")]


def test_where_every_row_is_left_out_the_reason_is_what_was_chosen(reading):
    with pytest.raises(WorkbookRefused) as refused:
        reading([None, "a", None, 2022], [None, None, "b", 2022], incomplete=SKIP)
    assert refused.value.sentence == (
        "No row is left to read: rows without a code, a title or a phase were left out: A 2, 3"
    )


def test_rows_outside_the_chosen_ones_are_counted(reading):
    rows, report = reading(
        *([None, code, f"Toimi {code}", 2022] for code in "abcd"), first_row=3, last_row=4
    )
    assert values(rows, "title") == {"b": "Toimi b", "c": "Toimi c"}
    assert report.assumptions == {"rows outside the chosen ones were left out: A 2, 5": 2}
