import logging

from celery import shared_task
from django.db.models import F, Q

from metrics.kpis import computing, deliveries
from metrics.models import KpiGroup
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
    # The same change may have moved the limits, by which the lights of KPIs shine as well.
    _compute_behind(KpiGroup.objects.filter(strategy=strategy_id))


@shared_task
def compute_kpis(group_id, anew=False):
    try:
        if computing.compute(group_id, anew=anew):
            log.info("Computed the KPIs of group %s", group_id)
    except KpiGroup.DoesNotExist:
        log.info("KPI group %s is gone, nothing to compute", group_id)


@shared_task
def compute_all_kpis():
    """Each night, whatever the revisions say."""
    _compute_each(KpiGroup.objects.values_list("pk", flat=True), anew=True)


@shared_task
def forget_deliveries():
    """The keys and answers of what automations sent a month ago."""
    if number := deliveries.forget():
        log.info("Forgot %s deliveries of automations", number)


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
    _compute_behind(KpiGroup.objects.all())


def _compute_behind(groups):
    _compute_each(groups.filter(computing.behind()).values_list("pk", flat=True))


def _compute_each(group_ids, anew=False):
    for group_id in group_ids:
        try:
            compute_kpis(group_id, anew=anew)
        except Exception:
            log.exception("KPI group %s could not be computed; on with the others", group_id)
