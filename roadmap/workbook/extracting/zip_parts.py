"""The zip of a workbook, each part looked over before it is handed to a parser of XML.

Nothing that the zip says of itself is believed: parts are unpacked in a counted stream, and what
no workbook needs stops it. Fast searches of bytes only, no parser.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from roadmap.workbook.extracting.refusal import Refused

MAX_PARTS = 2_000
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_RATIO = 100
SMALL_BYTES = 10 * 1024 * 1024  # what unpacks to no more than this harms nobody, whatever its ratio
# Pictures and the like are never unpacked here, but whoever opens the workbook unpacks them.
MAX_MEDIA_BYTES = 200 * 1024 * 1024
# Parts that are read into memory as a whole: styles, the list of sheets, relations.
MAX_ASIDE_BYTES = 5 * 1024 * 1024
MAX_ASIDE_TAGS = 150_000
MAX_SHARED_BYTES = 48 * 1024 * 1024
MAX_SHARED_STRINGS = 500_000
# 20,000 rows × 60 columns with a formula and its value in each are 7.3 million.
MAX_TAGS = 12_000_000
# Excel keeps 32,767 characters a cell; each may take ten bytes as a reference (&#x1F600;).
MAX_TEXT_BYTES = 1024 * 1024

_BLOCK = 256 * 1024
_DIRECTORY_BYTES = 512 * MAX_PARTS
_END, _END64, _LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_FORBIDDEN_TAG = re.compile(rb"<![DE]")  # DOCTYPE, ENTITY, ELEMENT; comments and CDATA are fine
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"'>]{0,40})["']""")
_MEDIA = re.compile(
    r"\.(png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|wdp|bin|vml|mp4|xlsx?|docx?|pptx?|pdf)$"
    r"|^xl/(media|embeddings|drawings|charts)/",
    re.IGNORECASE,
)
_DATA = re.compile(r"(^|/)(worksheets/|[^/]*(sheet|sharedstrings)[^/]*\.xml$)", re.IGNORECASE)
_SHARED = re.compile(r"sharedstrings[^/]*\.xml$", re.IGNORECASE)

ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(ValueError, KeyError, IndexError, NotImplementedError, RuntimeError),
)


@contextmanager
def broken_if(*errors) -> Iterator[None]:
    """Whatever a damaged file makes a library raise is one refusal: the file is broken."""
    try:
        yield
    except errors as error:
        raise Refused("broken") from error


class Parts(zipfile.ZipFile):
    """A zip for reading that checks each part, once, before it gives it out.

    Raises `Refused` where the part is not what it should be, also in the middle of a library.
    """

    def __init__(self, path):
        _check_directory_size(path)
        self._checked = set()
        self._unpacked = self._tags = self._strings = 0
        with broken_if(*ZIP_ERRORS):
            super().__init__(path)

    def open(self, name, mode="r", pwd=None, *, force_zip64=False):
        part = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        if part.filename not in self._checked:
            self.check(part)
        return super().open(part)

    def start_of(self, name: str, length: int) -> bytes:
        """The first bytes of a part, unchecked, for telling what the zip is."""
        with broken_if(*ZIP_ERRORS), super().open(name) as stream:
            return stream.read(length)

    def check(self, part: zipfile.ZipInfo) -> None:
        """Unpack the part once and refuse what no workbook has."""
        aside = not _DATA.search(part.filename)
        scan = _Scan(part.filename)
        with broken_if(*ZIP_ERRORS), super().open(part) as stream:
            while block := stream.read(_BLOCK):
                scan.add(block)
                self._unpacked += len(block)
                if self._unpacked > MAX_UNPACKED_BYTES:
                    raise Refused("zip_bomb")
                if aside and (scan.size > MAX_ASIDE_BYTES or scan.tags > MAX_ASIDE_TAGS):
                    raise Refused("too_many_styles")
                if self._strings + scan.strings > MAX_SHARED_STRINGS:
                    raise Refused("too_many_texts")
                if self._tags + scan.tags > MAX_TAGS:
                    raise Refused("too_many_cells")
        scan.finish()
        self._tags += scan.tags
        self._strings += scan.strings
        self._checked.add(part.filename)


