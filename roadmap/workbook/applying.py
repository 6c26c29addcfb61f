"""Carries out what was proposed: all of it in one transaction, or nothing."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from roadmap import record
from roadmap.models import (
    Action,
    Change,
    Phase,
    PlanPoint,
    ProgressEntry,
    RoadmapImport,
    ServiceArea,
    Strategy,
    StrategyQuarter,
    Theme,
)
from roadmap.permissions import Role
from roadmap.record import ACTUAL, COMMENT, PLAN, at
from roadmap.revisions import mark_changed
from roadmap.workbook.checking import Proposal, Step

BATCH = 500


class ProposalOvertaken(Exception):
    """The strategy changed after the proposal was made: it must be made, and seen, again."""


@transaction.atomic
def apply(proposal: Proposal, source: RoadmapImport) -> RoadmapImport:
    """Write the proposal. `source` says who and from which file; it is saved as applied.

    Raises `ProposalOvertaken` where something was changed after the proposal was read.
    """
    if proposal.report.fault_count:
        raise ValueError("a proposal with faults is not applied")
    strategy = _lock_or_make(proposal)
    _Writer(strategy, proposal, source).write()
    mark_changed(strategy.pk)
    return source


def _lock_or_make(proposal: Proposal) -> Strategy:
    strategy = proposal.strategy
    if strategy.pk is None:
        strategy.save()
    else:
        now = Strategy.objects.select_for_update().get(pk=strategy.pk)
        if now.revision != strategy.revision:
            raise ProposalOvertaken
    return strategy


class _Writer:
    def __init__(self, strategy: Strategy, proposal: Proposal, source: RoadmapImport):
        self.strategy, self.proposal, self.source = strategy, proposal, source
        self.now = timezone.now()

    def write(self) -> None:
        self._write_source()
        self._write_structure()
        self._write_actions()
        self._write_people()
        self._write_plan()
        self._write_entries()
        self._write_history()

    def _write_source(self) -> None:
        self.source.strategy = self.strategy
        self.source.applied_at = self.now
        self.source.counts = self.proposal.counts
        self.source.save()

    def _write_structure(self) -> None:
        names = self.proposal.new_names
        Phase.objects.bulk_create(
            Phase(strategy=self.strategy, year=year) for year in self.proposal.new_years
        )
        StrategyQuarter.objects.bulk_create(
            StrategyQuarter(strategy=self.strategy, quarter=quarter)
            for quarter in self.proposal.new_quarters
        )
        for model, key in ((Theme, "theme"), (ServiceArea, "service_area")):
            model.objects.bulk_create(
                model(strategy=self.strategy, name=name) for name in names[key]
            )
        User = get_user_model()  # noqa: N806
        people = [User(email=email) for email in names["responsible"]]
        for user in people:
            user.set_unusable_password()
        if people:
            User.objects.bulk_create(people)
            mentors, _made = Group.objects.get_or_create(name=Role.MENTOR)
            mentors.user_set.add(*people)

    def _write_actions(self) -> None:
        self.phases = {p.year: p for p in self.strategy.phases.all()}
        self.themes = {record.line(t.name): t for t in self.strategy.themes.all()}
        self.areas = {record.line(a.name): a for a in self.strategy.service_areas.all()}
        new = [self._fill(Action(strategy=self.strategy), step) for step in self.proposal.new]
        Action.objects.bulk_create(new, batch_size=BATCH)
        codes = {step.code for step in self.proposal.changed}
        known = {a.code: a for a in self.strategy.actions.all() if a.code in codes}
        changed = [self._fill(known[step.code], step) for step in self.proposal.changed]
        fields = [
            f.name for f in Action._meta.concrete_fields if f.name not in ("id", "strategy", "code")
        ]
        Action.objects.bulk_update(changed, fields, batch_size=BATCH)
        self.actions = {action.code: action for action in new + changed}

    def _fill(self, action: Action, step: Step) -> Action:
        after = step.after
        for key in ("code", "title", "description", "metric", "unit"):
            setattr(action, key, after[key])
        for key in record.NUMBERS + record.QUARTERS:
            setattr(action, key, after[key])
        action.phase = self.phases[after["phase"]]
        action.theme = self.themes.get(after["theme"])
        action.service_area = self.areas.get(after["service_area"])
        return action

    def _write_people(self) -> None:
        through = Action.responsible.through
        steps = [step for step in self.proposal.steps if "responsible" in step.fields]
        emails = {email for step in steps for email in step.after["responsible"]}
        users = dict(get_user_model().objects.values_list("email", "pk")) if emails else {}
        changed = [self.actions[step.code].pk for step in steps if step.before]
        _delete_where(through.objects.all(), "action_id", changed)
        through.objects.bulk_create(
            (
                through(action_id=self.actions[step.code].pk, user_id=users[email])
                for step in steps
                for email in step.after["responsible"]
            ),
            batch_size=BATCH,
        )

    def _quarterly(self, family: str):
        """The values of a family that change: action, quarter, what there was, what there is."""
        for step in self.proposal.steps:
            for key in step.fields:
                name, quarter = record.split(key)
                if name == family:
                    before = (step.before or {}).get(key)
                    yield self.actions[step.code], quarter, before, step.after.get(key), step

    def _write_plan(self) -> None:
        made, gone = [], []
        for action, quarter, before, after, _step in self._quarterly(PLAN):
            if before is not None:
                gone.append((action.pk, quarter))
            if after is not None:
                made.append(PlanPoint(action=action, quarter=quarter, value=after))
        points = PlanPoint.objects.filter(action__strategy=self.strategy)
        _delete_where(points, "pk", _primary_keys(points, gone))
        PlanPoint.objects.bulk_create(made, batch_size=BATCH)

    def _write_entries(self) -> None:
        touched = {}
        for family in (ACTUAL, COMMENT):
            for action, quarter, _before, _after, step in self._quarterly(family):
                touched[action.pk, quarter] = step
        known = {}
        if self.proposal.changed and touched:
            for entry in ProgressEntry.objects.filter(action__strategy=self.strategy):
                if (entry.action_id, entry.quarter) in touched:
                    known[entry.action_id, entry.quarter] = entry
        entries = []
        for (action_id, quarter), step in touched.items():
            entry = known.get((action_id, quarter)) or ProgressEntry(
                action_id=action_id, quarter=quarter, version=0
            )
            entry.value = step.after[at(ACTUAL, quarter)]
            entry.comment = step.after.get(at(COMMENT, quarter)) or ""
            entry.reported_by, entry.reported_at = self.source.user, self.now
            entry.version += 1
            entries.append(entry)
        ProgressEntry.objects.bulk_create([e for e in entries if not e.pk], batch_size=BATCH)
        ProgressEntry.objects.bulk_update(
            [e for e in entries if e.pk and (e.action_id, e.quarter) in known],
            ["value", "comment", "reported_by", "reported_at", "version"],
            batch_size=BATCH,
        )

    def _write_history(self) -> None:
        Change.objects.bulk_create(
            (
                Change(
                    strategy=self.strategy,
                    action=self.actions[step.code],
                    user=self.source.user,
                    at=self.now,
                    source=self.source,
                    fields=step.fields,
                )
                for step in self.proposal.steps
            ),
            batch_size=BATCH,
        )


def _primary_keys(points, pairs: list) -> list[int]:
    wanted = set(pairs)
    if not wanted:
        return []
    rows = points.values_list("pk", "action_id", "quarter")
    return [pk for pk, action_id, quarter in rows if (action_id, quarter) in wanted]


def _delete_where(queryset, name: str, values: list) -> None:
    for start in range(0, len(values), BATCH):
        queryset.filter(**{f"{name}__in": values[start : start + BATCH]}).delete()
