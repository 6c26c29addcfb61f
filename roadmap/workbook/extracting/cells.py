"""One cell as plain JSON, so that what is read later need not know Excel. No Django here.

None is empty, text and numbers are themselves; the rest is a list that begins with a letter:
`["p", 0.5]` a number shown in per cent, `["t", 1.1, "1.10"]` a number and how it is shown where
its zeros matter, `["d", "2023-01-02"]` a date, `["b", true]`, `["e", "#REF!"]` an error,
`["f", "=A1+B1"]` a formula whose value was not saved.
"""

import math
import re
from datetime import date, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from openpyxl.utils.datetime import to_excel
from openpyxl.utils.escape import unescape

from roadmap.workbook.extracting.refusal import Refused

LONGEST_TEXT = 100_000  # characters; Excel itself keeps 32,767
LONGEST_FORMULA = 120

_LITERAL = re.compile(r'"[^"]*"|\\.')  # what a number format only shows: "%" and \%
_ZEROS = re.compile(r"0{1,30}(?:\.(0{1,30}))?")
_EXACT = 10**15  # Excel keeps 15 digits


def plain(cell):
    """The value of one of openpyxl's cells. Raises `Refused` for a text far beyond Excel's own."""
    value = cell.value
    if value is None:
        return None
    kind = cell.data_type
    if kind == "s":
        return text(value)
    if kind == "n":
        return _number(value, cell)
    if kind == "b":
        return ["b", bool(value)]
    if kind == "e":
        return ["e", str(value)[:20]]
    return _date(value)


def formula(content: str) -> list:
    """A formula that has no saved value; `content` is without the equals sign."""
    return ["f", ("=" + content)[:LONGEST_FORMULA]]


def text(value) -> str | None:
    """Text as it is, with line breaks as \\n; None for nothing."""
    value = str(value)
    if "_x" in value:
        # A half of a pair of surrogates is no character, and no database keeps it.
        value = unescape(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    if len(value) > LONGEST_TEXT:
        raise Refused("long_cell")
    return value.replace("\0", "\ufffd") or None


def _number(value, cell):
    if isinstance(value, int) and abs(value) >= _EXACT:
        try:
            value = float(value)
        except OverflowError:
            return ["e", "#NUM!"]
    if not math.isfinite(value):
        return ["e", "#NUM!"]
    form = _form(cell.number_format)
    if form is None:
        return value
    if form == "%":
        return ["p", value]
    shown = _shown(value, form)
    return value if shown == _bare(value) else ["t", value, shown]


@lru_cache(maxsize=1024)
def _form(number_format: str | None):
    """ "%", a quantum of zeros with the count of whole digits, or None where neither matters."""
    number_format = number_format or ""
    if zeros := _ZEROS.fullmatch(number_format):
        places = len(zeros[1] or "")
        whole = len(number_format) - (places + 1 if places else 0)
        return whole, Decimal(1).scaleb(-places)
    return "%" if "%" in _LITERAL.sub("", number_format) else None


def _shown(value, form) -> str:
    whole, quantum = form
    if abs(value) >= _EXACT:
        return _bare(value)
    rounded = Decimal(f"{value:.15g}").quantize(quantum, ROUND_HALF_UP)
    digits = f"{abs(rounded):f}"
    missing = whole - len(digits.partition(".")[0])
    return ("-" if rounded < 0 else "") + "0" * missing + digits


def _bare(value) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)


def _date(value):
    if isinstance(value, time | timedelta):  # a time without a day: the number that Excel stores
        return to_excel(value)
    if isinstance(value, date):  # a datetime is one, too
        return ["d", f"{value.year:04}-{value.month:02}-{value.day:02}"]
    return text(value)
