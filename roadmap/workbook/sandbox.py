"""Has a workbook read by a child process under limits, and says in words why it was refused.

Whatever the file does to its reader, this process only ever sees lines of JSON and an exit code.
"""

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.utils.translation import gettext_noop

from roadmap.progress import Cancelled
from roadmap.workbook.extracting import container
from roadmap.workbook.extracting.limits import PARENT
from roadmap.workbook.extracting.refusal import Refused
from roadmap.workbook.faults import WorkbookRefused, say

WALL_SECONDS = 120
WRITTEN = ("book.json*", "sheet-*.jsonl.gz")  # what a reading leaves in its folder
_ROOT = Path(__file__).parents[2]
_POLL_SECONDS = 0.2
_LONGEST_LINE = 64 * 1024

SENTENCES = {
    "too_large": gettext_noop("The file is too large: at most 20 MB is read."),
    "empty": gettext_noop("The file is empty. Save it again and send it once more."),
    "encrypted": gettext_noop(
        "The file has a password. Save it in Excel as .xlsx without one and try again."
    ),
    "old_workbook": gettext_noop(
        "The file is an old .xls workbook. Open it in Excel, save it as .xlsx and try again."
    ),
    "binary_workbook": gettext_noop(
        "The file is a binary workbook (.xlsb). Open it in Excel, save it as .xlsx and try again."
    ),
    "opendocument": gettext_noop(
        "The file is an OpenDocument file (.ods). "
        "Open it in LibreOffice or Excel, save it as .xlsx and try again."
    ),
    "strict": gettext_noop(
        "The file is a “Strict Open XML” workbook. "
        "Save it in Excel as an ordinary Excel workbook (.xlsx) and try again."
    ),
    "html": gettext_noop(
        "The file is a web page (HTML), not a workbook. "
        "Open it in Excel, save it as .xlsx and try again."
    ),
    "xml": gettext_noop(
        "The file is XML (for example “XML Spreadsheet 2003”), not an Excel workbook (.xlsx). "
        "Open it in Excel, save it as .xlsx and try again."
    ),
    "pdf": gettext_noop("The file is a PDF. Send the workbook (.xlsx) or CSV file it was made of."),
    "picture": gettext_noop("The file is a picture. Send a workbook (.xlsx) or a CSV file."),
    "other_document": gettext_noop(
        "The file is neither an Excel workbook (.xlsx) nor a text file (.csv)."
    ),
    "other_zip": gettext_noop("The file is a zip archive but not an Excel workbook (.xlsx)."),
    "text_named_workbook": gettext_noop(
        "This is text, not a workbook, though its name ends in %(ending)s. "
        "If it is a CSV file, give it the ending .csv and try again."
    ),
    "workbook_named_otherwise": gettext_noop(
        "This is an Excel workbook, though its name ends in %(ending)s. "
        "Give it the ending .xlsx and try again."
    ),
    "broken": gettext_noop(
        "The file is broken: it cannot be read as an Excel workbook. "
        "Open it in Excel, save it again as .xlsx and try once more."
    ),
    "no_sheets": gettext_noop("The workbook has no sheet with cells."),
    "zip_bomb": gettext_noop(
        "The file would unpack to far more than its size, as a zip bomb does. It was not opened."
    ),
    "too_many_parts": gettext_noop(
        "The file consists of more parts than a workbook needs. It was not opened."
    ),
    "odd_names": gettext_noop(
        "Parts of the file have names that lead out of it or occur twice. It was not opened. "
        "Open the workbook in Excel, save it again as .xlsx and try once more."
    ),
    "entities": gettext_noop(
        "The file has definitions (DOCTYPE) that no workbook needs and attacks use. "
        "It was not opened."
    ),
    "not_utf8": gettext_noop(
        "The file's contents are not in the encoding UTF-8. "
        "Open it in Excel, save it again as .xlsx and try once more."
    ),
    "too_many_styles": gettext_noop(
        "The file has more styles or attachments than are read. It was not opened."
    ),
    "too_many_texts": gettext_noop(
        "The workbook has more texts than are read (500,000). "
        "Copy the sheet that is meant into a new workbook and send that."
    ),
    "too_many_cells": gettext_noop(
        "The workbook has more cells than are read. "
        "Copy the sheet that is meant into a new workbook and send that."
    ),
    "long_cell": gettext_noop(
        "A cell of the workbook holds a text far longer than Excel keeps (32,767 characters)."
    ),
    "long_cell_at": gettext_noop(
        "%(sheet)s, row %(row)s: a cell holds a text far longer than Excel keeps "
        "(32,767 characters)."
    ),
    "too_much": gettext_noop(
        "Reading the file needs more time or memory than it may have. "
        "Copy the sheet that is meant into a new workbook and send that."
    ),
    "not_marked": gettext_noop(
        "The faults cannot be marked in a workbook of this kind. They are listed on the page."
    ),
    "no_room": gettext_noop(
        "The server could not keep what it read. The file is not at fault: try again later."
    ),
    "unknown_encoding": gettext_noop(
        "The text is in an encoding that was not recognised. "
        "Save it in Excel as “CSV UTF-8” and try again."
    ),
    "encoding_not_offered": gettext_noop(
        "Text in the encoding “%(encoding)s” is not read. Choose another one."
    ),
    "wrong_encoding": gettext_noop(
        "The file is not in the encoding %(encoding)s: line %(line)s cannot be read by it. "
        "Choose another one."
    ),
    "wrong_delimiter": gettext_noop(
        "The delimiter of a CSV file is one sign, for example a semicolon or a comma."
    ),
    "unclosed_quote": gettext_noop(
        "A quotation mark that opens on line %(line)s of the file is never closed. "
        "Close it or take it away."
    ),
    "long_field": gettext_noop(
        "The field that begins on line %(line)s of the file is longer than a cell may be "
        "(32,767 characters). Perhaps a quotation mark is missing."
    ),
}


