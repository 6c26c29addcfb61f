"""The periods of measurements: months and quarters. Pure: no Django, no database, no clock.

A period is written `2022-07` or `2022Q3` in code, addresses and files. Periods of one kind sort in
the order of time, as text, too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from roadmap.quarters import Quarter

_FORMS = (
    re.compile(r"(?P<year>[1-9]\d{3})\s*[-M]\s*(?P<number>0?[1-9]|1[0-2])", re.IGNORECASE),
    re.compile(r"(?P<number>0?[1-9]|1[0-2])\s*[/.]\s*(?P<year>[1-9]\d{3})"),
)


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """One month of a year. Months compare and sort in the order of time.

    No tuple as a `Quarter` is: as tuples, the first month of a year and its first quarter would be
    the same in sets and dictionaries of periods.
    """

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read `2022-07`, `7/2022`, `07.2022` or `2022M07`; `ValueError` for anything else."""
        return _parse(text)

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    @classmethod
    def from_ordinal(cls, ordinal: int) -> "Month":
        return cls(ordinal // 12, ordinal % 12 + 1)

    @classmethod
    def of_year(cls, year: int) -> list["Month"]:
        return [cls(year, number) for number in range(1, 13)]

    @property
    def ordinal(self) -> int:
        """Months counted from year 0: the difference of two is their distance in months."""
        return self.year * 12 + self.number - 1

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return self.following.first_day - timedelta(days=1)

    @property
    def previous(self) -> "Month":
        return Month.from_ordinal(self.ordinal - 1)

    @property
    def following(self) -> "Month":
        return Month.from_ordinal(self.ordinal + 1)

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"


Period = Month | Quarter


@lru_cache(maxsize=1024)
def _parse(text: str) -> Month:
    for form in _FORMS:
        if match := form.fullmatch(text.strip()):
            return Month(int(match["year"]), int(match["number"]))
    raise ValueError(f"not a month: {text!r}")


def parse(text: str) -> Period:
    """A month or a quarter; `ValueError` for anything else.

    `1/2022` could be either: it is read as a month.
    """
    try:
        return Month.parse(text)
    except ValueError:
        return Quarter.parse(text)


def newest_quarter(month: Month) -> Quarter:
    """The newest quarter that is over at the end of a month."""
    quarter = Quarter.of(month.first_day)
    return quarter if month.number % 3 == 0 else quarter.previous


def last_month(period: Period) -> Month:
    """The month with whose end a period ends."""
    return period if isinstance(period, Month) else Month(period.year, 3 * period.number)


def span(first: Period, last: Period) -> Iterator[Period]:
    """All periods from first to last, both included; of one kind."""
    kind = type(first)
    return (kind.from_ordinal(n) for n in range(first.ordinal, last.ordinal + 1))
