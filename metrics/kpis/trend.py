"""The course of a KPI as a line: runs of measured periods, and the target beside them.

Pure: no Django, no database, no clock. Places are pixels of a drawing of a given size.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from metrics.kpis.periods import Month, Period, last_month

Point = tuple[Period, float | None, float | None]  # a period, its value and its target
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Size:
    """Of a drawing; `edge` is kept free at its ends, so that dots and strokes have room."""

    width: int
    height: int
    edge: int = 3


@dataclass(frozen=True, slots=True)
class Line:
    """`runs` are the points of periods in a row; `end` is that of the period looked at."""

    runs: list[list[Place]] = field(default_factory=list)
    targets: list[Place] = field(default_factory=list)
    end: Place | None = None

    def __bool__(self) -> bool:
        return bool(self.runs)


def line(
    points: Iterable[Point],
    first: Month,
    last: Month,
    size: Size,
    *,
    now: Period | None = None,
    is_path: bool = False,
) -> Line:
    """Draw points, in the order of time, between two months, both included.

    A quarter stands at its last month. A period without a value makes a gap. `is_path` says that
    the targets are points of a line; else they are levels, and drawn as steps.
    """
    points = [point for point in points if first <= last_month(point[0]) <= last]
    values = [value for _period, value, _target in points if value is not None]
    if not values:
        return Line()
    levels = values + [target for _period, _value, target in points if target is not None]
    low, high = min(levels), max(levels)
    step = (size.width - 2 * size.edge) / max(1, last.ordinal - first.ordinal)

    def place(period: Period, level: float) -> Place:
        share = (level - low) / (high - low) if high > low else 0.5
        x = size.edge + step * (last_month(period).ordinal - first.ordinal)
        y = size.height - size.edge - share * (size.height - 2 * size.edge)
        return round(x, 1), round(y, 1)

    runs = [[place(*point) for point in run] for run in _runs(points)]
    end = next(
        (place(p, value) for p, value, _target in points if p == now and value is not None), None
    )
    targets = [place(period, target) for period, _value, target in points if target is not None]
    return Line(runs, targets if is_path else _steps(targets, step / 2, size.width), end)


def _runs(points: list[Point]) -> list[list[tuple[Period, float]]]:
    runs: list[list[tuple[Period, float]]] = []
    before = None
    for period, value, _target in points:
        if value is None:
            continue
        if before is None or period.ordinal != before + 1:
            runs.append([])
        runs[-1].append((period, value))
        before = period.ordinal
    return runs


def _steps(places: list[Place], half: float, width: int) -> list[Place]:
    """Each level keeps its height half a slot to both sides."""
    steps = []
    for x, y in places:
        steps += [(round(max(0, x - half), 1), y), (round(min(width, x + half), 1), y)]
    return steps
