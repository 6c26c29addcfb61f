"""What spreadsheets put on the clipboard, and where it comes to in a grid."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.kpis.pasting import Note, Takes, Why, block, place
from metrics.kpis.periods import Month

N, T, X = Takes.NUMBER, Takes.TEXT, Takes.NOTHING
RATE = [N, N, T]


def is_number(text):
    return (
        text.strip()
        .replace(" ", "")
        .replace(",", ".")
        .lstrip("-")
        .rstrip("%")
        .replace(".", "", 1)
        .isdecimal()
    )


def is_name(text):
    return text in ("Osoittaja", "Nimittäjä", "Saatavuus")


def laid(text, grid, at=(0, 0)):
    return place(block(text), grid, at, is_number, is_name)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("", []),
        ("\r\n", []),
        ("412", [["412"]]),
        ("412\r\n", [["412"]]),  # Excel ends each row, the last one, too
        ("412\t520\r\n398\t511\r\n", [["412", "520"], ["398", "511"]]),
        ("412\t520\n398\t511", [["412", "520"], ["398", "511"]]),  # LibreOffice does not
        ("412\r398\r", [["412"], ["398"]]),  # an old Mac
        ("1\t\t3", [["1", "", "3"]]),
        ("\t\r\n\t", [["", ""], ["", ""]]),
        ("1\r\n\r\n3\r\n", [["1"], [""], ["3"]]),
        ("1 234,5 %\t−3", [["1 234,5 %", "−3"]]),
        ('1\t"ensin\r\nsitten"\r\n2\t\r\n', [["1", "ensin\nsitten"], ["2", ""]]),
        ('"sanoi ""hei"""\t5', [['sanoi "hei"', "5"]]),
        ('""\t1', [["", "1"]]),
        ('5" putki\t1', [['5" putki', "1"]]),  # Excel quotes a cell only where it must
        ('"avoin\t1\r\n2', [['"avoin', "1"], ["2"]]),
        ('"a"b\t1', [['"a"b', "1"]]),
    ],
)
def test_cells_stand_as_they_were_copied(text, cells):
    assert block(text) == cells


texts = st.text(st.sampled_from(string.ascii_letters + ' ",%−åäö\t\n'), max_size=8)


def written(cell):
    """As Excel writes a cell, independently of how it is read."""
    if any(sign in cell for sign in '\t\n"'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(texts, min_size=n, max_size=n), min_size=1)
    )
)
def test_whatever_is_copied_comes_back_cell_for_cell(rows):
    text = "".join("\t".join(map(written, row)) + "\r\n" for row in rows)
    assert block(text) == ([] if rows == [[""]] else rows)


@given(st.text(st.sampled_from('a1"\t\r\n'), max_size=40))
def test_no_text_is_too_strange_and_no_sign_of_it_is_lost(text):
    cells = block(text)
    kept = "".join("".join(row) for row in cells)
    assert [sign for sign in kept if sign in "a1"] == [sign for sign in text if sign in "a1"]


def test_a_block_fills_from_where_it_is_put_and_an_empty_cell_empties():
    placed = laid("412\t520\r\n\t511\r\n", [RATE] * 3, at=(1, 0))
    assert placed.texts == {(1, 0): "412", (1, 1): "520", (2, 0): "", (2, 1): "511"}
    assert placed.notes == []


def test_what_is_larger_than_the_grid_is_said_and_not_dropped_silently():
    placed = laid("1\t2\thyvä\t9\r\n3\t4\t\t\r\n5\t6\t\t\r\n", [RATE] * 2)
    assert placed.texts == {
        (0, 0): "1",
        (0, 1): "2",
        (0, 2): "hyvä",
        (1, 0): "3",
        (1, 1): "4",
        (1, 2): "",
    }
    assert placed.notes == [Note(Why.NO_COLUMN, "9", 0), Note(Why.NO_ROW, "5, 6")]


def test_text_where_a_number_belongs_is_filled_in_and_said_by_cell():
    placed = laid("412\tnoin 500", [RATE])
    assert placed.texts == {(0, 0): "412", (0, 1): "noin 500"}
    assert placed.notes == [Note(Why.NOT_A_NUMBER, "noin 500", 0, 1)]


