"""A worker and its claim on an import: robbed, paused, failing, and cancelled."""

import threading

import pytest
from django.db import IntegrityError, OperationalError
from django.utils import timezone

from roadmap import imports, progress
from roadmap.models import Action, Change, ImportState, RoadmapImport
from roadmap.workbook import applying, jobs
from tests.at_once import at_once
from tests.roadmap.import_jobs.steps import (
    BROKEN,
    CANCELLED,
    after,
    checked,
    confirmed,
    now,
    problem,
    sent,
    titles,
    worked,
)
from tests.rows import rows_of_everything

pytestmark = pytest.mark.django_db(transaction=True)


# --- claims -----------------------------------------------------------------------------------


def test_a_worker_robbed_of_its_claim_before_it_writes_writes_nothing(strategy, monkeypatch):
    kept = confirmed(checked(strategy, ["a", "Uusi", 2021, 1]))
    before = rows_of_everything()

    class Robbed(progress.Progress):
        def say(self, stage, done=0, total=0):
            super().say(stage, done, total)
            RoadmapImport.objects.update(claim=kept.pk)

    monkeypatch.setattr(imports, "Progress", Robbed)
    kept = worked(kept)
    assert (kept.state, kept.claim, kept.problem) == (ImportState.APPLYING, kept.pk, [])
    assert (rows_of_everything(), Change.objects.count()) == (before, 0)


def test_a_worker_that_pauses_while_it_writes_is_not_overtaken(strategy, monkeypatch):
    rows = [[f"n{number}", "Uusi", 2021, 1] for number in range(5)]
    kept = confirmed(checked(strategy, *rows))
    monkeypatch.setattr(imports, "is_attended", lambda kept: False)  # everybody seems dead
    others = []

    class Pausing(progress.Progress):
        def say(self, stage, done=0, total=0):
            super().say(stage, done, total)
            if done and not others:
                others.append(threading.Thread(target=lambda: at_once(second, 1)))
                others[0].start()
                others[0].join(1)

    def second():
        imports.work_on(kept.pk)

    monkeypatch.setattr(imports, "Progress", Pausing)
    imports.work_on(kept.pk)
    others[0].join()
    assert (now(kept).state, now(kept).tries) == (ImportState.APPLIED, 1)
    assert Action.objects.filter(code__startswith="n").count() == 5
    assert Change.objects.filter(fields__has_key="import").count() == 1


@pytest.mark.parametrize("fault", [OperationalError("database is locked"), IntegrityError("twice")])
def test_what_the_database_refuses_by_chance_is_tried_again_and_then_given_up(
    strategy, monkeypatch, fault, caplog
):
    kept = confirmed(checked(strategy, ["a", "Uusi", 2021, 1]))

    def fail(*_args, **_named):
        raise fault

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "apply", fail)
        for tries in (1, 2, 3):
            assert list(imports.unattended()) == [(kept.pk, RoadmapImport)]
            kept = worked(kept)
            assert (kept.state, kept.claim, kept.tries) == (ImportState.APPLYING, None, tries)
        kept = worked(kept)
    assert (kept.state, problem(kept)) == (ImportState.CHECKED, [BROKEN])
    assert str(fault) in caplog.text
    kept = worked(confirmed(kept))
    assert (kept.state, titles()["a"]) == (ImportState.APPLIED, "Uusi")


def test_a_fault_of_our_own_is_logged_and_leads_back_with_a_sentence(strategy, monkeypatch, caplog):
    kept = confirmed(checked(strategy, ["a", "Uusi", 2021, 1]))

    def fail(writer, steps):
        raise KeyError("plan")

    monkeypatch.setattr(applying._Writer, "_write_history", fail)
    kept = worked(kept)
    assert (kept.state, problem(kept), titles()["a"]) == (
        *(ImportState.CHECKED, [BROKEN], "Toimenpide a"),
    )
    assert "KeyError: 'plan'" in caplog.text


# --- cancelling -------------------------------------------------------------------------------


def test_what_is_cancelled_after_the_claim_and_before_the_first_progress_is_heard(
    strategy, monkeypatch
):
    kept = sent(strategy, ["a", "Uusi", 2021, 1])
    real = imports._claim

    def claimed_and_cancelled(pk, kind):
        claimed = real(pk, kind)
        assert not kept.folder.exists()
        imports.cancel(now(kept))
        return claimed

    monkeypatch.setattr(imports, "_claim", claimed_and_cancelled)
    assert problem(worked(kept)) == [CANCELLED]


def test_cancelling_too_late_does_not_reach_into_the_next_job(strategy):
    kept = confirmed(checked(strategy, ["a", "Uusi", 2021, 1]))
    late = now(kept)
    late.claim, late.claimed_at = kept.pk, timezone.now()  # as the page saw it
    worked(kept)
    imports.cancel(late)
    assert now(kept).state == ImportState.APPLIED
    imports.take_back(now(kept), None)
    assert worked(kept).state == ImportState.UNDONE


def test_cancelled_while_it_is_checked_right_after_reading_it_is_still_read(strategy, monkeypatch):
    kept = sent(strategy, ["a", "Uusi", 2021, 1])
    ask = after(lambda: progress.Progress(kept.folder).cancel(), jobs.propose)
    with monkeypatch.context() as once:
        once.setattr(jobs, "propose", ask)
        kept = worked(kept)
    assert (kept.state, problem(kept)) == (ImportState.READ, [CANCELLED])
    imports.check(kept)
    assert worked(kept).state == ImportState.CHECKED
