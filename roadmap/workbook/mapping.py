"""How the sheets of a workbook become a road map: what was proposed, and what a person chose.

A mapping has parts. A part takes the rows of one sheet once; a sheet can be taken twice, for
example once for each of two years. What has not been answered yet is None, and an import waits
until it is.
"""

import re
from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from typing import NamedTuple

from roadmap import record
from roadmap.quarters import Quarter
from roadmap.workbook import layout
from roadmap.workbook.book import Book, kind, size

# What can be worked out from the rest of a row, by field.
RULES = {
    "code": ("numbered",),
    "phase": ("year_of_start", "year_of_end", "sheet_year"),
    "theme": ("sheet",),
    "service_area": ("sheet",),
    "target": ("last_plan",),
    "start": ("plan_start", "mark_start"),
    "end": ("plan_end", "mark_end"),
}
# How cells of 50 % and of 0.5 are read where they stand in one column.
AS_SHOWN, TO_PERCENT, AS_SHARE = "as_shown", "to_percent", "as_share"
SCALES = (AS_SHOWN, TO_PERCENT, AS_SHARE)
SCALED = ("baseline", "target", "weight", record.PLAN, record.ACTUAL)
# What rows are that are no actions: a fault, left out, or the heading of the rows below.
FAULT, SKIP, GROUPS = "fault", "skip", ("theme", "service_area")
FILLED = (
    *("title", "phase", "theme", "service_area", "responsible", "metric", "unit"),
    *("baseline", "target", "start", "end"),
)
MARK = "mark"  # the family of columns that only mark when something is done
OF_THE_PHASE = 0  # the year of a quarter whose column says only its number


@dataclass(frozen=True, slots=True)
class Source:
    """Where the value of a field comes from: a column (from 1), one value for all, or a rule."""

    column: int = 0
    value: str = ""
    rule: str = ""

    def as_json(self) -> dict:
        return {name: value for name, value in asdict(self).items() if value}


class QuarterColumn(NamedTuple):
    """A column that holds a planned or achieved value, a comment or a mark of one quarter.

    The quarter's year may be `OF_THE_PHASE`: it is then that of the row's phase.
    """

    family: str
    quarter: Quarter

    @property
    def label(self) -> str:
        return self.quarter.label if self.quarter.year else f"Q{self.quarter.number}"

    @classmethod
    def read(cls, family: str, text: str) -> "QuarterColumn":
        """From a quarter as `Quarter.parse` reads it, or `Q3` alone; `ValueError` otherwise."""
        if match := re.fullmatch(r"Q\s?([1-4])", text.strip(), re.IGNORECASE):
            return cls(family, Quarter(OF_THE_PHASE, int(match[1])))
        return cls(family, Quarter.parse(text))


_SETS = ("increments", "lenient")


@dataclass
class Part:
    """The rows of one sheet, and how each field is read from them."""

    sheet: int  # from 1, in the workbook's order
    name: str  # of the sheet, by which it is found again in another file
    header: tuple[int, int] | None = None  # first and last row; None for a sheet without headers
    hidden_rows: bool | None = None  # whether to take them; None where nobody was asked
    hidden_columns: bool | None = None
    fields: dict[str, Source] = field(default_factory=dict)
    quarters: dict[int, QuarterColumn] = field(default_factory=dict)
    # Columns of which the header says only half: (family or "", the quarter as far as it is known).
    loose: dict[int, tuple[str, str]] = field(default_factory=dict)
    first_row: int | None = None  # below the headers; None where they begin at once
    last_row: int | None = None  # of the table, where others stand below it
    prefix: str = ""  # stands before each code
    prefix_sheet: bool = False  # and before that the name of the sheet
    increments: set[str] = field(default_factory=set)  # families whose values are to be summed up
    scales: dict[str, str | None] = field(default_factory=dict)  # by field or family
    fill: set[str] | None = None  # fields whose blanks repeat the row above
    lone: str | None = FAULT  # what a row with one filled cell is
    incomplete: str = FAULT  # what a row without code, title or phase is
    undated: str = FAULT  # what a row without start and end is; otherwise an action
    unplanned: str = FAULT  # what a row that plans nothing is; otherwise an action
    totals: str = FAULT  # what a row that sums others up is; otherwise an action
    outside: str = FAULT  # what a row is that lies outside the strategy's years
    lenient: set[str] = field(default_factory=set)  # fields whose unreadable cells count as empty
    is_placed: bool = False  # a person has said where its headers are
    is_settled: bool = False  # and what its columns hold

    def columns(self) -> dict[str, int]:
        """The columns that are read, by record key; without the marks."""
        plain = {key: source.column for key, source in self.fields.items() if source.column}
        return plain | {
            record.at(column.family, column.quarter): place
            for place, column in self.quarters.items()
            if column.family != MARK
        }

    def marks(self) -> dict[int, Quarter]:
        """The columns that mark when something is done, by place."""
        return {
            place: column.quarter
            for place, column in self.quarters.items()
            if column.family == MARK
        }

    def as_json(self) -> dict:
        kept = {one.name: getattr(self, one.name) for one in fields(self)}
        kept["fields"] = {key: source.as_json() for key, source in self.fields.items()}
        kept["quarters"] = {
            str(place): [column.family, column.label] for place, column in self.quarters.items()
        }
        kept["loose"] = {str(place): list(said) for place, said in self.loose.items()}
        fill = None if self.fill is None else sorted(self.fill)
        sets = {name: sorted(getattr(self, name)) for name in _SETS}
        return kept | sets | {"fill": fill}

    @classmethod
    def from_json(cls, kept: dict) -> "Part":
        read = dict(kept)
        read["header"] = tuple(kept["header"]) if kept["header"] else None
        read["fields"] = {key: Source(**source) for key, source in kept["fields"].items()}
        read["quarters"] = {
            int(place): QuarterColumn.read(family, quarter)
            for place, (family, quarter) in kept["quarters"].items()
        }
        read["loose"] = {int(place): tuple(said) for place, said in kept["loose"].items()}
        fill = None if kept["fill"] is None else set(kept["fill"])
        sets = {name: set(kept.get(name, ())) for name in _SETS}
        return cls(**read | sets | {"fill": fill})


