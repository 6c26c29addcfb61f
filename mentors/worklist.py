"""My quarter: what a person has to report in the open quarter, and how it stands."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils import timezone

from mentors.models import Evidence, Network
from mentors.permissions import reportable
from roadmap import record, reporting
from roadmap.courses import courses_from, planned_value
from roadmap.forms.reports import ReportForm
from roadmap.models import Action, ProgressEntry, QuarterState, Strategy, StrategyQuarter
from roadmap.permissions import REPORT, REPORT_OWN
from roadmap.quarters import Quarter
from roadmap.traffic_light import Course, Limits, Outcome


@dataclass
class Row:
    """One action: what is known of it, what the plan expects now, and the form to report it."""

    action: Action
    course: Course
    quarter: Quarter
    limits: Limits
    entry: ProgressEntry | None
    form: ReportForm
    overtaken: ProgressEntry | None = None
    is_closed: bool = False
    is_new: bool = False  # saved just now

    @property
    def pk(self) -> int:
        return self.action.pk

    @cached_property
    def outcome(self) -> Outcome:
        """How the action stands with what is stored."""
        return self.course.outcomes([self.quarter.ordinal], self.limits)[0]

    @property
    def last_quarter(self) -> Quarter | None:
        """The quarter of the newest earlier report."""
        earlier = [q for q in self.course.entries if q < self.quarter.ordinal]
        return Quarter.from_ordinal(max(earlier)) if earlier else None

    @property
    def last(self) -> Decimal | None:
        """The value of the newest earlier report."""
        quarter = self.last_quarter
        return record.number(self.course.entries[quarter.ordinal]) if quarter else None

    @cached_property
    def planned(self) -> Decimal:
        return planned_value(self.course, self.quarter.ordinal)

    @property
    def lower_is_better(self) -> bool:
        return self.course.target < self.course.baseline

    @property
    def typed_outcome(self) -> Outcome | None:
        """How the action would stand with the value in the form; None while that is no number."""
        value = self.form["value"].value()
        if value in (None, ""):
            return None
        try:
            value = self.form.fields["value"].clean(value)
        except ValidationError:
            return None
        return self.outcome_with(value)

    def outcome_with(self, value: Decimal) -> Outcome:
        """How the action would stand in the open quarter with a value."""
        course = _with(self.course, self.quarter, value)
        return course.outcomes([self.quarter.ordinal], self.limits)[0]


@dataclass
class Worklist:
    """A person's rows of the open quarter: their own first, then in order of code."""

    opened: StrategyQuarter
    rows: list[Row]

    @property
    def due(self) -> list[Row]:
        return [row for row in self.rows if row.outcome.due]

    @property
    def reported(self) -> list[Row]:
        return [row for row in self.due if row.entry]

    @property
    def missing(self) -> list[Row]:
        return [row for row in self.due if not row.entry]

    @property
    def not_due(self) -> list[Row]:
        """Completed in an earlier quarter: nothing needs to be reported."""
        return [row for row in self.rows if not row.outcome.due]

    @property
    def faulty(self) -> list[Row]:
        return [row for row in self.rows if row.form.errors or row.overtaken or row.is_closed]

    @property
    def days_left(self) -> int | None:
        """Days until the deadline in Helsinki, 0 on the day itself; None without a deadline."""
        return self.opened.deadline and (self.opened.deadline - timezone.localdate()).days

    @property
    def own(self) -> int:
        return sum(row.action.is_own for row in self.due)

    @property
    def networks(self) -> list[str]:
        names = {row.action.of_network for row in self.due if not row.action.is_own}
        return sorted(filter(None, names))

    @property
    def as_deputy(self) -> int:
        """Actions that come from nothing but being somebody's deputy."""
        return sum(not (row.action.is_own or row.action.of_network) for row in self.due)

    def row(self, pk: int) -> Row | None:
        return next((row for row in self.rows if row.pk == pk), None)


def open_quarter_of(strategy: Strategy) -> StrategyQuarter | None:
    return strategy.quarters.filter(state=QuarterState.OPEN).first()


def may_have_one(user) -> bool:
    """Whether a person has a worklist at all, if only an empty one."""
    return user.has_perm(REPORT_OWN) or user.has_perm(REPORT)


