"""The light that a value would give, by the same rule, before anything is saved."""

from decimal import Decimal

from metrics.action_page import course_of, plan_and_entries
from roadmap.models import Action, QuarterState
from roadmap.traffic_light import Outcome


def preview(action: Action, value: Decimal) -> Outcome | None:
    """How the action would stand in the open quarter with this value; None where none is open."""
    opened = action.strategy.quarters.filter(state=QuarterState.OPEN).first()
    if opened is None:
        return None
    plan, entries = plan_and_entries(action)
    reported = {quarter: entry.value for quarter, entry in entries.items()}
    course = course_of(action, plan, reported | {opened.quarter: value})
    return course.outcomes([opened.quarter.ordinal], action.strategy.limits)[0]
