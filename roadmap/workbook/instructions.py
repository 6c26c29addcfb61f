"""What each column of the workbook means and how it is filled in, for the people who do it."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from roadmap import record
from roadmap.models import Strategy
from roadmap.quarters import Quarter
from roadmap.workbook import layout


class Explained(NamedTuple):
    """A column, or a family of columns, in the words of the language that is active."""

    key: str  # as in roadmap.record; of a family, its name
    meaning: str
    default: str
    example: str

    @property
    def is_needed(self) -> bool:
        return self.key in layout.REQUIRED

    @property
    def note(self) -> str:
        """All of it as the note on the column's heading."""
        lines = [self.meaning, _("Needed on every row.") if self.is_needed else ""]
        if self.default:
            lines.append(_("Where it is empty: %s.") % self.default)
        lines.append(_("Example: %s") % self.example)
        return "\n".join(line for line in lines if line)


def explained(strategy: Strategy) -> list[Explained]:
    """Every column in the order of the workbook, with examples of the strategy's own years."""
    years = [phase.year for phase in strategy.phases.all()]
    return _about_the_action(years[0]) + _about_the_metric(years[0]) + _by_quarter(years[0])


def _about_the_action(year: int) -> list[Explained]:
    empty = _("stays empty")
    return [
        Explained(
            "code",
            _(
                "A short code of your own, a different one on each row. A code that the road map "
                "has already changes that action, any other makes a new one."
            ),
            "",
            f"{year % 100:02}-001",
        ),
        Explained(
            "title",
            _("What is done, in one sentence of at most 500 characters."),
            "",
            _("Remote appointments at every health centre"),
        ),
        Explained(
            "description",
            _("More about the action. May have several lines."),
            empty,
            _("First at two health centres, then at all of them."),
        ),
        Explained(
            "phase",
            _("The year of the phase that the action belongs to. Choose it from the list."),
            "",
            str(year),
        ),
        Explained(
            "theme",
            _(
                "The group of actions that this one belongs to. Choose it from the list, or write "
                "a new name: new names are shown to you before anything is saved."
            ),
            empty,
            _("Digital services"),
        ),
        Explained(
            "service_area",
            _(
                "The part of the organisation that the action touches. Choose it from the list, "
                "or write a new name."
            ),
            empty,
            _("Health services"),
        ),
        Explained(
            "responsible",
            _(
                "The e-mail addresses of the people who report the action, with a semicolon "
                "between them. An address that is new becomes a digimentor, whom you can invite "
                "after the import."
            ),
            _("nobody"),
            "anna.aalto@example.org; bo.berg@example.org",
        ),
    ]


def _about_the_metric(year: int) -> list[Explained]:
    empty = _("stays empty")
    return [
        Explained(
            "metric",
            _("What shows that the action is done: what is counted or measured."),
            empty,
            _("Health centres with remote appointments"),
        ),
        Explained("unit", _("The unit of the metric's values."), empty, _("centres")),
        Explained("baseline", _("The value of the metric before the work begins."), "0", "4"),
        Explained(
            "target",
            _(
                "The value of the metric when the action is done. It may be lower than the "
                "baseline, but not the same."
            ),
            "100",
            "28",
        ),
        Explained(
            "start",
            _("The quarter in which the work begins."),
            _("the first quarter of the phase"),
            str(Quarter(year, 2)),
        ),
        Explained(
            "end",
            _("The quarter by whose end the target is reached."),
            _("the last quarter of the phase"),
            str(Quarter(year, 4)),
        ),
        Explained(
            "weight",
            _(
                "How much the action weighs in the percents of its phase, theme and service area. "
                "A number above 0."
            ),
            "1",
            "2",
        ),
        Explained(
            "cancelled_from",
            _("The quarter from which the action is cancelled and no longer counts."),
            _("not cancelled"),
            str(Quarter(year, 3)),
        ),
    ]


def _by_quarter(year: int) -> list[Explained]:
    return [
        Explained(
            record.PLAN,
            _(
                "The value that the plan expects at the end of the quarter, in the unit of the "
                "metric. Give it only where the plan bends: between the values that you give, it "
                "is a straight line."
            ),
            _("a straight line from the baseline to the target"),
            "12",
        ),
        Explained(
            record.ACTUAL,
            _(
                "The value achieved by the end of the quarter, in the unit of the metric. For "
                "quarters that were reported elsewhere; from now on the digimentors report in the "
                "portal."
            ),
            _("not reported; a report that the portal has already stays as it is"),
            "10,5",
        ),
        Explained(
            record.COMMENT,
            _(
                "A comment on the value achieved in the quarter. The sheet has no such columns: "
                "where you need one, write its heading after the last column."
            ),
            _("no comment"),
            _("Two centres waited for their equipment."),
        ),
    ]


def steps(sheet: str) -> list[str]:
    """What to do with the workbook, one thing after the other."""
    return [
        _("Write one action on each row of the sheet “%s”, from the second row on.") % sheet,
        _(
            "Use this workbook for new actions. To change actions that the portal has already, "
            "download the road map as it is from the same page: cells that are empty here would "
            "empty theirs."
        ),
        _("Point at a heading to read what belongs in its column. The table below has it all."),
        _(
            "Where a cell offers a list, choose from it. Dates are never used: a quarter is "
            "written 2021Q1."
        ),
        _(
            "Leave the headings as they are. The sheet is protected for their sake, without a "
            "password. Rows can be added, removed, sorted and filtered."
        ),
        _(
            "Save the workbook in Excel's own format (.xlsx) and choose it in the portal on the "
            "page “Import of the road map”."
        ),
        _(
            "The portal shows what will happen before anything is saved. If there are faults, it "
            "names their cells, and nothing is imported until they are mended."
        ),
    ]
