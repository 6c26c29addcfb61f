"""From one cell to a typed value. What a value means in its row is checked elsewhere.

Readers raise `ValueError` with a sentence that says what was expected.
"""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.utils.translation import gettext_noop as _

from roadmap import record
from roadmap.quarters import Quarter
from roadmap.record import CONTROL, INVISIBLE
from roadmap.workbook import times
from roadmap.workbook.book import shown
from roadmap.workbook.faults import Report, say
from roadmap.workbook.mapping import AS_SHARE, TO_PERCENT

# Spaces stand between thousands and nowhere else: "60 70" is two numbers.
_NUMBER = re.compile(
    r"(?P<number>[+-]? ?(?:(?:[0-9]{1,3}(?: [0-9]{3})+|[0-9]+)(?:[.,][0-9]+)?|[.,][0-9]+)) ?%?"
)
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")  # in German or English perhaps
LENGTHS = {"code": 50, "title": 500, "metric": 500, "unit": 100, "theme": 200, "service_area": 200}
_LONGEST_TEXT = 10_000
MAX_DIGITS, MAX_PLACES, MAX_WHOLE = 15, 20, 15


def read(cell, family: str, report: Report, scale: str | None = None, hints: tuple = ()):
    """The value of a cell of that field or family; None for an empty one.

    `scale` says how per cents are read, see `mapping.SCALES`; `hints` what the other times of the
    column tell, see `times.hint`. What had to be assumed is told to the report. `ValueError`, with
    what was expected, for what cannot be read.
    """
    if cell is None:
        return None
    if isinstance(cell, list) and cell[0] == "e":
        raise ValueError(say(_("a value; the cell shows an error of Excel's")))
    if isinstance(cell, list) and cell[0] == "f":
        raise ValueError(
            say(_("a value; the formula has none saved: open and save the file in Excel"))
        )
    if hints and family in record.QUARTERS:
        return _quarter(cell, family, report, scale, hints)
    return _READERS[family](cell, family, report, scale)


# --- text -------------------------------------------------------------------------------------


def _text(cell, family, report, scale) -> str | None:
    text = record.prose(shown(cell))
    if CONTROL.search(text):
        raise ValueError(say(_("text without control characters")))
    longest = LENGTHS.get(family, _LONGEST_TEXT)
    if len(text) > longest:
        raise ValueError(too_long(longest))
    return text or None


def too_long(longest: int) -> str:
    return say(_("at most %(longest)d characters"), longest=longest)


def _line(cell, family, report, scale) -> str | None:
    """Text on one line."""
    text = _text(cell, family, report, scale)
    return (text and record.line(text)) or None


def _code(cell, family, report, scale) -> str | None:
    if isinstance(cell, list) and cell[0] == "d":
        raise ValueError(say(_("a code; Excel made a day of it: write it anew in a text cell")))
    code = _line(cell, family, report, scale)
    if code and {".", ".."} & set(code.split("/")):  # an address cannot hold it
        raise ValueError(say(_("a code without . or .. between strokes")))
    return code


_NAMED = re.compile(r"[^<>]*<\s*(?:mailto:)?([^<>\s]+@[^<>\s]+)\s*>")  # Anna Aho <anna@example.org>


def _addresses(cell, family, report, scale) -> tuple[str, ...] | None:
    text = INVISIBLE.sub("", _text(cell, family, report, scale) or "")
    parts = [part.strip() for part in re.split(r"[;,\n]", text) if part.strip()]
    addresses = sorted({_NAMED.sub(r"\1", part).lower() for part in parts})
    for address in addresses:
        try:
            validate_email(address)
            MaxLengthValidator(254)(address)
        except ValidationError:
            raise ValueError(
                say(_("e-mail addresses with ; between, for example anna@example.org"))
            ) from None
    return tuple(addresses) or None


# --- numbers ----------------------------------------------------------------------------------


