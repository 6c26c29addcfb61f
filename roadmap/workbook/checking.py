"""What a read workbook would do to a strategy, and everything that stands in its way."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.utils.translation import gettext_noop as _

from roadmap import formats, record
from roadmap.models import QuarterState, Strategy
from roadmap.quarters import Quarter
from roadmap.record import ACTUAL, COMMENT, PLAN, Record, at
from roadmap.traffic_light import PlanFault
from roadmap.workbook.faults import Report, say, shorten
from roadmap.workbook.mapping import MARK, SKIP
from roadmap.workbook.reading import Reading, Row

# How far beyond its phases a new strategy may reach: work that starts early or drags on.
YEARS_BEYOND = 3


@dataclass(slots=True)
class Step:
    """What would happen to one action; `changes` are the differences, of a new one None."""

    sheet: str
    row: int
    before: Record | None
    after: Record
    changes: dict[str, list] | None

    @property
    def fields(self) -> dict[str, list]:
        """Record key → [from, to]; of a new action all that it has, told when it is asked for."""
        return record.differences({}, self.after) if self.changes is None else self.changes

    @property
    def code(self) -> str:
        return self.after["code"]


@dataclass
class Proposal:
    """What an import would do, or the faults for which it does nothing."""

    strategy: Strategy
    report: Report
    existing: dict[str, Record] = field(default_factory=dict)
    new: list[Step] = field(default_factory=list)
    changed: list[Step] = field(default_factory=list)
    unchanged_codes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    new_years: list[int] = field(default_factory=list)
    new_quarters: list[Quarter] = field(default_factory=list)
    new_names: dict[str, list[str]] = field(default_factory=dict)

    @property
    def steps(self) -> list[Step]:
        return self.new + self.changed

    @property
    def unchanged(self) -> int:
        return len(self.unchanged_codes)

    @property
    def counts(self) -> dict:
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "changed_fields": sum(len(step.fields) for step in self.changed),
            "unchanged": self.unchanged,
            "missing": len(self.missing),
            "faults": self.report.fault_count,
        }


def propose(reading: Reading, strategy: Strategy, tell=lambda count: None) -> Proposal:
    """Check what is read against the strategy, which may be a new one, not yet saved.

    `tell` hears from time to time how many rows were checked. Raises `WorkbookRefused` where
    there are no rows, or too many.
    """
    existing = record.records(strategy) if strategy.pk else {}
    proposal = Proposal(strategy, reading.report, existing)
    rows = reading.rows(tell)
    check = _Check(reading, strategy, existing, proposal)
    if check.is_new:
        rows = list(rows)
        check.start_strategy(rows)
    check.check_header()
    for row in rows:
        check.row(row)
    check.finish()
    return proposal


class _Check:
    def __init__(self, reading: Reading, strategy: Strategy, existing: dict, proposal: Proposal):
        self.reading, self.existing, self.proposal = reading, existing, proposal
        self.report = reading.report
        self.seen: dict[str, tuple[str, int]] = {}
        self.outside: dict[str, list[int]] = {}  # rows by their sheet
        states = {q.quarter: q.state for q in strategy.quarters.all()} if strategy.pk else {}
        self.closed = {q for q, state in states.items() if state == QuarterState.CLOSED}
        self.years = {p.year for p in strategy.phases.all()} if strategy.pk else set()
        self.is_new = not self.years
        if not self.is_new:
            ends = [Quarter(min(self.years), 1), Quarter(max(self.years), 4), *states]
            self.first, self.last = min(ends), max(ends)

    def check_header(self) -> None:
        for part in self.reading.parts:
            for column in part.part.quarters.values():
                if column.family == MARK or not column.quarter.year:
                    continue  # of the start or the phase, which are checked row by row
                if not self._reachable(column.quarter):
                    key = at(column.family, column.quarter)
                    part.fault(part.header_row, key, str(column.quarter), self._expected_quarter())

    def start_strategy(self, rows: list[Row]) -> None:
        """The phases of a new strategy are those that its rows name."""
        self.years = {row.values["phase"] for row in rows if row.values.get("phase")}
        years = self.years or {2000}
        self.first = Quarter(min(years) - YEARS_BEYOND, 1)
        self.last = Quarter(max(years) + YEARS_BEYOND, 4)
        self.used = set()

    def _reachable(self, quarter: Quarter) -> bool:
        return self.first <= quarter <= self.last

    def _expected_quarter(self) -> str:
        return say(
            _("a quarter of the strategy, %(first)s–%(last)s"),
            first=str(self.first),
            last=str(self.last),
        )

    # --- one row ------------------------------------------------------------------------------

    def row(self, row: Row) -> None:
        code = row.values.get("code")
        for key in ("code", "title", "phase"):
            if key in row.values and row.values[key] is None:
                row.fault(key, "", say(_("a value: it is never empty")))
        if code in self.seen:
            row.fault("code", code, self._seen_already(row, *self.seen[code]))
        elif code is not None:
            self.seen[code] = row.sheet, row.number
        if row.part.part.outside == SKIP and not self._moved_within(row):
            self.outside.setdefault(row.sheet, []).append(row.number)
            return
        before = self.existing.get(code)
        after = self._merge(row, before or {})
        if self._is_sound(row, after):
            self._propose(row, before, after)

    def _moved_within(self, row: Row) -> bool:
        """Move what reaches beyond the strategy to its ends; False where all of it lies outside."""
        if self.is_new:
            return True
        start, end = row.values.get("start"), row.values.get("end")
        if (start and start > self.last) or (end and end < self.first):
            return False
        for key, quarter in (("start", start), ("end", end)):
            if quarter and not self._reachable(quarter):
                row.values[key] = min(max(quarter, self.first), self.last)
                self.report.assume(
                    say(_("starts and ends outside the strategy were moved to its first or last"))
                )
                if row.part.rules.get("phase") == f"year_of_{key}":
                    if row.part.has_yearless:  # its values were taken for those of that year
                        return False
                    row.values["phase"] = row.values[key].year
        return row.values.get("phase") in {None, *self.years}

    @staticmethod
    def _seen_already(row: Row, sheet: str, number: int) -> str:
        if sheet == row.sheet:
            return say(_("a code that is not on a row above (row %(row)d)"), row=number)
        return say(
            _("a code that is not on another sheet (%(place)s); its name can stand before each"),
            place=f"{sheet}!{number}",
        )

    def _merge(self, row: Row, before: Record) -> Record:
        """The action as it would be: what the file says, over what there is."""
        after = dict(before)
        for key, value in row.values.items():
            family, _colon, quarter = key.partition(":")
            if family in (ACTUAL, COMMENT) and value is None:
                if key in before:
                    self.report.assume(
                        say(_("reported values are empty in the file and stay as they are"))
                    )
            elif quarter and value is None:
                after.pop(key, None)
            else:
                after[key] = value
        for key in (*record.TEXTS, "responsible"):
            after[key] = after.get(key) or (() if key == "responsible" else "")
        after.setdefault("cancelled_from", None)
        self._fill_defaults(row, after)
        return after

    def _fill_defaults(self, row: Row, after: Record) -> None:
        year = after.get("phase")
        defaults = {"baseline": Decimal(0), "target": Decimal(100), "weight": Decimal(1)}
        if year and self._is_phase(year):
            defaults |= {"start": Quarter(year, 1), "end": Quarter(year, 4)}
        for key, value in defaults.items():
            # A cell that could not be read is a fault already, and no reason to assume.
            if after.get(key) is None and key not in row.faulty:
                after[key] = value
                self.report.assume(say(_DEFAULTS[key]))

    def _is_phase(self, year: int) -> bool:
        return self.is_new or year in self.years

    def _is_sound(self, row: Row, after: Record) -> bool:
        """Whether the action can be; each thing is looked at that has all it needs to be judged.

        So that a row names all its faults at once.
        """

        def known(*keys: str) -> bool:
            return not row.faulty & set(keys) and all(after.get(key) is not None for key in keys)

        if known("phase") and not self._is_phase(after["phase"]):
            years = ", ".join(map(str, sorted(self.years)))
            expected = say(
                _("a phase of the strategy: %(years)s; other years belong to another strategy"),
                years=years,
            )
            row.fault("phase", after["phase"], expected)
        if known("weight") and after["weight"] <= 0:
            row.fault("weight", formats.value(after["weight"]), say(_("a number above 0")))
        if known("baseline", "target") and after["baseline"] == after["target"]:
            found = formats.value(after["target"])
            row.fault("target", found, say(_("another value than the baseline")))
        for key in record.QUARTERS:
            named = "phase" in row.faulty and row.part.rules.get("phase") == f"year_of_{key}"
            if known(key) and not self._reachable(after[key]) and not named:
                row.fault(key, after[key], self._expected_quarter())
        if known("start", "end") and after["start"] > after["end"]:
            expected = say(_("the start %(start)s or a later quarter"), start=str(after["start"]))
            row.fault("end", after["end"], expected)
        self._check_comments(row, after)
        if known("baseline", "target", "start", "end", "weight"):
            self._check_plan(row, after)
        return not row.faulty

    @staticmethod
    def _check_comments(row: Row, after: Record) -> None:
        for key in after:
            family, _colon, quarter = key.partition(":")
            actual = family == COMMENT and at(ACTUAL, Quarter.parse(quarter))
            if actual and actual not in after and actual not in row.faulty:
                row.fault(key, after[key], say(_("a reported value for the same quarter")))

    def _check_plan(self, row: Row, after: Record) -> None:
        plan = {
            quarter: after[key]
            for key in after
            for family, quarter in [record.split(key)]
            if family == PLAN
        }
        if not plan:
            return
        course = record.course(after)
        for ordinal, fault in course.plan_faults():
            quarter = Quarter.from_ordinal(ordinal)
            earlier = max((q for q in plan if course.start <= q.ordinal < ordinal), default=None)
            expected = say(
                _EXPECTED_PLAN[fault],
                baseline=formats.value(after["baseline"]),
                target=formats.value(after["target"]),
                start=str(after["start"]),
                end=str(after["end"]),
                before=formats.value(plan.get(earlier, after["baseline"])),
            )
            row.fault(at(PLAN, quarter), formats.value(plan[quarter]), expected)

    def _propose(self, row: Row, before: Record | None, after: Record) -> None:
        fields = record.differences(before, after) if before else None
        if fields is None:
            self.proposal.new.append(Step(row.sheet, row.number, None, after, None))
        elif fields:
            self.proposal.changed.append(Step(row.sheet, row.number, before, after, fields))
        else:
            self.proposal.unchanged_codes.append(after["code"])
        if self.is_new:
            self.used.update(q for key in after if (q := record.split(key)[1]))
            self.used.update(after[key] for key in record.QUARTERS if after[key])
        late = sum(
            1
            for key in (after if fields is None else fields)
            if key.startswith(ACTUAL) and record.split(key)[1] in self.closed
        )
        if late:
            self.report.assume(
                say(_("reported values belong to closed quarters, whose lights do not change")),
                late,
            )

    # --- the whole ----------------------------------------------------------------------------

    def finish(self) -> None:
        proposal = self.proposal
        for sheet, numbers in self.outside.items():
            rows = f"{sheet} {shorten(', '.join(map(str, numbers)), 200)}"
            sentence = _("rows outside the strategy's years were left out: %(rows)s")
            self.report.assume(say(sentence, rows=rows), len(numbers))
        proposal.missing = [code for code in self.existing if code not in self.seen]
        if self.is_new:
            proposal.new_years = sorted(self.years)
            if self.years:
                self._span_quarters()
        self._list_new_names()

    def _span_quarters(self) -> None:
        used = self.used | {Quarter(year, 1) for year in self.years}
        self.proposal.new_quarters = Quarter.span(
            Quarter(min(used).year, 1), Quarter(max(used).year, 4)
        )

    def _list_new_names(self) -> None:
        proposal, strategy = self.proposal, self.proposal.strategy
        known = {"theme": set(), "service_area": set()}
        if strategy.pk:
            known["theme"] = {record.line(theme.name) for theme in strategy.themes.all()}
            known["service_area"] = {record.line(a.name) for a in strategy.service_areas.all()}
        for key, names in known.items():
            used = Counter(step.after[key] for step in proposal.steps if step.after[key])
            proposal.new_names[key] = [name for name in used if name not in names]
        emails = {email for step in proposal.steps for email in step.after["responsible"]}
        users = set(get_user_model().objects.values_list("email", flat=True)) if emails else set()
        proposal.new_names["responsible"] = sorted(emails - users)


_DEFAULTS = {
    "baseline": _("rows: baseline 0, where none was given"),
    "target": _("rows: target 100, where none was given"),
    "weight": _("rows: weight 1, where none was given"),
    "start": _("rows: starts with its phase, where no start was given"),
    "end": _("rows: ends with its phase, where no end was given"),
}

_EXPECTED_PLAN = {
    PlanFault.BEFORE_START: _("the baseline %(baseline)s, as the action starts in %(start)s"),
    PlanFault.BACKWARDS: _(
        "%(before)s or further towards %(target)s: a plan does not go backwards"
    ),
    PlanFault.BEYOND_TARGET: _("a value that does not go beyond the target %(target)s"),
    PlanFault.MISSES_TARGET: _("the target %(target)s, as the action ends in %(end)s"),
}
