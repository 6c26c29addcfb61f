"""What is wrong with a workbook, and what was taken for granted in reading it."""

from collections import Counter
from dataclasses import dataclass, field

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from openpyxl.utils import get_column_letter

from roadmap import record
from roadmap.workbook import layout

# More faults than a person can mend in one go are counted, not listed: memory stays bounded.
MAX_LISTED = 1000


class Said(str):
    """A sentence in the language of whoever reads it now, which can be said again in another.

    What an import found is kept, and read later by somebody else: so the English text and its
    values are kept, and not the words of one language.
    """

    __slots__ = ("text", "values")

    def __new__(cls, text: str, values: dict | None = None):
        sentence = super().__new__(cls, gettext(text) % (values or {}))
        sentence.text, sentence.values = text, values or {}
        return sentence

    def as_json(self) -> list:
        return [self.text, {key: _plain(value) for key, value in self.values.items()}]


def say(text: str, **values) -> Said:
    """A sentence by its English text, marked for translation where it stands, and its values."""
    return Said(text, values)


def name_of(key: str) -> Said:
    """What a record's key is called, in the language of whoever reads it."""
    family, quarter = record.split(key)
    name = say(record.NAMES[family])
    if not quarter:
        return name
    return say(_("%(field)s %(quarter)s"), field=name, quarter=quarter.label)


def as_json(sentence: str):
    """A sentence as JSON keeps it; `from_json` says it again."""
    return sentence.as_json() if isinstance(sentence, Said) else sentence


def from_json(kept) -> str:
    if not isinstance(kept, list):  # a name, or a number within a sentence
        return kept
    text, values = kept
    return Said(text, {key: from_json(value) for key, value in values.items()})


def _plain(value):
    return value if isinstance(value, int | float) else as_json(value) if value else ""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault and its place; `sheet` and `cell` are empty where the file itself is at fault."""

    sheet: str
    cell: str
    field: str
    found: str
    expected: str

    @property
    def place(self) -> str:
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet

    def as_json(self) -> list:
        return [self.sheet, self.cell, as_json(self.field), self.found, as_json(self.expected)]

    @classmethod
    def from_json(cls, kept: list) -> "Fault":
        sheet, cell, name, found, expected = kept
        return cls(sheet, cell, from_json(name), found, from_json(expected))

    def __str__(self):
        where = f"{self.place}: " if self.place else ""
        found = say(
            _("found %(found)s, expected %(expected)s"),
            found=f"”{self.found}”" if self.found else gettext("nothing"),
            expected=self.expected,
        )
        return f"{where}{self.field}: {found}" if self.field else f"{where}{found}"


class WorkbookRefused(Exception):
    """The file cannot be read at all; the message says why and what to do."""

    @property
    def sentence(self) -> str:
        return self.args[0]


@dataclass
class Report:
    """Gathers the faults and the assumptions of one reading."""

    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    assumptions: Counter = field(default_factory=Counter)

    def fault(self, sheet: str, row: int, place: int, name: str, found, expected: str) -> None:
        """A fault of the cell in that row and column; row 0 for the sheet as a whole."""
        self.fault_count += 1
        if len(self.faults) < MAX_LISTED:
            cell = f"{get_column_letter(place)}{row}" if row else ""
            self.faults.append(Fault(sheet, cell, name, shorten(found), expected))

    def assume(self, sentence: str, count: int = 1) -> None:
        self.assumptions[sentence] += count


def shorten(found, longest: int = 80) -> str:
    found = "" if found is None else str(found)
    return found if len(found) <= longest else found[: longest - 1] + "…"


def too_many(sheet: str, row: int) -> WorkbookRefused:
    """The refusal of a file that goes on in that row, with more rows than are read."""
    return WorkbookRefused(
        say(
            _("%(place)s: there are more than %(most)d rows. Divide the file."),
            place=f"{sheet}!A{row}",
            most=layout.MAX_ROWS,
        )
    )
