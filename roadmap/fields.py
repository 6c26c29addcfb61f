"""Kinds of column: a time in its one spelling, a measured value, words in several languages."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from roadmap.quarters import Quarter

FIRST_LANGUAGE = "fi"


class TimeField(models.CharField):
    """A time kept as its text, which sorts and compares in the order of time.

    A kind of it says how long the text is, how it is `read`, and what is said of what cannot be.
    """

    LENGTH: int
    KIND: type  # of what it holds, or several
    EXPECTED: str

    @staticmethod
    def read(text: str):
        raise NotImplementedError

    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = self.LENGTH
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def from_db_value(self, value, expression, connection):
        return value and self.read(value)

    def to_python(self, value):
        if value is None or isinstance(value, self.KIND):
            return value
        try:
            return self.read(value)
        except ValueError as error:
            raise ValidationError(self.EXPECTED) from error

    def get_prep_value(self, value):
        return None if value is None else str(value)

    def value_to_string(self, obj):
        return str(self.value_from_object(obj))


class QuarterField(TimeField):
    """A `Quarter`, kept as `2021Q1`."""

    LENGTH, KIND, read = 6, Quarter, staticmethod(Quarter.parse)
    EXPECTED = _("Write the quarter as 2022Q3 or Q3/2022.")


# Room for 15 significant digits, as Excel has them, wherever the decimal mark stands.
ValueField = partial(models.DecimalField, max_digits=35, decimal_places=20)


class Words(dict):
    """A text by language; as a string, as the reader gets it."""

    @property
    def language(self) -> str:
        """The language in which the reader gets it: their own, else Finnish, else any; or ""."""
        own = get_language()
        if self.get(own):
            return own
        return next((code for code in (FIRST_LANGUAGE, *self) if self.get(code)), "")

    def __str__(self) -> str:
        return self.get(self.language, "")

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
