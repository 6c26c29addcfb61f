"""Carries out what was proposed: all of it in one transaction, or nothing.

What each step changed or took away is kept with it, row by row, so that `undoing` can put it back.
"""

from collections.abc import Callable, Iterator

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from roadmap import record
from roadmap.models import (
    Action,
    Change,
    ImportState,
    ImportStep,
    Phase,
    PlanPoint,
    ProgressEntry,
    RoadmapImport,
    ServiceArea,
    StepKind,
    Strategy,
    StrategyQuarter,
    Theme,
)
from roadmap.permissions import Role
from roadmap.quarters import Quarter
from roadmap.record import ACTUAL, COMMENT, PLAN
from roadmap.revisions import hold_plan, mark_changed
from roadmap.workbook import rows

CHUNK = 500  # steps held in memory at a time
ENTRY_FIELDS = ["value", "comment", "reported_by", "reported_at", "version"]
GROUPS = {"theme": Theme, "service_area": ServiceArea}


class ProposalOvertaken(Exception):
    """The strategy changed after the proposal was made: it must be made, and seen, again."""


def say_nothing(done: int) -> None:
    """For those who do not want to hear how far it has come."""


@transaction.atomic
def apply(source: RoadmapImport, tell: Callable[[int], None] = say_nothing) -> None:
    """Write the steps of an import that was checked; `tell` hears how many are written.

    Raises `ProposalOvertaken` where the strategy, or the address of a person, was changed after
    the check. What `tell` raises ends it as well, and nothing is written.
    """
    if source.counts.get("faults"):
        raise ValueError("an import with faults is not applied")
    strategy = hold_plan(source.strategy_id)
    if strategy.revision != source.revision:
        raise ProposalOvertaken
    _Writer(strategy, source, tell).write()
    source.steps.filter(kind__in=[StepKind.UNCHANGED, StepKind.MISSING]).delete()
    note(source, [None, source.file_name], source.user)
    mark_changed(strategy.pk)


def note(source: RoadmapImport, pair: list, user) -> None:
    """A line in the strategy's own history that an import was done, or undone."""
    Change.objects.create(
        strategy_id=source.strategy_id, user=user, source=source, fields={"import": pair}
    )


def write_history(source: RoadmapImport, user_id, at, actions: dict, steps: list, side=1) -> None:
    """What the steps do to the actions, or, from the other side, what undoing them does."""
    rows.insert(
        Change,
        ["strategy", "action", "user", "at", "source", "by_link", "reason", "fields"],
        (
            [source.strategy_id, actions[step.code].pk, user_id, at, source.pk, False, ""]
            + [{key: [pair[not side], pair[side]] for key, pair in step.fields.items()}]
            for step in steps
        ),
    )


