"""The sheet that lists the marks: the first of the workbook, with a link to each marked cell.

Places of elements and attributes: ECMA-376 part 1, 18.2 (workbook) and 18.3 (worksheet).
"""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from roadmap.workbook.marking.package import Package
from roadmap.workbook.marking.places import Place
from roadmap.workbook.marking.splicing import Edits, attribute, survey, text

SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
LONGEST = 32_767  # characters of a cell
_LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_WIDTHS, _WIDTH = (30, 26, 40, 60), 40  # characters
_HEADER_ROW = 3


class Listing(NamedTuple):
    """What the new sheet says: its name, the heading above the table, the table's headers."""

    title: str
    heading: str
    headers: list[str]


class Mark(NamedTuple):
    """A place to mark: `cell` ("B7") is empty where a whole sheet or the file is at fault.

    `note` becomes the cell's comment, `line` the texts of one row of the listing, the place first.
    """

    sheet: str
    cell: str
    note: str
    line: list[str]


class Sheet(NamedTuple):
    """A sheet of the workbook: its name, its part, and the kind of its relation."""

    name: str
    part: str
    kind: str


class Book:
    """The workbook's own part: which sheets there are, and in what order."""

    def __init__(self, package: Package):
        self.part = package.related("", "officeDocument")
        if self.part is None:
            raise ValueError("the package holds no workbook")
        self._package, self._data = package, package.read(self.part)
        self._root = survey(self._data)
        self.space = self._root.space
        strict = self.space.startswith("http://purl.oclc.org/")
        self.related_by = (
            "http://purl.oclc.org/ooxml/officeDocument/relationships"
            if strict
            else "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        )
        self._sheets = self._root.first("sheets")
        if self._sheets is None:
            raise ValueError("the workbook has no sheets")
        parts = {relation.id: relation for relation in package.relations(self.part)}
        self.sheets = []
        for element in self._sheets.all("sheet"):
            ids = (value for name, value in element.attributes.items() if name.endswith(" id"))
            relation = parts.get(next(ids, None))
            if relation and relation.target in package:
                name = element.attributes.get("name", "")
                self.sheets.append(Sheet(name, relation.target, relation.kind))

    def put_first(self, title: str, sheet: bytes) -> None:
        """Put a new sheet before all others, and let the workbook open with it.

        The list of sheets in docProps/app.xml stays as it was: nothing is looked up by it, it
        agrees with itself, and Excel writes it anew. Chains of calculation and caches of pivot
        tables know a sheet by its id or its name, and none of those changes.
        """
        part = self._package.free_name("xl/worksheets/sheet%d.xml")
        self._package.add(part, sheet, SHEET_TYPE)
        relation = self._package.relate(self.part, f"{self.related_by}/worksheet", part)
        elements = self._sheets.all("sheet")
        ids = [int(element.attributes.get("sheetId", 0)) for element in elements]
        name = sheet_name(title, [element.attributes.get("name", "") for element in elements])
        edits, tag = Edits(self._data), self._root.prefix
        new = b'<%ssheet xmlns:r="%s" name="%s" sheetId="%d" r:id="%s"/>' % (
            *(tag, attribute(self.related_by), attribute(name), max(ids, default=0) + 1),
            attribute(relation),
        )
        edits.prepend(self._sheets, new)
        self._open_with_first(edits)
        for element in self._root.walk():
            place = element.attributes.get("localSheetId")
            if place is not None:
                edits.set(element.start, localSheetId=int(place) + 1)
        self._package.edit(self.part, edits)

    def _open_with_first(self, edits: Edits) -> None:
        views, tag = self._root.first("bookViews"), self._root.prefix
        own = views.all("workbookView") if views else []
        for view in own:
            chosen = {"activeTab", "firstSheet"} & view.attributes.keys()
            edits.set(view.start, **dict.fromkeys(sorted(chosen), 0))
        if views is None:
            new = b"<%sbookViews><%sworkbookView/></%sbookViews>" % (tag, tag, tag)
            edits.insert(self._sheets.start, new)
        elif not own:
            edits.append(views, b"<%sworkbookView/>" % tag)


def sheet_name(wish: str, taken: Collection[str] = ()) -> str:
    """A name that Excel allows for a sheet, and that no other sheet has."""
    name = _FORBIDDEN.sub(" ", wish)[:_LONGEST_NAME].strip().strip("'").strip() or "Digistrategia"
    folded = {other.casefold() for other in taken} | {"history"}  # Excel's own, in every language
    unique, number = name, 1
    while unique.casefold() in folded:
        number += 1
        ending = f" ({number})"
        unique = name[: _LONGEST_NAME - len(ending)].rstrip() + ending
    return unique


def written(
    listing: Listing, marks: Iterable[tuple[Mark, str]], styles: dict[str, int], space: str
) -> bytes:
    """The listing as a worksheet part; each mark comes with the place that it links to."""
    rows = [_row(1, [_cell(Place(1, 1), listing.heading, styles["heading"])])]
    headers = enumerate(listing.headers, start=1)
    cells = [_cell(Place(_HEADER_ROW, n), title, styles["header"]) for n, title in headers]
    rows.append(_row(_HEADER_ROW, cells))
    links, width, number = [], max(len(listing.headers), 1), _HEADER_ROW
    for number, (mark, location) in enumerate(marks, start=_HEADER_ROW + 1):
        rows.append(_marked_row(number, mark.line, bool(location), styles))
        width = max(width, len(mark.line))
        if location:
            links.append(
                b'<hyperlink ref="A%d" location="%s" display="%s"/>'
                % (number, attribute(location), attribute(mark.line[0] if mark.line else ""))
            )
    columns = b"".join(
        b'<col min="%d" max="%d" width="%d" customWidth="1"/>' % (n + 1, n + 1, _width(n))
        for n in range(width)
    )
    return _SHEET % {
        b"space": attribute(space),
        b"last": str(Place(number, width)).encode(),
        b"columns": columns,
        b"rows": b"".join(rows),
        b"links": b"<hyperlinks>%s</hyperlinks>" % b"".join(links) if links else b"",
    }


def link(sheet: str, cell: Place) -> str:
    """A place as a link within the workbook names it."""
    quoted = sheet.replace("'", "''")
    return f"'{quoted}'!{cell}"


def _width(column: int) -> int:
    return _WIDTHS[column] if column < len(_WIDTHS) else _WIDTH


def _marked_row(number: int, line: list[str], linked: bool, styles: dict[str, int]) -> bytes:
    cells = []
    for column, value in enumerate(line, start=1):
        if not value:
            continue
        style = "link" if linked and column == 1 else "text"
        if value.startswith(("=", "+", "-", "@")):
            style = f"quoted_{style}"
        cells.append(_cell(Place(number, column), value, styles[style]))
    return _row(number, cells)


def _row(number: int, cells: list[bytes]) -> bytes:
    return b'<row r="%d">%s</row>' % (number, b"".join(cells))


def _cell(place: Place, value: str, style: int) -> bytes:
    """A cell with text, and never with anything else."""
    return b'<c r="%s" s="%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>' % (
        *(str(place).encode(), style, text(value[:LONGEST])),
    )


_SHEET = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="%(space)s"><sheetPr><tabColor rgb="FF5B4BC4"/><pageSetUpPr fitToPage="1"/>\
</sheetPr><dimension ref="A1:%(last)s"/><sheetViews><sheetView tabSelected="1" \
workbookViewId="0"><pane ySplit="3" topLeftCell="A4" activePane="bottomLeft" state="frozen"/>\
<selection pane="bottomLeft" activeCell="A4" sqref="A4"/></sheetView></sheetViews>\
<sheetFormatPr defaultRowHeight="15"/><cols>%(columns)s</cols><sheetData>%(rows)s</sheetData>\
%(links)s<pageMargins left="0.5" right="0.5" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>\
<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>"""
