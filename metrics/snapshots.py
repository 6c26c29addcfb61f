"""Stores the lights: computes them where they are behind, and freezes them with their quarter.

Whoever writes holds the lock of the strategy's `Computation`, so two workers never mix their
rows, and it is all one transaction: a worker that dies leaves the figures as they were.
"""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from django.db import connection, transaction
from django.utils import timezone

from metrics.models import (
    ActionStatus,
    Computation,
    Coverage,
    GroupKind,
    GroupStatus,
    Reopening,
)
from metrics.status import lit_quarters, subjects
from metrics.upsert import upsert
from roadmap.models import Change, QuarterState, Strategy, StrategyQuarter
from roadmap.quarters import Quarter
from roadmap.record import text
from roadmap.revisions import mark_changed
from roadmap.traffic_light import Group, Light, Outcome

STATUS_FIELDS = ["planned", "achieved", "value", "percent", "light", "coverage"]
GROUP_KEY = ["strategy", "quarter", "kind", "group_id"]
GROUP_FIELDS = [
    "percent",
    "light",
    *(light.value for light in Light),
    "due",
    "reported",
    "computed_at",
]
SHARE = Decimal(1).scaleb(-10)


def compute(strategy_id: int, *, anew: bool = False, until: Quarter | None = None) -> bool:
    """Compute the lights of a strategy where they are behind; whether there was anything to do.

    `anew` computes even where nothing has changed; `until` is a quarter about to be closed.
    Closed quarters are never touched. Raises `Strategy.DoesNotExist`.
    """
    with transaction.atomic():
        # The revision is read before the data: a change in between is computed once more.
        strategy = Strategy.objects.get(pk=strategy_id)
        computation = _lock(strategy)
        strategy.refresh_from_db()  # as it is now that nobody else computes
        if computation.revision == strategy.revision and not anew:
            return False
        lit = lit_quarters(strategy, until)
        _Snapshot(strategy, [q for q, s in lit.items() if s != QuarterState.CLOSED]).write()
        for model in (ActionStatus, GroupStatus):
            model.objects.filter(strategy=strategy).exclude(quarter__in=lit).delete()
        computation.revision = strategy.revision
        computation.computed_at = timezone.now()
        computation.save()
    return True


def _lock(strategy: Strategy) -> Computation:
    """Held by whoever writes or freezes figures, until the end of the transaction."""
    locked = Computation.objects.select_for_update()
    computation = locked.get_or_create(strategy=strategy)[0]
    _keep_actions(strategy)
    return computation


def _keep_actions(strategy: Strategy) -> None:
    """Let nobody remove actions while their figures are being written (`revisions.hold_plan`)."""
    if connection.vendor == "postgresql":  # on SQLite one transaction writes at a time
        table = connection.ops.quote_name(Strategy._meta.db_table)
        statement = f"SELECT id FROM {table} WHERE id = %s FOR KEY SHARE"  # noqa: S608 - our name
        with connection.cursor() as cursor:
            cursor.execute(statement, [strategy.pk])


def is_behind(strategy: Strategy) -> bool:
    """Whether newer data waits to be computed; no query where `computation` was selected."""
    computation = getattr(strategy, "computation", None)
    return computation is None or computation.revision != strategy.revision


@transaction.atomic
def close_quarter(strategy: Strategy, quarter: Quarter, user=None) -> None:
    """Compute a quarter's lights a last time and freeze them, with the limits they shine by.

    `ValueError` where it is closed already, or an earlier one is open.
    """
    # Held from the start: a report or an import under way is waited for, and then counted.
    row = _lock_quarter(strategy, quarter)
    # Without its key: a computation under way, which is waited for, may refer to the strategy.
    limits = Strategy.objects.select_for_update(no_key=True).get(pk=strategy.pk).limits
    earlier = strategy.quarters.filter(state=QuarterState.OPEN, quarter__lt=quarter)
    if row.state == QuarterState.CLOSED or earlier.exists():
        raise ValueError(f"{quarter} cannot be closed")
    compute(strategy.pk, anew=True, until=quarter)
    row.closed_at = timezone.now()
    row.green_from, row.yellow_from = limits.green, limits.yellow
    _set_state(row, QuarterState.CLOSED, user)


@transaction.atomic
def open_quarter(strategy: Strategy, quarter: Quarter, deadline=None, user=None) -> None:
    """Open a planned quarter for reports, until `deadline`.

    `IntegrityError` where another one is open; `ValueError` for one that is not planned: its
    figures are frozen.
    """
    row = _lock_quarter(strategy, quarter)
    if row.state != QuarterState.PLANNED:
        raise ValueError(f"{quarter} is {row.state}")
    _open(row, deadline, user)


@transaction.atomic
def reopen_quarter(
    strategy: Strategy, quarter: Quarter, reason: str, user=None, deadline=None
) -> Reopening:
    """Open a closed quarter again; its frozen figures are kept, and it is computed anew.

    Later quarters that are closed stay as they are. `IntegrityError` where another one is open;
    `ValueError` for one that is not closed.
    """
    row = _lock_quarter(strategy, quarter)
    if row.state != QuarterState.CLOSED:
        raise ValueError(f"{quarter} is {row.state}")
    reopening = Reopening.objects.create(
        strategy=strategy,
        quarter=quarter,
        closed_at=row.closed_at,
        at=timezone.now(),
        user=user,
        reason=reason,
        figures=_figures(strategy, quarter),
    )
    row.closed_at = row.green_from = row.yellow_from = None
    _open(row, deadline, user, reason)
    return reopening


