"""Two kinds of column: a time in its one spelling, such as a quarter, and a measured value."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from roadmap.quarters import Quarter


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