def worklist(
    user, strategy: Strategy, opened: StrategyQuarter, only: int | None = None
) -> Worklist:
    """What a person reports in the open quarter, or `only` one action of it; four queries."""
    actions = list(_actions(user, strategy, opened.quarter, only))
    fields = [
        (a.pk, a.baseline, a.target, a.start, a.end, a.weight, a.cancelled_from) for a in actions
    ]
    keys = [action.pk for action in actions]
    courses = courses_from(fields, action__in=keys)
    entries = {
        entry.action_id: entry
        for entry in ProgressEntry.objects.filter(
            action__in=keys, quarter=opened.quarter
        ).select_related("reported_by")
    }
    return Worklist(
        opened,
        [
            Row(
                action,
                courses[action.pk],
                opened.quarter,
                strategy.limits,
                entries.get(action.pk),
                form_of(action, entries.get(action.pk), opened.quarter),
            )
            for action in actions
        ],
    )


def _actions(user, strategy, quarter, only):
    """The actions that a person reports, and by what right: own, or of which network."""
    if not may_have_one(user):
        return Action.objects.none()
    links = Network.actions.through.objects.filter(action=OuterRef("pk"))
    led = links.filter(network__leads=user).order_by("network__name")
    evidence = Evidence.objects.filter(
        action=OuterRef("pk"), quarter=quarter, removed_at=None
    ).order_by()
    found = (
        Action.objects.filter(reportable(user), strategy=strategy, start__lte=quarter)
        .filter(Q(cancelled_from=None) | Q(cancelled_from__gt=quarter))
        .annotate(
            is_own=Exists(
                Action.responsible.through.objects.filter(action=OuterRef("pk"), user=user)
            ),
            of_network=Subquery(led.values("network__name")[:1]),
            evidence_count=Subquery(
                evidence.values("action").annotate(number=Count("pk")).values("number")
            ),
        )
        .order_by("-is_own", "code")
    )
    return found.filter(pk=only) if only else found


def form_of(action: Action, entry: ProgressEntry | None, quarter: Quarter) -> ReportForm:
    return ReportForm.of(entry, quarter, prefix=str(action.pk))


def fill_empty(found: Worklist, data) -> None:
    """Keep what was typed, and write the last value where there is nothing yet; saves nothing."""
    for row in found.rows:
        for name in ("value", "comment"):
            if typed := data.get(f"{row.pk}-{name}", "").strip():
                row.form.initial[name] = typed
        if row.entry is None and not row.form.initial.get("value") and row.last is not None:
            row.form.initial["value"] = row.last


def save(
    found: Worklist, data, user, *, by_link: bool = False, only: Row | None = None
) -> list[Row]:
    """Report each row in which something was typed, or `only` one; what was saved.

    One row that cannot be saved keeps no other one from it: it says why, and keeps what was typed.
    """
    rows = [only] if only else found.rows
    return [row for row in rows if _is_typed(row, data) and _save(row, data, user, by_link)]


def _is_typed(row: Row, data) -> bool:
    """Whether the row was sent with something that was not there before."""
    if not data.get(f"{row.pk}-version"):
        return False
    value, comment = (data.get(f"{row.pk}-{name}", "").strip() for name in ("value", "comment"))
    if row.entry is None:
        return bool(value or comment)
    shown = row.form["value"].value(), row.form["comment"].value()
    return (value, comment.split()) != (shown[0], shown[1].split())


def _save(row: Row, data, user, by_link) -> bool:
    data = data.copy()
    data[f"{row.pk}-quarter"] = data.get("quarter", "")  # one for the whole page
    row.form = ReportForm(data, prefix=str(row.pk))
    if not row.form.is_valid():
        return False
    try:
        row.entry = reporting.report(row.action, user=user, by_link=by_link, **row.form.reported())
    except reporting.QuarterNotOpen:
        row.is_closed = True
        return False
    except reporting.Overtaken as other:
        row.overtaken = row.entry = other.entry
        data[f"{row.pk}-version"] = other.entry.version if other.entry else 0
        return False
    row.course = _with(row.course, row.quarter, row.entry.value)
    row.__dict__.pop("outcome", None)
    row.form = form_of(row.action, row.entry, row.quarter)
    row.is_new = True
    return True


def _with(course: Course, quarter: Quarter, value: Decimal) -> Course:
    return replace(course, entries={**course.entries, quarter.ordinal: value})
