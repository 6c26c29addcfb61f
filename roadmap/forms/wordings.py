"""What can be said of the columns and rows of a workbook, in words."""

from django.utils.translation import gettext_lazy

from roadmap.workbook import mapping

RULES = {
    "numbered": gettext_lazy("Number the rows: 001, 002, 003 …"),
    "year_of_start": gettext_lazy("The year of the start"),
    "year_of_end": gettext_lazy("The year of the end"),
    "sheet_year": gettext_lazy("The year in the name of the sheet"),
    "sheet": gettext_lazy("The name of the sheet"),
    "last_plan": gettext_lazy("The last planned value"),
    "plan_start": gettext_lazy("The first quarter that plans something"),
    "mark_start": gettext_lazy("The first marked quarter"),
    "mark_end": gettext_lazy("The last marked quarter"),
    "plan_end": gettext_lazy("The quarter in which the plan is reached"),
}
SCALES = {
    mapping.AS_SHOWN: "50 % → 50; 0,5 → 0,5",
    mapping.TO_PERCENT: "50 % → 50; 0,5 → 50",
    mapping.AS_SHARE: "50 % → 0,5; 0,5 → 0,5",
}
_ACTIONS = gettext_lazy("are actions")
_LEFT = gettext_lazy("are left out, and counted")
_GROUPS = {
    "theme": gettext_lazy("name the theme of the rows below"),
    "service_area": gettext_lazy("name the service area of the rows below"),
}
_FAULTY = {mapping.FAULT: gettext_lazy("are faults"), **_GROUPS, mapping.SKIP: _LEFT}
# What rows may be, by the attribute of the part that says so.
ROWS = {
    "lone": (
        gettext_lazy("Rows with one filled cell"),
        {
            mapping.FAULT: gettext_lazy("are actions, and faults where something is missing"),
            **_GROUPS,
            mapping.SKIP: _LEFT,
        },
    ),
    "incomplete": (gettext_lazy("Rows without a code, a title or a phase"), _FAULTY),
    "undated": (
        gettext_lazy("Rows without a start and an end"),
        {mapping.FAULT: _ACTIONS, **_GROUPS, mapping.SKIP: _LEFT},
    ),
    "unplanned": (
        gettext_lazy("Rows that plan nothing"),
        {mapping.FAULT: _ACTIONS, mapping.SKIP: _LEFT},
    ),
    "outside": (
        gettext_lazy("What lies outside the strategy’s years"),
        {
            mapping.FAULT: gettext_lazy("is a fault"),
            mapping.SKIP: gettext_lazy(
                "is left out, starts and ends are moved to its first or last quarter; all counted"
            ),
        },
    ),
    "totals": (
        gettext_lazy("Rows that sum up others (Total …)"),
        {mapping.FAULT: _ACTIONS, mapping.SKIP: _LEFT},
    ),
}
NEEDED = {
    "code": gettext_lazy("choose a column, or number the rows"),
    "title": gettext_lazy("choose a column"),
    "phase": gettext_lazy("choose a column, a year, or where the year comes from"),
}
MARKS = gettext_lazy("A mark: it is done then")