class _Writer:
    def __init__(self, strategy: Strategy, source: RoadmapImport, tell: Callable[[int], None]):
        self.strategy, self.source, self.tell = strategy, source, tell
        self.now = timezone.now()

    def write(self) -> None:
        self._write_structure()
        self.phases = {p.year: p for p in self.strategy.phases.all()}
        self.groups = groups_of(self.strategy)
        emails = get_user_model().objects.values_list("email", "pk")
        self.people = dict(emails)
        done = 0
        for steps in chunks(self.source):
            self._write_actions(steps)
            self._write_people(steps)
            self._write_plan(steps)
            self._write_entries(steps)
            self._write_history(steps)
            rows.update(ImportStep, [step for step in steps if step.kept], ["kept"])
            done += len(steps)
            self.tell(done)
        self.source.state = ImportState.APPLIED
        self.source.applied_at = self.now
        self.source.save(update_fields=["state", "applied_at", "made"])

    def _write_structure(self) -> None:
        names, made = self.source.new_names, {}
        within = {"strategy": self.strategy}
        new = {
            "phases": [Phase(year=year, **within) for year in names.get("phases", ())],
            "quarters": [
                StrategyQuarter(quarter=Quarter.parse(quarter), **within)
                for quarter in names.get("quarters", ())
            ],
        }
        for key, model in GROUPS.items():
            new[key] = [model(name=name, **within) for name in names.get(key, ())]
        for key, missing in new.items():
            if missing:
                type(missing[0]).objects.bulk_create(missing)
            made[key] = [row.pk for row in missing]
        made["people"] = self._make_people(names.get("responsible", ()))
        self.source.made = made

    @staticmethod
    def _make_people(emails) -> list[int]:
        User = get_user_model()  # noqa: N806
        # Somebody may have been added by hand since the check.
        known = set(User.objects.filter(email__in=emails).values_list("email", flat=True))
        people = [User(email=email) for email in emails if email not in known]
        for user in people:
            user.set_unusable_password()
        if people:
            User.objects.bulk_create(people)
            mentors, _made = Group.objects.get_or_create(name=Role.MENTOR)
            mentors.user_set.add(*people)
        return [user.pk for user in people]

    # --- actions ------------------------------------------------------------------------------

    def _write_actions(self, steps: list[ImportStep]) -> None:
        new = [
            self._fill(Action(strategy=self.strategy, code=step.code), step)
            for step in steps
            if step.kind == StepKind.NEW
        ]
        Action.objects.bulk_create(new)
        known = known_actions(steps)
        changed, names = [], set()
        for step in steps:
            if step.kind == StepKind.CHANGED and (fields := plain_fields(step)):
                names.update(fields)
                _keep_plain(step, known[step.code], fields)
                changed.append(self._fill(known[step.code], step))
        rows.update(Action, changed, sorted(names))
        self.actions = known | {action.code: action for action in new}

    def _fill(self, action: Action, step: ImportStep) -> Action:
        fill(action, self.phases, self.groups, {k: pair[1] for k, pair in step.fields.items()})
        return action

    def _write_people(self, steps: list[ImportStep]) -> None:
        through = Action.responsible.through
        steps = [step for step in steps if "responsible" in step.fields]
        links = links_of(self.actions[s.code].pk for s in steps if s.kind == StepKind.CHANGED)
        made, gone = [], []
        for step in steps:
            action = self.actions[step.code].pk
            emails = record.value("responsible", step.fields["responsible"][1]) or ()
            if not self.people.keys() >= set(emails):
                raise ProposalOvertaken  # somebody's address has changed
            wanted = {self.people[email] for email in emails}
            had = links.get(action, {})
            made += [through(action_id=action, user_id=user) for user in wanted - had.keys()]
            left = {user: pk for user, pk in had.items() if user not in wanted}
            gone += left.values()
            if step.kind == StepKind.CHANGED:
                step.kept["responsible"] = _kept_people(left, wanted - had.keys(), wanted)
        through.objects.filter(pk__in=gone).delete()
        through.objects.bulk_create(made)

    # --- what belongs to quarters ---------------------------------------------------------------

    def _write_plan(self, steps: list[ImportStep]) -> None:
        known = rows_by_quarter(PlanPoint, self._touched(steps, PLAN))
        made, moved, gone = [], [], []
        for step, quarter, value in quarterly(steps, PLAN):
            point = known.get((self.actions[step.code].pk, quarter))
            if value is None:
                gone.append(point.pk)
                step.kept.setdefault(PLAN, {})[str(quarter)] = point.pk
            elif point:
                point.value = value
                moved.append(point)
            else:
                made.append([self.actions[step.code].pk, quarter, value])
        PlanPoint.objects.filter(pk__in=gone).delete()
        rows.update(PlanPoint, moved, ["value"])
        rows.insert(PlanPoint, ["action", "quarter", "value"], made)

    def _touched(self, steps: list[ImportStep], *families: str) -> list[int]:
        """The keys of the actions that were there before and have values of the families."""
        return [
            self.actions[step.code].pk
            for step in steps
            if step.kind == StepKind.CHANGED
            and any(key.partition(":")[0] in families for key in step.fields)
        ]

    def _write_entries(self, steps: list[ImportStep]) -> None:
        known = rows_by_quarter(ProgressEntry, self._touched(steps, ACTUAL, COMMENT))
        made, changed = {}, {}
        for family in (ACTUAL, COMMENT):
            for step, quarter, value in quarterly(steps, family):
                place = self.actions[step.code].pk, quarter
                entry = known.get(place)
                if entry is None:
                    made.setdefault(place, {})[family] = value
                    continue
                if place not in changed:
                    changed[place] = entry
                    self._keep_entry(step, entry)
                if family == ACTUAL:
                    entry.value = value
                else:
                    entry.comment = value or ""
        self._make_entries(made)
        rows.update(ProgressEntry, changed.values(), ENTRY_FIELDS)

    def _make_entries(self, made: dict[tuple[int, Quarter], dict]) -> None:
        user = self.source.user_id
        rows.insert(
            ProgressEntry,
            ["action", "quarter", *ENTRY_FIELDS],
            (
                [*place, values[ACTUAL], values.get(COMMENT) or "", user, self.now, 1]
                for place, values in made.items()
            ),
        )

    def _keep_entry(self, step: ImportStep, entry: ProgressEntry) -> None:
        at = entry.reported_at.isoformat()
        was = [entry.version, entry.reported_by_id, at, entry.comment]
        step.kept.setdefault(ACTUAL, {})[str(entry.quarter)] = was
        entry.reported_by, entry.reported_at = self.source.user, self.now
        entry.version += 1

    def _write_history(self, steps: list[ImportStep]) -> None:
        write_history(self.source, self.source.user_id, self.now, self.actions, steps)


