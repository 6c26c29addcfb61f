"""A stub until the pages of people are there."""

from django.core import signing


def token(invitation) -> str:
    return signing.dumps(invitation.pk, salt="invitation")
