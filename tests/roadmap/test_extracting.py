import json
import time
from datetime import date, datetime, timedelta
from datetime import time as clock

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import MergedCell

from roadmap.workbook import layout
from roadmap.workbook.book import HEADER_ROWS, MOST_HEADER_ROWS
from roadmap.workbook.extracting import book_folder
from roadmap.workbook.extracting.extraction import extract
from roadmap.workbook.extracting.refusal import Refused
from tests.workbooks import (
    DATA,
    MAIN,
    SHARED,
    SHEET,
    TYPES,
    rows_of,
    small_workbook,
    with_parts,
    with_sheet,
)

REAL = [
    "13_en_packt_tpm_project_plan.xlsx",
    "18_sv_klimatkollen_klimatplaner.xlsx",
    "21_en_tola_bulk_indicator_template.xlsx",
    "tenjo-2024-2025.xlsx",
]
TEXT = '<c t="inlineStr"><is><t>{}</t></is></c>'


@pytest.fixture
def read(tmp_path):
    """Reads a file, or the body of a sheet's XML, and gives the book and the first sheet's rows."""

    def read(source, **options):
        if isinstance(source, str):
            source = with_sheet(tmp_path / "made.xlsx", source)
        book = extract(source, tmp_path, **options)
        return book, rows_of(tmp_path)

    return read


def refusal(read, *arguments, **options):
    with pytest.raises(Refused) as refused:
        read(*arguments, **options)
    return refused.value.code, refused.value.values


# --- against another reading ----------------------------------------------------------------------


def expected(cell, original):
    """A cell of openpyxl's ordinary reading as the folder should have it."""
    value = cell.value
    if value is None:
        return ["f", original.value[:120]] if original.data_type == "f" else None
    if cell.data_type == "e":
        return ["e", value]
    if isinstance(value, datetime | date):
        return ["d", value.isoformat()[:10]]
    if isinstance(value, bool):
        return ["b", value]
    if isinstance(value, int | float) and "%" in cell.number_format:
        return ["p", value]
    return value


@pytest.mark.parametrize("name", REAL)
def test_the_cells_are_those_of_an_ordinary_reading(tmp_path, name):
    book = extract(DATA / name, tmp_path)
    values, originals = load_workbook(DATA / name, data_only=True), load_workbook(DATA / name)
    assert [sheet["name"] for sheet in book["sheets"]] == values.sheetnames
    for number, worksheet in enumerate(values.worksheets, start=1):
        original = originals.worksheets[number - 1]
        wanted = {
            cell.coordinate: found
            for row in worksheet.iter_rows()
            for cell in row
            if not isinstance(cell, MergedCell)
            and (found := expected(cell, original[cell.coordinate])) is not None
        }
        found = {
            worksheet.cell(row, place).coordinate: cell
            for row, _, cells in rows_of(tmp_path, number)
            for place, cell in enumerate(cells, start=1)
            if cell is not None
        }
        assert found == wanted


def test_the_facts_of_a_real_project_plan(tmp_path):
    book = extract(DATA / "13_en_packt_tpm_project_plan.xlsx", tmp_path)
    [sheet] = book.pop("sheets")
    head = sheet.pop("head")
    assert book == {"kind": "xlsx", "encoding": None, "delimiter": None, "left_out": ["comments"]}
    assert sheet == {
        "name": "Project Plan",
        "state": "visible",
        "rows": 40,
        "last_row": 40,
        "last_column": 32,
        "hidden_rows": 2,
        "hidden_columns": [7, 12],
        "merged": [],
        "formulas": 39,
        "stopped_at": None,
        "rows_beyond": False,
        "columns_beyond": 0,
    }
    assert head == [[number, cells] for number, _, cells in rows_of(tmp_path)]
    assert json.loads((tmp_path / "book.json").read_text()) == book | {
        "sheets": [sheet | {"head": head}]
    }


# --- cells ----------------------------------------------------------------------------------------


