"""Keeps what a check found with its import: the steps, the faults, what was assumed."""

from collections.abc import Iterator
from itertools import islice

from roadmap.models import ImportStep, RoadmapImport, StepKind
from roadmap.workbook import recognition
from roadmap.workbook.book import Book
from roadmap.workbook.checking import Proposal
from roadmap.workbook.effect import effect
from roadmap.workbook.faults import as_json, from_json
from roadmap.workbook.mapping import Part

_BATCH = 1000
_FIELDS = ["counts", "revision", "faults", "assumptions", "new_names", "effect", "version"]


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
    source.version += 1
    source.save(update_fields=None if source._state.adding else _FIELDS)
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


def remembered(book: Book) -> tuple[list[Part], str]:
    """How the newest file of the same shape was read, where a person had settled that.

    The parts, and the name of that file; no parts where there is none.
    """
    alike = RoadmapImport.objects.filter(shape=recognition.shape(book)).exclude(mapping=[])
    for earlier in alike.order_by("-uploaded_at")[:5]:
        parts = [Part.from_json(part) for part in earlier.mapping]
        if all(part.is_settled for part in parts):
            return recognition.again(parts, book) or [], earlier.file_name
    return [], ""
