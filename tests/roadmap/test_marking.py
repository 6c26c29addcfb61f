import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from roadmap.workbook.marking.listing import sheet_name
from roadmap.workbook.marking.marked_book import Mark
from tests.roadmap.marking_books import (
    DARK,
    LINE,
    LISTING,
    MAIN,
    MARKED,
    NAME,
    WASH,
    at,
    look,
    marked,
    parts,
    prefixed,
    rich_book,
    small_book,
    worksheet,
    zipped,
)

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
REAL = [
    (DATA / "13_en_packt_tpm_project_plan.xlsx", "Project Plan"),
    (DATA / "21_en_tola_bulk_indicator_template.xlsx", "Import indicators"),
    (DATA / "21_en_tola_bulk_indicator_template.xlsx", "Hidden"),
    (DATA / "tenjo-2024-2025.xlsx", "Tiekartta"),
    (ROOT / "fixtures" / "tiekartta-2021-2023.xlsx", "Tiekartta"),
]
ALWAYS = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}


def changes(before, after):
    """The names of parts: those that changed, and those that are new. None may be gone."""
    old, new = parts(before), parts(after)
    assert old.keys() <= new.keys()
    return {name for name in old if old[name] != new[name]}, new.keys() - old.keys()


def styles(cell, known):
    """The looks of a cell, compared as text: openpyxl compares them a thousand times slower."""
    if cell.style_id not in known:
        known[cell.style_id] = repr([cell.font, cell.fill, cell.border, cell.alignment])
    return known[cell.style_id]


def contents(sheet, places):
    """Value, type, format, looks, comment and link of each of the cells, by its place."""
    known, cells = {}, [sheet[place] for place in places]
    return {
        cell.coordinate: [
            *(str(cell.value), cell.data_type, cell.number_format, styles(cell, known)),
            cell.comment and cell.comment.text,
            cell.hyperlink and (cell.hyperlink.ref, cell.hyperlink.target),
        ]
        for cell in cells
    }


def assert_others_kept(before, after, *touched):
    """All cells but the touched ones (sheet, cell) are as before, cached values included."""
    for data_only in (False, True):
        old = load_workbook(before, data_only=data_only, rich_text=True)
        new = load_workbook(after, data_only=data_only, rich_text=True)
        assert new.sheetnames[1:] == old.sheetnames
        for name in old.sheetnames:
            assert new[name].merged_cells.ranges == old[name].merged_cells.ranges
            assert new[name].sheet_state == old[name].sheet_state
            cells = [cell.coordinate for row in old[name].iter_rows() for cell in row]
            others = [cell for cell in cells if (name, cell) not in touched]
            assert contents(new[name], others) == contents(old[name], others)


def test_a_bad_cell_is_marked_and_keeps_its_value_and_its_format():
    file = marked(rich_book(), at("B3", NAME, "liian suuri"))
    cell = load_workbook(file)[NAME]["B3"]
    assert (cell.value, cell.number_format, cell.comment.text, cell.comment.author) == (
        *(0.155, "0.0%", "liian suuri", "Digistrategia"),
    )
    assert (cell.font.i, cell.font.color.rgb, cell.alignment.horizontal) == (
        *(True, "FFFF0000", "center"),
    )
    assert look(cell) == MARKED


def test_a_bad_formula_keeps_its_formula_and_the_value_that_was_saved():
    file = marked(rich_book(), at("C2", NAME))
    assert load_workbook(file)[NAME]["C2"].value == "=B2*2"
    assert load_workbook(file, data_only=True)[NAME]["C2"].value == 84


def test_light_text_is_read_on_a_dark_fill():
    cell = load_workbook(marked(rich_book(), at("A1", NAME)))[NAME]["A1"]
    assert (cell.font.color.rgb, look(cell)) == ("FFFFFFFF", (DARK, {("thick", LINE)}))


def test_nothing_changes_but_the_parts_that_have_a_share_in_it():
    source = rich_book()
    file = marked(source, at("B3", NAME), at("E20", NAME))
    sheet = {"xl/worksheets/sheet1.xml", "xl/worksheets/_rels/sheet1.xml.rels"}
    assert changes(source, file) == (
        ALWAYS | sheet,
        {"xl/worksheets/sheet4.xml", "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"},
    )
    assert_others_kept(source, file, (NAME, "B3"))


