from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metrics.forms.periods import PeriodInput
from metrics.kpis.achievement import Kind
from metrics.kpis.periods import Month
from metrics.kpis.targets import YEARS
from metrics.models import Frequency, Kpi, KpiGroup
from roadmap.fields import FIRST_LANGUAGE
from roadmap.formats import collation
from roadmap.forms.words import LANGUAGES, WordsMixin, written
from roadmap.permissions import Role

ROWS = {"definition": 4}  # of the texts that may have several lines
LABELS = {
    "name": gettext_lazy("Name"),
    "summary": gettext_lazy("In one line: what is measured, or what is asked"),
    "numerator_name": gettext_lazy("What the numerator counts"),
    "denominator_name": gettext_lazy("What the denominator counts"),
    "unit": gettext_lazy("Unit"),
    "definition": gettext_lazy("How it is measured: what counts, and what does not"),
    "source": gettext_lazy("Where the numbers come from"),
}
# The texts and the rules of each kind; all that is not named does not concern it.
TEXTS = {
    Kind.RATE: ("name", "summary", "numerator_name", "denominator_name", "definition", "source"),
    Kind.NPS: ("name", "summary", "definition", "source"),
    Kind.VALUE: ("name", "summary", "unit", "definition", "source"),
}
RULES = {
    Kind.RATE: ("lower_is_better", "decimals", "is_part", "whole_counts"),
    Kind.NPS: ("minimum",),
    Kind.VALUE: ("lower_is_better", "decimals", "whole_counts"),
}
NEEDED = ("name", "numerator_name", "denominator_name", "unit")
LONGEST = {"definition": 2000, "unit": 50}


def read_month(text: str) -> Month:
    """`ValueError`, with what was expected, for anything that is no month of `YEARS`."""
    try:
        month = Month.parse(text)
    except ValueError:
        month = None
    if month is None or month.year not in YEARS:
        raise ValueError(_("write the month as 2022-07 or 7/2022"))
    return month


class WordsForm(WordsMixin, forms.Form):
    """Texts in the languages of the portal, with the version of theirs that the person saw."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    @property
    def texts_by_language(self):
        """The languages, each with its fields, and whether it must be seen at once."""
        for code, spoken in LANGUAGES.items():
            fields = [field for field in self if field.name.endswith(f"_{code}")]
            is_open = code == FIRST_LANGUAGE or any(field.errors for field in fields)
            yield code, spoken, fields, is_open


class GroupForm(WordsForm):
    """The name of a group of KPIs."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.add_words("name", LABELS["name"], needed=True)

    @classmethod
    def of(cls, group: KpiGroup | None) -> "GroupForm":
        if group is None:
            return cls(initial={"version": 0})
        return cls(initial=written(["name"], group) | {"version": group.version})


