import re
import zipfile
from io import BytesIO

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from mentors import evidence_files
from mentors.evidence_files import FileRefused, check, title_of, type_of
from tests.factories import workbook

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
PDF = b"%PDF-1.7\n%\xe2\xe3\n"
OFFICE = "application/vnd.openxmlformats-officedocument."
DOCUMENT = f"{OFFICE}wordprocessingml.document.main+xml"
SLIDES = f"{OFFICE}presentationml.presentation.main+xml"
ODT = "application/vnd.oasis.opendocument.text"


def archive(*parts):
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts:
            made.writestr(name, content)
    return file.getvalue()


def content_types(*types):
    overrides = "".join(f'<Override PartName="/a" ContentType="{t}"/>' for t in types)
    return "[Content_Types].xml", f'<?xml version="1.0"?><Types>{overrides}</Types>'


XLSX = workbook(["a"], [1]).getvalue()
DOCX = archive(content_types(DOCUMENT), ("word/document.xml", "<w/>"))


@pytest.fixture(autouse=True, scope="module")
def english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a.PNG", PNG, "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.jpeg", b"\xff\xd8\xff\xdb", "image/jpeg"),
        ("a.webp", b"RIFF\x0a\x00\x00\x00WEBPVP8 ", "image/webp"),
        ("a.gif", b"GIF89a", "image/gif"),
        ("a.docx", DOCX, f"{OFFICE}wordprocessingml.document"),
        ("a.xlsx", XLSX, f"{OFFICE}spreadsheetml.sheet"),
        ("a.pptx", archive(content_types(SLIDES)), f"{OFFICE}presentationml.presentation"),
        ("a.odt", archive(("mimetype", ODT)), ODT),
        ("a.txt", "Åäö € – rivi\n".encode(), "text/plain"),
        ("a.csv", "nimi;luku\nÅke;1".encode("cp1252"), "text/csv"),
        ("a.txt", "\ufeffÅ".encode(), "text/plain"),
        ("a.txt", "Åke <a>".encode("utf-16"), "text/plain"),
    ],
)
def test_a_file_of_an_accepted_kind_is_taken(name, content, kind):
    check(content, name)
    assert type_of(name) == kind


BOMB = archive(content_types(DOCUMENT), ("word/document.xml", bytes(50_000_000)))
KIND = "This kind of file is not taken"
CONTENT = "the content is something else or broken"
MACROS = "The file has macros"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.svg", b"<svg/>", KIND),
        ("a.html", b"<html>", KIND),
        ("a.exe", b"MZ", KIND),
        ("a.docm", DOCX, KIND),
        ("a", PDF, KIND),
        (".pdf", PDF, KIND),
        ("pdf", PDF, KIND),
        ("a.pdf.exe", PDF, KIND),
        ("", PDF, KIND),
        ("a.pdf", b"<!doctype html><script>alert(1)</script>", CONTENT),
        ("a.pdf", b" " + PDF, CONTENT),
        ("a.png", b"\xff\xd8\xff", CONTENT),
        ("a.webp", b"RIFF\x0a\x00\x00\x00AVI ", CONTENT),
        ("a.gif", b"GIF", CONTENT),
        ("a.txt", b"\n <html>", CONTENT),
        ("a.txt", "\ufeff<svg>".encode(), CONTENT),
        ("a.txt", "<svg>".encode("utf-16"), CONTENT),
        ("a.csv", b"#!/bin/sh\nrm -r /", CONTENT),
        ("a.txt", b"a\0b", CONTENT),
        ("a.txt", b"\x81\x8d", CONTENT),
        ("a.txt", b"\xff\xfea", CONTENT),
        ("a.docx", b"PK\x03\x04 not a zip", CONTENT),
        ("a.docx", PDF, CONTENT),
        ("a.docx", XLSX, CONTENT),
        ("a.docx", archive(("a.txt", "x")), CONTENT),
        ("a.docx", archive(("[Content_Types].xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>")), CONTENT),
        ("a.docx", archive(("[Content_Types].xml", "<broken")), CONTENT),
        ("a.docx", archive(("[Content_Types].xml", " " * 600_000)), CONTENT),
        ("a.docx", archive(content_types(DOCUMENT), ("A.xml", "1"), ("a.xml", "2")), CONTENT),
        (
            "a.docx",
            archive(content_types("application/vnd.ms-word.document.macroEnabled.main+xml")),
            MACROS,
        ),
        (
            "a.docx",
            archive(content_types(DOCUMENT, "application/vnd.ms-office.vbaProject")),
            MACROS,
        ),
        ("a.docx", archive(content_types(DOCUMENT), ("word/vbaProject.bin", "x")), MACROS),
        ("a.docx", archive(content_types(DOCUMENT, "application/x.macro&#69;nabled")), MACROS),
        (
            "a.xlsx",
            archive(content_types("application/vnd.ms-excel.intlmacrosheet+xml")),
            MACROS,
        ),
        ("a.odt", archive(("mimetype", ODT), ("Basic/a.xml", "x")), MACROS),
        ("a.ods", archive(("mimetype", ODT)), CONTENT),
        ("a.odt", archive(("mimetype", ODT * 20_000)), CONTENT),
        ("a.docx", b"PK\x01\x02" * 5001, "more parts than a document needs"),
    ],
)
def test_anything_else_is_refused_with_the_reason(name, content, says):
    with pytest.raises(FileRefused, match=re.escape(says)):
        check(content, name)


def test_a_zip_bomb_is_refused_and_no_part_of_it_unpacked(monkeypatch):
    monkeypatch.setattr(evidence_files, "MAX_UNPACKED_BYTES", 40_000_000)

    def unpack(*args, **kwargs):
        raise AssertionError("unpacked")

    monkeypatch.setattr(zipfile.ZipFile, "open", unpack)
    with pytest.raises(FileRefused, match="as a zip bomb does"):
        check(BOMB, "a.docx")


def test_of_a_document_only_its_contents_list_is_read(monkeypatch):
    opened, really_open = [], zipfile.ZipFile.open

    def spy(archive, name, *args, **kwargs):
        opened.append(name)
        return really_open(archive, name, *args, **kwargs)

    monkeypatch.setattr(zipfile.ZipFile, "open", spy)
    check(BOMB, "a.docx")
    assert opened == ["[Content_Types].xml"]


@pytest.mark.parametrize(
    ("sent", "title"),
    [
        ("Raportti 2022.pdf", "Raportti 2022.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\Erkki\\a.pdf", "a.pdf"),
        ("a\0b\u202efdp.exe", "a b fdp.exe"),
        ("ä" * 500 + ".xlsx", "ä" * 195 + ".xlsx"),
        ("a." + "b" * 500, ("a." + "b" * 500)[:200]),
        ("", ""),
    ],
)
def test_the_name_of_a_file_is_cleaned_for_its_title(sent, title):
    assert title_of(sent) == title


@given(st.binary(max_size=300), st.sampled_from([*evidence_files.TYPES, "exe", ""]))
def test_whatever_is_sent_is_taken_or_refused(content, kind):
    try:
        check(content, f"a.{kind}")
    except FileRefused as error:
        assert str(error)  # noqa: PT017


@given(st.text(max_size=300))
def test_whatever_the_name_its_title_can_be_kept_and_sent(name):
    title = title_of(name)
    assert len(title) <= 200
    assert title.isprintable()
    assert "\\" not in title
    assert "/" not in title
