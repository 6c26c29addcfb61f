from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mentors.models import User

LONGEST = timedelta(days=366)


class PersonField(forms.TypedChoiceField):
    """One of the people who can be chosen."""

    def __init__(self, **kwargs):
        super().__init__(coerce=int, widget=forms.Select({"class": "select"}), **kwargs)

    def offer(self, people: list[User]) -> None:
        self.choices = [("", _("choose"))] + [(user.pk, user.sorted_name) for user in people]
        self.people = {user.pk: user for user in people}

    def clean(self, value):
        return self.people[super().clean(value)]


def _day(label) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput({"type": "date", "class": "input"}, format="%Y-%m-%d"),
        error_messages={
            "required": gettext_lazy("write the date"),
            "invalid": gettext_lazy("write the date as 14.8.2022"),
        },
    )


class DeputyForm(forms.Form):
    """Who is away, who stands in, and from which day to which."""

    person = PersonField(
        label=gettext_lazy("Who is away"),
        error_messages={
            "required": gettext_lazy("choose who is away"),
            "invalid_choice": gettext_lazy("choose one of the list"),
        },
    )
    deputy = PersonField(
        label=gettext_lazy("Deputy"),
        error_messages={
            "required": gettext_lazy("choose the deputy"),
            "invalid_choice": gettext_lazy("choose one of the list"),
        },
    )
    first_day = _day(gettext_lazy("First day"))
    last_day = _day(gettext_lazy("Last day"))

    def __init__(self, *args, mentors: list[User], people=(), own: User | None = None, **kwargs):
        """`own` is the person who may name for themselves alone; else `people` can be chosen."""
        super().__init__(*args, **kwargs)
        self.own = own
        self.fields["deputy"].offer([user for user in mentors if user != own])
        if own:
            del self.fields["person"]
        else:
            self.fields["person"].offer(people)

    def clean_first_day(self):
        first_day = self.cleaned_data["first_day"]
        if first_day < timezone.localdate():
            raise ValidationError(_("the first day must not be in the past"))
        return first_day

    def clean(self):
        cleaned = super().clean()
        if self.own:
            cleaned["person"] = self.own
        first_day, last_day = cleaned.get("first_day"), cleaned.get("last_day")
        if first_day and last_day and last_day < first_day:
            self.add_error("last_day", _("The last day must not be before the first."))
        elif first_day and last_day and last_day - first_day > LONGEST:
            self.add_error("last_day", _("choose at most a year at a time"))
        if cleaned.get("person") and cleaned.get("person") == cleaned.get("deputy"):
            self.add_error("deputy", _("Choose somebody else as the deputy."))
        return cleaned
