"""What the periods of measurements are called, for people."""

from django.utils.dates import MONTHS, MONTHS_3
from django.utils.translation import gettext as _

from metrics.kpis.periods import Month, Period


def name(period: Period) -> str:
    """heinäkuu 2022, or Q3/2022."""
    if isinstance(period, Month):
        return f"{MONTHS[period.number]} {period.year}"
    return period.label


def since(period: Period) -> str:
    """heinäkuusta 2022 alkaen, or Q3/2022 alkaen: a month bends in Finnish."""
    if isinstance(period, Month):
        words = {"month": MONTHS[period.number], "year": period.year}
        return _("from %(month)s %(year)s on") % words
    return _("from %(quarter)s on") % {"quarter": period.label}


def short(period: Period) -> str:
    """hei 22, or Q3/22: for columns."""
    if isinstance(period, Month):
        return f"{MONTHS_3[period.number]} {period.year % 100:02}"
    return f"Q{period.number}/{period.year % 100:02}"


def without_year(period: Period) -> str:
    """heinäkuu, or Q3: where the year is said beside it."""
    return str(MONTHS[period.number]) if isinstance(period, Month) else f"Q{period.number}"
