"""Writes all measurements of a strategy in the layout that the import reads, without loss."""

import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from metrics.action_export import Table, Value
from metrics.kpis.workbook import layout
from metrics.models import ALL_NUMBERS, Measurement
from roadmap.models import Strategy
from roadmap.workbook.writing import cell

WIDTHS = {"kpi": 30, "comment": 60}
# What Excel would make a day or a number of.
AS_TEXT = ("kpi", "period", "comment")
_CHUNK = 2000
_GUARDED = re.compile(r"'+\s*[=+\-@]")


def table(strategy: Strategy, language: str) -> Table:
    """Every measurement that stands, hidden ones too; one query.

    The rows need no language any more: they may be read after the request is over.
    """
    headings = [layout.heading(key, language) for key in layout.COLUMNS]
    return Table(headings, _rows(strategy))


def guarded(rows: Iterator[list[Value]]) -> Iterator[list[Value]]:
    """Rows for a text file, in which a text gets an apostrophe where it looks like a formula.

    A text that has one already gets another, so that reading takes one away from either.
    """
    for row in rows:
        yield [
            f"'{value}" if isinstance(value, str) and _GUARDED.match(value) else value
            for value in row
        ]


def write_workbook(table: Table, language: str, file) -> None:
    """Write the table into `file`; its rows never stand in memory at once."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(layout.SHEET_NAMES[language])
    sheet.freeze_panes = "C2"
    for place, key in enumerate(layout.COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(key, 14)
    sheet.append([cell(sheet, heading, bold=True) for heading in table.headings])
    last = 1
    for row in table.rows:
        sheet.append([_cell(sheet, *one) for one in zip(layout.COLUMNS, row, strict=True)])
        last += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(layout.COLUMNS))}{last}"
    workbook.save(file)


def _cell(sheet, key: str, value: Value):
    written = cell(sheet, value)
    if key in AS_TEXT:
        written.number_format = "@"
    return written


def _rows(strategy: Strategy) -> Iterator[list[Value]]:
    versions = (
        Measurement.objects.filter(kpi__strategy=strategy)
        .order_by("kpi__position", "kpi_id", "period", "version")
        .values_list("kpi__slug", "period", "withdrawn", *ALL_NUMBERS, "comment")
    )
    rows = versions.iterator(chunk_size=_CHUNK)
    for (slug, period), same in groupby(rows, key=itemgetter(0, 1)):
        *_earlier, (_slug, _period, withdrawn, *rest) = same
        if not withdrawn:
            yield [slug, str(period), *rest]
