"""What a read workbook would do to a strategy, and everything that stands in its way."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from roadmap import record
from roadmap.models import QuarterState, Strategy
from roadmap.quarters import Quarter
from roadmap.record import ACTUAL, COMMENT, PLAN, Record, at
from roadmap.traffic_light import Course, PlanFault
from roadmap.workbook.faults import Report
from roadmap.workbook.reading import Row, Sheet

# How far beyond its phases a new strategy may reach: work that starts early or drags on.
YEARS_BEYOND = 3


@dataclass(slots=True)
class Step:
    """What would happen to one action; `fields` maps record key → [from, to]."""

    row: int
    before: Record | None
    after: Record
    fields: dict[str, list]

    @property
    def code(self) -> str:
        return self.after["code"]


@dataclass
class Proposal:
    """What an import would do, or the faults for which it does nothing."""

    strategy: Strategy
    report: Report
    new: list[Step] = field(default_factory=list)
    changed: list[Step] = field(default_factory=list)
    unchanged: int = 0
    missing: list[str] = field(default_factory=list)
    new_years: list[int] = field(default_factory=list)
    new_quarters: list[Quarter] = field(default_factory=list)
    new_names: dict[str, list[str]] = field(default_factory=dict)

    @property
    def steps(self) -> list[Step]:
        return self.new + self.changed

    @property
    def has_assumptions(self) -> bool:
        return bool(self.report.assumptions) or any(self.new_names.values())

    @property
    def assumptions(self) -> list[tuple[str, int]]:
        return list(self.report.assumptions.items())

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


def propose(sheet: Sheet, strategy: Strategy) -> Proposal:
    """Check the sheet against the strategy, which may be a new one, not yet saved."""
    existing = record.records(strategy) if strategy.pk else {}
    proposal = Proposal(strategy, sheet.report)
    if "code" not in sheet.columns:
        return proposal
    check = _Check(sheet, strategy, existing, proposal)
    for row in sheet.rows:
        check.row(row)
    check.finish()
    return proposal


class _Check:
    def __init__(self, sheet: Sheet, strategy: Strategy, existing: dict, proposal: Proposal):
        self.sheet, self.existing, self.proposal = sheet, existing, proposal
        self.report = sheet.report
        self.seen: dict[str, int] = {}
        states = {q.quarter: q.state for q in strategy.quarters.all()} if strategy.pk else {}
        self.closed = {q for q, state in states.items() if state == QuarterState.CLOSED}
        self.years = {p.year for p in strategy.phases.all()} if strategy.pk else set()
        self.is_new = not self.years
        if self.is_new:
            self.years = {row.values["phase"] for row in sheet.rows if row.values.get("phase")}
            self._start_strategy()
        else:
            ends = [Quarter(min(self.years), 1), Quarter(max(self.years), 4), *states]
            self.first, self.last = min(ends), max(ends)
        for column in sheet.columns.values():
            if column.quarter and not self._reachable(column.quarter):
                expected = self._expected_quarter()
                self.report.fault(sheet.header_row, column.place, "", column.heading, expected)

    def _start_strategy(self) -> None:
        years = self.years or {2000}
        self.first = Quarter(min(years) - YEARS_BEYOND, 1)
        self.last = Quarter(max(years) + YEARS_BEYOND, 4)
        self.used = set()

    def _reachable(self, quarter: Quarter) -> bool:
        return self.first <= quarter <= self.last

    def _expected_quarter(self) -> str:
        return _("a quarter of the strategy, %(first)s–%(last)s") % {
            "first": self.first,
            "last": self.last,
        }

    # --- one row ------------------------------------------------------------------------------

    def row(self, row: Row) -> None:
        faults = self.report.fault_count
        code = row.values.get("code")
        for key in ("code", "title", "phase"):
            if key in row.values and row.values[key] is None:
                self.sheet.fault(row, key, "", _("a value: it is never empty"))
        if code is None:
            return
        if code in self.seen:
            expected = _("a code that is not on a row above (row %d)") % self.seen[code]
            self.sheet.fault(row, "code", code, expected)
            return
        self.seen[code] = row.number
        before = self.existing.get(code)
        after = self._merge(row, before or {})
        complete = len(row.values) == len(self.sheet.columns) and faults == self.report.fault_count
        if complete and self._is_sound(row, after):
            self._propose(row, before, after)

    def _merge(self, row: Row, before: Record) -> Record:
        """The action as it would be: what the file says, over what there is."""
        after = dict(before)
        for key, value in row.values.items():
            family, _colon, quarter = key.partition(":")
            if family in (ACTUAL, COMMENT) and value is None:
                if key in before:
                    self.report.assume(
                        _("reported values are empty in the file and stay as they are")
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
        sentences = {
            "baseline": _("rows: baseline 0, where none was given"),
            "target": _("rows: target 100, where none was given"),
            "weight": _("rows: weight 1, where none was given"),
            "start": _("rows: starts with its phase, where no start was given"),
            "end": _("rows: ends with its phase, where no end was given"),
        }
        year = after.get("phase")
        defaults = {"baseline": Decimal(0), "target": Decimal(100), "weight": Decimal(1)}
        if year:
            defaults |= {"start": Quarter(year, 1), "end": Quarter(year, 4)}
        for key, value in defaults.items():
            # A cell that could not be read is a fault already, and no reason to assume.
            unread = key in self.sheet.columns and key not in row.values
            if after.get(key) is None and not unread:
                after[key] = value
                self.report.assume(sentences[key])

    def _is_sound(self, row: Row, after: Record) -> bool:
        faults = self.report.fault_count
        if not self.is_new and after["phase"] not in self.years:
            years = ", ".join(map(str, sorted(self.years)))
            self.sheet.fault(row, "phase", after["phase"], _("a phase of the strategy: %s") % years)
            return False  # its start and end, by default the phase's, mean nothing yet
        if after["weight"] <= 0:
            self.sheet.fault(row, "weight", after["weight"], _("a number above 0"))
        if after["baseline"] == after["target"]:
            self.sheet.fault(row, "target", after["target"], _("another value than the baseline"))
        for key in record.QUARTERS:
            if after[key] and not self._reachable(after[key]):
                self.sheet.fault(row, key, after[key], self._expected_quarter())
        if faults == self.report.fault_count and after["start"] > after["end"]:
            self.sheet.fault(
                row, "end", after["end"], _("the start %s or a later quarter") % str(after["start"])
            )
        for key in after:
            family, _colon, quarter = key.partition(":")
            if family == COMMENT and at(ACTUAL, Quarter.parse(quarter)) not in after:
                self.sheet.fault(row, key, after[key], _("a reported value for the same quarter"))
        if faults == self.report.fault_count:
            self._check_plan(row, after)
        return faults == self.report.fault_count

    def _check_plan(self, row: Row, after: Record) -> None:
        plan = {
            quarter: after[key]
            for key in after
            for family, quarter in [record.split(key)]
            if family == PLAN
        }
        if not plan:
            return
        course = Course(
            after["baseline"],
            after["target"],
            after["start"].ordinal,
            after["end"].ordinal,
            plan={quarter.ordinal: value for quarter, value in plan.items()},
        )
        for ordinal, fault in course.plan_faults():
            quarter = Quarter.from_ordinal(ordinal)
            earlier = max((q for q in plan if course.start <= q.ordinal < ordinal), default=None)
            expected = _EXPECTED_PLAN[fault]() % {
                "baseline": record.text(after["baseline"]),
                "target": record.text(after["target"]),
                "start": after["start"],
                "end": after["end"],
                "before": record.text(plan.get(earlier, after["baseline"])),
            }
            self.sheet.fault(row, at(PLAN, quarter), record.text(plan[quarter]), expected)

    def _propose(self, row: Row, before: Record | None, after: Record) -> None:
        fields = record.differences(before or {}, after)
        if not before:
            self.proposal.new.append(Step(row.number, None, after, fields))
        elif fields:
            self.proposal.changed.append(Step(row.number, before, after, fields))
        else:
            self.proposal.unchanged += 1
        if self.is_new:
            self.used.update(q for key in after if (q := record.split(key)[1]))
            self.used.update(after[key] for key in record.QUARTERS if after[key])
        late = sum(
            1 for key in fields if key.startswith(ACTUAL) and record.split(key)[1] in self.closed
        )
        if late:
            self.report.assume(
                _("reported values belong to closed quarters, whose lights do not change"), late
            )

    # --- the whole ----------------------------------------------------------------------------

    def finish(self) -> None:
        proposal = self.proposal
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


_EXPECTED_PLAN = {
    PlanFault.BEFORE_START: lambda: _(
        "the baseline %(baseline)s, as the action starts in %(start)s"
    ),
    PlanFault.BACKWARDS: lambda: _(
        "%(before)s or further towards %(target)s: a plan does not go backwards"
    ),
    PlanFault.BEYOND_TARGET: lambda: _("a value that does not go beyond the target %(target)s"),
    PlanFault.MISSES_TARGET: lambda: _("the target %(target)s, as the action ends in %(end)s"),
}