def test_every_kind_of_cell(tmp_path, read):
    workbook = Workbook()
    sheet = workbook.active
    kinds = [
        ("text\nof two lines", "General", "text\nof two lines"),
        ("  not stripped ", "General", "  not stripped "),
        ("_x000D_\nMac_x000D_ _x0041_ _xD83D__xDE00_ _xD83D_", "General", "\nMac\n A 😀 \ufffd"),
        (12, "General", 12),
        (0.15, "0.00", 0.15),
        (1.0, "General", 1),
        (1e300, "General", 1e300),
        (0.5, "0%", ["p", 0.5]),
        (0.5, '0.0" %"', 0.5),
        (0.5, "0.0\\%", 0.5),
        (1.1, "0.00", ["t", 1.1, "1.10"]),
        (7, "000", ["t", 7, "007"]),
        (-7, "00.0", ["t", -7, "-07.0"]),
        (12, "00", 12),
        (2.5, "0", ["t", 2.5, "3"]),
        (1234, "#,##0", 1234),
        (datetime(2023, 1, 2, 15, 30), "yyyy-mm-dd", ["d", "2023-01-02"]),
        (date(2023, 1, 2), "d.m.yyyy", ["d", "2023-01-02"]),
        (clock(12, 0), "h:mm", 0.5),
        (timedelta(hours=36), "[h]:mm", 1.5),
        (True, "General", ["b", True]),
        ("#REF!", "General", ["e", "#REF!"]),
        ("=A1+B1", "General", ["f", "=A1+B1"]),
        ("=" + "A1+" * 100 + "1", "General", ["f", ("=" + "A1+" * 100)[:120]]),
    ]
    for number, (value, form, _) in enumerate(kinds, start=1):
        sheet.cell(number, 1, value).number_format = form
    workbook.save(tmp_path / "kinds.xlsx")
    book, rows = read(tmp_path / "kinds.xlsx")
    assert [cells for _, _, cells in rows] == [[found] for *_, found in kinds]
    assert book["sheets"][0]["formulas"] == 2


def test_cells_as_other_programs_write_them(read):
    book, rows = read(
        '<sheetData><row r="2">'
        '<c t="str"><v>kept text</v></c><c t="b"><v>0</v></c><c t="e"><v>#N/A</v></c>'
        '<c t="inlineStr"><is><r><t>rich </t></r><r><rPr><b/></rPr><t>text</t></r></is></c>'
        '<c t="inlineStr"><is><t xml:space="preserve"> a </t></is></c>'
        '<c t="d"><v>2023-05-06</v></c>'
        '<c><v>1E3</v></c><c><v>12345678901234567890</v></c><c><v>1e999</v></c><c t="inlineStr"/>'
        '<c r="L2"><v>7</v></c><c><v>8</v></c></row>'
        '<row><c t="inlineStr"><is><t></t></is></c><c s="0"/></row><row><c><v>1</v></c></row>'
        "</sheetData>"
    )
    assert rows == [
        [
            2,
            0,
            [
                *(
                    "kept text",
                    ["b", False],
                    ["e", "#N/A"],
                    "rich text",
                    " a ",
                    ["d", "2023-05-06"],
                ),
                *(1000, 1.2345678901234567e19, ["e", "#NUM!"], None, None, 7, 8),
            ],
        ],
        [4, 0, [1]],
    ]
    assert book["sheets"][0]["rows"] == 2


def test_formulas_with_and_without_a_kept_value(read):
    book, rows = read(
        '<sheetData><row r="1"><c r="A1"><f>1+1</f><v>2</v></c>'
        '<c r="B1" t="str"><f>""</f><v></v></c>'
        '<c r="C1"><f>B1</f><v/></c><c r="D1"><f ca="1">NOW()</f></c>'
        '<c r="E1"><f t="shared" ref="E1:E2" si="0">A1*$B$1</f></c>'
        '<c r="F1"><f t="array" ref="F1:F2">A1:A2</f></c><c r="G1"><f t="dataTable" ref="G1"/></c>'
        '</row><row r="2"><c r="E2"><f t="shared" si="0"/></c>'
        '<c r="F2" t="str"><f>cmd|\'/c calc\'!A0</f><v>kept</v></c></row></sheetData>'
    )
    assert rows == [
        [
            1,
            0,
            [
                *(2, None, ["f", "=B1"], ["f", "=NOW()"], ["f", "=A1*$B$1"]),
                *(["f", "=A1:A2"], ["f", "="]),
            ],
        ],
        [2, 0, [None, None, None, None, ["f", "=A2*$B$1"], "kept"]],
    ]
    assert book["sheets"][0]["formulas"] == 9


