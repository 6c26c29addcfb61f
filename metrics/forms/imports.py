"""What an administrator says about a file of measurements on its way in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from roadmap.forms.imports import UploadForm


class MeasurementUploadForm(UploadForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].label = _("The file of measurements")
        self.fields["file"].error_messages["required"] = _("choose the file")


class ConfirmForm(forms.Form):
    """The yes to what was seen; where numbers look like slips, that they are right as well."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    right = forms.BooleanField(
        label=_("These numbers are right"),
        error_messages={"required": _("say that the numbers are right, or mend the file")},
    )

    def __init__(self, *args, asked: int, **kwargs):
        super().__init__(*args, **kwargs)
        if not asked:
            del self.fields["right"]
