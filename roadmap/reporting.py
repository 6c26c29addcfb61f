"""A progress entry: what may be reported, and how it is kept."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from roadmap.models import Action, Change, ProgressEntry, QuarterState, StrategyQuarter
from roadmap.quarters import Quarter
from roadmap.record import ACTUAL, COMMENT, at, text
from roadmap.revisions import mark_changed


class QuarterNotOpen(Exception):
    """The quarter was closed, or never opened."""


@dataclass
class Overtaken(Exception):
    """Somebody else reported the same action meanwhile; `entry` is what stands now."""

    entry: ProgressEntry | None


def report(
    action: Action,
    quarter: Quarter,
    value: Decimal,
    comment: str,
    user,
    seen_version: int,
    by_link: bool = False,
) -> ProgressEntry:
    """Keep what a person reports for an action in the open quarter.

    `seen_version` is the version of the entry that the person had before their eyes, 0 for none;
    `by_link` that they came by a report link, without signing in.
    Reporting the same thing twice (a double click) changes nothing. Raises `QuarterNotOpen`, or
    `Overtaken` where another version stands there with other contents.
    """
    try:
        with transaction.atomic():
            return _report(action, quarter, value, comment, user, seen_version, by_link)
    except IntegrityError:
        # Two first reports of one action at the same moment: the other one was first. There is none
        # where the action itself is gone, as it came by an import that was undone meanwhile.
        entries = ProgressEntry.objects.filter(action=action, quarter=quarter)
        raise Overtaken(entries.first()) from None


def _report(action, quarter, value, comment, user, seen_version, by_link):
    is_open = StrategyQuarter.objects.select_for_update().filter(
        strategy=action.strategy_id, quarter=quarter, state=QuarterState.OPEN
    )
    if not is_open.exists():
        raise QuarterNotOpen
    entry = ProgressEntry.objects.select_for_update().filter(action=action, quarter=quarter).first()
    if entry and (entry.value, entry.comment) == (value, comment):
        return entry
    if (entry.version if entry else 0) != seen_version:
        raise Overtaken(entry)
    before = (entry.value, entry.comment) if entry else (None, "")
    entry = entry or ProgressEntry(action=action, quarter=quarter, version=0)
    entry.value, entry.comment = value, comment
    entry.reported_by, entry.reported_at = user, timezone.now()
    entry.version += 1
    entry.save()
    pairs = {
        at(ACTUAL, quarter): (before[0], value),
        at(COMMENT, quarter): (before[1], comment),
    }
    Change.objects.create(
        strategy_id=action.strategy_id,
        action=action,
        user=user,
        by_link=by_link,
        fields={key: [text(a), text(b)] for key, (a, b) in pairs.items() if a != b},
    )
    mark_changed(action.strategy_id)
    return entry
