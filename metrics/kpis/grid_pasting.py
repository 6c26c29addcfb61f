"""A block from a spreadsheet, filled into a grid; nothing is saved, and nothing left out unsaid."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metrics.kpis import pasting, periods
from metrics.kpis.grid import COMMENT, Grid, Row, read_number
from metrics.kpis.pasting import Note, Takes, Why


@dataclass(frozen=True)
class Remark:
    """A sentence about the block, with the field that it is about; empty where there is none."""

    field: str
    text: str


@dataclass(frozen=True)
class Pasted:
    """What came into which field, and what had to be said."""

    texts: dict[str, str]
    remarks: list[Remark]

    @property
    def says(self) -> str:
        number = sum(bool(text.strip()) for text in self.texts.values())
        filled = ngettext("%d cell was filled.", "%d cells were filled.", number) % number
        if not self.remarks:
            return filled
        # Not within the text around it, where gettext would not find it.
        left = len(self.remarks)
        needs = ngettext("%d thing needs a look.", "%d things need a look.", left)
        return f"{filled} {needs % left}"


def paste(grid: Grid, text: str, at: str) -> Pasted:
    """Fill a copied block into the grid, from the field named `at` on, else from the first one."""
    cells = pasting.block(text)
    if not cells or not grid.rows:
        return Pasted({}, [])
    rows_named = _rows_by_name(grid)
    names = rows_named.keys() | set(map(_plain, grid.heads))
    names |= {_plain(name) for row in grid.rows for name in row.names.values()}
    placed = pasting.place(
        cells,
        [[_takes(row, column) for column in grid.columns] for row in grid.rows],
        _place(grid, at),
        is_number=lambda text: isinstance(read_number(text), Decimal),
        is_name=lambda text: _plain(text) in names,
    )
    texts = {}
    for (number, column), cell in placed.texts.items():
        row, name = grid.rows[number], grid.columns[column]
        row.fill({name: cell})
        texts[f"{row.key}-{name}"] = cell
    remarks = [_remark(grid, note) for note in placed.notes]
    return Pasted(texts, remarks + list(_contradictions(grid, placed.labels, rows_named)))


def _rows_by_name(grid: Grid) -> dict[str, set[int]]:
    """The places of the rows that a spreadsheet may call by a name."""
    found = defaultdict(set)
    for number, row in enumerate(grid.rows):
        for name in (row.title, row.kpi.slug, *row.kpi.name.values(), str(row.period)):
            found[_plain(name)].add(number)
    return found


def _place(grid: Grid, at: str) -> tuple[int, int]:
    key, _dash, name = at.rpartition("-")
    rows = [row.key for row in grid.rows]
    if key not in rows or name not in grid.columns:
        return 0, 0
    return rows.index(key), grid.columns.index(name)


def _takes(row: Row, column: str) -> Takes:
    if column == COMMENT:
        return Takes.TEXT
    return Takes.NUMBER if column in row.fields else Takes.NOTHING


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _remark(grid: Grid, note: Note) -> Remark:
    row = None if note.row is None else grid.rows[note.row]
    name = grid.columns[note.column] if note.column is not None else ""
    values = {"text": _short(note.text), "row": row.title if row else ""}
    if row and name in row.fields:
        values["column"] = row.names[name]
        return Remark(f"{row.key}-{name}", _SAID[note.why]() % values)
    values["column"] = grid.heads[note.column] if name else ""
    return Remark("", _SAID[note.why]() % values)


_SAID = {
    Why.HEADER_ROW: lambda: _("The first row names the columns and was left out: %(text)s."),
    Why.HEADER_COLUMN: lambda: _("The first column names the rows and was left out: %(text)s."),
    Why.NO_ROW: lambda: _("The grid has no more rows; left out: %(text)s."),
    Why.NO_COLUMN: lambda: _("%(row)s: the grid has no more columns; left out: %(text)s."),
    Why.NO_FIELD: lambda: _("%(row)s: it has no number “%(column)s”; left out: %(text)s."),
    Why.NOT_A_NUMBER: lambda: _("%(row)s, %(column)s: “%(text)s” is not a number."),
}


def _contradictions(grid: Grid, labels: dict[int, list[str]], rows_named: dict[str, set[int]]):
    """Rows of the block that are named like another row than the one they came to."""
    for number, texts in labels.items():
        for text in texts if number < len(grid.rows) else []:
            row = grid.rows[number]
            if _is_of_another(text, row, number, rows_named.get(_plain(text), set())):
                says = _("%(row)s: in the block this row is named “%(text)s”. Is it the right one?")
                field = f"{row.key}-{row.fields[0]}"
                yield Remark(field, says % {"row": row.title, "text": _short(text)})


def _is_of_another(text: str, row: Row, number: int, named: set[int]) -> bool:
    try:
        period = periods.parse(text)
    except ValueError:
        return bool(named) and number not in named
    return isinstance(period, type(row.period)) and period != row.period


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"
