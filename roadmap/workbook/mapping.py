"""How the sheets of a workbook become a road map: what was proposed, and what a person chose.

A mapping has parts. A part takes the rows of one sheet once; a sheet can be taken twice, for
example once for each of two years. What has not been answered yet is None, and an import waits
until it is.
"""

from dataclasses import asdict, dataclass, field, fields
from typing import NamedTuple

from roadmap import record
from roadmap.quarters import Quarter
from roadmap.workbook import layout
from roadmap.workbook.book import Book

# What can be worked out from the rest of a row, by field.
RULES = {
    "code": ("numbered",),
    "phase": ("year_of_start", "year_of_end"),
    "theme": ("sheet",),
    "service_area": ("sheet",),
    "target": ("last_plan",),
    "start": ("plan_start",),
    "end": ("plan_end",),
}
# How cells of 50 % and of 0.5 are read where they stand in one column.
AS_SHOWN, TO_PERCENT, AS_SHARE = "as_shown", "to_percent", "as_share"
SCALES = (AS_SHOWN, TO_PERCENT, AS_SHARE)
SCALED = ("baseline", "target", "weight", record.PLAN, record.ACTUAL)
FAULT, SKIP = "fault", "skip"
LONE = (FAULT, "theme", "service_area", SKIP)
FILLED = ("phase", "theme", "service_area", "responsible", "metric", "unit", "start", "end")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the value of a field comes from: a column (from 1), one value for all, or a rule."""

    column: int = 0
    value: str = ""
    rule: str = ""

    def as_json(self) -> dict:
        return {name: value for name, value in asdict(self).items() if value}


class QuarterColumn(NamedTuple):
    """A column that holds a planned or achieved value, or a comment, of one quarter."""

    family: str
    quarter: Quarter


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
    prefix: str = ""  # stands before each code
    increments: set[str] = field(default_factory=set)  # families whose values are to be summed up
    scales: dict[str, str | None] = field(default_factory=dict)  # by field or family
    fill: set[str] | None = None  # fields whose blanks repeat the row above
    lone: str | None = FAULT  # what a row with one filled cell is
    incomplete: str = FAULT  # what to do with a row without code or title
    unplanned: str = FAULT  # what to do with a row that plans nothing
    is_placed: bool = False  # a person has said where its headers are
    is_settled: bool = False  # and what its columns hold

    def columns(self) -> dict[str, int]:
        """The columns that are read, by record key."""
        plain = {key: source.column for key, source in self.fields.items() if source.column}
        return plain | {
            record.at(column.family, column.quarter): place
            for place, column in self.quarters.items()
        }

    def as_json(self) -> dict:
        kept = {one.name: getattr(self, one.name) for one in fields(self)}
        kept["fields"] = {key: source.as_json() for key, source in self.fields.items()}
        kept["quarters"] = {
            str(place): [family, str(quarter)] for place, (family, quarter) in self.quarters.items()
        }
        kept["loose"] = {str(place): list(said) for place, said in self.loose.items()}
        fill = None if self.fill is None else sorted(self.fill)
        return kept | {"increments": sorted(self.increments), "fill": fill}

    @classmethod
    def from_json(cls, kept: dict) -> "Part":
        read = dict(kept)
        read["header"] = tuple(kept["header"]) if kept["header"] else None
        read["fields"] = {key: Source(**source) for key, source in kept["fields"].items()}
        read["quarters"] = {
            int(place): QuarterColumn(family, Quarter.parse(quarter))
            for place, (family, quarter) in kept["quarters"].items()
        }
        read["loose"] = {int(place): tuple(said) for place, said in kept["loose"].items()}
        fill = None if kept["fill"] is None else set(kept["fill"])
        return cls(**read | {"increments": set(kept["increments"]), "fill": fill})


def missing_fields(part: Part) -> list[str]:
    """The fields that a road map cannot do without and that have no source yet."""
    return [key for key in layout.REQUIRED if key not in part.fields]


def mixed_scales(part: Part, book: Book) -> list[str]:
    """The fields and families in whose columns plain numbers and per cents stand side by side."""
    columns = book.sheets[part.sheet - 1]["columns"]
    kinds = {}
    for key, place in part.columns().items():
        family = key.partition(":")[0]
        if family in SCALED and place <= len(columns):
            kinds.setdefault(family, set()).update(columns[place - 1]["kinds"])
    return [family for family in SCALED if {"number", "share"} <= kinds.get(family, set())]


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
    asked += missing_fields(part)
    asked += [f"scale:{name}" for name in mixed_scales(part, book) if not part.scales.get(name)]
    return asked
