"""Figures for Plotly, as plain data: the script draws them, the colours are the page's own."""

from fractions import Fraction

from metrics.action_page import ActionView
from metrics.kpis import amounts, period_names
from metrics.kpis.kpi_page import KpiView, Point
from metrics.kpis.periods import Month, span
from roadmap import formats

# Where in its column a quarter's mark stands, the column being 1 wide.
OFFSET = 0.13


def plan_chart(view: ActionView) -> dict:
    """Plan against actuals. `x` counts the columns of the table below the chart.

    `light` names the shape of each reported point; the script gives it its colour and sign.
    """
    planned = [(place, p) for place, p in enumerate(view.shown) if p.planned_value is not None]
    reported = [(place, p) for place, p in enumerate(view.shown) if p.value is not None]
    return {
        "columns": len(view.shown),
        "planned": {
            "x": [place + OFFSET for place, _ in planned],
            "y": [float(p.planned_value) for _, p in planned],
        },
        "actual": {
            "x": [place + OFFSET for place, _ in reported],
            "y": [float(p.value) for _, p in reported],
            "light": [p.status.light if p.status else "none" for _, p in reported],
        },
        "target": float(view.action.target),
    }


# More months than these, and only the years are named on the axis.
NAMED_MONTHS = 36


def trend_chart(view: KpiView) -> dict:
    """All periods of a KPI by their ordinals, with the targets up to the end of the newest year.

    None makes a gap: nothing was measured, or too few answered. `says` is what a point tells.
    """
    kpi, points = view.kpi, view.points
    shown = [point if _value(point) is not None else None for point in points]
    periods = list(span(points[0].period, view.end))
    ordinals = [period.ordinal for period in periods]
    targets = [view.targets.at(ordinal) for ordinal in ordinals]
    yellow = [
        None if target is None else kpi.rule.value_at(view.axis.limits.yellow, target)
        for target in targets
    ]
    return {
        "x": [point.period.ordinal for point in points],
        "y": [_number(_value(point)) for point in points],
        "light": [point.standing.light if point else "none" for point in shown],
        "says": [_says(point) if point else "" for point in shown],
        "margin": [_margin(point) for point in points],
        "targets": {"x": ordinals, "y": [_number(target) for target in targets]},
        "limits": {"x": ordinals, "y": [_number(limit) for limit in yellow]},
        "is_path": kpi.target_is_path,
        "now": view.period.ordinal,
        "ticks": _ticks(periods),
        "suffix": f"{formats.NBSP}{amounts.unit(kpi)}" if kpi.kind == "rate" else "",
    }


def years_chart(view: KpiView) -> dict:
    """A line a year, the oldest first, over the columns of the table below the chart."""
    years = [
        {
            "name": str(year),
            "x": [place + OFFSET for place in range(len(points))],
            "y": [_number(point and _value(point)) for point in points],
            "says": [
                _says(point) if point and _value(point) is not None else "" for point in points
            ],
        }
        for year, points in reversed(view.years)
    ]
    suffix = f"{formats.NBSP}{amounts.unit(view.kpi)}" if view.kpi.kind == "rate" else ""
    return {"columns": len(view.columns), "years": years, "suffix": suffix}


def _value(point: Point) -> Fraction | None:
    """Exact, so that a point stands on the side of the lines that its light says."""
    return point.exact


def _number(value) -> float | None:
    return None if value is None else float(Fraction(value))


def _margin(point: Point) -> int | None:
    return point.standing.margin if point.standing and point.standing.value is not None else None


def _says(point: Point) -> str:
    percent = formats.percent(point.standing.percent)
    return ", ".join(filter(None, (period_names.name(point.period), point.value, percent)))


def _ticks(periods: list) -> dict:
    """The year at its first period; between, every third month where there is room."""
    at, text = [], []
    for period in periods:
        if period.number == 1:
            name = str(period.year)
        elif len(periods) > NAMED_MONTHS or (isinstance(period, Month) and period.number % 3 != 1):
            continue
        else:
            name = period_names.without_year(period)
        at.append(period.ordinal)
        text.append(name)
    return {"at": at, "text": text}
