"""Writes a strategy as the workbook that the import reads, without loss."""

from collections.abc import Collection
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

WIDTHS = {"title": 50, "description": 60, "metric": 40, "theme": 30, "service_area": 25}


def write(strategy: Strategy, file) -> int:
    """Write the strategy's actions into `file` (a path or a binary file); how many there were."""
    actions = record.records(strategy).values()
    write_records(actions, {q.quarter for q in strategy.quarters.all()}, file)
    return len(actions)


def write_records(actions: Collection[record.Record], quarters: set[Quarter], file) -> None:
    """Write records, with columns for these quarters and for all others that they have."""
    keys = _keys(actions, quarters)
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(layout.SHEET)
    sheet.freeze_panes = "C2"
    for place, key in enumerate(keys, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(key, 14)
    sheet.append([cell(sheet, layout.heading(key), bold=True) for key in keys])
    for action in actions:
        sheet.append([_cell_of(sheet, action, key) for key in keys])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(keys))}{len(actions) + 1}"
    workbook.save(file)


def _keys(actions, quarters: set[Quarter]) -> list[str]:
    used = {key for action in actions for key in action if ":" in key}
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


def _cell_of(sheet, action: record.Record, key: str) -> WriteOnlyCell:
    written = cell(sheet, action.get(key))
    if key in layout.AS_TEXT:
        written.number_format = "@"
    return written


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
    text = layout.escape(record.CONTROL.sub("", record.text(value) or ""))
    written = WriteOnlyCell(sheet, text or None)
    if written.value is not None:
        written.data_type = "s"  # text that begins with = is text, never a formula
    if bold:
        written.font = Font(bold=True)
    return written
