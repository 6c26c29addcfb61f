"""The header rows of roadmaps that are not in our layout: where they are and what they say.

Everything here only proposes; a person confirms. `head` and `merged` are as `book.json` of the
book folder has them: `[[row number, [cell, …]], …]`, and ranges of `[first row, first column,
last row, last column]`, all from 1 on.
"""

import re
from datetime import date
from typing import NamedTuple

from roadmap.quarters import Quarter
from roadmap.workbook import layout
from roadmap.workbook.headings import samples
from roadmap.workbook.headings.meaning import SURE, Meaning, Understood, read, understand
from roadmap.workbook.headings.proposing import Proposed, propose, yearless

__all__ = [
    "Meaning",
    "Proposed",
    "header_rows",
    "merge_spread",
    "propose",
    "read",
    "texts",
    "yearless",
]

_LAST_HEADER_ROW = 30
_DEEPEST = 4
_LONG_LABEL = 80  # characters; a header may be longer now and then
_DATA = re.compile(r"[^\s@]+@[^\s@]+\.\w+|https?://|^www\.", re.IGNORECASE)
_NOTE = re.compile(r"\(.*\)|\[.*\]|[*%€$]+|kpl|st|pcs|eur|€|%")


class _Labels(NamedTuple):
    """One row as header texts, "" for an empty cell, and whether it may be part of a header."""

    number: int
    texts: list[str]
    whole: bool


def merge_spread(rows: list, merged: list) -> list:
    """The rows with each merged range's upper left cell in every place of the range.

    Only rows that are given are filled, and no more columns than a sheet of ours may have.
    """
    spread = {number: list(cells) for number, cells in rows}
    for top, left, bottom, right in merged:
        source = spread.get(top, [])
        value = source[left - 1] if left <= len(source) else None
        if value is None:
            continue
        right = min(right, layout.MAX_COLUMNS)
        for number, cells in spread.items():
            if top <= number <= bottom:
                cells.extend([None] * (right - len(cells)))
                cells[left - 1 : right] = [value] * (right - left + 1)
    return [[number, spread[number]] for number, _ in rows]


