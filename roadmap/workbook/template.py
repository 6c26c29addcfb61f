"""An empty workbook in the layout of the import, for people who fill it in in Excel."""

from django.utils.translation import gettext as _
from django.utils.translation import override
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, Protection
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.dimensions import ColumnDimension
from openpyxl.worksheet.worksheet import Worksheet

from roadmap import record
from roadmap.formats import collation
from roadmap.models import Strategy
from roadmap.workbook import layout
from roadmap.workbook.fields import MAX_WHOLE
from roadmap.workbook.instructions import Explained, explained, steps
from roadmap.workbook.writing import WIDTHS

ROWS = 2000  # that the lists and checks of the cells cover
INSTRUCTION_WIDTHS = (30, 12, 70, 34, 40)
LINE = 15  # points
LAST_COLUMN = 16_384  # of any sheet of Excel's
INSTRUCTIONS = {"fi": "Ohje", "sv": "Anvisning", "en": "Instructions"}
LISTS = {"fi": "Luettelot", "sv": "Listor", "en": "Lists"}
# The name of the list, on the hidden sheet, that a column chooses from.
CHOICES = {
    "phase": "Phases",
    "theme": "Themes",
    "service_area": "ServiceAreas",
    **dict.fromkeys(record.QUARTERS, "Quarters"),
}
OPEN_TO_NEW_NAMES = ("theme", "service_area")
_LARGEST = 10**MAX_WHOLE - 1
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_OPEN = Protection(locked=False)


def write_template(strategy: Strategy, file, language: str) -> None:
    """Write the empty workbook of a strategy into `file` (a path or a binary file).

    `language` is one of `layout.SHEET_NAMES`; headings, notes and instructions are in it. The
    strategy must have phases and quarters, as every strategy that was brought in has.
    """
    with override(language):
        columns = explained(strategy)
        workbook = Workbook()
        sheet = workbook.active
        sheet.title = layout.SHEET_NAMES[language]
        lists = _lists_of(strategy)
        keys = _keys(lists["Quarters"])
        _write_headings(sheet, keys, {column.key: column for column in columns}, language)
        _open_cells(sheet, keys)
        for place, key in enumerate(keys, start=1):
            _check_cells(sheet, place, key, lists)
        _protect(sheet)
        _write_instructions(workbook, columns, strategy, lists, language)
        _write_lists(workbook, lists, LISTS[language])
        workbook.save(file)


def _keys(quarters: list[str]) -> list[str]:
    families = (record.PLAN, record.ACTUAL)
    return [*record.PLAIN, *(f"{family}:{quarter}" for family in families for quarter in quarters)]


def _lists_of(strategy: Strategy) -> dict[str, list]:
    return {
        "Phases": [phase.year for phase in strategy.phases.all()],
        "Themes": sorted((t.name for t in strategy.themes.all()), key=collation),
        "ServiceAreas": sorted((a.name for a in strategy.service_areas.all()), key=collation),
        "Quarters": [str(q.quarter) for q in strategy.quarters.all()],
    }


# --- the sheet that is filled in --------------------------------------------------------------


def _write_headings(sheet: Worksheet, keys, columns: dict[str, Explained], language: str) -> None:
    for place, key in enumerate(keys, start=1):
        heading = put(sheet, 1, place, layout.heading(key, language))
        heading.font, heading.alignment = Font(bold=True), _WRAPPED
        note = columns[record.split(key)[0]].note
        heading.comment = Comment(note, "Digistrategia", height=40 + len(note) // 2, width=320)
    sheet.row_dimensions[1].height = 2 * LINE
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(keys))}{ROWS + 1}"


def _open_cells(sheet: Worksheet, keys: list[str]) -> None:
    """Unlocks every column as a whole: a row with a locked cell could not be removed.

    Text is marked as such, so that Excel makes neither a day of 1/2021 nor a formula of “- to do”.
    """
    for place, key in enumerate(keys, start=1):
        column = sheet.column_dimensions[get_column_letter(place)]
        column.width, column.protection = WIDTHS.get(key, 14), _OPEN
        if key in (*layout.AS_TEXT, *record.TEXTS, "responsible"):
            column.number_format = "@"
    after = get_column_letter(len(keys) + 1)
    rest = ColumnDimension(sheet, index=after, min=len(keys) + 1, max=LAST_COLUMN, width=14)
    rest.protection = _OPEN
    sheet.column_dimensions[after] = rest


def _protect(sheet: Worksheet) -> None:
    protection = sheet.protection
    protection.sheet = True
    # False is what stays allowed.
    protection.insertRows = protection.deleteRows = False
    protection.formatRows = protection.formatColumns = protection.formatCells = False
    protection.sort = protection.autoFilter = False


