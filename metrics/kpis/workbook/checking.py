"""What the rows of a file would change, held against what stands and against all checks."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from metrics.kpis import checks
from metrics.kpis.achievement import Outcome, Targets, outcomes
from metrics.kpis.measuring import by_period
from metrics.kpis.periods import Period
from metrics.kpis.plausible import LOOKED_BACK
from metrics.kpis.workbook.reading import Reading, Row
from metrics.models import Kpi, Measurement, targets_of
from roadmap import record
from roadmap.models import StepKind, Strategy
from roadmap.traffic_light import Limits
from roadmap.workbook.faults import Report, say

Contents = dict[str, str]  # numbers and comment of a measurement as text, by name


@dataclass(slots=True)
class Step:
    """What a row does: `relit` and `unlike` are those of `MeasurementStep`."""

    row: Row
    kind: StepKind
    before: Contents
    after: Contents
    relit: list
    unlike: list | None = None


@dataclass
class Proposal:
    """What a file would do, and everything that is wrong with it or was assumed."""

    report: Report
    kpis: list[Kpi] = field(default_factory=list)  # that it names
    steps: list[Step] = field(default_factory=list)  # by group, KPI and period
    basis: dict[str, list] = field(default_factory=dict)  # see keeping.basis_of
    unchanged: int = 0
    empty: int = 0

    @property
    def counts(self) -> dict[str, int]:
        kinds = Counter(step.kind for step in self.steps)
        return {
            "new": kinds[StepKind.NEW],
            "changed": kinds[StepKind.CHANGED],
            "unchanged": self.unchanged,
            "empty": self.empty,
            "asked": sum(step.unlike is not None for step in self.steps),
            "faults": self.report.fault_count,
        }

    @property
    def effect(self) -> dict:
        """How many lights go from which to which; from none where nothing was measured."""
        moves = Counter((step.relit[1] or "", step.relit[3]) for step in self.steps)
        moved = [[before, after, count] for (before, after), count in moves.items()]
        return {"lights": [move for move in moved if move[0] != move[1]]}


def propose(
    reading: Reading, strategy: Strategy, report: Report, tell: Callable[[int], None]
) -> Proposal:
    """What the rows that are read would do to the measurements of a strategy.

    `tell` hears from time to time how many rows were read.
    """
    standing = Standing()
    rows = _without_faults(reading.rows(tell), standing, report)
    # By group, as whoever writes measurements locks the groups in that order.
    rows.sort(key=lambda row: (row.kpi.group_id, row.kpi.position, row.kpi.pk, row.period))
    proposal = Proposal(report, empty=reading.empty)
    for kpi, theirs in groupby(rows, key=lambda row: row.kpi):
        proposal.kpis.append(kpi)
        _add_steps(proposal, kpi, list(theirs), standing[kpi.pk], strategy.limits)
    return proposal


class Standing(dict):
    """The measurements that count, by the key of the KPI and the period, read when asked for."""

    def __missing__(self, pk: int) -> dict[Period, Measurement]:
        self[pk] = by_period([pk])[pk]
        return self[pk]


def _without_faults(rows: Iterable[Row], standing: Standing, report: Report) -> list[Row]:
    """The rows that can be kept; what is wrong with the others is told to the report.

    A row that says what stands already changes nothing, whatever may be entered by now.
    """
    seen: dict[tuple[int, Period], Row] = {}
    today, good = timezone.localdate(), []
    for row in rows:
        faults = report.fault_count
        earlier = seen.setdefault((row.kpi.pk, row.period), row)
        if earlier is not row:
            row.fault("period", str(row.period), _twice(earlier))
        if not _is_unchanged(row, standing[row.kpi.pk].get(row.period)):
            _check(row, today)
        if report.fault_count == faults:
            good.append(row)
    return good


def _is_unchanged(row: Row, stands: Measurement | None) -> bool:
    if stands is None or not row.numbers.keys() >= set(row.kpi.numbers):
        return False
    return contents(row.kpi, stands) == _contents(row, stands)


def _check(row: Row, today: date) -> None:
    if fault := checks.period_fault(row.kpi, row.period, today):
        row.fault("period", str(row.period), fault)
    for name, fault in checks.number_faults(row.kpi, row.numbers).items():
        row.fault(name, record.text(row.numbers.get(name)), fault)


def _twice(earlier: Row) -> str:
    sentence = _("each KPI and period only once; row %(row)s of “%(sheet)s” has the same ones")
    return say(sentence, row=earlier.number, sheet=earlier.sheet.name)


def _add_steps(
    proposal: Proposal,
    kpi: Kpi,
    rows: list[Row],
    standing: Mapping[Period, Measurement],
    limits: Limits,
) -> None:
    targets = targets_of(kpi, list(kpi.targets.values_list("period", "value")))
    numbers = {period: stands.numbers for period, stands in standing.items()}
    numbers |= {row.period: _numbers(row) for row in rows}
    for row in rows:
        stands = standing.get(row.period)
        before, after = contents(kpi, stands), _contents(row, stands)
        if before == after:
            proposal.unchanged += 1
            continue
        was, will = (stands.numbers if stands else None), _numbers(row)
        outcome = partial(_outcome, kpi, row.period, targets, limits)
        relit = [*_light(was and outcome(was)), *_light(outcome(will))]
        kind = StepKind.CHANGED if stands else StepKind.NEW
        step = Step(row, kind, before, after, relit)
        if was != will:
            step.unlike = _unlike(kpi, will, checks.earlier(numbers, row.period))
        proposal.steps.append(step)


def _unlike(kpi: Kpi, numbers: tuple, earlier: list[tuple]) -> list | None:
    """The earlier numbers beside which these look like a slip; None where they do not."""
    if not checks.questions(kpi, numbers, earlier):
        return None
    return [[record.text(number) for number in one] for one in _looked_at(kpi, earlier)]


def _numbers(row: Row) -> tuple:
    return tuple(row.numbers[name] for name in row.kpi.numbers)


def numbers_of(kpi: Kpi, kept: Contents) -> tuple:
    """The numbers that a step keeps, in the order of the rule."""
    return tuple(Decimal(kept[name]) for name in kpi.numbers)


def contents(kpi: Kpi, stands: Measurement | None) -> Contents:
    """What a measurement says, as a step keeps it; nothing where there is none."""
    if stands is None:
        return {}
    numbers = {name: record.text(getattr(stands, name)) for name in kpi.numbers}
    return numbers | {"comment": stands.comment}


def _contents(row: Row, stands: Measurement | None) -> Contents:
    """What is to be kept of a row; a comment that differs only in its spelling stays as it is."""
    kept = stands.comment if stands else ""
    is_same = row.comment is None or row.comment == record.prose(record.CONTROL.sub("", kept))
    numbers = {name: record.text(row.numbers[name]) for name in row.kpi.numbers}
    return numbers | {"comment": kept if is_same else row.comment}


def _outcome(kpi: Kpi, period: Period, targets: Targets, limits: Limits, numbers: tuple) -> Outcome:
    return outcomes(kpi.rule, [(period.ordinal, numbers)], targets, limits)[0]


def _light(outcome: Outcome | None) -> tuple:
    return (outcome.percent, outcome.light.value) if outcome else (None, None)


def _looked_at(kpi: Kpi, earlier: list[tuple]) -> list[tuple]:
    """As many of the earlier numbers as the questions are about."""
    left = LOOKED_BACK
    for place in reversed(range(len(earlier))):
        left -= kpi.rule.reading(earlier[place]).value is not None
        if not left:
            return earlier[place:]
    return earlier
