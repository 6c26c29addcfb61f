"""A workbook of the measurements that are missing from a year, to be filled in in Excel."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import override
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from metrics.kpis import checks, entering, measuring
from metrics.kpis.achievement import Kind
from metrics.kpis.periods import Period
from metrics.kpis.workbook import layout
from metrics.kpis.workbook.catalogue import Catalogue
from metrics.kpis.workbook.writing import AS_TEXT, WIDTHS
from metrics.models import ALL_NUMBERS, Kpi
from roadmap.models import Strategy
from roadmap.workbook.template import INSTRUCTIONS, check, put, put_row

_NOT_ASKED = PatternFill("solid", fgColor="D9DFE5")  # of numbers that the KPI does not have
_LARGEST = int(checks.LARGEST) - 1
_INSTRUCTION_WIDTHS = (30, 60, 60)


def write_template(strategy: Strategy, year: int, today: date, file, language: str) -> None:
    """Write the workbook of a year into `file`, in a language of `layout.SHEET_NAMES`.

    It has a row for each KPI and period that has begun, is followed and has no measurement.
    """
    with override(language):
        catalogue = Catalogue(strategy.kpis.all())
        workbook = Workbook()
        sheet = workbook.active
        sheet.title = layout.SHEET_NAMES[language]
        _write_headings(sheet, language)
        row = 1
        for row, (kpi, period) in enumerate(missing(catalogue.kpis, year, today), start=2):
            _write_row(sheet, row, kpi, catalogue.plain_name(kpi), period)
        _check_cells(sheet, row)
        _write_instructions(workbook, strategy, catalogue, year, language)
        workbook.save(file)


def missing(kpis: list[Kpi], year: int, today: date) -> list[tuple[Kpi, Period]]:
    """The KPIs and the periods of a year in which they should have been measured and were not."""
    return measuring.missing(
        (kpi, period) for kpi in kpis for period in entering.periods_of(kpi, year, today)
    )


def _write_headings(sheet: Worksheet, language: str) -> None:
    for place, key in enumerate(layout.COLUMNS, start=1):
        put(sheet, 1, place, layout.heading(key, language)).font = Font(bold=True)
        column = sheet.column_dimensions[get_column_letter(place)]
        column.width = WIDTHS.get(key, 14)
        if key in AS_TEXT:
            column.number_format = "@"
    sheet.freeze_panes = "C2"


def _write_row(sheet: Worksheet, row: int, kpi: Kpi, name: str, period: Period) -> None:
    for place, key in enumerate(layout.COLUMNS, start=1):
        said = {"kpi": name, "period": str(period)}.get(key)
        written = put(sheet, row, place, said)
        if key in AS_TEXT:
            written.number_format = "@"
        if key in ALL_NUMBERS and key not in kpi.numbers:
            written.fill = _NOT_ASKED


def _check_cells(sheet: Worksheet, last: int) -> None:
    """What Excel itself refuses: counts are not below nought, values are numbers."""
    for place, key in enumerate(layout.COLUMNS, start=1):
        if key not in ALL_NUMBERS or last < 2:
            continue
        letter = get_column_letter(place)
        rule = _check_of(key)
        rule.add(f"{letter}2:{letter}{last}")
        sheet.add_data_validation(rule)


def _check_of(key: str) -> DataValidation:
    least = -_LARGEST if key == "value" else 0
    expected = _("A number.") if key == "value" else _("A number that is not below nought.")
    limits = {"operator": "between", "formula1": f"{least}", "formula2": f"{_LARGEST}"}
    return check(_("Not a number"), expected, type="decimal", **limits)


# --- instructions -----------------------------------------------------------------------------


def _write_instructions(workbook, strategy, catalogue: Catalogue, year: int, language) -> None:
    sheet = workbook.create_sheet(INSTRUCTIONS[language])
    sheet.sheet_view.showGridLines = False
    for letter, width in zip("ABC", _INSTRUCTION_WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    title = _("Measurements of %(year)d for %(strategy)s")
    put(sheet, 1, 1, title % {"year": year, "strategy": strategy.name}).font = Font(
        bold=True, size=14
    )
    row = 2
    for number, step in enumerate(_steps(language), start=1):
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=3)
        put_row(sheet, row, [f"{number}. {step}"], [sum(_INSTRUCTION_WIDTHS)])
        row += 1
    heads = (_("KPI"), _("What is measured"), _("Numbers that are filled in"))
    for place, text in enumerate(heads, start=1):
        put(sheet, row + 1, place, text).font = Font(bold=True)
    for below, kpi in enumerate(catalogue.kpis, start=row + 2):
        texts = (catalogue.plain_name(kpi), str(kpi.summary), _numbers_of(kpi, language))
        put_row(sheet, below, texts, _INSTRUCTION_WIDTHS)


def _steps(language: str) -> list[str]:
    return [
        _(
            "Each row of the sheet “%s” is one KPI in one month or quarter in which no "
            "measurement has been entered. Fill in the numbers that its KPI has; the grey cells "
            "stay empty."
        )
        % layout.SHEET_NAMES[language],
        _("A row without numbers changes nothing. Rows may be removed, added and sorted."),
        _(
            "A month is written 2022-07, 7/2022 or in words, a quarter 2022Q3. To correct a "
            "measurement that was entered before, write its KPI and period on a row of their own."
        ),
        _(
            "Leave the headings as they are. Save the workbook as .xlsx or .csv and choose it in "
            "the portal on the page “Import of measurements”."
        ),
        _(
            "The portal shows what will happen before anything is saved, and asks about numbers "
            "that look like a slip."
        ),
    ]


def _numbers_of(kpi: Kpi, language: str) -> str:
    """The columns of a KPI, and what each of them counts: Numerator (served at once); …"""
    return "; ".join(
        f"{layout.heading(name, language)} ({checks.number_name(kpi, name)})"
        if kpi.kind != Kind.NPS
        else f"{layout.heading(name, language)}"
        for name in kpi.numbers
    )
