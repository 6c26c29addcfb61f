from collections.abc import Callable

from django import forms
from django.core.exceptions import ValidationError

from metrics.kpis.periods import Period


class PeriodInput(forms.Field):
    """A month or a quarter as people write it.

    `read` makes it of a text, or raises `ValueError` with what was expected.
    """

    def __init__(self, read: Callable[[str], Period], **kwargs):
        attrs = {"class": "input input-quarter", "autocomplete": "off", "maxlength": 20}
        super().__init__(widget=forms.TextInput(attrs), **kwargs)
        self.read = read

    def to_python(self, value: str | None) -> Period | None:
        text = (value or "").strip()
        try:
            return self.read(text) if text else None
        except ValueError as error:
            raise ValidationError(str(error)) from None
