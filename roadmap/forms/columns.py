"""Which column of a sheet holds what: one form for each part of an import."""

from dataclasses import dataclass, replace
from functools import cached_property

from django import forms
from django.utils.translation import gettext as _

from roadmap import record
from roadmap.access import read_key
from roadmap.forms.wordings import MARKS, NEEDED, ROWS, RULES, SCALES
from roadmap.templatetags.roadmap import heading
from roadmap.workbook import fields, layout, mapping, recognition
from roadmap.workbook.book import Book, letter
from roadmap.workbook.faults import Report
from roadmap.workbook.mapping import Part, QuarterColumn, Source

CONSTANT = "="
FAMILIES = (record.PLAN, record.ACTUAL, record.COMMENT, mapping.MARK)
# Fields whose cells may hold something that cannot be read; texts always can.
LENIENT = (
    *("responsible", "baseline", "target", "start", "end", "weight", "cancelled_from"),
    *(record.PLAN, record.ACTUAL),
)


@dataclass
class FieldRow:
    """One of our fields as the page shows it."""

    key: str
    label: str
    source: forms.BoundField
    value: forms.BoundField
    samples: list[str]
    is_needed: bool


@dataclass
class ColumnRow:
    """One column of the file that may belong to a quarter."""

    place: int
    letter: str
    label: str
    family: forms.BoundField
    quarter: forms.BoundField
    samples: list[str]


