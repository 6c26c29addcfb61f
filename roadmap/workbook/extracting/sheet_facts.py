"""What openpyxl's quick reading does not tell of a sheet: what is hidden, merged, a formula.

One streaming pass over the sheet's XML, row by row, so that it can go beside the reading of the
values; it numbers rows and cells as openpyxl does. No Django here.
"""

import re
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from xml.parsers import expat

from openpyxl.formula.translate import Translator
from openpyxl.utils import column_index_from_string, get_column_letter

from roadmap.workbook.extracting.refusal import Refused

MAX_COLUMNS = 500
MAX_CELLS_A_ROW = 16_384
MAX_COLUMN_RANGES = 16_384
MAX_MERGED = 100_000
MAX_SHARED_FORMULAS = 10_000
MAX_TRANSLATED = 1_000
LONGEST_FORMULA = 1_000

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ROW, _CELL, _VALUE, _FORMULA, _INLINE, _COLUMN, _MERGED = (
    f"{_MAIN} {tag}" for tag in ("row", "c", "v", "f", "is", "col", "mergeCell")
)
_BLOCK = 64 * 1024
_RANGE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7}):\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_TRUE = ("1", "true")
_OUT_OF_MEMORY = 1


class Row:
    """One row of the XML: its number, whether it is hidden, its formulas by column.

    `width` is the last column that has a cell, `beyond` the number of cells with content that
    stand right of the columns that are read, `holds` whether any cell has content.
    """

    __slots__ = ("beyond", "cells", "formulas", "hidden", "holds", "number", "width")

    def __init__(self, number: int, hidden: bool):
        self.number = number
        self.hidden = hidden
        self.formulas = {}
        self.cells = self.width = self.beyond = 0
        self.holds = False


class Formula:
    """A formula in its cell; `empty` where its saved value is an empty text."""

    __slots__ = ("empty", "shared", "text", "where")

    def __init__(self, where: str, shared: str | None):
        self.where = where
        self.shared = shared
        self.text = ""
        self.empty = False


