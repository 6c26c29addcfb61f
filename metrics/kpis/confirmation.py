"""What looks like a slip is asked about once; the answer counts for the numbers that were shown."""

from decimal import Decimal

from metrics.kpis.periods import Period
from metrics.models import Kpi


def question_key(kpi: Kpi, period: Period, numbers: tuple) -> str:
    """What a person confirms who says that numbers are right: these, and no other ones."""
    return ":".join((kpi.slug, str(period), *(f"{Decimal(number):f}" for number in numbers)))


def confirmed(data) -> set[str]:
    """The keys of the questions that were answered with "the numbers are right"."""
    return set(data.getlist("asked")) if data.get("confirmed") else set()
