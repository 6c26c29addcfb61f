"""What an administrator says about a workbook on its way in."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from roadmap.workbook.book import HEADER_ROWS, MOST_HEADER_ROWS
from roadmap.workbook.extracting.container import MAX_FILE_BYTES
from roadmap.workbook.headings import headers
from roadmap.workbook.mapping import Part

TAKE, LEAVE = "take", "leave"
_HIDDEN = [(TAKE, _("Take them, too")), (LEAVE, _("Leave them out"))]
ENCODINGS = [("utf-8", "UTF-8"), ("cp1252", "Windows-1252"), ("utf-16", "UTF-16")]
DELIMITERS = [(";", ";"), (",", ","), ("\t", _("tab")), ("|", "|")]


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("The workbook of the road map"),
        error_messages={
            "required": _("choose the workbook"),
            "empty": _("the file is empty"),
        },
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE_BYTES:
            raise ValidationError(_("the file is too large: at most 20 MB is read"))
        return file


class TextFileForm(forms.Form):
    """How a text file is read, where it was not recognised rightly."""

    encoding = forms.ChoiceField(label=_("Characters"), choices=ENCODINGS)
    delimiter = forms.ChoiceField(label=_("Between the columns"), choices=DELIMITERS)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "select"


class SheetForm(forms.Form):
    """Whether a sheet is taken, where its headers are, and what of it is hidden."""

    include = forms.BooleanField(label=_("Take this sheet"), required=False)
    first = forms.IntegerField(
        label=_("First header row"), required=False, min_value=1, max_value=HEADER_ROWS
    )
    last = forms.IntegerField(
        label=_("Last header row"), required=False, min_value=1, max_value=HEADER_ROWS
    )
    hidden_rows = forms.ChoiceField(
        choices=_HIDDEN, required=False, widget=forms.RadioSelect, label=_("Hidden rows")
    )
    hidden_columns = forms.ChoiceField(
        choices=_HIDDEN, required=False, widget=forms.RadioSelect, label=_("Hidden columns")
    )

    def __init__(self, *args, sheet: dict, number: int, part: Part | None, **kwargs):
        self.sheet, self.number, self.part = sheet, number, part
        initial = {"include": part is not None}
        header = part.header if part else headers.header_rows(sheet["head"], sheet["merged"])
        if header:
            initial |= {"first": header[0], "last": header[1]}
        if part:
            for name in ("hidden_rows", "hidden_columns"):
                if getattr(part, name) is not None:
                    initial[name] = TAKE if getattr(part, name) else LEAVE
        super().__init__(*args, initial=initial, prefix=f"sheet-{number}", **kwargs)
        for name in ("first", "last"):
            self.fields[name].widget.attrs |= {"class": "input input-number"}

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("include"):
            self._errors.clear()
            return cleaned
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and not 0 <= last - first < MOST_HEADER_ROWS:
            self.add_error("last", _("the headers have one to four rows, the last below the first"))
        if self.header and self.header[1] >= self.sheet["last_row"]:
            self.add_error("last", _("the sheet has no rows below its headers"))
        for name in ("hidden_rows", "hidden_columns"):
            if self.sheet[name] and not cleaned.get(name):
                self.add_error(name, _("say whether they are taken"))
        return cleaned

    def let_pass(self) -> None:
        """Ask for no answers yet: the headers are only shown anew."""
        self.full_clean()
        for name in ("hidden_rows", "hidden_columns"):
            self._errors.pop(name, None)

    @property
    def header(self) -> tuple[int, int] | None:
        """The rows of the headers as they stand in the form, valid or not; None without any."""
        first, last = (self._whole(name) for name in ("first", "last"))
        if not first and not last:
            return None
        first, last = first or last, last or first
        return (first, last) if 0 <= last - first < MOST_HEADER_ROWS else None

    def _whole(self, name: str) -> int | None:
        try:
            return self.fields[name].clean(self[name].value())
        except ValidationError:
            return None

    def takes(self, name: str) -> bool | None:
        """Whether hidden rows or columns are taken; None where there are none to ask about."""
        return self.cleaned_data[name] == TAKE if self.sheet[name] else None