def look(source: Path, name: str) -> None:
    """A first look at a file, in this process: what it is, and whether it may be opened at all.

    Quick and harmless, as nothing of it is parsed. Raises `WorkbookRefused`.
    """
    try:
        container.check(source, name)
    except Refused as found:
        raise refused(found.code, **found.values) from found


def extract(
    source: Path,
    folder: Path,
    *,
    name: str | None = None,
    csv_options: dict | None = None,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> dict:
    """Read a file into the folder, in a child process, and return its book.

    `name` is what the file's owner calls it (its ending is held against the content; the source's
    own name where it is not given), `csv_options` may have `encoding` and `delimiter`. `progress`
    is told the number of rows every thousand rows; `cancelled` is asked about five times a second.
    Raises `WorkbookRefused` and `Cancelled`; the folder then holds nothing of the reading.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder)
    options = {"name": source.name if name is None else name, **(csv_options or {})}
    arguments = [
        str(source.resolve()),
        str(folder.resolve()),
        *(f"--{key}={_argument(value)}" for key, value in options.items() if value),
    ]

    def heard(message: dict) -> None:
        if progress and "rows" in message:
            progress(message["rows"])

    try:
        run("roadmap.workbook.extracting", arguments, heard=heard, cancelled=cancelled)
        return json.loads((folder / "book.json").read_text(encoding="utf-8"))
    except BaseException:
        _clear(folder)
        raise


def run(
    module: str,
    arguments: list[str],
    *,
    seconds: float = WALL_SECONDS,
    heard: Callable[[dict], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Run a module that confines itself (`limits.confine`) and wait until it is done.

    The child writes lines of JSON: `heard` is told of each, and `{"refused": code, "values": {}}`
    with exit code 3 raises `WorkbookRefused` with the code's sentence. A child that is stopped by
    a limit, or takes more than `seconds`, needs more than it may have. Raises `Cancelled`.
    """
    command = [sys.executable, "-s", "-P", "-m", module, *arguments]
    deadline = time.monotonic() + seconds
    refusal = None
    with subprocess.Popen(  # noqa: S603 - no shell; the arguments are paths and options
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        env=_environment(),
    ) as child:
        try:
            for message in _messages(child.stdout.fileno(), deadline, cancelled):
                if "refused" in message:
                    refusal = message
                elif heard:
                    heard(message)
            code = child.wait(max(_POLL_SECONDS, deadline - time.monotonic()))
        except (TimeoutError, subprocess.TimeoutExpired):
            raise refused("too_much") from None
        finally:
            child.kill()
    if refusal:
        raise refused(refusal["refused"], **refusal.get("values", {}))
    if code:
        raise refused("too_much" if code < 0 else "broken")


def refused(code: str, **values) -> WorkbookRefused:
    """The refusal of a code, with its sentence."""
    if code == "long_cell" and values:
        code = "long_cell_at"
    if values.get("encoding") == "cp1252":
        values["encoding"] = "Windows-1252"  # as the page calls it
    return WorkbookRefused(say(SENTENCES.get(code, SENTENCES["broken"]), **values))


def _messages(pipe: int, deadline: float, cancelled) -> Iterator[dict]:
    """The lines that the child writes, until it closes its end; raises `TimeoutError`."""
    unread = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if cancelled and cancelled():
                raise Cancelled
            if time.monotonic() > deadline:
                raise TimeoutError
            if not selector.select(_POLL_SECONDS):
                continue
            block = os.read(pipe, _LONGEST_LINE)
            if not block:
                return
            *lines, unread = (unread + block).split(b"\n")
            for line in lines:
                yield json.loads(line)


def _environment() -> dict[str, str]:
    """What the child needs to run, and none of the portal's secrets."""
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
    return kept | {"PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1", PARENT: str(os.getpid())}


def _argument(value: str) -> str:
    # The end of a name counts: there is its ending.
    return value.replace("\0", "").encode("utf-8", "replace").decode()[-200:]


def _clear(folder: Path) -> None:
    for form in WRITTEN:
        for path in folder.glob(form):
            path.unlink(missing_ok=True)
