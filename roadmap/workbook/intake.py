"""A file in our own layout, read, checked and brought in at once, for commands."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from roadmap.models import ImportState, RoadmapImport, Strategy
from roadmap.workbook import recognition, sandbox
from roadmap.workbook.applying import apply
from roadmap.workbook.book import Book
from roadmap.workbook.checking import Proposal, propose
from roadmap.workbook.keeping import store
from roadmap.workbook.reading import read


def proposal_for(
    file: Path,
    strategy: Strategy,
    *,
    hidden: bool | None = None,
    extract: Callable[[Path, Path], dict] = sandbox.extract,
) -> Proposal:
    """What a file would do to a strategy, which may be a new one, not yet saved.

    `hidden` says whether hidden rows and columns are to be taken; where there are any, and it is
    None, that is a fault. Raises `WorkbookRefused` for what cannot be read at all.
    """
    with TemporaryDirectory() as folder:
        book = Book.describe(Path(folder), extract(file, Path(folder)))
        parts, report = recognition.automatic(book, hidden, with_ditto=False)
        if report.fault_count:
            return Proposal(strategy, report)
        return propose(read(book, parts, recognition.assumed(book, parts)), strategy)


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
