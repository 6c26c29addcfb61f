from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from roadmap.forms.texts import LinesField
from roadmap.quarters import Quarter
from roadmap.record import number
from roadmap.workbook.fields import parse_number


class ValueInput(forms.CharField):
    """A measured value as people write it: 12,5 or 1 200 or −3."""

    def to_python(self, value):
        try:
            return parse_number(super().to_python(value))
        except ValueError:
            raise ValidationError(
                _("write one number, for example 9 or 12,5"), code="invalid"
            ) from None

    def prepare_value(self, value):
        return format(value, "f").replace(".", ",") if isinstance(value, Decimal) else value


class ReportForm(forms.Form):
    """What a person reports for one action in the open quarter."""

    value = ValueInput(
        label=_("Achieved by now"),
        error_messages={"required": _("write what has been achieved, as one number")},
    )
    comment = LinesField(label=_("Why, and what next"), required=False, max_length=2000)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    quarter = forms.CharField(max_length=6, widget=forms.HiddenInput)

    def clean_quarter(self):
        try:
            return Quarter.parse(self.cleaned_data["quarter"])
        except ValueError:
            raise ValidationError(_("Write the quarter as 2022Q3 or Q3/2022.")) from None

    def reported(self) -> dict:
        """The arguments of `reporting.report` that come from the form."""
        cleaned = self.cleaned_data
        return {
            "quarter": cleaned["quarter"],
            "value": cleaned["value"],
            "comment": cleaned["comment"],
            "seen_version": cleaned["version"],
        }

    @classmethod
    def of(cls, entry, quarter, prefix=None) -> "ReportForm":
        """The form before anything is typed; `entry` has value, comment and version, or is None."""
        initial = {"version": 0, "quarter": str(quarter)}
        if entry:
            initial |= {
                "value": number(entry.value),
                "comment": entry.comment,
                "version": entry.version,
            }
        return cls(initial=initial, prefix=prefix)
