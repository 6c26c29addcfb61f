"""Writes all measurements of a strategy in the layout that the import reads, without loss."""

import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from metrics import tables
from metrics.kpis.workbook import layout
from metrics.models import ALL_NUMBERS, Measurement
from metrics.tables import Table, Value
from roadmap.models import Strategy

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
    widths = [WIDTHS.get(key, 14) for key in layout.COLUMNS]
    as_text = [layout.COLUMNS.index(key) for key in AS_TEXT]
    tables.write_workbook(table, layout.SHEET_NAMES[language], file, widths, as_text)


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
