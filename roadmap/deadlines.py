"""The deadline of a quarter: the day by which its reports are asked for."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from roadmap.models import Change, QuarterState, Strategy, StrategyQuarter
from roadmap.quarters import Quarter
from roadmap.record import text
from roadmap.reporting import QuarterNotOpen

TIME_TO_REPORT = timedelta(days=14)


@dataclass
class DeadlineMoved(Exception):
    """Somebody else moved the deadline meanwhile; `deadline` is what stands now."""

    deadline: date | None


def usual_deadline(quarter: Quarter) -> date:
    """Two weeks after the quarter's end, or from today (in Helsinki) where that is later."""
    return max(quarter.last_day, timezone.localdate()) + TIME_TO_REPORT


@transaction.atomic
def move_deadline(
    strategy: Strategy, quarter: Quarter, seen: date | None, deadline: date, user
) -> StrategyQuarter:
    """Give the open quarter another deadline; `seen` is the one that the person saw.

    The one that stands already changes nothing. Raises `QuarterNotOpen` or `DeadlineMoved`.
    """
    row = StrategyQuarter.objects.select_for_update().get(strategy=strategy, quarter=quarter)
    if row.state != QuarterState.OPEN:
        raise QuarterNotOpen
    if row.deadline == deadline:
        return row
    if row.deadline != seen:
        raise DeadlineMoved(row.deadline)
    before, row.deadline = row.deadline, deadline
    row.save(update_fields=["deadline"])
    fields = {f"deadline:{quarter}": [text(before), text(deadline)]}
    Change.objects.create(strategy=strategy, user=user, fields=fields)
    return row
