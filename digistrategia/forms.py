from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from roadmap import formats
from roadmap.deadlines import usual_deadline
from roadmap.forms.texts import LinesField, SpelledField

LONGEST = timedelta(days=366)


class DayField(forms.DateField):
    """A day from the browser's own calendar, or typed as 14.10.2022."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input input-day"})

    def __init__(self, **kwargs):
        messages = {
            "required": _("choose the day"),
            "invalid": _("write the day as 14.10.2022"),
        }
        super().__init__(input_formats=["%Y-%m-%d", "%d.%m.%Y"], error_messages=messages, **kwargs)


class DeadlineForm(forms.Form):
    """The day by which a quarter is reported."""

    deadline = DayField(label=_("Deadline"), help_text=_("The last day for reports, in Helsinki."))
    seen = forms.DateField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, row, **kwargs):
        self.row = row
        today = timezone.localdate()
        self.first, self.last = today, max(today, row.quarter.last_day) + LONGEST
        kwargs.setdefault("initial", {"deadline": usual_deadline(row.quarter)})
        super().__init__(data, **kwargs)
        limits = {"min": self.first.isoformat(), "max": self.last.isoformat()}
        self.fields["deadline"].widget.attrs |= limits

    def clean_deadline(self):
        deadline = self.cleaned_data["deadline"]
        if deadline < self.first:
            raise ValidationError(_("the day has passed; choose today or a later day"))
        if deadline > self.last:
            words = {"day": formats.day(self.last)}
            raise ValidationError(
                _("the day is too far away; choose %(day)s or earlier"), params=words
            )
        return deadline


class ReopenForm(DeadlineForm):
    """Why a closed quarter is opened again, and until when."""

    reason = SpelledField(
        is_line=True,  # it stands in a footnote
        label=_("Reason"),
        help_text=_("It stays beside the figures that change, for everybody to read."),
        max_length=500,
        widget=forms.Textarea(attrs={"class": "textarea", "rows": 3}),
        error_messages={"required": _("write the reason")},
    )
    field_order = ["reason", "deadline"]


class PeopleField(forms.TypedMultipleChoiceField):
    """People by their keys; who has reported meanwhile is no fault, only left out."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value):
        return True


class ReminderForm(forms.Form):
    """Who is reminded, and an own sentence above the letter."""

    people = PeopleField(
        label=_("Recipients"),
        coerce=int,
        error_messages={
            "required": _("choose at least one person"),
            "invalid_choice": _("choose at least one person"),
        },
    )
    note = LinesField(
        label=_("Your own words (optional)"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"class": "textarea", "rows": 3}),
        help_text=_("They stand above the letter. No personal data."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data=None, *, asked, **kwargs):
        super().__init__(data, **kwargs)
        self.asked = {one.person.pk: one for one in asked}
        self.fields["people"].choices = [
            (pk, one.person.sorted_name) for pk, one in self.asked.items()
        ]
        if data is None:
            self.initial["people"] = list(self.asked)

    def clean_people(self):
        """Those who still have something to report."""
        chosen = set(self.cleaned_data["people"])
        people = [one.person for pk, one in self.asked.items() if pk in chosen]
        if not people:
            raise ValidationError(_("choose at least one person"))
        return people

    @property
    def rows(self):
        """Each checkbox with what its person has to report."""
        return zip(self["people"], self.asked.values(), strict=True)
