"""Takes an applied import back, row for row, unless something later depends on it.

What was new is removed, what was changed gets its earlier value, what was taken away comes back
under its own key. All of it in one transaction, or nothing.
"""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.deletion import Collector, ProtectedError, RestrictedError
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from roadmap import formats, record
from roadmap.models import (
    Action,
    Change,
    ImportState,
    ImportStep,
    Phase,
    PlanPoint,
    ProgressEntry,
    QuarterState,
    RoadmapImport,
    ServiceArea,
    StepKind,
    Strategy,
    StrategyQuarter,
    Theme,
)
from roadmap.record import ACTUAL, COMMENT, PLAN
from roadmap.revisions import hold_plan, mark_changed
from roadmap.workbook import rows
from roadmap.workbook.applying import (
    ENTRY_FIELDS,
    GROUPS,
    chunks,
    fill,
    groups_of,
    known_actions,
    links_of,
    note,
    plain_fields,
    quarterly,
    rows_by_quarter,
    say_nothing,
    write_history,
)
from roadmap.workbook.faults import name_of, say

MOST_REASONS = 50
_GONE = _("“%(name)s” is not there any more")
MADE = {
    "phases": Phase,
    "quarters": StrategyQuarter,
    "theme": Theme,
    "service_area": ServiceArea,
    "people": get_user_model,
}
# What somebody may have set since on a row that the import made.
_AS_MADE = {"phases": ("title", "goals"), "quarters": ("state", "deadline", "opened_at")}


class CannotUndo(Exception):
    """Something later depends on the import; `reasons` are sentences that say what."""

    def __init__(self, reasons: list[str]):
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@transaction.atomic
def undo(source: RoadmapImport, user, tell: Callable[[int], None] = say_nothing) -> None:
    """Put the strategy back as it was before the import.

    Raises `CannotUndo` with all the reasons at once; what `tell` raises ends it as well. In both
    cases nothing is changed.
    """
    strategy = hold_plan(source.strategy_id, for_removing=True)
    _Undoing(strategy, source, user, tell).undo()
    mark_changed(strategy.pk)


