"""An import on the web: the upload, the proposal that is shown, and the yes that applies it."""

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from roadmap.models import RoadmapImport, Strategy
from roadmap.workbook.applying import ProposalOvertaken, apply
from roadmap.workbook.checking import Proposal, propose
from roadmap.workbook.faults import WorkbookRefused
from roadmap.workbook.reading import read


def upload(strategy: Strategy, file: File, user) -> RoadmapImport:
    """Keep a workbook under a name of our own. `WorkbookRefused` where it cannot be read at all."""
    proposal = propose(read(file), strategy)
    file.seek(0)
    kept = RoadmapImport(
        strategy=strategy,
        file_name=file.name[:255],
        user=user,
        counts=proposal.counts,
    )
    kept.file.save(f"{kept.pk}.xlsx", file, save=False)
    kept.save()
    return kept


def proposal_of(kept: RoadmapImport, strategy: Strategy) -> Proposal:
    """What the kept workbook would do to the strategy as it is now.

    `WorkbookRefused` where the file has been thrown away meanwhile.
    """
    try:
        with kept.file.open("rb") as file:
            return propose(read(file), strategy)
    except FileNotFoundError as error:
        raise WorkbookRefused(_("The file is no longer there. Upload it again.")) from error


def confirm(kept: RoadmapImport, seen_revision: int, user) -> RoadmapImport | None:
    """Apply what the person saw; None where it had been applied already (a double click).

    Raises `ProposalOvertaken` where the strategy has changed since the proposal was shown.
    """
    strategy = Strategy.objects.get(pk=kept.strategy_id)
    if kept.applied_at:
        return None
    if strategy.revision != seen_revision:
        raise ProposalOvertaken
    # Read before the transaction: it takes its time, and others want to write meanwhile.
    proposal = proposal_of(kept, strategy)
    if proposal.report.fault_count:
        raise ProposalOvertaken
    with transaction.atomic():
        kept = RoadmapImport.objects.select_for_update().filter(pk=kept.pk).first()
        if kept is None or kept.applied_at:
            return None
        kept.user = user
        return apply(proposal, kept)


@transaction.atomic
def discard(kept: RoadmapImport) -> None:
    """Throw an upload away, unless it was applied."""
    kept = RoadmapImport.objects.select_for_update().filter(pk=kept.pk, applied_at=None).first()
    if kept:
        kept.file.delete(save=False)
        kept.delete()
