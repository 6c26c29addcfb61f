"""Invitations: a link in a mail by which a new person chooses a password.

The token is signed and kept nowhere; what it stands for is looked up each time, so that it ends
at once when it is used, revoked or expired, or when the person leaves.
"""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from mentors.models import Invitation, Mail, PeopleChange, User
from mentors.outbox import post

SALT = "mentors.invitation"


class NoLongerValid(Exception):
    """The invitation was used, revoked or has expired, or the account is not in use."""


@transaction.atomic
def invite(person: User, by: User | None, seen: int | None = None) -> Invitation | None:
    """Invite a person by mail; an earlier invitation opens nothing from now on.

    `seen` is the key of the newest invitation that the administrator saw, 0 for none: where
    there is a newer one (a double click), or the person left meanwhile, nothing is sent and the
    answer is None.
    """
    person = User.objects.select_for_update().get(pk=person.pk)
    newest = person.invitations.last()
    overtaken = seen is not None and seen != (newest.pk if newest else 0)
    if overtaken or not person.is_active or person.former:
        return None
    _end_open(person)
    expires_at = timezone.now() + timedelta(days=settings.INVITATION_DAYS)
    invitation = Invitation.objects.create(person=person, made_by=by, expires_at=expires_at)
    _note(person, by, None, "sent")
    post(Mail.Kind.INVITATION, person, key=_mail_key(invitation), made_by=by)
    return invitation


@transaction.atomic
def revoke(person: User, by: User | None) -> bool:
    """End the person's invitation, where one is open; whether there was one."""
    person = User.objects.select_for_update().get(pk=person.pk)
    ended = _end_open(person)
    if ended:
        _note(person, by, "sent", "revoked")
    return ended


def token(invitation: Invitation) -> str:
    return signing.dumps(invitation.pk, salt=SALT)


def resolve(token: str) -> Invitation:
    """The open invitation of a token, with its person.

    `signing.BadSignature` for a token that nobody made here, `NoLongerValid` for an old one.
    """
    pk = signing.loads(token, salt=SALT)
    invitation = Invitation.objects.filter(pk=pk).select_related("person").first()
    if invitation is None or not _is_open(invitation):
        raise NoLongerValid
    return invitation


@sensitive_variables("password")
@transaction.atomic
def accept(invitation: Invitation, password: str, language: str) -> None:
    """Set the password that the person chose. `NoLongerValid` where it is too late.

    The caller has validated the password.
    """
    person = User.objects.select_for_update().get(pk=invitation.person_id)
    now = Invitation.objects.select_for_update().get(pk=invitation.pk)
    now.person = person
    if not _is_open(now):
        raise NoLongerValid
    person.set_password(password)
    person.language = language
    person.save(update_fields=["password", "language"])
    now.accepted_at = timezone.now()
    now.save(update_fields=["accepted_at"])
    _end_open(person)
    _note(person, person, "sent", "accepted")


def _is_open(invitation: Invitation) -> bool:
    person = invitation.person
    is_used = invitation.accepted_at or invitation.revoked_at
    is_in_time = timezone.now() < invitation.expires_at
    return bool(not is_used and is_in_time and person.is_active and not person.former)


def _end_open(person: User) -> bool:
    """End what is neither used nor revoked, and its mails that wait; whether one was open."""
    now = timezone.now()
    unused = person.invitations.filter(accepted_at=None, revoked_at=None)
    keys = [_mail_key(invitation) for invitation in unused]
    waiting = Mail.objects.filter(key__in=keys, claimed_at=None, given_up_at=None)
    waiting.update(given_up_at=now)
    was_open = unused.filter(expires_at__gt=now).exists()
    unused.update(revoked_at=now)
    return was_open


def _mail_key(invitation: Invitation) -> str:
    return f"invitation:{invitation.pk}"


def _note(person: User, by: User | None, before: str | None, after: str) -> None:
    fields = {"invitation": [before, after]}
    PeopleChange.objects.create(person=person, user=by, fields=fields)
