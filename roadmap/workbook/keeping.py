"""Keeps what a check found with its import: the steps, the faults, what was assumed."""

from collections.abc import Iterator
from itertools import islice

from roadmap.models import ImportStep, RoadmapImport, StepKind
from roadmap.workbook.checking import Proposal
from roadmap.workbook.effect import effect
from roadmap.workbook.faults import as_json, from_json

_BATCH = 1000


def store(source: RoadmapImport, proposal: Proposal) -> None:
    """Keep a proposal with its import, whose earlier one is forgotten."""
    source.counts = proposal.counts
    source.revision = proposal.strategy.revision
    source.faults = [fault.as_json() for fault in proposal.report.faults]
    found = proposal.report.assumptions.items()
    source.assumptions = [[as_json(sentence), count] for sentence, count in found]
    source.new_names = proposal.new_names | {
        "phases": proposal.new_years,
        "quarters": [str(quarter) for quarter in proposal.new_quarters],
    }
    effected = None if proposal.report.fault_count else effect(proposal)
    source.effect = effected and effected.as_json()
    source.save()
    source.steps.all().delete()
    steps = _steps(source, proposal, effected.relit if effected else {})
    while batch := list(islice(steps, _BATCH)):
        ImportStep.objects.bulk_create(batch)


def _steps(source: RoadmapImport, proposal: Proposal, relit: dict) -> Iterator[ImportStep]:
    position = 0
    for step in [*proposal.changed, *proposal.new]:
        kind = StepKind.CHANGED if step.before else StepKind.NEW
        yield ImportStep(
            source=source,
            position=position,
            kind=kind,
            sheet=step.sheet,
            row=step.row,
            code=step.code,
            title=step.after["title"],
            fields=step.fields,
            relit=relit.get(step.code),
        )
        position += 1
    others = {StepKind.UNCHANGED: proposal.unchanged_codes, StepKind.MISSING: proposal.missing}
    for kind, codes in others.items():
        for code in codes:
            title = proposal.existing[code]["title"]
            yield ImportStep(source=source, position=position, kind=kind, code=code, title=title)
            position += 1


def sentences(kept: list) -> list[str]:
    """Sentences that were kept with an import, in the language of now."""
    return [from_json(sentence) for sentence in kept]
