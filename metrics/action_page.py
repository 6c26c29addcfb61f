"""One action through its quarters: plan, actuals, lights and history."""

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.db.models import Value
from django.http import Http404
from django.utils.translation import gettext as _

from metrics.models import ActionStatus
from metrics.reasons import Reason, reason
from metrics.restatements import Restatements, restatements
from metrics.snapshots import figure_key
from metrics.timeline import Tick, Timeline, timeline
from roadmap import courses, formats, record
from roadmap.access import years
from roadmap.models import Action, Change, PlanPoint, ProgressEntry
from roadmap.permissions import VIEW
from roadmap.quarters import Quarter
from roadmap.traffic_light import Course


class Reported(NamedTuple):
    """An entry: what was reported, and which version of it this is."""

    value: Decimal
    comment: str
    version: int


@dataclass
class Point:
    """One quarter of the action, as the table and the chart show it."""

    tick: Tick
    status: ActionStatus | None
    planned_value: Decimal | None
    planned_share: Decimal
    reported: Reported | None
    changes: list = field(default_factory=list)

    @property
    def ordinal(self) -> int:
        return self.tick.quarter.ordinal

    @property
    def value(self) -> Decimal | None:
        return self.reported and record.number(self.reported.value)

    @property
    def comment(self) -> str:
        return self.reported.comment if self.reported else ""


@dataclass
class ActionView:
    action: Action
    line: Timeline
    course: Course
    points: list[Point]
    status: ActionStatus | None
    reason: Reason | None
    plan_changes: list[Change]
    decimals: int

    def point(self, tick: Tick | None) -> Point | None:
        return next((p for p in self.points if p.tick == tick), None)

    @property
    def key(self) -> str:
        return figure_key("action", self.action.pk)

    @cached_property
    def restated(self) -> Restatements:
        return restatements((point.tick, self.key, point.status) for point in self.points)

    @property
    def now(self) -> Point | None:
        return self.point(self.line.now)

    def newest_before(self, quarter: Quarter) -> Point | None:
        """The newest report of an earlier quarter."""
        return next((p for p in self.entries if p.tick.quarter < quarter), None)

    @property
    def shown(self) -> list[Point]:
        """The quarters that the chart and its table show: from the baseline to the end."""
        first, last = self.course.start - 1, self.course.end
        for point in self.points:
            if point.value is not None or (point.tick == self.line.now and last < point.ordinal):
                first, last = min(first, point.ordinal), max(last, point.ordinal)
        return [point for point in self.points if first <= point.ordinal <= last]

    @property
    def open_place(self) -> int | None:
        """The column of the open quarter, from 1 on."""
        for place, point in enumerate(self.shown, start=1):
            if point.tick.is_open:
                return place
        return None

    @property
    def finding(self) -> str:
        """What the chart says."""
        newest = next((p for p in self.entries if p.tick.quarter <= self.until), None)
        now = self.now
        if newest is None or now is None or now.planned_value is None:
            return _("Plan and reports by quarter")
        words = {
            "value": formats.value(newest.value),
            "planned": formats.value(now.planned_value),
            "quarter": now.tick.label,
        }
        return _("Achieved %(value)s, planned %(planned)s in %(quarter)s") % words

    @property
    def until(self) -> Quarter:
        return self.line.now.quarter if self.line.now else self.line.ticks[-1].quarter

    @property
    def entries(self) -> list[Point]:
        """What was reported, the newest first."""
        return [point for point in reversed(self.points) if point.value is not None]


def visible_action(request, slug: str, code: str) -> Action:
    """The action with what its page needs, two queries; `Http404` for who may not see it."""
    if not request.user.has_perm(VIEW) or "\0" in code:
        raise Http404
    action = (
        Action.objects.filter(strategy__slug=slug, code=code)
        .select_related("strategy__computation", "phase", "theme", "service_area")
        .prefetch_related("responsible")
        .first()
    )
    if action is None:
        raise Http404
    return action


def action_view(action: Action, asked: str | None) -> ActionView:
    """Everything of the action, in four queries."""
    line = timeline(action.strategy, asked, (figure_key("action", action.pk),))
    action.strategy.years = years(line.ticks[0].quarter.year, line.ticks[-1].quarter.year)
    statuses = {status.quarter: status for status in action.statuses.all()}
    plan, entries = plan_and_entries(action)
    course = course_of(action, plan, {q: entry.value for q, entry in entries.items()})
    decimals = formats.places(action.baseline, action.target, *plan.values())
    points = []
    for tick in line.ticks:
        entry = entries.get(tick.quarter)
        points.append(_point(action, course, tick, statuses.get(tick.quarter), entry))
    plan_changes = _share_out_history(action, points)
    status = statuses.get(line.now.quarter) if line.now else None
    why = reason(action, status, line.now.limits(action.strategy)) if status else None
    return ActionView(action, line, course, points, status, why, plan_changes, decimals)


def course_of(action: Action, plan: dict, entries: dict) -> Course:
    """The action as the rule sees it."""
    return Course(
        action.baseline,
        action.target,
        action.start.ordinal,
        action.end.ordinal,
        action.weight,
        action.cancelled_from and action.cancelled_from.ordinal,
        {quarter.ordinal: value for quarter, value in plan.items()},
        {quarter.ordinal: value for quarter, value in entries.items()},
    )


def plan_and_entries(action: Action) -> tuple[dict, dict]:
    """Planned values, and reported (value, comment, version), by quarter; one query."""
    points = PlanPoint.objects.filter(action=action).order_by()
    entries = ProgressEntry.objects.filter(action=action).order_by()
    rows = points.values_list("quarter", "value", Value(""), Value(0)).union(
        entries.values_list("quarter", "value", "comment", "version"), all=True
    )
    plan, reported = {}, {}
    for quarter, value, comment, version in rows:
        if version:
            reported[quarter] = Reported(value, comment, version)
        else:
            plan[quarter] = value
    return plan, reported


def _point(action, course, tick, status, reported) -> Point:
    quarter = tick.quarter.ordinal
    share = course.planned(quarter)
    planned_value = None
    if course.start - 1 <= quarter <= course.end or tick.is_lit and share:
        planned_value = courses.planned_value(course, quarter)
    return Point(
        tick,
        status,
        planned_value,
        status.planned if status else formats.as_decimal(share, 10),
        reported,
    )


def _share_out_history(action: Action, points: list[Point]) -> list[Change]:
    """Give each quarter the changes of its entry; what is left are changes of the plan."""
    by_quarter = {point.tick.quarter: point for point in points}
    rest = []
    changes = action.changes.select_related("user", "source")
    for change in changes:
        change.plan_fields = {}
        change.is_creation = "code" in change.fields
        reported: dict[Quarter, dict] = {}
        for key, pair in change.fields.items():
            family, quarter = record.split(key)
            if family in (record.ACTUAL, record.COMMENT) and quarter in by_quarter:
                reported.setdefault(quarter, {})[family] = pair
            else:
                change.plan_fields[key] = pair
        for quarter, pairs in reported.items():
            by_quarter[quarter].changes.append((change, pairs))
        if change.plan_fields:
            rest.append(change)
    return rest
