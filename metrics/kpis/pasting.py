"""A block of cells copied in Excel or LibreOffice, and where each of its cells belongs in a grid.

Pure: no Django, no database, no clock. A spreadsheet puts tabs between cells and line breaks
between rows; a cell that holds either stands in quotes, with its own quotes doubled.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from metrics.kpis import periods

# A quote that is not closed before the cell's end is one that was typed: 5" or "so called.
_CELL = re.compile(r'"(?P<quoted>(?:[^"]|"")*+)"(?=[\t\r\n]|\Z)|(?P<plain>[^\t\r\n]*)')
_SEPARATOR = re.compile(r"\t|\r\n|\r|\n")

Block = list[list[str]]


class Takes(StrEnum):
    """What a cell of a grid takes."""

    NUMBER = "number"
    TEXT = "text"
    NOTHING = "nothing"  # no field: the number is none of this KPI's


class Why(StrEnum):
    """What had to be said of a cell, a row or a column of the block."""

    HEADER_ROW = "header_row"  # left out: it names the columns
    HEADER_COLUMN = "header_column"  # left out: it names the rows
    NO_ROW = "no_row"  # left out: the grid has no more rows
    NO_COLUMN = "no_column"  # left out: the grid has no more columns
    NO_FIELD = "no_field"  # left out: nothing can be written there
    NOT_A_NUMBER = "not_a_number"  # filled in, as text where a number belongs


@dataclass(frozen=True, slots=True)
class Note:
    """`row` and `column` are places in the grid, None where there is none; `text` what stood."""

    why: Why
    text: str
    row: int | None = None
    column: int | None = None


@dataclass
class Placed:
    """What a block fills in, by row and column of the grid, and what had to be said of it.

    `labels` are the texts beside the block's rows that name them, by row of the grid.
    """

    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    labels: dict[int, list[str]] = field(default_factory=dict)


def block(text: str) -> Block:
    """The rows of cells of a text from the clipboard; line breaks within a cell become `\\n`."""
    rows: Block = [[]]
    place = 0
    while True:
        found = _CELL.match(text, place)
        quoted = found["quoted"]
        rows[-1].append(found["plain"] if quoted is None else _unquoted(quoted))
        separator = _SEPARATOR.match(text, found.end())
        if separator is None:
            break
        place = separator.end()
        if separator[0] == "\t":
            continue
        if place == len(text):  # the break that ends the last row
            break
        rows.append([])
    return rows if rows != [[""]] else []


def _unquoted(text: str) -> str:
    return text.replace('""', '"').replace("\r\n", "\n").replace("\r", "\n")


def place(
    cells: Block,
    grid: Sequence[Sequence[Takes]],
    at: tuple[int, int],
    is_number: Callable[[str], bool],
    is_name: Callable[[str], bool],
) -> Placed:
    """Lay a block over a grid: its first cell that is no header comes to row and column `at`.

    An empty cell empties, as in Excel. `is_number` says whether a text can be read as a number,
    `is_name` whether it names a row or column of the grid.
    """
    top, left = at
    placed = Placed()
    if any(row[left] == Takes.NUMBER for row in grid):
        cells = _Headers(is_number, is_name, placed).without(cells, top)
    for number, row in enumerate(cells, start=top):
        if number < len(grid):
            _place_row(row, grid[number], number, left, is_number, placed)
        elif any(row):
            placed.notes.append(Note(Why.NO_ROW, _joined(row)))
    return placed


def _place_row(row, fields, number, left, is_number, placed: Placed) -> None:
    for column, text in enumerate(row, start=left):
        if column >= len(fields):
            if beyond := _joined(row[column - left :]):
                placed.notes.append(Note(Why.NO_COLUMN, beyond, number))
            return
        takes = fields[column]
        if takes == Takes.NOTHING:
            if text.strip():
                placed.notes.append(Note(Why.NO_FIELD, text.strip(), number, column))
            continue
        placed.texts[number, column] = text
        if takes == Takes.NUMBER and text.strip() and not is_number(text):
            placed.notes.append(Note(Why.NOT_A_NUMBER, text.strip(), number, column))


@dataclass(frozen=True)
class _Headers:
    """Knows the columns of a block that name its rows, and a row that names its columns.

    Left out where they are not, they would shift every number by one place. So they are what the
    grid knows by name, or at least two texts that differ: a word for "missing" repeats itself.
    """

    is_number: Callable[[str], bool]
    is_name: Callable[[str], bool]
    placed: Placed

    def without(self, rows: Block, top: int) -> Block:
        labels: list[list[str]] = [[] for _row in rows]
        while any(len(row) > 1 for row in rows) and self._is_column_of_names(rows):
            self._note(Why.HEADER_COLUMN, [row[0] for row in rows if row])
            for row, said in zip(rows, labels, strict=True):
                said.extend(text.strip() for text in row[:1] if text.strip())
            rows = [row[1:] for row in rows]
        if self._begins_with_names(rows):
            self._note(Why.HEADER_ROW, rows[0])
            rows, labels = rows[1:], labels[1:]
        self.placed.labels = {top + number: said for number, said in enumerate(labels) if said}
        return rows

    def _is_column_of_names(self, rows: Block) -> bool:
        head, *texts = (row[0] if row else "" for row in rows)
        if self._are_names([head, *texts]):
            return True
        # The head of the column itself is of another kind than the names of the rows.
        return not self.is_number(head) and self._are_names(texts)

    def _begins_with_names(self, rows: Block) -> bool:
        below = (text for row in rows[1:] for text in row)
        return bool(rows) and self._are_names(rows[0]) and any(map(self.is_number, below))

    def _are_names(self, texts) -> bool:
        texts = [text.strip() for text in texts if text.strip()]
        if all(_is_period(text) or self.is_name(text) for text in texts):
            return bool(texts)
        return len(set(texts)) == len(texts) > 1 and not any(
            self.is_number(text) or not text[0].isalpha() for text in texts
        )

    def _note(self, why: Why, texts) -> None:
        self.placed.notes.append(Note(why, _joined(texts)))


def _is_period(text: str) -> bool:
    try:
        periods.parse(text)
    except ValueError:
        return False
    return True


def _joined(texts) -> str:
    return ", ".join(text.strip() for text in texts if text.strip())
