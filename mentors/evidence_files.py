"""What a file that was sent is, by its content: nothing is believed for its name alone.

A zip is never unpacked: its directory is read, and of its parts only the one that says what the
archive is, up to a limit.
"""

import re
import zipfile
import zlib
from io import BytesIO
from pathlib import PurePosixPath
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

from roadmap.workbook.fields import CONTROL

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_TITLE = 200
MAX_PARTS = 5000
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_PART_BYTES = 512 * 1024  # of the part that says what an archive is

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "docx": _OFFICE + "wordprocessingml.document",
    "xlsx": _OFFICE + "spreadsheetml.sheet",
    "pptx": _OFFICE + "presentationml.presentation",
    "odt": _OPEN_DOCUMENT + "text",
    "ods": _OPEN_DOCUMENT + "spreadsheet",
    "txt": "text/plain",
    "csv": "text/csv",
}
# What the largest part of an Office file says of itself; templates and macros say otherwise.
_MAIN_PARTS = {
    "docx": _OFFICE + "wordprocessingml.document.main+xml",
    "xlsx": _OFFICE + "spreadsheetml.sheet.main+xml",
    "pptx": _OFFICE + "presentationml.presentation.main+xml",
}
_BEGINNINGS = {
    "pdf": re.compile(rb"%PDF-"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "jpeg": re.compile(rb"\xff\xd8\xff"),
    "webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "gif": re.compile(rb"GIF8[79]a"),
}
_MARKUP_OR_SCRIPT = re.compile(r"[\s\ufeff]*(<|#!)")
_BROKEN_ARCHIVE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError),
    *(RuntimeError, NotImplementedError, ParseError, DefusedXmlException, LookupError),
)


class FileRefused(Exception):
    """Its text says why, to the person who sent the file."""


def title_of(file_name: str) -> str:
    """The name of a file as a title: no folders, no signs that cannot be seen, 200 at most."""
    name = PurePosixPath(file_name.replace("\\", "/")).name
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        return name[:MAX_TITLE]
    return stem[: MAX_TITLE - len(ending) - 1] + dot + ending


def type_of(title: str) -> str:
    """The content type of a file that was accepted by this title."""
    return TYPES.get(_ending(title), "application/octet-stream")


def check(content: bytes, title: str) -> None:
    """`FileRefused` unless the content is of an accepted kind, and the one that its name says."""
    kind = _ending(title)
    if kind not in TYPES:
        raise FileRefused(
            _(
                "This kind of file is not taken. Send a PDF, a picture (PNG, JPEG, WebP, GIF), "
                "a document (docx, xlsx, pptx, odt, ods) or text (txt, csv)."
            )
        )
    if kind in _BEGINNINGS:
        is_so = bool(_BEGINNINGS[kind].match(content))
    elif kind in ("txt", "csv"):
        is_so = _is_plain_text(content)
    else:
        is_so = _is_document(content, kind)
    if not is_so:
        raise FileRefused(
            _(
                "The name ends with .%s, but the content is something else or broken. "
                "Open it in its program, save it anew and try again."
            )
            % kind
        )


def _ending(title: str) -> str:
    stem, _dot, ending = title.rpartition(".")
    return ending.lower() if stem.strip() else ""


def _is_plain_text(content: bytes) -> bool:
    is_utf_16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if is_utf_16 else ["utf-8", "cp1252"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not CONTROL.search(text) and not _MARKUP_OR_SCRIPT.match(text)
    return False


def _is_document(content: bytes, kind: str) -> bool:
    if content.count(b"PK\x01\x02") > MAX_PARTS:
        raise FileRefused(_("The file has more parts than a document needs. It was not opened."))
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            names = {part.filename.lower() for part in parts}
            if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
                raise FileRefused(
                    _(
                        "The file would unpack to far more than its size, as a zip bomb does. "
                        "It was not opened."
                    )
                )
            if len(names) != len(parts):  # programs would not agree on which one counts
                return False
            read = _is_open_document if kind in ("odt", "ods") else _is_office
            return read(archive, names, kind)
    except _BROKEN_ARCHIVE:
        return False


def _is_open_document(archive, names: set[str], kind: str) -> bool:
    if _part(archive, "mimetype") != TYPES[kind].encode():
        return False
    if any(name.startswith(("basic/", "scripts/")) for name in names):
        raise FileRefused(_has_macros())
    return True


def _is_office(archive, names: set[str], kind: str) -> bool:
    root = fromstring(_part(archive, "[Content_Types].xml"), forbid_dtd=True)
    types = {element.get("ContentType", "").strip().lower() for element in root.iter()}
    if any("macro" in t or "vba" in t for t in types) or any("vbaproject" in n for n in names):
        raise FileRefused(_has_macros())
    return _MAIN_PARTS[kind] in types


def _part(archive, name: str) -> bytes:
    with archive.open(name) as part:
        content = part.read(MAX_PART_BYTES + 1)
    if len(content) > MAX_PART_BYTES:
        raise ValueError(f"{name} is too long")
    return content


def _has_macros() -> str:
    return _("The file has macros. Save it without them, or as a PDF, and try again.")
