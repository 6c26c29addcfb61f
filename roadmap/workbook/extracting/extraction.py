"""Reads a workbook or a CSV file into a folder of plain JSON. No Django here."""

from itertools import islice
from pathlib import Path, PurePath

from roadmap.workbook.extracting import cells, container, csv_text
from roadmap.workbook.extracting.book_folder import MAX_BLANK_ROWS, BookFolder, SheetFile
from roadmap.workbook.extracting.refusal import Refused
from roadmap.workbook.extracting.sheet_facts import MAX_COLUMNS, SheetPass
from roadmap.workbook.extracting.zip_parts import Parts

LONGEST_NAME = 200


def extract(source: Path, folder: Path, name: str = "", kind=None, progress=None, **form) -> dict:
    """Read a file into the folder and return its book; raises `Refused`.

    `name` is what the file's owner calls it, `kind` what it is expected to be; `form` may give the
    `encoding` and the `delimiter` of a CSV file.
    """
    checked = container.check(source, name)
    if kind and kind != checked.kind:
        wrong = (
            "text_named_workbook" if checked.kind == container.CSV else "workbook_named_otherwise"
        )
        raise Refused(wrong, ending=f".{kind}")
    book = BookFolder(folder, progress)
    if checked.kind == container.CSV:
        found = csv_text.find_form(source, **form)
        _extract_csv(source, found, book, PurePath(name or source.name).stem)
        facts = {"encoding": found.encoding, "delimiter": found.delimiter}
    else:
        _extract_workbook(source, book)
        facts = {"encoding": None, "delimiter": None}
    return book.finish(kind=checked.kind, **facts, left_out=checked.left_out)


# --- CSV ------------------------------------------------------------------------------------------


def _extract_csv(source: Path, form: csv_text.Form, book: BookFolder, name: str) -> None:
    with book.sheet(name[:100]) as sheet:
        for number, record in csv_text.records(source, form):
            if record is None:
                sheet.stopped_at = number
                break
            if sheet.is_full:
                sheet.rows_beyond = True
                break
            right = record[MAX_COLUMNS:]
            sheet.columns_beyond += sum(cell is not None for cell in right)
            _add(sheet, number, record[:MAX_COLUMNS])


def _add(sheet: SheetFile, number: int, row: list, hidden: bool = False) -> None:
    if any(cell is not None for cell in row):
        sheet.add(number, row, hidden)


# --- workbook -------------------------------------------------------------------------------------


def _extract_workbook(source: Path, book: BookFolder) -> None:
    # Imported here: a CSV file needs none of it.
    from roadmap.workbook.extracting.values import open_values

    with Parts(source) as parts:
        for worksheet, part in open_values(parts, source):
            name, state = worksheet.title, worksheet.sheet_state
            if len(name) > LONGEST_NAME:  # Excel has 31 characters
                raise Refused("broken")
            with book.sheet(name, state) as sheet, parts.open(part) as stream:
                _extract_sheet(worksheet, SheetPass(stream), sheet)


def _extract_sheet(worksheet, sheet_pass: SheetPass, sheet: SheetFile) -> None:
    values = worksheet.iter_rows(max_col=MAX_COLUMNS)
    read = 0
    for row in sheet_pass.rows():
        # Whether a row holds anything but formats is known here before its values are read.
        if row.number - sheet.last_row > MAX_BLANK_ROWS:
            if row.holds or sheet_pass.rest():
                sheet.stopped_at = sheet.last_row + MAX_BLANK_ROWS
            break
        if sheet.is_full:
            if row.holds:
                sheet.rows_beyond = True
                break
            continue
        line = next(islice(values, row.number - read - 1, None), None)
        if line is None:
            raise Refused("broken")
        read = row.number
        _add_row(line, row, sheet_pass, sheet)
    values.close()
    sheet_pass.rest()
    sheet.hidden_columns = [place for place in sorted(sheet.columns) if sheet_pass.is_hidden(place)]
    sheet.merged = _merged_within(sheet_pass.merged, sheet)


def _add_row(line: tuple, row, sheet_pass: SheetPass, sheet: SheetFile) -> None:
    try:
        values = [cells.plain(cell) for cell in line[: row.width]]
    except Refused as refused:
        refused.values = {"sheet": sheet.name, "row": row.number}
        raise
    for place, formula in row.formulas.items():
        if place <= MAX_COLUMNS and values[place - 1] is None and not formula.empty:
            values[place - 1] = cells.formula(sheet_pass.content(formula))
    sheet.formulas += len(row.formulas)
    sheet.columns_beyond += row.beyond
    _add(sheet, row.number, values, row.hidden)


def _merged_within(merged: list, sheet: SheetFile) -> list[list[int]]:
    """The merged ranges as far as they lie within what was read; a single cell is none."""
    clipped = (
        [top, left, min(bottom, sheet.last_row), min(right, sheet.last_column)]
        for top, left, bottom, right in merged
    )
    return [
        [top, left, bottom, right]
        for top, left, bottom, right in clipped
        if top <= bottom and left <= right and (top, left) != (bottom, right)
    ]
