"""What one header text names: a field, a family, a quarter, as far as its words say."""

import re
from functools import lru_cache
from typing import NamedTuple

from roadmap import record
from roadmap.quarters import Quarter
from roadmap.workbook import layout
from roadmap.workbook.headings import periods, vocabulary
from roadmap.workbook.headings.periods import Period
from roadmap.workbook.headings.vocabulary import FIELDS, Term

OWN, SURE, FAIR, CUT, WEAK = 5, 4, 3, 2, 1
# What is longer is a sentence or an essay, not a header of up to four rows.
_MOST_WORDS, _MOST_CHARACTERS = 14, 600
_TRAILING = re.compile(r"[\s*:]+$")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_PARTS = re.compile(r"(?:^|\s)/(?=\s|$)")
_PIECES = re.compile(r"[,;:]\s|/|&|\+")
_NOTHING = "nothing"  # words of something else: money, a forecast, the code of a theme

# What an action has: its code, its description. Beside the word for the action they name it.
_OF_ACTION = set(FIELDS) - {"title", "name", "theme", "service_area"}
_OF_METRIC = frozenset({"unit", "baseline", "target", "objective"})
_GROUPS = frozenset({"theme", "service_area"})
_TARGETS = frozenset({"target", "objective", "goal"})
# A lower header that says little without the upper one: name, code, planned.
_LEANING = frozenset({"name", "code", "description", "weight", *record.FAMILIES})
_FAMILIES = {
    "".join(name.split()).casefold(): family
    for family in record.FAMILIES
    for name in layout.HEADINGS[family]
}


class Meaning(NamedTuple):
    """What a header text names; None for what it does not say.

    A family may stand without a quarter ("Toteuma"), a quarter without a family ("Q1/2022"), a
    quarter's number without a year ("T2"), a year alone ("2024").
    """

    key: str | None  # one of record.PLAIN
    family: str | None  # one of record.FAMILIES
    quarter: Quarter | None
    year: int | None
    number: int | None  # of the quarter, 1 to 4
    exact: bool  # one of layout.HEADINGS, in any of the three languages


class Understood(NamedTuple):
    """A meaning, and how it was come by."""

    meaning: Meaning | None
    strength: int  # OWN to WEAK; 0 for nothing
    fields: tuple[str, ...]  # what else the column may be, likeliest first
    period: Period
    total: bool
    spanish: bool


def read(text: str) -> Meaning | None:
    """What a header text names, None where nothing of ours is known in it.

    Texts of several header rows may be joined by " / ", the upper ones first.
    """
    return understand(text).meaning


@lru_cache(maxsize=16_384)
def understand(text: str) -> Understood:
    """As `read`, with all that the choice between columns needs."""
    if len(text) > _MOST_CHARACTERS:
        text = ""
    plain = _without_titles(periods.plain(text))
    period = periods.read(plain)
    if own := _own(text):
        return Understood(own, OWN, (own.key,) if own.key else (), period, False, False)
    words = _Words(period)
    if period.bare and not words.may_be_bare:
        period = period._replace(quarter=None, number=None)
    concept, strength = words.concept, words.strength
    meaning, fields = _meaning(concept, strength, period, words)
    if not fields and not (meaning and meaning.family):
        strength = 0
    return Understood(meaning, strength, fields, period, words.total, words.spanish)


def _own(text: str) -> Meaning | None:
    """The meaning of one of our own headers, as the layout reads it."""
    bare = _TRAILING.sub("", text)
    try:
        key = layout.read_heading(bare)
    except ValueError:
        if any(sign.isdigit() for sign in bare):
            return None
        return Meaning(None, _FAMILIES["".join(bare.split()).casefold()], None, None, None, True)
    if key is None:
        return None
    family, quarter = record.split(key)
    if quarter is None:
        return Meaning(key, None, None, None, None, True)
    return Meaning(None, family, quarter, quarter.year, quarter.number, True)


