"""What automations send under a key of their own: it is done once, and answered alike again.

As in the IETF's draft of the header (draft-ietf-httpapi-idempotency-key-header). The answer is kept
in the transaction of what it answers, so both are there or neither.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.db import OperationalError, transaction
from django.utils import timezone

from metrics.models import Delivery, MeasurementToken
from metrics.problems import Problem

KEPT = timedelta(days=30)
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's code


class InFlight(Exception):
    """Another request under the same key is being worked on."""


class KeyReused(Exception):
    """Under this key something else was sent."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict
    is_replay: bool = False


def deliver(
    token: MeasurementToken, key: str, body: bytes, act: Callable[[], tuple[int, dict]]
) -> Answer:
    """Do what was sent, or give the answer of the first time.

    `act` runs in the transaction of the answer; a `Problem` that it raises frees the key again.
    Where it breaks, nothing is kept but the key, and whoever sends the same again does it.
    Raises `InFlight` or `KeyReused`.
    """
    fingerprint = sha256(body).hexdigest()
    answer = None
    while answer is None:  # again where the row went away meanwhile, because what it claimed failed
        about = {"fingerprint": fingerprint}
        row, _is_new = Delivery.objects.get_or_create(token=token, key=key, defaults=about)
        answer = _deliver(row.pk, fingerprint, act)
    return answer


def _deliver(pk: int, fingerprint: str, act) -> Answer | None:
    failure = None
    with transaction.atomic():
        row = _locked(pk)
        if row is None:
            return None
        if row.status is not None:
            if row.fingerprint != fingerprint:
                raise KeyReused
            return Answer(row.status, row.answer, is_replay=True)
        try:
            row.status, row.answer = act()
        except Problem as problem:  # nothing was written, and the key is free for what is mended
            failure = problem
            row.delete()
        else:
            row.fingerprint, row.at = fingerprint, timezone.now()
            row.save()
    if failure:
        raise failure
    return Answer(row.status, row.answer)


def _locked(pk: int) -> Delivery | None:
    try:
        return Delivery.objects.select_for_update(nowait=True).filter(pk=pk).first()
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise InFlight from None
        raise


def forget() -> int:
    """Forget what was sent longer ago than anybody tries again; how many there were."""
    return Delivery.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]
