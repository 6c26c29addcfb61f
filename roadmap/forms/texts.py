"""Texts that are put into one spelling first and measured then, as they will be kept.

Some signs become longer by it, so what was short enough before may not fit its column.
"""

import unicodedata

from django import forms

from roadmap.record import CONTROL, line, prose


class SpelledField(forms.CharField):
    """A text in one spelling, of one line or of several; of control characters alone, empty."""

    def __init__(self, *, is_line: bool = False, **kwargs):
        self.spelled = line if is_line else prose
        super().__init__(**kwargs)

    def to_python(self, value):
        return self.spelled(CONTROL.sub("", super().to_python(value)))


class LinesField(forms.CharField):
    """Text of several lines, which are counted and kept as one sign each; no control character.

    Unlike in a spelled one, tabs stay.
    """

    widget = forms.Textarea

    def to_python(self, value):
        lines = unicodedata.normalize("NFC", str(value or "")).splitlines()
        return super().to_python("\n".join(CONTROL.sub("", line) for line in lines))
