"""Quarters and years as headers write them, in five languages: `T.4 … 2024`, `1Q21`, `kv1/2021`.

Only what the text says: two quarters or two years in one text are a span and not a quarter, and
a bare `1/2021` may be a month where other headers reach `5/2021` (see `bare`).
"""

import re
import unicodedata
from typing import NamedTuple

from roadmap.quarters import Quarter

_YEAR = r"(?:199\d|20\d\d|2100)"
_WORD = (
    r"(?:vuosinelj[aä]nnes|vuosinelj[aä]nneksen|nelj[aä]nnesvuosi|nelj[aä]nnes|kvartaalin|kvartaali"
    r"|kvartalet|kvartal|kvart|kv|quartals|quartal|quarter|qtr|trimestre|trimester|trim)"
)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_ORDINALS = {
    1: "ensimmäinen ensimmäisen första first primer primero erstes erste",
    2: "toinen toisen andra second segundo zweites zweite",
    3: "kolmas kolmannen tredje third tercer tercero drittes dritte",
    4: "neljäs neljännen fjärde fourth cuarto viertes vierte",
}
_NUMBERS = _ROMAN | {word: number for number, words in _ORDINALS.items() for word in words.split()}
_ORDINAL = "|".join(sorted((n for n in _NUMBERS if n not in _ROMAN), key=len, reverse=True))
_LINK = r"(?:\s*[/.,\-]\s*|\s+(?:de|del|of|des|år|vuonna)\s+|\s*)"
_SHORT = r"(?:\s*[/'\-]\s*|\s+')(?P<short>\d\d)"

# The quarter itself, by the forms that hold a letter or a word for it.
_NAMED = "|".join(
    (
        rf"{_WORD}\.?\s*-?\s*(?P<n1>[1-4]|iv|i{{1,3}})(?![\w])",
        r"[qt]\.?\s?(?P<n2>[1-4])(?![\w]|[.,]\d)",
        rf"(?P<n3>[1-4])(?:\.|:o|er|ro|do|to|st|nd|rd|th|o|a|e)?\s*-?\s*{_WORD}(?![\w])",
        rf"(?P<n4>iv|i{{1,3}}|{_ORDINAL})\.?\s*-?\s*{_WORD}(?![\w])",
        r"(?P<n5>[1-4])[qt](?![\w])",
    )
)
_FORMS = (
    # A year on either side, part of the same expression.
    re.compile(rf"(?<![\w])(?<!\d[.,/\-])(?P<year>{_YEAR}){_LINK}(?:{_NAMED})"),
    re.compile(rf"(?<![\w])(?:{_NAMED}){_LINK}(?P<year>{_YEAR})(?![\w]|[.,/\-]\d)"),
    re.compile(rf"(?<![\w])(?:{_NAMED}){_SHORT}(?![\w%]|[.,/\-]\d|\s*%)"),
    re.compile(r"(?<![\w])(?P<n1>[1-4])[qt]'?(?P<short>\d\d)(?![\w]|[.,/\-]\d)"),
    re.compile(rf"(?<![\w])(?P<n1>[1-4])[qt](?P<year>{_YEAR})(?![\w]|[.,/\-]\d)"),
    re.compile(r"(?<![\w])'?(?P<short>\d\d)\s?[/\-]?q(?P<n1>[1-4])(?![\w])"),
    # A lone K is a Swedish quarter only beside its year.
    re.compile(rf"(?<![\w])k(?P<n1>[1-4])[\s/\-]+(?P<year>{_YEAR})(?![\w]|[.,/\-]\d)"),
    re.compile(rf"(?<![\w])(?P<year>{_YEAR})[\s/\-]*k(?P<n1>[1-4])(?![\w])"),
    re.compile(rf"(?<![\w])(?:{_NAMED})"),
)
_BARE = re.compile(
    rf"(?<![\w])(?<!\d[.,/\-])(?P<n1>1[0-2]|[1-9]|iv|i{{1,3}})\s*/\s*(?P<year>{_YEAR})(?![\w]|[.,/\-]\d)"
)
_NO_QUARTER = re.compile(
    rf"(?<![\w])(?:{_YEAR})?\s*[q]\s*(?:[05-9]|\d\d+)(?:\s*/?\s*{_YEAR})?(?![\w])"
)
_DAY = re.compile(
    r"(?<![\w.])(?:\d{1,2}\s?\.\s?\d{1,2}\.\s?(?:\d{4}|\d\d)?|\d{1,2}/\d{1,2}/(?:\d{4}|\d\d)"
    r"|\d{4}-\d\d-\d\d)(?![\w])"
)
_MONTH = re.compile(
    rf"(?<![\w])(?:(?P<before>{_YEAR})[\-./](?:0[1-9]|1[0-2])|(?:0[1-9]|1[0-2])[\-./](?P<after>{_YEAR}))"
    r"(?![\w]|[\-./]\d)"
)
_LONE_YEAR = re.compile(rf"(?<![\w])(?<!\d[.,/\-])(?P<year>{_YEAR})(?![\w]|[.,/]\d|\s?-\s?\d)")
_SPAN = re.compile(rf"(?<![\w])(?P<from>{_YEAR})\s*[-/]\s*(?:{_YEAR}|\d\d)(?![\w]|[.,/\-]\d)")
# Thirds and halves of a year are numbered too (T1/2021 of a tertiaali), and are no quarters.
_OTHER_PARTS = re.compile(
    r"(?<![\w])(?:h[12]|tertiaal\w*|tertial\w*|kolmannesvuo\w*|cuatrimestre|semestre|semester"
    r"|halvår\w*|puolivuo\w*|halbjahr\w*|half[- ]?year)(?![\w])"
)
_MONTH_NAMES = re.compile(
    r"(?<![\w])(?:\w*kuu|\w*kuussa|jan(?:uary|uari|uar)?|feb(?:ruary|ruari|ruar)?|mar(?:ch|s)?|märz"
    r"|apr(?:il)?|maj|mai|may|june?|juni|july?|juli|aug(?:ust|usti)?|sep(?:t(?:ember)?)?"
    r"|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio"
    r"|agosto|septiembre|octubre|noviembre|diciembre|vko|viikko|vecka|week|woche|semana)(?![\w])"
)
_LONE_T = re.compile(r"[^a-z]*t[^a-z]*(?:del?)?[^a-z]*")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_QUOTES = str.maketrans(dict.fromkeys("‘’‛′´`", "'"))
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200d\u2060\ufeff]")


