from django import forms

from roadmap.workbook.fields import CONTROL


class LinesField(forms.CharField):
    """Text of several lines, which are counted and kept as one sign each; no control character."""

    widget = forms.Textarea

    def to_python(self, value):
        lines = str(value or "").splitlines()
        return super().to_python("\n".join(CONTROL.sub("", line) for line in lines))
