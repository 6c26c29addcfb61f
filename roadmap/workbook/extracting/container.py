"""What a file is by its content, and whether it may be opened at all. No Django here.

The name's ending is only held against the content: a file that is one thing and is called
another is refused, with what it is.
"""

import codecs
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from roadmap.workbook.extracting import zip_parts
from roadmap.workbook.extracting.refusal import Refused
from roadmap.workbook.extracting.zip_parts import Parts

MAX_FILE_BYTES = 20 * 1024 * 1024
XLSX, CSV = "xlsx", "csv"

_WORKBOOK_ENDINGS = {"", ".xlsx", ".xlsm", ".xltx", ".xltm"}
_TEXT_ENDINGS = {"", ".csv", ".txt", ".tsv", ".tab"}
_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_HTML = re.compile(r"<(!doctype\s+html|html|head|body|table|meta|style)\b", re.IGNORECASE)
_TRANSITIONAL = b"spreadsheetml"
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"

_CONTENT_TYPES = "[Content_Types].xml"
# Read before openpyxl opens them; what it opens beside these is checked at that moment.
_READ = re.compile(
    r"\[Content_Types\]\.xml|xl/(_rels/)?workbook[^/]*|xl/(styles|sharedStrings)\.xml"
    r"|xl/worksheets/[^/]+\.xml",
    re.IGNORECASE,
)
_LEFT_OUT = {
    "macros": re.compile(r"(^|/)vbaProject\.bin$|^xl/macrosheets/", re.IGNORECASE),
    "external_links": re.compile(r"^xl/externalLinks/", re.IGNORECASE),
    "connections": re.compile(r"^xl/connections\.xml$", re.IGNORECASE),
    "embedded_objects": re.compile(r"^xl/(embeddings|activeX)/", re.IGNORECASE),
    "chart_sheets": re.compile(r"^xl/chartsheets/[^/]+\.xml$", re.IGNORECASE),
    "pictures": re.compile(r"^xl/media/", re.IGNORECASE),
    "comments": re.compile(r"^xl/(comments|threadedComments)", re.IGNORECASE),
}


@dataclass(frozen=True)
class Checked:
    """A file that may be read: its kind, and what of it is never opened."""

    kind: str
    left_out: list[str] = field(default_factory=list)


def check(path: Path, name: str | None = None) -> Checked:
    """Say what the file is, by its content; raises `Refused` with the true reason.

    `name` is what its owner calls it; where it has no ending, the content alone decides.
    """
    ending = PurePath(name or "").suffix.casefold()
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        start = file.read(64 * 1024)
    if size > MAX_FILE_BYTES:
        raise Refused("too_large")
    if not size:
        raise Refused("empty")
    if start.startswith(_OLE):
        raise Refused(_kind_of_ole(path.read_bytes()))
    if start.startswith(_ZIP):
        return _check_zip(path, ending)
    _check_text(start)
    if ending not in _TEXT_ENDINGS:
        raise Refused("text_named_workbook", ending=ending)
    return Checked(CSV)


def _kind_of_ole(content: bytes) -> str:
    def has_stream(name: str) -> bool:
        return name.encode("utf-16-le") + b"\0\0" in content

    if has_stream("EncryptedPackage"):
        return "encrypted"
    return "old_workbook" if has_stream("Workbook") or has_stream("Book") else "other_document"


def _check_text(start: bytes) -> None:
    if start.startswith(b"%PDF"):
        raise Refused("pdf")
    if start.startswith(_PICTURES) or (start[:4] == b"RIFF" and start[8:12] == b"WEBP"):
        raise Refused("picture")
    utf16 = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not utf16 and (b"\0" in start or len(_CONTROL.findall(start)) > len(start) / 100):
        raise Refused("other_document")
    head = start.decode("utf-16" if utf16 else "utf-8-sig", "replace")[:2000].lstrip()
    if head.startswith("{\\rtf"):
        raise Refused("other_document")
    if head.startswith("<") or head[:13].casefold() == "mime-version:":
        if _HTML.search(head) or not head.startswith("<"):
            raise Refused("html")
        if head.startswith("<?xml") or "schemas-microsoft-com" in head:
            raise Refused("xml")


def _check_zip(path: Path, ending: str) -> Checked:
    with Parts(path) as parts:
        _check_is_workbook(parts)
        zip_parts.check_list(parts)
        if ending not in _WORKBOOK_ENDINGS:
            raise Refused("workbook_named_otherwise", ending=ending)
        for part in parts.infolist():
            if _READ.fullmatch(part.filename):
                parts.check(part)
        _check_types(parts)
        names = parts.namelist()
    left_out = [what for what, form in _LEFT_OUT.items() if any(map(form.search, names))]
    return Checked(XLSX, left_out)


def _check_is_workbook(parts: Parts) -> None:
    names = set(parts.namelist())
    if "mimetype" in names and b"opendocument" in parts.start_of("mimetype", 100):
        raise Refused("opendocument")
    if _CONTENT_TYPES not in names:
        raise Refused("other_zip")
    if "xl/workbook.bin" in names:
        raise Refused("binary_workbook")


def _check_types(parts: Parts) -> None:
    with zip_parts.broken_if(*zip_parts.ZIP_ERRORS):
        if _TRANSITIONAL not in parts.read(_CONTENT_TYPES):
            raise Refused("other_zip")
        if "xl/workbook.xml" in parts.namelist() and _STRICT in parts.read("xl/workbook.xml"):
            raise Refused("strict")
