"""Opens a workbook that may be anything: what could do harm is refused before it is read."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from roadmap.workbook.faults import WorkbookRefused

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_RATIO = 100
# Of a part that holds no data: styles, themes, pictures. openpyxl reads all styles into memory.
MAX_ASIDE_BYTES = 5 * 1024 * 1024
_DATA_PARTS = ("xl/worksheets/", "xl/sharedStrings.xml", "xl/media/")
# A sheet may say that it has a million rows; after this many blank ones nothing more is expected.
MAX_BLANK_ROWS = 1000

_OLE = b"\xd0\xcf\x11\xe0"
_FORMULA = re.compile(rb"<(\w+:)?f[\s>/]")


_RAISED_BY_BROKEN_FILES = (
    *(ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, EOFError),
    *(SyntaxError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error),
)


@contextmanager
def open_workbook(file):
    """The values of a workbook, read row by row; raises `WorkbookRefused` with the true reason.

    `file` is a binary file that can seek. Values of formulas are those that Excel kept; the
    formulas themselves are in `workbook.formulas`, None where there are none.
    """
    _check_container(file)
    workbook = formulas = None
    try:
        workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        if _has_formulas(file):
            formulas = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        workbook.formulas = formulas
        yield workbook
    except WorkbookRefused:
        raise
    # openpyxl raises whatever its parts raise when the XML is not what it expects.
    except _RAISED_BY_BROKEN_FILES as error:
        raise WorkbookRefused(_broken()) from error
    finally:
        for book in (workbook, formulas):
            if book is not None:
                book.close()


def rows(sheet, formulas, last_column: int, report=None) -> Iterator[tuple[int, list]]:
    """The rows that are not blank, with their numbers; reading ends after a run of blank ones.

    A formula that has no kept value is given as the formula's text with `data_type` "f".
    """
    sheet.reset_dimensions()
    ours = sheet.iter_rows(max_col=last_column)
    theirs = ()
    if formulas is not None:
        formulas.reset_dimensions()
        theirs = formulas.iter_rows(max_col=last_column)
    blank = 0
    for number, (cells, originals) in enumerate(zip_longest(ours, theirs, fillvalue=()), start=1):
        if originals:
            cells = [
                original if original.data_type == "f" and cell.value is None else cell
                for cell, original in zip(cells, originals, strict=False)
            ]
        if any(cell.value is not None for cell in cells):
            blank = 0
            yield number, cells
        else:
            blank += 1
            if blank >= MAX_BLANK_ROWS:
                if report:
                    report.assume(
                        _("rows below row %d were left unread: 1,000 blank ones came before")
                        % (number - blank)
                    )
                return


def _broken():
    return _(
        "The file is broken: it cannot be read as an Excel workbook. "
        "Open it in Excel, save it again as .xlsx and try once more."
    )


def _check_container(file) -> None:
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    if size > MAX_FILE_BYTES:
        raise WorkbookRefused(_("The file is too large: at most 20 MB is read."))
    if start == _OLE:
        raise WorkbookRefused(
            _("The file is an old .xls workbook or has a password. Save it as .xlsx without one.")
        )
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise WorkbookRefused(
            _("The file is not an Excel workbook (.xlsx). Save it as .xlsx and try again.")
        ) from error
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * max(size, 1):
        raise WorkbookRefused(
            _(
                "The file would unpack to far more than its size, as a zip bomb does. "
                "It was not opened."
            )
        )
    aside = (part for part in parts if not part.filename.startswith(_DATA_PARTS))
    if max((part.file_size for part in aside), default=0) > MAX_ASIDE_BYTES:
        raise WorkbookRefused(
            _("The file has more styles or attachments than a road map needs. It was not opened.")
        )
    if "[Content_Types].xml" not in {part.filename for part in parts}:
        raise WorkbookRefused(_("The file is a zip archive but not an Excel workbook (.xlsx)."))


def _has_formulas(file) -> bool:
    with zipfile.ZipFile(file) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/")]
        return any(_contains_formula(archive, name) for name in sheets)


def _contains_formula(archive, name) -> bool:
    tail = b""
    with archive.open(name) as part:
        while block := part.read(1 << 20):
            if _FORMULA.search(tail + block):
                return True
            tail = block[-16:]
    return False
