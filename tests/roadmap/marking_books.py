"""Workbooks to mark: with what people's files hold, and openpyxl's would lose."""

import io
import re
import zipfile
from datetime import date

from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from roadmap.workbook.marking.marked_book import Listing, Mark, mark

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED_BY = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAME = "Äijän 'oma' sheet"
MACRO_TYPE = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
WASH, DARK, LINE = "FFE4E0FF", "FF4B3FA0", "FF5B4BC4"
LISTING = Listing("Virheet", "3 virhettä", ["Kohta", "Kenttä", "Löytyi", "Odotettiin"])
SHEET_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def parts(file) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    file.seek(0)
    return file


def saved(book) -> dict[str, bytes]:
    file = io.BytesIO()
    book.save(file)
    return parts(file)


def at(cell, sheet="Data", note="ei ole luku"):
    return Mark(sheet, cell, note, [f"{sheet}!{cell}", "Arvo", "x", "luku"])


def marked(source, *marks, listing=LISTING):
    target = io.BytesIO()
    mark(source, target, marks, listing)
    target.seek(0)
    return target


def look(cell):
    sides = [getattr(cell.border, side) for side in ("left", "right", "top", "bottom")]
    return cell.fill.fgColor.rgb, {(side.style, side.color and side.color.rgb) for side in sides}


MARKED = (WASH, {("thick", LINE)})


def rich_book() -> io.BytesIO:
    """Two sheets and a hidden one, with nearly everything that a roadmap of Excel may hold."""
    book = Workbook()
    _fill(book.active)
    notes = book.create_sheet("Muistio")
    notes["A1"] = "talteen"
    notes["B2"].comment = Comment("vanha", "Anna")
    hidden = book.create_sheet("Piilo")
    hidden.sheet_state = "hidden"
    hidden["A1"] = "=1+1"
    book.active.defined_names["Alue"] = DefinedName("Alue", attr_text=f"{_quoted()}!$A$1:$B$3")
    hidden.defined_names["Alue"] = DefinedName("Alue", attr_text="Piilo!$A$1")
    book.defined_names["Kaikki"] = DefinedName("Kaikki", attr_text="Piilo!$A$1")
    members = saved(book)
    sheet = members["xl/worksheets/sheet1.xml"]
    kept = re.sub(rb"<f>B2\*2</f><v ?/>|<f>B2\*2</f><v></v>", b"<f>B2*2</f><v>84</v>", sheet)
    assert kept != sheet
    members["xl/worksheets/sheet1.xml"] = _with_background(kept)
    rels = members["xl/worksheets/_rels/sheet1.xml.rels"]
    picture = f'<Relationship Id="rId77" Type="{RELATED_BY}/image" Target="../media/image1.png"/>'
    members["xl/worksheets/_rels/sheet1.xml.rels"] = rels.replace(
        b"</Relationships>", picture.encode() + b"</Relationships>"
    )
    members["xl/media/image1.png"] = b"\x89PNG\r\n\x1a\n not looked at"
    members["[Content_Types].xml"] = members["[Content_Types].xml"].replace(
        b"<Override", b'<Default Extension="png" ContentType="image/png"/><Override', 1
    )
    return zipped(members)


def _fill(sheet):
    sheet.title = NAME
    sheet.sheet_view.tabSelected = True
    sheet.append(["Tunnus", "Arvo", "Kaava", "Pvm"])
    sheet.append(["T-1", 42, "=B2*2", date(2021, 1, 2)])
    sheet.append([CellRichText("osin ", TextBlock(InlineFont(b=True), "lihavoitu")), 0.155, None])
    sheet["B3"].number_format = "0.0%"
    sheet["B3"].font = Font(italic=True, color="FFFF0000")
    sheet["B3"].alignment = Alignment(horizontal="center")
    sheet["A1"].font = Font(bold=True, color="FFFFFFFF")
    sheet["A1"].fill = PatternFill("solid", "FF000080")
    sheet["A6"] = "yhdessä"
    sheet.merge_cells("A6:C7")
    sheet.row_dimensions[3].height = 33
    sheet.column_dimensions["D"].width = 44
    red = PatternFill(bgColor="FFFF0000")
    sheet.conditional_formatting.add("B2:B9", CellIsRule("lessThan", ["10"], fill=red))
    valid = DataValidation("list", formula1='"a,b"')
    valid.add("E2:E9")
    sheet.add_data_validation(valid)
    sheet.print_title_rows = "1:1"
    sheet.freeze_panes = "B2"
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3))
    sheet.add_chart(chart, "G2")


def _quoted() -> str:
    return "'" + NAME.replace("'", "''") + "'"


def _with_background(sheet: bytes) -> bytes:
    """A picture behind the cells, which has its place after the drawing of the comments."""
    picture = f'<picture xmlns:r="{RELATED_BY}" r:id="rId77"/></worksheet>'
    return sheet.replace(b"</worksheet>", picture.encode())


def small_book(sheet: bytes | None = None, *, comment=False) -> io.BytesIO:
    """One sheet `Data`, its part written by hand where it is given."""
    book = Workbook()
    book.active.title = "Data"
    book.active["B2"] = 5
    if comment:
        book.active["B2"].comment = Comment("vanha", "Anna")
    members = saved(book)
    if sheet is not None:
        members["xl/worksheets/sheet1.xml"] = sheet
    return zipped(members)


def worksheet(cells: str, before: str = "", after: str = "") -> bytes:
    return f'<worksheet xmlns="{MAIN}">{before}{cells}{after}</worksheet>'.encode()


def prefixed(data: bytes) -> bytes:
    """The same XML, with a prefix before each name."""
    data = re.sub(rb"<(/?)(\w+)(?=[\s/>])", rb"<\1x:\2", data)
    return data.replace(b"xmlns=", b"xmlns:x=")


def with_macros(file) -> io.BytesIO:
    """The workbook as an .xlsm, with a signed macro project."""
    members = parts(file)
    types = members["[Content_Types].xml"].replace(SHEET_TYPE, MACRO_TYPE)
    assert MACRO_TYPE in types
    signature = "application/vnd.ms-office.vbaProjectSignature"
    members["[Content_Types].xml"] = types.replace(
        b"</Types>",
        b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
        b'<Override PartName="/xl/vbaProjectSignature.bin" ContentType="%s"/></Types>'
        % signature.encode(),
    )
    members["xl/vbaProject.bin"] = b"macro"
    members["xl/vbaProjectSignature.bin"] = b"signature"
    micro = "http://schemas.microsoft.com/office/2006/relationships"
    members["xl/_rels/workbook.xml.rels"] = members["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        f'<Relationship Id="rId99" Type="{micro}/vbaProject" Target="vbaProject.bin"/>'
        "</Relationships>".encode(),
    )
    members["xl/_rels/vbaProject.bin.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{micro}/vbaProjectSignature" '
        'Target="vbaProjectSignature.bin"/></Relationships>'
    ).encode()
    return zipped(members)
