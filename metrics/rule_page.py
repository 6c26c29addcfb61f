"""The rule of the lights, explained on an action of the reader's own strategy."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from metrics.action_page import course_of, plan_and_entries
from metrics.models import ActionStatus
from metrics.reasons import as_decimal, places
from metrics.timeline import Timeline
from roadmap.models import Action, Strategy
from roadmap.traffic_light import Light


@dataclass(frozen=True)
class Example:
    """The reckoning of one action in one quarter, number by number."""

    action: Action
    status: ActionStatus
    way: Decimal  # from baseline to target
    planned_value: Decimal
    ratio: Decimal  # the percent before it is cut to a whole number


def worked_example(strategy: Strategy, line: Timeline) -> Example | None:
    """An action that is under way and not quite on schedule, where there is one."""
    if line.now is None:
        return None
    quarter = line.now.quarter
    under_way = ActionStatus.objects.filter(
        strategy=strategy,
        quarter=quarter,
        percent__gt=0,
        planned__lt=1,
        value__isnull=False,
    ).select_related("action")
    late = under_way.filter(light__in=[Light.RED.value, Light.YELLOW.value])
    status = late.order_by("action__code").first() or under_way.order_by("action__code").first()
    if status is None:
        return None
    action = status.action
    plan, _entries = plan_and_entries(action)
    planned = course_of(action, plan, {}).planned(quarter.ordinal)
    baseline, target = Fraction(action.baseline), Fraction(action.target)
    decimals = places(action.baseline, action.target, status.value) + 1
    return Example(
        action,
        status,
        as_decimal(target - baseline, decimals),
        as_decimal(baseline + (target - baseline) * planned, decimals),
        as_decimal(Fraction(status.achieved) / Fraction(status.planned) * 100, 2),
    )
