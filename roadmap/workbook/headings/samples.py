"""What the cells below a header look like: whether they can be what the header says.

Cells are as the book folder keeps them: null, text, a number, or a pair such as ["d", iso date].
"""

import re
from collections.abc import Iterable

from roadmap.workbook import times
from roadmap.workbook.headings import periods

GOOD, NEUTRAL, BAD = 1, 0, -1
_EMAIL = re.compile(r"[^\s@;,]+@[^\s@;,]+\.[^\s@;,]+")
_NUMBER = re.compile(r"[<>≤≥~]?\s*[+\-\u2212]?\s*\d[\d\s.,]*%?")
_MARKS = {*"x×✓✔√●•■█▲*+1", "xx", "xxx", "xxxx", "ok"}
_PERSON = re.compile(r"[A-ZÅÄÖÜ][a-zà-ÿ]+(?:-[A-ZÅÄÖÜ][a-zà-ÿ]+)? [A-ZÅÄÖÜ][a-zà-ÿ]+(?:[-,;&/ ]|$)")
_MOST, _FEW = 0.5, 0.2
_LONG, _SHORT = 40, 10  # characters, on average


def cells_of(rows: Iterable[list], place: int) -> list:
    """The cells of a column (from 1 on) that hold something."""
    cells = (row[place - 1] for row in rows if len(row) >= place)
    return [cell for cell in cells if cell is not None and cell != ""]


def text(cell) -> str:
    """A cell as a person reads it, on one line."""
    if cell is None:
        return ""
    if isinstance(cell, list):
        return _marked(cell)
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split())


def _marked(cell: list) -> str:
    kind, value = cell[0], cell[1]
    if kind == "p":
        return f"{text(round(value * 100, 6))} %"
    if kind == "t":
        return str(cell[2])
    if kind in ("e", "f"):  # nothing that anybody could read
        return ""
    return " ".join(str(value).split())


def fit(key: str, cells: list) -> int:
    """GOOD, NEUTRAL or BAD: whether cells can be values of a record's field or family."""
    return _TESTS[key](cells) if cells else NEUTRAL


def _share(cells, test) -> float:
    return sum(map(test, cells)) / len(cells)


def _is_number(cell) -> bool:
    if isinstance(cell, list):
        return cell[0] in ("p", "t")
    if isinstance(cell, str):
        return bool(_NUMBER.fullmatch(cell.strip()))
    return isinstance(cell, int | float)


def _is_year(cell) -> bool:
    return bool(re.fullmatch(r"(?:19|20)\d\d", text(cell)))


def _is_time(cell) -> bool:
    if isinstance(cell, list):
        return cell[0] == "d"
    shown = periods.plain(text(cell))
    period = periods.read(shown)
    return period.number is not None or period.year is not None or period.rest != shown


def _is_email(cell) -> bool:
    return bool(_EMAIL.search(text(cell)))


def are_marks(cells: list[str]) -> bool:
    """Whether cells mostly mark a time, as in a chart of bars."""
    return bool(cells) and _share(cells, lambda cell: cell.strip().casefold() in _MARKS) > _MOST


def is_span(cell) -> bool:
    """Whether a cell says from when until when."""
    found = times.span(text(cell)) if isinstance(cell, str | int | float) else None
    return found is not None and found.first != found.last


def are_people(cells: list) -> bool:
    """Whether cells name people, as Anna Aho; a unit is not called so."""
    return bool(cells) and _share(cells, lambda cell: bool(_PERSON.match(text(cell)))) >= _MOST


def _judge(share: float) -> int:
    return GOOD if share >= _MOST else BAD if share < _FEW else NEUTRAL


def _length(cells) -> float:
    return sum(len(text(cell)) for cell in cells) / len(cells)


def _distinct(cells) -> float:
    return len({text(cell) for cell in cells}) / len(cells)


def _numbers(cells) -> int:
    return _judge(_share(cells, _is_number))


def _times(cells) -> int:
    return _judge(_share(cells, _is_time))


def _years(cells) -> int:
    return _judge(_share(cells, _is_year))


def _emails(cells) -> int:
    return GOOD if _share(cells, _is_email) >= _MOST else BAD


def _words(cells) -> int:
    """Text, neither numbers nor addresses."""
    if _share(cells, _is_number) >= _MOST or _share(cells, _is_email) >= _MOST:
        return BAD
    return NEUTRAL


def _code(cells) -> int:
    if _length(cells) > _LONG or _distinct(cells) < _MOST:
        return BAD
    return GOOD if _distinct(cells) > 0.95 and _length(cells) <= 2 * _SHORT else NEUTRAL


def _title(cells) -> int:
    if _words(cells) == BAD:
        return BAD
    return GOOD if _length(cells) >= _SHORT and _distinct(cells) > 0.6 else NEUTRAL


def _group(cells) -> int:
    if _words(cells) == BAD:
        return BAD
    return GOOD if len(cells) > 2 and _distinct(cells) < 1 else NEUTRAL


def _unit(cells) -> int:
    return BAD if _length(cells) > _LONG else NEUTRAL


_TESTS = {
    "code": _code,
    "title": _title,
    "description": _words,
    "phase": _years,
    "theme": _group,
    "service_area": _group,
    "responsible": _emails,
    "metric": _words,
    "unit": _unit,
    "baseline": _numbers,
    "target": _numbers,
    "start": _times,
    "end": _times,
    "weight": _numbers,
    "cancelled_from": _times,
    "plan": _numbers,
    "actual": _numbers,
    "comment": _words,
}
