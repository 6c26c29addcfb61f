from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mentors import comments, mentions
from roadmap.forms.texts import LinesField


class CommentForm(forms.Form):
    """`cleaned_data["text"]` is a `mentions.Read`: the text as it is kept, and who is in it."""

    text = LinesField(
        label=gettext_lazy("Your comment"),
        max_length=5000,
        error_messages={"required": gettext_lazy("write what you want to say")},
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def clean_text(self):
        typed = self.cleaned_data["text"]
        people = comments.mentionable() if "@" in typed else []
        read = mentions.read(typed, mentions.Directory(people))
        nobody = _(
            "“%s” is nobody who can be mentioned. Choose the person from the list, or write the "
            "whole name or the e-mail address after the @."
        )
        several = _(
            "“%s” may mean several people. Write the e-mail address of the right one after the @."
        )
        faults = [nobody % name for name in dict.fromkeys(read.unknown)]
        faults += [several % name for name in dict.fromkeys(read.ambiguous)]
        if faults:
            raise ValidationError(faults)
        return read