def test_shared_texts_as_excel_writes_them(tmp_path, read):
    path = with_sheet(
        tmp_path / "a.xlsx",
        '<sheetData><row><c t="s"><v>1</v></c><c t="s"><v>0</v></c><c t="s"><v>2</v></c></row>'
        "</sheetData>",
        {
            SHARED: f'<sst xmlns="{MAIN}"><si><r><t>two </t></r><r><t>runs</t></r>'
            "<rPh sb='0' eb='1'><t>no</t></rPh></si><si><t>a&amp;b</t></si><si><t/></si></sst>"
        },
    )
    assert read(path)[1] == [[1, 0, ["a&b", "two runs"]]]


def test_dates_of_the_mac_begin_in_1904(tmp_path, read):
    workbook = Workbook()
    workbook.epoch = datetime(1904, 1, 1)
    workbook.active.append([date(2023, 1, 2)])
    workbook.save(tmp_path / "mac.xlsx")
    assert read(tmp_path / "mac.xlsx")[1] == [[1, 0, [["d", "2023-01-02"]]]]


def test_a_text_far_longer_than_a_cell_holds_is_refused_with_its_place(read):
    body = f"<sheetData><row r='3'>{TEXT.format('a' * 100_001)}</row></sheetData>"
    assert refusal(read, body) == ("long_cell", {"sheet": "Tiekartta", "row": 3})


# --- sheets ---------------------------------------------------------------------------------------


def test_what_is_hidden_and_what_is_merged(tmp_path, read):
    workbook = Workbook()
    sheet = workbook.active
    for row in range(1, 7):
        sheet.append([f"{row}-{column}" for column in range(1, 6)])
    sheet.row_dimensions[2].hidden = sheet.row_dimensions[9].hidden = True
    sheet.row_dimensions[3].height = 0
    for letter in "BH":
        sheet.column_dimensions[letter].hidden = True
    sheet.merge_cells("A3:A5")
    sheet.merge_cells("D6:XFD6")
    sheet.merge_cells("A20:B30")
    workbook.create_sheet("Piilo").sheet_state = "veryHidden"
    workbook.save(tmp_path / "hidden.xlsx")
    book, rows = read(tmp_path / "hidden.xlsx")
    first, second = book["sheets"]
    assert [number for number, hidden, _ in rows if hidden] == [2]
    assert (first["hidden_rows"], first["hidden_columns"]) == (1, [2])
    assert sorted(first["merged"]) == [[3, 1, 5, 1], [6, 4, 6, 5]]
    assert (second["name"], second["state"], second["rows"]) == ("Piilo", "veryHidden", 0)


def test_chart_sheets_are_skipped_and_said_to_be(tmp_path, read):
    workbook = Workbook()
    workbook.create_chartsheet("Kaavio", 0)
    workbook.active = 1
    workbook.worksheets[0].append(["a"])
    workbook.save(tmp_path / "chart.xlsx")
    book, rows = read(tmp_path / "chart.xlsx")
    assert ([s["name"] for s in book["sheets"]], rows) == (["Sheet"], [[1, 0, ["a"]]])
    assert book["left_out"] == ["chart_sheets"]


@pytest.mark.parametrize(
    ("body", "numbers", "stopped_at"),
    [
        ('<dimension ref="A1:XFD1048576"/><sheetData><row>{0}</row></sheetData>', [1], None),
        ('<sheetData><row>{0}</row><row r="1048576">{0}</row></sheetData>', [1], 1001),
        ('<sheetData><row>{0}</row><row r="1002">{0}</row></sheetData>', [1], 1001),
        ('<sheetData><row>{0}</row><row r="1001">{0}</row></sheetData>', [1, 1001], None),
        ("<sheetData><row>{0}</row>{1}</sheetData>", [1], None),
        ("<sheetData><row>{0}</row>{1}<row>{0}</row></sheetData>", [1], 1001),
    ],
)
def test_reading_ends_after_a_thousand_blank_rows(read, body, numbers, stopped_at):
    blank = "".join(f'<row r="{n}" s="1"><c r="A{n}" s="0"/></row>' for n in range(2, 30_000))
    start = time.process_time()
    book, rows = read(body.format(TEXT.format("a"), blank))
    assert [number for number, _, _ in rows] == numbers
    assert book["sheets"][0]["stopped_at"] == stopped_at
    assert time.process_time() - start < 1


