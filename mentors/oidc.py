"""Signing in by the organisation's OpenID provider: who a person is, and which roles they have.

A person is known by the provider's subject (`sub`), and by nothing else once it was bound to
them: an e-mail that changes at the provider changes nothing here, and never leads to another
account. The first time, a subject is bound by e-mail, and only

- to an address that the provider vouches for: `email_verified` is true, or the issuer is one
  tenant of Entra ID, whose addresses only its own administrators set. (An address in a token
  of a tenant that anybody can make proves nothing: "nOAuth".)
- to a person who has no subject yet: an address that is given to somebody new does not take
  over its earlier owner's account.
- to a person who is neither deactivated nor a former one.

Nobody knows the address: a person is made, if a group gives a role. Where OIDC_ROLES is set,
the groups decide the roles at each sign-in; otherwise administrators do, here in the portal.
"""

import hashlib
import logging
import re
from collections.abc import Mapping

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from mentors.models import PeopleChange, User
from roadmap.permissions import Role

log = logging.getLogger(__name__)
PROVIDER = "oidc"
TENANT = re.compile(
    r"https://login\.microsoftonline\.(com|us)/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/v2\.0"
)


class Refused(Exception):
    """The provider knows the person, and the portal does not let them in.

    `reason` is "no_role", "closed", "email" (none that can be trusted) or "other_account".
    """

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class GroupsUnknown(Exception):
    """The provider kept the groups back: there are too many for a token (Entra ID: 200)."""


def roles_of(claims: Mapping, groups_claim: str, mapping: Mapping[str, str]) -> set[str]:
    """The roles that a person's groups give; `GroupsUnknown` where the token does not say."""
    if groups_claim in (claims.get("_claim_names") or {}) or claims.get("hasgroups"):
        raise GroupsUnknown
    groups = claims.get(groups_claim) or []
    if isinstance(groups, str):
        groups = [groups]
    if not isinstance(groups, list):
        return set()
    return {mapping[group] for group in groups if isinstance(group, str) and group in mapping}


def vouched_email(claims: Mapping) -> str:
    """The address that the provider vouches for, in lower case; empty where there is none."""
    email = claims.get("email")
    if TENANT.fullmatch(claims["iss"]):
        email = email or claims.get("preferred_username")
    elif claims.get("email_verified") is not True:
        return ""
    if not isinstance(email, str):
        return ""
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email.lower()


def key_of(claims: Mapping) -> str:
    """What a subject is bound by: of one length, another for another issuer, and no name."""
    return hashlib.sha256(f"{claims['iss']}\n{claims['sub']}".encode()).hexdigest()


def admit(claims: Mapping, groups_claim: str, mapping: Mapping[str, str]) -> User:
    """The person of verified claims, bound and with their roles; or `Refused`."""
    roles = roles_of(claims, groups_claim, mapping)
    key = key_of(claims)
    person = User.objects.filter(socialaccount__provider=PROVIDER, socialaccount__uid=key).first()
    if person is None:
        return _admit_for_the_first_time(claims, key, roles, mapping)
    if person.former or not person.is_active:
        raise Refused("closed")
    if mapping:
        set_roles(person, roles)
        if not roles:
            raise Refused("no_role")
    return person


@transaction.atomic
def _admit_for_the_first_time(claims, key, roles, mapping):
    email = vouched_email(claims)
    if not email:
        raise Refused("email")
    person = User.objects.filter(email=email).first()
    if person and (person.former or not person.is_active):
        raise Refused("closed")
    if not roles and (mapping or not person):
        raise Refused("no_role")
    if not person:
        person = User.objects.create_user(email, **_names(claims))
    # Two sign-ins at the same moment must not bind two subjects.
    person = User.objects.select_for_update().get(pk=person.pk)
    bound = SocialAccount.objects.filter(user=person, provider=PROVIDER).first()
    if bound and bound.uid != key:
        raise Refused("other_account")
    if not bound:
        SocialAccount.objects.create(user=person, provider=PROVIDER, uid=key)
        PeopleChange.objects.create(person=person, fields={"sign_in": ["", "openid"]})
    if mapping:
        set_roles(person, roles)
    return person


def _names(claims):
    first, last = claims.get("given_name"), claims.get("family_name")
    if not (isinstance(first, str) and isinstance(last, str)):
        name = claims.get("name")
        first, _, last = (name if isinstance(name, str) else "").rpartition(" ")
    return {"first_name": first.strip()[:100], "last_name": last.strip()[:100]}


@transaction.atomic
def set_roles(person: User, roles: set[str]) -> None:
    """Give a person exactly these roles, with history; other groups stay as they are."""
    User.objects.select_for_update().get(pk=person.pk)
    held = set(person.groups.filter(name__in=list(Role)).values_list("name", flat=True))
    if Role.ADMINISTRATOR in held - roles and not _another_administrator(person):
        log.error("OpenID Connect: the last administrator keeps the role, whatever the groups say.")
        roles = roles | {str(Role.ADMINISTRATOR)}
    if held == roles:
        return
    person.groups.remove(*Group.objects.filter(name__in=held - roles))
    person.groups.add(*(Group.objects.get_or_create(name=name)[0] for name in roles - held))
    change = {"roles": [", ".join(sorted(held)), ", ".join(sorted(roles))]}
    PeopleChange.objects.create(person=person, fields=change)


def _another_administrator(person: User) -> bool:
    others = User.objects.filter(is_active=True, groups__name=Role.ADMINISTRATOR)
    return others.exclude(pk=person.pk).exists()
