"""The quarter of a year, written `2021Q1` in code, URLs and files, `Q1/2021` for people."""

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

_FORMS = (
    re.compile(r"(?P<year>[1-9]\d{3})\s*Q\s*(?P<number>[1-4])", re.IGNORECASE),
    re.compile(r"Q\s*(?P<number>[1-4])\s*[/ ]\s*(?P<year>[1-9]\d{3})", re.IGNORECASE),
    re.compile(r"(?P<number>[1-4])\s*/\s*(?P<year>[1-9]\d{3})"),
)


class Quarter(NamedTuple):
    """One quarter. Quarters compare and sort in the order of time."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Quarter":
        """Read `2021Q1`, `Q1/2021`, `Q1 2021` or `1/2021`; `ValueError` for anything else."""
        return _parse(text)

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """The quarter that the day belongs to."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def from_ordinal(cls, ordinal: int) -> "Quarter":
        return cls(ordinal // 4, ordinal % 4 + 1)

    @classmethod
    def span(cls, first: "Quarter", last: "Quarter") -> list["Quarter"]:
        """All quarters from first to last, both included."""
        return [cls.from_ordinal(n) for n in range(first.ordinal, last.ordinal + 1)]

    @classmethod
    def of_year(cls, year: int) -> list["Quarter"]:
        return [cls(year, number) for number in (1, 2, 3, 4)]

    @property
    def ordinal(self) -> int:
        """Quarters counted from year 0: the difference of two is their distance in quarters."""
        return self.year * 4 + self.number - 1

    @property
    def first_day(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        return self.following.first_day - timedelta(days=1)

    @property
    def label(self) -> str:
        return f"Q{self.number}/{self.year}"

    @property
    def previous(self) -> "Quarter":
        return Quarter.from_ordinal(self.ordinal - 1)

    @property
    def following(self) -> "Quarter":
        return Quarter.from_ordinal(self.ordinal + 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


@lru_cache(maxsize=1024)
def _parse(text: str) -> Quarter:
    for form in _FORMS:
        if match := form.fullmatch(text.strip()):
            return Quarter(int(match["year"]), int(match["number"]))
    raise ValueError(f"not a quarter: {text!r}")
