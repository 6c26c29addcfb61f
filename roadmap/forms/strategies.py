from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from roadmap.models import Strategy

MOST_YEARS = 10


class StrategyForm(forms.ModelForm):
    """What an administrator may change of a strategy without a workbook."""

    class Meta:
        model = Strategy
        fields = [
            *("name", "vision", "vision_sv", "vision_en", "green_from", "yellow_from"),
            *("report_links", "report_link_days"),
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            # What the person saw goes with the form, so that someone else's change is noticed.
            field.show_hidden_initial = True
            text = "textarea" if name.startswith("vision") else "input input-number"
            kind = {"name": "input", "report_links": "checkbox"}.get(name, text)
            field.widget.attrs |= {"class": kind}

    def seen(self, name: str):
        """The value of a field when the form was shown."""
        try:
            return self.fields[name].to_python(self.data.get(self.add_initial_prefix(name)))
        except ValidationError:
            return None


class NewStrategyForm(forms.ModelForm):
    """A further strategy: its name, its address and the years of its phases."""

    first_year = forms.IntegerField(label=_("First year"), min_value=1990, max_value=2100)
    last_year = forms.IntegerField(label=_("Last year"), min_value=1990, max_value=2100)

    class Meta:
        model = Strategy
        fields = ["name", "slug"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["slug"].label = _("In the address")
        self.fields["slug"].required = False
        self.fields["slug"].help_text = _("Letters, digits and hyphens; from the name where empty.")
        for name, field in self.fields.items():
            is_year = name.endswith("year")
            field.widget.attrs |= {"class": "input input-number" if is_year else "input"}

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("first_year"), cleaned.get("last_year")
        if first and last and not first <= last < first + MOST_YEARS:
            self.add_error(
                "last_year", _("the first year or a later one, at most %d years") % MOST_YEARS
            )
        slug = cleaned.get("slug") or slugify(cleaned.get("name", ""))[:50]
        if not slug:
            self.add_error("slug", _("write letters, digits and hyphens"))
        elif Strategy.objects.filter(slug=slug).exists():
            self.add_error("slug", _("another strategy has this address already"))
        cleaned["slug"] = slug
        return cleaned
