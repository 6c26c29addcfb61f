"""Roles in words."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from roadmap.permissions import Role

WORDS = {
    Role.MANAGER: gettext_noop("manager"),
    Role.MENTOR: gettext_noop("digimentor"),
    Role.ADMINISTRATOR: gettext_noop("administrator"),
}


def role_words(names: Iterable[str]) -> str:
    """The roles of these names as a sentence has them, in the order of the roles; "" for none.

    A group that is no role stands under its own name.
    """
    names = [name for name in names if name]
    known = [_(WORDS[role]) for role in Role if role in names]
    return ", ".join(known + sorted(name for name in names if name not in WORDS))


def choices() -> list[tuple[str, str]]:
    """The roles for a form."""
    return [(role.value, _(word)[0].upper() + _(word)[1:]) for role, word in WORDS.items()]
