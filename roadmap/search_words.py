"""What was typed into a search field, and where it is found in a text. Pure.

Each word that was typed must be found, in any order. A word is found where a word of the text
begins as one of its forms does (`word_forms`), whatever the case and the dots of the letters:
kaytto finds käyttö. A form of four letters and more is found within a compound as well, from its
fourth letter on: sovellus finds mobiilisovellus. Signs only part words, so nothing that is typed
has a meaning of its own. 22-041 is found as it is, and where it is written in one: 22041.

The regular expressions are those of SQLite, too (`roadmap/search.py`): a text is found there and
here by the same rule. PostgreSQL has the same rule as an index of words.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from string import ascii_lowercase
from typing import NamedTuple

from roadmap import word_forms

MOST_LETTERS, MOST_WORDS = 200, 8
MOST_TEXT = 10_000  # letters of a text that are searched in a database
LONGEST = 30  # letters of a word that count; the index of PostgreSQL has no more
BEFORE, WITHIN = 3, 4  # letters before a word within a compound; letters that it has at least
EXCERPT = 160

# What a letter of a word is; everything else parts words.
LETTERS = "0-9A-Za-zÀ-ÖØ-öø-\u1fff"
_WORD = re.compile(f"[{LETTERS}]+")
# Small letters that are read as another one.
ALIKE = {
    "a": "àáâãäåāăąæ",
    "c": "çćĉċč",
    "d": "ďđð",
    "e": "èéêëēĕėęě",
    "g": "ĝğġģ",
    "h": "ĥħ",
    "i": "ìíîïĩīĭįı",
    "j": "ĵ",
    "k": "ķ",
    "l": "ĺļľł",
    "n": "ñńņňŋ",
    "o": "òóôõöøōŏő",
    "r": "ŕŗř",
    "s": "śŝşšș",
    "t": "ţťŧț",
    "u": "ùúûüũūŭůűų",
    "w": "ŵ",
    "y": "ýÿŷ",
    "z": "źżž",
}
# Each letter that is read as another one; the index of PostgreSQL does the same.
FOLDED = {letter.upper(): letter for letter in ascii_lowercase} | {
    letter: plain for plain, others in ALIKE.items() for letter in others + others.upper()
}
_FOLDS = str.maketrans(FOLDED)
_SMALL = str.maketrans(
    {letter.upper(): letter for letter in ("".join(ALIKE.values()) + ascii_lowercase)}
)
_CLASSES = {
    plain: f"[{plain}{''.join(letter for letter, to in FOLDED.items() if to == plain)}]"
    for plain in ascii_lowercase
}
_BEGINNING = f"(?<![{LETTERS}].)"  # the letter before this place begins a word
_INSIDE = f"(?<={f'[{LETTERS}]' * BEFORE}.)"  # or there are letters enough before it
_END = f"(?![{LETTERS}])"


def fold(text: str) -> str:
    """The text in small letters without their dots and accents; as long as it was."""
    return text.translate(_FOLDS)


class Place(NamedTuple):
    """How near the beginning of the title something was found; the smaller, the better."""

    rank: int
    is_other_spelling: bool  # than the one typed: another form, or without the dots


EXACT_CODE, TITLE_BEGINS, IN_TITLE, IN_COMPOUND, ELSEWHERE = range(5)


@dataclass(frozen=True)
class Word:
    """A word that was typed, in small letters, and the folded beginnings of its forms."""

    typed: str
    terms: tuple[word_forms.Term, ...]

    @classmethod
    def of(cls, typed: str) -> "Word":
        typed = typed.translate(_SMALL)[:LONGEST]
        terms = {term._replace(text=fold(term.text)) for term in word_forms.terms(typed)}
        return cls(typed, tuple(sorted(terms)))

    @property
    def within(self) -> list[word_forms.Term]:
        """The terms that are looked for within compounds."""
        return [term for term in self.terms if len(term.text) >= WITHIN]

    @cached_property
    def pattern(self) -> str:
        """A regular expression that finds the word. Its first letter comes first: that is quick."""
        begins = f"{_BEGINNING}{_any(self.terms)}"
        inside = f"|{_INSIDE}{_any(self.within)}" if self.within else ""
        return f"(?s){_class(self.terms[0].text[0])}(?:{begins}{inside})"

    @cached_property
    def beginning(self) -> str:
        """A regular expression that finds it at the beginnings of words only."""
        return f"(?s){_class(self.terms[0].text[0])}{_BEGINNING}{_any(self.terms)}"

    def is_in(self, text: str) -> bool:
        return re.search(self.pattern, text) is not None

    def begins_in(self, text: str) -> bool:
        return re.search(self.beginning, text) is not None


def _class(letter: str) -> str:
    return _CLASSES.get(letter, letter)


def _any(terms: Iterable[word_forms.Term]) -> str:
    """What follows on the first letter of one of the terms, which all have the same."""
    found = (
        "".join(map(_class, term.text[1:])) + (_END if term.is_whole else "") for term in terms
    )
    return f"(?:{'|'.join(found)})"


@dataclass(frozen=True)
class Chunk:
    """What was typed between two spaces: its words, each to be found; or all of it in one."""

    words: tuple[Word, ...]
    joined: Word | None

    @classmethod
    def of(cls, typed: str) -> "Chunk | None":
        parts = _WORD.findall(typed)
        if not parts:
            return None
        joined = Word.of("".join(parts)) if 1 < len(parts) < 4 else None
        return cls(tuple(map(Word.of, parts)), joined)

    @property
    def ways(self) -> list[tuple[Word, ...]]:
        return [self.words] + ([(self.joined,)] if self.joined else [])

    def is_in(self, text: str) -> bool:
        return any(all(word.is_in(text) for word in way) for way in self.ways)

    def begins_in(self, text: str) -> bool:
        return any(all(word.begins_in(text) for word in way) for way in self.ways)


@dataclass(frozen=True)
class Query:
    """What was typed, as it is searched for; without chunks nothing is found."""

    typed: str = ""
    chunks: tuple[Chunk, ...] = ()
    left_out: int = 0  # words beyond the first that are searched for

    @classmethod
    def read(cls, text: str | None) -> "Query":
        cleaned = "".join(_cleaned(letter) for letter in (text or "")[: 2 * MOST_LETTERS])
        typed = unicodedata.normalize("NFC", cleaned).strip()[:MOST_LETTERS]
        chunks = [chunk for chunk in map(Chunk.of, typed.split()) if chunk]
        return cls(typed, *_first(chunks))

    @cached_property
    def in_one(self) -> str:
        return in_one(self.typed)

    @cached_property
    def words(self) -> list[Word]:
        return [word for chunk in self.chunks for word in chunk.words]

    def is_in(self, text: str) -> bool:
        return bool(self.chunks) and all(chunk.is_in(text) for chunk in self.chunks)

    def place(self, title: str, code: str = "") -> Place:
        """How well it is found in a title or a code; `ELSEWHERE` where it is not."""
        small = title.translate(_SMALL)
        is_other = not all(word.typed in small for word in self.words)
        return Place(self._rank(title, code), is_other)

    def _rank(self, title: str, code: str) -> int:
        if code and self.in_one and in_one(code) == self.in_one:
            return EXACT_CODE
        if self.chunks and all(chunk.begins_in(title) for chunk in self.chunks):
            first = self.chunks[0].words[0]
            return TITLE_BEGINS if re.match(first.beginning, title) else IN_TITLE
        return IN_COMPOUND if self.is_in(title) else ELSEWHERE

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where words of the text are that were found, from the first to the last of them."""
        found = set()
        for chunk in self.chunks:
            for way in chunk.ways:
                for word in way:
                    found |= {match.start() for match in re.finditer(word.pattern, text)}
        return [
            match.span()
            for match in _WORD.finditer(text)
            if any(place in found for place in range(*match.span()))
        ]