def test_charts_rules_and_names_are_kept_and_local_names_move_with_their_sheets():
    book = load_workbook(marked(rich_book(), at("B3", NAME)))
    sheet = book[NAME]
    assert [len(ws._charts) for ws in book.worksheets] == [0, 1, 0, 0]
    assert [str(area.sqref) for area in sheet.conditional_formatting] == ["B2:B9"]
    assert [str(rule.sqref) for rule in sheet.data_validations.dataValidation] == ["E2:E9"]
    assert [dict(ws.defined_names).keys() for ws in book.worksheets] == [
        *({}.keys(), {"Alue": 1}.keys(), {}.keys(), {"Alue": 1}.keys()),
    ]
    assert book["Piilo"].defined_names["Alue"].attr_text == "Piilo!$A$1"
    assert (sheet.print_title_rows, sheet.freeze_panes) == ("$1:$1", "B2")
    assert book["Piilo"].sheet_state == "hidden"


def test_the_listing_comes_first_and_its_links_lead_to_the_cells():
    marks = [
        at("B3", NAME),
        at("XFD9", "Muistio"),
        Mark("", "", "", ["tiedosto", "", "", "yksi taulukko"]),
        Mark("Muu", "A1", "x", ["Muu!A1", "", "", ""]),
        Mark(NAME, "ABCD1", "x", [f"{NAME}!ABCD1", "", "", ""]),
    ]
    book = load_workbook(marked(rich_book(), *marks))
    sheet = book.worksheets[0]
    assert (book.active.title, sheet.title, sheet.freeze_panes) == ("Virheet", "Virheet", "A4")
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["3 virhettä", None, None, None],
        [None] * 4,
        LISTING.headers,
        [f"{NAME}!B3", "Arvo", "x", "luku"],
        ["Muistio!XFD9", "Arvo", "x", "luku"],
        ["tiedosto", None, None, "yksi taulukko"],
        ["Muu!A1", None, None, None],
        [f"{NAME}!ABCD1", None, None, None],
    ]
    links = [cell.hyperlink for cell in sheet["A"]]
    assert [link and (link.ref, link.location, link.target) for link in links] == [
        *(None, None, None),
        ("A4", "'Äijän ''oma'' sheet'!B3", None),
        ("A5", "'Muistio'!XFD9", None),
        *(None, None, None),
    ]
    assert all(cell.alignment.wrap_text for cell in sheet[4])


def test_one_sheet_alone_is_selected():
    file = marked(rich_book(), at("B3", NAME))
    selected = [bool(ws.sheet_view.tabSelected) for ws in load_workbook(file).worksheets]
    assert selected == [True, False, False, False]


def test_of_a_sheet_without_marks_its_selection_alone_changes():
    source = rich_book()
    old, new = parts(source), parts(marked(source, at("A1", "Muistio")))
    was, is_ = old["xl/worksheets/sheet1.xml"], new["xl/worksheets/sheet1.xml"]
    assert is_ == was.replace(b'tabSelected="1"', b'tabSelected="0"')
    assert is_ != was


