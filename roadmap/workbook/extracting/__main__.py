"""Reads a stranger's file into a folder of plain JSON, in a process of its own.

    python -m roadmap.workbook.extracting SOURCE FOLDER [--name NAME] [--kind xlsx|csv]
                                          [--encoding E] [--delimiter D]

Writes `{"rows": 12000}` on its way and `{"refused": code, "values": {...}}` with exit code 3 where
the file cannot be read. The parent is `roadmap.workbook.sandbox`.
"""

import argparse
import errno
import json
import os
import sys
import warnings
from pathlib import Path

from roadmap.workbook.extracting import container
from roadmap.workbook.extracting.extraction import extract
from roadmap.workbook.extracting.limits import confine
from roadmap.workbook.extracting.refusal import Refused

REFUSED = 3  # exit code


def main(arguments: list[str] | None = None) -> int:
    confine()
    warnings.simplefilter("ignore")
    given = _parser().parse_args(arguments)
    form = {"encoding": given.encoding, "delimiter": given.delimiter}
    try:
        extract(given.source, given.folder, given.name, given.kind, _say_rows, **form)
    except Refused as refused:
        return _refuse(refused.code, **refused.values)
    except MemoryError:
        pass
    except OSError as error:
        return _refuse(_OWN_FAULTS.get(error.errno, "broken"))
    except Exception:  # a damaged file makes a library raise anything
        return _refuse("broken")
    else:
        return 0
    return _refuse("too_much")


_OWN_FAULTS = {
    errno.EFBIG: "too_much",
    errno.ENOSPC: "no_room",
    errno.EDQUOT: "no_room",
    errno.EACCES: "no_room",
    errno.EROFS: "no_room",
}


def _say_rows(rows: int) -> None:
    _say({"rows": rows})


def _refuse(code: str, **values) -> int:
    _say({"refused": code, "values": values})
    return REFUSED


def _say(message: dict) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="extracting", description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", default="", help="what its owner calls the file")
    parser.add_argument("--kind", choices=(container.XLSX, container.CSV))
    parser.add_argument("--encoding", help="of a CSV file")
    parser.add_argument("--delimiter", help="of a CSV file")
    return parser


if __name__ == "__main__":
    # Without the interpreter's own tidying up: what is written is written, and time is short.
    code = main()
    sys.stdout.flush()
    os._exit(code)
