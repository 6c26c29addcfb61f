from collections.abc import Mapping
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from metrics.kpis.achievement import Kind
from metrics.kpis.checks import number_faults, number_name
from metrics.kpis.measuring import Measured
from metrics.kpis.periods import Period
from metrics.models import Kpi, Measurement
from roadmap.forms.reports import ValueInput
from roadmap.forms.texts import SpelledField
from roadmap.record import number


class NumberInput(ValueInput):
    """A number of a measurement; of what was counted, a percent is none."""

    def __init__(self, *, is_count: bool, **kwargs):
        super().__init__(**kwargs)
        self.is_count = is_count

    def to_python(self, value):
        if self.is_count and "%" in str(value or ""):
            raise ValidationError(_("what was counted, not a percent"))
        return super().to_python(value)


class MeasurementForm(forms.Form):
    """The numbers of one measurement, by the names that the KPI gives them.

    In a grid each row has its own, told apart by `prefix`. `hints` stand below the numbers.
    """

    comment = SpelledField(
        label=_("Comment"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"class": "textarea", "rows": 2}),
        help_text=_("Everybody who may see the portal sees it. No personal data."),
    )
    version = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def __init__(self, kpi: Kpi, *args, hints: Mapping[str, str] | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.kpi = kpi
        for name in kpi.numbers:
            self.fields[name] = NumberInput(
                is_count=kpi.kind != Kind.VALUE,
                label=capfirst(number_name(kpi, name)),
                required=False,  # that it is missing is said by the rule
                help_text=(hints or {}).get(name, ""),
                widget=forms.TextInput(
                    attrs={
                        "class": "input input-number",
                        "autocomplete": "off",
                        "inputmode": keyboard(kpi),
                    }
                ),
            )
        self.order_fields([*kpi.numbers, "comment", "version"])

    def clean_version(self):
        return self.cleaned_data["version"] or 0

    def clean(self):
        cleaned = super().clean()
        faults = number_faults(self.kpi, {name: cleaned.get(name) for name in self.kpi.numbers})
        for name, fault in faults.items():
            if name not in self.errors:
                self.add_error(name, fault)
        return cleaned

    @property
    def numbers(self) -> tuple:
        """Of a form without fault, in the order of the rule."""
        return tuple(self.cleaned_data[name] for name in self.kpi.numbers)

    def measured(self, period: Period) -> Measured:
        """What a form without fault asks to be kept."""
        comment, seen = self.cleaned_data["comment"], self.cleaned_data["version"]
        kpi = self.kpi
        return Measured(kpi.pk, period, self.numbers, comment, seen, checked_by=kpi.version)

    @classmethod
    def of(cls, kpi: Kpi, stands: Measurement | None, **kwargs) -> "MeasurementForm":
        """The form before anything is typed."""
        initial = {"version": stands.version if stands else 0}
        if stands and not stands.withdrawn:
            initial |= {name: number_as_typed(getattr(stands, name)) for name in kpi.numbers}
            initial["comment"] = stands.comment
        return cls(kpi, initial=initial, **kwargs)


class WithdrawalForm(forms.Form):
    """Why a measurement is taken back."""

    comment = SpelledField(
        label=_("Why is it taken back?"),
        max_length=500,
        widget=forms.Textarea(attrs={"class": "textarea", "rows": 2}),
        error_messages={"required": _("write the reason: it stays in the history")},
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


def number_as_typed(value) -> str:
    """A number as a field shows it: 1234,5."""
    return format(number(Decimal(value)), "f").replace(".", ",")


def keyboard(kpi: Kpi) -> str:
    """The `inputmode` of its numbers: the keys for decimals have no minus on some phones."""
    may_be_negative = kpi.kind == Kind.VALUE and not kpi.lower_is_better
    return "text" if may_be_negative else "decimal"


# --- what looks like a slip: it is asked about once, and the answer counts for those numbers ----


def question_key(kpi: Kpi, period: Period, numbers: tuple) -> str:
    """What a person confirms who says that numbers are right: these, and no other ones."""
    return ":".join((kpi.slug, str(period), *(f"{Decimal(number):f}" for number in numbers)))


def confirmed(data) -> set[str]:
    """The keys of the questions that were answered with "the numbers are right"."""
    return set(data.getlist("asked")) if data.get("confirmed") else set()
