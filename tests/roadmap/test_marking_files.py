import io
import json
import re
from pathlib import Path

import pytest
from django.utils.translation import override
from openpyxl import load_workbook

from roadmap.workbook import sandbox
from roadmap.workbook.faults import WorkbookRefused
from roadmap.workbook.marking.marked_book import Mark, NotMarked, mark_csv
from tests.roadmap.marking_books import (
    LISTING,
    MACRO_TYPE,
    MAIN,
    MARKED,
    RELATED_BY,
    SHEET_TYPE,
    at,
    look,
    marked,
    parts,
    rich_book,
    small_book,
    with_macros,
    zipped,
)

ROOT = Path(__file__).parents[2]


def test_macros_and_their_signatures_are_left_out():
    source = with_macros(small_book())
    new = parts(marked(source, at("B2")))
    gone = {"xl/vbaProject.bin", "xl/vbaProjectSignature.bin", "xl/_rels/vbaProject.bin.rels"}
    assert parts(source).keys() - new.keys() == gone
    types = new["[Content_Types].xml"]
    assert (b"vba" in types, MACRO_TYPE in types, types.count(SHEET_TYPE)) == (False, False, 1)
    assert b"vba" not in new["xl/_rels/workbook.xml.rels"]
    assert look(load_workbook(zipped(new))["Data"]["B2"]) == MARKED


def workbook_part(change):
    """What becomes of a workbook's own part that was changed before."""
    members = parts(rich_book())
    old = members["xl/workbook.xml"]
    members["xl/workbook.xml"] = change(old)
    assert members["xl/workbook.xml"] != old
    return parts(marked(zipped(members)))["xl/workbook.xml"].decode()


def test_every_window_opens_with_the_listing():
    views = b'<bookViews><workbookView firstSheet="1" activeTab="2"/><workbookView/></bookViews>'
    part = workbook_part(lambda old: re.sub(rb"<bookViews>.*</bookViews>", views, old))
    zero = '<bookViews><workbookView firstSheet="0" activeTab="0"/><workbookView/></bookViews>'
    assert zero in part


@pytest.mark.parametrize("views", [b"", b"<bookViews/>"])
def test_a_workbook_without_windows_gets_one(views):
    part = workbook_part(lambda old: re.sub(rb"<bookViews>.*</bookViews>", views, old))
    assert "<bookViews><workbookView/></bookViews><sheets><sheet xmlns:r=" in part


def test_the_new_sheet_has_numbers_that_no_other_has():
    part = workbook_part(lambda old: old.replace(b'sheetId="2"', b'sheetId="17"'))
    sheets = re.findall(r'<sheet [^>]*name="([^"]*)" sheetId="(\d+)"[^>]*r:id="(\w+)"', part)
    ids = dict(re.findall(r'sheetId="(\d+)"[^>]*r:id="(\w+)"', part))
    assert (sheets[0][:2], len(ids), len(set(ids.values()))) == (("Virheet", "18"), 4, 4)


def test_a_workbook_of_the_strict_standard_gets_parts_of_that_standard():
    strict = b"http://purl.oclc.org/ooxml/"
    members = parts(small_book())
    for name in members:
        data = members[name].replace(MAIN.encode(), strict + b"spreadsheetml/main")
        members[name] = data.replace(RELATED_BY.encode(), strict + b"officeDocument/relationships")
    after = parts(marked(zipped(members), at("B2")))
    changed = [name for name in after if after[name] != members.get(name)]
    assert "xl/comments1.xml" in changed
    assert [name for name in changed if MAIN.encode() in after[name]] == []
    assert [name for name in changed if RELATED_BY.encode() in after[name]] == []


def test_a_workbook_with_macro_sheets_is_refused():
    members = parts(small_book())
    kind = b"http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"
    name = "xl/_rels/workbook.xml.rels"
    members[name] = members[name].replace(RELATED_BY.encode() + b"/worksheet", kind)
    with pytest.raises(NotMarked):
        marked(zipped(members), at("B2"))


