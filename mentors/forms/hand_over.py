from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mentors import hand_over
from mentors.forms.deputies import PersonField
from mentors.models import User
from roadmap.models import Strategy


class HandOverForm(forms.Form):
    """From whom to whom, and whether of one strategy only."""

    giver = PersonField(
        label=gettext_lazy("Who hands over"),
        error_messages={
            "required": gettext_lazy("choose who hands over"),
            "invalid_choice": gettext_lazy("this person has nothing to hand over"),
        },
    )
    receiver = PersonField(
        label=gettext_lazy("Who takes over"),
        help_text=gettext_lazy(
            "An active digimentor or administrator; for KPIs alone, anybody with a role."
        ),
        error_messages={
            "required": gettext_lazy("choose who takes over"),
            "invalid_choice": gettext_lazy("choose one of the list"),
        },
    )
    strategy = forms.ModelChoiceField(
        queryset=None,
        to_field_name="slug",
        required=False,
        label=gettext_lazy("Strategy"),
        empty_label=gettext_lazy("All strategies"),
        widget=forms.Select({"class": "select"}),
        error_messages={"invalid_choice": gettext_lazy("choose one of the list")},
    )

    def __init__(self, *args, is_sent=False, **kwargs):
        """`is_sent`: the giver may have nothing any more, as when the form is sent twice."""
        super().__init__(*args, **kwargs)
        self.is_sent = is_sent
        self.fields["giver"].offer(User.objects.all() if is_sent else hand_over.givers())
        self.fields["receiver"].offer(hand_over.receivers())
        self.fields["strategy"].queryset = Strategy.objects.order_by("name")

    def clean(self):
        cleaned = super().clean()
        giver, receiver = cleaned.get("giver"), cleaned.get("receiver")
        if not giver or not receiver:
            return cleaned
        if giver == receiver:
            self.add_error("receiver", _("choose somebody else than who hands over"))
        elif not (self.is_sent or hand_over.may_report(receiver) or giver.own_kpis.exists()):
            self.add_error("receiver", _("choose an active digimentor or administrator"))
        return cleaned
