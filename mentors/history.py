"""History of people, networks and communication, as people read it."""

import re
from datetime import date

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from mentors.models import Communication, Mail
from mentors.roles import role_words
from roadmap import formats
from roadmap.history import PERSON, Line, names_in
from roadmap.record import person_key

NAMES = {
    "name": gettext_noop("Name"),
    "service_area": gettext_noop("Service area"),
    "leads": gettext_noop("Leads"),
    "members": gettext_noop("Members"),
    "actions_added": gettext_noop("Actions added"),
    "actions_removed": gettext_noop("Actions taken away"),
    "network_removed": gettext_noop("Network removed"),
    "date": gettext_noop("Date"),
    "kind": gettext_noop("Kind"),
    "audience": gettext_noop("Audience"),
    "title": gettext_noop("What was done"),
    "reached": gettext_noop("Number reached"),
    "network": gettext_noop("Network"),
    "actions": gettext_noop("Actions"),
    "entry_removed": gettext_noop("Entry removed"),
    "deputy": gettext_noop("Deputy"),
    "handed_over": gettext_noop("Handed over to"),
    "taken_over": gettext_noop("Taken over from"),
    "added": gettext_noop("added to the portal"),
    "roles": gettext_noop("role"),
    "unit": gettext_noop("unit"),
    "language": gettext_noop("language"),
    "wants_reminders": gettext_noop(
        "reminders before and after the deadline, and of late measurements"
    ),
    "wants_mentions": gettext_noop("mails when I am mentioned"),
    "invitation": gettext_noop("invitation"),
    "active": gettext_noop("account in use"),
    "former": gettext_noop("name and address taken away"),
    "sign_in": gettext_noop("sign-in"),
    "two_step": gettext_noop("two-step sign-in"),
    "report_link": gettext_noop("report link"),
    "mail": gettext_noop("mail"),
}

_ORDER = {name: place for place, name in enumerate(NAMES)}
_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")


def people_keys(pks) -> tuple[str, ...]:
    return tuple(person_key(pk) for pk in sorted(pks))


def lines(changes) -> list[Line]:
    """Readable lines of a queryset of `PeopleChange`, in its order; two queries."""
    found = list(changes.select_related("user"))
    names = names_in(found)
    return [
        Line(
            change.at,
            change.user,
            [
                (_name(key), _text(key, pair[0], names), _text(key, pair[1], names))
                for key, pair in sorted(change.fields.items(), key=_place)
            ],
        )
        for change in found
    ]


def _place(item: tuple[str, list]) -> int:
    """Where a field stands among the others: a database need not keep their order."""
    return _ORDER.get(item[0].partition(":")[0], len(_ORDER))


def _name(key: str) -> str:
    """`report_link:2022Q3` is the report link of that quarter."""
    name, _colon, about = key.partition(":")
    return f"{_(NAMES.get(name, name))} {dict(Mail.Kind.choices).get(about, about)}".strip()


def _text(key: str, text: str | None, names: dict[str, str]) -> str:
    if not text or key in _WITHOUT_VALUES:
        return ""
    if key == "roles":
        return role_words(text.split(", "))
    key = key.partition(":")[0]
    if key in _WORDS:
        return str(dict(_WORDS[key]).get(text, text))
    if key in _OF_PEOPLE:
        text = PERSON.sub(lambda found: names.get(found[0], _("somebody removed")), text)
    if key in _WITH_DAYS:
        text = _DAY.sub(lambda found: formats.day(date(*map(int, found.groups()))), text)
    return text


_YES_NO = [("True", gettext_lazy("yes")), ("False", gettext_lazy("no"))]
_WORDS = {
    "kind": Communication.Kind.choices,
    "audience": Communication.Audience.choices,
    "language": settings.LANGUAGES,
    "active": _YES_NO,
    "wants_reminders": _YES_NO,
    "wants_mentions": _YES_NO,
    "report_link": [
        ("made", gettext_lazy("made")),
        ("used", gettext_lazy("used")),
        ("revoked", gettext_lazy("revoked")),
    ],
    "invitation": [
        ("sent", gettext_lazy("sent")),
        ("revoked", gettext_lazy("revoked")),
        ("accepted", gettext_lazy("accepted")),
    ],
}
_WITHOUT_VALUES = {"added", "former"}
_OF_PEOPLE = {"leads", "members", "deputy", "handed_over", "taken_over"}
_WITH_DAYS = {"date", "deputy"}
