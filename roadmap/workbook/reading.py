"""From the sheets of a book to typed rows, as a mapping says; what they mean is checked later."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from roadmap import formats, record
from roadmap.quarters import Quarter
from roadmap.record import ACTUAL, PLAN, at
from roadmap.workbook import fields, layout, times
from roadmap.workbook.book import DITTO, Book, Covered, displayed, kind, letter, shown
from roadmap.workbook.faults import Report, WorkbookRefused, name_of, say, shorten, too_many
from roadmap.workbook.leaving_out import Sieve
from roadmap.workbook.mapping import OF_THE_PHASE, Part

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

        Raises `WorkbookRefused` where there are more than are read, or none.
        """
        count = 0
        for part in self.parts:
            before = count
            for row in part.rows():
                count += 1
                if count % PROGRESS_ROWS == 0:
                    tell(count)
                if count > MAX_ROWS:
                    raise too_many(part.sheet_name, row.number)
                yield row
            if count == before:
                sentence = _("sheets gave no rows: %(sheet)s")
                self.report.assume(say(sentence, sheet=part.sheet_name))
        if not count:
            raise WorkbookRefused(self._nothing())

    def _nothing(self) -> str:
        """Why there are no rows at all."""
        names = ", ".join(part.sheet_name for part in self.parts)
        for part in self.parts:
            for reason in part.sieve.reasons():
                return say(_("No row is left to read: %(reason)s"), reason=reason)
        return say(_("The sheet %(sheet)s has no rows below its headers."), sheet=names)


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
        self.hints = self._hints()
        self.prefix = f"{self.sheet_name}-{part.prefix}" if part.prefix_sheet else part.prefix
        # The phase may be worked out from a start that is itself worked out.
        rules = {key: source.rule for key, source in part.fields.items() if source.rule}
        self.rules = {key: rules[key] for key in _ORDER_OF_RULES if key in rules}
        self.keys = {*self.columns, *self.constants, *self.rules}
        self.sieve = Sieve(book, part, self.columns, self.rules)
        self.above: dict[str, object] = {}  # the last cell of each column that is filled down
        self.marked: set[Quarter] = set()  # the quarters that the row in hand marks
        self.numbered = 0
        self.beneath: list[str] = []  # cells with values that no one sees, under merged ones
        self.left_empty: dict[str, list[str]] = {}  # unreadable cells, by field

    @property
    def has_yearless(self) -> bool:
        """Whether columns hold values of a quarter whose year is that of the phase."""
        return any(not column.quarter.year for column in self.part.quarters.values())

    @property
    def header_row(self) -> int:
        return self.part.header[1] if self.part.header else 1

    def _constants(self) -> record.Record:
        given = {key: s.value for key, s in self.part.fields.items() if s.value}
        return {key: fields.read(text, key, Report()) for key, text in given.items()}

    def _hints(self) -> dict[str, list[str]]:
        """What the times of each column tell about one another."""
        columns = self.facts.get("columns", [])
        return {
            key: columns[place - 1].get("hints", [])
            for key, place in self.columns.items()
            if key in record.QUARTERS and place <= len(columns)
        }

    def fault(self, row: int, key: str, found, expected: str) -> None:
        place = self.place_of(key) or self.columns.get("code") or 1
        self.report.fault(self.sheet_name, row, place, name_of(key), found, expected)

    def place_of(self, key: str) -> int | None:
        """The column that a key of a row was read from."""
        if key in self.columns:
            return self.columns[key]
        if key in self.rules:  # what it was worked out from
            return self.columns.get(_FROM_DATES.get(self.rules[key]))
        family, quarter = record.split(key)
        return quarter and self.columns.get(at(family, quarter._replace(year=OF_THE_PHASE)))

    # --- rows ---------------------------------------------------------------------------------

    def rows(self) -> Iterator[Row]:
        if self.facts.get("rows_beyond"):
            raise too_many(self.sheet_name, self.facts["last_row"])
        covered = Covered(self.facts["merged"])
        marks = self.part.marks()
        for number, hidden, found in self.book.rows(self.part.sheet):
            is_within = self.sieve.is_within(number, hidden)
            if number <= self._header_end:
                continue
            for place in covered.take_off(number, found):
                self.beneath.append(f"{letter(place)}{number}")
            self.marked = {q for place, q in marks.items() if _marks(covered.shown(place, found))}
            self.sieve.is_marked = bool(self.marked)
            if is_within and (row := self._row_of(number, found)):
                yield row
            elif hidden and not is_within:  # merged cells may begin in it
                self._fill_down(self._pick(found))
        self._tell()

    def _row_of(self, number: int, found: list) -> Row | None:
        raw = self._pick(found)
        if self.sieve.is_apart(number, found, raw):
            return None
        is_blank = all(kind(cell) == "blank" for cell in raw.values())
        filled = [] if is_blank else self._fill_down(raw)
        if not self.sieve.is_action(number, found, raw):
            if self.sieve.boundary:  # a blank below a heading repeats nothing above it
                self.above.clear()
            return None
        for key in filled:
            name = name_of(key)
            self.report.assume(say(_("rows: %(field)s from the row above"), field=name))
        return self._row(number, raw)

    @property
    def _header_end(self) -> int:
        return self.part.header[1] if self.part.header else 0

    def _pick(self, found: list) -> dict:
        width = len(found)
        return {
            key: found[place - 1] if place <= width else None for key, place in self.columns.items()
        }

    def _fill_down(self, raw: dict) -> list[str]:
        """Repeat the cells above in blanks; the fields where that was done."""
        filled = []
        for key in self.part.fill or ():
            if key not in raw:
                continue
            cell = raw[key]
            if kind(cell) != "blank" and not (isinstance(cell, str) and cell.strip() in DITTO):
                self.above[key] = cell
            elif key in self.above:
                raw[key] = self.above[key]
                filled.append(key)
        return filled

    def _tell(self) -> None:
        self.sieve.tell(self.report)
        if self.beneath:
            cells = f"{self.sheet_name} {shorten(', '.join(self.beneath), 200)}"
            sentence = _("cells beneath merged ones were left unread: %(cells)s")
            self.report.assume(say(sentence, cells=cells), len(self.beneath))
        for name, cells in self.left_empty.items():
            named = f"{self.sheet_name} {shorten(', '.join(cells), 200)}"
            sentence = _("cells that could not be read count as empty: %(field)s, %(cells)s")
            self.report.assume(say(sentence, field=name, cells=named), len(cells))

    # --- one row ------------------------------------------------------------------------------

    def _row(self, number: int, raw: dict) -> Row:
        row = Row(number, self, dict(self.constants))
        for key, cell in raw.items():
            if ":" not in key:
                self._read(row, key, key, cell)
        self._take_headings(row)
        for key, cell in raw.items():
            if ":" in key:
                self._read_quarter(row, key, cell)
        for family in (PLAN, ACTUAL):
            if family in self.part.increments:
                self._add_up(row, family)
        self._name_code(row)
        for key, rule in self.rules.items():
            if key != "code" and row.values.get(key) is None:
                row.values[key] = _RULES[rule](self, row)
        return row

    def _read(self, row: Row, key: str, family: str, cell) -> None:
        hints = self.hints.get(key, ())
        try:
            row.values[key] = fields.read(
                cell, family, self.report, self.part.scales.get(family), hints
            )
        except ValueError as error:
            if family in self.part.lenient:
                row.values[key] = None
                where = f"{letter(self.place_of(key))}{row.number}"
                self.left_empty.setdefault(name_of(key), []).append(where)
            else:
                row.fault(key, displayed(cell), error.args[0])

    def _read_quarter(self, row: Row, key: str, cell) -> None:
        """A value of a quarter, whose year may be that of the row's phase."""
        family, _colon, name = key.partition(":")
        if name in _OF_THE_PHASE:
            year = self._phase_of(row)
            if year is None:  # which is a fault of its own
                return
            key = at(family, Quarter(year, _OF_THE_PHASE[name]))
            if key in row.values:
                row.fault(key, displayed(cell), say(_("each quarter only once")))
                return
            if kind(cell) != "blank":
                self.report.assume(say(_("values: the year of their quarter is that of the phase")))
        self._read(row, key, family, cell)

    def _phase_of(self, row: Row) -> int | None:
        rule = self.rules.get("phase")
        if row.values.get("phase") is None and rule:
            row.values["phase"] = _RULES[rule](self, row)
        return row.values.get("phase")

    def _take_headings(self, row: Row) -> None:
        """The group that a heading above named, where the row names none itself."""
        for key, (number, place, text) in self.sieve.headings.items():
            if row.values.get(key) is not None:
                continue
            try:
                row.values[key] = fields.read(text, key, self.report)
            except ValueError as error:
                name = name_of(key)
                self.report.fault(self.sheet_name, number, place, name, text, error.args[0])
                row.faulty.add(key)

    def _add_up(self, row: Row, family: str) -> None:
        """What each quarter added becomes what was reached by its end."""
        keys = sorted(key for key in row.values if key.startswith(f"{family}:"))
        total, count = Decimal(0), 0
        for key in keys:
            if row.values[key] is not None:
                total += row.values[key]
                count += 1
                try:
                    row.values[key] = fields.within_bounds(total)
                except ValueError as error:
                    row.fault(key, formats.value(total), error.args[0])
        if count:
            self.report.assume(say(_("values were added up from quarter to quarter")), count)

    def _name_code(self, row: Row) -> None:
        if self.rules.get("code") == "numbered":
            self.numbered += 1
            code = row.values["code"] = f"{self.prefix}{self.numbered:03d}"
            self.report.assume(say(_("codes were made from the order of the rows")))
        elif self.prefix and row.values.get("code"):
            code = self.prefix + row.values["code"]
        else:
            return
        try:
            row.values["code"] = fields.read(code, "code", self.report)
        except ValueError as error:
            del row.values["code"]
            row.fault("code", code, error.args[0])

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

    def _mark(self, row: Row, choose) -> Quarter | None:
        """The first or last quarter that is marked."""
        if not self.marked:
            return None
        self.report.assume(say(_("rows: starts and ends are the first and last marked quarters")))
        quarter = choose(self.marked)
        if quarter.year == OF_THE_PHASE:
            year = self._phase_of(row)
            return quarter._replace(year=year) if year else None
        return quarter

    def _year_of(self, row: Row, key: str) -> int | None:
        quarter = row.values.get(key)
        if quarter:
            self.report.assume(say(_("rows: the phase is the year of the start or the end")))
        return quarter.year if quarter else None

    def _sheet_year(self, row: Row) -> int | None:
        years = set(times.YEAR.findall(self.sheet_name))
        if len(years) != 1:
            return None
        self.report.assume(say(_("rows: the phase is the year in the name of the sheet")))
        return int(years.pop())


_NO_MARKS = {"-", "–", "—", "0", "FALSE"}


def _marks(cell) -> bool:
    """Whether a cell marks its quarter: with whatever stands there but nought and a dash."""
    return kind(cell) != "blank" and cell != 0 and shown(cell).strip() not in _NO_MARKS


_FROM_DATES = {"year_of_start": "start", "year_of_end": "end"}
_OF_THE_PHASE = {str(Quarter(OF_THE_PHASE, number)): number for number in (1, 2, 3, 4)}
_ORDER_OF_RULES = ("code", "target", "start", "end", "phase", "theme", "service_area")
_RULES = {
    "sheet": lambda part, row: part.sheet_name[:200],
    "last_plan": PartReader._last_plan,
    "plan_start": PartReader._plan_start,
    "plan_end": PartReader._plan_end,
    "mark_start": lambda part, row: part._mark(row, min),
    "mark_end": lambda part, row: part._mark(row, max),
    "year_of_start": lambda part, row: part._year_of(row, "start"),
    "year_of_end": lambda part, row: part._year_of(row, "end"),
    "sheet_year": PartReader._sheet_year,
}
