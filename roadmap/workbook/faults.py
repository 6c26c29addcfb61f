"""What is wrong with a workbook, and what was taken for granted in reading it."""

from collections import Counter
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

# More faults than a person can mend in one go are counted, not listed: memory stays bounded.
MAX_LISTED = 1000


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

    def __str__(self):
        where = f"{self.place}: " if self.place else ""
        found = _("found %(found)s, expected %(expected)s") % {
            "found": f"”{self.found}”" if self.found else _("nothing"),
            "expected": self.expected,
        }
        return f"{where}{self.field}: {found}" if self.field else f"{where}{found}"


class WorkbookRefused(Exception):
    """The file cannot be read at all; the message says why and what to do."""


@dataclass
class Report:
    """Gathers the faults and the assumptions of one reading."""

    sheet: str = ""
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    assumptions: Counter = field(default_factory=Counter)

    def fault(self, row: int, place: int, name: str, found, expected: str) -> None:
        self.fault_count += 1
        if len(self.faults) < MAX_LISTED:
            cell = f"{get_column_letter(place)}{row}" if row else ""
            self.faults.append(Fault(self.sheet, cell, name, shorten(found), expected))

    def assume(self, sentence: str, count: int = 1) -> None:
        self.assumptions[sentence] += count


def shorten(found, longest: int = 80) -> str:
    found = "" if found is None else str(found)
    return found if len(found) <= longest else found[: longest - 1] + "…"
