from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from roadmap.fields import Words
from roadmap.forms.words import LANGUAGES, WordsMixin, written
from roadmap.models import Phase, Strategy
from roadmap.record import line

MOST_YEARS = 10


class EditForm(WordsMixin, forms.ModelForm):
    """A form that carries what the person saw, so that someone else's change is noticed."""

    WORDS: tuple[str, ...] = ()  # the columns of words; each has a field a language

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.add_texts()
        self.initial |= written(self.WORDS, self.instance)
        for field in self.fields.values():
            field.show_hidden_initial = True

    def add_texts(self) -> None:
        raise NotImplementedError

    def standing(self, instance) -> dict:
        """What an instance has in each field of the form."""
        plain = {name: getattr(instance, name) for name in self._meta.fields}
        values = plain | written(self.WORDS, instance)
        return {name: self.fields[name].to_python(value) for name, value in values.items()}

    def put(self, instance, changed: dict) -> set[str]:
        """Set the changed fields of the form, and no others, in an instance; their columns."""
        columns = set()
        for name, value in changed.items():
            stem, _underscore, code = name.rpartition("_")
            if stem in self.WORDS:
                name, value = stem, Words(getattr(instance, stem) | {code: value})
            setattr(instance, name, value)
            columns.add(name)
        return columns

    def see(self, name: str, value) -> None:
        """Let the person see what stands by now: saving again puts theirs in its place."""
        self.data = self.data.copy()
        self.data[self.add_initial_prefix(name)] = str(value)

    def seen(self, name: str):
        """The value of a field when the form was shown."""
        try:
            return self.fields[name].to_python(self.data.get(self.add_initial_prefix(name)))
        except ValidationError:
            return None


class StrategyForm(EditForm):
    """What an administrator may change of a strategy without a workbook."""

    WORDS = ("vision",)

    class Meta:
        model = Strategy
        fields = ["name", "green_from", "yellow_from", "report_links", "report_link_days"]

    def add_texts(self) -> None:
        self.fields["name"].widget.attrs["class"] = "input"
        self.fields["report_links"].widget.attrs["class"] = "checkbox"
        for name in ("green_from", "yellow_from", "report_link_days"):
            self.fields[name].widget.attrs["class"] = "input input-number"
        self.add_words("vision", _("Vision"), rows=3, longest=5000)
        self.order_fields(["name", *(f"vision_{code}" for code in LANGUAGES)])


class PhaseForm(EditForm):
    """The title and the goals of a phase."""

    WORDS = ("title", "goals")

    class Meta:
        model = Phase
        fields = []

    def add_texts(self) -> None:
        self.add_words("title", _("Title"))
        hint = _("One goal a line.")
        self.add_words("goals", _("Goals"), rows=8, longest=5000, hint=hint)
        self.order_fields(f"{name}_{code}" for code in LANGUAGES for name in self.WORDS)

    def clean(self):
        """Goals without the lines that are empty."""
        cleaned = super().clean()
        for name in [name for name in cleaned if name.startswith("goals_")]:
            lines = map(line, cleaned[name].splitlines())
            cleaned[name] = "\n".join(filter(None, lines))
        return cleaned


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
