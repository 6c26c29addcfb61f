"""Which column holds what: a proposal for a person, from the header texts and some cells."""

from typing import NamedTuple

from roadmap import record
from roadmap.quarters import Quarter
from roadmap.workbook import layout
from roadmap.workbook.headings.meaning import CUT, OWN, Understood, understand
from roadmap.workbook.headings.periods import Period
from roadmap.workbook.headings.samples import (
    BAD,
    GOOD,
    are_people,
    cells_of,
    fit,
    is_span,
)

# What others stand beside is chosen first.
_ORDER = ("title", "metric", "code", "unit")
_ANCHORS = ("title", "metric", "unit")
# A baseline, a beginning or an end may be of a quarter; nothing else plain is.
_OF_A_QUARTER = ("baseline", "start", "end", "cancelled_from")


class Proposed(NamedTuple):
    """What the columns hold, by their place from 1 on.

    `quarters` has the columns that belong to quarters, as place, family and quarter; one of these
    is None where the header does not say it for certain. `exact`: every column used is known by
    our own names, and code, title and phase are among them.
    """

    fields: dict[str, int]
    quarters: list[tuple[int, str | None, Quarter | None]]
    exact: bool


def yearless(texts: list[str]) -> dict[int, int]:
    """The number of the quarter by place, where a header names one without a year for certain."""
    columns = [_Column(place, understand(text), []) for place, text in enumerate(texts, start=1)]
    columns = [column for column in columns if column.understood.meaning is not None]
    thirds = _are_thirds(columns)
    return {
        column.place: column.understood.meaning.number
        for column in columns
        if column.understood.meaning.number
        and column.understood.meaning.year is None
        and not (column.understood.period.lone_t and thirds)
        and not _tells_more(column.understood.period)
    }


def _tells_more(period: Period) -> bool:
    """Whether a period says something that was not understood: a financial year, as Q1 22/23."""
    return period.other or any(sign.isdigit() for sign in period.rest)


class _Column(NamedTuple):
    place: int
    understood: Understood
    cells: list

    @property
    def own(self) -> bool:
        return self.understood.strength == OWN


def propose(texts: list[str], samples: list[list] | None = None) -> Proposed:
    """What each column holds, as far as its header text and the cells below tell.

    `samples` are rows of cells below the header. A field is proposed for one column at most. What
    a quarter's header leaves open stays open: a family with a year alone is no quarter's column.
    """
    columns = [
        _Column(place, understand(text), cells_of(samples or [], place))
        for place, text in enumerate(texts, start=1)
    ]
    columns = [column for column in columns if column.understood.meaning is not None]
    quarterly = [column for column in columns if _is_quarterly(column)]
    rest = [column for column in columns if column not in quarterly]
    fields = _fields(rest)
    places = {column.place: column for column in columns}
    own = all(key in fields and places[fields[key]].own for key in layout.REQUIRED)
    if own:  # our own layout: a column of notes beside it says nothing
        quarterly = [c for c in quarterly if c.own or c.understood.meaning.number]
    quarters = _quarters(quarterly, columns)
    used = [*fields.values(), *(place for place, _, _ in quarters)]
    return Proposed(fields, quarters, own and all(places[place].own for place in used))


def _is_quarterly(column: _Column) -> bool:
    meaning, period = column.understood.meaning, column.understood.period
    if meaning.number is not None:
        return meaning.key not in _OF_A_QUARTER
    if meaning.family is None:
        return False
    return meaning.year is None and not period.other and not column.understood.total


def _fields(columns: list[_Column]) -> dict[str, int]:
    fields: dict[str, int] = {}
    for column in columns:
        if column.own and column.understood.meaning.key:
            fields.setdefault(column.understood.meaning.key, column.place)
    for key in (*_ORDER, *(key for key in record.PLAIN if key not in _ORDER)):
        if key in fields:
            continue
        anchors = [fields[anchor] for anchor in _ANCHORS if anchor in fields]
        taken = set(fields.values())
        rivals = [
            (rank, column.place)
            for column in columns
            if column.place not in taken and (rank := _rank(column, key, anchors)) is not None
        ]
        if rivals:
            fields[key] = max(rivals, key=lambda rival: rival[0])[1]
    _share_spans(fields, columns)
    return {key: fields[key] for key in record.PLAIN if key in fields}


def _share_spans(fields: dict[str, int], columns: list[_Column]) -> None:
    """A column that says both when something begins and when it ends is both."""
    given = [key for key in ("start", "end") if key in fields]
    if len(given) == 1:
        cells = next(c.cells for c in columns if c.place == fields[given[0]])
        if any(is_span(cell) for cell in cells):
            fields["start"] = fields["end"] = fields[given[0]]


def _rank(column: _Column, key: str, anchors: list[int]) -> tuple | None:
    """How well a column would do as a field; the higher the better, None for not at all."""
    understood = column.understood
    if column.own or understood.total or key not in understood.fields:
        return None
    fits = fit(key, column.cells)
    first = understood.fields[0] == key
    if key == "service_area" and "responsible" in understood.fields and are_people(column.cells):
        return None
    # A second meaning of a word needs the cells on its side, as does a person: an address.
    if fits == BAD or (fits != GOOD and (not first or key == "responsible")):
        return None
    strength = understood.strength if first else min(understood.strength, CUT)
    far = min((abs(column.place - anchor) for anchor in anchors), default=0)
    return (strength + max(fits, 0), understood.meaning.year is None, -far, -column.place)


def _quarters(columns: list[_Column], all_columns: list[_Column]) -> list[tuple]:
    """The columns of quarters, with what is not certain left open."""
    months = any(c.understood.period.other and c.understood.period.bare for c in all_columns)
    thirds = _are_thirds(all_columns)
    found = []
    for column in columns:
        meaning, period = column.understood.meaning, column.understood.period
        quarter = meaning.quarter
        if (period.bare and months) or (period.lone_t and thirds):
            quarter = None
        family = meaning.family
        if not column.own and family and fit(family, column.cells) == BAD:
            family = None
        if family or meaning.number is not None:
            found.append((column.place, family, quarter))
    return found


def _are_thirds(columns: list[_Column]) -> bool:
    """T1 to T3 are thirds of a year in the north; a T4, or Spanish words, make them quarters."""
    numbers = {c.understood.meaning.number for c in columns if c.understood.period.lone_t}
    spanish = any(c.understood.spanish for c in columns)
    return bool(numbers) and 4 not in numbers and not spanish