def _figures(strategy: Strategy, quarter: Quarter) -> dict[str, list]:
    """Percent and light of the whole, of the phases and of all actions, as they stand."""
    within = {"strategy": strategy, "quarter": quarter}
    groups = GroupStatus.objects.filter(**within, kind__in=[GroupKind.OVERALL, GroupKind.PHASE])
    figures = {
        figure_key(kind, pk): [percent, light]
        for kind, pk, percent, light in groups.values_list("kind", "group_id", "percent", "light")
    }
    actions = ActionStatus.objects.filter(**within)
    return figures | {
        figure_key("action", pk): [percent, light]
        for pk, percent, light in actions.values_list("action_id", "percent", "light")
    }


def figure_key(kind: str, pk: int) -> str:
    """What a figure is called in `Reopening.figures`."""
    return f"{kind}:{pk}"


def _open(row: StrategyQuarter, deadline, user, reason: str = "") -> None:
    before, row.deadline = row.deadline, deadline
    row.opened_at = timezone.now()
    fields = {}
    if before != deadline:
        fields[f"deadline:{row.quarter}"] = [text(before), text(deadline)]
    _set_state(row, QuarterState.OPEN, user, reason, fields)


def _lock_quarter(strategy: Strategy, quarter: Quarter) -> StrategyQuarter:
    return StrategyQuarter.objects.select_for_update().get(strategy=strategy, quarter=quarter)


def _set_state(row, state: QuarterState, user, reason: str = "", more: dict | None = None) -> None:
    before, row.state = row.state, state
    row.save()
    fields = {f"state:{row.quarter}": [before, state.value]} | (more or {})
    Change.objects.create(strategy_id=row.strategy_id, user=user, reason=reason, fields=fields)
    mark_changed(row.strategy_id)


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
        groups = [(GroupKind.OVERALL, 0)]
        groups += [(GroupKind.PHASE, phase.pk) for phase in self.strategy.phases.all()]
        # Made before there is any action in them: a phase without actions has its row, too.
        for quarter in self.quarters:
            self.groups |= {(quarter, *group): Group() for group in groups}
        for chunk in subjects(self.strategy):
            self._write_actions(chunk)
        self._write_groups()

    def _write_actions(self, chunk: list) -> None:
        stored = {
            (action_id, quarter): values
            for action_id, quarter, *values in ActionStatus.objects.filter(
                strategy=self.strategy,
                action_id__gte=chunk[0].pk,
                action_id__lte=chunk[-1].pk,
                quarter__in=self.quarters,
            ).values_list("action_id", "quarter", *STATUS_FIELDS)
        }
        changed = []
        for subject in chunk:
            outcomes = subject.course.outcomes(self.ordinals, self.limits)
            for quarter, outcome in zip(self.quarters, outcomes, strict=True):
                self._add_to_groups(quarter, subject, outcome)
                values = _values(subject.course, outcome)
                if stored.get((subject.pk, quarter)) != values:
                    changed.append([subject.pk, quarter, self.strategy.pk, *values])
        upsert(ActionStatus, ["action", "quarter"], ["strategy", *STATUS_FIELDS], changed)

    def _add_to_groups(self, quarter, subject, outcome) -> None:
        groups = self.groups
        groups[quarter, GroupKind.OVERALL, 0].add(outcome)
        groups[quarter, GroupKind.PHASE, subject.phase_id].add(outcome)
        if subject.theme_id:
            groups[quarter, GroupKind.THEME, subject.theme_id].add(outcome)
        if subject.service_area_id:
            groups[quarter, GroupKind.SERVICE_AREA, subject.service_area_id].add(outcome)

    def _write_groups(self) -> None:
        now = timezone.now()
        rows = [self._group_row(*key, group, now) for key, group in self.groups.items()]
        upsert(GroupStatus, GROUP_KEY, GROUP_FIELDS, rows)
        stored = GroupStatus.objects.filter(strategy=self.strategy, quarter__in=self.quarters)
        gone = [
            pk
            for pk, *key in stored.values_list("pk", "quarter", "kind", "group_id")
            if tuple(key) not in self.groups
        ]
        if gone:  # themes and areas that have no actions any more
            GroupStatus.objects.filter(pk__in=gone).delete()

    def _group_row(self, quarter, kind, group_id, group, now) -> list:
        percent = group.percent()
        counts = [group.counts[light] for light in Light]
        return [
            self.strategy.pk,
            quarter,
            kind.value,
            group_id,
            percent,
            self.limits.light(percent).value,
            *counts,
            group.due,
            group.reported,
            now,
        ]


def _values(course, outcome: Outcome) -> list:
    """The columns of `STATUS_FIELDS`, as the database gives them back."""
    value = None if outcome.newest is None else course.entries[outcome.newest]
    coverage = Coverage.CANCELLED if outcome.cancelled else Coverage.NOT_DUE
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
