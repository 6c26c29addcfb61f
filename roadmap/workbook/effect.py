"""What an import would do to the lights, reckoned by the rule before anything is written."""

from dataclasses import dataclass, field

from roadmap.models import QuarterState, Strategy
from roadmap.quarters import Quarter
from roadmap.record import ACTUAL, Record, course, split
from roadmap.traffic_light import Group, Light, Limits, Outcome
from roadmap.workbook.checking import Proposal

MOST_LISTED = 100


@dataclass
class Effect:
    """How the lights of one quarter stand before and after an import.

    `changes` lists the actions whose light changes: code, title, percent and light before
    and after; None before for a new action.
    """

    quarter: Quarter
    before: Group = field(default_factory=Group)
    after: Group = field(default_factory=Group)
    changed: int = 0
    changes: list[list] = field(default_factory=list)

    def as_json(self) -> dict:
        return {
            "quarter": str(self.quarter),
            "before": _figures(self.before),
            "after": _figures(self.after),
            "changed": self.changed,
            "changes": self.changes,
        }


def effect(proposal: Proposal) -> Effect | None:
    """The effect of a proposal on its strategy's newest quarter with lights; None without one."""
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
            _note(found, step.after, was, will)
    for step in after.values():
        will = _outcome(step.after, quarter, limits)
        found.after.add(will)
        _note(found, step.after, None, will)
    return found


def _quarter(proposal: Proposal) -> Quarter | None:
    """The open quarter; otherwise the newest that is closed or has an entry, the import's too."""
    strategy = proposal.strategy
    states = _states(strategy)
    opened = [quarter for quarter, state in states.items() if state == QuarterState.OPEN]
    if opened:
        return opened[0]
    reported = [quarter for quarter, state in states.items() if state == QuarterState.CLOSED]
    for record in [*proposal.existing.values(), *(step.after for step in proposal.steps)]:
        reported += [split(key)[1] for key in record if key.startswith(f"{ACTUAL}:")]
    return max(reported, default=None)


def _states(strategy: Strategy) -> dict[Quarter, str]:
    return dict(strategy.quarters.values_list("quarter", "state")) if strategy.pk else {}


def _outcome(record: Record, quarter: Quarter, limits: Limits) -> Outcome:
    return course(record).outcomes([quarter.ordinal], limits)[0]


def _note(found: Effect, record: Record, was: Outcome | None, will: Outcome) -> None:
    light = was.light if was and not was.cancelled else None
    will_light = None if will.cancelled else will.light
    if was is None or light == will_light:
        return
    found.changed += 1
    if len(found.changes) < MOST_LISTED:
        found.changes.append(
            [
                record["code"],
                record["title"],
                was.percent,
                light and light.value,
                will.percent,
                will_light and will_light.value,
            ]
        )


def _figures(group: Group) -> dict:
    counts = {light.value: group.counts[light] for light in Light}
    return {"percent": group.percent(), "counts": counts}
