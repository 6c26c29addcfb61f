"""Two kinds of column: a quarter, and a measured value."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from roadmap.quarters import Quarter


class QuarterField(models.CharField):
    """A `Quarter`, kept as `2021Q1`, which sorts and compares in the order of time."""

    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = 6
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def from_db_value(self, value, expression, connection):
        return value and Quarter.parse(value)

    def to_python(self, value):
        if value is None or isinstance(value, Quarter):
            return value
        try:
            return Quarter.parse(value)
        except ValueError as error:
            raise ValidationError(_("Write the quarter as 2022Q3 or Q3/2022.")) from error

    def get_prep_value(self, value):
        return None if value is None else str(value)

    def value_to_string(self, obj):
        return str(self.value_from_object(obj))


# Room for 15 significant digits, as Excel has them, wherever the decimal mark stands.
ValueField = partial(models.DecimalField, max_digits=35, decimal_places=20)
