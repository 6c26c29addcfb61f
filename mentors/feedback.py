"""Feedback: kept once, answered with a receipt, and shown to administrators while it waits."""

import logging
from datetime import timedelta
from smtplib import SMTPException

from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from mentors.models import Feedback

log = logging.getLogger(__name__)

ANSWER_WITHIN = timedelta(days=14)


def receive(feedback: Feedback, with_receipt: bool = True) -> Feedback:
    """Keep the feedback and send a receipt, where there is an address to send it to.

    The same form sent twice is kept, and answered, once. A mail server that is down loses the
    receipt, never the message.
    """
    fields = {"topic": feedback.topic, "message": feedback.message, "email": feedback.email}
    kept, is_new = Feedback.objects.get_or_create(token=feedback.token, defaults=fields)
    if not is_new and kept.message != feedback.message:
        # Another message from a form that the browser kept: it has a right of its own.
        kept, is_new = Feedback.objects.create(**fields), True
    if is_new and kept.email and with_receipt:
        _send_receipt(kept)
    return kept


def _send_receipt(feedback: Feedback) -> None:
    text = render_to_string(
        "mentors/feedback_receipt.txt", {"feedback": feedback, "answer_by": answer_by(feedback)}
    )
    try:
        send_mail(_("We have received your feedback"), text, None, [feedback.email])
    except (OSError, SMTPException) as error:
        log.warning("The receipt of feedback %s was not sent: %s", feedback.pk, error)


def answer_by(feedback: Feedback):
    return feedback.sent_at + ANSWER_WITHIN


def waiting() -> list[Feedback]:
    """What nobody has answered, the oldest first, each with the days it has waited."""
    found = list(Feedback.objects.filter(answered_at=None))
    today = timezone.localdate()
    for feedback in found:
        feedback.days = (today - timezone.localtime(feedback.sent_at).date()).days
        feedback.is_late = feedback.days > ANSWER_WITHIN.days
    return found


def mark_answered(pk: int, user) -> bool:
    """Note the answer and forget the address: it was kept for the answer alone."""
    return bool(
        Feedback.objects.filter(pk=pk, answered_at=None).update(
            answered_at=timezone.now(), answered_by=user, email=""
        )
    )
