"""The second step of signing in: who must have one, and taking it away when a phone is lost."""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from mentors.models import PeopleChange, User

STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_missing(request) -> bool:
    """Whether the person's role asks for a second step that they have not set up.

    No query where no role asks for it, else one. Whoever came by the OpenID provider is not
    asked (unless MFA_TRUST_OIDC is off): the provider does it.
    """
    roles = settings.MFA_REQUIRED_ROLES
    if not roles or not request.user.is_authenticated:
        return False
    if settings.MFA_TRUST_OIDC and came_by_provider(request):
        return False
    steps = Authenticator.objects.filter(user=OuterRef("pk"), type__in=STEPS)
    asked = User.objects.filter(pk=request.user.pk, groups__name__in=roles)
    return asked.filter(~Exists(steps)).exists()


def came_by_provider(request) -> bool:
    methods = (record.get("method") for record in get_authentication_records(request, request.user))
    return "socialaccount" in methods


@transaction.atomic
def reset(person: User, by: User) -> bool:
    """Take away a person's authenticators and recovery codes; whether there were any.

    Their sessions end as well: a phone that was lost may be signed in.
    """
    User.objects.select_for_update().get(pk=person.pk)
    authenticators = Authenticator.objects.filter(user=person)
    types = sorted(authenticators.values_list("type", flat=True))
    if not types:
        return False
    authenticators.delete()
    for session in UserSession.objects.filter(user=person):
        session.end()
    PeopleChange.objects.create(person=person, user=by, fields={"two_step": [", ".join(types), ""]})
    return True
