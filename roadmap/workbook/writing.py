"""Writes a strategy as the workbook that the import reads, without loss."""

from datetime import date
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from roadmap import record
from roadmap.models import Strategy
from roadmap.quarters import Quarter
from roadmap.workbook import layout
from roadmap.workbook.fields import CONTROL

WIDTHS = {"title": 50, "description": 60, "metric": 40, "theme": 30, "service_area": 25}


def write(strategy: Strategy, file) -> int:
    """Write the strategy's actions into `file` (a path or a binary file); how many there were."""
    actions = record.records(strategy)
    keys = _keys(strategy, actions.values())
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(layout.SHEET)
    sheet.freeze_panes = "C2"
    for place, key in enumerate(keys, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(key, 14)
    sheet.append([cell(sheet, layout.heading(key), bold=True) for key in keys])
    for action in actions.values():
        sheet.append([cell(sheet, action.get(key)) for key in keys])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(keys))}{len(actions) + 1}"
    workbook.save(file)
    return len(actions)


def _keys(strategy: Strategy, actions) -> list[str]:
    used = {key for action in actions for key in action if ":" in key}
    quarters = {q.quarter for q in strategy.quarters.all()}
    columns = {
        record.PLAN: quarters,
        record.ACTUAL: quarters,
        record.COMMENT: set(),
    }
    for key in used:
        family, quarter = record.split(key)
        columns[family] = columns[family] | {quarter}
    return list(record.PLAIN) + [
        record.at(family, quarter)
        for family in record.FAMILIES
        for quarter in sorted(columns[family])
    ]


def cell(sheet, value, bold: bool = False) -> WriteOnlyCell:
    """A cell of a write-only sheet: numbers and days are such, all else is text."""
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value()
        return WriteOnlyCell(sheet, int(value) if whole else float(value))
    if isinstance(value, int):
        return WriteOnlyCell(sheet, value)
    if isinstance(value, date):
        day = WriteOnlyCell(sheet, value)
        day.number_format = "d.m.yyyy"
        return day
    if isinstance(value, Quarter):
        value = str(value)
    written = WriteOnlyCell(sheet, CONTROL.sub("", record.text(value) or "") or None)
    if written.value is not None:
        written.data_type = "s"  # text that begins with = is text, never a formula
    if bold:
        written.font = Font(bold=True)
    return written
