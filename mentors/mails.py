"""Mails: each is a row, so that it goes out once whatever happens to the worker.

A mail waits, is claimed, and is sent; or it is given up. The claim is committed before the mail
server gets the mail, and the sending noted after the server took it. A worker that dies between
two mails loses and doubles nothing. One that dies while the server has a mail leaves it claimed:
nobody knows whether it went, so it is never sent again by itself, and `uncertain` shows it.
"""

import logging
import time
from datetime import timedelta
from email.header import Header
from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from mentors.letters import NO_LONGER_NEEDED, Letter, NothingLeft, Round, write
from mentors.models import Mail, PeopleChange
from mentors.outbox import ask_for_round
from mentors.smtp import Unanswered

log = logging.getLogger(__name__)

ROUND_SECONDS = 360  # a task may take 600, and the last mail may meet a slow server
SERVER_SECONDS = 30  # for each answer; it may look for viruses first
TRY_FOR = timedelta(days=3)
TRY_TIMES = 10  # a worker that was away for days has not tried at all
# One person's full mailbox holds nobody up; many refusals are the server's trouble.
MOST_REFUSED_IN_A_ROW = 5
# No worker is still busy with a mail that was claimed so long ago.
UNCERTAIN_AFTER = timedelta(minutes=15)

UNWRITTEN = gettext_noop("the letter could not be written; the log says why")


def waiting():
    return Mail.objects.filter(claimed_at=None, given_up_at=None)


def uncertain():
    """Mails that were handed to a server, which never said whether it took them."""
    return Mail.objects.filter(_is_uncertain()).select_related("recipient")


def given_up():
    """Mails that were needed and never went out; `error` says why."""
    kept_back = Mail.objects.exclude(given_up_at=None)
    # Without a reason: whoever made it took it back.
    return kept_back.exclude(error__in=("", *NO_LONGER_NEEDED)).select_related("recipient")


def _is_uncertain() -> Q:
    silent = ~Q(error="") | Q(claimed_at__lt=timezone.now() - UNCERTAIN_AFTER)
    return Q(claimed_at__isnull=False, sent_at=None, given_up_at=None) & silent


@transaction.atomic
def send_again(mail: Mail, by) -> bool:
    """An administrator's decision about an uncertain or given-up mail; False where it is neither.

    An uncertain one may then arrive twice, with the same Message-ID.
    """
    stuck = Mail.objects.filter(_is_uncertain() | Q(given_up_at__isnull=False), pk=mail.pk)
    before = "given up" if mail.given_up_at else "uncertain"
    fields = {"claimed_at": None, "given_up_at": None, "error": "", "attempts": 0}
    if not stuck.update(made_at=timezone.now(), **fields):
        return False
    PeopleChange.objects.create(
        person=mail.recipient, user=by, fields={f"mail:{mail.kind}": [before, "sent again"]}
    )
    transaction.on_commit(ask_for_round)
    return True


# --- a round of the worker --------------------------------------------------------------------


def send_waiting(seconds: float = ROUND_SECONDS) -> int:
    """Send what waits, the oldest first, and return how many went out.

    Ends early where the mail server does not answer, and asks for another round where `seconds`
    were not enough. Two rounds at once never send the same mail.
    """
    until = time.monotonic() + seconds
    shared, server = Round(), _Server()
    sent = refused_in_a_row = 0
    try:
        for mail in _in_turn():
            if time.monotonic() > until:
                ask_for_round()
                break
            message = _written(mail, shared)
            if message is None:
                continue
            server.open()
            if not _claim(mail):
                continue
            if _hand_over(mail, message, server):
                sent, refused_in_a_row = sent + 1, 0
            else:
                refused_in_a_row += 1
            if refused_in_a_row == MOST_REFUSED_IN_A_ROW:
                break
    except _ServerTrouble as trouble:
        log.warning("The mail server does not take mails now: %s", trouble)
    finally:
        server.close()
    return sent


def _in_turn():
    """The mails that wait; those that were refused before come after those that were not."""
    order = ("attempts", "pk")
    keys = list(waiting().order_by(*order).values_list("pk", flat=True))
    for start in range(0, len(keys), 20):  # read when their turn is near, for what has changed
        part = waiting().filter(pk__in=keys[start : start + 20]).order_by(*order)
        yield from part.select_related("recipient", "made_by", "strategy_quarter__strategy")


class _Message(EmailMultiAlternatives):
    def message(self):
        message = super().message()
        # As Django folds a long one, its first line is empty and the words begin with a space.
        message.replace_header("Subject", Header(self.subject, "utf-8", header_name="Subject"))
        return message


