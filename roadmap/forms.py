from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from roadmap.models import Strategy
from roadmap.quarters import Quarter
from roadmap.record import number
from roadmap.workbook.guard import MAX_FILE_BYTES
from roadmap.workbook.reading import CONTROL, parse_number


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
    comment = forms.CharField(
        label=_("Why, and what next"), required=False, max_length=2000, widget=forms.Textarea
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    quarter = forms.CharField(max_length=6, widget=forms.HiddenInput)

    def clean_comment(self):
        """Line breaks as a workbook keeps them, and no sign that it cannot keep."""
        comment = "\n".join(self.cleaned_data["comment"].splitlines())
        return CONTROL.sub("", comment).strip()

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


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("The workbook of the road map"),
        error_messages={
            "required": _("choose the workbook"),
            "empty": _("the file is empty"),
        },
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE_BYTES:
            raise ValidationError(_("the file is too large: at most 20 MB is read"))
        return file


class StrategyForm(forms.ModelForm):
    """What an administrator may change of a strategy without a workbook."""

    class Meta:
        model = Strategy
        fields = [
            *("name", "vision", "green_from", "yellow_from"),
            *("report_links", "report_link_days"),
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            # What the person saw goes with the form, so that someone else's change is noticed.
            field.show_hidden_initial = True
            kind = {"vision": "textarea", "name": "input", "report_links": "checkbox"}.get(
                name, "input input-number"
            )
            field.widget.attrs |= {"class": kind}

    def seen(self, name: str):
        """The value of a field when the form was shown."""
        try:
            return self.fields[name].to_python(self.data.get(self.add_initial_prefix(name)))
        except ValidationError:
            return None
