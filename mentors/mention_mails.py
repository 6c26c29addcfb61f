"""Mails about mentions: whoever is mentioned hears of it within the hour, in one mail."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mentors.models import Mail, Mention
from mentors.outbox import ask_for_round

# Who turns these mails on is not told of what was said long ago.
STILL_NEWS = timedelta(days=3)


@transaction.atomic
def gather(now: datetime) -> int:
    """Put what nobody was told of yet into one mail a person, and return how many those are.

    Only into mails that are made here, as another may be on its way already: what comes in later
    waits for the next hour.
    """
    untold = list(
        Mention.objects.select_for_update(of=("self",))
        .filter(
            mail=None,
            comment__removed_at=None,
            comment__at__gte=now - STILL_NEWS,
            person__is_active=True,
            person__former=None,
            person__wants_mentions=True,
        )
        .order_by("pk")
    )
    hour = f"{timezone.localtime(now):%Y-%m-%dT%H%z}"  # the clock of autumn has one hour twice
    keys = {
        mention.person_id: f"{Mail.Kind.MENTIONS}:{mention.person_id}:{hour}" for mention in untold
    }
    there = set(Mail.objects.filter(key__in=keys.values()).values_list("key", flat=True))
    mails = {
        person: Mail(key=key, kind=Mail.Kind.MENTIONS, recipient_id=person)
        for person, key in keys.items()
        if key not in there
    }
    Mail.objects.bulk_create(mails.values())
    told = [mention for mention in untold if mention.person_id in mails]
    for mention in told:
        mention.mail = mails[mention.person_id]
    Mention.objects.bulk_update(told, ["mail"])
    if mails:
        transaction.on_commit(ask_for_round)
    return len(mails)
