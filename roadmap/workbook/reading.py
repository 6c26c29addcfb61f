"""From the cells of the sheet to typed values. What a value means is checked elsewhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from roadmap import record
from roadmap.quarters import Quarter
from roadmap.record import CONTROL
from roadmap.workbook import guard, layout
from roadmap.workbook.faults import Report, WorkbookRefused, shorten
from roadmap.workbook.layout import Column

# Spaces stand between thousands and nowhere else: "60 70" is two numbers.
_NUMBER = re.compile(
    r"(?P<number>[+-]? ?(?:(?:[0-9]{1,3}(?: [0-9]{3})+|[0-9]+)(?:[.,][0-9]+)?|[.,][0-9]+)) ?%?"
)
_LITERAL = re.compile(r'"[^"]*"|\\.')  # what a number format only shows: "%" and \%
_LENGTHS = {"code": 50, "title": 500, "metric": 500, "unit": 100, "theme": 200, "service_area": 200}
_LONGEST_TEXT = 10_000
MAX_DIGITS, MAX_PLACES, MAX_WHOLE = 15, 20, 15


@dataclass(slots=True)
class Row:
    """One row of the sheet: its number and what was read, by record key.

    A key is there for each column that the sheet has, None where the cell is empty; a cell that
    could not be read is left out and stands in the report as a fault.
    """

    number: int
    values: record.Record


@dataclass
class Sheet:
    """What was read: the columns by record key, the rows, and the report of faults."""

    columns: dict[str, Column] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    report: Report = field(default_factory=Report)
    header_row: int = 1

    def place(self, key: str) -> Column:
        """The column of a key, or the code's where the sheet has no such column."""
        return self.columns.get(key) or self.columns["code"]

    def fault(self, row: Row, key: str, found, expected: str) -> None:
        column = self.place(key)
        self.report.fault(row.number, column.place, layout.heading(key), found, expected)


def read(file) -> Sheet:
    """Read the sheet `Tiekartta` of a workbook. Raises `WorkbookRefused` for what is none."""
    sheet = Sheet()
    with guard.open_workbook(file) as workbook:
        name = _sheet_name(workbook, sheet.report)
        sheet.report.sheet = name
        formulas = workbook.formulas[name] if workbook.formulas else None
        _read_header(workbook[name], formulas, sheet)
        if sheet.columns and not _missing_columns(sheet):
            for row in _read_rows(workbook[name], formulas, sheet):
                sheet.rows.append(row)
            if not sheet.rows:
                raise WorkbookRefused(_("The sheet %s has no rows below its headers.") % name)
    return sheet


def _sheet_name(workbook, report: Report) -> str:
    names = [ws.title for ws in workbook.worksheets]
    ours = [name for name in names if name.strip().casefold() in layout.SHEETS]
    if ours:
        return ours[0]
    if len(names) == 1:
        report.assume(_("The only sheet “%s” was read as the sheet Tiekartta") % names[0])
        return names[0]
    raise WorkbookRefused(
        _("The workbook has no sheet “%(expected)s”. It has: %(found)s.")
        % {"expected": layout.SHEET, "found": shorten(", ".join(names), 300)}
    )


def _read_header(worksheet, formulas, sheet: Sheet) -> None:
    number, cells = next(guard.rows(worksheet, formulas, layout.MAX_COLUMNS + 1), (0, []))
    sheet.header_row = number
    ignored = []
    for place, cell in enumerate(cells, start=1):
        text = "" if cell.value is None else str(cell.value).strip()
        if not text:
            continue
        if place > layout.MAX_COLUMNS:
            sheet.report.fault(
                number, place, "", text, _("at most %d columns") % layout.MAX_COLUMNS
            )
            continue
        try:
            key = layout.read_heading(text)
        except ValueError:
            sheet.report.fault(number, place, "", text, _("a quarter, for example Toteuma 2022Q3"))
            continue
        if key is None:
            ignored.append(text)
        elif key in sheet.columns:
            sheet.report.fault(number, place, "", text, _("each header only once"))
        else:
            family, quarter = record.split(key)
            sheet.columns[key] = Column(place, text, key, family, quarter)
    if ignored:
        sentence = ngettext(
            "column was left unread: %s", "columns were left unread: %s", len(ignored)
        )
        sheet.report.assume(sentence % shorten(", ".join(ignored), 200), len(ignored))
    if not sheet.columns:
        found = next((cell.value for cell in cells if cell.value is not None), "")
        expected = _("the headers Tunnus, Toimenpide and Vaihe on the first row")
        sheet.report.fault(number, 1, "", found, expected)


def _missing_columns(sheet: Sheet) -> bool:
    missing = [key for key in layout.REQUIRED if key not in sheet.columns]
    for key in missing:
        heading = layout.heading(key)
        expected = _("a column with the header %s") % heading
        sheet.report.fault(sheet.header_row, 1, heading, "", expected)
    return bool(missing)


