"""Mails: each is a row, so that it goes out once whatever happens to the worker."""

from functools import partial

from django.db import transaction

from mentors.models import Mail
from roadmap.revisions import send_task

SEND_TASK = "mentors.tasks.send_mails"


def post(kind: str, recipient, key: str, strategy_quarter=None, note="", made_by=None) -> Mail:
    """Put a mail into the outbox, once for each `key`; the worker writes and sends it.

    A broker or a mail server that is down delays the mail and never refuses it.
    """
    fields = {
        "kind": kind,
        "recipient": recipient,
        "strategy_quarter": strategy_quarter,
        "note": note,
        "made_by": made_by,
    }
    mail, is_new = Mail.objects.get_or_create(key=key, defaults=fields)
    if is_new:
        transaction.on_commit(partial(send_task, SEND_TASK))
    return mail
