"""Keeps what a check found with its import, and what it was checked against."""

from collections.abc import Iterable, Iterator
from itertools import islice

from django.db.models import Max

from metrics.kpis.workbook.checking import Proposal
from metrics.models import Kpi, MeasurementImport, MeasurementStep
from roadmap.workbook.faults import as_json

_BATCH = 1000
_FIELDS = ["counts", "basis", "faults", "assumptions", "effect", "version"]


def store(source: MeasurementImport, proposal: Proposal) -> None:
    """Keep a proposal with its import, whose earlier one is forgotten."""
    source.counts = proposal.counts
    source.basis = proposal.basis
    source.faults = [fault.as_json() for fault in proposal.report.faults]
    found = proposal.report.assumptions.items()
    source.assumptions = [[as_json(sentence), count] for sentence, count in found]
    source.effect = None if proposal.report.fault_count else proposal.effect
    source.version += 1
    source.save(update_fields=_FIELDS)
    source.steps.all().delete()
    steps = _steps(source, proposal)
    while batch := list(islice(steps, _BATCH)):
        MeasurementStep.objects.bulk_create(batch)


def _steps(source: MeasurementImport, proposal: Proposal) -> Iterator[MeasurementStep]:
    for position, step in enumerate(proposal.steps):
        yield MeasurementStep(
            source=source,
            position=position,
            kind=step.kind,
            sheet=step.row.sheet.name,
            row=step.row.number,
            kpi=step.row.kpi,
            period=step.row.period,
            before=step.before,
            after=step.after,
            relit=step.relit,
            is_relit=bool(step.relit[1]) and step.relit[1] != step.relit[3],
            unlike=step.unlike,
        )


def basis_of(keys: Iterable) -> dict[str, list]:
    """How KPIs and their measurements are now: their version, and their newest measurement.

    As measurements are only ever added to, nothing can have changed while this is the same.
    """
    kpis = Kpi.objects.filter(pk__in=keys).annotate(newest=Max("measurements__pk"))
    return {str(pk): [*rest] for pk, *rest in kpis.values_list("pk", "version", "newest")}