class _Scan:
    """Counts through one part, block by block."""

    def __init__(self, name: str):
        self.size = self.tags = self._marks = 0
        self._most = MAX_SHARED_BYTES if _SHARED.search(name) else MAX_UNPACKED_BYTES
        self._seam = b""  # the last three bytes, so that no pattern is lost between two blocks
        self._text = 0  # bytes since the last "<"

    def add(self, block: bytes) -> None:
        if not self.size:
            _check_encoding(block)
        self.size += len(block)
        if self.size > self._most:
            raise Refused("too_many_texts")
        if b"\0" in block:
            raise Refused("not_utf8")
        window = self._seam + block
        self._seam = window[-3:]
        if b"<!" in window and _FORBIDDEN_TAG.search(window):
            raise Refused("entities")
        self.tags += block.count(b"<")
        self._marks += 2 * sum(map(window.count, (b"<si>", b"<si ", b"<si/")))
        self._marks += window.count(b":si>")  # with a prefix: at its start and at its end
        self._measure_text(block)

    @property
    def strings(self) -> int:
        return self._marks // 2

    def _measure_text(self, block: bytes) -> None:
        first = block.find(b"<")
        longest = self._text + (len(block) if first < 0 else first)
        if longest > MAX_TEXT_BYTES:
            raise Refused("long_cell")
        self._text = longest if first < 0 else len(block) - block.rfind(b"<")

    def finish(self) -> None:
        if not self.size:
            raise Refused("broken")


def _check_encoding(start: bytes) -> None:
    # A parser of XML would also read encodings in which the searches above find nothing.
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Refused("not_utf8")
    if not start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").startswith(b"<"):
        raise Refused("broken")
    encoding = _ENCODING.search(start[:1000])
    if encoding and encoding[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        raise Refused("not_utf8")


def _check_directory_size(path) -> None:
    """The list of parts is read into memory as a whole: 20 MB of it would be half a million."""
    with broken_if(OSError), open(path, "rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 66_000))
        end = file.read()
    # The same two places where the library looks.
    place = len(end) - 22 if end[-22:-18] == _END and end[-2:] == b"\0\0" else end.rfind(_END)
    if place < 0 or place + 22 > len(end):
        raise Refused("broken")
    sizes = [struct.unpack_from("<I", end, place + 12)[0]]
    if place >= 76 and end[place - 20 : place - 16] == _LOCATOR64:
        if end[place - 76 : place - 72] != _END64:
            raise Refused("broken")
        sizes = [struct.unpack_from("<Q", end, place - 76 + 40)[0]]
    if max(sizes) > _DIRECTORY_BYTES:
        raise Refused("too_many_parts")


def check_list(parts: Parts) -> None:
    """What the list of parts alone gives away: names, numbers, sizes."""
    listed = parts.infolist()
    if len(listed) > MAX_PARTS:
        raise Refused("too_many_parts")
    if any(part.flag_bits & 1 for part in listed):
        raise Refused("encrypted")
    names = [part.orig_filename for part in listed]
    if len(set(names)) < len(names) or any(_is_odd(name) for name in names):
        raise Refused("odd_names")
    if any(p.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for p in listed):
        raise Refused("broken")
    _check_sizes(listed)
    _check_overlaps(listed)


def _is_odd(name: str) -> bool:
    return "\\" in name or "\0" in name or name.startswith("/") or ".." in name.split("/")


def _check_overlaps(listed: list[zipfile.ZipInfo]) -> None:
    # One compressed stream that many names point to: small in the file, endless when unpacked.
    end = 0
    for part in sorted(listed, key=lambda part: part.header_offset):
        if part.header_offset < end:
            unpacked = sum(part.file_size for part in listed)
            raise Refused("zip_bomb" if unpacked > SMALL_BYTES else "broken")
        end = part.header_offset + 30 + part.compress_size


def _check_sizes(listed: list[zipfile.ZipInfo]) -> None:
    media = [part for part in listed if _MEDIA.search(part.filename)]
    others = [part for part in listed if not _MEDIA.search(part.filename)]
    if sum(part.file_size for part in media) > MAX_MEDIA_BYTES:
        raise Refused("zip_bomb")
    unpacked = sum(part.file_size for part in others)
    packed = sum(part.compress_size for part in others)
    if unpacked > MAX_UNPACKED_BYTES or unpacked > max(SMALL_BYTES, MAX_RATIO * packed):
        raise Refused("zip_bomb")