def _without_titles(plain: str) -> str:
    """Without the years of titles that stand above: "Digiohjelma 2021 / Q1" is of no year."""
    parts = plain.split(" / ")
    if len(parts) == 1:
        return plain
    return " / ".join(_untitled(part) for part in parts)


@lru_cache(maxsize=4096)
def _untitled(part: str) -> str:
    period = periods.read(part)
    if period.year is None or period.number or not _Words(period).unknown:
        return part
    return " ".join(period.rest.split())


class _Words:
    """The words of a header text beside its quarter and year, and what they name."""

    def __init__(self, period: Period):
        self.period = period
        whole = period.rest
        rest = _BRACKETS.sub(" ", whole)
        if not vocabulary.words(rest):
            rest = whole
        parts = [vocabulary.words(part) and part for part in _PARTS.split(rest)]
        self.parts = [_Part(part) for part in parts if part]
        # A unit below ("Q1 / kpl") says nothing of what the column is.
        while len(self.parts) > 1 and self.parts[-1].empty:
            self.parts.pop()
        self.all = [concept for part in self.parts for concept in part.concepts]
        self.total = "total" in self.all
        self.spanish = any(part.spanish for part in self.parts)
        self.unknown = any(part.unknown for part in self.parts)
        self.concept, self.strength = self._name()

    @property
    def may_be_bare(self) -> bool:
        """1/2021 is a quarter beside a family or alone; beside other words it may be anything."""
        return not self.unknown and set(self.all) <= {
            *record.FAMILIES,
            *_TARGETS,
            *("total", "forecast", "neutral"),
        }

    def _name(self) -> tuple[str | None, int]:
        if sum(part.length for part in self.parts) > _MOST_WORDS or not self.parts:
            return None, 0
        if {"money", "forecast"} & set(self.all):
            return _NOTHING, 0
        last = self.parts[-1]
        concept = last.name(self.period.year)
        if concept in _LEANING and len(self.parts) > 1:
            upper = [concept for part in self.parts[:-1] for concept in part.concepts]
            concept = settle([*upper, concept], self.period.year) or concept
        strength = last.strength_of(concept)
        if concept in ("start", "end") and record.ACTUAL in self.all:
            strength = CUT
        return concept, strength if concept else 0


class _Part:
    """The text of one header row: its concepts in order, and whether all of it is known."""

    def __init__(self, text: str):
        words = vocabulary.words(_PIECES.split(text)[0]) or vocabulary.words(text)
        self.cut = len(words) < len(vocabulary.words(text))
        terms = vocabulary.terms(words)
        joint = next((n for n, t in enumerate(terms) if t in vocabulary.CONJUNCTIONS), None)
        if joint:
            terms, self.cut = terms[:joint], True
        self.length = len(vocabulary.words(text))
        self.connected = any(term in vocabulary.CONNECTORS for term in terms[1:])
        self.terms = [
            term
            for term in terms
            if term not in vocabulary.CONNECTORS and not _is_number(term, len(terms))
        ]
        self.known = [term for term in self.terms if isinstance(term, Term)]
        self.unknown = len(self.known) < len(self.terms)
        self.cut = self.cut or any(_is_number(term, len(terms)) for term in terms)
        self.concepts = [term.concept for term in self.known]
        self.spanish = any(term.leads for term in self.known)
        self.empty = not self.unknown and set(self.concepts) <= {"neutral"}

    def strength_of(self, concept: str | None) -> int:
        """How surely the part names the concept."""
        if self.unknown:
            return WEAK
        said = [term.sureness for term in self.known if term.concept == concept]
        sure = max(said, default=1)
        return (CUT if self.cut else FAIR) if sure == 1 else (FAIR if self.cut else SURE)

    def name(self, year: int | None) -> str | None:
        """The concept that the part is about, None where that is not clear."""
        concept = settle(self.concepts, year, self.connected or self.spanish)
        if not self.unknown or concept == _NOTHING:
            return concept
        head = self._head()
        return head.concept if head and head.concept not in ("neutral", "total") else None

    def _head(self) -> Term | None:
        """The word that a phrase with unknown words is about: the first in Spanish, else the last.

        Not the first nor the last where that one is unknown: "rationale for target".
        """
        first, last = self.terms[0], self.terms[-1]
        if isinstance(first, Term) and (first.leads or self.connected):
            return first
        if isinstance(last, Term) and not last.leads and not self.connected:
            return last
        return None