def test_a_sheet_of_more_rows_than_are_read_ends_there_and_the_next_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(book_folder, "MAX_ROWS", 5)
    monkeypatch.setattr(book_folder, "MAX_ROWS_IN_ALL", 12)
    workbook = Workbook()
    for rows in (9, 5, 3, 0):
        sheet = workbook.create_sheet()
        for number in range(rows):
            sheet.append([number])
    workbook.remove(workbook.worksheets[0])
    workbook.save(tmp_path / "long.xlsx")
    book = extract(tmp_path / "long.xlsx", tmp_path)
    assert [(s["rows"], s["rows_beyond"]) for s in book["sheets"]] == [
        *((5, True), (5, False), (2, True), (0, False))
    ]


def test_the_largest_road_map_has_room_below_its_headers():
    assert book_folder.MAX_ROWS >= layout.MAX_ROWS + HEADER_ROWS + MOST_HEADER_ROWS


def test_cells_right_of_the_columns_that_are_read_are_counted(read):
    book, rows = read(
        '<sheetData><row><c r="A1"><v>1</v></c><c r="SF1"><v>2</v></c><c r="SG1"><v>3</v></c>'
        '<c r="XFD1"><f>1+1</f><v>4</v></c><c r="SH1" s="0"/></row></sheetData>'
    )
    assert (rows[0][2][0], rows[0][2][499], len(rows[0][2])) == (1, 2, 500)
    assert book["sheets"][0]["columns_beyond"] == 2


def test_the_head_is_the_first_forty_rows_cut_short(read):
    row = "<row>" + TEXT.format("a" * 200) * 201 + "</row>"
    book, rows = read(f"<sheetData>{row * 41}</sheetData>")
    head = book["sheets"][0]["head"]
    assert (len(head), len(rows)) == (40, 41)
    assert head[0] == [1, ["a" * 120] * 201]
    assert rows[0] == [1, 0, ["a" * 200] * 201]


def test_every_thousandth_row_is_told(read):
    told = []
    read(f"<sheetData>{f'<row>{TEXT.format(1)}</row>' * 2500}</sheetData>", progress=told.append)
    assert told == [1000, 2000]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({SHEET: f'<worksheet xmlns="{MAIN}"><sheetData><row><c t="s"><v>9</v>'}, "broken"),
        (
            {SHEET: f'<worksheet xmlns="{MAIN}"><sheetData><row r="x"/></sheetData></worksheet>'},
            "broken",
        ),
        ({"xl/workbook.xml": f'<workbook xmlns="{MAIN}"><sheets/></workbook>'}, "no_sheets"),
        ({"xl/_rels/workbook.xml.rels": "<Relationships/>"}, "broken"),
        ({"xl/styles.xml": "<a"}, "broken"),
        ({TYPES: "<Types>spreadsheetml</Types>"}, "broken"),
    ],
)
def test_a_workbook_that_does_not_hold_together_is_broken(tmp_path, read, parts, code):
    assert refusal(read, with_parts(tmp_path / "a.xlsx", parts)) == (code, {})


def test_a_sheet_whose_part_is_missing_is_broken(tmp_path, read):
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    )
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    relations += (
        f'<Relationship Id="rId1" Type="{kind}" Target="worksheets/none.xml"/></Relationships>'
    )
    path = with_parts(tmp_path / "a.xlsx", {"xl/_rels/workbook.xml.rels": relations})
    assert refusal(read, path) == ("broken", {})


def test_a_kind_that_was_expected_is_held_against_the_content(tmp_path, read):
    path = tmp_path / "a"
    path.write_bytes(small_workbook())
    assert refusal(read, path, kind="csv") == ("workbook_named_otherwise", {"ending": ".csv"})
