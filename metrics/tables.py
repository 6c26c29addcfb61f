"""Tables for Excel, as .csv and as .xlsx: what they are, and how they are written."""

import csv
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from roadmap import formats
from roadmap.record import CONTROL, number
from roadmap.workbook.writing import cell

_FORMULA_SIGNS = ("=", "+", "-", "@")

Value = str | int | Decimal | date | None


@dataclass(frozen=True)
class Table:
    """Its headings in the language of the request, and its rows, read as they are asked for."""

    headings: list[str]
    rows: Iterator[list[Value]]


def write_workbook(
    table: Table, name: str, file, widths: Sequence[int], as_text: Collection[int] = ()
) -> None:
    """Write the table as the sheet `name` of a workbook; its rows never stand in memory at once.

    `widths` are those of the columns; `as_text` the places, from 0, of those whose cells Excel
    shall not make a day or a number of.
    """
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(name)
    sheet.freeze_panes = "C2"
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.append([cell(sheet, heading, bold=True) for heading in table.headings])
    last = 1
    for row in table.rows:
        cells = [cell(sheet, value) for value in row]
        for place in as_text:
            cells[place].number_format = "@"
        sheet.append(cells)
        last += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.headings))}{last}"
    workbook.save(file)


class _Line:
    """A file for `csv.writer` that gives each line back."""

    def write(self, text: str) -> str:
        return text


def csv_lines(table: Table) -> Iterator[str]:
    """The table as Excel in Finland opens it: UTF-8 with its mark, semicolons, decimal commas."""
    writer = csv.writer(_Line(), delimiter=";", lineterminator="\r\n")
    yield "\ufeff" + writer.writerow(table.headings)
    for row in table.rows:
        yield writer.writerow([_csv_text(value) for value in row])


def _csv_text(value: Value) -> str:
    if isinstance(value, Decimal):
        return format(number(value), "f").replace(".", ",")
    if isinstance(value, date):
        return formats.day(value)
    if isinstance(value, str):
        # Excel would take such a text for a formula, and carry it out.
        is_risky = value.lstrip().startswith(_FORMULA_SIGNS) or value.startswith(("\t", "\r"))
        return CONTROL.sub("", f"'{value}" if is_risky else value)
    return "" if value is None else str(value)
