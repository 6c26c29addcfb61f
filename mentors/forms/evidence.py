from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mentors import evidence_files
from roadmap.forms.texts import SpelledField
from roadmap.quarters import Quarter


class WebAddress(forms.URLField):
    """An address that begins with http or https, and nothing else."""

    default_validators = [URLValidator(schemes=["http", "https"])]


class EvidenceForm(forms.Form):
    """What is shown goes with it: another quarter may have been opened meanwhile."""

    quarter = forms.CharField(max_length=6, widget=forms.HiddenInput)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def clean_quarter(self):
        try:
            return Quarter.parse(self.cleaned_data["quarter"])
        except ValueError:
            raise ValidationError(_("Write the quarter as 2022Q3 or Q3/2022.")) from None


class LinkForm(EvidenceForm):
    kind = "link"

    url = WebAddress(
        label=gettext_lazy("Address of the link"),
        max_length=1000,
        assume_scheme="https",
        widget=forms.TextInput(attrs={"class": "input", "inputmode": "url"}),
        error_messages={
            "required": gettext_lazy("write the address"),
            "invalid": gettext_lazy("write the address as https://example.org/page"),
        },
    )
    title = SpelledField(
        is_line=True,
        label=gettext_lazy("What it shows (optional)"),
        max_length=evidence_files.MAX_TITLE,
        required=False,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="link_%s", **kwargs)

    def clean_url(self):
        url = self.cleaned_data["url"]
        if "@" in urlsplit(url).netloc:
            raise ValidationError(_("leave user names and passwords out of the address"))
        return url

    def clean(self):
        cleaned = super().clean()
        if "url" in cleaned and not cleaned.get("title"):
            address = cleaned["url"].partition("://")[2].rstrip("/")
            cleaned["title"] = address[: evidence_files.MAX_TITLE]
        return cleaned


class FileForm(EvidenceForm):
    kind = "file"

    file = forms.FileField(
        label=gettext_lazy("The file"),
        help_text=gettext_lazy(
            "A PDF, a picture (PNG, JPEG, WebP, GIF), a document (docx, xlsx, pptx, odt, ods) or "
            "text (txt, csv), at most 10 MB. No personal data of clients."
        ),
        widget=forms.FileInput(
            attrs={
                "class": "input-file",
                "accept": ",".join(f".{kind}" for kind in evidence_files.TYPES),
            }
        ),
        error_messages={
            "required": gettext_lazy("choose a file"),
            "empty": gettext_lazy("the file is empty"),
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="file_%s", **kwargs)

    def clean_file(self):
        """The title and the content of the file."""
        file = self.cleaned_data["file"]
        if file.size > evidence_files.MAX_FILE_BYTES:
            raise ValidationError(_("the file is too large: at most 10 MB is taken"))
        title, content = evidence_files.title_of(file.name), file.read()
        try:
            evidence_files.check(content, title)
        except evidence_files.FileRefused as error:
            raise ValidationError(str(error)) from error
        return title, content
