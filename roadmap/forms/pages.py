from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from roadmap import page_links
from roadmap.forms.texts import LinesField, SpelledField
from roadmap.models import PageVersion, StrategyPage
from roadmap.page_models import Texts
from roadmap.page_text import LONGEST
from roadmap.pages import RESERVED

LONGEST_LEAD = 500


class TitleField(SpelledField):
    def __init__(self, **kwargs):
        super().__init__(
            is_line=True,
            label=_("Title"),
            max_length=200,
            error_messages={"required": _("write a title")},
            widget=forms.TextInput({"class": "input", "autocomplete": "off"}),
            **kwargs,
        )


class PageForm(forms.Form):
    """The texts of a page in one language, with the number of the version that was seen."""

    title = TitleField()
    lead = LinesField(
        label=_("Lead"),
        required=False,
        max_length=LONGEST_LEAD,
        help_text=_("What the page says in a sentence or two. Lists of pages show it."),
        widget=forms.Textarea({"class": "textarea", "rows": 3}),
    )
    body = LinesField(
        label=_("Text"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea({"class": "textarea page-body", "rows": 24}),
    )
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args, strategy, **kwargs):
        super().__init__(*args, **kwargs)
        self.strategy = strategy

    @classmethod
    def of(cls, version: PageVersion | None, strategy) -> "PageForm":
        """The form before anything is typed."""
        initial = {"seen": 0}
        if version:
            texts = version.texts
            initial = {"title": texts.title, "lead": texts.lead, "body": texts.body}
            initial["seen"] = version.number
        return cls(initial=initial, strategy=strategy)

    def clean_lead(self):
        """One paragraph."""
        rows = map(str.strip, self.cleaned_data["lead"].split("\n"))
        return " ".join(row for row in rows if row)

    def clean_body(self):
        body = self.cleaned_data["body"]
        if faults := page_links.faults(body, self.strategy):
            raise ValidationError(faults)
        return body

    def texts(self) -> Texts:
        return Texts(**{name: self.cleaned_data[name] for name in ("title", "lead", "body")})


class PlaceForm(forms.ModelForm):
    """Where a page stands, and where it leads on to."""

    class Meta:
        model = StrategyPage
        fields = ["part", "place"]
        widgets = {name: forms.Select({"class": "select"}) for name in fields}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.Meta.fields:
            # What the person saw goes with the form, so that someone else's change is noticed.
            self.fields[name].show_hidden_initial = True

    def wanted(self) -> dict[str, tuple[str, str]]:
        """What was seen and what is wanted, of each field that the person changed."""
        return {
            name: (self.data.get(self.add_initial_prefix(name), ""), self.cleaned_data[name])
            for name in self.changed_data
        }


class PageAddForm(PlaceForm):
    """A further page: its title in the reader's language, its address and its place."""

    title = TitleField()
    slug = forms.SlugField(
        label=_("In the address"),
        required=False,
        max_length=50,
        help_text=_("Letters, digits and hyphens; from the title where empty. It stays for good."),
        widget=forms.TextInput({"class": "input", "autocomplete": "off"}),
    )
    field_order = ["title", "slug", "part", "place"]

    def clean(self):
        cleaned = super().clean()
        slug = (cleaned.get("slug") or slugify(cleaned.get("title", ""))[:50]).lower()
        if "title" in cleaned and not slug:
            self.add_error("slug", _("write letters, digits and hyphens"))
        elif slug in RESERVED:
            self.add_error("slug", _("another part of the portal has this address"))
        cleaned["slug"] = slug
        return cleaned
