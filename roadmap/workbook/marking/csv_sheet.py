"""A CSV file's cells as a workbook of one sheet, all of them text."""

from collections.abc import Iterable, Sequence
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from roadmap.workbook.marking.listing import LONGEST

_FORMULA_SIGNS = ("=", "+", "-", "@")


def write(rows: Iterable[Sequence], name: str, file: BinaryIO) -> None:
    """Write the rows into a workbook's only sheet, of that name; None is an empty cell."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(name)
    sheet.sheet_format.defaultColWidth = 18
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    workbook.save(file)


def _cell(sheet, value):
    if value is None or value == "":
        return None
    words = ILLEGAL_CHARACTERS_RE.sub("", str(value))[:LONGEST]
    cell = WriteOnlyCell(sheet, words)
    cell.data_type = "s"  # text that begins with = is text, never a formula
    cell.quotePrefix = words.startswith(_FORMULA_SIGNS)
    return cell
