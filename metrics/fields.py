"""The kind of column that a measurement's period is kept in."""

from django.utils.translation import gettext_lazy as _

from metrics.kpis import periods
from metrics.kpis.periods import Month
from roadmap.fields import TimeField
from roadmap.quarters import Quarter


class PeriodField(TimeField):
    """A `Month` or a `Quarter`, kept as `2022-07` or `2022Q3`."""

    LENGTH, KIND, read = 7, Month | Quarter, staticmethod(periods.parse)
    EXPECTED = _("Write the period as 2022-07 or 2022Q3.")
