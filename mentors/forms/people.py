import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mentors import roles
from mentors.models import User


class Boxes(forms.CheckboxSelectMultiple):
    """Any of a few, as a column of boxes."""

    template_name = "_boxes.html"


class RolesField(forms.MultipleChoiceField):
    widget = Boxes

    def __init__(self, **kwargs):
        super().__init__(choices=roles.choices, required=False, label=_("Roles"), **kwargs)


class PersonFormBase(forms.ModelForm):
    """The fields of a person, looking as everywhere."""

    KINDS = {forms.TextInput: "input", forms.EmailInput: "input", forms.Select: "select"}

    class Meta:
        model = User
        fields = ["first_name", "last_name", "unit"]
        labels = {
            "first_name": _("First name"),
            "last_name": _("Last name"),
            "unit": _("Unit"),
            "email": _("Work e-mail"),
            "language": _("Language of mails and pages"),
        }
        error_messages = {
            "first_name": {"required": _("write the first name")},
            "last_name": {"required": _("write the last name")},
            "email": {
                "required": _("write the work e-mail"),
                "invalid": _("write the address as name@example.org"),
            },
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.required = field.required or name in ("first_name", "last_name")
            if kind := self.KINDS.get(type(field.widget)):
                field.widget.attrs |= {"class": kind}


class SeenForm(PersonFormBase):
    """What the person saw goes with the form, so that someone else's change is noticed."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = True

    def seen(self, name: str):
        """The value of a field when the form was shown; None for what cannot be read."""
        field = self.fields[name]
        sent = field.hidden_widget().value_from_datadict(
            self.data, self.files, self.add_initial_prefix(name)
        )
        try:
            return field.to_python(sent)
        except ValidationError:
            return None

    def shown(self, name: str, value) -> str:
        """A value in words."""
        if name == "roles":
            return roles.role_words(value) or str(_("no role"))
        return str(dict(getattr(self.fields[name], "choices", ())).get(value, value))


class PersonForm(SeenForm):
    """What an administrator may change of a person."""

    roles = RolesField(help_text=_("Without a role a person sees nothing of the strategy."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["roles"] = self.instance.roles


class PersonAddForm(PersonFormBase):
    """A new person, who is invited at once."""

    roles = RolesField(help_text=_("Without a role a person sees nothing of the strategy."))
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    class Meta(PersonFormBase.Meta):
        fields = ["email", "first_name", "last_name", "unit", "language"]

    field_order = ["email", "first_name", "last_name", "unit", "roles", "language"]

    def clean_email(self):
        return self.cleaned_data["email"].lower()

    def validate_unique(self):
        """Not here: where the address is taken, `people.add` tells a double click from a fault."""


class InviteForm(forms.Form):
    """The newest invitation that the administrator saw, 0 for none."""

    seen = forms.IntegerField(min_value=0, max_value=2**63 - 1, widget=forms.HiddenInput)


class ProfileForm(SeenForm):
    """What everybody may change of themselves."""

    class Meta(PersonFormBase.Meta):
        fields = [
            "first_name",
            "last_name",
            "unit",
            "language",
            "wants_reminders",
            "wants_mentions",
        ]
