"""The layout of the roadmap workbook: its sheet and its columns, in three languages."""

import re
from typing import NamedTuple

from roadmap import record
from roadmap.quarters import Quarter

SHEET = "Tiekartta"
SHEET_NAMES = {"fi": SHEET, "sv": "Färdplan", "en": "Roadmap"}
SHEETS = {"tiekartta", "färdplan", "roadmap"}
# The sheet that lists the faults in a file that goes back to be mended, and is no sheet of theirs.
LISTINGS = {"fi": "Virheet", "sv": "Fel", "en": "Faults"}

MAX_ROWS = 20_000
MAX_COLUMNS = 500

HEADINGS = {
    "code": ("Tunnus", "Kod", "Code"),
    "title": ("Toimenpide", "Åtgärd", "Action"),
    "description": ("Kuvaus", "Beskrivning", "Description"),
    "phase": ("Vaihe", "Fas", "Phase"),
    "theme": ("Kokonaisuus", "Helhet", "Theme"),
    "service_area": ("Palvelualue", "Serviceområde", "Service area"),
    "responsible": ("Digimentori", "Digimentor", "Digimentors"),
    "metric": ("Mittari", "Mätare", "Metric"),
    "unit": ("Yksikkö", "Enhet", "Unit"),
    "baseline": ("Lähtöarvo", "Utgångsvärde", "Baseline"),
    "target": ("Tavoitearvo", "Målvärde", "Target"),
    "start": ("Alku", "Start"),
    "end": ("Loppu", "Slut", "End"),
    "weight": ("Paino", "Vikt", "Weight"),
    "cancelled_from": ("Peruttu alkaen", "Inställd från och med", "Cancelled from"),
    record.PLAN: ("Suunnitelma", "Suunniteltu", "Plan", "Planerat", "Planned"),
    record.ACTUAL: ("Toteuma", "Utfall", "Achieved", "Actual"),
    record.COMMENT: ("Kommentti", "Kommentar", "Comment"),
}
REQUIRED = ("code", "title", "phase")
# What Excel would turn into a number or a day where a cell is not marked as text: 1.10, 1/2021.
AS_TEXT = ("code", "start", "end", "cancelled_from")


class Column(NamedTuple):
    """A column of the workbook: its place from 1 on, and what it holds."""

    place: int
    heading: str  # as it stands in the file
    key: str  # as in roadmap.record
    family: str
    quarter: Quarter | None


# The place of a language's heading among those above, where it is not the first, second or third.
_PLACES = {
    "start": {"fi": 0, "sv": 1, "en": 1},
    record.PLAN: {"fi": 0, "sv": 2, "en": 2},
}


def heading(key: str, language: str = "fi") -> str:
    """The heading of a record's key in a language, by default as the export writes it."""
    family, quarter = record.split(key)
    places = _PLACES.get(family) or {"fi": 0, "sv": 1, "en": 2}
    name = HEADINGS[family][places[language]]
    return f"{name} {quarter}" if quarter else name


def fold(text: str) -> str:
    """What a heading is known by: case and spaces aside."""
    return "".join(text.split()).casefold()


_FIELDS = {fold(name): key for key, names in HEADINGS.items() for name in names}
_FAMILY_HEADING = re.compile(r"(?P<name>\D*?)\s*(?P<quarter>Q?\s*\d.*)", re.IGNORECASE)


def read_heading(text: str) -> str | None:
    """The record key that a heading names, None for a heading that is not ours.

    Raises `ValueError` where it names one of the families, but no quarter that there is.
    """
    field = _FIELDS.get(fold(text))
    if field in record.FAMILIES:
        raise ValueError(text)
    if field:
        return field
    match = _FAMILY_HEADING.fullmatch(text.strip())
    family = match and _FIELDS.get(fold(match["name"]))
    if family not in record.FAMILIES:
        return None
    return record.at(family, Quarter.parse(match["quarter"]))


# Excel writes a sign that XML cannot hold as its number, _x000B_, and what only looks like that
# with its first stroke as a number itself: _x005F_x000B_.
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def escape(text: str) -> str:
    """Text for a cell, so that no spreadsheet reads `_x0041_` in it as another sign."""
    return _ESCAPE.sub("_x005F_", text)
