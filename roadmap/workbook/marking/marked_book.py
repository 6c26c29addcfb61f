"""Gives a workbook back with its faults marked in it, and with nothing else changed.

Each bad cell gets a fill, a border and a comment, and a new first sheet lists them all with
links. Every part that has no share in that is copied byte for byte, and in the others only the
places that must change do. Three things change besides: the sheet that was selected no longer
is (Excel would edit it together with the new one), macros are left out, and so are signatures,
which would no longer hold.

It knows neither Django nor a database, so that a child process can run it under limits:
`python -m roadmap.workbook.marking SOURCE TARGET MARKS`, where the file of marks has
`{"listing": {"title", "heading", "headers"}, "marks": [{"sheet", "cell", "note", "line"}]}`.
"""

import zipfile
import zlib
from collections.abc import Iterable, Sequence
from io import BytesIO
from itertools import chain
from typing import BinaryIO, NamedTuple
from xml.parsers import expat

from roadmap.workbook.marking import listing as listings
from roadmap.workbook.marking import places
from roadmap.workbook.marking.listing import Book, Listing, Mark, Sheet
from roadmap.workbook.marking.marked_sheets import MarkedSheet, deselect, shown_at
from roadmap.workbook.marking.marked_styles import Styles
from roadmap.workbook.marking.notes import Notes
from roadmap.workbook.marking.package import Package
from roadmap.workbook.marking.places import Place
from roadmap.workbook.marking.splicing import Edits, survey

__all__ = ["Listing", "Mark", "NotMarked", "mark", "mark_csv"]

_WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACRO_SHEETS = {"xlMacrosheet", "xlIntlMacrosheet"}
_RAISED_BY_BROKEN_FILES = (
    *(ValueError, LookupError, RuntimeError, EOFError),
    *(zipfile.BadZipFile, zlib.error, expat.ExpatError),
)


class NotMarked(Exception):
    """The workbook is of a kind, or broken in a way, that no marks can be put in."""


def mark(source: BinaryIO, target: BinaryIO, marks: Sequence[Mark], listing: Listing) -> None:
    """Write the workbook `source` (.xlsx or .xlsm) into `target` (.xlsx) with its faults marked.

    `source` was found harmless before (see `guard`). A mark whose cell there is not, or that has
    none, is only listed. Raises `NotMarked`; what `target` then holds is of no use.
    """
    try:
        _mark(source, target, marks, listing)
    except _RAISED_BY_BROKEN_FILES as error:
        raise NotMarked(f"the workbook cannot be marked: {error}") from error


def mark_csv(
    rows: Iterable[Sequence], target: BinaryIO, marks: Sequence[Mark], listing: Listing
) -> None:
    """Write the cells of a CSV file as a workbook with its faults marked.

    The first row is row 1. All cells are text, on one sheet that has the name that the marks
    give, as far as Excel allows it. Raises `NotMarked`.
    """
    from roadmap.workbook.marking.csv_sheet import (
        write,  # brings in openpyxl, which else is not needed
    )

    named = next((mark.sheet for mark in marks if mark.sheet), "CSV")
    name = listings.sheet_name(named)
    fresh = BytesIO()
    write(rows, name, fresh)
    mark(fresh, target, [each._replace(sheet=name) for each in marks], listing)


def _mark(source, target, marks, listing) -> None:
    package = Package(source)
    book = Book(package)
    if any(sheet.kind in _MACRO_SHEETS for sheet in book.sheets):
        raise NotMarked("a workbook with macro sheets cannot be kept without them")
    styles = Styles(package, book.part, book.space, book.related_by)
    notes = Notes(package, book.space, book.related_by)
    placed = [_placed(mark, book) for mark in marks]
    for sheet in book.sheets:
        wanted = _notes_by_place(placed, sheet)
        if wanted:
            _mark_sheet(package, sheet, wanted, styles, notes)
        else:
            _deselect(package, sheet)
    lines = [(each.mark, each.location) for each in placed]
    sheet = listings.written(listing, lines, styles.listing(), book.space)
    book.put_first(listing.title, sheet)
    styles.keep()
    package.drop_related(book.part, {"vbaProject", "vbaProjectSignature"})
    package.drop_stray("vbaProject")
    package.drop_related("", {"origin"})
    package.save(target, book.part, _WORKBOOK_TYPE)


class _Placed(NamedTuple):
    """A mark with the worksheet and the place that it means, as far as there are such."""

    mark: Mark
    sheet: Sheet | None
    place: Place | None

    @property
    def location(self) -> str:
        return listings.link(self.sheet.name, self.place) if self.sheet and self.place else ""


def _placed(mark: Mark, book: Book) -> _Placed:
    """Names of sheets know no case in Excel."""
    sheets = [sheet for sheet in book.sheets if sheet.kind == "worksheet"]
    exact = (sheet for sheet in sheets if sheet.name == mark.sheet)
    alike = (sheet for sheet in sheets if sheet.name.casefold() == mark.sheet.casefold())
    return _Placed(mark, next(chain(exact, alike), None), places.parse(mark.cell))


def _notes_by_place(placed, sheet: Sheet) -> dict[Place, list[str]]:
    notes: dict[Place, list[str]] = {}
    for mark, where, place in placed:
        if where is sheet and place:
            kept = notes.setdefault(place, [])
            if mark.note and mark.note not in kept:
                kept.append(mark.note)
    return notes


def _mark_sheet(package, sheet: Sheet, wanted, styles: Styles, notes: Notes) -> None:
    data = package.read(sheet.part)
    shown: dict[Place, list[str]] = {}
    for place, first in sorted(shown_at(data, wanted).items()):
        shown.setdefault(first, []).extend(wanted[place])
    marked = MarkedSheet(data, shown, styles.marked)
    texts = {place: "\n\n".join(kept) for place, kept in shown.items() if kept}
    drawing = notes.write(sheet.part, texts, marked.drawing)
    if drawing:
        marked.show_drawing(drawing, notes.related_by)
    package.edit(sheet.part, marked.edits)


def _deselect(package, sheet: Sheet) -> None:
    data = package.read(sheet.part)
    edits = Edits(data)
    deselect(survey(data, inside={"sheetViews"}, until="sheetData"), edits)
    package.edit(sheet.part, edits)
