from django import forms
from django.utils.translation import gettext_lazy as _

from mentors.models import Feedback


class FeedbackForm(forms.ModelForm):
    topic = forms.ChoiceField(
        label=_("What it is about"),
        choices=Feedback.Topic.choices,
        initial=Feedback.Topic.ACCESSIBILITY,
        widget=forms.RadioSelect,
        error_messages={"required": _("choose what it is about")},
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    class Meta:
        model = Feedback
        fields = ["topic", "message", "email"]
        labels = {"message": _("Message"), "email": _("E-mail (optional)")}
        error_messages = {
            "message": {"required": _("write what you want to say")},
            "email": {"invalid": _("write the address as name@example.org")},
        }
