from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from roadmap.quarters import Quarter
from roadmap.workbook import layout
from roadmap.workbook.book import HEADER_ROWS, MOST_HEADER_ROWS
from roadmap.workbook.extracting import book_folder
from roadmap.workbook.faults import WorkbookRefused
from roadmap.workbook.fields import parse_number
from tests.factories import read, save, workbook

NEEDED = ["Tunnus", "Toimenpide", "Vaihe"]


def faults_of(file):
    return [(f.place, f.found, f.expected) for f in read(file).report.faults]


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("60", "60"),
        ("60,5", "60.5"),
        ("60.5", "60.5"),
        (" 1 200 ", "1200"),
        ("1\u00a0200,25", "1200.25"),
        ("1\u202f200", "1200"),
        ("-3", "-3"),
        ("\u22123", "-3"),
        ("+3", "3"),
        ("50%", "50"),
        ("50 %", "50"),
        ("12,5\u00a0%", "12.5"),
        (",5", "0.5"),
        ("", None),
        ("   ", None),
    ],
)
def test_numbers_are_read_as_people_write_them(text, number):
    assert parse_number(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    "text",
    ["n. 60", "60–70", "1.234,5", "kuusi", "%", "1e5", "--3", "٣", "½", "5 kpl", "1,2,3", "60 70"],
)
def test_what_is_not_one_number_is_refused_and_never_guessed(text):
    with pytest.raises(ValueError, match="a number"):
        parse_number(text)


@pytest.mark.parametrize("text", ["1234567890123456", "0,1234567890123456", "1" + "0" * 400])
def test_more_digits_than_are_kept_are_refused(text):
    with pytest.raises(ValueError, match="15 digits"):
        parse_number(text)


@given(st.decimals(-(10**9), 10**9, places=4))
def test_every_number_survives_being_written_with_a_decimal_comma(number):
    assert parse_number(str(number).replace(".", ",")) == number


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("Tunnus", "code"),
        (" t u n n u s ", "code"),
        ("ÅTGÄRD", "title"),
        ("Service area", "service_area"),
        ("Suunnitelma 2021Q1", "plan:2021Q1"),
        ("suunnitelma Q1/2021", "plan:2021Q1"),
        ("Toteuma Q1 2021", "actual:2021Q1"),
        ("Toteuma2021Q4", "actual:2021Q4"),
        ("Utfall 1/2022", "actual:2022Q1"),
        ("Planned 2023Q2", "plan:2023Q2"),
        ("Kommentti 2022Q3", "comment:2022Q3"),
        ("Huomautus", None),
        ("Suunnitteluryhmä", None),
    ],
)
def test_headers_are_known_in_three_languages_whatever_their_case_and_spaces(heading, key):
    assert layout.read_heading(heading) == key


@pytest.mark.parametrize("heading", ["Toteuma", "Suunnitelma 2021Q5", "Toteuma 2021"])
def test_a_family_header_without_a_quarter_that_there_is_is_a_fault(heading):
    with pytest.raises(ValueError):
        layout.read_heading(heading)


def test_a_row_is_read_into_typed_values():
    headers = [*NEEDED, "Digimentori", "Tavoitearvo", "Alku", "Toteuma 2021Q1", "Paino"]
    file = workbook(headers, [" A-1 ", "Nimi", "2021", "B@x.fi; a@x.fi", "7,5", "Q2/2021", 3, None])
    row = read(file).rows[0]
    assert (row.number, row.values) == (
        2,
        {
            "code": "A-1",
            "title": "Nimi",
            "phase": 2021,
            "responsible": ("a@x.fi", "b@x.fi"),
            "target": Decimal("7.5"),
            "start": Quarter(2021, 2),
            "actual:2021Q1": Decimal(3),
            "weight": None,
        },
    )


def test_codes_stay_text():
    file = workbook(NEEDED, ["1.10", "a", 2021], [7, "b", 2021], [7.0, "c", 2021])
    assert [row.values["code"] for row in read(file).rows] == ["1.10", "7", "7"]


def test_the_dust_of_binary_floating_point_is_not_read():
    file = workbook([*NEEDED, "Tavoitearvo"], ["a", "b", 2021, 0.1 + 0.2])
    assert read(file).rows[0].values["target"] == Decimal("0.3")


def test_a_cell_with_excels_per_cent_format_is_read_as_it_shows_and_that_is_said():
    book = Workbook()
    book.active.title = "Tiekartta"
    book.active.append([*NEEDED, "Tavoitearvo"])
    book.active.append(["a", "b", 2021, 0.5])
    book.active["D2"].number_format = "0%"
    sheet = read(save(book))
    assert sheet.rows[0].values["target"] == 50
    assert sum(sheet.report.assumptions.values()) == 1


@pytest.mark.parametrize("number_format", ['0"%"', "0\\%", '0.0" %"'])
def test_a_format_that_only_shows_a_per_cent_sign_leaves_the_number_as_it_is(number_format):
    book = Workbook()
    book.active.title = "Tiekartta"
    book.active.append([*NEEDED, "Tavoitearvo"])
    book.active.append(["a", "b", 2021, 50])
    book.active["D2"].number_format = number_format
    assert read(save(book)).rows[0].values["target"] == 50


@pytest.mark.parametrize("value", [1e30, 1e300, -1e16])
def test_a_number_beyond_all_bounds_is_a_fault_and_no_crash(value):
    file = workbook([*NEEDED, "Tavoitearvo"], ["a", "b", 2021, value], ["c", "d", value, 1])
    assert [place for place, *_ in faults_of(file)] == ["Tiekartta!D2", "Tiekartta!C3"]


