"""Stores the lights: computes them where they are behind, and freezes them with their quarter.

Whoever writes holds the lock of the strategy's `Computation`, so two workers never mix their
rows, and it is all one transaction: a worker that dies leaves the figures as they were.
"""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from django.db import transaction
from django.utils import timezone

from metrics.models import ActionStatus, Computation, Coverage, GroupKind, GroupStatus
from metrics.status import lit_quarters, subjects
from roadmap.models import Change, QuarterState, Strategy, StrategyQuarter
from roadmap.quarters import Quarter
from roadmap.revisions import mark_changed
from roadmap.traffic_light import Group, Light, Outcome

STATUS_FIELDS = ["planned", "achieved", "value", "percent", "light", "coverage"]
GROUP_KEY = ["strategy", "quarter", "kind", "group_id"]
SHARE = Decimal(1).scaleb(-10)


def compute(strategy_id: int, *, anew: bool = False) -> bool:
    """Compute the lights of a strategy where they are behind; whether there was anything to do.

    `anew` computes even where nothing has changed. Closed quarters are never touched. Raises
    `Strategy.DoesNotExist`.
    """
    Computation.objects.get_or_create(strategy_id=strategy_id)
    with transaction.atomic():
        computation = Computation.objects.select_for_update().get(strategy_id=strategy_id)
        # The revision is read before the data: a change in between is computed once more.
        strategy = Strategy.objects.get(pk=strategy_id)
        if computation.revision == strategy.revision and not anew:
            return False
        lit = lit_quarters(strategy)
        _Snapshot(strategy, [q for q, s in lit.items() if s != QuarterState.CLOSED]).write()
        for model, path in ((ActionStatus, "action__strategy"), (GroupStatus, "strategy")):
            model.objects.filter(**{path: strategy}).exclude(quarter__in=lit).delete()
        computation.revision = strategy.revision
        computation.computed_at = timezone.now()
        computation.save()
    return True


def is_behind(strategy: Strategy) -> bool:
    """Whether newer data waits to be computed; no query where `computation` was selected."""
    computation = getattr(strategy, "computation", None)
    return computation is None or computation.revision != strategy.revision


@transaction.atomic
def close_quarter(strategy: Strategy, quarter: Quarter, user=None) -> None:
    """Compute a quarter's lights a last time and freeze them."""
    compute(strategy.pk, anew=True)
    Computation.objects.select_for_update().get(strategy=strategy)
    _set_state(strategy, quarter, QuarterState.CLOSED, user, closed_at=timezone.now())


@transaction.atomic
def open_quarter(strategy: Strategy, quarter: Quarter, deadline=None, user=None) -> None:
    """Open a quarter for reports, until `deadline`. `IntegrityError` where one is open already."""
    _set_state(strategy, quarter, QuarterState.OPEN, user, deadline=deadline)


def _set_state(strategy, quarter, state, user, **fields) -> None:
    row = StrategyQuarter.objects.select_for_update().get(strategy=strategy, quarter=quarter)
    before, row.state = row.state, state
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    Change.objects.create(
        strategy=strategy, user=user, fields={f"state:{quarter}": [before, state.value]}
    )
    mark_changed(strategy.pk)


class _Snapshot:
    """One computation of some quarters of one strategy."""

    def __init__(self, strategy: Strategy, quarters: list[Quarter]):
        self.strategy, self.quarters = strategy, quarters
        self.ordinals = [quarter.ordinal for quarter in quarters]
        self.limits = strategy.limits
        self.groups = defaultdict(Group)

    def write(self) -> None:
        if not self.quarters:
            return
        for quarter in self.quarters:
            self._make_group(quarter, GroupKind.OVERALL, 0)
            for phase_id in self.strategy.phases.values_list("pk", flat=True):
                self._make_group(quarter, GroupKind.PHASE, phase_id)
        for chunk in subjects(self.strategy):
            self._write_actions(chunk)
        self._write_groups()

    def _make_group(self, quarter, kind, group_id) -> None:
        self.groups[quarter, kind, group_id] = Group()

    def _write_actions(self, chunk: list) -> None:
        stored = {
            (action_id, quarter): values
            for action_id, quarter, *values in ActionStatus.objects.filter(
                action__strategy=self.strategy,
                action_id__gte=chunk[0].pk,
                action_id__lte=chunk[-1].pk,
                quarter__in=self.quarters,
            ).values_list("action_id", "quarter", *STATUS_FIELDS)
        }
        changed = []
        for subject in chunk:
            weight = Fraction(subject.course.weight)
            outcomes = subject.course.outcomes(self.ordinals, self.limits)
            for quarter, outcome in zip(self.quarters, outcomes, strict=True):
                self._add_to_groups(quarter, subject, outcome, weight)
                values = _values(subject.course, outcome)
                if stored.get((subject.pk, quarter)) != values:
                    fields = dict(zip(STATUS_FIELDS, values, strict=True))
                    changed.append(ActionStatus(action_id=subject.pk, quarter=quarter, **fields))
        ActionStatus.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["action", "quarter"],
            update_fields=STATUS_FIELDS,
        )

    def _add_to_groups(self, quarter, subject, outcome, weight) -> None:
        groups = self.groups
        groups[quarter, GroupKind.OVERALL, 0].add(outcome, weight)
        groups[quarter, GroupKind.PHASE, subject.phase_id].add(outcome, weight)
        if subject.theme_id:
            groups[quarter, GroupKind.THEME, subject.theme_id].add(outcome, weight)
        if subject.service_area_id:
            groups[quarter, GroupKind.SERVICE_AREA, subject.service_area_id].add(outcome, weight)

    def _write_groups(self) -> None:
        now = timezone.now()
        rows = [
            self._group_row(*key, group, now) for key, group in self.groups.items()
        ]
        GroupStatus.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=GROUP_KEY,
            update_fields=[
                f.name
                for f in GroupStatus._meta.concrete_fields
                if f.name not in ("id", *GROUP_KEY)
            ],
        )

    def _group_row(self, quarter, kind, group_id, group, now) -> GroupStatus:
        percent = group.percent()
        return GroupStatus(
            strategy=self.strategy,
            quarter=quarter,
            kind=kind,
            group_id=group_id,
            percent=percent,
            light=self.limits.light(percent).value,
            due=group.due,
            reported=group.reported,
            computed_at=now,
            **{light.value: group.counts[light] for light in Light},
        )


def _values(course, outcome: Outcome) -> list:
    """The columns of `STATUS_FIELDS`, as the database gives them back."""
    value = None if outcome.newest is None else course.entries[outcome.newest]
    coverage = Coverage.NOT_DUE
    if outcome.due:
        coverage = Coverage.REPORTED if outcome.reported else Coverage.MISSING
    return [
        _share(outcome.planned),
        _share(outcome.achieved),
        value,
        outcome.percent,
        outcome.light.value,
        coverage.value,
    ]


def _share(share: Fraction) -> Decimal:
    return Decimal(share.numerator * 10**10 // share.denominator) * SHARE
