"""A workbook as it was read into a folder of plain cells; `extracting.py` writes it.

The folder has `book.json` (what the sheets are like) and for each sheet a file of its rows. A
cell is None, text, a number, or a list whose first item says what it is: `p` a number with a per
cent format, `t` a number that shows otherwise than it is (1.10), `d` a day, `b` a truth value,
`e` an error, `f` a formula whose value was not saved.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from openpyxl.utils import get_column_letter

# The first rows of a sheet, among which its headers are looked for.
HEADER_ROWS = 30
MOST_HEADER_ROWS = 4
DITTO = {'"', "''", "”", "“", "″", "〃", '-"-', "-”-", "-″-", "—”—", "–”–", "- ” -", "ks. yllä"}
SAMPLES = 6
_LONGEST_SAMPLE = 60


class Book:
    """What was read of a workbook: `sheets` in its order, and the rows of each."""

    def __init__(self, folder: Path, facts: dict):
        self.folder, self.facts = folder, facts

    @classmethod
    def describe(cls, folder: Path, facts: dict) -> "Book":
        """A book that was read just now, with what each of its columns holds."""
        book = cls(folder, facts)
        for number, sheet in enumerate(book.sheets, start=1):
            sheet["columns"] = _describe_columns(book, number)
        return book

    @property
    def sheets(self) -> list[dict]:
        return self.facts["sheets"]

    def rows(self, sheet: int) -> Iterator[tuple[int, bool, list]]:
        """The rows of the sheet of that number (from 1) that hold anything.

        Each with its number, and whether it is hidden.
        """
        with gzip.open(self.folder / f"sheet-{sheet}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                number, hidden, cells = json.loads(line)
                yield number, bool(hidden), cells


def shown(cell) -> str:
    """A cell as text, for people to recognise it by."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, list):
        kind, value = cell[0], cell[1]
        if kind == "p":
            return f"{_plain(value * 100)} %"
        if kind == "b":
            return "TRUE" if value else "FALSE"
        return cell[2] if kind == "t" else str(value)
    return _plain(cell)


def _plain(number) -> str:
    text = f"{number:.15g}"
    return text if "e" in text else text.removesuffix(".0")


def kind(cell) -> str:
    """What a cell holds: `blank`, `text`, `share` (in per cent), `number`, `day`, `fault`, …"""
    if cell is None:
        return "blank"
    if isinstance(cell, str):
        bare = cell.strip()
        if not bare:
            return "blank"
        if bare in DITTO:
            return "ditto"
        return "share" if bare.endswith("%") and bare[:1].isdigit() else "text"
    if isinstance(cell, list):
        return {"p": "share", "t": "number", "d": "day", "b": "text"}.get(cell[0], "fault")
    return "number"


def _describe_columns(book: Book, sheet: int) -> list[dict]:
    """What each column of a sheet holds: counts by kind, and the first cells with their rows."""
    columns = []
    for number, _hidden, cells in book.rows(sheet):
        while len(columns) < len(cells):
            columns.append({"kinds": {}, "samples": []})
        for column, cell in zip(columns, cells, strict=False):
            if (what := kind(cell)) == "blank":
                continue
            column["kinds"][what] = column["kinds"].get(what, 0) + 1
            # Some of them belong to headers, which are not known yet.
            if len(column["samples"]) < SAMPLES + MOST_HEADER_ROWS + 2:
                column["samples"].append([number, shown(cell)[:_LONGEST_SAMPLE], what])
    return columns


def letter(place: int) -> str:
    return get_column_letter(place)