def test_all_faults_are_named_at_once_with_their_cells():
    headers = [*NEEDED, "Lähtöarvo", "Tavoitearvo", "Loppu", "Digimentori", "Toteuma 2021Q1"]
    file = workbook(
        headers,
        ["a", "b", 2021, "n. 60", datetime(2021, 1, 1), "Q5/2021", "ei osoite", True],
        ["c", "d", "vuosi", 1, 2, "2021Q4", "x@y.fi", 4],
    )
    assert faults_of(file) == [
        ("Tiekartta!D2", "n. 60", "a number, for example 60 or 60,5"),
        ("Tiekartta!E2", "1.1.2021", "a number, for example 60 or 60,5"),
        (
            "Tiekartta!F2",
            "Q5/2021",
            "a quarter, month, day or year, for example Q4/2022, 31.12.2022 or 2022",
        ),
        (
            "Tiekartta!G2",
            "ei osoite",
            "e-mail addresses with ; between, for example anna@example.org",
        ),
        ("Tiekartta!H2", "TRUE", "a number, for example 60 or 60,5"),
        ("Tiekartta!C3", "vuosi", "a year, for example 2022"),
    ]


def test_a_missing_column_is_named():
    assert faults_of(workbook(["Tunnus", "Toimenpide"], ["a", "b"])) == [
        ("Tiekartta!A1", "", "a column with the header Vaihe")
    ]


def test_a_header_that_stands_twice_is_a_fault():
    file = workbook([*NEEDED, "Tunnus", "Toteuma 2021Q1", "Toteuma Q1/2021"], ["a", "b", 2021])
    assert [place for place, *_ in faults_of(file)] == ["Tiekartta!D1", "Tiekartta!F1"]


def test_a_header_with_an_unknown_quarter_is_a_fault():
    file = workbook([*NEEDED, "Toteuma 2021Q7"], ["a", "b", 2021, 1])
    assert faults_of(file) == [
        ("Tiekartta!D1", "Toteuma 2021Q7", "a quarter, for example Toteuma 2022Q3")
    ]


def test_a_column_that_is_not_ours_is_left_unread_and_that_is_said():
    sheet = read(workbook([*NEEDED, "Huomautus"], ["a", "b", 2021, "x"]))
    assert dict(sheet.report.assumptions) == {"columns were left unread: Huomautus": 1}


def test_an_error_cell_and_a_formula_without_a_value_are_faults_and_not_blanks():
    book = Workbook()
    book.active.title = "Tiekartta"
    book.active.append([*NEEDED, "Lähtöarvo", "Tavoitearvo"])
    book.active.append(["a", "b", 2021, "#REF!", "=1+1"])
    assert [(place, found) for place, found, _ in faults_of(save(book))] == [
        ("Tiekartta!D2", "#REF!"),
        ("Tiekartta!E2", "=1+1"),
    ]


def test_blank_rows_between_are_passed_over():
    sheet = read(workbook(NEEDED, ["a", "b", 2021], [], ["  "], ["c", "d", 2021]))
    assert [row.number for row in sheet.rows] == [2, 5]


def test_the_only_sheet_is_read_whatever_its_name_and_that_is_said():
    sheet = read(workbook(NEEDED, ["a", "b", 2021], sheet="Taul1"))
    assert list(sheet.report.assumptions) == [
        "The only sheet “Taul1” was read as the sheet Tiekartta"
    ]


def test_a_workbook_of_several_other_sheets_is_refused_with_their_names():
    book = Workbook()
    book.create_sheet("Toinen")
    with pytest.raises(WorkbookRefused, match="has no sheet “Tiekartta”. It has: Sheet, Toinen"):
        read(save(book))


def test_a_code_that_no_address_can_hold_is_refused():
    rows = [[code, "x", 2021] for code in ("..", "a/../b", "a..b", "1.2", "a/b")]
    assert [place for place, *_ in faults_of(workbook(NEEDED, *rows))] == [
        "Tiekartta!A2",
        "Tiekartta!A3",
    ]


def test_signs_that_look_alike_are_read_alike():
    file = workbook(NEEDED, ["A\u03081", "x\u200b y", 2021])
    row = read(file).rows[0]
    assert (row.values["code"], row.values["title"]) == ("Ä1", "x y")


def test_an_address_longer_than_an_address_can_be_is_a_fault():
    file = workbook([*NEEDED, "Digimentori"], ["a", "b", 2021, "a@" + "b" * 250 + ".fi"])
    assert [place for place, *_ in faults_of(file)] == ["Tiekartta!D2"]


def test_rows_that_are_left_unread_are_said():
    book = Workbook()
    book.active.title = "Tiekartta"
    for row in (NEEDED, ["a", "b", 2021]):
        book.active.append(row)
    book.active.cell(1600, 1, "kaukana")
    sheet = read(save(book))
    assert (len(sheet.rows), sum(sheet.report.assumptions.values())) == (1, 1)


def test_faults_of_the_headers_name_the_row_where_the_headers_are():
    file = workbook([], [], ["Tunnus", "Toimenpide", "Toteuma 2021Q7"], ["a", "b", 1])
    assert [place for place, *_ in faults_of(file)] == ["Tiekartta!C3", "Tiekartta!A3"]


def test_as_many_rows_as_a_road_map_may_have_are_read_below_titles_and_headers():
    assert book_folder.MAX_ROWS >= layout.MAX_ROWS + HEADER_ROWS + MOST_HEADER_ROWS
