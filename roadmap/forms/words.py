"""Texts in the languages of the portal, a field each: `name_fi`, `name_sv`, `name_en`."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from roadmap.fields import FIRST_LANGUAGE, Words
from roadmap.forms.texts import SpelledField

LANGUAGES = dict(settings.LANGUAGES)  # the one that is needed first


class LanguageField(SpelledField):
    """A text in one language, of one line or of several."""

    def __init__(self, code: str, rows: int, **kwargs):
        attrs = {"class": "textarea", "rows": rows} if rows else {"class": "input"}
        widget = forms.Textarea if rows else forms.TextInput
        super().__init__(
            is_line=not rows,
            widget=widget(attrs | {"lang": code, "autocomplete": "off"}),
            error_messages={"required": _("write it in Finnish")},
            **kwargs,
        )


class WordsMixin:
    """A form with such fields."""

    def add_words(self, name: str, label: str, *, needed=False, rows=0, longest=200, hint=""):
        """A field for each language; `rows` where the text may have several lines."""
        for code, spoken in LANGUAGES.items():
            is_first = code == FIRST_LANGUAGE
            self.fields[f"{name}_{code}"] = LanguageField(
                code,
                rows,
                label=f"{label} ({spoken})",
                required=needed and is_first,
                max_length=longest,
                help_text=hint if is_first else "",
            )

    def words(self, name: str) -> Words:
        """What was written in the languages in which something was."""
        texts = {code: self.cleaned_data[f"{name}_{code}"] for code in LANGUAGES}
        return Words({code: text for code, text in texts.items() if text})


def written(names, instance) -> dict:
    """The initial values of the fields of texts."""
    return {
        f"{name}_{code}": getattr(instance, name).get(code, "")
        for name in names
        for code in LANGUAGES
    }
