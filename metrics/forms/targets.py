from decimal import Decimal
from functools import partial

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metrics.forms.periods import PeriodInput
from metrics.kpis import targets
from metrics.kpis.periods import Period
from metrics.models import Kpi
from roadmap.forms.reports import ValueInput

SPARE = 2  # empty rows below what there is
MORE = 5
MOST = 120


class TargetsForm(forms.Form):
    """The targets of a KPI: a row each, with the period from which it holds, or of its point.

    A row without a value is no target, so that emptying the value removes it.
    """

    is_path = forms.TypedChoiceField(
        label=gettext_lazy("Between two targets"),
        choices=[
            ("", gettext_lazy("the target stays as it is until the next one")),
            ("1", gettext_lazy("the target moves along a straight line to the next one")),
        ],
        coerce=bool,
        empty_value=False,
        required=False,
        widget=forms.RadioSelect,
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    rows = forms.IntegerField(min_value=1, max_value=MOST, widget=forms.HiddenInput)

    def __init__(self, *args, kpi: Kpi, count: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.kpi = kpi
        self.count = max(1, min(count, MOST))
        for number in range(1, self.count + 1):
            self.fields[f"period-{number}"] = PeriodInput(
                partial(targets.read_period, kpi),
                label=_("Row %d, period") % number,
                required=False,
            )
            self.fields[f"value-{number}"] = ValueInput(
                label=_("Row %d, target") % number,
                required=False,
                widget=forms.TextInput(
                    {"class": "input input-number", "inputmode": "decimal", "autocomplete": "off"}
                ),
            )

    @property
    def is_full(self) -> bool:
        return self.count == MOST

    @property
    def table(self):
        """The rows, each as the fields of its period and its value."""
        for number in range(1, self.count + 1):
            yield self[f"period-{number}"], self[f"value-{number}"]

    def clean(self):
        cleaned = super().clean()
        points: dict[Period, Decimal] = {}
        for number in range(1, self.count + 1):
            period, value = cleaned.get(f"period-{number}"), cleaned.get(f"value-{number}")
            if value is None:
                continue
            if fault := targets.fault(self.kpi, value):
                self.add_error(f"value-{number}", fault)
            if period is None and f"period-{number}" not in self.errors:
                self.add_error(f"period-{number}", _("write the year or the period"))
            elif period in points:
                self.add_error(f"period-{number}", _("this period has a target already"))
            elif period:
                points[period] = value
        cleaned["points"] = points
        return cleaned

    @classmethod
    def of(cls, kpi: Kpi, points: dict[Period, Decimal], years) -> "TargetsForm":
        """The form before anything is typed: what stands, and a row for each year without one."""
        rows = dict(points)
        starts = {year: targets.first_period(kpi, year) for year in years}
        missing = {start for year, start in starts.items() if not _has(rows, year)}
        ordered = sorted([*rows, *missing])
        ordered = ordered if len(ordered) <= MOST else sorted(rows)
        count = min(len(ordered) + SPARE, MOST)
        initial = {"is_path": "1" if kpi.target_is_path else "", "version": kpi.version}
        for number, period in enumerate(ordered, start=1):
            initial[f"period-{number}"] = targets.as_written(period)
            initial[f"value-{number}"] = rows.get(period)
        return cls(initial=initial | {"rows": count}, kpi=kpi, count=count)

    @classmethod
    def longer(cls, data, kpi: Kpi, count: int) -> "TargetsForm":
        """What was typed, with more rows below, and nothing said of it yet."""
        count = min(count + MORE, MOST)
        typed = {name: data.get(name) for name in data} | {"rows": count}
        return cls(initial=typed, kpi=kpi, count=count)


def _has(rows, year: int) -> bool:
    return any(period.year == year for period in rows)