def _is_number(term: Term | str, count: int) -> bool:
    """A number beside words counts things: "Mittari 1"."""
    return isinstance(term, str) and count > 1 and term.isdigit() and len(term) < 3


def settle(concepts: list[str], year: int | None, first: bool = False) -> str | None:
    """The one concept that several make together: "toimenpiteen kuvaus" is a description.

    `_NOTHING` for what belongs to something else than an action (the code of a theme), None where
    it is not clear. `first` says that of two things the first is meant and not the last.
    """
    distinct = dict.fromkeys(c for c in concepts if c not in ("neutral", "total"))
    if {"money", "forecast"} & distinct.keys():
        return _NOTHING
    if year and len(distinct) > 1:
        distinct.pop("phase", None)
    if len(distinct) < 2:
        return next(iter(distinct), None)
    families = [concept for concept in distinct if concept in record.FAMILIES]
    keys = [concept for concept in distinct if concept not in record.FAMILIES]
    if families:
        return _with_family(families, keys)
    return _without_family(keys, first)


def _with_family(families: list[str], keys: list[str]) -> str | None:
    if record.COMMENT in families:
        return record.COMMENT if len(families) + len(keys) == 2 else _NOTHING
    if len(families) > 1:
        return _NOTHING
    family, rest = families[0], set(keys) - {"metric", "name"}
    if not rest:
        return family
    planned = family == record.PLAN
    if len(rest) > 1:
        return _NOTHING
    key = rest.pop()
    if key in _TARGETS or key == "title":
        return key if planned else family
    if key == "description":
        return key if planned else record.COMMENT
    return key if key in ("start", "end", "schedule", "baseline") else _NOTHING


def _without_family(keys: list[str], first: bool) -> str | None:
    rest = [key for key in keys if key != "name"]
    if len(rest) > 1 and "title" in rest and set(rest) & _OF_ACTION:
        rest.remove("title")
    if len(rest) > 1 and "metric" in rest and set(rest) - {"metric"} <= _OF_METRIC:
        rest.remove("metric")
    if len(rest) > 1 and set(rest) <= {"owner", "person", "service_area"}:
        return "service_area" if "service_area" in rest else "person"
    if len(rest) > 1 and set(rest) <= _TARGETS:
        return "target"
    if len(rest) > 1 and "schedule" in rest and {"start", "end"} & set(rest):
        rest.remove("schedule")
    if len(rest) == 1:
        return rest[0]
    if set(rest) <= _GROUPS | {"title"}:
        return rest[0] if first else rest[-1]
    return _NOTHING if set(rest) & (_GROUPS | {"metric"}) else None


def _meaning(concept, strength, period: Period, words: _Words):
    """The meaning of a concept and a period, and the fields that the column may hold."""
    time = (period.quarter, period.year, period.number)
    quarterly = period.number is not None
    if concept in _TARGETS and quarterly:
        concept = record.PLAN  # what is to be reached by a quarter
    if concept == "description" and quarterly:
        concept = record.COMMENT
    if concept in record.FAMILIES:
        family = None if strength == WEAK and quarterly else concept
        return Meaning(None, family, *time, False), ()
    fields = FIELDS.get(concept, ())
    if concept == "goal" and period.year:
        fields = ("target", "title")
    if concept == "phase" and period.year:
        fields = ()
    if fields:
        return Meaning(fields[0], None, *time, False), fields
    if not quarterly:
        alone = not words.unknown and set(words.all) <= {"neutral", "total", "phase"}
        return (Meaning(None, None, *time, False), ()) if period.year and alone else (None, ())
    if period.lone_t and words.unknown and period.quarter is None:
        return None, ()  # the code of something, as "T1 Digipalvelut"
    return Meaning(None, None, *time, False), ()
