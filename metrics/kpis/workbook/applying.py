"""Carries out what a file of measurements was found to do: all of it, or nothing."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from metrics.kpis.measuring import Measured, record
from metrics.kpis.workbook.checking import numbers_of
from metrics.kpis.workbook.keeping import basis_of
from metrics.models import Kpi, KpiChange, MeasurementImport, MeasurementStep, Origin
from roadmap.models import ImportState
from roadmap.workbook import rows
from roadmap.workbook.applying import ProposalOvertaken, chunks


@transaction.atomic
def apply(source: MeasurementImport, tell: Callable[[int], None]) -> None:
    """Write the steps of an import that was checked; `tell` hears how many are written.

    Each step keeps the version that it made. Raises `ProposalOvertaken` where a KPI that is named,
    or its measurements, changed after the check.
    """
    if source.counts.get("faults"):
        raise ValueError("an import with faults is not applied")
    if basis_of(source.basis) != source.basis:
        raise ProposalOvertaken
    kpis = source.strategy.kpis.in_bulk(source.basis)
    done = 0
    for steps in chunks(source):
        made = record(
            [_measured(step, kpis[step.kpi_id]) for step in steps],
            Origin.IMPORT,
            source.user,
        )
        versions = {(row.kpi_id, row.period): row.version for row in made}
        for step in steps:
            step.version = versions[step.kpi_id, step.period]
        rows.update(MeasurementStep, steps, ["version"])
        done += len(steps)
        tell(done)
    source.state, source.applied_at = ImportState.APPLIED, timezone.now()
    source.save(update_fields=["state", "applied_at"])
    note(source, [None, source.file_name], source.user)


def _measured(step: MeasurementStep, kpi: Kpi) -> Measured:
    numbers = numbers_of(kpi, step.after)
    return Measured(step.kpi_id, step.period, numbers, step.after["comment"])


def note(source: MeasurementImport, pair: list, user) -> None:
    """A line in the history of the KPIs that an import was done, or undone."""
    KpiChange.objects.create(strategy_id=source.strategy_id, user=user, fields={"import": pair})