def missing_fields(part: Part) -> list[str]:
    """The fields that a road map cannot do without and that have no source yet."""
    return [key for key in layout.REQUIRED if key not in part.fields]


def mixed_scales(part: Part, book: Book) -> list[str]:
    """The fields and families in whose columns plain numbers and per cents stand side by side."""
    kinds = _counts(part, book, "kinds")
    return [family for family in SCALED if {"number", "share"} <= kinds.get(family, {}).keys()]


def doubtful_scales(part: Part, book: Book) -> list[str]:
    """The fields and families that a person is asked about: where 0.5 may be meant as 50 %.

    That is beside per cents, and where a target of 100 would be taken for granted.
    """
    kinds, sizes = _counts(part, book, "kinds"), _counts(part, book, "sizes")
    doubtful = set(mixed_scales(part, book))
    for family in SCALED:
        found = sizes.get(family, {})
        if "fraction" in found and "share" in kinds.get(family, {}):
            doubtful.add(family)
    target = part.fields.get("target")
    is_hundred = target is None or "share" in kinds.get("target", {})
    for family in (record.PLAN, record.ACTUAL):
        found = sizes.get(family, {})
        if is_hundred and "fraction" in found and "more" not in found:
            doubtful.add(family)
    return [family for family in SCALED if family in doubtful]


def _counts(part: Part, book: Book, name: str) -> dict[str, dict[str, int]]:
    """By field and family, how many cells of each kind or size stand below the headers."""
    sheet = book.sheets[part.sheet - 1]
    of_cell = kind if name == "kinds" else size
    above = [cells for row, cells in sheet["head"] if part.header and row <= part.header[1]]
    counts = {}
    for key, place in part.columns().items():
        family = key.partition(":")[0]
        if family in SCALED and place <= len(sheet["columns"]):
            found = Counter(sheet["columns"][place - 1].get(name, {}))
            found.subtract(of_cell(cells[place - 1]) for cells in above if len(cells) >= place)
            counts.setdefault(family, {}).update({what: n for what, n in found.items() if n > 0})
    return counts


def gaps(part: Part, book: Book, with_ditto: bool = True) -> list[str]:
    """The fields whose columns have merged cells, or ditto marks, below the headers."""
    sheet = book.sheets[part.sheet - 1]
    below = part.header[1] if part.header else 0
    merged = {
        place
        for first, left, last, right in sheet["merged"]
        if first > below and last > first
        for place in range(left, right + 1)
    }
    merged |= {
        place
        for place, column in enumerate(sheet["columns"], start=1)
        if with_ditto and "ditto" in column["kinds"]
    }
    columns = part.columns()
    return [key for key in FILLED if columns.get(key) in merged]


def open_questions(part: Part, book: Book) -> list[str]:
    """What a person must still say about a part before its rows can be read."""
    sheet = book.sheets[part.sheet - 1]
    asked = []
    if sheet["hidden_rows"] and part.hidden_rows is None:
        asked.append("hidden_rows")
    if sheet["hidden_columns"] and part.hidden_columns is None:
        asked.append("hidden_columns")
    if part.fill is None and gaps(part, book):
        asked.append("fill")
    if not part.is_settled and (part.first_row or part.last_row):
        asked.append("rows")  # where the table ends in this file, nobody knows yet
    asked += missing_fields(part)
    scales = doubtful_scales(part, book) if part.is_placed else mixed_scales(part, book)
    asked += [f"scale:{name}" for name in scales if not part.scales.get(name)]
    return asked
