"""Marks a strategy's figures as behind, and asks for new ones.

Each change that the figures depend on raises `Strategy.revision` in its own transaction. A
computation notes which revision it has seen; the figures are behind while the two differ. So
nothing depends on a message: one that is lost is made good by the sweep.
"""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from django.db.models import F
from kombu.exceptions import OperationalError

from roadmap.models import Strategy, StrategyQuarter

log = logging.getLogger(__name__)

# By name, because the figures belong to an app above this one.
COMPUTE_TASK = "metrics.tasks.compute_status"


def hold_plan(strategy_id: int, for_removing: bool = False) -> Strategy:
    """Lock a strategy for changing its plan as a whole, until the end of the transaction.

    Its quarters first, as reporting and closing do: a report under way is waited for, and the
    next one waits. `for_removing` also waits for a computation under way, which may refer to the
    actions that go.
    """
    quarters = StrategyQuarter.objects.select_for_update(no_key=True).filter(strategy=strategy_id)
    list(quarters.order_by("pk"))
    return Strategy.objects.select_for_update(no_key=not for_removing).get(pk=strategy_id)


def mark_changed(strategy_id: int) -> None:
    """Call in the transaction of the change itself."""
    Strategy.objects.filter(pk=strategy_id).update(revision=F("revision") + 1)
    transaction.on_commit(partial(ask_for_computation, strategy_id))


def ask_for_computation(strategy_id: int) -> None:
    send_task(COMPUTE_TASK, [strategy_id])


def send_task(name: str, args=()) -> None:
    """Ask the worker. A broker that is down must not refuse what was already saved."""
    try:
        current_app.send_task(name, args, expires=3600, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("The broker does not answer, the sweep will do %s later: %s", name, error)
