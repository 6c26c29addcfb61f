"""Figures that differ from what was frozen: what they were, and why their quarter was opened again.

Reopening a quarter must not rewrite the past unseen: a figure that came out differently has the
number of a note beside it wherever it is shown.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from metrics.models import LIGHTS
from metrics.timeline import Reopened, Tick
from roadmap import formats


@dataclass(frozen=True)
class Note:
    """What figures of one quarter were, until it was opened again."""

    number: int
    tick: Tick
    reopened: Reopened
    text: str


@dataclass
class Restatements:
    notes: list[Note]
    numbers: dict[tuple[str, str], list[int]]  # of the notes, by code of the quarter and figure

    def of(self, tick: Tick | None, key: str) -> list[int]:
        """The numbers of the notes of a figure."""
        return self.numbers.get((tick.code, key), []) if tick else []


def restatements(
    shown: Iterable[tuple[Tick | None, str, object]], names: dict[str, str] | None = None
) -> Restatements:
    """The notes of a page that shows these figures: quarter, key and status as it is now.

    `names` are what the figures are called, where a page shows several. The ticks are those of a
    `timeline` that was asked for the same keys.
    """
    restated = {}
    for tick, key, status in shown:
        for reopened in tick.reopened if tick and status else ():
            was = reopened.figures.get(key)
            if was and was != (status.percent, status.light):
                _tick, _reopened, figures = restated.setdefault(
                    (tick.quarter, reopened.at), (tick, reopened, {})
                )
                figures[key] = was
    notes, numbers = [], defaultdict(list)
    for number, (_place, (tick, reopened, figures)) in enumerate(sorted(restated.items()), start=1):
        notes.append(Note(number, tick, reopened, _sentence(tick, reopened, figures, names)))
        for key in figures:
            numbers[tick.code, key].append(number)
    return Restatements(notes, dict(numbers))


def _sentence(tick: Tick, reopened: Reopened, figures: dict, names: dict | None) -> str:
    words = {
        "quarter": tick.label,
        "closed": formats.day(reopened.closed_at),
        "day": formats.day(reopened.at),
        "reason": reopened.reason,
    }
    words["figures"] = "; ".join(
        (f"{names[key]} " if names else "") + _figure(*figure) for key, figure in figures.items()
    )
    if not reopened.closed_at:
        return _("%(quarter)s was opened again %(day)s: %(reason)s. Before: %(figures)s") % words
    if names:
        sentence = _(
            "%(quarter)s when it was closed %(closed)s: %(figures)s. "
            "Opened again %(day)s: %(reason)s"
        )
    else:
        sentence = _(
            "%(quarter)s was %(figures)s when it was closed %(closed)s; "
            "opened again %(day)s: %(reason)s"
        )
    return sentence % words


def _figure(percent: int | None, light: str) -> str:
    """91 %, behind or at risk"""
    word = str(dict(LIGHTS)[light])
    return word if percent is None else f"{formats.percent(percent)}, {word}"
