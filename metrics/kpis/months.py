"""The months of the dashboard: which of them there are, how the KPIs stand in each of them, and
the one that a request looks at.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from django.db.models import QuerySet
from django.http import Http404

from metrics.kpis.periods import Month, span
from metrics.models import KpiGroupStatus
from roadmap.models import Strategy
from roadmap.traffic_light import Light


@dataclass
class Months:
    """From the first month with a measurement to the newest; `now` is the one looked at."""

    all: list[Month] = field(default_factory=list)
    now: Month | None = None

    @property
    def newest(self) -> Month | None:
        return self.all[-1] if self.all else None

    @property
    def before(self) -> Month | None:
        return self._measured(self.now and self.now.previous)

    @property
    def after(self) -> Month | None:
        return self._measured(self.following)

    @property
    def following(self) -> Month | None:
        """The month after, measured or not."""
        return self.now and self.now.following

    @property
    def years(self) -> list[tuple[int, list[Month]]]:
        """The newest year first, its months in order."""
        years = defaultdict(list)
        for month in self.all:
            years[month.year].append(month)
        return sorted(years.items(), reverse=True)

    def _measured(self, month: Month | None) -> Month | None:
        return month if month and self.all[0] <= month <= self.all[-1] else None


COUNTS = ("measured", "expected", *(light.value for light in Light))


class Summaries:
    """How the KPIs of a strategy stand in any month: each group as its newest summary then says.

    `rows` are group, month, `ending` and `COUNTS`, as `KpiGroupStatus` has them.
    """

    def __init__(self, rows: Iterable[tuple]):
        self._groups: dict[int, list[tuple[Month, list[int]]]] = defaultdict(list)
        self._measured: set[Month] = set()
        for group, month, ending, *counts in sorted(rows):
            self._groups[group].append((month, counts))
            if ending:
                self._measured.add(month)

    @cached_property
    def months(self) -> list[Month]:
        """All from the first in which a measured period ends to the newest."""
        if not self._measured:
            return []
        return list(span(min(self._measured), max(self._measured)))

    @cached_property
    def opening(self) -> Month | None:
        """The newest month with half of what is expected in it, or more; else the newest.

        Only months in which a measured period ends; None where there is none.
        """
        newest_first = sorted(self._measured, reverse=True)
        halves = (month for month in newest_first if self._has_half(month))
        return next(halves, newest_first[0] if newest_first else None)

    def _has_half(self, month: Month) -> bool:
        stands = self.at(month)
        return 2 * stands["measured"] >= stands["expected"]

    def at(self, month: Month) -> dict[str, int]:
        """`COUNTS` of a month, measured or not, by their names."""
        total = [0] * len(COUNTS)
        for rows in self._groups.values():
            if until := bisect_right(rows, month, key=lambda row: row[0]):
                total = map(sum, zip(total, rows[until - 1][1], strict=True))
        return dict(zip(COUNTS, total, strict=True))


def summaries(strategy: Strategy) -> Summaries:
    """One query."""
    rows = KpiGroupStatus.objects.filter(group__strategy=strategy).order_by()
    return Summaries(rows.values_list("group_id", "month", "ending", *COUNTS))


def measured_months(strategy: Strategy) -> QuerySet:
    """The months in which a measured period ends, group by group, the newest first."""
    rows = KpiGroupStatus.objects.filter(group__strategy=strategy, ending__gt=0)
    return rows.order_by("-month").values_list("month", flat=True)


def months(strategy: Strategy, asked: str | None) -> Months:
    """`asked` is the `month` of the address; `Http404` for one without measurements. One query."""
    found = summaries(strategy)
    now = _asked(asked, found.months) if asked else found.opening
    return Months(found.months, now)


def _asked(text: str, among: list[Month]) -> Month:
    try:
        month = Month.parse(text)
    except ValueError as error:
        raise Http404 from error
    if str(month) != text or month not in among:
        raise Http404
    return month


class Glance(NamedTuple):
    """The month that the dashboard opens with, and the counts of its lights."""

    month: Month
    counts: dict[str, int]


def glance(strategy: Strategy) -> Glance | None:
    """What the front page says of the KPIs; None where nothing has been measured. One query."""
    found = summaries(strategy)
    if found.opening is None:
        return None
    stands = found.at(found.opening)
    return Glance(found.opening, {light.value: stands[light.value] for light in Light})
