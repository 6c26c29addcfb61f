"""The situation of a strategy: what the front page and a phase's page say at one look."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Count, F, OuterRef, Subquery, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metrics.models import ActionStatus, Coverage, GroupKind, GroupStatus
from metrics.restatements import Restatements, restatements
from metrics.snapshots import figure_key
from metrics.timeline import Tick, Timeline, timeline
from roadmap import formats
from roadmap.models import Phase, ProgressEntry, Strategy
from roadmap.quarters import Quarter
from roadmap.traffic_light import Light

WORST = 5
PEOPLE, CODES = 8, 8
OVERALL = figure_key(GroupKind.OVERALL, 0)


@dataclass
class PhaseView:
    """A phase on the road map: its state now, and its four quarters."""

    phase: Phase
    place: int  # of its first quarter on the axis, from 1 on
    now: GroupStatus | None
    quarters: list[tuple[Tick, GroupStatus | None]]
    all_quarters: list[tuple[Tick, GroupStatus | None]]  # of the strategy
    state: str  # ended, running or ahead

    @property
    def key(self) -> str:
        return figure_key(GroupKind.PHASE, self.phase.pk)

    @cached_property
    def restated(self) -> Restatements:
        """Of what the phase's own page shows."""
        return restatements((tick, self.key, status) for tick, status in self.all_quarters)


@dataclass
class Person:
    name: str
    pk: int | None
    count: int
    codes: list[str] = field(default_factory=list)


@dataclass
class Situation:
    strategy: Strategy
    line: Timeline
    phases: list[PhaseView]
    overall: GroupStatus | None
    quarters: list[tuple[Tick, GroupStatus | None]]
    reasons: list[str]
    key: str = OVERALL

    @cached_property
    def restated(self) -> Restatements:
        """Of what the front page shows: the whole, and each phase in its year and now."""
        now = self.line.now
        shown = [(tick, OVERALL, status) for tick, status in self.quarters]
        names = {OVERALL: _("overall progress")}
        for item in self.phases:
            shown += [(tick, item.key, status) for tick, status in item.quarters]
            if item.state == "ended":
                shown.append((now, item.key, item.now))
            names[item.key] = _("phase %d") % item.phase.year
        return restatements(shown, names)


def situation(strategy: Strategy, asked: str | None) -> Situation:
    """Two queries: the quarters, and the overall and the phases' statuses of all of them."""
    kinds = [GroupKind.OVERALL, GroupKind.PHASE]
    statuses = defaultdict(dict)
    for status in GroupStatus.objects.filter(strategy=strategy, kind__in=kinds):
        statuses[status.kind, status.group_id][status.quarter] = status
    overall = statuses[GroupKind.OVERALL, 0]
    keys = [figure_key(GroupKind.PHASE, phase.pk) for phase in strategy.phase_list]
    line = timeline(strategy, asked, (OVERALL, *keys))
    now = line.now.quarter if line.now else None
    first = line.ticks[0].quarter if line.ticks else None
    phases = [
        PhaseView(
            phase,
            Quarter(phase.year, 1).ordinal - first.ordinal + 1 if first else 1,
            statuses[GroupKind.PHASE, phase.pk].get(now),
            [
                (tick, _if_started(tick, statuses[GroupKind.PHASE, phase.pk]))
                for tick in line.year(phase.year)
            ],
            [(tick, _if_started(tick, statuses[GroupKind.PHASE, phase.pk])) for tick in line.ticks],
            _state(phase, now),
        )
        for phase in strategy.phase_list
    ]
    quarters = [(tick, overall.get(tick.quarter)) for tick in line.ticks]
    current = overall.get(now)
    before = overall.get(line.before.quarter) if line.before else None
    reasons = _reasons(current, before, phases, line.before)
    return Situation(strategy, line, phases, current, quarters, reasons)


def _if_started(tick: Tick, statuses: dict) -> GroupStatus | None:
    """A phase has no light in the quarters before anything of it was planned."""
    status = statuses.get(tick.quarter)
    return status if status and status.percent is not None else None