def _read_rows(worksheet, formulas, sheet: Sheet) -> Iterator[Row]:
    columns = list(sheet.columns.values())
    last = max(column.place for column in columns)
    readers = [(column, _READERS[column.family]) for column in columns]
    count = 0
    for number, cells in guard.rows(worksheet, formulas, last, sheet.report):
        if number <= sheet.header_row:
            continue
        count += 1
        if count > layout.MAX_ROWS:
            raise WorkbookRefused(
                _("%(sheet)s!A%(row)d: the sheet has more than %(most)d rows. Divide the file.")
                % {"sheet": sheet.report.sheet, "row": number, "most": layout.MAX_ROWS}
            )
        row = Row(number, {})
        for column, reader in readers:
            cell = cells[column.place - 1] if column.place <= len(cells) else None
            value = None if cell is None else cell.value
            if value is None:
                row.values[column.key] = None
                continue
            try:
                row.values[column.key] = reader(cell, column, sheet.report)
            except ValueError as error:
                sheet.report.fault(number, column.place, column.heading, value, str(error))
        # A row whose every cell is blank spaces is no row.
        if len(row.values) < len(columns) or any(v is not None for v in row.values.values()):
            yield row


# --- one cell ---------------------------------------------------------------------------------


def _refuse_faulty(cell) -> None:
    if cell.data_type == "e":
        raise ValueError(_("a value; the cell shows an error of Excel's"))
    if cell.data_type == "f":
        raise ValueError(_("a value; the formula has none saved: open and save the file in Excel"))


def _text(cell, column, report) -> str | None:
    _refuse_faulty(cell)
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = record.prose(layout.unescape(str(value)))
    if CONTROL.search(text):
        raise ValueError(_("text without control characters"))
    longest = _LENGTHS.get(column.family, _LONGEST_TEXT)
    if len(text) > longest:
        raise ValueError(_("at most %d characters") % longest)
    return text or None


def _line(cell, column, report) -> str | None:
    """Text on one line."""
    text = _text(cell, column, report)
    return (text and record.line(text)) or None


def _code(cell, column, report) -> str | None:
    code = _line(cell, column, report)
    if code and {".", ".."} & set(code.split("/")):  # an address cannot hold it
        raise ValueError(_("a code without . or .. between strokes"))
    return code


def _number(cell, column, report) -> Decimal | None:
    _refuse_faulty(cell)
    value = cell.value
    if isinstance(value, str):
        return parse_number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(_("a number, for example 60 or 60,5"))
    # Excel itself keeps and shows 15 digits; the rest is dust of binary floating point.
    value = Decimal(f"{value:.15g}")
    if "%" in _LITERAL.sub("", cell.number_format or ""):
        value *= 100
        report.assume(
            _("numbers had Excel's per cent format, for example 0,5 shown as 50 %% → 50") % ()
        )
    return _within_bounds(value)


def parse_number(text: str) -> Decimal | None:
    """A number as people write it: decimal comma or point, spaces, either minus, a % sign.

    None for nothing; `ValueError`, with what was expected, for anything else.
    """
    bare = " ".join(text.split()).replace("\u2212", "-")
    if not bare:
        return None
    match = _NUMBER.fullmatch(bare)
    if not match:
        raise ValueError(_("a number, for example 60 or 60,5"))
    return _within_bounds(Decimal(match["number"].replace(" ", "").replace(",", ".")))


def _within_bounds(value: Decimal) -> Decimal:
    if not value.is_finite() or value.adjusted() >= MAX_WHOLE:
        raise ValueError(_("a number of at most 15 digits"))
    value = record.number(value)
    if len("".join(map(str, value.as_tuple().digits)).strip("0")) > MAX_DIGITS:
        raise ValueError(_("a number of at most 15 digits"))
    if -value.as_tuple().exponent > MAX_PLACES:
        raise ValueError(_("a number of at most 20 decimals"))
    return value


def _quarter(cell, column, report) -> Quarter | None:
    _refuse_faulty(cell)
    if isinstance(cell.value, str):
        if not cell.value.strip():
            return None
        try:
            return Quarter.parse(cell.value)
        except ValueError:
            pass
    raise ValueError(_("a quarter, for example Q4/2022 or 2022Q4"))


def _year(cell, column, report) -> int | None:
    _refuse_faulty(cell)
    value = cell.value
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return None
        value = int(value) if re.fullmatch(r"[0-9]{4}", value) else None
    is_year = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_year or not 1990 <= value <= 2100 or value != int(value):
        raise ValueError(_("a year, for example 2022"))
    return int(value)


def _addresses(cell, column, report) -> tuple[str, ...] | None:
    text = _text(cell, column, report)
    if not text:
        return None
    addresses = sorted({part.strip().lower() for part in re.split(r"[;,\n]", text) if part.strip()})
    for address in addresses:
        try:
            validate_email(address)
            MaxLengthValidator(254)(address)
        except ValidationError:
            raise ValueError(
                _("e-mail addresses with ; between, for example anna@example.org")
            ) from None
    return tuple(addresses)


_READERS = {
    "code": _code,
    "title": _line,
    "description": _text,
    "phase": _year,
    "theme": _line,
    "service_area": _line,
    "responsible": _addresses,
    "metric": _line,
    "unit": _line,
    "baseline": _number,
    "target": _number,
    "start": _quarter,
    "end": _quarter,
    "weight": _number,
    "cancelled_from": _quarter,
    record.PLAN: _number,
    record.ACTUAL: _number,
    record.COMMENT: _text,
}
