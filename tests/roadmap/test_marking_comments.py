import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment

from tests.roadmap.marking_books import (
    MAIN,
    MARKED,
    RELATED_BY,
    at,
    look,
    marked,
    parts,
    saved,
    small_book,
    zipped,
)

DATA = Path(__file__).parents[1] / "data"
V = "{urn:schemas-microsoft-com:vml}"
X = "{urn:schemas-microsoft-com:office:excel}"


def with_comment(text: str):
    """A workbook whose cell B2 has a comment with that markup inside."""
    members = parts(small_book(comment=True))
    name = next(name for name in members if "comment" in name and name.endswith(".xml"))
    members[name] = (
        f'<comments xmlns="{MAIN}"><authors><author>Anna</author></authors><commentList>'
        f'<comment ref="B2" authorId="0">{text}</comment></commentList></comments>'
    ).encode()
    return zipped(members), name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<text><t>vanha</t></text>", "<text><t>uusi\n\nvanha</t></text>"),
        ("<text><t/></text>", "<text><t>uusi</t></text>"),
        ("<text/>", '<text><t xml:space="preserve">uusi</t></text>'),
        ("", '<text><t xml:space="preserve">uusi</t></text>'),
        ("<text><t>uusi</t></text>", "<text><t>uusi</t></text>"),
        ("<text><t>uusi\nvanha</t></text>", "<text><t>uusi\nvanha</t></text>"),
        ("<text><t>uusin</t></text>", "<text><t>uusi\n\nuusin</t></text>"),
        (
            "<text><r><rPr><b/></rPr><t>Anna:</t></r><r><t>vanha</t></r></text>",
            '<text><r><t xml:space="preserve">uusi\n\n</t></r>'
            "<r><rPr><b/></rPr><t>Anna:</t></r><r><t>vanha</t></r></text>",
        ),
    ],
)
def test_a_note_stands_in_front_of_the_comment_that_was_there(old, new):
    source, name = with_comment(old)
    before, after = parts(source), parts(marked(source, at("B2", note="uusi")))
    comment = '<comment ref="B2" authorId="0">{}</comment>'.format
    expected = before[name].decode().replace(comment(old), comment(new))
    assert after[name].decode() == expected


def test_a_cell_with_a_comment_keeps_its_box():
    source = small_book(comment=True)
    name = next(name for name in parts(source) if name.endswith(".vml"))
    after = parts(marked(source, at("B2")))
    assert after[name] == parts(source)[name]


def test_the_comments_that_were_there_stay_as_they_are():
    sheet = load_workbook(marked(small_book(comment=True), at("A1", note="uusi")))["Data"]
    notes = {cell: sheet[cell].comment for cell in ("A1", "B2")}
    assert {cell: (note.text, note.author) for cell, note in notes.items()} == {
        "A1": ("uusi", "Digistrategia"),
        "B2": ("vanha", "Anna"),
    }


def test_a_thread_of_comments_is_never_changed_and_its_cell_is_marked():
    source = io.BytesIO((DATA / "13_en_packt_tpm_project_plan.xlsx").read_bytes())
    file = marked(source, *(at(cell, "Project Plan") for cell in ("B1", "F1", "C2")))
    before, after = parts(source), parts(file)
    for name in ("xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"):
        assert after[name] == before[name]
    name = "xl/threadedComments/threadedComment1.xml"
    assert after[name] == before[name]
    book = load_workbook(file)
    assert [look(book["Project Plan"][cell]) for cell in ("B1", "F1", "C2")] == [MARKED] * 3
    assert book.worksheets[0]["A4"].hyperlink.location == "'Project Plan'!B1"