def test_a_signature_that_no_longer_holds_is_left_out():
    members = parts(small_book())
    kind = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature"
    members["_rels/.rels"] = members["_rels/.rels"].replace(
        b"</Relationships>",
        f'<Relationship Id="rId9" Type="{kind}/origin" Target="_xmlsignatures/origin.sigs"/>'
        "</Relationships>".encode(),
    )
    members["_xmlsignatures/origin.sigs"] = b""
    members["_xmlsignatures/_rels/origin.sigs.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{kind}/signature" Target="sig1.xml"/></Relationships>'
    ).encode()
    members["_xmlsignatures/sig1.xml"] = b"<Signature/>"
    after = parts(marked(zipped(members), at("B2")))
    assert [name for name in after if "signature" in name] == []
    assert (b"signature" in after["_rels/.rels"], b"officeDocument" in after["_rels/.rels"]) == (
        *(False, True),
    )


def test_each_new_part_has_its_type_once():
    types = parts(marked(marked(small_book(), at("B2")), at("A1")))["[Content_Types].xml"]
    named = re.findall(rb'PartName="/xl/([^"]*)"', types)
    assert sorted(named) == [
        *(b"comments1.xml", b"styles.xml", b"theme/theme1.xml", b"workbook.xml"),
        *(b"worksheets/sheet1.xml", b"worksheets/sheet2.xml", b"worksheets/sheet3.xml"),
    ]
    assert re.findall(rb'Extension="([^"]*)"', types) == [b"rels", b"xml", b"vml"]


def test_a_csv_file_comes_back_as_text_with_its_faults_marked():
    target = io.BytesIO()
    rows = [["Tunnus", "Arvo"], [], ["=1+1", "12,5"], [None, "001"]]
    marks = [
        at("B3", "tiekartta/2021:luonnos.csv"),
        Mark("", "", "", ["tiedosto", "", "", "puolipiste"]),
    ]
    mark_csv(iter(rows), target, marks, LISTING)
    book = load_workbook(target)
    name = "tiekartta 2021 luonnos.csv"
    assert book.sheetnames == ["Virheet", name]
    sheet = book[name]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Tunnus", "Arvo"],
        [None, None],
        ["=1+1", "12,5"],
        [None, "001"],
    ]
    assert (sheet["A3"].data_type, sheet["A3"].quotePrefix) == ("s", True)
    assert (sheet["B3"].comment.text, look(sheet["B3"])) == ("ei ole luku", MARKED)
    assert book.worksheets[0]["A4"].hyperlink.location == f"'{name}'!B3"


@pytest.mark.parametrize(
    "broken",
    [
        io.BytesIO(b"no zip"),
        zipped({"a.txt": b"hello"}),
        small_book(b"<worksheet"),
        small_book(f'<!DOCTYPE x [<!ENTITY a "b">]><worksheet xmlns="{MAIN}"/>'.encode()),
    ],
)
def test_what_cannot_be_marked_is_refused(broken):
    with pytest.raises(NotMarked):
        marked(broken, at("A1"))


def run(source, target, marks):
    said = target.with_name("marks.json")
    given = {"listing": LISTING._asdict(), "marks": [each._asdict() for each in marks]}
    said.write_text(json.dumps(given))
    sandbox.run("roadmap.workbook.marking", [str(source), str(target), str(said)])


def test_a_child_process_marks_a_file(tmp_path):
    source, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    source.write_bytes(small_book().getvalue())
    run(source, target, [at("B2")])
    assert look(load_workbook(target)["Data"]["B2"]) == MARKED


def test_a_child_process_that_cannot_mark_says_so_and_leaves_nothing(tmp_path):
    source, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    source.write_bytes(b"no zip")
    with pytest.raises(WorkbookRefused, match="cannot be marked"), override("en"):
        run(source, target, [at("B2")])
    assert not target.exists()