def test_a_number_that_the_kpi_does_not_have_is_said_and_an_empty_cell_is_not():
    grid = [[N, N, X, T], [X, X, N, T]]
    placed = laid("412\t520\t9\r\n\t\t4\r\n", grid)
    assert placed.texts == {(0, 0): "412", (0, 1): "520", (1, 2): "4"}
    assert placed.notes == [Note(Why.NO_FIELD, "9", 0, 2)]


@pytest.mark.parametrize(
    ("text", "labels", "whys"),
    [
        # periods, with and without a head of their own
        ("2022-01\t1\t2\r\n2022-02\t3\t4", [["2022-01"], ["2022-02"]], [Why.HEADER_COLUMN]),
        ("\t1\t2\r\n01.2022\t3\t4", [[], ["01.2022"]], [Why.HEADER_COLUMN]),
        ("7/2022\t1\t2\r\n8/2022\t3\t4", [["7/2022"], ["8/2022"]], [Why.HEADER_COLUMN]),
        # what the spreadsheet calls the rows
        ("tammi\t1\t2\r\nhelmi\t3\t4", [["tammi"], ["helmi"]], [Why.HEADER_COLUMN]),
        (
            "saatavuus\t2022-01\t1\t2\r\nkattavuus\t2022-01\t3\t4",
            [["saatavuus", "2022-01"], ["kattavuus", "2022-01"]],
            [Why.HEADER_COLUMN, Why.HEADER_COLUMN],
        ),
        ("Saatavuus\t1\t2", [["Saatavuus"]], [Why.HEADER_COLUMN]),  # known by name
        # names of the columns
        ("Osoittaja\tNimittäjä\r\n1\t2\r\n3\t4", [[], []], [Why.HEADER_ROW]),
        ("Hyvät\tKaikki\r\n1\t2\r\n3\t4", [[], []], [Why.HEADER_ROW]),
        ("Osoittaja\r\n1\r\n3", [[], []], [Why.HEADER_ROW]),
        (
            "Kuukausi\tHyvät\tKaikki\r\n2022-01\t1\t2\r\n2022-02\t3\t4",
            [["2022-01"], ["2022-02"]],
            [Why.HEADER_COLUMN, Why.HEADER_ROW],
        ),
    ],
)
def test_headers_are_left_out_and_said(text, labels, whys):
    placed = laid(text, [RATE] * 3)
    assert [note.why for note in placed.notes] == whys
    assert [placed.labels.get(row, []) for row in range(len(labels))] == labels
    assert placed.texts[0, 0] == "1"
    assert {text for (_row, column), text in placed.texts.items() if column == 1} <= {"2", "4"}


@pytest.mark.parametrize(
    "text",
    [
        "puuttuu\tpuuttuu\r\n412\t520",  # a word for missing repeats itself
        "puuttuu\t520\r\npuuttuu\t511",
        "puuttuu\t520",
        "noin 400\t520",
        "-\t520\r\n#JAKO/0!\t511",
        "ei\r\n412",
    ],
)
def test_a_word_in_place_of_a_number_is_no_header_that_would_shift_the_others(text):
    placed = laid(text, [RATE] * 2)
    assert {note.why for note in placed.notes} == {Why.NOT_A_NUMBER}
    assert placed.texts == {
        (row, column): cell
        for row, cells in enumerate(block(text))
        for column, cell in enumerate(cells)
    }


def test_a_comment_column_has_no_headers_to_leave_out():
    placed = laid("hyvä\r\nparempi", [RATE] * 2, at=(0, 2))
    assert placed.texts == {(0, 2): "hyvä", (1, 2): "parempi"}
    assert placed.notes == []


@given(
    st.lists(st.lists(st.integers(0, 999), min_size=1, max_size=5), min_size=1, max_size=5).filter(
        lambda rows: len({len(row) for row in rows}) == 1
    ),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
def test_every_number_is_either_filled_in_or_said_to_be_left_out(rows, at):
    text = "\r\n".join("\t".join(map(str, row)) for row in rows)
    placed = laid(text, [[N, N, N, X]] * 4, at)
    left = [cell for note in placed.notes for cell in note.text.split(", ")]
    expected = sorted(str(number) for row in rows for number in row)
    assert sorted([*placed.texts.values(), *left]) == expected


def test_a_label_before_the_numbers_of_every_month_of_ten_years_is_read_as_a_period():
    months = [str(Month.from_ordinal(24_000 + number)) for number in range(120)]
    placed = laid("\r\n".join(f"{month}\t1\t2" for month in months), [RATE] * 120)
    assert placed.labels == {number: [month] for number, month in enumerate(months)}
