"""Two kinds of column: a period, and words in the portal's languages."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from metrics.kpis import periods
from metrics.kpis.periods import Month
from roadmap.fields import TimeField
from roadmap.quarters import Quarter

FIRST_LANGUAGE = "fi"


class PeriodField(TimeField):
    """A `Month` or a `Quarter`, kept as `2022-07` or `2022Q3`."""

    LENGTH, KIND, read = 7, Month | Quarter, staticmethod(periods.parse)
    EXPECTED = _("Write the period as 2022-07 or 2022Q3.")


class Words(dict):
    """A text by language; as a string, in the reader's language, or else in Finnish."""

    def __str__(self) -> str:
        return self.get(get_language() or "") or self.get(FIRST_LANGUAGE) or ""

    def __bool__(self) -> bool:
        return any(self.values())


class WordsField(models.JSONField):
    """`Words`, kept as {"fi": "…", "sv": "…", "en": "…"}; empty languages are left out."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"default": dict, "blank": True} | kwargs)

    def get_default(self):
        return Words()

    def from_db_value(self, value, expression, connection):
        return Words(super().from_db_value(value, expression, connection) or {})

    def get_prep_value(self, value):
        return {language: text for language, text in (value or {}).items() if text}
