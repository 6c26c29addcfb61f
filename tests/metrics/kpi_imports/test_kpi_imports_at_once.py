"""Two people, or two workers, at one import of measurements or one KPI at the same moment."""

import pytest

from metrics.kpis.measuring import record
from metrics.models import KpiChange, Measurement, MeasurementImport
from roadmap import imports
from roadmap.models import ImportState
from tests.at_once import at_once
from tests.factories import make_strategy, measure
from tests.imports import work
from tests.kpi_imports import checked, make_findability, measurements, said, standing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_messages")]
OVERTAKEN = (
    "Something changed after you saw the summary, so nothing was imported. "
    "Here is the summary as it is now."
)


@pytest.fixture
def strategy():
    strategy = make_strategy(opened="2021Q2")
    make_findability(strategy)
    return strategy


def now(kept):
    return MeasurementImport.objects.get(pk=kept.pk)


def bring(kept):
    imports.confirm(kept, kept.version, None)
    imports.work_on(kept.pk, MeasurementImport)


def test_of_two_imports_confirmed_at_once_one_comes_in_and_the_other_is_shown_anew(strategy):
    numbers = {77: 100, 78: 101}
    both = [
        checked(strategy, measurements(["loyto", "2021-06", *pair], ["loyto", "2021-07", *pair]))
        for pair in numbers.items()
    ]
    left = list(both)
    at_once(lambda: bring(left.pop()), 2)
    for kept in both:
        work(kept)  # where the yes itself came too late, it is checked by now
    by_state = {now(kept).state: now(kept) for kept in both}
    assert by_state.keys() == {ImportState.APPLIED, ImportState.CHECKED}
    came, other = by_state[ImportState.APPLIED], by_state[ImportState.CHECKED]
    after = {step.position: step.after["numerator"] for step in came.steps.all()}
    assert standing(strategy)["loyto", "2021-06"][0] == int(after[0])
    assert [said(one) for one in other.problem] == [OVERTAKEN]
    assert [step.before["numerator"] for step in other.steps.all()] == [after[0], after[1]]
    bring(other)
    assert now(other).state == ImportState.APPLIED
    versions = Measurement.objects.filter(period__in=["2021-06", "2021-07"]).order_by("period")
    assert [one.version for one in versions] == [1, 2, 3, 1, 2]


def test_an_import_confirmed_twice_at_once_is_applied_once(strategy):
    kept = checked(strategy, measurements(["loyto", "2021-06", 77, 100]))
    at_once(lambda: bring(kept), 3)
    assert now(kept).state == ImportState.APPLIED
    assert Measurement.objects.filter(period="2021-06").count() == 2
    assert KpiChange.objects.count() == 1


def test_an_import_undone_twice_at_once_is_undone_once(strategy):
    kept = checked(strategy, measurements(["loyto", "2021-06", 77, 100]))
    bring(kept)

    def undo():
        imports.take_back(now(kept), None)
        imports.work_on(kept.pk, MeasurementImport)

    at_once(undo, 3)
    assert now(kept).state == ImportState.UNDONE
    assert Measurement.objects.filter(period="2021-06").count() == 3
    assert standing(strategy)["loyto", "2021-06"] == (76, 100, "")


def test_what_is_entered_while_a_file_is_being_applied_is_never_written_over(strategy, monkeypatch):
    """By form, after the yes and before the writing."""
    kept = checked(strategy, measurements(["loyto", "2021-06", 77, 100]))
    real = imports._claim

    def claimed_and_entered(pk, kind):
        claimed = real(pk, kind)
        measure(strategy.kpis.get(), {"2021-06": (50, 100)})
        return claimed

    monkeypatch.setattr(imports, "_claim", claimed_and_entered)
    bring(kept)
    kept = now(kept)
    assert (kept.state, [said(one) for one in kept.problem]) == (ImportState.CHECKED, [OVERTAKEN])
    assert kept.steps.get().before["numerator"] == "50"
    assert standing(strategy)["loyto", "2021-06"] == (50, 100, "")


@pytest.mark.parametrize("write", ["the numbers", "the history"])
def test_a_worker_that_fails_in_the_middle_leaves_nothing(strategy, monkeypatch, write):
    before = list(Measurement.objects.values())
    rows = [["loyto", f"20{22 + n // 12}-{n % 12 + 1:02}", 77, 100] for n in range(40)]
    kept = checked(strategy, measurements(*rows))

    def fail(*args, **kwargs):
        if write == "the numbers":
            record(*args, **kwargs)
        raise RuntimeError("out of memory")

    name = "record" if write == "the numbers" else "note"
    monkeypatch.setattr(f"metrics.kpis.workbook.applying.{name}", fail)
    bring(kept)
    kept = now(kept)
    assert (kept.state, kept.claim) == (ImportState.CHECKED, None)
    assert list(Measurement.objects.values()) == before
    assert not kept.steps.filter(version__isnull=False).exists()
