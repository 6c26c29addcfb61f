"""Actions as the rule sees them, read from the database."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from roadmap.formats import as_decimal, places
from roadmap.models import PlanPoint, ProgressEntry
from roadmap.traffic_light import Course

# The columns of an action that its course is made of.
FIELDS = ("pk", "baseline", "target", "start", "end", "weight", "cancelled_from")


def courses(actions) -> dict[int, Course]:
    """The course of each action of a queryset by its key; three queries."""
    rows = list(actions.order_by().values_list(*FIELDS))
    return courses_from(rows, action__in=actions.order_by().values("pk"))


def courses_from(rows: Iterable[tuple], with_plan=True, **within) -> dict[int, Course]:
    """The courses of rows of `FIELDS`; `within` says whose plan points and entries to read.

    Without the plan they still say what is due and reported.
    """
    plans, entries = defaultdict(dict), defaultdict(dict)
    sources = [(ProgressEntry, entries)] + ([(PlanPoint, plans)] if with_plan else [])
    for model, found in sources:
        values = model.objects.filter(**within).order_by()
        for pk, quarter, value in values.values_list("action_id", "quarter", "value"):
            found[pk][quarter.ordinal] = value
    return {
        pk: Course(
            baseline,
            target,
            start.ordinal,
            end.ordinal,
            weight,
            cancelled_from and cancelled_from.ordinal,
            plans[pk],
            entries[pk],
        )
        for pk, baseline, target, start, end, weight, cancelled_from in rows
    }


def planned_value(course: Course, quarter: int) -> Decimal:
    """What the plan expects at the end of a quarter, in the metric's unit, for showing."""
    baseline, target = Fraction(course.baseline), Fraction(course.target)
    decimals = places(course.baseline, course.target) + 1
    return as_decimal(baseline + (target - baseline) * course.planned(quarter), decimals)
