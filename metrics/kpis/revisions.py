"""Marks the figures of KPIs as behind, and asks for new ones; see `roadmap/revisions.py`."""

from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django.db.models import F

from metrics.models import KpiGroup
from roadmap.revisions import send_task

COMPUTE_TASK = "metrics.tasks.compute_kpis"


def mark_changed(group_ids: Iterable[int]) -> None:
    """Call in the transaction of the change itself, with the groups of the KPIs that changed."""
    groups = sorted(set(group_ids))
    for group in groups:  # one by one, in one order: two writers never wait for each other
        KpiGroup.objects.filter(pk=group).update(revision=F("revision") + 1)
        transaction.on_commit(partial(send_task, COMPUTE_TASK, [group]))
