"""Evidence: the links and files that show what was reported for an action in a quarter.

It is added and removed while the quarter is open, and read-only after that.
"""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from mentors.models import Evidence
from roadmap.models import Action, QuarterState, Strategy, StrategyQuarter
from roadmap.quarters import Quarter
from roadmap.reporting import QuarterNotOpen

MOST = 20  # of an action in a quarter
SHOWN = 500


class TooMuch(Exception):
    """The action has as much evidence in the quarter as it may have."""


@dataclass
class QuarterEvidence:
    """One quarter of an action with its evidence, what was removed included."""

    row: StrategyQuarter
    items: list[Evidence] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.row.state == QuarterState.OPEN

    @property
    def standing(self) -> list[Evidence]:
        return [item for item in self.items if not item.removed_at]


def evidence_counts(action_ids: Iterable[int], quarter: Quarter) -> dict[int, int]:
    """How much evidence each action has in a quarter, by the action's key; one query."""
    action_ids = list(action_ids)
    standing = Evidence.objects.filter(
        action__in=action_ids, quarter=quarter, removed_at=None
    ).order_by()
    counted = standing.values_list("action").annotate(number=Count("pk"))
    return dict.fromkeys(action_ids, 0) | dict(counted)


def by_quarter(action: Action) -> list[QuarterEvidence]:
    """The open quarter and those with evidence, newest first; two queries."""
    quarters = {row.quarter: QuarterEvidence(row) for row in action.strategy.quarters.all()}
    items = action.evidence.select_related("added_by", "removed_by").order_by("-added_at")
    for item in items[:SHOWN]:
        if item.quarter in quarters:
            quarters[item.quarter].items.append(item)
    newest_first = sorted(quarters.values(), key=lambda each: each.row.quarter, reverse=True)
    return [each for each in newest_first if each.items or each.is_open]


def add_link(action: Action, quarter: Quarter, url: str, title: str, user, token) -> Evidence:
    """Keep a link. Raises as `_add`."""
    about = f"{url} {title}"
    return _add(action, quarter, user, token, about, {"title": title, "url": url})


def add_file(action: Action, quarter: Quarter, title: str, content: bytes, user, token) -> Evidence:
    """Keep a file that was checked, under a random name. Raises as `_add`, and leaves no file."""
    about = f"{title} {hashlib.sha256(content).hexdigest()}"
    fields = {"title": title, "size": len(content)}
    return _add(action, quarter, user, token, about, fields, content)


def _add(action, quarter, user, token, about, fields, content=None) -> Evidence:
    """Keep one piece of evidence; the same form sent twice keeps it once.

    Raises `QuarterNotOpen`, or `TooMuch`.
    """
    key = uuid.uuid5(token, f"{action.pk} {quarter} {user.pk} {about}")
    new = Evidence(pk=key, action=action, quarter=quarter, added_by=user, **fields)
    try:
        with transaction.atomic():
            # Closing the quarter, and another piece of evidence, wait for this row.
            _lock_open(action.strategy_id, quarter)
            found = Evidence.objects.filter(pk=key).first()
            while found and found.removed_at:  # sent again after it was removed
                new.pk = uuid.uuid5(new.pk, "again")
                found = Evidence.objects.filter(pk=new.pk).first()
            if found:
                return found
            if evidence_counts([action.pk], quarter)[action.pk] >= MOST:
                raise TooMuch
            if content is not None:
                new.file.save("", ContentFile(content), save=False)
            new.save(force_insert=True)
            return new
    except BaseException:
        if new.file:
            new.file.storage.delete(new.file.name)
        raise


def remove(evidence: Evidence, user) -> bool:
    """Remove what stands in an open quarter: who and when stay, the file is deleted.

    False where it was removed already; raises `QuarterNotOpen`.
    """
    with transaction.atomic():
        _lock_open(evidence.action.strategy_id, evidence.quarter)
        standing = Evidence.objects.filter(pk=evidence.pk, removed_at=None)
        if not standing.update(removed_at=timezone.now(), removed_by=user):
            return False
        if evidence.file:
            file = evidence.file
            transaction.on_commit(partial(file.storage.delete, file.name))
    return True


def _lock_open(strategy: Strategy | int, quarter: Quarter) -> None:
    is_open = StrategyQuarter.objects.select_for_update().filter(
        strategy=strategy, quarter=quarter, state=QuarterState.OPEN
    )
    if not is_open.exists():
        raise QuarterNotOpen
