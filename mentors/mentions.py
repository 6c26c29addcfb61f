"""The text of a comment: how `@Hanna Korhonen` becomes `@{17}`, and how that is shown again.

Pure: no database. What is typed and what is kept differ in two things. A person who is named
after an @ is kept by key, so that their present name is shown, and none once they have left. An
@ that was typed before a brace is kept as `@{}`, so that nobody can type a key by hand.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

_LINK = r"(?P<link>\b[hH][tT][tT][pP][sS]?://(?=\w)\S+)"
_TYPED = re.compile(
    # An @ within a word or an address, as in a@b.fi, begins no name.
    _LINK + r"|(?P<brace>@(?=\{))|(?<![\w.+@-])(?P<mention>@)(?=[^\W\d_])"
)
_KEPT = re.compile(_LINK + r"|@\{(?P<key>[0-9]{0,18})\}")
_EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"\w+(?:['’.-]\w+)*")
_BETWEEN_WORDS = re.compile(r"\.?[ \u00a0]+")
_AFTER_A_LINK = ".,;:!?'\"»”’)]}>"


class Person(NamedTuple):
    """Somebody who can be mentioned."""

    key: int
    first_name: str
    last_name: str
    email: str
    unit: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def sorted_name(self) -> str:
        return f"{self.last_name} {self.first_name}".strip() or self.email


class Read(NamedTuple):
    """What was typed, as it is kept; `unknown` and `ambiguous` are names as they were typed."""

    text: str
    mentioned: set[int]
    unknown: list[str]
    ambiguous: list[str]


class Directory:
    """People by what can be typed after an @: both orders of the name, and the e-mail."""

    def __init__(self, people: Iterable[Person]):
        self.keys: dict[str, set[int]] = {}
        for person in people:
            first, last = person.first_name, person.last_name
            for name in (f"{first} {last}", f"{last} {first}"):
                if words := _words(name):
                    self.keys.setdefault(" ".join(words), set()).add(person.key)
            self.keys.setdefault(_folded(person.email), set()).add(person.key)
        self.most_words = max((key.count(" ") + 1 for key in self.keys), default=0)

    def named_at(self, text: str, start: int) -> tuple[set[int], int]:
        """Whose name or e-mail, the longest that there is, stands here, and where it ends.

        Nobody's: an empty set, and the end of what looks like a name.
        """
        if email := _EMAIL.match(text, start):
            return self.keys.get(_folded(email[0]), set()), email.end()
        words, found, looks = [], None, start
        place = start
        while len(words) < max(self.most_words, 2) and (word := _WORD.match(text, place)):
            words.append(_folded(word[0]))
            if len(words) <= 2:
                looks = word.end()
            if people := self.keys.get(" ".join(words)):
                found = people, word.end()
            gap = _BETWEEN_WORDS.match(text, word.end())
            if not gap:
                break
            place = gap.end()
        return found or (set(), looks)

    def handle(self, person: Person) -> str:
        """What to type after an @ to mean this person: the name; the e-mail of namesakes."""
        alone = Read(f"@{{{person.key}}}", {person.key}, [], [])
        return person.name if read(f"@{person.name}", self) == alone else person.email


def read(typed: str, directory: Directory) -> Read:
    """What a person typed, with each @name by key.

    Names that nobody or more than one has are listed, and stay in the text as they are.
    """
    typed = unicodedata.normalize("NFC", typed)
    result = Read("", set(), [], [])
    parts, done = [], 0
    while token := _TYPED.search(typed, done):
        parts.append(typed[done : token.start()])
        done = token.end()
        if token["link"]:
            parts.append(token["link"].replace("@{", "@{}{"))
        elif token["brace"]:
            parts.append("@{}")
        else:
            people, done = directory.named_at(typed, token.end())
            if len(people) == 1:
                (key,) = people
                result.mentioned.add(key)
                parts.append(f"@{{{key}}}")
            else:
                name = typed[token.start() : done]
                (result.ambiguous if people else result.unknown).append(name)
                parts.append(name)
    return result._replace(text="".join(parts) + typed[done:])


def plain(kept: str, names: dict[int, str]) -> str:
    """The text for a mail, with present names."""
    pieces = _pieces(kept, names)
    return "".join(f"@{piece}" if kind == "mention" else piece for kind, piece in pieces)


def rendered(kept: str, names: dict[int, str]) -> SafeString:
    """The text as HTML: escaped, with line breaks, names in bold and links that can be followed.

    `names` are the people who were mentioned, and nobody else is ever shown.
    """
    parts = []
    for kind, piece in _pieces(kept, names):
        if kind == "mention":
            parts.append(format_html("<b>@{}</b>", piece))
        elif kind == "link":
            parts.append(format_html('<a href="{0}" rel="nofollow noopener">{0}</a>', piece))
        else:
            parts.append(escape(piece).replace("\n", "<br>"))
    return mark_safe("".join(parts))  # noqa: S308 - each part is escaped


def _pieces(kept: str, names: dict[int, str]) -> Iterator[tuple[str, str]]:
    done = 0
    for token in _KEPT.finditer(kept):
        yield "text", kept[done : token.start()]
        done = token.end()
        if token["link"]:
            address, rest = _cut(token["link"].replace("@{}", "@"))
            yield "link", address
            yield "text", rest
        elif token["key"]:
            yield "mention", names.get(int(token["key"])) or _("former user")
        else:
            yield "text", "@"
    yield "text", kept[done:]


def _cut(address: str) -> tuple[str, str]:
    """An address without the full stop, or the bracket, of the sentence that it stands in."""
    end = len(address)
    while address[end - 1] in _AFTER_A_LINK:
        if address[end - 1] == ")" and address.count("(", 0, end) >= address.count(")", 0, end):
            break
        end -= 1
    return address[:end], address[end:]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _words(name: str) -> list[str]:
    return [_folded(word) for word in _WORD.findall(unicodedata.normalize("NFC", name))]


def matching(people: Iterable[Person], typed: str) -> list[Person]:
    """The people of whose name some part, or the whole in either order, begins as typed."""
    typed = " ".join(_folded(typed).split())
    if not typed:
        return []
    return [person for person in people if any(n.startswith(typed) for n in _beginnings(person))]


def _beginnings(person: Person) -> list[str]:
    words = _words(person.name)
    parts = [part for word in words for part in word.split("-")]
    return [_folded(person.name), _folded(person.sorted_name), *words, *parts]