def _number(cell, family, report, scale) -> Decimal | None:
    if isinstance(cell, str):
        value = parse_number(cell)
        if value is None:
            return None
        if _THOUSANDS.fullmatch(cell.strip()):
            report.assume(say(_("texts such as 1.200 were read with three decimals, not as 1 200")))
        return _scaled(value, True, scale) if "%" in cell else _scaled(value, False, scale)
    if isinstance(cell, list) and cell[0] not in ("p", "t"):
        raise ValueError(say(_("a number, for example 60 or 60,5")))
    number, is_share = (cell[1], cell[0] == "p") if isinstance(cell, list) else (cell, False)
    value = _as_shown(number)
    if is_share:
        value *= 100
        if scale is None:
            report.assume(
                say(_("numbers had Excel's per cent format, for example 0,5 shown as 50 %% → 50"))
            )
    return within_bounds(_scaled(value, is_share, scale))


@lru_cache(maxsize=10_000)
def _as_shown(number: float) -> Decimal:
    """Excel itself keeps and shows 15 digits; the rest is dust of binary floating point."""
    return Decimal(f"{number:.15g}")


def _scaled(value: Decimal, is_percent: bool, scale: str | None) -> Decimal:
    if is_percent and scale == AS_SHARE:
        return within_bounds(value / 100)
    if not is_percent and scale == TO_PERCENT:
        return within_bounds(value * 100)
    return value


def parse_number(text: str) -> Decimal | None:
    """A number as people write it: decimal comma or point, spaces, either minus, a % sign.

    None for nothing; `ValueError`, with what was expected, for anything else.
    """
    bare = " ".join(INVISIBLE.sub("", text).split()).replace("\u2212", "-")
    if not bare:
        return None
    match = _NUMBER.fullmatch(bare)
    if not match:
        raise ValueError(say(_("a number, for example 60 or 60,5")))
    return within_bounds(Decimal(match["number"].replace(" ", "").replace(",", ".")))


@lru_cache(maxsize=10_000)
def within_bounds(value: Decimal) -> Decimal:
    if not value.is_finite() or value.adjusted() >= MAX_WHOLE:
        raise ValueError(say(_("a number of at most 15 digits")))
    value = record.number(value)
    if len("".join(map(str, value.as_tuple().digits)).strip("0")) > MAX_DIGITS:
        raise ValueError(say(_("a number of at most 15 digits")))
    if -value.as_tuple().exponent > MAX_PLACES:
        raise ValueError(say(_("a number of at most 20 decimals")))
    return value


# --- time -------------------------------------------------------------------------------------


def _quarter(cell, family, report, scale, hints=()) -> Quarter | None:
    """The quarter in which something ends, for an `end`; otherwise that in which it begins."""
    if isinstance(cell, str) and not cell.strip():
        return None
    span = _span(cell, hints)
    if span is None:
        raise ValueError(
            say(_("a quarter, month, day or year, for example Q4/2022, 31.12.2022 or 2022"))
        )
    if span.assumed:
        report.assume(say(span.assumed))
    return span.last if family == "end" else span.first


def _span(cell, hints) -> times.Span | None:
    if isinstance(cell, str):
        return times.span(INVISIBLE.sub("", cell), hints)
    if isinstance(cell, list):
        if cell[0] == "t":
            return times.span(cell[2], hints)
        if cell[0] != "d":
            return None
        quarter = Quarter.of(date.fromisoformat(cell[1]))
        return times.Span(quarter, quarter, times.DAYS)
    return times.of_years(int(cell), int(cell)) if cell == int(cell) else None


def _year(cell, family, report, scale) -> int | None:
    if isinstance(cell, str):
        bare = cell.strip()
        if not bare:
            return None
        years = {int(year) for year in times.YEAR.findall(bare)}
        if len(years) == 1 and re.fullmatch(r"[0-9]{4}", bare) is None:
            report.assume(say(_("phases were taken from a text that names one year")))
        value = years.pop() if len(years) == 1 else None
    elif isinstance(cell, list):
        value = int(cell[1][:4]) if cell[0] == "d" else cell[1] if cell[0] == "t" else None
        if cell[0] == "d":
            report.assume(say(_("days were read as the years that they lie in")))
    else:
        value = cell
    if value is None or not times.FIRST_YEAR <= value <= times.LAST_YEAR or value != int(value):
        raise ValueError(say(_("a year, for example 2022")))
    return int(value)


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
