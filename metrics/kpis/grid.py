"""A grid of measurements: a KPI's periods or a month's KPIs, entered together, all or none."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from metrics.forms.measurements import (
    MeasurementForm,
    keyboard,
    number_as_typed,
    question_key,
)
from metrics.kpis import amounts
from metrics.kpis.checks import earlier, number_name, questions
from metrics.kpis.measuring import numbers_by_period, record
from metrics.kpis.periods import Period
from metrics.models import ALL_NUMBERS, Kpi, Measurement, Origin
from roadmap.forms.reports import ValueInput
from roadmap.record import CONTROL, prose

COMMENT = "comment"
SENT = {*ALL_NUMBERS, COMMENT, "version"}
_READS = ValueInput(required=False)


@dataclass(frozen=True)
class Cell:
    """One field of the grid; `label` says aloud which number of what it is."""

    name: str  # of the field, as it is sent
    head: str
    label: str
    text: str
    errors: list[str]
    is_comment: bool


@dataclass
class Row:
    """One KPI in one period: its versions in their order, and what was typed."""

    kpi: Kpi
    period: Period
    key: str  # begins the names of its fields
    title: str
    versions: list[Measurement]
    typed: dict[str, str] | None = None
    seen: int = 0
    form: MeasurementForm | None = None
    questions: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)  # of the grid that it is in

    @property
    def stands(self) -> Measurement | None:
        return self.versions[-1] if self.versions else None

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.kpi.numbers, COMMENT)

    @property
    def texts(self) -> dict[str, str]:
        """What the fields hold."""
        return self.texts_of(self.stands) if self.typed is None else self.typed

    def texts_of(self, version: Measurement | None) -> dict[str, str]:
        if version is None or version.withdrawn:
            return dict.fromkeys(self.fields, "")
        numbers = {name: number_as_typed(getattr(version, name)) for name in self.kpi.numbers}
        return numbers | {COMMENT: version.comment}

    @property
    def value(self) -> str:
        """The value of what stands, in words."""
        if self.stands is None or self.stands.withdrawn:
            return ""
        return amounts.reading(self.kpi, self.kpi.rule.reading(self.stands.numbers))

    @property
    def version(self) -> int:
        """The version that is before the person's eyes once the row is shown."""
        return self.stands.version if self.stands else 0

    def read(self, data) -> None:
        """Take what was sent; nothing where the row was not shown when the page was made."""
        if f"{self.key}-version" not in data:
            return
        self.typed = {name: data.get(f"{self.key}-{name}", "") for name in self.fields}
        seen = data[f"{self.key}-version"]
        self.seen = int(seen) if seen.isdecimal() and len(seen) < 10 else 0
        if not self.is_changed:
            self.typed = None  # and what stands now is shown

    def fill(self, texts: dict[str, str]) -> None:
        """Put texts into fields, as if they had been typed."""
        if self.typed is None:
            self.typed, self.seen = self.texts, self.version
        self.typed |= texts

    def take_theirs(self) -> None:
        self.typed = None

    @property
    def is_changed(self) -> bool:
        """Whether something else was typed than the person saw: versions are never lost."""
        if self.typed is None:
            return False
        seen = next((row for row in self.versions if row.version == self.seen), None)
        return _meaning(self.typed) != _meaning(self.texts_of(seen))

    @property
    def is_overtaken(self) -> bool:
        """Whether somebody else changed it meanwhile, to something else than was typed."""
        if not self.is_changed or self.seen == self.version:
            return False
        return _meaning(self.typed) != _meaning(self.texts_of(self.stands))

    @property
    def theirs(self) -> dict[str, str]:
        """The numbers that stand, by their names, for showing beside one's own."""
        texts = self.texts_of(self.stands)
        return {self.names[name]: texts[name] for name in self.kpi.numbers}

    @property
    def is_emptied(self) -> bool:
        """Whether the numbers of a measurement were taken out of their fields."""
        is_measured = self.stands is not None and not self.stands.withdrawn
        return is_measured and not any(self.typed[name].strip() for name in self.kpi.numbers)

    @cached_property
    def names(self) -> dict[str, str]:
        return {name: number_name(self.kpi, name) for name in self.kpi.numbers} | {
            COMMENT: _("comment")
        }

    def validate(self) -> bool:
        sent = {f"{self.key}-{name}": text for name, text in self.typed.items()}
        sent[f"{self.key}-version"] = str(self.seen)
        self.form = MeasurementForm(self.kpi, sent, prefix=self.key)
        if self.is_emptied:
            self.form.errors.clear()
            self.form.add_error(
                self.kpi.numbers[0],
                _("a measurement is taken back on its own page, with a reason"),
            )
        return self.form.is_valid()

    @property
    def question_key(self) -> str:
        return question_key(self.kpi, self.period, self.form.numbers)

    def errors(self, name: str) -> list[str]:
        return list(self.form.errors.get(name, [])) if self.form else []

    @property
    def faults(self) -> list[tuple[str, str, str]]:
        """The field, what it is called and what is wrong with it."""
        names = [name for name in self.fields if self.errors(name)]
        return [(f"{self.key}-{n}", self.names[n], " ".join(self.errors(n))) for n in names]

    @property
    def keyboard(self) -> str:
        return keyboard(self.kpi)

    @property
    def cells(self) -> list[Cell | None]:
        """A cell a column of the grid, None where the KPI has no such number."""
        texts = self.texts
        return [
            Cell(
                f"{self.key}-{column}",
                self.names[column],
                f"{self.title}: {self.names[column]}",
                texts[column],
                self.errors(column),
                column == COMMENT,
            )
            if column in self.fields
            else None
            for column in self.columns
        ]


