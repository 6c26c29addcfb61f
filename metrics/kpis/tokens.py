"""Tokens by which automations send measurements: made, changed, revoked, recognised.

A token is 256 random bits. Only its SHA-256 is kept: whoever reads the database learns no token.
A slow hash, as for passwords, would add nothing, because nobody can try 2**256 of them; it would
only make each request slow.
"""

import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from metrics.kpis.editing import Unfit, hold
from metrics.models import KpiChange, MeasurementToken
from roadmap.history import Overtaken
from roadmap.models import Strategy
from roadmap.record import differences

# Tells a token from other secrets, to people and to those who look for secrets in code and logs.
PREFIX = "dsm_"
SHOWN = 4  # of its last signs
MINUTE = timedelta(minutes=1)


class NameTaken(Exception):
    """A token of this name is in use; `token` is that one."""

    def __init__(self, token: MeasurementToken):
        super().__init__(token.name)
        self.token = token


def digest_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def new_nonce() -> str:
    return secrets.token_urlsafe(32)


def secret_of(nonce: str) -> str:
    """The token that belongs to a nonce of 256 random bits.

    Between making and showing it a session holds the nonce, and never the token: the token comes of
    it by the portal's SECRET_KEY alone, so it is nowhere in the database.
    """
    made = salted_hmac("metrics.kpis.tokens", nonce, algorithm="sha256").digest()
    return PREFIX + urlsafe_b64encode(made).decode().rstrip("=")


def _record_of(token: MeasurementToken) -> dict:
    return _as_record(token.name, token.kpis.all())


def _as_record(name: str, kpis) -> dict:
    return {"name": name, "kpis": tuple(sorted(kpi.slug for kpi in kpis))}


@transaction.atomic
def make(strategy: Strategy, name: str, kpis, nonce: str, user) -> tuple[MeasurementToken, bool]:
    """A token for the named KPIs, and whether it is new: it is not where the form came twice.

    Raises `NameTaken` where another one of that name is in use.
    """
    hold(strategy)
    try:
        _ask_name(strategy, name, None)
    except NameTaken as taken:
        if _is_twice(taken.token, name, kpis, user):
            return taken.token, False
        raise
    secret = secret_of(nonce)
    token = MeasurementToken.objects.create(
        strategy=strategy,
        name=name,
        digest=digest_of(secret),
        hint=secret[-SHOWN:],
        made_by=user,
    )
    token.kpis.set(kpis)
    fields = {"token": [None, "made"]} | differences({}, _as_record(name, kpis))
    KpiChange.objects.create(strategy=strategy, token=token, user=user, fields=fields)
    return token, True


def _is_twice(token: MeasurementToken, name: str, kpis, user) -> bool:
    """Whether the same person has made the same token right now."""
    is_same = _record_of(token) == _as_record(name, kpis) and token.made_by_id == user.pk
    return is_same and token.last_used_at is None and token.made_at > timezone.now() - MINUTE


@transaction.atomic
def change(token: MeasurementToken, name: str, kpis, seen: int, user) -> None:
    """Give a token another name or other KPIs. Raises `NameTaken`, `Unfit`, or `Overtaken`."""
    hold(token.strategy)
    now = MeasurementToken.objects.select_for_update(no_key=True).get(pk=token.pk)
    changed = differences(_record_of(now), _as_record(name, kpis))
    if now.revoked_at:
        raise Unfit({})
    if not changed:
        return
    if now.version != seen:
        raise Overtaken(now)
    _ask_name(token.strategy, name, now.pk)
    MeasurementToken.objects.filter(pk=now.pk).update(name=name, version=F("version") + 1)
    now.kpis.set(kpis)
    KpiChange.objects.create(strategy=token.strategy, token=now, user=user, fields=changed)


def _ask_name(strategy: Strategy, name: str, pk: int | None) -> None:
    in_use = strategy.measurement_tokens.filter(revoked_at=None).exclude(pk=pk)
    twin = next((one for one in in_use if one.name.casefold() == name.casefold()), None)
    if twin:
        raise NameTaken(twin)


@transaction.atomic
def revoke(token: MeasurementToken, user) -> bool:
    """End a token at once; whether it was in use until now."""
    done = MeasurementToken.objects.filter(pk=token.pk, revoked_at=None).update(
        revoked_at=timezone.now(), revoked_by=user, version=F("version") + 1
    )
    if done:
        fields = {"token": [None, "revoked"]}
        KpiChange.objects.create(
            strategy_id=token.strategy_id, token=token, user=user, fields=fields
        )
    return bool(done)


# --- as an automation brings it ---------------------------------------------------------------


def recognise(secret: str) -> MeasurementToken | None:
    """The token in use that this is; None for one that never was, and for a revoked one."""
    if not secret.startswith(PREFIX) or not secret.isascii():
        return None
    found = MeasurementToken.objects.filter(digest=digest_of(secret), revoked_at=None)
    return found.select_related("strategy").first()


def let_through(token: MeasurementToken, now=None) -> int:
    """Count a request of the token, and note its use: 0, or the seconds to wait before another.

    Two statements, each of them whole by itself: of requests that come at once, not one more than
    the limit gets through.
    """
    now = now or timezone.now()
    rows, begun = MeasurementToken.objects.filter(pk=token.pk), now - MINUTE
    # Of the future only by a clock that was set back: workers differ by less than a minute.
    is_over = Q(counted_from=None) | Q(counted_from__lte=begun) | Q(counted_from__gt=now + MINUTE)
    if rows.filter(is_over).update(counted_from=now, counted=1, last_used_at=now):
        return 0
    limit = settings.MEASUREMENT_REQUESTS_A_MINUTE
    if rows.filter(counted__lt=limit).update(counted=F("counted") + 1, last_used_at=now):
        return 0
    since = rows.values_list("counted_from", flat=True).first() or now
    return max(1, -int((now - since - MINUTE).total_seconds() // 1))