def boxes(drawing: bytes):
    """The boxes of a drawing: the number of each, and its row and column from 0 on."""
    root = ElementTree.fromstring(drawing)  # noqa: S314 (our own)
    shapes = root.findall(f"{V}shape")
    return [
        (
            int(shape.get("id").removeprefix("_x0000_s")),
            int(shape.find(f"{X}ClientData/{X}Row").text),
            int(shape.find(f"{X}ClientData/{X}Column").text),
        )
        for shape in shapes
    ]


def blocks(drawing: bytes):
    return re.search(rb'idmap [^>]*data="([^"]*)"', drawing)[1].decode()


def test_each_comment_has_a_box_at_its_cell():
    drawing = parts(marked(small_book(), at("B2"), at("XFD1048576")))["xl/drawings/vmlDrawing1.vml"]
    assert boxes(drawing) == [(1025, 1, 1), (1026, 1_048_575, 16_383)]
    anchors = re.findall(rb"<x:Anchor>\s*([^<]*)<", drawing)
    assert anchors == [
        b"2, 15, 0, 10, 5, 15, 5, 4",
        b"16379, 15, 1048570, 10, 16382, 15, 1048575, 4",
    ]


def test_numbers_of_boxes_are_those_of_no_other_box_in_the_workbook():
    book = Workbook()
    book.active.title = "Data"
    book.active["A1"].comment = Comment("vanha", "Anna")
    book.create_sheet("Muu")
    marks = [at(f"B{row}") for row in range(1, 1001)] + [
        at(f"C{row}", "Muu") for row in range(1, 1101)
    ]
    members = parts(marked(zipped(saved(book)), *marks))
    drawings = [members[name] for name in sorted(members) if name.endswith(".vml")]
    assert len(drawings) == 2
    numbers = [number for drawing in drawings for number, _, _ in boxes(drawing)]
    assert len(numbers) == len(set(numbers)) == 2101
    declared = {int(block) for drawing in drawings for block in blocks(drawing).split(",")}
    assert {number // 1024 for number in numbers} == declared == {1, 2, 3}


def test_a_drawing_without_comments_takes_them_as_excel_wrote_it():
    members = parts(small_book())
    button = (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml">\r\n<v:shape id="_x0000_s1025">'
        "<v:textbox><div>rivi<br>toinen</div></v:textbox></v:shape></xml>"
    )
    members["xl/drawings/vmlDrawing1.vml"] = button.encode()
    members["xl/worksheets/_rels/sheet1.xml.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{RELATED_BY}/vmlDrawing" '
        'Target="../drawings/vmlDrawing1.vml"/></Relationships>'
    ).encode()
    members["xl/worksheets/sheet1.xml"] = members["xl/worksheets/sheet1.xml"].replace(
        b"</worksheet>",
        f'<legacyDrawing xmlns:r="{RELATED_BY}" r:id="rId1"/></worksheet>'.encode(),
    )
    after = parts(marked(zipped(members), at("B2")))
    drawing = after["xl/drawings/vmlDrawing1.vml"].decode()
    assert drawing.startswith(button.removesuffix("</xml>") + "<v:shapetype")
    added = f"<xml xmlns:v='urn:schemas-microsoft-com:vml'>{drawing.partition('<br>')[2]}"
    added = re.sub("toinen</div></v:textbox></v:shape>", "", added)
    assert boxes(added.encode()) == [(1026, 1, 1)]
    assert after["xl/worksheets/sheet1.xml"].count(b"legacyDrawing") == 1


def test_what_xml_cannot_hold_is_left_out_of_a_note_and_all_else_is_kept():
    note = 'a\x00\ud800<b> & "c"\r\nä€😀'
    file = marked(small_book(), at("B2", note=note))
    assert load_workbook(file)["Data"]["B2"].comment.text == 'a<b> & "c"\nä€😀'


def test_a_note_that_looks_like_an_escape_of_excel_stays_as_it_is_written():
    comments = parts(marked(small_book(), at("B2", note="_x0041_ ja _x")))["xl/comments1.xml"]
    assert b">_x005F_x0041_ ja _x</t>" in comments