def _check_cells(sheet: Worksheet, place: int, key: str, lists: dict[str, list]) -> None:
    check = _check_of(key, lists)
    if check:
        letter = get_column_letter(place)
        check.add(f"{letter}2:{letter}{ROWS + 1}")
        sheet.add_data_validation(check)


def _check_of(key: str, lists: dict[str, list]) -> DataValidation | None:
    if key in CHOICES:
        return _choice(key) if lists[CHOICES[key]] else None
    if key == "weight":
        limits = {"operator": "greaterThan", "formula1": "0"}
        return check(_("Not a weight"), _("A number above 0."), type="decimal", **limits)
    if key in record.NUMBERS or ":" in key:
        limits = {"operator": "between", "formula1": f"-{_LARGEST}", "formula2": f"{_LARGEST}"}
        expected = _("A number, for example 60 or 60,5.")
        return check(_("Not a number"), expected, type="decimal", **limits)
    return None


def _choice(key: str) -> DataValidation:
    options = {"type": "list", "formula1": CHOICES[key]}
    if key in OPEN_TO_NEW_NAMES:
        says = _("The list does not have this name. The import will make it: is it spelt right?")
        return check(_("A new name"), says, errorStyle="warning", **options)
    if key == "phase":
        return check(_("Not a phase"), _("Choose the year of a phase from the list."), **options)
    return check(_("Not a quarter"), _("Choose a quarter from the list."), **options)


def check(title: str, says: str, **options) -> DataValidation:
    """What Excel refuses in a cell, and how it says so."""
    # Excel takes titles of 32 characters and sentences of 255, and calls a file broken otherwise.
    return DataValidation(
        errorTitle=title[:32], error=says[:255], showErrorMessage=True, allow_blank=True, **options
    )


# --- the other sheets -------------------------------------------------------------------------


def _write_instructions(workbook: Workbook, columns, strategy: Strategy, lists, language) -> None:
    sheet = workbook.create_sheet(INSTRUCTIONS[language])
    sheet.sheet_view.showGridLines = False
    for letter, width in zip("ABCDE", INSTRUCTION_WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    title = put(sheet, 1, 1, _("How to fill in the road map of %s") % strategy.name)
    title.font = Font(bold=True, size=14)
    row = 2
    for number, step in enumerate(steps(layout.SHEET_NAMES[language]), start=1):
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=5)
        put_row(sheet, row, [f"{number}. {step}"], [sum(INSTRUCTION_WIDTHS)])
        row += 1
    heads = (_("Heading"), _("Needed?"), _("Meaning"), _("Where it is empty"), _("Example"))
    for place, text in enumerate(heads, start=1):
        put(sheet, row + 1, place, text).font = Font(bold=True)
    for below, column in enumerate(columns, start=row + 2):
        texts = _in_words(column, lists["Quarters"], language)
        put_row(sheet, below, texts, INSTRUCTION_WIDTHS)


def put_row(sheet: Worksheet, row: int, texts, widths) -> None:
    """Wrapped texts, and a row as high as the longest needs: not every program finds it."""
    for place, text in enumerate(texts, start=1):
        put(sheet, row, place, text).alignment = _WRAPPED
    # A little less goes on a line than its width says, as words are not broken.
    lines = max(
        -(-len(text) * 10 // (9 * width)) for text, width in zip(texts, widths, strict=True)
    )
    sheet.row_dimensions[row].height = LINE * lines


def _in_words(column: Explained, quarters: list[str], language: str) -> tuple[str, ...]:
    """A row of the table; the heading of a family is told by its first and its last."""
    if column.key in record.FAMILIES:
        ends = (quarters[0], quarters[-1])
        heading = " … ".join(layout.heading(f"{column.key}:{end}", language) for end in ends)
    else:
        heading = layout.heading(column.key, language)
    needed = _("yes") if column.is_needed else _("no")
    empty = column.default or _("not allowed")
    return heading, needed, column.meaning, empty, column.example


def _write_lists(workbook: Workbook, lists: dict[str, list], title: str) -> None:
    sheet = workbook.create_sheet(title)
    sheet.sheet_state = "hidden"
    for place, (name, values) in enumerate(lists.items(), start=1):
        letter = get_column_letter(place)
        put(sheet, 1, place, name)
        for row, value in enumerate(values, start=2):
            put(sheet, row, place, value)
        if values:
            cells = f"'{title}'!${letter}$2:${letter}${len(values) + 1}"
            workbook.defined_names[name] = DefinedName(name, attr_text=cells)


def put(sheet: Worksheet, row: int, column: int, value):
    """Write a value into a cell and return the cell."""
    cell = sheet.cell(row, column)
    cell.value = layout.escape(record.line(value)) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"  # a name that begins with = is a name, never a formula
    return cell
