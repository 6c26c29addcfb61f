from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from mentors.coverage import REPORTERS
from mentors.models import Network, User
from roadmap.formats import collation
from roadmap.permissions import Role


class PeopleField(forms.TypedMultipleChoiceField):
    """People by their keys, as a column of boxes to tick."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs):
        errors = {"invalid_choice": _("one of the people chosen cannot be chosen")}
        super().__init__(coerce=int, required=False, error_messages=errors, **kwargs)


class NetworkForm(forms.Form):
    """A network's name, service area and people; its actions are chosen on a page of their own."""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        error_messages={"required": _("write the name of the network")},
        widget=forms.TextInput({"class": "input", "autocomplete": "off"}),
    )
    service_area = forms.ModelChoiceField(
        queryset=None,
        label=_("Service area"),
        required=False,
        empty_label=_("none"),
        error_messages={"invalid_choice": _("choose a service area of the list")},
        widget=forms.Select({"class": "select"}),
    )
    leads = PeopleField(
        label=_("Leads"), help_text=_("They may report every action that the network carries.")
    )
    members = PeopleField(label=_("Members"))
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args, strategy, network: Network | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["service_area"].queryset = strategy.service_areas.all()
        people = _people(network)
        self.fields["leads"].choices = [
            (user.pk, user.sorted_name) for user in people if user.may_report or user.leads_it
        ]
        self.fields["members"].choices = [(user.pk, user.sorted_name) for user in people]

    def wanted(self) -> dict:
        """What `networks.save` wants to know."""
        return {name: self.cleaned_data[name] for name in WANTED}

    @classmethod
    def of(cls, strategy, network: Network | None, area: int | None = None) -> "NetworkForm":
        """The form before anything is typed."""
        initial = {"version": 0, "service_area": area}
        if network:
            initial = {
                "name": network.name,
                "service_area": network.service_area_id,
                "leads": list(network.leads.values_list("pk", flat=True)),
                "members": list(network.members.values_list("pk", flat=True)),
                "version": network.version,
            }
        return cls(initial=initial, strategy=strategy, network=network)


WANTED = ("name", "service_area", "leads", "members")


def _people(network: Network | None) -> list[User]:
    """Who can be chosen: the active people with a role, and whoever is in the network already."""
    pk = network and network.pk
    leads = Network.leads.through.objects.filter(network=pk, user=OuterRef("pk"))
    members = Network.members.through.objects.filter(network=pk, user=OuterRef("pk"))
    with_role = User.groups.through.objects.filter(user=OuterRef("pk"))
    found = User.objects.annotate(
        leads_it=Exists(leads),
        may_report=Q(is_active=True) & Exists(with_role.filter(group__name__in=REPORTERS)),
    ).filter(
        Q(Q(is_active=True) & Exists(with_role.filter(group__name__in=list(Role))))
        | Exists(leads)
        | Exists(members)
    )
    return sorted(found, key=lambda user: collation(str(user.sorted_name)))
