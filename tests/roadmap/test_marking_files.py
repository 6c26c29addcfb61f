import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import load_workbook

from roadmap.workbook.marking import Mark, NotMarked, mark_csv
from tests.roadmap.marking_books import (
    LISTING,
    MACRO_TYPE,
    MAIN,
    MARKED,
    SHEET_TYPE,
    at,
    look,
    marked,
    parts,
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
    code = (
        "import runpy, sys; runpy.run_module('roadmap.workbook.marking', run_name='__main__');"
        "assert not {'django', 'openpyxl'} & set(sys.modules)"
    )
    given = {"listing": LISTING._asdict(), "marks": [each._asdict() for each in marks]}
    return subprocess.run(
        [sys.executable, "-c", code, source, target],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


def test_a_child_process_marks_a_file_without_django(tmp_path):
    source, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    source.write_bytes(small_book().getvalue())
    done = run(source, target, [at("B2")])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert look(load_workbook(target)["Data"]["B2"]) == MARKED


def test_a_child_process_says_why_it_failed_and_leaves_nothing(tmp_path):
    source, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    source.write_bytes(b"no zip")
    done = run(source, target, [at("B2")])
    assert (done.returncode, done.stderr) == (
        *(1, "the workbook cannot be marked: File is not a zip file\n"),
    )
    assert not target.exists()