class Period(NamedTuple):
    """What a text says of time, and the rest of the text without it."""

    quarter: Quarter | None
    year: int | None
    number: int | None
    bare: bool  # written 1/2021 or I/2021, without a letter or word for the quarter
    lone_t: bool  # the letter is a T, which in the north is a third of a year
    other: bool  # a month, half-year or the like; a span of quarters or years
    rest: str


def plain(text: str) -> str:
    """The text on one line in small letters, with one kind of space, dash and apostrophe."""
    text = text.translate(_QUOTES)  # before NFKC, which makes a space and an accent of ´
    text = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return " ".join(_INVISIBLE.sub("", text).casefold().split())


def read(text: str) -> Period:
    """Take the quarter, its number or the year out of a text that `plain` has gone over."""
    text = _DAY.sub(" ", text)
    text = _NO_QUARTER.sub(" ", text)
    months = [match["before"] or match["after"] for match in _MONTH.finditer(text)]
    text = _MONTH.sub(" ", text)
    found = _Found()
    for form in _FORMS:
        text = form.sub(found.take, text)
    bare = not found.numbers
    if bare:
        text = _BARE.sub(found.take_bare, text)
    spans = len(_SPAN.findall(text))
    text = _SPAN.sub(" ", text)
    found.years.update(int(match["year"]) for match in _LONE_YEAR.finditer(text))
    text = _LONE_YEAR.sub(" ", text)
    found.years.update(map(int, months))
    number = found.numbers.pop() if len(found.numbers) == 1 else None
    year = found.years.pop() if len(found.years) == 1 and not spans else None
    other = bool(months or spans or found.numbers or found.years or found.months)
    if _OTHER_PARTS.search(text):
        number, other = None, True
    other = other or bool(_MONTH_NAMES.search(text))
    quarter = Quarter(year, number) if number and year and not months else None
    return Period(quarter, year, number, bare and found.slashed, found.lone_t, other, text)


class _Found:
    """Gathers the numbers and years of the expressions that are taken out of a text."""

    def __init__(self):
        self.numbers: set[int] = set()
        self.years: set[int] = set()
        self.slashed = False
        self.months = False
        self.lone_t = False

    def take(self, match) -> str:
        groups = match.groupdict()
        number = next(value for key, value in groups.items() if key[0] == "n" and value)
        self.numbers.add(_NUMBERS.get(number) or int(number))
        self.lone_t = self.lone_t or bool(_LONE_T.fullmatch(match[0]))
        if groups.get("year"):
            self.years.add(int(groups["year"]))
        elif groups.get("short"):
            self.years.add(2000 + int(groups["short"]))
        return " "

    def take_bare(self, match) -> str:
        number = _NUMBERS.get(match["n1"]) or int(match["n1"])
        self.slashed = True
        self.years.add(int(match["year"]))
        if number > 4:
            self.months = True
        else:
            self.numbers.add(number)
        return " "
