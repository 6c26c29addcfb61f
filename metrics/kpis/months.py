"""The months of the dashboard: which of them there are, and the one that a request looks at."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

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


def months(strategy: Strategy, asked: str | None) -> Months:
    """`asked` is the `month` of the address; `Http404` for one without measurements. One query."""
    rows = KpiGroupStatus.objects.filter(group__strategy=strategy).order_by()
    summaries = list(rows.values_list("group_id", "month", "measured", "expected"))
    measured = {month for _group, month, count, _expected in summaries if count}
    if not measured:
        if asked:
            raise Http404
        return Months()
    found = Months(list(span(min(measured), max(measured))))
    found.now = _asked(asked, found.all) if asked else default_month(summaries)
    return found


def _asked(text: str, among: list[Month]) -> Month:
    try:
        month = Month.parse(text)
    except ValueError as error:
        raise Http404 from error
    if str(month) != text or month not in among:
        raise Http404
    return month


def default_month(summaries: Iterable[tuple[int, Month, int, int]]) -> Month:
    """The newest month in which at least half of what is expected was measured, else the newest.

    `summaries` are (group, month, measured, expected).
    """
    summaries = list(summaries)
    expected, measured = Expected(summaries), Counter()
    for _group, month, count, _wanted in summaries:
        measured[month] += count
    with_any = sorted((month for month, count in measured.items() if count), reverse=True)
    return next(
        (month for month in with_any if 2 * measured[month] >= expected.at(month)), with_any[0]
    )


class Expected:
    """How many measurements are expected in a month: of each group, by its newest summary then."""

    def __init__(self, summaries: Iterable[tuple[int, Month, int, int]]):
        self._groups: dict[int, list[tuple[Month, int]]] = defaultdict(list)
        for group, month, _count, wanted in sorted(summaries):
            self._groups[group].append((month, wanted))

    def at(self, month: Month) -> int:
        return sum(self._of_group(rows, month) for rows in self._groups.values())

    @staticmethod
    def _of_group(rows: list[tuple[Month, int]], month: Month) -> int:
        until = bisect_right(rows, month, key=lambda row: row[0])
        return rows[until - 1][1] if until else 0


class Glance(NamedTuple):
    """The month that the dashboard opens with, and the counts of its lights."""

    month: Month
    counts: dict[str, int]


def glance(strategy: Strategy) -> Glance | None:
    """What the front page says of the KPIs; None where nothing has been measured. One query."""
    lights = [light.value for light in Light]
    rows = KpiGroupStatus.objects.filter(group__strategy=strategy).order_by()
    found = list(rows.values_list("group_id", "month", "measured", "expected", *lights))
    if not any(measured for _group, _month, measured, *_rest in found):
        return None
    now = default_month(row[:4] for row in found)
    here = [row[4:] for row in found if row[1] == now]
    counts = dict(zip(lights, map(sum, zip(*here, strict=True)), strict=True))
    # Groups of which nothing was measured since have no summary of that month.
    counts[Light.NONE.value] += Expected(row[:4] for row in found).at(now) - sum(counts.values())
    return Glance(now, counts)
