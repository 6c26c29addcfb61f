"""The folder into which a workbook is read once: plain JSON, a file a sheet. No Django here.

`book.json` is written last and under another name first: where it is, the reading was whole.
"""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

MAX_ROWS = 20_100  # of one sheet: those of a road map, its headers and what stands above them
MAX_ROWS_IN_ALL = 120_000
MAX_BLANK_ROWS = 1_000  # in a row; below them nothing more is expected
BOOK = "book.json"
_PROGRESS_EVERY = 1_000
_HEAD_ROWS, _HEAD_COLUMNS, _HEAD_TEXT = 40, 500, 120
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class BookFolder:
    """Writes the sheets one after the other, then the book; counts the rows over all of them."""

    def __init__(self, folder: Path, progress: Callable[[int], None] | None = None):
        self.folder = folder
        self.rows = 0
        self.sheets = []
        self._progress = progress

    def sheet(self, name: str, state: str = "visible") -> "SheetFile":
        sheet = SheetFile(self, name, state)
        self.sheets.append(sheet)
        return sheet

    def count_row(self) -> None:
        self.rows += 1
        if self._progress and self.rows % _PROGRESS_EVERY == 0:
            self._progress(self.rows)

    def finish(self, **facts) -> dict:
        """Write and return the book; `facts` are those of the whole file."""
        book = {**facts, "sheets": [sheet.facts() for sheet in self.sheets]}
        unfinished = self.folder / f"{BOOK}.part"
        unfinished.write_text(_encode(book), encoding="utf-8")
        unfinished.rename(self.folder / BOOK)
        return book


class SheetFile:
    """The rows of one sheet on their way to its file, and what is told of them."""

    def __init__(self, book: BookFolder, name: str, state: str):
        self.name = name
        self.state = state
        self.rows = self.last_row = self.last_column = 0
        self.hidden_rows = self.formulas = self.columns_beyond = 0
        self.rows_beyond = False
        self.stopped_at = None
        self.hidden_columns = []
        self.merged = []
        self.columns = set()  # places that hold anything
        self._head = []
        self._book = book
        path = book.folder / f"sheet-{len(book.sheets) + 1}.jsonl.gz"
        self._file = gzip.open(path, "wt", compresslevel=1, encoding="utf-8", newline="\n")  # noqa: SIM115

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    @property
    def is_full(self) -> bool:
        return self.rows >= MAX_ROWS or self._book.rows >= MAX_ROWS_IN_ALL

    def add(self, number: int, cells: list, hidden: bool = False) -> None:
        """Keep a row that holds something; trailing empty cells are taken off the list."""
        while cells[-1] is None:
            cells.pop()
        self._file.write(_encode([number, int(hidden), cells]) + "\n")
        if len(self._head) < _HEAD_ROWS:
            self._head.append([number, _shortened(cells)])
        self.rows += 1
        self.last_row = number
        self.hidden_rows += hidden
        self.last_column = max(self.last_column, len(cells))
        self.columns.update(place for place, cell in enumerate(cells, 1) if cell is not None)
        self._book.count_row()

    def facts(self) -> dict:
        return {
            "name": self.name,
            "state": self.state,
            "rows": self.rows,
            "last_row": self.last_row,
            "last_column": self.last_column,
            "hidden_rows": self.hidden_rows,
            "hidden_columns": self.hidden_columns,
            "merged": self.merged,
            "formulas": self.formulas,
            "stopped_at": self.stopped_at,
            "rows_beyond": self.rows_beyond,
            "columns_beyond": self.columns_beyond,
            "head": self._head,
        }


def _shortened(cells: list) -> list:
    cells = [c[:_HEAD_TEXT] if isinstance(c, str) else c for c in cells[:_HEAD_COLUMNS]]
    while cells and cells[-1] is None:
        cells.pop()
    return cells
