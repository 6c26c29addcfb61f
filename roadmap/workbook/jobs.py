"""What the worker does for the import of a road map; when it does it, says `roadmap/imports.py`."""

from collections.abc import Callable

from roadmap.models import RoadmapImport, Strategy
from roadmap.revisions import hold_plan
from roadmap.workbook import passing_over, recognition
from roadmap.workbook.applying import apply
from roadmap.workbook.book import Book
from roadmap.workbook.checking import Proposal, propose
from roadmap.workbook.faults import WorkbookRefused
from roadmap.workbook.keeping import remembered, store
from roadmap.workbook.mapping import Part, open_questions
from roadmap.workbook.reading import read
from roadmap.workbook.undoing import undo

__all__ = ["apply", "check", "hold", "is_as_checked", "recognise", "store", "undo"]


def recognise(book: Book) -> tuple[dict, bool]:
    """How a book that was read just now is to be read, as fields of its import.

    And whether that is settled: otherwise a person is asked.
    """
    found = {"shape": recognition.shape(book)}
    parts = _automatic(book)
    if not parts:
        parts, found["mapping_from"] = remembered(book)
    is_settled = bool(parts) and not any(open_questions(part, book) for part in parts)
    parts = parts or recognition.propose(book)
    return found | {"mapping": [part.as_json() for part in parts]}, is_settled


def _automatic(book: Book) -> list[Part] | None:
    try:
        parts, report = recognition.automatic(book)
    except WorkbookRefused:  # it is not known which sheet is meant: a person is asked
        return None
    return None if report.fault_count else parts


def is_as_checked(kept: RoadmapImport) -> bool:
    """Whether the strategy is still the one that the proposal was made for."""
    return Strategy.objects.get(pk=kept.strategy_id).revision == kept.revision


def check(kept: RoadmapImport, book: Book, tell: Callable[[int, int], None]) -> Proposal:
    """What would happen; `tell` hears how many rows are checked, and of how many."""
    strategy = Strategy.objects.get(pk=kept.strategy_id)
    parts = [Part.from_json(part) for part in kept.mapping]
    total = sum(book.sheets[part.sheet - 1]["rows"] for part in parts)
    report = passing_over.assumed(book, parts)
    proposal = propose(read(book, parts, report), strategy, lambda count: tell(count, total))
    tell(total, total)
    return proposal


def hold(kept: RoadmapImport, for_removing: bool = False) -> None:
    """Within a transaction: nobody else changes what the import changes."""
    hold_plan(kept.strategy_id, for_removing=for_removing)
