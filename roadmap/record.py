"""An action as one flat record: the row of the workbook, the line of the history, the preview.

The keys are the plain fields (`title`, `baseline`, …) and, for what belongs to a quarter,
`plan:2022Q3`, `actual:2022Q3` and `comment:2022Q3`. Values are typed (`Decimal`, `Quarter`,
`int` for the phase's year, a sorted tuple of addresses for the people responsible, otherwise
text); what is empty is None or "" and, for a quarter, absent.
"""

import re
import unicodedata
from collections import defaultdict
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext_noop

from roadmap.models import Action, PlanPoint, ProgressEntry, Strategy
from roadmap.quarters import Quarter
from roadmap.traffic_light import Course

TEXTS = ("title", "description", "theme", "service_area", "metric", "unit")
NUMBERS = ("baseline", "target", "weight")
QUARTERS = ("start", "end", "cancelled_from")
PLAN, ACTUAL, COMMENT = "plan", "actual", "comment"
FAMILIES = (PLAN, ACTUAL, COMMENT)

# In the order of the workbook's columns.
PLAIN = (
    "code",
    "title",
    "description",
    "phase",
    "theme",
    "service_area",
    "responsible",
    "metric",
    "unit",
    "baseline",
    "target",
    "start",
    "end",
    "weight",
    "cancelled_from",
)

# What people call the fields and families; marked for translation, said where it is shown.
NAMES = {
    "code": gettext_noop("Code"),
    "title": gettext_noop("Action"),
    "description": gettext_noop("Description"),
    "phase": gettext_noop("Phase"),
    "theme": gettext_noop("Theme"),
    "service_area": gettext_noop("Service area"),
    "responsible": gettext_noop("Digimentor"),
    "metric": gettext_noop("Metric"),
    "unit": gettext_noop("Unit"),
    "baseline": gettext_noop("Baseline"),
    "target": gettext_noop("Target"),
    "start": gettext_noop("Start"),
    "end": gettext_noop("End"),
    "weight": gettext_noop("Weight"),
    "cancelled_from": gettext_noop("Cancelled from"),
    "plan": gettext_noop("Planned"),
    "actual": gettext_noop("Achieved"),
    "comment": gettext_noop("Comment"),
}

Record = dict[str, object]

# Signs that no workbook can hold.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# Soft hyphens, joiners and marks of the writing's direction: on no paper, but in copied text.
INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BREAK = re.compile(r"\r\n?")


@lru_cache(maxsize=1024)
def at(family: str, quarter: Quarter) -> str:
    """The key of a value that belongs to a quarter; one and the same string for all actions."""
    return f"{family}:{quarter}"


def split(key: str) -> tuple[str, Quarter | None]:
    """The field or family of a key, and its quarter."""
    family, _, quarter = key.partition(":")
    return family, Quarter.parse(quarter) if quarter else None


@lru_cache(maxsize=10_000)
def number(value: Decimal) -> Decimal:
    """The same number without the zeros that a database column pads it with.

    One and the same for all that are equal: most numbers of a road map occur many times.
    """
    value = value.normalize() or Decimal(0)  # and not minus nought, which is equal to it
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


def prose(text: str) -> str:
    """The one spelling of a text of several lines.

    Ä may also come as A and two dots, and not every spreadsheet keeps a tab or a line feed's
    carriage return.
    """
    return _BREAK.sub("\n", unicodedata.normalize("NFC", text)).replace("\t", " ").strip()


def line(text: str) -> str:
    """The same on one line: line breaks and runs of spaces are layout there, not content."""
    return " ".join(prose(INVISIBLE.sub("", text)).split())


def text(value) -> str | None:
    """A value as history keeps it; None for nothing."""
    if value is None or value == "" or value == ():
        return None
    if isinstance(value, Decimal):
        return format(number(value), "f")
    if isinstance(value, tuple) and not isinstance(value, Quarter):
        return "; ".join(value)
    return str(value)


def person_key(pk: int | None) -> str | None:
    """How a person stands in the history, but for that of actions: never by name.

    A name may have to be forgotten; what is kept by key forgets it by itself.
    """
    return None if pk is None else f"#{pk}"


def value(key: str, kept: str | None):
    """The typed value of a key from the text that `text` made of it; None for nothing."""
    if kept is None:
        return None
    field = key.partition(":")[0]
    if field in (*NUMBERS, PLAN, ACTUAL):
        return Decimal(kept)
    if field in QUARTERS:
        return Quarter.parse(kept)
    if field == "phase":
        return int(kept)
    if field == "responsible":
        return tuple(kept.split("; "))
    return kept


def course(record: "Record") -> Course:
    """The action of a record as the rule sees it."""
    plan, entries = {}, {}
    for key, number in record.items():
        family, _, quarter = key.partition(":")
        if family == PLAN:
            plan[Quarter.parse(quarter).ordinal] = number
        elif family == ACTUAL:
            entries[Quarter.parse(quarter).ordinal] = number
    cancelled = record["cancelled_from"]
    return Course(
        record["baseline"],
        record["target"],
        record["start"].ordinal,
        record["end"].ordinal,
        record["weight"],
        cancelled and cancelled.ordinal,
        plan,
        entries,
    )


def differences(before: Record, after: Record) -> dict[str, list[str | None]]:
    """What changes from one record to the next: key → [from, to], as text."""
    keys = list(after) + [key for key in before if key not in after]
    pairs = {key: [text(before.get(key)), text(after.get(key))] for key in keys}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def records(strategy: Strategy) -> dict[str, Record]:
    """Every action of the strategy by its code, in order of code; four queries."""
    plain = Action.objects.filter(strategy=strategy).values_list(
        "pk",
        "code",
        "title",
        "description",
        "phase__year",
        "theme__name",
        "service_area__name",
        *("metric", "unit", "baseline", "target", "start", "end", "weight", "cancelled_from"),
    )
    keys = [key for key in PLAIN if key != "responsible"]
    by_pk = {pk: dict(zip(keys, values, strict=True)) for pk, *values in plain}
    for record in by_pk.values():
        for key in NUMBERS:
            record[key] = number(record[key])
        # As a workbook gives them back, whatever way they came in by.
        record["description"] = prose(CONTROL.sub("", record["description"]))
        for key in ("title", "theme", "service_area", "metric", "unit"):
            record[key] = line(CONTROL.sub("", record[key] or ""))

    people = defaultdict(list)
    links = Action.responsible.through.objects.filter(action__strategy=strategy)
    for pk, email in links.values_list("action_id", "user__email"):
        people[pk].append(email)
    for pk, record in by_pk.items():
        record["responsible"] = tuple(sorted(people[pk]))

    _add_quarters(by_pk, strategy)
    return {record["code"]: record for record in by_pk.values()}


def _add_quarters(by_pk: dict[int, Record], strategy: Strategy) -> None:
    """What was planned and reported; of an action that came since the first query, nothing."""
    points = PlanPoint.objects.filter(action__strategy=strategy)
    for pk, quarter, value in points.values_list("action_id", "quarter", "value"):
        if pk in by_pk:
            by_pk[pk][at(PLAN, quarter)] = number(value)
    entries = ProgressEntry.objects.filter(action__strategy=strategy)
    for pk, quarter, value, comment in entries.values_list(
        "action_id", "quarter", "value", "comment"
    ):
        if pk in by_pk:
            by_pk[pk][at(ACTUAL, quarter)] = number(value)
            if comment := prose(CONTROL.sub("", comment)):
                by_pk[pk][at(COMMENT, quarter)] = comment
