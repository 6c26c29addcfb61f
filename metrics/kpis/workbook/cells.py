"""From one cell of a file of measurements to a typed value.

Readers raise `ValueError` with a sentence that says what was expected.
"""

import re
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from metrics.kpis.periods import Month, Period
from metrics.models import Measurement
from roadmap import record
from roadmap.quarters import Quarter
from roadmap.workbook import fields, times
from roadmap.workbook.book import kind, shown
from roadmap.workbook.faults import Report, say

LONGEST_COMMENT = Measurement._meta.get_field("comment").max_length
_MONTHS = _("days were read as the months that they lie in")
# In a text file, what stands before a text that a spreadsheet would take for a formula.
_GUARD = re.compile(r"\A'(?='*\s*[=+\-@])")


def period(cell, period_type: type[Period], report: Report) -> Period:
    """The month or quarter that a cell means, as people write it; a day means the one it is in."""
    _refuse_faults(cell)
    text = times.plain(record.INVISIBLE.sub("", shown(cell)))
    day = times.one_day(text)
    found = _month(text, day) if period_type is Month else _quarter(text, day)
    if found is None or not times.FIRST_YEAR <= found.year <= times.LAST_YEAR:
        if period_type is Month:
            raise ValueError(say(_("a month, for example 2022-07 or 7/2022")))
        raise ValueError(say(_("a quarter, for example 2022Q3 or Q3/2022")))
    if day:
        report.assume(say(_MONTHS if period_type is Month else times.DAYS))
    return found


def _month(text: str, day: date | None) -> Month | None:
    if day:
        return Month.of(day)
    try:
        return Month.parse(text)
    except ValueError:
        named = times.named_month(text)
        return Month(*named) if named else None


def _quarter(text: str, day: date | None) -> Quarter | None:
    if day:
        return Quarter.of(day)
    span = times.span(text)
    # A month is no quarter: whoever writes one means another KPI, or another row.
    return span.first if span and span.first == span.last and not span.assumed else None


def number(cell, is_count: bool, report: Report) -> Decimal:
    """A number as people write it; `is_count` where it counts something and is no percent."""
    _refuse_faults(cell)
    if is_count and kind(cell) == "share":
        raise ValueError(say(_("what was counted, not a percent")))
    return fields.read(cell, record.ACTUAL, report)


def comment(cell, is_text_file: bool) -> str:
    """A comment; empty for an empty cell."""
    if is_text_file and isinstance(cell, str):
        cell = _GUARD.sub("", cell)
    text = fields.read(cell, record.COMMENT, Report()) or ""
    if len(text) > LONGEST_COMMENT:
        raise ValueError(fields.too_long(LONGEST_COMMENT))
    return text


def name(cell, is_text_file: bool) -> str:
    """What a KPI is called."""
    _refuse_faults(cell)
    return _GUARD.sub("", shown(cell)) if is_text_file else shown(cell)


def _refuse_faults(cell) -> None:
    """An error of Excel's, or a formula whose value was not saved."""
    if isinstance(cell, list) and cell[0] in ("e", "f"):
        fields.read(cell, record.COMMENT, Report())