class ColumnsForm(forms.Form):
    """The sources of all fields of a part. `part` gives what stands there at first."""

    def __init__(self, data=None, *, part: Part, book: Book):
        super().__init__(data, auto_id="id_%s")
        self.part, self.book = part, book
        self.sheet = book.sheets[part.sheet - 1]
        self.names = recognition.column_names(part, book)
        self.samples = recognition.samples(part, book)
        self.places = self._offered()
        for key in record.PLAIN:
            self._add_field(key)
        for place in self.places:
            self._add_quarter(place)
        self.years = sorted(
            {column.quarter.year for column in part.quarters.values() if column.quarter.year}
        )
        self._add_choices()

    def _offered(self) -> list[int]:
        hidden = set(self.sheet["hidden_columns"]) if not self.part.hidden_columns else set()
        return [
            place
            for place, column in enumerate(self.sheet["columns"], start=1)
            if column["kinds"] and place not in hidden
        ]

    # --- the fields of the form -----------------------------------------------------------------

    def _add_field(self, key: str) -> None:
        source = self.part.fields.get(key, Source())
        chosen = f"c{source.column}" if source.column else ""
        chosen = CONSTANT if source.value else f"r{source.rule}" if source.rule else chosen
        self.fields[f"source-{key}"] = forms.ChoiceField(
            label=heading(key),
            required=False,
            choices=self._choices(key),
            initial=chosen,
            widget=forms.Select(attrs={"class": "select"}),
        )
        self.fields[f"value-{key}"] = forms.CharField(
            label=_("%s: the same for all rows") % heading(key),
            required=False,
            max_length=500,
            initial=source.value,
            widget=forms.TextInput(attrs={"class": "input"}),
        )

    def _choices(self, key: str) -> list[tuple[str, str]]:
        rules = [(f"r{rule}", RULES[rule]) for rule in mapping.RULES.get(key, ())]
        return [
            ("", _("not in the file")),
            (CONSTANT, _("the same for all rows:")),
            *([(_("Worked out from the rest"), rules)] if rules else []),
            (_("Columns of the file"), self._columns),
        ]

    @cached_property
    def _columns(self) -> list[tuple[str, str]]:
        return [(f"c{place}", self.names[place - 1][:80]) for place in self.places]

    def _add_quarter(self, place: int) -> None:
        column = self.part.quarters.get(place)
        family, quarter = self.part.loose.get(place, ("", ""))
        if column:
            family, quarter = column.family, column.label
        name = self.names[place - 1]
        self.fields[f"family-{place}"] = forms.ChoiceField(
            label=_("%s: what it holds") % name[:80],
            required=False,
            choices=[
                ("", "–"),
                *((name, heading(name)) for name in record.FAMILIES),
                (mapping.MARK, MARKS),
            ],
            initial=family,
            widget=forms.Select(attrs={"class": "select select-short"}),
        )
        self.fields[f"quarter-{place}"] = forms.CharField(
            label=_("%s: of which quarter") % name[:80],
            required=False,
            max_length=20,
            initial=quarter,
            widget=forms.TextInput(attrs={"class": "input input-quarter"}),
        )

    def _add_choices(self) -> None:
        if len(self.years) > 1:
            self.fields["only_year"] = forms.ChoiceField(
                label=_("Quarters of"),
                required=False,
                choices=[("", _("all years")), *((str(y), str(y)) for y in self.years)],
                help_text=_("Where each year is an action of its own: take the sheet once more."),
                widget=forms.Select(attrs={"class": "select"}),
            )
        part = self.part
        self.fields["prefix"] = forms.CharField(
            label=_("Before each code"), required=False, max_length=20, initial=part.prefix,
            widget=forms.TextInput(attrs={"class": "input input-quarter"}),
        )  # fmt: skip
        self.fields["prefix_sheet"] = forms.BooleanField(
            label=_("Before each code the name of the sheet: %s")
            % f"{self.sheet['name']}-{part.prefix}1",
            required=False,
            initial=part.prefix_sheet,
        )
        for name, label in (("first_row", _("First row")), ("last_row", _("Last row"))):
            self.fields[name] = forms.IntegerField(
                label=label, required=False, min_value=1, initial=getattr(part, name),
                widget=forms.NumberInput(attrs={"class": "input input-number"}),
            )  # fmt: skip
        for family in (record.PLAN, record.ACTUAL):
            self.fields[f"increments-{family}"] = forms.BooleanField(
                label=_("%s: each quarter tells what it adds; add the quarters up")
                % heading(family),
                required=False,
                initial=family in part.increments,
            )
        for name in mapping.SCALED:
            self.fields[f"scale-{name}"] = forms.ChoiceField(
                label=_("%s: per cents") % heading(name),
                required=False,
                choices=[("", "–"), *SCALES.items()],
                initial=part.scales.get(name) or "",
                widget=forms.Select(attrs={"class": "select"}),
            )
        for key in mapping.FILLED:
            self.fields[f"fill-{key}"] = forms.BooleanField(
                label=heading(key), required=False, initial=key in self._proposed_fill()
            )
        for key in LENIENT:
            self.fields[f"lenient-{key}"] = forms.BooleanField(
                label=heading(key), required=False, initial=key in part.lenient
            )
        for name, (label, choices) in ROWS.items():
            self.fields[name] = forms.ChoiceField(
                label=label,
                choices=list(choices.items()),
                initial=getattr(part, name) or mapping.FAULT,
                required=False,
                widget=forms.Select(attrs={"class": "select"}),
            )
        self.fields["alike"] = forms.BooleanField(
            label=_("Read the other sheets with the same headers alike"),
            required=False,
            initial=True,
        )

    def _proposed_fill(self) -> set[str]:
        if self.part.fill is None:
            return set(mapping.gaps(self.part, self.book))
        return self.part.fill

    # --- as the page shows it ---------------------------------------------------------------------

    def field_rows(self) -> list[FieldRow]:
        return [
            FieldRow(
                key,
                heading(key),
                self[f"source-{key}"],
                self[f"value-{key}"],
                self._samples_of(self[f"source-{key}"].value()),
                key in layout.REQUIRED,
            )
            for key in record.PLAIN
        ]

    def _samples_of(self, chosen: str | None) -> list[str]:
        place = _place(chosen)
        return self.samples[place - 1][:3] if place in self.places else []

    def quarter_rows(self) -> list[ColumnRow]:
        """The columns that hold, or by their headers may hold, values of quarters."""
        return [row for row in self._column_rows if row.family.value() or row.quarter.value()]

    def other_rows(self) -> list[ColumnRow]:
        """The other columns, those that fields are read from among them: that may change."""
        shown = {row.place for row in self.quarter_rows()}
        return [row for row in self._column_rows if row.place not in shown]

    @cached_property
    def _column_rows(self) -> list[ColumnRow]:
        return [
            ColumnRow(
                place,
                letter(place),
                self.names[place - 1],
                self[f"family-{place}"],
                self[f"quarter-{place}"],
                self.samples[place - 1][:3],
            )
            for place in self.places
        ]

    def scale_rows(self) -> list[forms.BoundField]:
        """Where per cents and plain numbers stand side by side, or a person chose a scale."""
        asked = set(mapping.doubtful_scales(self.current, self.book)) | set(self.part.scales)
        return [self[f"scale-{name}"] for name in mapping.SCALED if name in asked]

    def increment_rows(self) -> list[forms.BoundField]:
        return [self[f"increments-{family}"] for family in FAMILIES[:2]]

    def fill_rows(self) -> list[forms.BoundField]:
        columns = self.current.columns()
        return [self[f"fill-{key}"] for key in mapping.FILLED if key in columns]

    def lenient_rows(self) -> list[forms.BoundField]:
        return [self[f"lenient-{key}"] for key in LENIENT if key in self._read_families()]

    def _read_families(self) -> set[str]:
        return {key.partition(":")[0] for key in self.current.columns()}

    def row_choices(self) -> list[forms.BoundField]:
        """What rows may be that are perhaps no actions, as far as the columns let it be asked."""
        families = self._read_families()
        names = [name for name in ROWS if name not in ("undated", "unplanned")]
        is_dated = {"start", "end"} & families or self.current.marks()
        names += ["undated"] if is_dated else []
        names += ["unplanned"] if record.PLAN in families else []
        return [self[name] for name in ROWS if name in names]

    def has_families(self) -> bool:
        return bool(self.current.quarters)

    @cached_property
    def current(self) -> Part:
        """The part as the form stands, as far as it can be understood."""
        sources = {key: source for key in record.PLAIN if (source := self._source(key)) is not None}
        quarters = {}
        for place in self.places:
            family, text = self[f"family-{place}"].value(), self[f"quarter-{place}"].value()
            if family in FAMILIES and (column := _column(family, text)):
                quarters[place] = column
        return replace(self.part, fields=sources, quarters=quarters, loose={})

    def _source(self, key: str) -> Source | None:
        chosen = self[f"source-{key}"].value() or ""
        if chosen == CONSTANT:
            text = (self[f"value-{key}"].value() or "").strip()
            return Source(value=text) if text else None
        if chosen.startswith("r") and chosen[1:] in mapping.RULES.get(key, ()):
            return Source(rule=chosen[1:])
        place = _place(chosen)
        return Source(column=place) if place in self.places else None

    # --- checking ---------------------------------------------------------------------------------

    def clean(self):
        cleaned = super().clean()
        for key in record.PLAIN:
            self._check_constant(key, cleaned)
        for key in mapping.missing_fields(self.current):
            if f"value-{key}" not in self.errors:
                self.add_error(f"source-{key}", NEEDED[key])
        self._check_quarters(cleaned)
        first, last = cleaned.get("first_row"), cleaned.get("last_row")
        if first and last and last < first:
            self.add_error("last_row", _("the first row or a later one"))
        for name in mapping.doubtful_scales(self.current, self.book):
            if not cleaned.get(f"scale-{name}"):
                self.add_error(f"scale-{name}", _("say how per cents are read"))
        return cleaned

    def _check_constant(self, key: str, cleaned: dict) -> None:
        if cleaned.get(f"source-{key}") != CONSTANT:
            return
        text = (cleaned.get(f"value-{key}") or "").strip()
        if not text:
            self.add_error(f"value-{key}", _("write the value"))
            return
        try:
            fields.read(text, key, Report())
        except ValueError as error:
            self.add_error(f"value-{key}", _("expected: %s") % error.args[0])

    def _check_quarters(self, cleaned: dict) -> None:
        taken = {}
        for place in self.places:
            family = cleaned.get(f"family-{place}")
            text = cleaned.get(f"quarter-{place}")
            if not family:
                continue
            column = _column(family, text)
            if column is None:
                self.add_error(
                    f"quarter-{place}",
                    _("write the quarter as 2022Q3 or Q3/2022, or choose “–” to leave it out"),
                )
            elif column in taken and family != mapping.MARK:
                other = letter(taken[column])
                self.add_error(f"quarter-{place}", _("column %s holds the same already") % other)
            else:
                taken[column] = place

    def _chosen_fill(self) -> set[str] | None:
        """What is filled down; None where there is nothing to fill, so that nobody was asked."""
        chosen = {key for key in mapping.FILLED if self.cleaned_data[f"fill-{key}"]}
        return chosen if chosen or mapping.gaps(self.current, self.book) else None

    def let_pass(self) -> None:
        """Say nothing of faults: the form is only shown anew, to choose on."""
        self._errors = {}

    def chosen(self) -> Part:
        """The part as a valid form says."""
        cleaned = self.cleaned_data
        scales = {name: cleaned[f"scale-{name}"] for name in mapping.SCALED}
        return replace(
            self.current,
            quarters=self._chosen_quarters(),
            prefix=cleaned["prefix"].strip(),
            increments={f for f in FAMILIES[:2] if cleaned[f"increments-{f}"]},
            scales={name: scale for name, scale in scales.items() if scale},
            fill=self._chosen_fill(),
            prefix_sheet=cleaned["prefix_sheet"],
            first_row=cleaned["first_row"],
            last_row=cleaned["last_row"],
            lenient={key for key in LENIENT if cleaned[f"lenient-{key}"]} & self._read_families(),
            **{name: cleaned[name] or mapping.FAULT for name in ROWS},
            is_settled=True,
        )

    def _chosen_quarters(self) -> dict[int, QuarterColumn]:
        """The columns of quarters, of one year only where that was said."""
        year = self.cleaned_data.get("only_year")
        return {
            place: column
            for place, column in self.current.quarters.items()
            if not year or not column.quarter.year or str(column.quarter.year) == year
        }


def _place(chosen: str | None) -> int | None:
    """The column of an option, `c12`; None for any other."""
    return read_key(chosen[1:]) if chosen and chosen.startswith("c") else None


def _column(family: str, text: str | None) -> QuarterColumn | None:
    try:
        return QuarterColumn.read(family, text or "")
    except ValueError:
        return None
