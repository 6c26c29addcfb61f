"""Marks the faults of a workbook in a process of its own.

    python -m roadmap.workbook.marking SOURCE TARGET MARKS

The file of marks has `{"listing": {"title", "heading", "headers"}, "marks": [{"sheet", "cell",
"note", "line"}]}`. A source of plain cells (`sheet-1.jsonl.gz` of a book folder) is a CSV file
that was read. The parent is `roadmap.workbook.sandbox`.
"""

import gzip
import json
import sys
from pathlib import Path

from roadmap.workbook.extracting.limits import confine
from roadmap.workbook.marking.marked_book import Listing, Mark, NotMarked, mark, mark_csv


def main(source: str, target: str, said: str) -> int:
    """Mark a file by what the third one says; a failure is told as `sandbox.run` expects it.

    A source of plain cells (`sheet-1.jsonl.gz` of a book folder) is a CSV file that was read.
    """
    confine()
    given = json.loads(Path(said).read_text("utf-8"))
    marks, listing = [Mark(**each) for each in given["marks"]], Listing(**given["listing"])
    try:
        with Path(target).open("wb") as marked:
            if source.endswith(".jsonl.gz"):
                mark_csv(_rows(source), marked, marks, listing)
            else:
                with Path(source).open("rb") as file:
                    mark(file, marked, marks, listing)
    except (NotMarked, MemoryError) as failure:
        Path(target).unlink()
        return _refuse("not_marked" if isinstance(failure, NotMarked) else "too_much")
    return 0


def _refuse(code: str) -> int:
    sys.stdout.write(json.dumps({"refused": code, "values": {}}) + "\n")
    return 3


def _rows(source: str):
    """The cells of a CSV file by the number of their row; blank rows were left out of it."""
    last = 0
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        for line in lines:
            number, _hidden, cells = json.loads(line)
            yield from ([] for _ in range(number - last - 1))
            yield cells
            last = number


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
