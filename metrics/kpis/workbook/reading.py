"""From the sheets of a book to typed rows, a measurement each; what they mean is checked later."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from metrics.kpis.achievement import Kind
from metrics.kpis.periods import Period
from metrics.kpis.workbook import cells, layout
from metrics.kpis.workbook.catalogue import Catalogue
from metrics.models import ALL_NUMBERS, Kpi
from roadmap.workbook.book import Book, displayed, kind
from roadmap.workbook.faults import Report, say, too_many
from roadmap.workbook.layout import MAX_ROWS
from roadmap.workbook.mapping import Part
from roadmap.workbook.reading import PROGRESS_ROWS


@dataclass(slots=True)
class Row:
    """One row that could be read. `comment` is None where the sheet has no column of them."""

    sheet: "Sheet"
    number: int
    kpi: Kpi
    period: Period
    numbers: dict[str, Decimal]
    comment: str | None

    def fault(self, key: str, found: str, expected: str) -> None:
        """Tell the report of a fault in the row's cell of that column."""
        self.sheet.fault(self.number, key, found, expected)


class Reading:
    """The rows of a book, once, as they come; `empty` counts those without any number."""

    def __init__(self, book: Book, parts: list[Part], catalogue: Catalogue, report: Report):
        self.sheets = [Sheet(book, part, catalogue, report) for part in parts]

    @property
    def empty(self) -> int:
        return sum(sheet.empty for sheet in self.sheets)

    def rows(self, tell: Callable[[int], None]) -> Iterator[Row]:
        """Raises `WorkbookRefused` where there are more than are read at once."""
        count = 0
        for sheet in self.sheets:
            for row in sheet.rows():
                count += 1
                if count > MAX_ROWS:
                    raise too_many(sheet.name, row.number if row else sheet.header_row)
                if count % PROGRESS_ROWS == 0:
                    tell(count)
                if row:
                    yield row


class Sheet:
    """Reads the rows of one sheet."""

    def __init__(self, book: Book, part: Part, catalogue: Catalogue, report: Report):
        self.book, self.part, self.catalogue, self.report = book, part, catalogue, report
        self.facts = book.sheets[part.sheet - 1]
        self.name, self.header_row = part.name, part.header[1]
        self.columns = part.columns()
        self.is_text_file = book.facts["kind"] == "csv"
        self.empty = 0
        self._lacking: set[str] = set()  # numbers that a KPI needs and no column has

    def rows(self) -> Iterator[Row | None]:
        """None for a row of which nothing can be, or has to be, done."""
        number = self.header_row
        for number, hidden, row in self.book.rows(self.part.sheet):
            if number <= self.header_row or all(kind(cell) == "blank" for cell in row):
                continue
            if hidden:
                self.report.assume(say(_("hidden rows were read like the others")))
            yield self._row(number, row)
        if self.facts.get("rows_beyond"):
            raise too_many(self.name, number + 1)
        for key in sorted(self._lacking, key=layout.COLUMNS.index):
            expected = say(_("a column with the header %(heading)s"), heading=layout.heading(key))
            self.report.fault(self.name, self.header_row, 1, say(layout.NAMES[key]), "", expected)

    def fault(self, row: int, key: str, found, expected: str) -> None:
        name = say(layout.NAMES[key])
        self.report.fault(self.name, row, self.columns[key], name, found, expected)

    def _row(self, number: int, row: list) -> Row | None:
        cells_of = {
            key: row[place - 1] if place <= len(row) else None
            for key, place in self.columns.items()
        }
        given = [name for name in ALL_NUMBERS if kind(cells_of.get(name)) != "blank"]
        if not given:
            self._pass_over(cells_of)
            return None
        faults = self.report.fault_count
        kpi = self._kpi(number, cells_of)
        comment = self._comment(number, cells_of)
        if kpi is None:
            return None
        period = self._read(number, "period", cells_of, self._period, kpi)
        numbers = {
            name: self._read(number, name, cells_of, self._number, kpi)
            for name in given
            if name in kpi.numbers
        }
        self._refuse_strangers(number, given, cells_of, kpi)
        lacking = {name for name in kpi.numbers if name not in self.columns}
        self._lacking |= lacking
        if lacking or self.report.fault_count > faults:
            return None
        return Row(self, number, kpi, period, numbers, comment)

    def _pass_over(self, cells_of: dict) -> None:
        self.empty += 1
        if kind(cells_of.get("comment")) != "blank":
            self.report.assume(say(_("comments in rows without numbers were left unread")))

    def _read(self, number: int, key: str, cells_of: dict, read: Callable, *more):
        """A cell's value; None, and a fault, where it cannot be read."""
        try:
            return read(cells_of[key], *more)
        except ValueError as error:
            self.fault(number, key, displayed(cells_of[key]), error.args[0])
            return None

    def _kpi(self, number: int, cells_of: dict) -> Kpi | None:
        return self._read(number, "kpi", cells_of, self._find)

    def _find(self, cell) -> Kpi:
        return self.catalogue.find(cells.name(cell, self.is_text_file))

    def _comment(self, number: int, cells_of: dict) -> str | None:
        if "comment" not in cells_of:
            return None
        return self._read(number, "comment", cells_of, cells.comment, self.is_text_file)

    def _period(self, cell, kpi: Kpi) -> Period:
        return cells.period(cell, kpi.period_type, self.report)

    def _number(self, cell, kpi: Kpi) -> Decimal:
        return cells.number(cell, kpi.kind != Kind.VALUE, self.report)

    def _refuse_strangers(self, number: int, given: list[str], cells_of: dict, kpi: Kpi) -> None:
        """Numbers by which the KPI is not measured."""
        for name in given:
            if name not in kpi.numbers:
                expected = say(_("nothing: the KPI is not measured by this number"))
                self.fault(number, name, displayed(cells_of[name]), expected)
