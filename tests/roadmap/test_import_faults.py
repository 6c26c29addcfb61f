"""Faults come back in the person's own file: uploaded by the page, opened again, cell by cell."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from roadmap import imports
from roadmap.models import ImportState, RoadmapImport
from tests.factories import make_strategy

pytestmark = pytest.mark.django_db
HEADERS = ["Tunnus", "Toimenpide", "Vaihe", "Tavoitearvo", "Loppu", "Suunnitelma 2021Q2"]
ROWS = [
    ["a", "Hyvä", 2021, 100, "2021Q4", 50],
    ["b", "Ei luku", 2021, "n. 60", "Q5/2022", 50],
    ["a", None, 2050, 100, None, None],
]


def book_of_rows():
    book = Workbook()
    sheet = book.active
    sheet.title = "Tiekartta"
    for row in (HEADERS, *ROWS):
        sheet.append(row)
    sheet["D3"].font = Font(italic=True)
    sheet["D3"].number_format = "0.00"
    sheet["H2"] = "=D2*2"
    notes = book.create_sheet("Muistio")
    notes["A1"] = "=SUM(Tiekartta!D2:D4)"
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def upload(client, strategy, content, name):
    address = reverse("roadmap:import-list", args=[strategy.slug])
    client.post(address, {"file": SimpleUploadedFile(name, content)})
    kept = RoadmapImport.objects.latest("uploaded_at")
    imports.work_on(kept.pk)
    kept.refresh_from_db()
    return kept


def marked(client, kept):
    response = client.get(reverse("roadmap:import-faults", args=[kept.strategy.slug, kept.pk]))
    assert response.status_code == 200
    content = b"".join(response.streaming_content)
    return response, load_workbook(BytesIO(content)), content


def test_each_bad_cell_is_marked_and_listed_with_a_link(admin):
    kept = upload(admin, make_strategy(), book_of_rows(), "tiekartta.xlsx")
    assert kept.state == ImportState.CHECKED
    response, book, _content = marked(admin, kept)
    assert "tiekartta" in response.headers["Content-Disposition"]
    assert book.sheetnames == ["Faults", "Tiekartta", "Muistio"]
    sheet = book["Tiekartta"]
    comments = {c.coordinate: c.comment.text for row in sheet.rows for c in row if c.comment}
    assert comments == {
        "D3": "Target. Expected: a number, for example 60 or 60,5",
        "E3": "End. Expected: a quarter, month, day or year, "
        "for example Q4/2022, 31.12.2022 or 2022",
        "A4": "Code. Expected: a code that is not on a row above (row 2)",
        "B4": "Action. Expected: a value: it is never empty",
        "C4": "Phase. Expected: a phase of the strategy: 2021, 2022, 2023; "
        "other years belong to another strategy",
    }
    filled = {c.coordinate for row in sheet.rows for c in row if c.fill.fgColor.rgb == "FFE4E0FF"}
    assert filled == set(comments)
    listing = book["Faults"]
    links = {row[0].value: row[0].hyperlink.location for row in listing.iter_rows(min_row=4)}
    assert links == {f"Tiekartta!{cell}": f"'Tiekartta'!{cell}" for cell in comments}
    d3 = next(row for row in listing.iter_rows(min_row=4, values_only=True) if row[2] == "n. 60")
    assert d3 == ("Tiekartta!D3", "Target", "n. 60", "a number, for example 60 or 60,5")


def test_all_else_in_the_file_is_as_it_was(admin):
    kept = upload(admin, make_strategy(), book_of_rows(), "tiekartta.xlsx")
    _response, book, _content = marked(admin, kept)
    sheet = book["Tiekartta"]
    assert [[c.value for c in row[:6]] for row in sheet.iter_rows()] == [HEADERS, *ROWS]
    assert (sheet["H2"].value, book["Muistio"]["A1"].value) == (
        "=D2*2",
        "=SUM(Tiekartta!D2:D4)",
    )
    assert (sheet["D3"].font.italic, sheet["D3"].number_format) == (True, "0.00")


def test_the_mended_file_is_recognised_and_comes_in(admin):
    strategy = make_strategy()
    kept = upload(admin, strategy, book_of_rows(), "tiekartta.xlsx")
    _response, book, _content = marked(admin, kept)
    sheet = book["Tiekartta"]
    for cell, value in {"D3": 60, "E3": "2021Q4", "A4": "c", "B4": "Kolmas", "C4": 2022}.items():
        sheet[cell] = value
    sheet["H2"] = None
    book["Muistio"]["A1"] = None
    file = BytesIO()
    book.save(file)
    mended = upload(admin, strategy, file.getvalue(), "tiekartta – faults.xlsx")
    assert (mended.state, mended.faults, mended.counts["new"]) == (ImportState.CHECKED, [], 3)


def test_a_text_file_comes_back_as_a_workbook_with_its_faults(admin):
    content = "Tunnus;Toimenpide;Vaihe;Tavoitearvo\n\na;=1+1;2021;kuusi\n".encode("cp1252")
    kept = upload(admin, make_strategy(), content, "tiekartta.csv")
    _response, book, _content = marked(admin, kept)
    sheet = book["tiekartta"]
    assert (sheet["B3"].value, sheet["B3"].data_type) == ("=1+1", "s")
    assert sheet["D3"].comment.text == "Target. Expected: a number, for example 60 or 60,5"


def test_macros_are_not_given_back(admin):
    import zipfile

    plain = BytesIO(book_of_rows())
    file = BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "[Content_Types].xml":
                macro = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
                sheet = (
                    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
                )
                data = data.replace(sheet, macro)
            new.writestr(name, data)
        new.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0macro")
    kept = upload(admin, make_strategy(), file.getvalue(), "tiekartta.xlsm")
    assert kept.book["left_out"] == ["macros"]
    _response, book, content = marked(admin, kept)
    assert book["Tiekartta"]["D3"].comment is not None
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert "xl/vbaProject.bin" not in archive.namelist()
        assert b"macroEnabled" not in archive.read("[Content_Types].xml")


def test_an_import_without_faults_has_no_file_of_faults(admin):
    book = Workbook()
    book.active.title = "Tiekartta"
    book.active.append(HEADERS[:3])
    book.active.append(["a", "Hyvä", 2021])
    file = BytesIO()
    book.save(file)
    kept = upload(admin, make_strategy(), file.getvalue(), "tiekartta.xlsx")
    address = reverse("roadmap:import-faults", args=[kept.strategy.slug, kept.pk])
    assert admin.get(address).status_code == 302


def test_a_file_that_is_gone_is_said_on_the_page(admin):
    kept = upload(admin, make_strategy(), book_of_rows(), "tiekartta.xlsx")
    kept.file.storage.delete(kept.file.name)
    address = reverse("roadmap:import-faults", args=[kept.strategy.slug, kept.pk])
    page = admin.get(address, follow=True).content.decode()
    assert "Upload it again" in page
