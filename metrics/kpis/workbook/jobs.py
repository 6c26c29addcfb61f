"""What the worker does for the import of measurements; when, says `roadmap/imports.py`."""

from collections.abc import Callable

from metrics.kpis.workbook import recognition
from metrics.kpis.workbook.applying import apply
from metrics.kpis.workbook.catalogue import Catalogue
from metrics.kpis.workbook.checking import Proposal, propose
from metrics.kpis.workbook.keeping import basis_of, store
from metrics.kpis.workbook.reading import Reading
from metrics.kpis.workbook.undoing import undo
from metrics.models import Kpi, MeasurementImport
from roadmap.models import Strategy
from roadmap.workbook.book import Book
from roadmap.workbook.passing_over import pass_over

__all__ = ["apply", "check", "hold", "is_as_checked", "recognise", "store", "undo"]


def recognise(book: Book) -> tuple[dict, bool]:
    """Nothing is asked: a file without our headers is refused, with what was found instead."""
    recognition.parts_of(book)
    return {}, True


def is_as_checked(kept: MeasurementImport) -> bool:
    """Whether the KPIs that it names, and their measurements, are still those of the check."""
    return basis_of(kept.basis) == kept.basis


def check(kept: MeasurementImport, book: Book, tell: Callable[[int, int], None]) -> Proposal:
    """What would happen; `tell` hears how many rows are read, and of how many."""
    strategy = Strategy.objects.get(pk=kept.strategy_id)
    kpis = list(strategy.kpis.select_related("group"))
    basis = basis_of(kpi.pk for kpi in kpis)  # before what it is the basis of is looked at
    parts = recognition.parts_of(book)
    report = recognition.report_of(parts, book)
    pass_over(book, parts, report)
    reading = Reading(book, parts, Catalogue(kpis), report)
    total = sum(book.sheets[part.sheet - 1]["rows"] for part in parts)
    proposal = propose(reading, strategy, report, lambda count: tell(count, total))
    proposal.basis = {str(kpi.pk): basis.get(str(kpi.pk)) for kpi in proposal.kpis}
    tell(total, total)
    return proposal


def hold(kept: MeasurementImport, for_removing: bool = False) -> None:
    """Within a transaction: nobody else enters measurements of the KPIs that the file names.

    The strategy first, as whoever needs more than one of its rows does.
    """
    Strategy.objects.select_for_update(no_key=True).get(pk=kept.strategy_id)
    list(Kpi.objects.select_for_update(no_key=True).filter(pk__in=kept.basis).order_by("pk"))