@pytest.mark.parametrize("sign", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_text_in_the_listing_never_becomes_a_formula(sign):
    file = marked(small_book(), Mark("Data", "B2", sign, [sign, sign]))
    cells = load_workbook(file).worksheets[0][4]
    assert [(cell.value, cell.data_type, cell.quotePrefix) for cell in cells[:2]] == [
        (sign, "s", True)
    ] * 2


def test_cells_and_rows_that_are_missing_are_put_in_at_their_place():
    cells = (
        '<sheetData>\n <row r="2" spans="2:3" s="0"><c r="B2"><v>1</v></c>'
        '<c r="D2" s="0" ><v>2</v></c></row>\n<!-- keep --><row r="4"/><row r="9"\n/></sheetData>'
    )
    source = small_book(worksheet(cells, '<dimension ref="B2:D2"/>'))
    places = ["A2", "C2", "E2", "D2", "A1", "B3", "C3", "B4", "A12"]
    data = parts(marked(source, *map(at, places)))["xl/worksheets/sheet1.xml"].decode()
    new = re.search(r's="(\d+)"/>', data)[1]
    expected = (
        f'<sheetData>\n <row r="1"><c r="A1" s="{new}"/></row>'
        f'<row r="2" spans="1:5" s="0"><c r="A2" s="{new}"/><c r="B2"><v>1</v></c>'
        f'<c r="C2" s="{new}"/><c r="D2" s="{new}" ><v>2</v></c><c r="E2" s="{new}"/></row>\n'
        f'<!-- keep --><row r="3"><c r="B3" s="{new}"/><c r="C3" s="{new}"/></row>'
        f'<row r="4"><c r="B4" s="{new}"/></row><row r="9"\n/>'
        f'<row r="12"><c r="A12" s="{new}"/></row></sheetData>'
    )
    assert data.startswith(f'<worksheet xmlns="{MAIN}"><dimension ref="A1:E12"/>{expected}<legacy')


def test_a_missing_cell_looks_as_its_row_or_its_column_does():
    source = parts(rich_book())
    sheet = worksheet(
        '<sheetData><row r="1" s="2" customFormat="1"/><row r="2" s="2"/></sheetData>',
        '<cols><col min="2" max="3" width="9" style="1"/></cols>',
    )
    source["xl/worksheets/sheet2.xml"] = sheet
    file = marked(zipped(source), *(at(cell, "Muistio") for cell in ["B1", "B2", "D2", "C5"]))
    formats = re.findall(rb"<xf [^>]*>", parts(file)["xl/styles.xml"].split(b"<cellXfs")[1])
    new = parts(file)["xl/worksheets/sheet2.xml"]
    used = dict(re.findall(rb'<c r="(\w+)" s="(\d+)"/>', new))
    fonts = {place: re.search(rb'fontId="(\d+)"', formats[int(s)])[1] for place, s in used.items()}
    plain, column, row = (re.search(rb'fontId="(\d+)"', formats[n])[1] for n in (0, 1, 2))
    assert fonts == {b"B1": row, b"B2": column, b"D2": plain, b"C5": column}


def test_places_that_the_file_leaves_out_are_counted():
    cells = '<sheetData><row><c/><c s="0"><v>1</v></c></row><row><c/></row></sheetData>'
    source = small_book(worksheet(cells))
    data = parts(marked(source, at("B1"), at("A2")))["xl/worksheets/sheet1.xml"].decode()
    new = re.search(r's="([1-9]\d*)"', data)[1]
    assert f'<row><c/><c s="{new}"><v>1</v></c></row><row><c s="{new}"/></row>' in data


def test_an_empty_sheet_takes_a_mark():
    for cells in ("<sheetData/>", "<sheetData></sheetData>"):
        file = marked(small_book(worksheet(cells)), at("C7"))
        assert look(load_workbook(file)["Data"]["C7"]) == MARKED


def test_of_a_merged_area_the_cell_that_is_seen_is_marked():
    book = load_workbook(marked(rich_book(), at("C7", NAME, "yksi"), at("A6", NAME, "kaksi")))
    cell = book[NAME]["A6"]
    assert (cell.value, cell.comment.text, look(cell)[0]) == ("yhdessä", "kaksi\n\nyksi", WASH)
    assert book.worksheets[0]["A4"].hyperlink.location.endswith("!C7")


def test_prefixes_of_the_file_are_kept():
    members = parts(small_book(comment=True))
    for name in members:
        if name.startswith("xl/") and name.endswith(".xml") and "theme" not in name:
            members[name] = prefixed(members[name])
    book = load_workbook(marked(zipped(members), at("B2"), at("A1"), at("D9")))
    sheet = book["Data"]
    assert [look(sheet[cell]) for cell in ("A1", "B2", "D9")] == [MARKED] * 3
    assert sheet["B2"].comment.text == "ei ole luku\n\nvanha"
    assert (sheet["B2"].value, book.sheetnames) == (5, ["Virheet", "Data"])


def test_the_drawing_of_comments_stands_where_the_schema_has_it():
    after = '<tableParts count="0"/><extLst/>'
    before = '<pageMargins left="1" right="1" top="1" bottom="1" header="1" footer="1"/>'
    source = small_book(worksheet("<sheetData/>", "", before + after))
    data = parts(marked(source, at("A1")))["xl/worksheets/sheet1.xml"].decode()
    assert re.sub(r"<(\w+)[^>]*>", r"\1 ", data.split("</sheetData>")[1]) == (
        "pageMargins legacyDrawing tableParts extLst </worksheet>"
    )


def test_a_part_in_utf_16_is_marked_too():
    text = parts(small_book())["xl/worksheets/sheet1.xml"].decode()
    text = '<?xml version="1.0" encoding="UTF-16"?>' + re.sub(r"<\?xml[^>]*>", "", text)
    file = marked(small_book(text.encode("utf-16")), at("B2"))
    assert look(load_workbook(file)["Data"]["B2"]) == MARKED


def test_the_name_of_the_listing_is_one_that_excel_takes():
    assert sheet_name("Virheet") == "Virheet"
    assert sheet_name("virheet", ["Virheet", "Virheet (2)"]) == "virheet (3)"
    assert sheet_name("a/b:c*[d]?\\e" + "f" * 40, ["x"]) == "a b c  d   e" + "f" * 19
    assert sheet_name("x" * 40, ["X" * 31]) == "x" * 27 + " (2)"
    assert sheet_name("'?'") == "Digistrategia"


@pytest.mark.parametrize(("path", "sheet"), REAL)
def test_real_workbooks_are_marked_and_nothing_else_in_them_changes(path, sheet):
    source = io.BytesIO(path.read_bytes())
    cells = ["A1", "B2", "C3", "D4", "ZZ3", "A4000"]
    file = marked(source, *(at(cell, sheet, f"vika {cell}") for cell in cells))
    assert_others_kept(source, file, *((sheet, cell) for cell in cells))
    shared = r"xl/worksheets/.*|xl/comments1\.xml|xl/drawings/vmlDrawing1\.vml"
    assert {n for n in changes(source, file)[0] if not re.fullmatch(shared, n)} == ALWAYS
    book, before = load_workbook(file), load_workbook(source)
    for cell in cells:
        new, old = book[sheet][cell], before[sheet][cell]
        was = old.comment.text if old.comment else ""
        assert look(new)[1] == {("thick", LINE)}
        assert (new.value, new.number_format) == (old.value, old.number_format)
        if not was.startswith("[Threaded comment]"):
            assert new.comment.text == (f"vika {cell}\n\n{was}" if was else f"vika {cell}")


def test_a_marked_file_can_be_marked_again():
    once = marked(rich_book(), at("B3", NAME, "yksi"), at("C2", NAME, "kaksi"))
    twice = marked(once, at("B3", NAME, "yksi"), at("C2", NAME, "uusi"), at("A9", NAME))
    book = load_workbook(twice)
    assert book.sheetnames == ["Virheet (2)", "Virheet", NAME, "Muistio", "Piilo"]
    notes = [book[NAME][cell].comment.text for cell in ("B3", "C2", "A9")]
    assert notes == ["yksi", "uusi\n\nkaksi", "ei ole luku"]
    assert [bool(ws.sheet_view.tabSelected) for ws in book.worksheets] == [True] + [False] * 4
    assert_others_kept(once, twice, *((NAME, cell) for cell in ("B3", "C2", "A9")))


CELLS = st.builds("{}{}".format, st.sampled_from(["A", "B", "C", "G", "AB"]), st.integers(1, 12))


@given(st.dictionaries(CELLS, st.text(min_size=1, max_size=9).map("v{}".format), max_size=12))
@settings(max_examples=20, deadline=None)
def test_any_set_of_marks_is_found_again_and_no_other(notes):
    source = rich_book()
    marks = [at(cell, NAME, note) for cell, note in notes.items()]
    file = marked(source, *marks)
    sheet = load_workbook(file)[NAME]
    washed = {c.coordinate for row in sheet.iter_rows() for c in row if look(c)[0] in (WASH, DARK)}
    merged = {f"{column}{row}" for column in "ABC" for row in (6, 7)}
    assert washed == {"A6" if cell in merged else cell for cell in notes}
    assert len([c for row in sheet.iter_rows() for c in row if c.comment]) == len(washed)
    assert_others_kept(source, file, *((NAME, cell) for cell in washed | merged))