def texts(head: list, merged: list, first: int, last: int) -> list[str]:
    """One header text a column, from the first column on; "" where the header says nothing.

    The texts of several rows stand from top to bottom with " / " between, each said once.
    """
    given = [row for row in head if first <= row[0] <= last]
    rows = [_labels(cells) for _, cells in merge_spread(given, merged)]
    width = max((len(cells) for cells in [*rows, *(cells for _, cells in head)]), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    wide = {top for top, left, _, right in merged if right > left}
    for place in range(len(rows) - 2, -1, -1):
        if given[place][0] not in wide:
            rows[place] = _continued(rows[place], rows[place + 1 :])
    return [_joined(parts) for parts in zip(*rows, strict=True)] if rows else [""] * width


def _joined(parts: tuple[str, ...]) -> str:
    """The distinct parts, whatever their case."""
    distinct: dict[str, str] = {}
    for part in filter(None, parts):
        distinct.setdefault(part.casefold(), part)
    return " / ".join(distinct.values())


def _labels(cells: list) -> list[str]:
    """A row's cells as text; dates as quarters where the whole row is quarters, else as months."""
    days = [date.fromisoformat(cell[1]) for cell in cells if _is_day(cell)]
    quarterly = len(set(days)) > 1 and (
        all(day == Quarter.of(day).first_day for day in days)
        or all(day == Quarter.of(day).last_day for day in days)
    )
    return [_label(cell, quarterly) for cell in cells]


def _is_day(cell) -> bool:
    return isinstance(cell, list) and cell[0] == "d"


def _label(cell, quarterly: bool) -> str:
    if not _is_day(cell):
        return samples.text(cell)
    return Quarter.of(date.fromisoformat(cell[1])).label if quarterly else cell[1][:7]


def _continued(upper: list[str], lower: list[list[str]]) -> list[str]:
    """An upper row whose groups are named once, above their first column, filled to the right.

    Only where the row is sparse, names two groups at least or nothing but a period or family
    (a title above the table is no group), and each group's first column has text below, too.
    """
    below = [any(row[place] for row in lower) for place in range(len(upper))]
    named = [place for place, text in enumerate(upper) if text and below[place]]
    sparse = len(named) * 2 <= sum(below)
    if not named or not sparse or (len(named) == 1 and not _is_pure(upper[named[0]])):
        return upper
    filled = list(upper)
    for place in range(1, len(upper)):
        group = filled[place - 1]
        if not filled[place] and group and below[place] and below[place - 1]:
            filled[place] = group
    return filled


def _is_pure(text: str) -> bool:
    """Only a year, a quarter or a family, and no word more."""
    meaning = read(text)
    return meaning is not None and meaning.key is None and understand(text).strength != 1


def header_rows(head: list, merged: list) -> tuple[int, int] | None:
    """The first and last row of the header within the first 30 rows, None where there is none.

    It is the one to four rows on end whose joined texts name the most of what a roadmap has,
    data rows and titles left out.
    """
    merged = [place for place in merged if place[0] <= _LAST_HEADER_ROW]
    rows = [
        _row(number, cells)
        for number, cells in merge_spread(head, merged)
        if number <= _LAST_HEADER_ROW
    ]
    best, header = 0, None
    for place, row in enumerate(rows):
        for depth in range(1, _DEEPEST + 1):
            window = rows[place : place + depth]
            last = row.number + depth - 1
            if len(window) < depth or window[-1].number != last or not window[-1].whole:
                break
            if depth > 1 and _is_title(window):
                break
            points = _points(texts(head, merged, row.number, last)) - 2 * (depth - 1)
            if points > best:
                best, header = points, (row.number, last)
    return header and (header[0], _extended(header, rows, merged))


def _row(number: int, cells: list) -> _Labels:
    labels = _labels(cells)
    filled = [label for label in labels if label]
    long = sum(len(label) > _LONG_LABEL for label in filled)
    figures = any(
        samples.fit("target", [cell]) == samples.GOOD and not _is_year(cell)
        for cell in cells
        if cell is not None
    )
    data = any(_DATA.search(label) for label in filled)
    return _Labels(number, labels, bool(filled) and not figures and not data and long <= 1)


def _is_year(cell) -> bool:
    return samples.fit("phase", [cell]) == samples.GOOD


def _is_title(window: list[_Labels]) -> bool:
    """One text alone above the table: over all of its columns, or at its left edge."""
    upper, lower = window[0].texts, window[1].texts
    if len({text for text in upper if text}) > 1:
        return False
    over = [place for place, text in enumerate(upper) if text]
    under = [place for place, text in enumerate(lower) if text]
    return not _is_pure(upper[over[0]]) if over[0] <= under[0] else False


def _points(header: list[str]) -> int:
    """How much a header names, each thing counted once; 0 where it is less than two things."""
    worth: dict[object, int] = {}
    for text in filter(None, header):
        understood = understand(text)
        if understood.meaning is not None:
            thing = understood.meaning[:-1]
            worth[thing] = max(worth.get(thing, 0), _worth(understood))
    certain = sum(points >= 3 for points in worth.values())
    return sum(worth.values()) if certain > 1 else 0


def _worth(understood: Understood) -> int:
    meaning, strength = understood.meaning, understood.strength
    if meaning.quarter:
        return 4 if meaning.family else 3
    if meaning.number or meaning.family:
        return 2
    if meaning.key:
        return min(strength, SURE)
    return 0  # a year alone stands among data, too


def _extended(header: tuple[int, int], rows: list[_Labels], merged: list) -> int:
    """The header's last row with what belongs to it below: merged cells, a row of units."""
    first, last = header
    deepest = min(first + _DEEPEST - 1, _LAST_HEADER_ROW)
    for top, left, bottom, right in merged:
        if left == right and first <= top <= last < bottom <= deepest:
            last = bottom
    following = next((row for row in rows if row.number == last + 1), None)
    if following and last < deepest:
        filled = [text for text in following.texts if text]
        if len(filled) > 1 and all(_NOTE.fullmatch(text.casefold()) for text in filled):
            last += 1
    return last
