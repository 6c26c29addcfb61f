from django import forms
from django.utils.translation import gettext_lazy as _

from metrics.models import MeasurementToken
from roadmap.forms.texts import SpelledField


class TokenForm(forms.Form):
    """The source that a token is for, and the KPIs that it may send."""

    name = SpelledField(
        is_line=True,
        label=_("Source"),
        max_length=200,
        help_text=_("The system that sends, for example “Uptime monitoring”."),
        error_messages={"required": _("write which system sends")},
        widget=forms.TextInput({"class": "input", "autocomplete": "off"}),
    )
    kpis = forms.ModelMultipleChoiceField(
        label=_("KPIs"),
        queryset=None,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("It may send measurements of these, and of no others."),
        error_messages={
            "required": _("choose at least one KPI"),
            "invalid_choice": _("choose KPIs of the list"),
            "invalid_pk_value": _("choose KPIs of the list"),
            "invalid_list": _("choose KPIs of the list"),
        },
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args, strategy, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kpis"].queryset = strategy.kpis.all()
        self.fields["kpis"].label_from_instance = str

    @classmethod
    def of(cls, strategy, token: MeasurementToken | None) -> "TokenForm":
        """The form before anything is typed."""
        initial = {"version": 0}
        if token:
            kpis = list(token.kpis.values_list("pk", flat=True))
            initial = {"name": token.name, "kpis": kpis, "version": token.version}
        return cls(initial=initial, strategy=strategy)
