"""What a change of a KPI or its targets does to its lights, before it is saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from metrics.kpis.achievement import Outcome, outcomes
from metrics.kpis.measuring import numbers_by_period
from metrics.kpis.periods import Period
from metrics.models import Kpi, targets_of
from roadmap.traffic_light import Limits


@dataclass(frozen=True)
class Relit:
    """A measured period whose light becomes another one."""

    period: Period
    before: Outcome
    after: Outcome


@dataclass(frozen=True)
class Effect:
    """The periods that change their light, in the order of time, out of all that are measured."""

    relit: list[Relit]
    measured: int


def effect(
    before: Kpi,
    points_before: Mapping[Period, Decimal],
    after: Kpi,
    points_after: Mapping[Period, Decimal],
    limits: Limits,
) -> Effect:
    """By the pure rule: `before` and `after` are the same KPI as it stands and as it would be."""
    measured = numbers_by_period([before.pk])[before.pk]
    was = _outcomes(before, points_before, measured, limits)
    becomes = _outcomes(after, points_after, measured, limits)
    return Effect(
        [
            Relit(period, was[period.ordinal], becomes[period.ordinal])
            for period in sorted(measured)
            if was[period.ordinal].light != becomes[period.ordinal].light
        ],
        len(measured),
    )


def _outcomes(kpi: Kpi, points: Mapping, measured: Mapping, limits: Limits) -> dict[int, Outcome]:
    numbers = [(period.ordinal, one) for period, one in measured.items()]
    found = outcomes(kpi.rule, numbers, targets_of(kpi, list(points.items())), limits)
    return {outcome.period: outcome for outcome in found}
