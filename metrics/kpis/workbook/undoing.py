"""Takes an applied import of measurements back, unless somebody has entered others since.

Nothing is removed: what stood before comes back as a further version, and where nothing stood
the measurement is withdrawn.
"""

from collections import defaultdict
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from metrics.kpis.checks import fault_of
from metrics.kpis.measuring import Measured, record
from metrics.kpis.periods import Period
from metrics.kpis.workbook.applying import note
from metrics.models import Kpi, Measurement, MeasurementImport, MeasurementStep, Origin
from roadmap import formats
from roadmap.models import ImportState
from roadmap.workbook.applying import chunks
from roadmap.workbook.faults import say
from roadmap.workbook.undoing import MOST_REASONS, CannotUndo

Versions = dict[int, Measurement]  # of one KPI in one period


@transaction.atomic
def undo(source: MeasurementImport, user, tell: Callable[[int], None]) -> None:
    """Put the measurements back as they were before the import.

    Raises `CannotUndo` with the reasons, all at once; then nothing is changed.
    """
    reasons, done = [], 0
    for steps in chunks(source):
        kpis = Kpi.objects.in_bulk({step.kpi_id for step in steps})
        versions = _versions(steps)
        found = [_reason(step, kpis[step.kpi_id], versions[_place(step)]) for step in steps]
        reasons += filter(None, found)
        if not reasons:
            back = [_earlier(step, versions[_place(step)]) for step in steps]
            record(back, Origin.IMPORT, user)
        done += len(steps)
        tell(done)
    if reasons:
        raise CannotUndo(reasons[:MOST_REASONS])
    source.state, source.undone_at, source.undone_by = ImportState.UNDONE, timezone.now(), user
    source.save(update_fields=["state", "undone_at", "undone_by"])
    note(source, [source.file_name, None], user)


def _place(step: MeasurementStep) -> tuple[int, Period]:
    return step.kpi_id, step.period


def _versions(steps: list[MeasurementStep]) -> dict[tuple[int, Period], Versions]:
    found = defaultdict(dict)
    kpis = {step.kpi_id for step in steps}
    periods = {step.period for step in steps}
    rows = Measurement.objects.filter(kpi__in=kpis, period__in=periods)
    for row in rows.select_related("user", "token"):
        found[row.kpi_id, row.period][row.version] = row
    return found


def _reason(step: MeasurementStep, kpi: Kpi, versions: Versions) -> str | None:
    """Why a step cannot be taken back, if it cannot."""
    left, stands = versions[step.version], versions[max(versions)]
    if (stands.numbers, stands.comment) != (left.numbers, left.comment):
        sentence = _("%(kpi)s, %(period)s: changed after the import (%(who)s)")
        return say(sentence, kpi=kpi.slug, period=str(step.period), who=_who(stands))
    before = versions.get(step.version - 1)
    if before is None or before.withdrawn or before.numbers == stands.numbers:
        return None
    if fault := fault_of(kpi, before.numbers):  # by a rule that was changed since
        sentence = _("%(kpi)s, %(period)s: %(numbers)s does not fit the KPI any more: %(why)s")
        numbers = " / ".join(formats.value(number) for number in before.numbers)
        return say(sentence, kpi=kpi.slug, period=str(step.period), numbers=numbers, why=fault)
    return None


def _who(stands: Measurement) -> str:
    who = stands.user or stands.token or "–"
    return f"{who}, {formats.day(stands.at)} {timezone.localtime(stands.at):%H.%M}"


def _earlier(step: MeasurementStep, versions: Versions) -> Measured:
    """What stood before the import; None withdraws."""
    before = versions.get(step.version - 1)
    if before is None or before.withdrawn:
        return Measured(step.kpi_id, step.period, None)
    return Measured(step.kpi_id, step.period, before.numbers, before.comment)