def _first(chunks: list[Chunk]) -> tuple[tuple[Chunk, ...], int]:
    """The chunks that hold the first words, and how many words the others have."""
    kept, number = [], 0
    for chunk in chunks:
        number += len(chunk.words)
        if number > MOST_WORDS:
            break
        kept.append(chunk)
    if chunks and not kept:  # one chunk of many words
        kept = [Chunk(chunks[0].words[:MOST_WORDS], None)]
    total = sum(len(chunk.words) for chunk in chunks)
    return tuple(kept), total - sum(len(chunk.words) for chunk in kept)


def _cleaned(letter: str) -> str:
    """Nothing for signs that nobody sees, such as a soft hyphen; a space for those that control."""
    return {"Cf": "", "Cs": "", "Cc": " "}.get(unicodedata.category(letter), letter)


def in_one(code: str) -> str:
    """A code without its signs: 22-041 and 22041 are the same."""
    return fold("".join(_WORD.findall(code)))


# --- what is shown ----------------------------------------------------------------------------


def parts(text: str, query: Query) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is a word that was found."""
    pieces, end = [], 0
    for start, stop in query.spans(text):
        if start > end:
            pieces.append((text[end:start], False))
        pieces.append((text[start:stop], True))
        end = stop
    return pieces + ([(text[end:], False)] if end < len(text) else [])


def excerpt(text: str, query: Query, length: int = EXCERPT) -> str:
    """The piece of a text, cut between words, in which the first word was found."""
    text = " ".join(text.split())
    spans = query.spans(text)
    if len(text) <= length:
        return text
    start = max(0, spans[0][0] - length // 3) if spans else 0
    if start:
        start = text.find(" ", start) + 1
    stop = start + length
    if stop < len(text):
        stop = max(text.rfind(" ", start, stop), start + length // 2)
    return (
        ("… " if start else "")
        + text[start:stop].rstrip(",;:")
        + (" …" if stop < len(text) else "")
    )


# --- another spelling -------------------------------------------------------------------------


def vocabulary(texts: Iterable[str]) -> dict[str, str]:
    """The words of some texts, by how they are folded; of two spellings one."""
    words = set()
    for text in texts:
        words.update(_WORD.findall(text))
    return {fold(word): word.translate(_SMALL) for word in sorted(words)}


def another_spelling(query: Query, words: dict[str, str]) -> str | None:
    """What was typed, with the nearest word there is for each that is not; None where none is."""
    found, is_other = [], False
    for word in query.words:
        near = None
        if not any(word.is_in(known) for known in words):
            near = _nearest(fold(word.typed), words)
            is_other |= near is not None
        found.append(words[near] if near else word.typed)
    return " ".join(found) if is_other else None


def _nearest(word: str, words: dict[str, str]) -> str | None:
    lengths = range(len(word) - 2, len(word) + 3)
    candidates = [known for known in words if known[0] == word[0] and len(known) in lengths]
    return next(iter(get_close_matches(word, candidates, n=1, cutoff=0.75)), None)
