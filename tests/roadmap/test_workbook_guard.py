import base64
import io
import random
import resource
import time
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from roadmap.workbook import guard
from roadmap.workbook.faults import WorkbookRefused
from tests.factories import read, save, workbook

DATA = Path(__file__).parents[1] / "data"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NEEDED = ["Tunnus", "Toimenpide", "Vaihe"]


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


def zipped(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    file.seek(0)
    return file


def with_part(part, content):
    """A whole workbook with one part exchanged."""
    file = io.BytesIO()
    whole = workbook(NEEDED, ["a", "b", 2021])
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    file.seek(0)
    return file


def refusal(file):
    with pytest.raises(WorkbookRefused) as refused:
        read(file)
    return str(refused.value)


def test_what_is_no_zip_is_refused():
    assert refusal(io.BytesIO(b"Tunnus;Toimenpide;Vaihe")).startswith("The file is not an Excel")
    assert refusal(io.BytesIO(b"")).startswith("The file is not an Excel")
    with (DATA / "91_broken_37_bytes_text.xlsx").open("rb") as file:
        assert refusal(file).startswith("The file is not an Excel")


def test_an_old_or_locked_workbook_is_refused_with_what_to_do():
    assert "Save it as .xlsx" in refusal(io.BytesIO(b"\xd0\xcf\x11\xe0" + b"\0" * 600))


def test_a_zip_that_is_no_workbook_is_refused():
    assert refusal(zipped(**{"a.txt": "hello"})).startswith("The file is a zip archive but not")


def test_a_zip_bomb_is_refused_without_being_unpacked():
    bomb = zipped(**{"[Content_Types].xml": "", "xl/worksheets/sheet1.xml": b"\0" * (200 << 20)})
    start = time.process_time()
    assert "zip bomb" in refusal(bomb)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("kept", [100, 1000, 3000])
def test_a_file_that_was_cut_short_is_refused(kept):
    whole = workbook(NEEDED, ["a", "b", 2021]).getvalue()
    refusal(io.BytesIO(whole[:kept]))


def test_a_file_with_damaged_data_in_the_middle_is_refused():
    rows = [[f"T-{n}", f"Nimi {n * 7919}", 2021] for n in range(2000)]
    whole = bytearray(workbook(NEEDED, *rows).getvalue())
    for place in range(len(whole) // 3, len(whole) // 3 + 400, 7):
        whole[place] ^= 0xFF
    refusal(io.BytesIO(bytes(whole)))


def test_a_file_with_mountains_of_styles_is_refused_before_it_is_read():
    styles = "<!-- " + base64.b64encode(random.randbytes(5 << 20)).decode() + " -->"
    assert "more styles" in refusal(with_part("xl/styles.xml", styles))


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "[Content_Types].xml"]
)
@pytest.mark.parametrize("content", ["", "<a", "<html></html>", "\0" * 50])
def test_a_workbook_with_a_broken_part_is_refused_and_never_crashes(part, content):
    try:
        assert read(with_part(part, content)).report.faults
    except WorkbookRefused as refused:
        assert str(refused)


def test_a_sheet_that_lies_about_its_size_ends_where_its_rows_end():
    book = Workbook()
    book.active.title = "Tiekartta"
    book.active.append(NEEDED)
    book.active.append(["a", "b", 2021])
    book.active.cell(1_048_576, 1, "far away")
    start = time.process_time()
    assert len(read(save(book)).rows) == 1
    assert time.process_time() - start < 5


def test_more_rows_than_are_read_are_refused_with_the_place_in_bounded_memory():
    cells = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in NEEDED)
    row = '<row><c t="inlineStr"><is><t>T-1</t></is></c></row>'
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData><row>{cells}</row>{row * 50_000}'
    file = with_part("xl/worksheets/sheet1.xml", f"{sheet}</sheetData></worksheet>")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refusal(file).startswith("Tiekartta!A20002: the sheet has more than 20000 rows")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_an_entity_bomb_is_refused():
    entities = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY a{n} "' + "&a{};".format(n - 1 or "") * 10 + '">' for n in range(1, 9)
    )
    sheet = (
        f'<?xml version="1.0"?><!DOCTYPE x [{entities}]><worksheet xmlns="{MAIN}"><sheetData>'
        '<row><c t="inlineStr"><is><t>&a8;</t></is></c></row></sheetData></worksheet>'
    )
    start = time.process_time()
    assert refusal(with_part("xl/worksheets/sheet1.xml", sheet)).startswith("The file is broken")
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "name", ["13_en_packt_tpm_project_plan.xlsx", "21_en_tola_bulk_indicator_template.xlsx"]
)
def test_a_workbook_of_another_layout_is_refused_or_its_faults_are_named(name):
    with (DATA / name).open("rb") as file:
        try:
            assert read(file).report.faults
        except WorkbookRefused as refused:
            assert "Tiekartta" in str(refused)


def test_a_formula_is_noticed_across_the_seam_of_two_blocks():
    class Part(io.BytesIO):
        def read(self, size):
            return super().read(7)

    class Archive:
        def open(self, name):
            return Part(b"<row><c r='A1'><f>1+1</f></c></row>")

    assert guard._contains_formula(Archive(), "sheet")
