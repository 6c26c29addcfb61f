"""The outbox: what is to be sent is a row, so that it goes out once whatever happens.

`mentors.mails` sends what is in it.
"""

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
        transaction.on_commit(ask_for_round)
    return mail


def post_all(mails: list[Mail]) -> None:
    """Put many into the outbox, each `key` once, in one query and with one message."""
    if mails:
        Mail.objects.bulk_create(mails, ignore_conflicts=True)
        transaction.on_commit(ask_for_round)


def ask_for_round() -> None:
    send_task(SEND_TASK)
