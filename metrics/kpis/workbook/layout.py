"""The layout of a file of measurements: one row a measurement, headers in any order.

A column has one header in each language. The file names the KPI and the period, and has the
numbers that the KPI's kind is measured by; cells of other kinds' numbers are empty.
"""

from django.utils.translation import gettext_noop as _

from roadmap.workbook.layout import fold

SHEET_NAMES = {"fi": "Mittaukset", "sv": "Mätningar", "en": "Measurements"}
HEADINGS = {
    "kpi": {"fi": "Mittari", "sv": "Nyckeltal", "en": "KPI"},
    "period": {"fi": "Jakso", "sv": "Period", "en": "Period"},
    "numerator": {"fi": "Osoittaja", "sv": "Täljare", "en": "Numerator"},
    "denominator": {"fi": "Nimittäjä", "sv": "Nämnare", "en": "Denominator"},
    "promoters": {"fi": "Suosittelijat", "sv": "Ambassadörer", "en": "Promoters"},
    "passives": {"fi": "Neutraalit", "sv": "Passiva", "en": "Passives"},
    "detractors": {"fi": "Arvostelijat", "sv": "Kritiker", "en": "Detractors"},
    "value": {"fi": "Arvo", "sv": "Värde", "en": "Value"},
    "comment": {"fi": "Kommentti", "sv": "Kommentar", "en": "Comment"},
}
# What people call the columns; marked for translation, said where it is shown.
NAMES = {
    "kpi": _("KPI"),
    "period": _("Period"),
    "numerator": _("Numerator"),
    "denominator": _("Denominator"),
    "promoters": _("Promoters"),
    "passives": _("Passives"),
    "detractors": _("Detractors"),
    "value": _("Value"),
    "comment": _("Comment"),
}
_OTHERS = {"tunnusluku": "kpi", "mätare": "kpi", "kuukausi": "period", "månad": "period"}
_OTHERS |= {"passiiviset": "passives", "neutrala": "passives"}
_KEYS = _OTHERS | {fold(name): key for key, names in HEADINGS.items() for name in names.values()}
REQUIRED = ("kpi", "period")
COLUMNS = tuple(HEADINGS)


def heading(key: str, language: str = "fi") -> str:
    return HEADINGS[key][language]


def read_heading(text: str) -> str | None:
    """The column that a header names; None for a header that is not ours."""
    return _KEYS.get(fold(text))
