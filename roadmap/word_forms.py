"""How the forms of one Finnish word begin: what a search looks for when a word is typed. Pure.

Finnish bends a word at its end and often in its last consonants: verkko, verkon. A search that
asks for beginnings therefore asks for a few of them. They come from the Snowball stemmer, which
cuts the endings off, and from three rules that mend what it leaves: it halves double consonants
(verkko → verko), it cuts short words too far (kanta → kan, which begins kansa, too), and it
knows nothing of consonant gradation (hoito, hoidon). A rule may miss a rare form; it shall not
bring in other words. Words that cannot be Finnish are cut by the Swedish and the English
stemmer, too.

What is given here keeps its å, ä and ö; `search_words` takes the dots away on both sides.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer

VOWELS = "aeiouyåäö"
SHORT = 6  # a stem of fewer letters keeps the vowel after it
SHORTEST = 4  # a beginning of fewer letters is asked for as a whole word, with its endings

# Strong grade and weak grade of the consonants before the last vowels.
_GRADES = (
    *(("kk", "k"), ("pp", "p"), ("tt", "t"), ("p", "v"), ("t", "d"), ("nk", "ng"), ("nt", "nn")),
    *(("lt", "ll"), ("rt", "rr"), ("mp", "mm")),
)
_LAST_CONSONANTS = re.compile(
    rf"(.*[{VOWELS}][lrnmh]??)([kpt]{{1,2}}|[vd]|n[gktn]|l[tl]|r[tr]|m[pm])([{VOWELS}]*)"
)
_FALLING_K = re.compile(r"(.+)k([aäioöuy])")  # haku, haun; tuki, tuen
_TWO_SYLLABLES = re.compile(rf"[^{VOWELS}]*[{VOWELS}]+[^{VOWELS}]+[iaä]")
_ENDINGS = ("n", "t", "ssa", "sta", "lla", "lta", "lle", "ksi")
_ENDINGS_OF_FRONT_VOWELS = tuple(ending.replace("a", "ä") for ending in _ENDINGS)
_UNKNOWN_TO_FINNISH = re.compile("[åcqwxzšž]")
# Letters, beginnings and ends that words of Finnish origin do not have.
_FOREIGN = re.compile(
    rf"[åbcfqwxzšž]|(?<!n)g|^[^{VOWELS}]{{2}}|[aeo]r$|[^{VOWELS}]s$|[^{VOWELS}nstlr]$"
)
_MOST_CUT = 4  # letters that the Swedish or the English stemmer may take away


class Term(NamedTuple):
    """What a word of a text begins with, or is where `is_whole`."""

    text: str
    is_whole: bool = False


@lru_cache(maxsize=1024)
def terms(word: str) -> tuple[Term, ...]:
    """The beginnings of the forms of a word in small letters, itself the first of them."""
    if not word.isalpha() or len(word) == 1:  # a year, a code
        return (Term(word),)
    found = _finnish(word)
    if _FOREIGN.search(word):
        found |= {stem for stem in (_fair_stem(_SWEDISH, word), _fair_stem(_ENGLISH, word)) if stem}
    beginnings = _shortest({word} | {text for text in found if len(text) >= SHORTEST})
    endings = _ENDINGS if set(word) & set("aou") else _ENDINGS_OF_FRONT_VOWELS
    whole = {text + ending for text in found if len(text) < SHORTEST for ending in endings}
    return (
        *(Term(text) for text in sorted(beginnings)),
        *(Term(text, is_whole=True) for text in sorted(whole) if not _begins(text, beginnings)),
    )


def _shortest(beginnings: set[str]) -> set[str]:
    return {text for text in beginnings if not _begins(text, beginnings - {text})}


def _begins(text: str, beginnings: set[str]) -> bool:
    return text.startswith(tuple(beginnings))


# --- Finnish ----------------------------------------------------------------------------------

_FINNISH = snowballstemmer.stemmer("finnish")
_SWEDISH = snowballstemmer.stemmer("swedish")
_ENGLISH = snowballstemmer.stemmer("english")


def _finnish(word: str) -> set[str]:
    if word.endswith("nen") and len(word) > 5:
        return {f"{word[:-3]}s"}  # ihminen, ihmisen
    if re.search(rf"[{VOWELS}]{{2}}si$", word):
        return {f"{word[:-2]}de", f"{word[:-2]}tt"}  # vuosi, vuoden, vuotta
    stem = _FINNISH.stemWord(word)
    if _UNKNOWN_TO_FINNISH.search(word):
        return {stem} if word.startswith(stem) else set()
    stem = _mended(word, stem)
    if stem.endswith("s") and stem[-2] in VOWELS and not word.endswith("s"):
        endings = ("s", "nen") if stem[-2] == "i" else ("s", "nen", "")  # ihmisen; potilasta
        return {stem[:-1] + ending for ending in endings}
    cut = _ENDS.sub("", stem)
    if cut != stem and len(cut) >= SHORTEST:
        return _grades(cut) if cut[-1] in "aä" else {cut}  # asiakas, asiakkaan
    if len(word) < SHORTEST or (stem == word and stem[-1] not in VOWELS):
        return {stem}
    found = set()
    for base in _vowel_changes(stem):
        found |= _grades(
            base, to_weak=stem != word or word[-1] != "e", to_strong=stem != word or word[-1] == "e"
        )
    return found | _fallen(word) | (_risen(stem) if stem != word else set())


# What only some forms have: potilas, potilaan; sovellus, sovelluksen; terveys, terveyden.
_ENDS = re.compile(rf"(?<=[{VOWELS}])k?s$|(?<=[uy])[dt]$")


def _mended(word: str, stem: str) -> str:
    """The stem as a beginning of the word, and not too short for telling words apart."""
    if not word.startswith(stem):  # a double consonant was halved
        common = next(n for n, (a, b) in enumerate(zip(word, stem, strict=False)) if a != b)
        doubled = word[: common + 1] + stem[common:]
        stem = doubled if word.startswith(doubled) else word
    is_ihmis = re.search(rf"..[{VOWELS}]s$", stem) and len(stem) >= SHORT - 1
    if len(stem) < SHORT and stem[-1] not in VOWELS and not is_ihmis:
        longer = re.match(rf"[^{VOWELS}]*[{VOWELS}]", word[len(stem) :])
        stem = stem + longer[0] if longer else word
    return stem


def _vowel_changes(stem: str) -> set[str]:
    """The stem with what its last vowel may turn into: tuki, tukea; tila, tiloja; kunta, kuntia."""
    if not _TWO_SYLLABLES.fullmatch(stem):
        return {stem}
    first = next(letter for letter in stem if letter in VOWELS)
    plural = "o" if first in "aei" else "i"
    other = {"i": "e", "a": plural, "ä": "i"}[stem[-1]]
    return {stem, stem[:-1] + other}


def _grades(base: str, to_weak=True, to_strong=True) -> set[str]:
    """The beginning with its last consonants in the grades that other forms may have."""
    found = {base}
    if parts := _LAST_CONSONANTS.fullmatch(base):
        head, consonants, tail = parts.groups()
        others = [weak for strong, weak in _GRADES if to_weak and strong == consonants]
        others += [strong for strong, weak in _GRADES if to_strong and weak == consonants]
        found |= {head + other + tail for other in others}
    return found


def _fallen(word: str) -> set[str]:
    """Forms that lose their k: haku, haun; hoitopolku, hoitopolun; aika, ajan; luku, luvun."""
    parts = _FALLING_K.fullmatch(word)
    if not parts:
        return set()
    head, vowel = parts.groups()
    if word.endswith(("uku", "yky")):
        return {f"{head}v{vowel}"}
    if word.endswith("ika"):
        return {f"{head[:-1]}j{vowel}"}
    if head[-1] not in VOWELS and head[-1] not in "lr":
        return set()
    return {head + vowel} | ({f"{head}e"} if vowel == "i" else set())


def _risen(stem: str) -> set[str]:
    """The word of a longer stem that has lost its k: hoitopolut, hoitopolku."""
    parts = re.fullmatch(r"(.{4,}[lr])([uyoöaäi])", stem)
    return {f"{parts[1]}k{parts[2]}"} if parts else set()


def _fair_stem(stemmer, word: str) -> str | None:
    stem = stemmer.stemWord(word)
    is_fair = word.startswith(stem) and len(stem) >= SHORTEST and len(word) - len(stem) <= _MOST_CUT
    return stem if is_fair else None
