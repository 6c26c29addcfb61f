"""What changed from one text to the next, line by line and within a line word by word; pure."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from roadmap.page_models import Texts

# What is longer is no prose: it is not compared, because that may take seconds.
MOST_LINES, LONGEST_LINE = 2_000, 3_000


@dataclass(frozen=True)
class Piece:
    """Some words of a line: "" as they were, "del" gone, "ins" new."""

    kind: str
    text: str


Line = list[Piece]


def differences(before: Texts, after: Texts) -> dict[str, list[Line]]:
    """The lines of each text that is not the same in both: title, lead, body."""
    pairs = {
        name: (getattr(before, name), getattr(after, name)) for name in ("title", "lead", "body")
    }
    return {name: lines(*pair) for name, pair in pairs.items() if pair[0] != pair[1]}


def lines(before: str, after: str) -> list[Line]:
    """All lines of both texts in their order, each as pieces that say what became of it."""
    old, new = before.split("\n"), after.split("\n")
    found: list[Line] = []
    changes = SequenceMatcher(None, old, new).get_opcodes
    whole = [("whole", 0, len(old), 0, len(new))]
    for kind, i, j, k, m in changes() if max(len(old), len(new)) <= MOST_LINES else whole:
        if kind == "equal":
            found += [[Piece("", line)] for line in old[i:j]]
        elif kind == "replace" and j - i == m - k:
            for pair in zip(old[i:j], new[k:m], strict=True):
                found += _words(*pair)
        else:
            found += [[Piece("del", line)] for line in old[i:j] if line]
            found += [[Piece("ins", line)] for line in new[k:m] if line]
    return found


def _words(old: str, new: str) -> list[Line]:
    """One line that became another; as two where they have little in common."""
    whole = [[Piece(kind, text)] for kind, text in (("del", old), ("ins", new)) if text]
    if max(len(old), len(new)) > LONGEST_LINE:
        return whole
    one, other = _split(old), _split(new)
    matcher = SequenceMatcher(None, one, other)
    if matcher.ratio() < 0.5:
        return whole
    pieces = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("", "".join(one[i:j])))
            continue
        pieces += [Piece("del", "".join(one[i:j]))] if i < j else []
        pieces += [Piece("ins", "".join(other[k:m]))] if k < m else []
    return [pieces]


def _split(line: str) -> list[str]:
    """Words, each with the spaces after it."""
    return re.findall(r"\S+\s*|\s+", line)
