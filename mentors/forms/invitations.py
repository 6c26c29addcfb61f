from django import forms
from django.conf import settings
from django.contrib.auth.forms import SetPasswordMixin
from django.utils.translation import gettext_lazy as _


class AcceptForm(SetPasswordMixin, forms.Form):
    """What an invited person chooses: a password and a language."""

    password1, password2 = SetPasswordMixin.create_password_fields()
    language = forms.ChoiceField(
        label=_("Language of mails and pages"),
        choices=settings.LANGUAGES,
        widget=forms.Select(attrs={"class": "select"}),
    )

    def __init__(self, user, *args, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)
        for name in ("password1", "password2"):
            self.fields[name].widget.attrs |= {"class": "input"}
        self.fields["password1"].help_text = _(
            "At least 8 characters, not a common password and not only digits."
        )
        self.fields["password2"].help_text = ""

    def clean(self):
        self.validate_passwords()
        self.validate_password_for_user(self.user, "password1")
        return super().clean()
