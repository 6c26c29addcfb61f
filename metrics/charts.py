"""Figures for Plotly, as plain data: the script draws them, the colours are the page's own."""

from metrics.action_page import ActionView

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
