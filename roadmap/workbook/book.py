"""A workbook as it was read into a folder of plain cells; `extracting/` writes it.

The folder has `book.json` (what the sheets are like) and for each sheet a file of its rows. A
cell is None, text, a number, or a list whose first item says what it is: `p` a number with a per
cent format, `t` a number that shows otherwise than it is (1.10), `d` a day, `b` a truth value,
`e` an error, `f` a formula whose value was not saved.
"""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

from openpyxl.utils import get_column_letter

from roadmap.workbook import times

# The first rows of a sheet, among which its headers are looked for.
HEADER_ROWS = 30
MOST_HEADER_ROWS = 4
DITTO = {'"', "''", "”", "“", "″", "〃", '-"-', "-”-", "-″-", "—”—", "–”–", "- ” -", "ks. yllä"}
SAMPLES = 6
_MOST_SIDE_BY_SIDE = 500  # merged areas in one row; Excel's do not overlap
_LONGEST_SAMPLE = 60
_LONGEST_TIME = 25  # characters that a day or quarter may have


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


def displayed(cell) -> str:
    """A cell as people in Finland write what it holds; for showing, never for reading."""
    if isinstance(cell, list) and cell[0] == "d":
        year, month, day = cell[1].split("-")
        return f"{int(day)}.{int(month)}.{year}"
    is_number = isinstance(cell, float) or (isinstance(cell, list) and cell[0] == "p")
    return shown(cell).replace(".", ",").replace("-", "\u2212") if is_number else shown(cell)


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
        return (
            "share" if bare.endswith("%") and bare.lstrip("+-\u2212,. ")[:1].isdigit() else "text"
        )
    if isinstance(cell, list):
        return {"p": "share", "t": "number", "d": "day", "b": "text"}.get(cell[0], "fault")
    return "number"


_PLAIN_NUMBER = re.compile(r"[+\-\u2212]?[0-9]{0,12}(?:[.,][0-9]{1,15})?")


def size(cell) -> str | None:
    """How large a plain number is: `one` for 0 and 1, `fraction` between them, else `more`."""
    if isinstance(cell, str):
        if not _PLAIN_NUMBER.fullmatch(cell) or not cell[-1:].isdigit():
            return None
        cell = float(cell.replace(",", ".").replace("\u2212", "-"))
    if not isinstance(cell, int | float):
        return None
    return "fraction" if 0 < cell < 1 else "one" if cell in (0, 1) else "more"


def _describe_columns(book: Book, sheet: int) -> list[dict]:
    """What each column of a sheet holds: counts by kind and size, the first cells with their rows.

    `hints` are what its texts tell about the times in it.
    """
    columns = []
    for number, _hidden, cells in book.rows(sheet):
        while len(columns) < len(cells):
            columns.append({"kinds": {}, "sizes": {}, "hints": [], "samples": []})
        for column, cell in zip(columns, cells, strict=False):
            if (what := kind(cell)) == "blank":
                continue
            column["kinds"][what] = column["kinds"].get(what, 0) + 1
            if large := size(cell):
                column["sizes"][large] = column["sizes"].get(large, 0) + 1
            _add_hint(column["hints"], cell)
            # Some of them belong to headers, which are not known yet.
            if len(column["samples"]) < SAMPLES + MOST_HEADER_ROWS + 2:
                column["samples"].append([number, displayed(cell)[:_LONGEST_SAMPLE], what])
    return columns


def _add_hint(hints: list[str], cell) -> None:
    if isinstance(cell, str) and len(cell) <= _LONGEST_TIME and cell[-1].isdigit():
        told = times.hint(cell)
        if told and told not in hints:
            hints.append(told)


def letter(place: int) -> str:
    return get_column_letter(place)


class Covered:
    """The cells that merged ones cover: what they still hold, no one sees in Excel.

    Asked row by row, from top to bottom.
    """

    def __init__(self, merged: list):
        self._coming = sorted(merged, reverse=True)
        self._here: list = []

    def take_off(self, number: int, cells: list) -> list[int]:
        """Empty the covered cells of a row; the columns (from 1) of those that held anything."""
        self._here = [kept for kept in self._here if kept[0][2] >= number]
        while self._coming and self._coming[-1][0] <= number:
            area = self._coming.pop()
            if area[2] >= number and len(self._here) < _MOST_SIDE_BY_SIDE:
                is_first = area[0] == number and area[1] <= len(cells)
                self._here.append((area, cells[area[1] - 1] if is_first else None))
        places = []
        for (top, left, _bottom, right), _shown in self._here:
            for place in range(left, min(right, len(cells)) + 1):
                if (top, left) != (number, place) and kind(cells[place - 1]) != "blank":
                    cells[place - 1] = None
                    places.append(place)
        return places

    def shown(self, place: int, cells: list):
        """What a person sees at a place of the row that was asked for last."""
        for (_top, left, _bottom, right), cell in self._here:
            if left <= place <= right:
                return cell
        return cells[place - 1] if place <= len(cells) else None
