import logging

from celery import shared_task
from django.db.models import F, Q

from metrics.snapshots import compute
from roadmap.models import Strategy

log = logging.getLogger(__name__)


@shared_task
def compute_status(strategy_id):
    try:
        if compute(strategy_id):
            log.info("Computed the lights of strategy %s", strategy_id)
    except Strategy.DoesNotExist:
        log.info("Strategy %s is gone, nothing to compute", strategy_id)


@shared_task
def sweep():
    """Computes what no message asked for: the broker or the worker was down."""
    behind = Strategy.objects.filter(
        Q(computation=None)
        | Q(computation__revision=None)
        | ~Q(computation__revision=F("revision"))
    )
    for strategy_id in behind.values_list("pk", flat=True):
        try:
            compute_status(strategy_id)
        except Exception:
            log.exception("Strategy %s could not be computed; on with the others", strategy_id)
