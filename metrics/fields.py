"""Two kinds of column: a period, and words in the portal's languages."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from metrics.kpis import periods
from metrics.kpis.periods import Month
from roadmap.quarters import Quarter

FIRST_LANGUAGE = "fi"


class PeriodField(models.CharField):
    """A `Month` or a `Quarter`, kept as `2022-07` or `2022Q3`."""

    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = 7
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def from_db_value(self, value, expression, connection):
        return value and periods.parse(value)

    def to_python(self, value):
        if value is None or isinstance(value, Month | Quarter):
            return value
        try:
            return periods.parse(value)
        except ValueError as error:
            raise ValidationError(_("Write the period as 2022-07 or 2022Q3.")) from error

    def get_prep_value(self, value):
        return None if value is None else str(value)

    def value_to_string(self, obj):
        return str(self.value_from_object(obj))


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
