import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mentors.communication import FIELDS
from mentors.models import Communication
from roadmap.formats import day
from roadmap.models import Action

MOST_ACTIONS = 50


class WholeNumber(forms.IntegerField):
    """A whole number as people write it: 1 200."""

    widget = forms.TextInput

    def to_python(self, value):
        return super().to_python(re.sub(r"\s", "", value) if isinstance(value, str) else value)


class CommunicationForm(forms.Form):
    """What was done, for whom, and how many it reached."""

    date = forms.DateField(
        label=gettext_lazy("Date"),
        widget=forms.DateInput({"type": "date", "class": "input"}, format="%Y-%m-%d"),
        error_messages={
            "required": gettext_lazy("write the date"),
            "invalid": gettext_lazy("write the date as 14.8.2022"),
        },
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=Communication.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("choose what kind it was"),
            "invalid_choice": gettext_lazy("choose what kind it was"),
        },
    )
    audience = forms.ChoiceField(
        label=gettext_lazy("For whom"),
        choices=Communication.Audience.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("choose for whom it was"),
            "invalid_choice": gettext_lazy("choose for whom it was"),
        },
    )
    title = forms.CharField(
        label=gettext_lazy("What was done"),
        max_length=300,
        widget=forms.TextInput({"class": "input", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("write what was done")},
    )
    reached = WholeNumber(
        label=gettext_lazy("Number reached"),
        min_value=0,
        max_value=10_000_000,
        widget=forms.TextInput(
            {"class": "input input-number", "inputmode": "numeric", "autocomplete": "off"}
        ),
        error_messages={
            "required": gettext_lazy("write how many people it reached, 0 if none"),
            "invalid": gettext_lazy("write one whole number, for example 25"),
            "min_value": gettext_lazy("write one whole number, for example 25"),
        },
    )
    network = forms.TypedChoiceField(
        label=gettext_lazy("Network"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.Select({"class": "select"}),
        error_messages={"invalid_choice": gettext_lazy("choose a network of the list")},
    )
    actions = forms.CharField(
        label=gettext_lazy("Actions (optional)"),
        required=False,
        max_length=2000,
        widget=forms.TextInput({"class": "input", "autocomplete": "off", "list": "codes"}),
        help_text=gettext_lazy("Codes of actions, with ; between."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput, required=False)

    def __init__(self, *args, strategy, networks, **kwargs):
        super().__init__(*args, **kwargs)
        self.strategy, self.networks = strategy, {network.pk: network for network in networks}
        choices = [("", _("none"))] + [(network.pk, network.name) for network in networks]
        self.fields["network"].choices = choices

    def clean_date(self):
        date, year = self.cleaned_data["date"], self.strategy.phase_list[0].year
        if date > timezone.localdate():
            raise ValidationError(_("the day is still to come: log what has been done"))
        if date.year < year:
            raise ValidationError(
                _("the strategy begins in %(year)s: %(day)s is before it")
                % {"year": year, "day": day(date)}
            )
        return date

    def clean_network(self):
        return self.networks.get(self.cleaned_data["network"])

    def clean_actions(self):
        """The actions of the codes typed; every unknown code is named."""
        codes = {code.strip() for code in self.cleaned_data["actions"].split(";")} - {""}
        if len(codes) > MOST_ACTIONS:
            raise ValidationError(_("at most %d actions belong to one entry") % MOST_ACTIONS)
        found = list(Action.objects.filter(strategy=self.strategy, code__in=codes))
        unknown = sorted(codes - {action.code for action in found})
        if unknown:
            message = ngettext(
                "no action has the code %s", "no actions have the codes %s", len(unknown)
            )
            raise ValidationError(message % ", ".join(unknown))
        return found

    def wanted(self) -> dict:
        """What `communication.add` and `save` want to know."""
        return {name: self.cleaned_data[name] for name in (*FIELDS, "actions")}

    @classmethod
    def of(cls, entry: Communication, **options) -> "CommunicationForm":
        """The form of an entry that there is."""
        initial = {name: getattr(entry, name) for name in FIELDS}
        initial |= {
            "network": entry.network_id,
            "actions": "; ".join(entry.actions.values_list("code", flat=True)),
            "version": entry.version,
        }
        return cls(initial=initial, **options)
