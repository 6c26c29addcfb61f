"""The rule of the lights, explained on an action of the reader's own strategy."""

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from metrics.action_page import course_of, plan_and_entries
from metrics.models import ActionStatus
from metrics.timeline import Timeline
from roadmap import formats
from roadmap.models import Action, Strategy
from roadmap.traffic_light import Light, completion, percent_of


@dataclass(frozen=True)
class Example:
    """The reckoning of one action in one quarter, number by number."""

    action: Action
    status: ActionStatus
    way: Decimal  # from baseline to target
    planned_value: Decimal
    ratio: Decimal  # the percent, cut to two decimals and not yet to a whole number
    is_exact: bool  # whether the cut took nothing away


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
    achieved = completion(status.value, baseline, target)
    if percent_of(achieved, planned) != status.percent:
        return None  # frozen with a plan that has changed since: it cannot be reckoned again
    percent = achieved / planned * 100
    decimals = formats.places(action.baseline, action.target, status.value) + 1
    return Example(
        action,
        status,
        formats.as_decimal(target - baseline, decimals),
        formats.as_decimal(baseline + (target - baseline) * planned, decimals),
        Decimal(math.floor(percent * 100)) / 100,
        percent * 100 == math.floor(percent * 100),
    )
