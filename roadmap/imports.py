"""An import on the web: the upload, the proposal that is shown, and the yes that applies it."""

from django.core.files.base import File
from django.db import transaction

from roadmap.models import RoadmapImport, Strategy
from roadmap.workbook.applying import Overtaken, apply
from roadmap.workbook.checking import Proposal, propose
from roadmap.workbook.reading import read


def upload(strategy: Strategy, file: File, user) -> RoadmapImport:
    """Keep a workbook under a name of our own. `WorkbookRefused` where it cannot be read at all."""
    proposal = propose(read(file), strategy)
    file.seek(0)
    kept = RoadmapImport(
        strategy=strategy,
        file_name=file.name[:255],
        user=user,
        revision=strategy.revision,
        counts=proposal.counts,
    )
    kept.file.save(f"{kept.pk}.xlsx", file, save=False)
    kept.save()
    return kept


def proposal_of(kept: RoadmapImport, strategy: Strategy) -> Proposal:
    """What the kept workbook would do to the strategy as it is now."""
    with kept.file.open("rb") as file:
        return propose(read(file), strategy)


def confirm(kept: RoadmapImport, seen_revision: int, user) -> bool:
    """Apply what the person saw; False where it had been applied already (a double click).

    Raises `Overtaken` where the strategy has changed since the proposal was shown.
    """
    with transaction.atomic():
        kept = RoadmapImport.objects.select_for_update().get(pk=kept.pk)
        if kept.applied_at:
            return False
        strategy = Strategy.objects.get(pk=kept.strategy_id)
        if strategy.revision != seen_revision:
            raise Overtaken
        proposal = proposal_of(kept, strategy)
        if proposal.report.fault_count:
            raise Overtaken
        kept.user = user
        apply(proposal, kept)
    return True


def discard(kept: RoadmapImport) -> None:
    """Throw an upload away that was not applied."""
    if kept.applied_at is None:
        kept.file.delete(save=False)
        kept.delete()
