"""How the portal itself is: what a monitor asks for."""

import logging

from celery import current_app
from django.db import DatabaseError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from metrics.kpis import computing
from metrics.models import Computation, KpiGroup
from roadmap.models import Strategy

log = logging.getLogger(__name__)


def health() -> dict:
    """Database, broker, and the age in seconds of the newest computation; `ok` for all of it.

    `behind` counts the strategies, and groups of KPIs, whose figures wait to be computed.
    """
    answer = {"database": _database(), "broker": _broker(), "computed_age": None, "behind": None}
    if answer["database"]:
        newest = Computation.objects.order_by("-computed_at").exclude(computed_at=None).first()
        if newest:
            age = timezone.now() - newest.computed_at
            answer["computed_age"] = int(age.total_seconds())
        seen = dict(Computation.objects.values_list("strategy", "revision"))
        revisions = Strategy.objects.values_list("pk", "revision")
        strategies = sum(seen.get(pk) != revision for pk, revision in revisions)
        answer["behind"] = strategies + KpiGroup.objects.filter(computing.behind()).count()
    return {"ok": answer["database"] and answer["broker"], **answer}


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        log.error("The database does not answer: %s", error)
        return False
    return True


def _broker() -> bool:
    try:
        with current_app.connection_for_write(connect_timeout=1) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=1)
    except (OperationalError, OSError) as error:
        log.error("The broker does not answer: %s", error)
        return False
    return True
