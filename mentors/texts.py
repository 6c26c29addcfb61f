"""Texts that people wrote and that name somebody: found, so that a person can decide."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext_lazy

from mentors.models import (
    Comment,
    Communication,
    Evidence,
    Feedback,
    Mail,
    Network,
    PeopleChange,
    User,
)
from roadmap.models import (
    Action,
    Change,
    PageVersion,
    Phase,
    ProgressEntry,
    RoadmapImport,
    Strategy,
)

KINDS = {
    "entry": gettext_lazy("report of an action"),
    "comment": gettext_lazy("comment on an action"),
    "evidence": gettext_lazy("name of evidence"),
    "action": gettext_lazy("texts of an action"),
    "communication": gettext_lazy("communication log"),
    "network": gettext_lazy("name of a network"),
    "strategy": gettext_lazy("name of a strategy"),
    "vision": gettext_lazy("vision of a strategy"),
    "phase": gettext_lazy("title or goals of phase"),
    "page": gettext_lazy("page of the strategy"),
    "feedback": gettext_lazy("feedback"),
    "mail": gettext_lazy("words above a reminder"),
    "import": gettext_lazy("name of an imported file"),
    "reason": gettext_lazy("reason of a change"),
    "history": gettext_lazy("earlier text in the history"),
}
AROUND = 60  # characters shown before and after the name


@dataclass(frozen=True)
class Text:
    """A text that names the person: what it is, the words around the name, where to see it."""

    kind: str  # a key of KINDS
    excerpt: str
    place: str  # the code of the action or KPI, or the page's slug, where it belongs to one
    address: str

    @property
    def kind_words(self) -> str:
        return KINDS[self.kind]


# Gets the sieve and gives kind, text, place and address of what passes it.
Read = Callable[[Callable[..., Q]], Iterable[tuple[str, str, str, str]]]
_OTHERS: list[Read] = []


def add(kinds: dict[str, str], read: Read) -> None:
    """Let an app above have the texts of another app looked through; `kinds` has their words.

    The sieve is `holds(field, in_json=False)`, a condition on a field of text.
    """
    KINDS.update(kinds)
    _OTHERS.append(read)


def texts_about(person: User) -> list[Text]:
    """Every text that holds the person's name or address; three queries, and those of other apps.

    A word counts that begins with the name, so that Rantalan and Korhosen are found as well.
    """
    found = []
    for kind, text, slug, code in _written(person):
        if match := _pattern(person).search(text):
            found.append(_shown(kind, text, match, slug, code))
    for fields, slug, code in _history(person):
        texts = [side for key, pair in fields.items() if key != "responsible" for side in pair]
        for text in texts:
            if match := _pattern(person).search(text or ""):
                found.append(_shown("history", text, match, slug, code or ""))
    for read in _OTHERS:
        for kind, text, *where in read(partial(_holds, person)):
            if match := _pattern(person).search(text):
                found.append(Text(kind, _excerpt(text, match), *where))
    order = list(KINDS)
    return sorted(found, key=lambda one: (order.index(one.kind), one.place))


def _written(person: User):
    """One query for all kinds: kind, text, slug of the strategy, code of the action."""
    action = ("action__strategy__slug", "action__code")
    plan = ("strategy__slug", "code")
    of_strategy = ("strategy__slug", Value(""))
    page = ("page__strategy__slug", "page__slug")
    of_nobody = (Value(""), Value(""))
    sources = [
        ("entry", ProgressEntry.objects.all(), "comment", action),
        ("comment", Comment.objects.all(), "text", action),
        ("evidence", Evidence.objects.all(), "title", action),
        *(("action", Action.objects.all(), name, plan) for name in _ACTION_TEXTS),
        ("communication", Communication.objects.all(), "title", of_strategy),
        ("network", Network.objects.all(), "name", of_strategy),
        ("strategy", Strategy.objects.all(), "name", ("slug", Value(""))),
        *(("page", PageVersion.objects.all(), name, page) for name in _PAGE_TEXTS),
        ("feedback", Feedback.objects.all(), "message", of_nobody),
        ("mail", Mail.objects.exclude(recipient=person), "note", of_nobody),
        ("import", RoadmapImport.objects.all(), "file_name", of_strategy),
        ("reason", Change.objects.all(), "reason", of_strategy),
    ]
    first, *others = (
        rows.filter(_holds(person, name)).order_by().values_list(Value(kind), name, *where)
        for kind, rows, name, where in sources
    )
    in_languages = (
        rows.annotate(text=Cast(name, TextField()))
        .filter(_holds(person, "text", in_json=True))
        .order_by()
        .values_list(Value(kind), "text", *where)
        for kind, rows, name, where in _IN_LANGUAGES
    )
    kinds = {kind for kind, *_rest in _IN_LANGUAGES}
    for kind, text, *where in first.union(*others, *in_languages, all=True):
        for one in json.loads(text).values() if kind in kinds else [text]:
            yield kind, one, *where


# Words, which a database has as JSON.
_OF_PHASE = ("strategy__slug", Cast("year", TextField()))
_IN_LANGUAGES = [
    ("vision", Strategy.objects.all(), "vision", ("slug", Value(""))),
    *(("phase", Phase.objects.all(), name, _OF_PHASE) for name in ("title", "goals")),
]
_ACTION_TEXTS = ("title", "description", "metric")
_PAGE_TEXTS = ("title", "lead", "body")


def _history(person: User):
    sources = (
        (Change.objects.all(), ("strategy__slug", "action__code")),
        (PeopleChange.objects.all(), (Value(""), Value(""))),
    )
    for changes, where in sources:
        texts = changes.annotate(text=Cast(F("fields"), TextField()))
        rows = texts.filter(_holds(person, "text", in_json=True)).order_by()
        yield from rows.values_list("fields", *where)


def _holds(person: User, name: str, in_json: bool = False) -> Q:
    """A first sieve, of the database; the pattern is the second."""
    found = Q()
    for word in _words(person):
        # SQLite folds the case of a–z only, and keeps å, ä and ö in JSON as \\u00e5 and so on.
        variants = {word, word.lower(), word.upper(), word.capitalize()}
        if in_json:
            variants |= {json.dumps(variant)[1:-1] for variant in variants}
        for variant in variants:
            found |= Q(**{f"{name}__icontains": variant})
    return found


def _words(person: User) -> list[str]:
    return [person.email, *_stems(person.last_name), *_stems(person.first_name)]


def _pattern(person: User) -> re.Pattern:
    """A first name counts with its capital only: Aino is a person, ainoa is not."""
    anywhere = "|".join(map(re.escape, [person.email, *_stems(person.last_name)]))
    pattern = rf"\b(?i:{anywhere})"
    if names := _stems(person.first_name):
        pattern += rf"|\b(?:{'|'.join(map(re.escape, names))})"
    return re.compile(pattern)


def _stems(name: str) -> list[str]:
    """The beginning that all forms of a name share: Korho of Korhonen and Korhosen."""
    words = (word[:-3] if word.lower().endswith("nen") else word for word in name.split())
    return [word for word in words if len(word) > 1]


def _shown(kind: str, text: str, match: re.Match, slug: str, code: str) -> Text:
    return Text(kind, _excerpt(text, match), code, _address(kind, slug, code))


def _excerpt(text: str, match: re.Match) -> str:
    start, end = max(0, match.start() - AROUND), match.end() + AROUND
    return ("…" if start else "") + text[start:end].strip() + ("…" if end < len(text) else "")


def _address(kind: str, slug: str, code: str) -> str:
    if kind == "feedback":
        return reverse("mentors:feedback-list")
    if kind == "import":
        return reverse("roadmap:import-list", args=[slug])
    if kind == "page":
        return reverse("roadmap:page-history", args=[slug, code])
    if kind == "phase":
        return reverse("roadmap:phase-edit", args=[slug, code])
    if kind in ("strategy", "vision"):
        return reverse("roadmap:strategy-edit", args=[slug])
    if code:
        return reverse("metrics:action-detail", args=[slug, code])
    if kind == "communication":
        return reverse("mentors:communication-list", args=[slug])
    if kind == "network":
        return reverse("mentors:network-list", args=[slug])
    if kind == "reason":
        return reverse("roadmap:strategy-detail", args=[slug])
    return ""