def _keep_plain(step: ImportStep, action: Action, fields: list[str]) -> None:
    """A record has texts and names in one spelling; what stands in the database may have others."""
    for key in fields:
        if key in GROUPS:
            step.kept[key] = getattr(action, f"{key}_id")
        elif key in record.TEXTS and getattr(action, key) != (step.fields[key][0] or ""):
            step.kept[key] = getattr(action, key)


def _kept_people(left: dict[int, int], came: set[int], now: set[int]) -> dict:
    """By key, as an address may change: who left with their links, who came, who is there."""
    return {
        "left": {str(user): pk for user, pk in left.items()},
        "came": sorted(came),
        "now": sorted(now),
    }


# --- steps and the rows that they touch, for doing and for undoing ------------------------------


def chunks(source: RoadmapImport) -> Iterator[list[ImportStep]]:
    """The steps that change something, in their order, some hundreds at a time."""
    steps = source.steps.filter(kind__in=[StepKind.NEW, StepKind.CHANGED]).order_by("position")
    after = -1
    while found := list(steps.filter(position__gt=after)[:CHUNK]):
        yield found
        after = found[-1].position


def groups_of(strategy: Strategy) -> dict[str, dict[str, Theme | ServiceArea]]:
    """Themes and service areas by record key and name."""
    return {
        key: {record.line(group.name): group for group in model.objects.filter(strategy=strategy)}
        for key, model in GROUPS.items()
    }


def plain_fields(step: ImportStep) -> list[str]:
    """The columns of `Action` that a step changes."""
    return [key for key in step.fields if ":" not in key and key != "responsible"]


def known_actions(steps: list[ImportStep]) -> dict[str, Action]:
    """The actions that a step changes, by code."""
    codes = [step.code for step in steps if step.kind == StepKind.CHANGED]
    if not codes:
        return {}
    actions = Action.objects.filter(strategy_id=steps[0].source.strategy_id, code__in=codes)
    return {action.code: action for action in actions}


def fill(action: Action, phases: dict, groups: dict, values: dict[str, str | None]) -> None:
    """Set the fields of an action from text, as steps and history have it."""
    for key in values:
        if ":" in key or key == "responsible":
            continue
        value = record.value(key, values[key])
        if key == "phase":
            action.phase = phases[value]
        elif key in groups:
            setattr(action, key, groups[key].get(value))
        else:
            setattr(action, key, "" if value is None and key in record.TEXTS else value)


def quarterly(steps: list[ImportStep], family: str, side: int = 1) -> Iterator[tuple]:
    """The values of a family that steps change: step, quarter, value on that side of the pair."""
    for step in steps:
        for key, pair in step.fields.items():
            name, quarter = record.split(key)
            if name == family:
                yield step, quarter, record.value(key, pair[side])


def rows_by_quarter(model, actions: list[int]) -> dict[tuple[int, Quarter], object]:
    """Plan points or entries of some actions, by action and quarter."""
    if not actions:
        return {}
    found = model.objects.filter(action__in=actions)
    return {(row.action_id, row.quarter): row for row in found}


def links_of(actions) -> dict[int, dict[int, int]]:
    """Who is responsible for some actions: action → user → key of the link."""
    links = {}
    through = Action.responsible.through.objects.filter(action__in=list(actions))
    for pk, action, user in through.values_list("pk", "action_id", "user_id"):
        links.setdefault(action, {})[user] = pk
    return links