def _written(mail: Mail, shared: Round) -> _Message | None:
    """The mail's message, or None where nothing is left to say and it was given up."""
    try:
        return _message(mail, write(mail, shared))
    except NothingLeft as reason:
        return _give_up(mail, str(reason))
    except DatabaseError:
        raise
    except Exception:  # one letter must not hold up all others
        log.exception("Mail %s could not be written", mail.pk)
        return _give_up(mail, UNWRITTEN)


def _message(mail: Mail, letter: Letter) -> _Message:
    message = _Message(
        letter.subject,
        letter.text,
        settings.DEFAULT_FROM_EMAIL,
        [mail.recipient.email],
        headers={
            "Message-ID": f"<mail-{mail.pk}@{settings.SITE_HOST}>",  # tells a double
            "Auto-Submitted": "auto-generated",  # no out-of-office answers, please
            "Content-Language": letter.language,
        },
    )
    message.attach_alternative(letter.html, "text/html")
    return message


def _claim(mail: Mail) -> bool:
    """Whether this worker, and no other, is to send it; committed when this returns."""
    with transaction.atomic(durable=True):
        claimed = waiting().filter(pk=mail.pk).update(claimed_at=timezone.now(), error="")
    return bool(claimed)


def _hand_over(mail: Mail, message: _Message, server: "_Server") -> bool:
    """Whether the server took it; `_ServerTrouble` where it would take no other one either."""
    claimed = Mail.objects.filter(pk=mail.pk)
    try:
        server.take(message)
    except Unanswered as error:
        claimed.update(error=_said(error, mail), attempts=F("attempts") + 1)
        raise _ServerTrouble(str(error)) from error
    except OSError as error:  # among them every SMTPException
        code = _refusal(error)
        if code and code >= 500:
            _give_up(mail, _said(error, mail))
        else:
            _put_off(claimed, _said(error, mail))
        if not code:
            raise _ServerTrouble(str(error)) from error
        return False
    claimed.update(sent_at=timezone.now(), attempts=F("attempts") + 1)
    return True


def _give_up(mail: Mail, reason: str) -> None:
    standing = Mail.objects.filter(pk=mail.pk, sent_at=None)
    standing.update(given_up_at=timezone.now(), claimed_at=None, error=reason)


def _put_off(mails, error: str) -> None:
    """Tried in vain: the next round tries again, for three days and ten times."""
    old = Q(made_at__lt=timezone.now() - TRY_FOR, attempts__gte=TRY_TIMES)
    tried = {"claimed_at": None, "error": error, "attempts": F("attempts") + 1}
    mails.filter(old).update(given_up_at=timezone.now(), **tried)
    mails.exclude(old).update(**tried)


def _refusal(error: OSError) -> int | None:
    """The code by which the server refused this one mail; None where the trouble is its own."""
    code = None
    if isinstance(error, SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
    elif isinstance(error, SMTPDataError):
        code = error.smtp_code
    return None if code == 421 else code


def _said(error: OSError, mail: Mail) -> str:
    """What the server said, without the address: it must not outlive the person's account."""
    answer = error.args
    if isinstance(error, SMTPRecipientsRefused):
        answer = next(iter(error.recipients.values()))
    words = (part.decode(errors="replace") if isinstance(part, bytes) else part for part in answer)
    text = " ".join(str(part) for part in words) or type(error).__name__
    return text.replace(mail.recipient.email, f"#{mail.recipient_id}")[:500]


class _ServerTrouble(Exception):
    """No mail can be sent now."""


class _Server:
    """The mail server of a round: one connection, opened for the first letter."""

    def __init__(self):
        self.connection = None
        self.has_taken = False

    def open(self) -> None:
        """`_ServerTrouble` where it does not answer; what waits has then been tried in vain."""
        try:
            self._open()
        except OSError as error:
            text = str(error) or type(error).__name__
            _put_off(waiting(), text[:500])
            raise _ServerTrouble(text) from error

    def _open(self) -> None:
        if self.connection is None:
            connection = get_connection(timeout=SERVER_SECONDS)
            connection.open()
            self.connection, self.has_taken = connection, False

    def take(self, message: _Message) -> None:
        """`Unanswered` where nobody can know; any other `OSError` where it was not taken."""
        self._open()
        try:
            self.connection.send_messages([message])
        except Unanswered:
            raise
        except OSError as error:
            if _refusal(error) or not self.has_taken:
                raise
            # A connection that was of use before: some servers take only so many mails by one.
            self.close()
            self.take(message)
        self.has_taken = True

    def close(self) -> None:
        connection, self.connection = self.connection, None
        if connection:
            try:
                connection.close()
            except OSError as error:
                log.info("The mail server did not say goodbye: %s", error)
