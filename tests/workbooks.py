"""Makes real workbooks with one thing wrong, damages whole ones, and opens what was read."""

import gzip
import io
import json
import random
import warnings
import zipfile
from pathlib import Path

from openpyxl import Workbook

DATA = Path(__file__).parent / "data"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET, SHARED, TYPES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "[Content_Types].xml"
_SHARED_TYPE = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-'
    b'officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)


def small_workbook() -> bytes:
    """A whole workbook of one sheet, `Tiekartta`, as bytes."""
    book = Workbook()
    book.active.title = "Tiekartta"
    book.active.append(["Tunnus", "Vaihe"])
    book.active.append(["T-1", 2021])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_parts(path: Path, parts: dict, whole: bytes | None = None) -> Path:
    """Write a whole workbook to `path` with some parts exchanged or added."""
    whole = whole or small_workbook()
    parts = dict(parts)
    with (
        zipfile.ZipFile(io.BytesIO(whole)) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name == TYPES and SHARED in parts and TYPES not in parts:
                types = old.read(name)
                if b"sharedStrings" not in types:
                    types = types.replace(b"</Types>", _SHARED_TYPE)
                new.writestr(name, types)
            else:
                new.writestr(name, parts.pop(name, None) or old.read(name))
        with warnings.catch_warnings():  # a name twice is one of the faults to make
            warnings.simplefilter("ignore")
            for name, content in parts.items():
                new.writestr(name, content)
    return path


def with_sheet(path: Path, body: str, parts: dict | None = None) -> Path:
    """Write a workbook whose only sheet has this XML inside `worksheet`."""
    return with_parts(
        path, {SHEET: f'<worksheet xmlns="{MAIN}">{body}</worksheet>'} | (parts or {})
    )


def damaged(whole: bytes, chance: random.Random) -> bytes:
    """The same workbook cut short, with bytes turned, or with the XML of one part spoilt."""
    way = chance.randrange(3)
    if way == 0:
        return whole[: chance.randrange(len(whole))]
    if way == 1:
        return _spoilt(whole, chance)
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(whole)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        victim = chance.choice([name for name in old.namelist() if not name.endswith("/")])
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, _spoilt(content, chance) if name == victim else content)
    return file.getvalue()


def _spoilt(content: bytes, chance: random.Random) -> bytes:
    content = bytearray(content)
    for _ in range(chance.randrange(1, 6)):
        if not content:
            break
        place, length = chance.randrange(len(content)), chance.randrange(1, 30)
        match chance.randrange(4):
            case 0:
                content[place] ^= 1 << chance.randrange(8)
            case 1:
                del content[place : place + length]
            case 2:
                content[place:place] = content[place : place + length]
            case 3:
                digits = bytes(chance.choices(b"0123456789-<>\"'&;", k=length))
                content[place : place + length] = digits
    return bytes(content)


def rows_of(folder: Path, number: int = 1) -> list:
    """The rows that were kept of one sheet: number, hidden or not, cells."""
    with gzip.open(folder / f"sheet-{number}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]
