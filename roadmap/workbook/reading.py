"""From the sheets of a book to typed rows, as a mapping says; what they mean is checked later."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from roadmap import record
from roadmap.quarters import Quarter
from roadmap.record import ACTUAL, PLAN
from roadmap.workbook import fields, layout
from roadmap.workbook.book import DITTO, Book, kind, shown
from roadmap.workbook.faults import Report, WorkbookRefused, say, shorten
from roadmap.workbook.mapping import SKIP, Part

MAX_ROWS = layout.MAX_ROWS
PROGRESS_ROWS = 500


@dataclass(slots=True)
class Row:
    """One row of a sheet and what was read, by record key.

    A key is there for each field that the part has a source for, None where nothing was given.
    `faulty` are the keys whose cells could not be read; they stand in the report.
    """

    number: int
    part: "PartReader"
    values: record.Record = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)

    @property
    def sheet(self) -> str:
        return self.part.sheet_name

    def fault(self, key: str, found, expected: str) -> None:
        """Tell the report of a fault in the cell that the key was read from."""
        self.faulty.add(key)
        self.part.fault(self.number, key, found, expected)


@dataclass
class Reading:
    """What was read of a workbook: the parts, the report, and the rows, once, as they come."""

    parts: list["PartReader"]
    report: Report

    def rows(self, tell: Callable[[int], None] = lambda count: None) -> Iterator[Row]:
        """The rows of all parts; `tell` hears from time to time how many there were.

        Raises `WorkbookRefused` where there are more than a road map may have, or none.
        """
        count = 0
        for part in self.parts:
            for row in part.rows():
                count += 1
                if count % PROGRESS_ROWS == 0:
                    tell(count)
                if count > MAX_ROWS:
                    raise _too_many(part.sheet_name, row.number)
                yield row
        if not count:
            names = ", ".join(part.sheet_name for part in self.parts)
            raise WorkbookRefused(
                say(_("The sheet %(sheet)s has no rows below its headers."), sheet=names)
            )


def _too_many(sheet: str, row: int) -> WorkbookRefused:
    return WorkbookRefused(
        say(
            _("%(place)s: there are more than %(most)d rows. Divide the file."),
            place=f"{sheet}!A{row}",
            most=MAX_ROWS,
        )
    )


def read(book: Book, parts: list[Part], report: Report | None = None) -> Reading:
    """The rows of a book as its parts say. `report` may have assumptions already."""
    report = report or Report()
    return Reading([PartReader(book, part, report) for part in parts], report)


class PartReader:
    """Reads the rows of one part."""

    def __init__(self, book: Book, part: Part, report: Report):
        self.book, self.part, self.report = book, part, report
        self.facts = book.sheets[part.sheet - 1]
        self.sheet_name = self.facts["name"]
        self.columns = part.columns()
        self.constants = self._constants()
        # The phase may be worked out from a start that is itself worked out.
        rules = {key: source.rule for key, source in part.fields.items() if source.rule}
        self.rules = {key: rules[key] for key in _ORDER_OF_RULES if key in rules}
        self.keys = {*self.columns, *self.constants, *self.rules}
        self.above: dict[str, object] = {}  # the last cell of each column that is filled down
        self.lone: str | None = None
        self.lone_row = 0
        self.numbered = 0
        self.left_out: dict[str, list[int]] = {}
        self._first_row = self.part.header[1] + 1 if self.part.header else 1

    @property
    def header_row(self) -> int:
        return self.part.header[1] if self.part.header else 1

    def _constants(self) -> record.Record:
        given = {key: s.value for key, s in self.part.fields.items() if s.value}
        return {key: fields.read(text, key, Report()) for key, text in given.items()}

    def fault(self, row: int, key: str, found, expected: str) -> None:
        place = self.columns.get(key) or self.columns.get("code") or 1
        self.report.fault(self.sheet_name, row, place, layout.heading(key), found, expected)

    # --- rows ---------------------------------------------------------------------------------

    def rows(self) -> Iterator[Row]:
        if self.facts.get("rows_beyond"):
            raise _too_many(self.sheet_name, self.facts["last_row"])
        for number, hidden, found in self.book.rows(self.part.sheet):
            if number < self._first_row:
                continue
            if hidden and not self.part.hidden_rows:
                self._leave_out(_("hidden rows were left out: %(rows)s"), number)
                continue
            raw = self._pick(found)
            if all(kind(cell) == "blank" for cell in raw.values()):
                if any(kind(cell) != "blank" for cell in found) and not self._is_lone(
                    number, found
                ):
                    sentence = _("rows have nothing in the columns that are read: %(rows)s")
                    self._leave_out(sentence, number)
                continue
            if self._is_lone(number, found) or self._is_left_out(number, raw):
                continue
            yield self._row(number, raw)
        self._say_what_was_left_out()

    def _pick(self, found: list) -> dict:
        width = len(found)
        return {
            key: found[place - 1] if place <= width else None for key, place in self.columns.items()
        }

    def _is_lone(self, number: int, found: list) -> bool:
        """A row with one filled cell, where such rows are headings or nothing."""
        if self.part.lone in (None, "fault"):
            return False
        filled = [cell for cell in found if kind(cell) != "blank"]
        if len(filled) != 1:
            return False
        if self.part.lone == SKIP:
            self._leave_out(_("rows with one filled cell were left out: %(rows)s"), number)
        elif self.lone_row != number:
            self.lone_row, self.lone = number, shown(filled[0]).strip()
            self.report.assume(say(_("rows with one filled cell were read as headings")))
        return True

    def _is_left_out(self, number: int, raw: dict) -> bool:
        if self.part.incomplete == SKIP and any(
            key in raw and kind(raw[key]) == "blank" for key in ("code", "title")
        ):
            self._leave_out(_("rows without a code or a title were left out: %(rows)s"), number)
            return True
        if self.part.unplanned == SKIP and self._plans_nothing(raw):
            self._leave_out(_("rows that plan nothing were left out: %(rows)s"), number)
            return True
        return False

    @staticmethod
    def _plans_nothing(raw: dict) -> bool:
        planned = [cell for key, cell in raw.items() if key.startswith(f"{PLAN}:")]
        return all(
            kind(cell) == "blank" or cell == 0 or (isinstance(cell, list) and cell[1] == 0)
            for cell in planned
        )

    def _leave_out(self, sentence: str, number: int) -> None:
        self.left_out.setdefault(sentence, []).append(number)

    def _say_what_was_left_out(self) -> None:
        for sentence, numbers in self.left_out.items():
            rows = shorten(", ".join(map(str, numbers)), 200)
            self.report.assume(say(sentence, rows=f"{self.sheet_name} {rows}"), len(numbers))

    # --- one row ------------------------------------------------------------------------------

    def _row(self, number: int, raw: dict) -> Row:
        row = Row(number, self, dict(self.constants))
        for key in self.part.fill or ():
            self._fill_down(key, raw)
        for key, cell in raw.items():
            family = key.partition(":")[0]
            try:
                row.values[key] = fields.read(
                    cell, family, self.report, self.part.scales.get(family)
                )
            except ValueError as error:
                row.fault(key, shown(cell), error.args[0])
        if self.lone and self.part.lone not in self.columns:
            row.values[self.part.lone] = self.lone
        for family in (PLAN, ACTUAL):
            if family in self.part.increments:
                self._add_up(row, family)
        self._name_code(row)
        for key, rule in self.rules.items():
            if key != "code":
                row.values[key] = _RULES[rule](self, row)
        return row

    def _fill_down(self, key: str, raw: dict) -> None:
        if key not in raw:
            return
        cell = raw[key]
        if kind(cell) == "blank" or (isinstance(cell, str) and cell.strip() in DITTO):
            if key in self.above:
                raw[key] = self.above[key]
                name = layout.heading(key)
                self.report.assume(say(_("rows: %(field)s from the row above"), field=name))
        else:
            self.above[key] = cell

    def _add_up(self, row: Row, family: str) -> None:
        """What each quarter added becomes what was reached by its end."""
        keys = sorted(key for key in row.values if key.startswith(f"{family}:"))
        total, count = Decimal(0), 0
        for key in keys:
            if row.values[key] is not None:
                total += row.values[key]
                row.values[key] = record.number(total)
                count += 1
        if count:
            self.report.assume(say(_("values were added up from quarter to quarter")), count)

    def _name_code(self, row: Row) -> None:
        if self.rules.get("code") == "numbered":
            self.numbered += 1
            row.values["code"] = f"{self.part.prefix}{self.numbered:03d}"
            self.report.assume(say(_("codes were made from the order of the rows")))
        elif self.part.prefix and row.values.get("code"):
            row.values["code"] = self.part.prefix + row.values["code"]
            if len(row.values["code"]) > fields.LENGTHS["code"]:
                longest = fields.LENGTHS["code"]
                row.fault("code", row.values["code"], fields.too_long(longest))

    # --- what is worked out from the rest of a row ----------------------------------------------

    def _planned(self, row: Row) -> list[tuple[Quarter, Decimal]]:
        values = {record.split(key): value for key, value in row.values.items() if ":" in key}
        return sorted(
            (quarter, value)
            for (family, quarter), value in values.items()
            if family == PLAN and value is not None
        )

    def _last_plan(self, row: Row) -> Decimal | None:
        planned = self._planned(row)
        if planned:
            self.report.assume(say(_("rows: the target is the last planned value")))
        return planned[-1][1] if planned else None

    def _plan_start(self, row: Row) -> Quarter | None:
        baseline = row.values.get("baseline") or 0
        started = [quarter for quarter, value in self._planned(row) if value != baseline]
        if started:
            self.report.assume(say(_("rows: the start is the first quarter that plans something")))
        return started[0] if started else None

    def _plan_end(self, row: Row) -> Quarter | None:
        planned = self._planned(row)
        if not planned:
            return None
        self.report.assume(say(_("rows: the end is the quarter in which the plan is reached")))
        last = planned[-1][1]
        return next(quarter for quarter, value in planned if value == last)

    def _year_of(self, row: Row, key: str) -> int | None:
        quarter = row.values.get(key)
        if quarter:
            self.report.assume(say(_("rows: the phase is the year of the start or the end")))
        return quarter.year if quarter else None


_ORDER_OF_RULES = ("code", "target", "start", "end", "phase", "theme", "service_area")
_RULES = {
    "sheet": lambda part, row: part.sheet_name[:200],
    "last_plan": PartReader._last_plan,
    "plan_start": PartReader._plan_start,
    "plan_end": PartReader._plan_end,
    "year_of_start": lambda part, row: part._year_of(row, "start"),
    "year_of_end": lambda part, row: part._year_of(row, "end"),
}
