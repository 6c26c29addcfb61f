"""What an import would do to the lights, reckoned by the rule before anything is written."""

from dataclasses import dataclass, field

from roadmap.models import QuarterState, Strategy
from roadmap.quarters import Quarter
from roadmap.record import ACTUAL, Record, course, split
from roadmap.traffic_light import Group, Light, Limits, Outcome
from roadmap.workbook.checking import Proposal


@dataclass
class Effect:
    """How the lights of one quarter stand before and after an import.

    `relit` has the actions whose light changes, by code: percent and light before and after;
    no light where the action is cancelled. A new action has no light that could change.
    """

    quarter: Quarter
    before: Group = field(default_factory=Group)
    after: Group = field(default_factory=Group)
    relit: dict[str, list] = field(default_factory=dict)

    def as_json(self) -> dict:
        return {
            "quarter": str(self.quarter),
            "before": _figures(self.before),
            "after": _figures(self.after),
            "changed": len(self.relit),
        }


def effect(proposal: Proposal) -> Effect | None:
    """The effect of a proposal on its strategy's newest quarter with lights.

    None where there is no such quarter, or it is closed and keeps the lights that it has.
    """
    existing = proposal.existing
    quarter = _quarter(proposal)
    if quarter is None:
        return None
    found = Effect(quarter)
    limits = proposal.strategy.limits
    after = {step.code: step for step in proposal.steps}
    for code, record in existing.items():
        was = _outcome(record, quarter, limits)
        found.before.add(was)
        step = after.pop(code, None)
        will = _outcome(step.after, quarter, limits) if step else was
        found.after.add(will)
        if step:
            _note(found, code, was, will)
    for step in after.values():
        found.after.add(_outcome(step.after, quarter, limits))
    return found


def _quarter(proposal: Proposal) -> Quarter | None:
    """The open quarter; otherwise the newest that has an entry, the import's too.

    None where the newest is closed: nothing changes its lights.
    """
    strategy = proposal.strategy
    states = _states(strategy)
    opened = [quarter for quarter, state in states.items() if state == QuarterState.OPEN]
    if opened:
        return opened[0]
    reported = [quarter for quarter, state in states.items() if state == QuarterState.CLOSED]
    for record in [*proposal.existing.values(), *(step.after for step in proposal.steps)]:
        reported += [split(key)[1] for key in record if key.startswith(f"{ACTUAL}:")]
    newest = max(reported, default=None)
    return None if states.get(newest) == QuarterState.CLOSED else newest


def _states(strategy: Strategy) -> dict[Quarter, str]:
    return dict(strategy.quarters.values_list("quarter", "state")) if strategy.pk else {}


def _outcome(record: Record, quarter: Quarter, limits: Limits) -> Outcome:
    return course(record).outcomes([quarter.ordinal], limits)[0]


def _note(found: Effect, code: str, was: Outcome, will: Outcome) -> None:
    before, after = _light(was), _light(will)
    if before != after:
        found.relit[code] = [was.percent, before, will.percent, after]


def _light(outcome: Outcome) -> str | None:
    return None if outcome.cancelled else outcome.light.value


def _figures(group: Group) -> dict:
    counts = {light.value: group.counts[light] for light in Light}
    return {"percent": group.percent(), "counts": counts}