class KindForm(forms.Form):
    """What a new KPI is measured by; it decides what else is asked."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is it measured by?"),
        choices=[
            (
                Kind.RATE.value,
                gettext_lazy("Rate: a part of a whole in percent, such as 391 of 512 who answered"),
            ),
            (
                Kind.NPS.value,
                gettext_lazy("NPS: would people recommend it, from −100 to +100"),
            ),
            (
                Kind.VALUE.value,
                gettext_lazy("Value: one number with a unit, such as minutes of waiting"),
            ),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("choose what it is measured by"),
            "invalid_choice": gettext_lazy("choose what it is measured by"),
        },
    )


class KpiForm(WordsForm):
    """All of a KPI but its targets; `kind` says which texts and rules concern it."""

    group = forms.TypedChoiceField(
        label=gettext_lazy("Group"),
        coerce=int,
        widget=forms.Select({"class": "select"}),
        error_messages={
            "required": gettext_lazy("choose a group"),
            "invalid_choice": gettext_lazy("choose a group of the list"),
        },
    )
    owner = forms.TypedChoiceField(
        label=gettext_lazy("Owner"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.Select({"class": "select"}),
        help_text=gettext_lazy("Enters the measurements, and is reminded of a late one."),
        error_messages={"invalid_choice": gettext_lazy("choose a person of the list")},
    )
    frequency = forms.ChoiceField(
        label=gettext_lazy("How often is it measured?"),
        choices=Frequency.choices,
        widget=forms.Select({"class": "select"}),
    )
    lower_is_better = forms.TypedChoiceField(
        label=gettext_lazy("Which way is better?"),
        choices=[("", gettext_lazy("Higher is better")), ("1", gettext_lazy("Lower is better"))],
        coerce=bool,
        empty_value=False,
        required=False,
        widget=forms.Select({"class": "select"}),
    )
    decimals = forms.TypedChoiceField(
        label=gettext_lazy("Decimals shown"),
        choices=[(number, str(number)) for number in range(5)],
        coerce=int,
        widget=forms.Select({"class": "select"}),
        help_text=gettext_lazy("A value is cut to them, never to the better side."),
    )
    is_part = forms.BooleanField(
        label=gettext_lazy("The numerator is a part of the denominator"),
        required=False,
        help_text=gettext_lazy("Then the rate is at most 100 %, and more is refused."),
    )
    whole_counts = forms.BooleanField(
        label=gettext_lazy("Only whole numbers are entered"), required=False
    )
    minimum = forms.IntegerField(
        label=gettext_lazy("Fewest answers shown"),
        min_value=1,
        max_value=100_000,
        widget=forms.TextInput({"class": "input input-number", "inputmode": "numeric"}),
        help_text=gettext_lazy("With fewer the NPS is hidden: it would tell of single people."),
        error_messages={"required": gettext_lazy("write a whole number, 10 for example")},
    )
    first_month = PeriodInput(
        read_month,
        label=gettext_lazy("Followed from"),
        help_text=gettext_lazy("The first month of which a measurement is expected: 2022-07."),
        error_messages={"required": gettext_lazy("write the month as 2022-07 or 7/2022")},
    )
    last_month = PeriodInput(
        read_month,
        label=gettext_lazy("Followed until"),
        required=False,
        help_text=gettext_lazy("Empty: for the time being."),
    )
    due_days = forms.IntegerField(
        label=gettext_lazy("Days to measure"),
        min_value=0,
        max_value=365,
        widget=forms.TextInput({"class": "input input-number", "inputmode": "numeric"}),
        help_text=gettext_lazy("After the end of the period; later than that it is late."),
        error_messages={"required": gettext_lazy("write the number of days, 14 for example")},
    )
    slug = forms.SlugField(
        label=gettext_lazy("In the address"),
        required=False,
        max_length=50,
        widget=forms.TextInput({"class": "input", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "Letters, digits and hyphens; from the Finnish name where empty. Files and automations "
            "name the KPI by it, so it stays once there are measurements."
        ),
    )

    def __init__(self, *args, strategy, kind: Kind, kpi: Kpi | None = None, fixed=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.kind = Kind(kind)
        for name in TEXTS[self.kind]:
            self.add_words(
                name,
                LABELS[name],
                needed=name in NEEDED,
                rows=ROWS.get(name, 0),
                longest=LONGEST.get(name, 200),
            )
        for name in ("lower_is_better", "decimals", "is_part", "whole_counts", "minimum"):
            if name not in RULES[self.kind]:
                del self.fields[name]
        for name in ("frequency", "slug") if fixed else ():
            del self.fields[name]
        for name in ("is_part", "whole_counts"):
            if name in self.fields:
                self.fields[name].widget.attrs["class"] = "checkbox"
        self.groups = {group.pk: group for group in strategy.kpi_groups.all()}
        self.fields["group"].choices = [(pk, str(group)) for pk, group in self.groups.items()]
        self.fields["owner"].choices = [("", _("nobody"))] + [
            (user.pk, user.sorted_name) for user in _owners(kpi)
        ]
        self.order_fields([f"{name}_{code}" for code in LANGUAGES for name in TEXTS[self.kind]])

    @property
    def rules(self):
        """The fields that are no texts."""
        names = {f"{name}_{code}" for name in LABELS for code in LANGUAGES}
        return [field for field in self.visible_fields() if field.name not in names]

    def clean_slug(self):
        return self.cleaned_data["slug"].lower()

    def clean(self):
        cleaned = super().clean()
        if "slug" in self.fields and "slug" not in self.errors and not cleaned.get("slug"):
            cleaned["slug"] = slugify(cleaned.get(f"name_{FIRST_LANGUAGE}", ""))[:50].strip("-")
            if not cleaned["slug"] and f"name_{FIRST_LANGUAGE}" not in self.errors:
                self.add_error("slug", _("write letters, digits and hyphens"))
        return cleaned

    def wanted(self, kpi: Kpi | None) -> dict:
        """The fields of the KPI with what is wanted for them, for `editing.save`.

        What does not concern the kind stays; of another kind than before, it is as of a new one.
        """
        wanted = {}
        if kpi is None or kpi.kind != self.kind:
            wanted = {
                name: Kpi._meta.get_field(name).get_default()
                for name in (*LABELS, *RULES[Kind.RATE], "minimum")
            }
            wanted["kind"] = self.kind.value
        wanted |= {name: self.words(name) for name in TEXTS[self.kind]}
        texts = {f"{name}_{code}" for name in LABELS for code in LANGUAGES}
        plain = self.cleaned_data.keys() - texts - {"version", "owner", "group"}
        wanted |= {name: self.cleaned_data[name] for name in plain}
        cleaned = self.cleaned_data
        return wanted | {"owner_id": cleaned["owner"], "group": self.groups[cleaned["group"]]}

    @classmethod
    def of(cls, strategy, kind: Kind, kpi: Kpi | None, group=None, fixed=False) -> "KpiForm":
        """The form before anything is typed."""
        phases = strategy.phase_list
        initial = {
            "version": 0,
            "group": group,
            "first_month": str(Month(phases[0].year, 1)),
            "decimals": 1,
            "is_part": True,
            "whole_counts": True,
            "minimum": 10,
            "due_days": 14,
        }
        if kpi:
            plain = ("version", "frequency", "decimals", "is_part", "whole_counts", "minimum")
            initial = {name: getattr(kpi, name) for name in (*plain, "due_days", "slug")}
            initial |= written(TEXTS[Kind(kind)], kpi)
            initial |= {
                "group": kpi.group_id,
                "owner": kpi.owner_id,
                "lower_is_better": "1" if kpi.lower_is_better else "",
                "first_month": str(kpi.first_month),
                "last_month": str(kpi.last_month or ""),
            }
        return cls(initial=initial, strategy=strategy, kind=kind, kpi=kpi, fixed=fixed)


class StopForm(forms.Form):
    """The last month in which a KPI is followed."""

    last_month = PeriodInput(
        read_month,
        label=gettext_lazy("No longer followed after"),
        help_text=gettext_lazy("The last month of which a measurement is expected: 2022-07."),
        error_messages={"required": gettext_lazy("write the month as 2022-07 or 7/2022")},
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


def _owners(kpi: Kpi | None) -> list:
    """Who can own a KPI: the active people with a role, and whoever owns it already."""
    people = get_user_model()
    with_role = people.groups.through.objects.filter(
        user=OuterRef("pk"), group__name__in=list(Role)
    )
    found = people.objects.filter(
        Q(Q(is_active=True) & Exists(with_role)) | Q(pk=kpi.owner_id if kpi else None)
    )
    return sorted(found, key=lambda user: collation(str(user.sorted_name)))
