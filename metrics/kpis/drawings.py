"""The drawings of the KPI pages as SVG: strokes and dots in classes, the colours are the page's.

Places across are percents, so a drawing is as wide as its cell and its dots stay round.
"""

from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from metrics.kpis.scale import Axis, Marks
from metrics.kpis.trend import Line, Size

WIDEST_SIGN = 2.8  # percent of a meter that is 280 px wide
_HIDDEN = mark_safe('aria-hidden="true" focusable="false"')


def axis_symbol(axis: Axis) -> SafeString:
    """What is the same in every row of the scale, once a page; rows refer to it."""
    limits = ((place,) for _limit, place in axis.limit_places)
    return format_html(
        '<svg class="sprite" {}><symbol id="kpi-axis" overflow="visible">'
        '<line class="scale-axis" x2="100%" y1="50%" y2="50%"/>'
        '<svg y="50%" overflow="visible">{}</svg>'
        '{}<line class="scale-goal" x1="{}%" x2="{}%" y2="100%"/></symbol></svg>',
        _HIDDEN,
        format_html_join(
            "", '<line class="scale-axis" x1="{0}%" x2="{0}%" y1="-4"/>', ((x,) for x in axis.ticks)
        ),
        format_html_join("", '<line class="scale-limit" x1="{0}%" x2="{0}%" y2="100%"/>', limits),
        axis.target,
        axis.target,
    )


def axis_head(axis: Axis, target_word: str) -> SafeString:
    """The names of the axis' ends, limits and target, over the column of the scale."""
    names = [(f"{axis.low} %", 0.0, "start", "")]
    names += [(f"{limit} %", place, "middle", "") for limit, place in axis.limit_places]
    names.append((target_word, axis.target, "middle", "goal-word"))
    return format_html(
        '<svg class="kpi-scale kpi-scale-head" {}>{}</svg>',
        _HIDDEN,
        format_html_join(
            "",
            '<text class="{3}" x="{1}%" y="100%" dy="-.7em" text-anchor="{2}">{0}</text>',
            ((name.replace(" ", "\u00a0"), *rest) for name, *rest in names),
        ),
    )


def scale(axis: Axis, marks: Marks, target: str, says: str) -> SafeString:
    """One row of the scale; `says` is what it shows, in words."""
    return format_html(
        '<svg class="kpi-scale" role="img" aria-label="{}"><use href="#kpi-axis"/>{}'
        '<text class="goal-value" x="{}%" y="50%" dx="8" dy="21">{}</text></svg>',
        says,
        marks_drawn(marks),
        axis.target,
        target,
    )


def marks_drawn(marks: Marks, radius: int = 7, small: float = 4.5) -> SafeString:
    """The dot of now, the open one of before, the line between them and the margin's whisker."""
    parts = []
    if marks.margin:
        low, high = marks.margin
        parts.append(_across("margin", low, high))
        parts += [
            format_html(
                '<svg x="{}%" y="50%" overflow="visible">'
                '<line class="scale-margin" y1="-6" y2="6"/></svg>',
                place,
            )
            for place in marks.margin
        ]
    if marks.now is not None and marks.before is not None:
        parts.append(_across("way", marks.before, marks.now))
    if marks.before is not None:
        parts.append(_dot("before", marks.before, small))
    if marks.now is not None:
        parts.append(_dot("now", marks.now, radius))
    return mark_safe("".join(parts))  # noqa: S308 - each part was formatted


def _across(name: str, left: float, right: float) -> SafeString:
    return format_html(
        '<line class="scale-{}" x1="{}%" x2="{}%" y1="50%" y2="50%"/>', name, left, right
    )


def _dot(name: str, place: float, radius: float) -> SafeString:
    return format_html('<circle class="scale-{}" cx="{}%" cy="50%" r="{}"/>', name, place, radius)


@dataclass(frozen=True, slots=True)
class MeterWords:
    """What stands on a meter: at the dots, at the limits, and what each of its parts means."""

    now: str
    before: str
    limits: list[tuple[float, str]]
    target: str
    parts: list[tuple[float, str, str]]  # where it begins, its light, the light's word
    says: str


def meter(axis: Axis, marks: Marks, words: MeterWords) -> SafeString:
    """One KPI on its scale, larger and with its numbers on it."""
    labels = [("meter-limit", place, "7.1rem", text) for place, text in words.limits]
    labels.append(("meter-goal", axis.target, "7.1rem", words.target))
    if marks.before is not None:
        labels.append(("meter-before", marks.before, "5.6rem", words.before))
    if marks.now is not None:
        labels.append(("meter-now", marks.now, "2.6rem", words.now))
    return format_html(
        '<svg class="kpi-meter" role="img" aria-label="{}">{}'
        '<svg y="1.75rem" height="4.25rem" overflow="visible"><use href="#kpi-axis"/>{}</svg>'
        "{}</svg>",
        words.says,
        format_html_join(
            "",
            '<svg x="{}%" overflow="visible"><use href="#light-{}" width="16" height="16"/>'
            '<text class="meter-part" x="23" y="13">{}</text></svg>',
            words.parts,
        ),
        marks_drawn(marks, radius=9, small=6),
        format_html_join(
            "",
            '<text class="{}" x="{}%" y="{}" text-anchor="{}">{}</text>',
            [(name, at, y, _anchor(at, text), text) for name, at, y, text in labels if text],
        ),
    )


def _anchor(place: float, text: str) -> str:
    """Labels stay within the drawing at its ends, on the narrowest screen, too."""
    half = max(12, WIDEST_SIGN * len(text) / 2)
    return "start" if place < half else "end" if place > 100 - half else "middle"


def course(line: Line, size: Size, classes: str = "sparkline kpi-trend") -> SafeString:
    """A line over time, for the eye alone: the numbers stand in a table."""
    if not line:
        return mark_safe("")
    shown = [
        format_html('<path class="trend" d="{}"/>', "".join(map(_path, line.runs))),
    ]
    if line.targets:
        shown.insert(0, format_html('<path class="base" d="{}"/>', _path(line.targets)))
    if line.end:
        shown.append(format_html('<circle class="end" cx="{}" cy="{}" r="3.5"/>', *line.end))
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" {}>{}</svg>',
        classes,
        size.width,
        size.height,
        _HIDDEN,
        mark_safe("".join(shown)),  # noqa: S308 - each part was formatted
    )


def _path(places: list[tuple[float, float]]) -> str:
    """A single place becomes a stroke of no length, which round ends show as a dot."""
    first, *rest = places
    return f"M{first[0]} {first[1]}" + ("".join(f"L{x} {y}" for x, y in rest) or "h0")
