"""Gathers what the rule needs from the database and calls the rule."""

from collections.abc import Iterator
from typing import NamedTuple

from roadmap.courses import FIELDS, courses_from
from roadmap.models import Action, ProgressEntry, QuarterState, Strategy
from roadmap.quarters import Quarter
from roadmap.traffic_light import Course

# Actions held in memory at a time.
CHUNK = 2000


class Subject(NamedTuple):
    """An action with the groups that it counts in."""

    pk: int
    phase_id: int
    theme_id: int | None
    service_area_id: int | None
    course: Course


def lit_quarters(strategy: Strategy, until: Quarter | None = None) -> dict[Quarter, QuarterState]:
    """The quarters that have lights, with their states.

    Up to the open quarter; where none is open, up to the newest that is closed or has an entry;
    and at least up to `until`, a quarter that is about to be closed.
    """
    states = dict(strategy.quarters.values_list("quarter", "state"))
    opened = [quarter for quarter, state in states.items() if state == QuarterState.OPEN]
    if opened:
        last = opened[0]
    else:
        entries = ProgressEntry.objects.filter(action__strategy=strategy).order_by("-quarter")
        closed = [quarter for quarter, state in states.items() if state == QuarterState.CLOSED]
        last = max([*closed, *entries.values_list("quarter", flat=True)[:1]], default=None)
    last = max(filter(None, [last, until]), default=None)
    return {
        quarter: state
        for quarter, state in sorted(states.items())
        # Frozen lights stay, even while an earlier quarter is open again.
        if (last and quarter <= last) or state == QuarterState.CLOSED
    }


def subjects(strategy: Strategy) -> Iterator[list[Subject]]:
    """All actions of the strategy as the rule sees them, some thousands at a time."""
    actions = Action.objects.filter(strategy=strategy).order_by("pk")
    after = 0
    while True:
        groups = ("phase_id", "theme_id", "service_area_id")
        rows = list(actions.filter(pk__gt=after).values_list(*FIELDS, *groups)[:CHUNK])
        if rows:
            plain = [row[: len(FIELDS)] for row in rows]
            found = courses_from(
                plain,
                action__strategy=strategy,
                action_id__gte=rows[0][0],
                action_id__lte=rows[-1][0],
            )
            yield [Subject(row[0], *row[len(FIELDS) :], found[row[0]]) for row in rows]
        if len(rows) < CHUNK:
            return
        after = rows[-1][0]