class _Undoing:
    def __init__(self, strategy: Strategy, source: RoadmapImport, user, tell):
        self.strategy, self.source, self.user, self.tell = strategy, source, user, tell
        self.now = timezone.now()
        self.reasons: list[str] = []
        self.stuck: set[int] = set()  # actions that cannot be put back, for a reason of their own

    def undo(self) -> None:
        self._ask_quarters()
        self.phases = {p.year: p for p in self.strategy.phases.all()}
        self.groups = groups_of(self.strategy)
        self.names = {"phase": {p.pk: str(year) for year, p in self.phases.items()}} | {
            key: {g.pk: record.line(g.name) for g in model.objects.filter(strategy=self.strategy)}
            for key, model in GROUPS.items()
        }
        done = 0
        for steps in chunks(self.source):
            self._undo_changed([step for step in steps if step.kind == StepKind.CHANGED])
            self._undo_new([step for step in steps if step.kind == StepKind.NEW])
            done += len(steps)
            self.tell(done)
        self._undo_made()
        if self.reasons:
            raise CannotUndo(self.reasons)
        self.source.state = ImportState.UNDONE
        self.source.undone_at, self.source.undone_by = self.now, self.user
        self.source.save(update_fields=["state", "undone_at", "undone_by"])
        note(self.source, [self.source.file_name, None], self.user)

    def _because(self, text: str, **values) -> None:
        if len(self.reasons) < MOST_REASONS:
            self.reasons.append(say(text, **values))

    def _ask_quarters(self) -> None:
        """A quarter that was closed since has its lights from what was imported."""
        closed = self.strategy.quarters.filter(
            state=QuarterState.CLOSED, closed_at__gt=self.source.applied_at
        )
        for row in closed:
            self._because(
                _("%(quarter)s was closed after the import: reopen it first"),
                quarter=row.quarter.label,
            )

    # --- actions that were changed --------------------------------------------------------------

    def _undo_changed(self, steps: list[ImportStep]) -> None:
        if not steps:
            return
        self.actions = known_actions(steps)
        for step in [step for step in steps if step.code not in self.actions]:
            self._because(_("%(code)s is not there any more"), code=step.code)
        steps = [step for step in steps if step.code in self.actions]
        self.pks = [action.pk for action in self.actions.values()]
        self._undo_plain(steps)
        self._undo_people([step for step in steps if "responsible" in step.fields])
        self._undo_plan(steps)
        self._undo_entries(steps)
        user = self.user and self.user.pk
        write_history(self.source, user, self.now, self.actions, steps, side=0)

    def _undo_plain(self, steps: list[ImportStep]) -> None:
        names, changed = set(), []
        for step in steps:
            action, fields = self.actions[step.code], plain_fields(step)
            for key in fields:
                if self._kept_text(action, key) != step.fields[key][1]:
                    self._was_changed(step, key)
            if fields:
                names.update(fields)
                before = {key: step.kept.get(key, step.fields[key][0]) for key in fields}
                groups = {key: before.pop(key) for key in self.groups if key in before}
                fill(action, self.phases, self.groups, before)
                for key, pk in groups.items():
                    if pk and pk not in self.names[key]:
                        self._because(_GONE, name=step.fields[key][0] or "")
                    setattr(action, f"{key}_id", pk)
                changed.append(action)
        rows.update(Action, changed, sorted(names))

    def _kept_text(self, action: Action, key: str) -> str | None:
        if key in self.names:
            return self.names[key].get(getattr(action, f"{key}_id"))
        return record.text(getattr(action, key))

    def _was_changed(self, step: ImportStep, key: str) -> None:
        """Say who changed a value after the import, as history knows it."""
        action = self.actions[step.code]
        self.stuck.add(action.pk)
        if len(self.reasons) >= MOST_REASONS:
            return
        since = action.changes.filter(at__gte=self.source.applied_at, fields__has_key=key)
        newest = self._standing(since).select_related("user", "source").first()
        self._because(
            _("%(code)s, %(field)s: changed after the import (%(who)s)"),
            code=step.code,
            field=name_of(key),
            who=_who(newest),
        )

    def _standing(self, changes):
        """Those of others that still hold: not of an import that was itself undone."""
        return changes.exclude(source=self.source).exclude(source__state=ImportState.UNDONE)

    def _undo_people(self, steps: list[ImportStep]) -> None:
        through = Action.responsible.through
        links = links_of(self.actions[step.code].pk for step in steps)
        back, gone, missing = [], [], self._missing_people(steps)
        for step in steps:
            action, kept = self.actions[step.code].pk, step.kept["responsible"]
            had = links.get(action, {})
            if sorted(had) != kept["now"]:
                self._was_changed(step, "responsible")
                continue
            gone += [had[user] for user in kept["came"]]
            if missing & kept["left"].keys():
                self._because(_GONE, name=step.fields["responsible"][0])
                continue
            for user, pk in kept["left"].items():
                back.append(through(pk=pk, action_id=action, user_id=int(user)))
        through.objects.filter(pk__in=gone).delete()
        through.objects.bulk_create(back)

    @staticmethod
    def _missing_people(steps: list[ImportStep]) -> set[str]:
        """The keys of those who were responsible before and are not there any more."""
        wanted = {user for step in steps for user in step.kept["responsible"]["left"]}
        known = get_user_model().objects.filter(pk__in=wanted).values_list("pk", flat=True)
        return wanted - {str(pk) for pk in known}

    def _undo_plan(self, steps: list[ImportStep]) -> None:
        known = rows_by_quarter(PlanPoint, self.pks)
        back, moved, gone = [], [], []
        for step, quarter, before in quarterly(steps, PLAN, side=0):
            action = self.actions[step.code]
            point = known.get((action.pk, quarter))
            key = record.at(PLAN, quarter)
            if record.text(point and point.value) != step.fields[key][1]:
                self._was_changed(step, key)
            elif point is None:
                pk = step.kept[PLAN][str(quarter)]
                back.append(PlanPoint(pk=pk, action=action, quarter=quarter, value=before))
            elif before is None:
                gone.append(point.pk)
            else:
                point.value = before
                moved.append(point)
        PlanPoint.objects.filter(pk__in=gone).delete()
        rows.update(PlanPoint, moved, ["value"])
        PlanPoint.objects.bulk_create(back)

    def _undo_entries(self, steps: list[ImportStep]) -> None:
        known = rows_by_quarter(ProgressEntry, self.pks)
        changed, gone = {}, set()
        for family in (ACTUAL, COMMENT):
            for step, quarter, before in quarterly(steps, family, side=0):
                place = self.actions[step.code].pk, quarter
                entry = known.get(place)
                was = step.kept.get(ACTUAL, {}).get(str(quarter))
                key = record.at(family, quarter)
                if entry is None or entry.version != (was[0] + 1 if was else 1):
                    self._was_changed(step, key)
                elif was is None:
                    gone.add(entry.pk)
                elif family == ACTUAL:
                    entry.value, changed[place] = before, (entry, was)
                else:
                    changed[place] = entry, was
        for entry, (version, user, at, comment) in changed.values():
            entry.version, entry.reported_by_id, entry.comment = version, user, comment
            entry.reported_at = datetime.fromisoformat(at)
        ProgressEntry.objects.filter(pk__in=gone).delete()
        entries = [entry for entry, _was in changed.values()]
        rows.update(ProgressEntry, entries, ENTRY_FIELDS)

    # --- what was new ---------------------------------------------------------------------------

    def _undo_new(self, steps: list[ImportStep]) -> None:
        if not steps:
            return
        codes = [step.code for step in steps]
        actions = list(Action.objects.filter(strategy=self.strategy, code__in=codes))
        if len(actions) < len(codes):
            for code in sorted(set(codes) - {action.code for action in actions}):
                self._because(_("%(code)s is not there any more"), code=code)
        later = self._standing(Change.objects.filter(action__in=actions))
        for change in later.select_related("action", "user", "source")[:MOST_REASONS]:
            for key in change.fields:
                self._because(
                    _("%(code)s, %(field)s: changed after the import (%(who)s)"),
                    code=change.action.code,
                    field=name_of(key),
                    who=_who(change),
                )
        if not self._remove(actions):
            self.stuck.update(action.pk for action in actions)

    def _undo_made(self) -> None:
        for key, model in MADE.items():
            model = model() if key == "people" else model
            made = list(model.objects.filter(pk__in=self.source.made.get(key, ())))
            if key == "people":
                self._ask_people(made)
            elif key in _AS_MADE:
                self._ask_whether_as_made(made, _AS_MADE[key])
            self._remove(made)

    def _ask_people(self, people: list) -> None:
        for person in people:
            if person.last_login or person.has_usable_password():
                self._because(_("%(name)s has taken the account into use"), name=person.email)
        links = Action.responsible.through.objects.filter(user__in=people)
        others = links.exclude(action__in=self.stuck).select_related("action", "user")
        for link in others.order_by("pk")[:MOST_REASONS]:
            self._because(
                _("%(name)s is responsible for %(code)s since the import"),
                name=link.user.email,
                code=link.action.code,
            )

    def _ask_whether_as_made(self, these: list, fields: tuple[str, ...]) -> None:
        for row in these:
            fresh = type(row)()
            if any(getattr(row, name) != getattr(fresh, name) for name in fields):
                self._because(_("%(name)s was changed after the import"), name=str(row))

    def _remove(self, these: list) -> bool:
        """Delete rows and what is part of them; a reason for each thing that stands on them.

        Whether they were deleted.
        """
        if not these:
            return True
        collector = Collector(using=these[0]._state.db or "default", origin=these)
        try:
            collector.collect(these)
        except (ProtectedError, RestrictedError) as error:
            found = getattr(error, "protected_objects", None) or error.restricted_objects
            self._say_dependents(list(found))
            return False
        found = [row for rows_ in collector.data.values() for row in rows_]
        for query in collector.fast_deletes:
            if not _is_part(query.model):
                found += list(query[:MOST_REASONS])
        for updates in collector.field_updates.values():
            for update in updates:
                found += list(update)
        own = set(these)
        dependents = [row for row in found if row not in own and not _is_part(type(row))]
        if dependents:
            self._say_dependents(dependents)
            return False
        collector.delete()
        return True

    def _say_dependents(self, these: list) -> None:
        for row in these[:MOST_REASONS]:
            if isinstance(row, Action) and row.pk in self.stuck:
                continue  # why it cannot go has been said
            what = _named(row)
            self._because(
                _("%(what)s depends on it: %(name)s"),
                what=say(what._meta.verbose_name_raw),
                name=str(what)[:80],
            )


def _is_part(model) -> bool:
    """Whether rows of the model are nothing without the row that they belong to.

    Plan points, entries and history of an action (what changed later has been named), who is
    responsible, somebody's role, and figures that are computed anew.
    """
    links = (Action.responsible.through, get_user_model().groups.through)
    parts = (PlanPoint, ProgressEntry, Change, *links)
    return model in parts or getattr(model, "is_computed", False)


def _named(row):
    """The row itself, or of a mere link, such as an action's in a network, what it links to."""
    if row._meta.auto_created:
        for field in row._meta.concrete_fields:
            if field.is_relation and field.related_model not in (Action, get_user_model()):
                return getattr(row, field.name)
    return row


def _who(change: Change | None) -> str:
    if change is None:
        return "–"
    file = f", {change.source.file_name}" if change.source else ""
    at = f"{formats.day(change.at)} {timezone.localtime(change.at):%H.%M}"
    return f"{change.user or '–'}, {at}{file}"
