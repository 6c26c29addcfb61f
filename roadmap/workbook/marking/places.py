"""Places of cells: from "B7" to row 7 and column 2, and back."""

import re
from typing import NamedTuple

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384  # of an Excel sheet
_PLACE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")


class Place(NamedTuple):
    """A cell's place, from 1 on; places are in the order of a sheet's cells."""

    row: int
    column: int

    def __str__(self):
        letters, rest = "", self.column
        while rest:
            rest, letter = divmod(rest - 1, 26)
            letters = chr(65 + letter) + letters
        return f"{letters}{self.row}"


def parse(cell: str) -> Place | None:
    """The place that a cell's name means; None where no sheet has such a cell."""
    match = _PLACE.fullmatch(cell.strip())
    if not match:
        return None
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - 64
    place = Place(int(match[2]), column)
    return place if place.row <= LAST_ROW and column <= LAST_COLUMN else None