class SheetPass:
    """Reads the facts of one sheet from a binary stream of its XML; raises `Refused`."""

    def __init__(self, stream):
        self.merged = []
        self._stream = stream
        self._hidden_ranges = []
        self._column_ranges = 0
        self._masters = {}  # of shared formulas: key → (text, where)
        self._translated = 0
        self._ready = deque()
        self._row = None
        self._counter = self._last = 0  # the last row element, the last row that counts
        self._column = 0
        self._empty_text = False
        self._formula = None
        self._more = self._finished = False
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._handlers = {
            _ROW: self._start_row,
            _CELL: self._start_cell,
            _VALUE: self._start_value,
            _INLINE: self._start_value,
            _FORMULA: self._start_formula,
            _COLUMN: self._start_column,
            _MERGED: self._start_merged,
        }

    def rows(self) -> Iterator[Row]:
        """The rows in order; what openpyxl drops (a number not above the last) is dropped."""
        while self._feed():
            while self._ready:
                yield self._ready.popleft()
        self._end_row()
        yield from self._ready
        self._ready.clear()

    def rest(self) -> bool:
        """Read to the end for what is merged; whether any cell that was not given has content."""
        left = [*self._ready, self._row] if self._row else self._ready
        self._more = self._more or any(row.holds for row in left)
        self._ready.clear()
        self._row = None
        self._parser.StartElementHandler = self._start_after
        while self._feed():
            pass
        return self._more

    def is_hidden(self, column: int) -> bool:
        return any(first <= column <= last for first, last in self._hidden_ranges)

    def content(self, formula: Formula) -> str:
        """A formula's text without the equals sign; a shared one as it reads in its cell."""
        master, where = self._masters.get(formula.shared, (None, None))
        if formula.text or master is None:
            return formula.text
        if self._translated >= MAX_TRANSLATED or len(master) >= LONGEST_FORMULA:
            return master
        self._translated += 1
        try:
            return Translator("=" + master, where).translate_formula(formula.where)[1:]
        except (ValueError, IndexError, KeyError, TypeError, AttributeError):
            return master

    # --- the parser -----------------------------------------------------------------------------

    def _feed(self) -> bool:
        if self._finished:
            return False
        block = self._stream.read(_BLOCK)
        try:
            self._parser.Parse(block, not block)
        except expat.ExpatError as error:
            if error.code == _OUT_OF_MEMORY:
                raise MemoryError from error
            raise Refused("broken") from error
        self._finished = not block
        return not self._finished

    def _start(self, name: str, attributes: dict) -> None:
        handler = self._handlers.get(name)
        if handler:
            handler(attributes)

    def _start_row(self, attributes: dict) -> None:
        self._end_row()
        number = _row_number(attributes["r"]) if "r" in attributes else self._counter + 1
        self._counter = number
        self._column = 0
        self._row = Row(number, attributes.get("hidden") in _TRUE)

    def _end_row(self) -> None:
        row, self._row = self._row, None
        if row and row.number > self._last:
            self._last = row.number
            self._ready.append(row)

    def _start_cell(self, attributes: dict) -> None:
        row = self._row
        if row is None:
            return
        where = attributes.get("r")
        self._column = _column_of(where.rstrip("0123456789")) if where else self._column + 1
        self._empty_text = attributes.get("t") == "str"
        row.cells += 1
        if row.cells > MAX_CELLS_A_ROW:
            raise Refused("broken")
        if self._column > row.width:
            row.width = self._column

    def _start_value(self, attributes: dict) -> None:
        row = self._row
        if row is None:
            return
        row.holds = True
        if row.formulas and self._column in row.formulas:
            row.formulas[self._column].empty = self._empty_text
        elif self._column > MAX_COLUMNS:
            row.beyond += 1

    def _start_formula(self, attributes: dict) -> None:
        row = self._row
        if row is None:
            return
        row.holds = True
        if self._column > MAX_COLUMNS and self._column not in row.formulas:
            row.beyond += 1
        where = f"{get_column_letter(self._column or 1)}{row.number}"
        shared = attributes.get("si") if attributes.get("t") == "shared" else None
        self._formula = row.formulas[self._column] = Formula(where, shared)
        self._parser.CharacterDataHandler = self._formula_text
        self._parser.EndElementHandler = self._end_formula

    def _formula_text(self, text: str) -> None:
        if len(self._formula.text) < LONGEST_FORMULA:
            self._formula.text = (self._formula.text + text)[:LONGEST_FORMULA]

    def _end_formula(self, name: str) -> None:
        self._parser.CharacterDataHandler = self._parser.EndElementHandler = None
        formula, self._formula = self._formula, None
        if formula.shared and formula.text and len(self._masters) < MAX_SHARED_FORMULAS:
            self._masters.setdefault(formula.shared, (formula.text, formula.where))

    def _start_column(self, attributes: dict) -> None:
        self._column_ranges += 1
        if self._column_ranges > MAX_COLUMN_RANGES:
            raise Refused("broken")
        first, last = attributes.get("min", ""), attributes.get("max", "")
        is_hidden = attributes.get("hidden") in _TRUE
        if is_hidden and first.isdecimal() and last.isdecimal():
            self._hidden_ranges.append((int(first[:6]), int(last[:6])))

    def _start_merged(self, attributes: dict) -> None:
        match = _RANGE.fullmatch(attributes.get("ref", ""))
        if match and len(self.merged) < MAX_MERGED:
            left, top, right, bottom = match.groups()
            area = (int(top), _column_of(left), int(bottom), _column_of(right))
            self.merged.append(area)

    def _start_after(self, name: str, attributes: dict) -> None:
        if name in (_VALUE, _INLINE, _FORMULA):
            self._more = True
        elif name == _MERGED:
            self._start_merged(attributes)


@lru_cache(maxsize=20_000)
def _column_of(letters: str) -> int:
    try:
        return column_index_from_string(letters)
    except ValueError as error:
        raise Refused("broken") from error


def _row_number(text: str) -> int:
    try:
        number = float(text)
    except ValueError as error:
        raise Refused("broken") from error
    if not number.is_integer():
        raise Refused("broken")
    return int(number)
