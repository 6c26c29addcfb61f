"""Quarters, months, days and years as people write them in the cells of a plan.

A text means a span: its first and its last quarter. What it was besides a quarter is told, so
that it can be counted; what could mean two things is not read.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext_noop as _

from roadmap.quarters import Quarter

FIRST_YEAR, LAST_YEAR = 1990, 2100
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")

DAYS = _("days were read as the quarters that they lie in")
MONTHS = _("months were read as the quarters that they lie in")
HALVES = _("half-years were read as their first or last quarter")
LISTS = _("lists of quarters were read as their first or last quarter")
YEARS = _("years were read as their first or last quarter")

# What the texts of a column tell about one another: 9/2022 that 3/2022 beside it is March, and
# 31/12/2022 that 05/06/2022 is the fifth of June.
# In the north T1 to T3 are thirds of a year; a T4 beside them makes them quarters.
MONTHLY, DAY_FIRST, MONTH_FIRST, FOURTHS = "monthly", "day_first", "month_first", "fourths"


class Span(NamedTuple):
    """The quarters that a text reaches from and to; `assumed` says what it was read as."""

    first: Quarter
    last: Quarter
    assumed: str = ""


def span(text: str, hints: Iterable[str] = ()) -> Span | None:
    """What a text means, None where it is anything else than a time, or could be two.

    `hints` are those of `hint` from the other cells of the column.
    """
    bare = plain(text)
    readers = (_months_of_numbers, _one_quarter) if MONTHLY in hints else (_one_quarter,)
    for reader in (*readers, _days, _months_of_numbers, _years):
        if found := reader(bare):
            return found
    return _slashed_days(bare, hints) or _parts_of_years(bare, FOURTHS in hints)


def plain(text: str) -> str:
    """A text with one kind of dash and single spaces, without signs at its ends."""
    return " ".join(text.translate(_DASHES).split()).strip(" .,;")


def named_month(text: str) -> tuple[int, int] | None:
    """The year and number of the one month that a text names by word: heinäkuu 2022, Jul-22."""
    bare = _SHORT_YEAR.sub(r" 20\1", plain(text))
    months, years = _MONTH.findall(bare), YEAR.findall(bare)
    rest = YEAR.sub(" ", _MONTH.sub(" ", bare))
    if len(months) != 1 or len(years) != 1 or not _BETWEEN.fullmatch(rest):
        return None
    return int(years[0]), _month(months[0])[0]


def one_day(text: str) -> date | None:
    """The one day that a text is: 14.8.2022 or 2022-08-14, with or without a time."""
    match = _DAY.fullmatch(plain(text))
    return _matched_day(match) if match else None


def hint(text: str) -> str | None:
    """What a text tells about the others of its column."""
    bare = text.translate(_DASHES).strip()
    if match := _NUMBERED_MONTHS.fullmatch(bare):
        return MONTHLY if int(match["to"] or match["from"]) > 4 else None
    if match := _SLASHED.fullmatch(bare):
        first, second = int(match[1]), int(match[2])
        if first > 12 >= second:
            return DAY_FIRST
        if second > 12 >= first:
            return MONTH_FIRST
    return FOURTHS if _T4.search(bare) else None


def _one_quarter(text: str) -> Span | None:
    try:
        quarter = Quarter.parse(text)
    except ValueError:
        return None
    return Span(quarter, quarter)


# --- days ---------------------------------------------------------------------------------------

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_DAY = re.compile(
    r"(?<![\d.])(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\. ?(?P<year>\d{4}|\d\d)(?!\d)"
    r"|(?<![\d-])(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?!\d)(?:[T ]\d\d:\d\d(?::\d\d)?)?"
)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_BETWEEN = re.compile(r"[\s,;/.\-&+]*")


def _days(text: str) -> Span | None:
    """14.8.2022 or 2022-08-14, or from one to another; 8/14/2022 alone may be two days."""
    days = [_matched_day(match) for match in _DAY.finditer(text)]
    if not days or None in days or not _BETWEEN.fullmatch(_DAY.sub(" ", text)):
        return None
    return Span(Quarter.of(min(days)), Quarter.of(max(days)), DAYS)


def _matched_day(match: re.Match) -> date | None:
    year = match["year"] or match["y"]
    year = f"20{year}" if len(year) == 2 else year
    return _day(year, match["month"] or match["m"], match["day"] or match["d"])


def _slashed_days(text: str, hints: Iterable[str]) -> Span | None:
    match = _SLASHED.fullmatch(text)
    told = {DAY_FIRST, MONTH_FIRST} & set(hints)
    if not match or len(told) != 1:
        return None
    first, second, year = match.groups()
    month, number = (second, first) if DAY_FIRST in told else (first, second)
    day = _day(year, month, number)
    return day and Span(Quarter.of(day), Quarter.of(day), DAYS)


def _day(year, month, day) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


# --- months and years -----------------------------------------------------------------------------

_NUMBERED_MONTHS = re.compile(
    r"(?P<from>1[0-2]|0?[1-9])(?: ?- ?(?P<to>1[0-2]|0?[1-9]))? ?[./] ?(?P<year>(?:19|20)\d\d)"
)
_YEAR_MONTH = re.compile(r"(?P<year>(?:19|20)\d\d)-(?P<month>1[0-2]|0[1-9])")
_YEARS = re.compile(
    r"(?:(?:vuosi|vuodet|vuonna|vuosina|år|året|year|years|año|años|jahr|jahre) )?"
    r"(?P<from>(?:19|20)\d\d)(?: ?[-/] ?(?P<to>(?:(?:19|20)\d\d)|\d\d))?",
    re.IGNORECASE,
)


def _months_of_numbers(text: str) -> Span | None:
    """12/2022, 12.2022, 1-6/2022, 2022-12."""
    if match := _NUMBERED_MONTHS.fullmatch(text):
        months = int(match["from"]), int(match["to"] or match["from"])
        return _of_months(int(match["year"]), *months)
    if match := _YEAR_MONTH.fullmatch(text):
        year, month = int(match["year"]), int(match["month"])
        # 2011-12 may also be two years.
        return _of_months(year, month, month) if month <= year % 100 else None
    return None


def _of_months(year: int, first: int, last: int) -> Span | None:
    if first > last:
        return None
    return Span(Quarter(year, (first + 2) // 3), Quarter(year, (last + 2) // 3), MONTHS)


def _years(text: str) -> Span | None:
    """2022, 2021-2023, 2021-23."""
    match = _YEARS.fullmatch(text)
    if not match:
        return None
    first, last = match["from"], match["to"] or match["from"]
    last = first[:2] + last if len(last) == 2 else last
    return of_years(int(first), int(last))


def of_years(first: int, last: int) -> Span | None:
    """The quarters of one year, or from one to another."""
    if not FIRST_YEAR <= first <= last <= LAST_YEAR:
        return None
    return Span(Quarter(first, 1), Quarter(last, 4), YEARS)


# --- parts of years, with a year beside them ------------------------------------------------------

_QUARTER = re.compile(
    r"(?:(?<![A-Z\d])|(?<=[12][09]\d\d))(?:Q|KV|K|(?P<t>T))\s?\.?\s?(?P<a>[1-4])(?!\d)"
    r"|(?<!\d)(?P<b>[1-4])\s?(?:Q|(?P<u>T))(?![A-Z])"
)
_T4 = re.compile(r"(?:\b|(?<=\d{4}))T\s?\.?\s?4(?!\d)|(?<!\d)4\s?T\b", re.IGNORECASE)
_HALF = re.compile(r"(?<![A-Z\d])H\s?(?P<a>[12])(?!\d)")
# What a month's name begins with, in the order of the year; languages divided by a bar.
_MONTH_WORDS = (
    "tammikuu|januari|january|enero|januar|jan",
    "helmikuu|februari|february|febrero|februar|feb",
    "maaliskuu|mars|march|marzo|märz|mar",
    "huhtikuu|april|abril|apr|abr",
    "toukokuu|maj|may|mayo|mai",
    "kesäkuu|juni|june|junio|jun",
    "heinäkuu|juli|july|julio|jul",
    "elokuu|augusti|august|agosto|aug|ago",
    "syyskuu|september|septiembre|sept|sep",
    "lokakuu|oktober|october|octubre|okt|oct",
    "marraskuu|november|noviembre|nov",
    "joulukuu|december|diciembre|dezember|dec|dic|dez",
)
_MONTH_NUMBERS = {
    word: number for number, words in enumerate(_MONTH_WORDS, 1) for word in words.split("|")
}
_MONTH = re.compile(
    rf"(?<!\w)(?P<a>{'|'.join(sorted(_MONTH_NUMBERS, key=len, reverse=True))})(?:ta|ssa)?\.?(?!\w)",
    re.IGNORECASE,
)
_SHORT_YEAR = re.compile(r"(?:(?<=[a-zåäö.])|(?<=[qh]\d))[ \-'’/]+(\d\d)$", re.IGNORECASE)


def _parts_of_years(text: str, with_t: bool) -> Span | None:
    """Q1-Q3/2022; 2021Q4, 2022Q1; H1/2022; May-June 2022; Dec-22.

    A part without a year takes that of the nearest year after it, otherwise before it.
    """
    text = _SHORT_YEAR.sub(r" 20\1", text)
    for form, read, assumed in (
        (_QUARTER, lambda n, year: (Quarter(year, int(n)),) * 2, LISTS),
        (_HALF, lambda n, year: (Quarter(year, 2 * int(n) - 1), Quarter(year, 2 * int(n))), HALVES),
        (_MONTH, lambda name, year: _of_months(year, *_month(name))[:2], MONTHS),
    ):
        upper = text if form is _MONTH else text.upper()
        found = [(m.start(), m.groupdict()) for m in form.finditer(upper)]
        if not with_t and any(said.get("t") or said.get("u") for _place, said in found):
            return None
        parts = [(place, said["a"] or said.get("b")) for place, said in found]
        years = [(m.start(), int(m[0])) for m in YEAR.finditer(upper)]
        rest = YEAR.sub(" ", form.sub(" ", upper))
        if parts and years and _BETWEEN.fullmatch(rest):
            spans = [read(part, _year_near(place, years, parts)) for place, part in parts]
            first, last = min(s[0] for s in spans), max(s[1] for s in spans)
            return Span(first, last, "" if form is _QUARTER and len(parts) == 1 else assumed)
    return None


def _month(name: str) -> tuple[int, int]:
    # Whatever case means in other alphabets: a Turkish İ and ı are an i here.
    number = _MONTH_NUMBERS[name.casefold().replace("\u0307", "").replace("ı", "i")]
    return number, number


def _year_near(place: int, years: list, parts: list) -> int:
    """The year that is meant: the one before where years come first, otherwise the next."""
    if years[0][0] < parts[0][0]:  # years come first
        return [year for at, year in years if at < place][-1]
    after = [year for at, year in years if at > place]
    return after[0] if after else years[-1][1]
