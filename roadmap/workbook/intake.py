"""A file in our own layout, read, checked and brought in at once, for commands."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction
from django.utils.translation import gettext_noop as _

from roadmap.models import ImportState, RoadmapImport, Strategy
from roadmap.workbook import passing_over, recognition, sandbox
from roadmap.workbook.applying import apply
from roadmap.workbook.book import Book
from roadmap.workbook.checking import Proposal, propose
from roadmap.workbook.faults import Report, WorkbookRefused, say
from roadmap.workbook.keeping import remembered, store
from roadmap.workbook.mapping import Part, open_questions
from roadmap.workbook.reading import read


def proposal_for(
    file: Path,
    strategy: Strategy,
    *,
    hidden: bool | None = None,
    extract: Callable[[Path, Path], dict] = sandbox.extract,
) -> Proposal:
    """What a file would do to a strategy, which may be a new one, not yet saved.

    The file is in our own layout, or of a shape that was mapped on the web before.

    `hidden` says whether hidden rows and columns are to be taken; where there are any, and it is
    None, that is a fault. Raises `WorkbookRefused` for what cannot be read at all.
    """
    with TemporaryDirectory() as folder:
        book = Book.describe(Path(folder), extract(file, Path(folder)))
        parts, report = _parts(book, hidden)
        if report.fault_count:
            return Proposal(strategy, report)
        assumed = passing_over.assumed(book, parts)
        assumed.assumptions.update(report.assumptions)
        return propose(read(book, parts, assumed), strategy)


def _parts(book: Book, hidden: bool | None) -> tuple[list[Part], Report]:
    """Our own layout; otherwise as the newest file of the same shape was read on the web."""
    refused = None
    try:
        parts, report = recognition.automatic(book, hidden, with_ditto=False)
        if not report.fault_count:
            return parts, report
    except WorkbookRefused as error:
        parts, report, refused = [], Report(), error
    earlier, name = remembered(book)
    if earlier and not any(open_questions(part, book) for part in earlier):
        report = Report()
        report.assume(
            say(_("file was read as the earlier one of the same shape: %(name)s"), name=name)
        )
        return earlier, report
    if refused:
        raise refused
    return parts, report


@transaction.atomic
def bring_in(proposal: Proposal, source: RoadmapImport) -> RoadmapImport:
    """Store and apply a proposal at once, without a worker; makes the strategy where it is new.

    Raises `ProposalOvertaken` where the strategy was changed after the proposal was made.
    """
    if proposal.strategy.pk is None:
        proposal.strategy.save()
    source.strategy = proposal.strategy
    source.state = ImportState.APPLYING
    store(source, proposal)
    apply(source)
    return source