def _state(phase: Phase, now: Quarter | None) -> str:
    if now is None or phase.year > now.year:
        return "ahead"
    return "running" if phase.year == now.year else "ended"


def _reasons(now, before, phases: list[PhaseView], tick: Tick | None) -> list[str]:
    """Why the overall light is what it is, in sentences that can be checked against the page."""
    if now is None or now.percent is None:
        return []
    words = {"now": formats.percent(now.percent)}
    if before and before.percent is not None:
        words |= {"before": formats.percent(before.percent), "quarter": tick.label}
        sentences = [
            _(
                "Of what was planned, %(now)s has been achieved; "
                "at the end of %(quarter)s %(before)s."
            )
            % words
        ]
    else:
        sentences = [_("Of what was planned, %(now)s has been achieved.") % words]
    late = [p for p in phases if p.now and p.now.light in (Light.RED, Light.YELLOW)]
    worst = min(late, key=lambda p: p.now.percent, default=None)
    if worst and worst.now.red and now.light != Light.GREEN:
        sentences.append(
            ngettext(
                "The delay comes most of all from phase %(year)d, where %(red)d action is on red.",
                "The delay comes most of all from phase %(year)d, "
                "where %(red)d actions are on red.",
                worst.now.red,
            )
            % {"year": worst.phase.year, "red": worst.now.red}
        )
    return sentences


def worst_actions(strategy: Strategy, line: Timeline, **only) -> list[ActionStatus]:
    """The red actions that are farthest behind, with who is responsible; one query."""
    if line.now is None:
        return []
    now = line.now.quarter
    earlier = ActionStatus.objects.filter(action=OuterRef("action"), quarter=now.previous)
    comments = ProgressEntry.objects.filter(action=OuterRef("action"), quarter__lte=now)
    red = ActionStatus.objects.filter(strategy=strategy, quarter=now, light=Light.RED.value, **only)
    order = ("percent", "-planned", "action__code")
    rows = (
        ActionStatus.objects.filter(pk__in=red.order_by(*order).values("pk")[:WORST])
        .select_related("action")
        .annotate(
            light_before=Subquery(earlier.values("light")[:1]),
            comment=Subquery(comments.order_by("-quarter").values("comment")[:1]),
            first_name=F("action__responsible__first_name"),
            last_name=F("action__responsible__last_name"),
            email=F("action__responsible__email"),
        )
        .order_by(*order, "last_name")
    )
    worst: dict[int, ActionStatus] = {}
    for row in rows:  # one for each person responsible
        found = worst.setdefault(row.pk, row)
        if found is row:
            row.people = []
            row.changed = row.light_before if row.light_before not in (None, row.light) else None
        if row.email:
            found.people.append(f"{row.first_name} {row.last_name}".strip() or row.email)
    return list(worst.values())


def missing_reports(strategy: Strategy, line: Timeline, **only) -> list[Person]:
    """Who has not reported yet, those with most to do first; one query, however many there are."""
    if line.now is None:
        return []
    rows = (
        ActionStatus.objects.filter(
            strategy=strategy,
            quarter=line.now.quarter,
            coverage=Coverage.MISSING,
            **only,
        )
        .annotate(
            person=F("action__responsible"),
            count=Window(Count("pk"), partition_by=F("action__responsible")),
            place=Window(
                RowNumber(), partition_by=F("action__responsible"), order_by="action__code"
            ),
        )
        .filter(place__lte=CODES)
        .order_by("-count", "action__responsible__last_name", "person", "place")
        .values_list(
            "person",
            "action__responsible__last_name",
            "action__responsible__first_name",
            "action__responsible__email",
            "count",
            "action__code",
        )[: PEOPLE * CODES]
    )
    people: dict[int | None, Person] = {}
    for pk, last, first, email, count, code in rows:
        name = f"{last} {first}".strip() or email if pk else _("Nobody responsible")
        people.setdefault(pk, Person(name, pk, count)).codes.append(code)
    return list(people.values())[:PEOPLE]