@dataclass(frozen=True)
class Saved:
    new: int
    corrected: int


class Grid:
    """Rows, and the columns that any of them has a number for."""

    def __init__(self, pairs: Iterable[tuple[Kpi, Period, str, str]]):
        """Each pair comes with the key and the title of its row; one query."""
        pairs = list(pairs)
        versions = _versions(pairs)
        self.rows = [
            Row(kpi, period, key, title, versions[kpi.pk, period])
            for kpi, period, key, title in pairs
        ]
        used = {name for row in self.rows for name in row.kpi.numbers}
        self.columns = [*(name for name in ALL_NUMBERS if name in used), COMMENT]
        for row in self.rows:
            row.columns = self.columns
        # Fields that were sent and are not here any more: of a KPI that is somebody else's now, or
        # that is measured by other numbers or in other periods.
        self.has_strangers = False

    def row(self, key: str) -> Row | None:
        return next((row for row in self.rows if row.key == key), None)

    def read(self, data) -> None:
        for row in self.rows:
            row.read(data)
        known = {f"{row.key}-{name}" for row in self.rows for name in (*row.fields, "version")}
        sent = {name for name in data if name.rpartition("-")[2] in SENT and "-" in name}
        self.has_strangers = bool(sent - known)

    @property
    def changed(self) -> list[Row]:
        return [row for row in self.rows if row.is_changed]

    @property
    def overtaken(self) -> list[Row]:
        return [row for row in self.rows if row.is_overtaken]

    @property
    def faults(self) -> list[tuple[Row, str, str, str]]:
        return [(row, *fault) for row in self.rows for fault in row.faults]

    @property
    def heads(self) -> list[str]:
        """The names of the columns: those of the KPI where there is but one."""
        kpis = {row.kpi.pk for row in self.rows}
        named = self.rows[0].kpi if len(kpis) == 1 else Kpi()
        return [_("comment") if one == COMMENT else number_name(named, one) for one in self.columns]

    @property
    def named_columns(self) -> list[tuple[str, str]]:
        return list(zip(self.columns, self.heads, strict=True))

    @property
    def width(self) -> int:
        """Columns of the table: beside the numbers, what the row is called and the value now."""
        return len(self.columns) + 2

    @property
    def asked(self) -> list[Row]:
        return [row for row in self.rows if row.questions]

    def check(self, confirmed: set[str]) -> bool:
        """Whether what was typed may be saved; else each row says what is in the way.

        `confirmed` are the keys of questions that were answered.
        """
        changed = self.changed
        valid = [row for row in changed if row.validate()]
        if len(valid) < len(changed) or self.overtaken or self.has_strangers:
            return False
        self._ask(valid, confirmed)
        return not self.asked

    def _ask(self, rows: list[Row], confirmed: set[str]) -> None:
        """Ask about each row what looks like a slip, beside what was measured and typed before."""
        measured = numbers_by_period({row.kpi.pk for row in rows}) if rows else {}
        for row in sorted(rows, key=lambda row: row.period.ordinal):
            known, numbers = measured[row.kpi.pk], row.form.numbers
            if known.get(row.period) != numbers and row.question_key not in confirmed:
                row.questions = questions(row.kpi, numbers, earlier(known, row.period))
            known[row.period] = numbers

    def save(self, user) -> Saved:
        """Keep the changed rows of a checked grid, all or none; raises `Overtaken`."""
        wanted = [row.form.measured(row.period) for row in self.changed]
        made = record(wanted, Origin.GRID, user)
        new = sum(row.version == 1 for row in made)
        return Saved(new, len(made) - new)


def _meaning(texts: dict[str, str]) -> dict:
    """What was typed, however it was written; a text where no number can be read."""
    return {
        name: prose(CONTROL.sub("", text)) if name == COMMENT else read_number(text)
        for name, text in texts.items()
    }


def read_number(text: str) -> Decimal | str | None:
    try:
        return _READS.clean(text)
    except ValidationError:
        return text.strip()


def _versions(pairs) -> dict[tuple[int, Period], list[Measurement]]:
    found = defaultdict(list)
    rows = Measurement.objects.filter(
        kpi__in={kpi.pk for kpi, *_rest in pairs},
        period__in={period for _kpi, period, *_rest in pairs},
    )
    for row in rows.select_related("user", "token").order_by("version"):
        found[row.kpi_id, row.period].append(row)
    return found
