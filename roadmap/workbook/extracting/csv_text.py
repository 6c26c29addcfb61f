"""A CSV file: its encoding and its delimiter found out, its records read. No Django here."""

import codecs
import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from roadmap.workbook.extracting.book_folder import MAX_BLANK_ROWS
from roadmap.workbook.extracting.refusal import Refused

DELIMITERS = ("\t", ";", "|", ",")  # where all else is equal: a comma also stands in numbers
ENCODINGS = ("utf-8", "utf-16", "cp1252", "iso-8859-1", "iso-8859-15", "cp437", "cp850", "cp1250")
LONGEST_FIELD = 32_767  # Excel's own limit of a cell
LONGEST_LINE = 400_000
MOST_LINES = 500  # within one record; more are a quote that was never closed
LONGEST_RECORD = 2_000_000

_SAMPLE_CHARACTERS = 256 * 1024
_SAMPLE_RECORDS = 50
_NEARLY = 0.1
_END = "\ue000end\ue000"  # a line of our own after the last: a private character, in no file
_DECLARED = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_PROTECTED = ("'=", "'+", "'-", "'@")


@dataclass(frozen=True)
class Form:
    """How a CSV file is written; `declared` where its first line says `sep=;`."""

    encoding: str
    delimiter: str
    declared: bool = False


def find_form(path: Path, encoding: str | None = None, delimiter: str | None = None) -> Form:
    """The encoding and the delimiter of a file, those given by hand first.

    Raises `Refused` where the text is in no known encoding, or not in the one given.
    """
    encoding = _checked_encoding(path, encoding) if encoding else _find_encoding(path)
    with _open(path, encoding) as stream:
        sample = stream.read(_SAMPLE_CHARACTERS)
    first, *rest = sample.splitlines(keepends=True) or [""]
    declared = _DECLARED.fullmatch(first)
    if delimiter is not None:
        if len(delimiter) != 1 or delimiter.isalnum() or delimiter in "\"\r\n\0 '":
            raise Refused("wrong_delimiter")
    elif declared:
        delimiter = declared[1]
    else:
        delimiter = _find_delimiter([first, *rest])
    return Form(encoding, delimiter, bool(declared))


def records(path: Path, form: Form) -> Iterator[tuple[int, list[str | None] | None]]:
    """The records that hold anything, each with the number of its row in a spreadsheet.

    Blank lines count, line breaks within a field do not. After a run of blank ones the records
    end; where anything stands below, the last is None. Raises `Refused`, with the number of the
    line in the file, for a field without end.
    """
    with _open(path, form.encoding) as stream:
        if form.declared:
            stream.readline(LONGEST_LINE)
        lines = _Lines(stream, 1 if form.declared else 0)
        last = 0
        for number, record in enumerate(_read(lines, form.delimiter), start=1):
            if any(record):
                last = number
                yield number, [_cell(field) for field in record]
            elif number - last == MAX_BLANK_ROWS:
                if _holds_more(stream, form.delimiter):
                    yield number, None
                return


def _holds_more(stream, delimiter: str) -> bool:
    while block := stream.read(64 * 1024):
        if block.strip(delimiter + "\r\n"):
            return True
    return False


# --- records --------------------------------------------------------------------------------------


class _Lines:
    """The lines of the file and one of our own after them; knows where the record began."""

    def __init__(self, stream, skipped: int = 0):
        self._stream = stream
        self._number = skipped
        self.begin_record()

    def begin_record(self) -> None:
        self.first = self._number + 1
        self._length = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._stream.readline(LONGEST_LINE + 1):
            self._number += 1
            self._length += len(line)
            if len(line) > LONGEST_LINE or self._length > LONGEST_RECORD:
                raise Refused("long_field", line=self.first)
            if self._number - self.first >= MOST_LINES:
                raise Refused("unclosed_quote", line=self.first)
            yield line.replace("\0", "")
        yield _END


def _read(lines: _Lines, delimiter: str) -> Iterator[list[str]]:
    # Not strict: quotes within a field, as in 5" pipe, are common and harmless.
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for record in reader:
            if record == [_END]:
                return
            if record and record[-1].endswith(_END):
                raise Refused("unclosed_quote", line=lines.first)
            yield record
            lines.begin_record()
    except csv.Error as error:
        raise Refused("long_field", line=lines.first) from error


def _cell(field: str) -> str | None:
    if field.startswith(_PROTECTED):  # how exports keep a text from becoming a formula
        field = field[1:]
    field = field.replace("\0", "\ufffd")  # which no database keeps
    return field.replace("\r\n", "\n").replace("\r", "\n") or None


# --- encoding -------------------------------------------------------------------------------------


def _open(path: Path, encoding: str):
    if encoding == "utf-8":
        encoding = "utf-8-sig"
    return path.open(encoding=encoding, newline="")


def _find_encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(2)
    if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        candidates = ("utf-16",)
    else:
        candidates = ("utf-8", "cp1252")
    for encoding in candidates:
        if _bad_line(path, encoding) is None:
            return encoding
    raise Refused("unknown_encoding")


def _checked_encoding(path: Path, encoding: str) -> str:
    encoding = encoding.strip().lower().replace("_", "-")
    encoding = {"utf8": "utf-8", "utf-8-sig": "utf-8", "windows-1252": "cp1252"}.get(
        encoding, encoding
    )
    if encoding not in ENCODINGS:
        raise Refused("encoding_not_offered", encoding=encoding[:40])
    line = _bad_line(path, encoding)
    if line is not None:
        raise Refused("wrong_encoding", encoding=encoding, line=line)
    return encoding


def _bad_line(path: Path, encoding: str) -> int | None:
    """The line at which the file is not text in this encoding; None where all of it is."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while True:
            block = file.read(64 * 1024)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeError as error:
                start = getattr(error, "start", 0)
                return line + block[:start].count(b"\n")
            if "\0" in text:
                return line + text[: text.index("\0")].count("\n")
            line += text.count("\n")
            if not block:
                return None


# --- delimiter ------------------------------------------------------------------------------------


def _find_delimiter(sample: list[str]) -> str:
    """The delimiter by which the first records have the most even number of columns.

    Nearly as even as the best is as good: then the one that also divides the first record counts,
    then the one that is rarer in texts.
    """
    found = {mark: _evenness(sample, mark) for mark in DELIMITERS}
    best = max(share for share, _, _ in found.values())
    if best < 0.5:  # ragged records: many columns tell more
        return max(DELIMITERS, key=lambda mark: found[mark][0] * math.log2(1 + found[mark][1]))
    good = [mark for mark in DELIMITERS if found[mark][0] >= best - _NEARLY]
    return max(good, key=lambda mark: found[mark][2])


def _evenness(sample: list[str], delimiter: str) -> tuple[float, int, bool]:
    """The share of records with the commonest number of columns, that number, is the first one."""
    widths = []
    try:
        for record in _read(_Lines(io.StringIO("".join(sample), newline="")), delimiter):
            if any(record):
                widths.append(len(record))
            if len(widths) == _SAMPLE_RECORDS:
                break
    except Refused:
        pass  # said when the file itself is read
    several = Counter(width for width in widths if width > 1)
    if not several:
        return 0.0, 1, False
    width, count = several.most_common(1)[0]
    return count / len(widths), width, widths[0] == width
