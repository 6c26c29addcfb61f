"""Imports by real workers that are killed, paused and cancelled in the middle of each stage."""

import json
import os
import signal
import time
from datetime import timedelta
from functools import lru_cache
from math import inf
from pathlib import Path

import pytest
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from roadmap import imports
from roadmap.models import Action, Change, ImportState, RoadmapImport, Strategy
from tests.factories import make_action, make_strategy, workbook
from tests.rows import rows_of_everything
from tests.worker.conftest import eventually, kill
from tests.worker.test_worker import _point_to

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 3000
QUARTERS = ["2021Q1", "2021Q2", "2021Q3"]
STOPPED = "The worker was stopped. So far nothing has been written; it begins again by itself."
CANCELLED = "It was cancelled. Nothing was changed."
BROKEN = "It was broken off by a fault of the portal. Nothing was changed. Try once more."
STAGES = {
    "read": (ImportState.READING, ImportState.CHECKED),
    "check": (ImportState.CHECKING, ImportState.CHECKED),
    "write": (ImportState.APPLYING, ImportState.APPLIED),
    "undo": (ImportState.UNDOING, ImportState.UNDONE),
}
BEFORE = {
    "read": ImportState.REFUSED,
    "check": ImportState.READ,
    "write": ImportState.CHECKED,
    "undo": ImportState.APPLIED,
}


@lru_cache
def large_workbook() -> bytes:
    headers = ["Tunnus", "Toimenpide", "Vaihe", "Kokonaisuus", "Digimentori"]
    headers += [f"Toteuma {quarter}" for quarter in QUARTERS]
    rows = (
        [f"N-{n:05}", f"Toimenpide {n}", 2021, f"Teema {n % 7}", "uusi@example.org"]
        + [n % 50 + place for place in range(len(QUARTERS))]
        for n in range(ROWS)
    )
    return workbook(headers, *rows).getvalue()


class Upload:
    """An import on its way, as an administrator and the operator of the machine see it."""

    def __init__(self, client):
        self.client = client

    @property
    def kept(self) -> RoadmapImport:
        return RoadmapImport.objects.get()

    def send(self) -> None:
        file = SimpleUploadedFile("tiekartta.xlsx", large_workbook())
        self.client.post(reverse("roadmap:import-list", args=["strategia"]), {"file": file})

    def press(self, button: str) -> None:
        kept = self.kept
        address = reverse(f"roadmap:import-{button}", args=["strategia", kept.pk])
        self.client.post(address, {"version": kept.version})

    def page(self) -> str:
        address = reverse("roadmap:import-detail", args=["strategia", self.kept.pk])
        return self.client.get(address, follow=True).content.decode()

    def bring_to(self, stage: str) -> None:
        """As far as it goes before that stage, without a worker; then ask for the stage."""
        if stage == "read":
            self.send()
            return
        silently(self.send)
        if stage == "check":
            silently(lambda: imports.work_on(self.kept.pk))
            imports.check(self.kept)
            return
        imports.work_on(self.kept.pk)
        assert self.kept.state == ImportState.CHECKED
        if stage == "write":
            self.press("confirm")
            return
        silently(lambda: self.press("confirm"))
        silently(lambda: imports.work_on(self.kept.pk))
        assert self.kept.state == ImportState.APPLIED
        self.press("undo")

    def said(self) -> dict:
        """What the worker that has it says of its progress."""
        kept = self.kept
        if kept.claimed_at is None or kept.claimed_at < timezone.now() - timedelta(seconds=30):
            return {}  # it is a killed one's
        path = kept.folder / f"progress-{kept.claim}.json"
        try:
            return json.loads(path.read_text())
        except (OSError, ValueError):
            return {}

    def stop_within(self, stage: str, process, least: int = 0) -> None:
        """Stop the worker while it says that it is in that stage."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            said = self.said()
            # At the end of a stage it may hold the database already, which nobody else gets then.
            is_within = said.get("stage") == stage and said["done"] < (said["total"] or inf)
            if is_within and said["done"] >= least:
                os.killpg(process.pid, signal.SIGSTOP)
                if stage in ("read", "check") and not is_database_free():
                    # Just then one of its processes held a row, which nobody else would get.
                    os.killpg(process.pid, signal.SIGCONT)
                    continue
                assert self.kept.state == STAGES[stage][0]
                return
            time.sleep(0.003)
        raise AssertionError(f"never came to {stage} {least}: {self.kept.state}, {said}")

    def let_time_pass(self) -> None:
        """As if the worker had been silent for a minute."""
        earlier = timezone.now() - timedelta(minutes=1)
        RoadmapImport.objects.update(claimed_at=earlier)
        for path in self.kept.folder.glob("progress-*.json"):
            os.utime(path, (earlier.timestamp(), earlier.timestamp()))

    def comes_to(self, state: str) -> bool:
        return eventually(lambda: self.kept.state == state and self.kept.claim is None)

    def was_done_once(self) -> bool:
        lines = Change.objects.filter(action=None, fields__has_key="import").count()
        return (
            lines,
            Action.objects.filter(code__startswith="N-").count(),
            self.kept.steps.count(),
        ) == (1, ROWS, ROWS)


def silently(act) -> None:
    """Without telling the worker: the message is thrown away."""
    act()
    current_app.control.purge()


@pytest.fixture
def sent(browse, yllapitaja):
    strategy = make_strategy()
    make_action(strategy, "a", entries={"2021Q1": 20}, people=[yllapitaja])
    return Upload(browse(yllapitaja))


def resume():
    current_app.send_task("roadmap.tasks.resume_imports")  # as beat does, every half minute


def test_a_worker_takes_an_import_from_upload_to_preview_applies_it_and_undoes_it(worker, sent):
    before = rows_of_everything()
    worker()
    sent.send()
    assert sent.comes_to(ImportState.CHECKED)
    assert f"Import {ROWS:,} changes".replace(",", "\u00a0") in sent.page()
    assert rows_of_everything() == before
    sent.press("confirm")
    assert sent.comes_to(ImportState.APPLIED)
    assert sent.was_done_once()
    assert "Step 5/5: Done" in sent.page()
    sent.press("undo")
    assert sent.comes_to(ImportState.UNDONE)
    assert rows_of_everything() == before
    assert "The import was undone" in sent.page()
    assert eventually(lambda: not sent.kept.folder.exists())


@pytest.mark.parametrize("stage", STAGES)
def test_a_worker_killed_in_the_middle_leaves_all_or_nothing_and_the_next_one_ends_it_once(
    worker, sent, stage
):
    sent.bring_to(stage)
    before = rows_of_everything()
    first = worker()
    resume()
    sent.stop_within(stage, first, least=500 if stage in ("write", "undo") else 0)
    kill(first)
    assert rows_of_everything() == before
    assert sent.kept.state == STAGES[stage][0]
    sent.let_time_pass()
    assert STOPPED in sent.page()
    worker()
    resume()
    assert sent.comes_to(STAGES[stage][1])
    assert sent.kept.problem == []
    if stage == "write":
        assert sent.was_done_once()
    elif stage == "undo":
        assert not Action.objects.filter(code__startswith="N-").exists()
    else:
        assert (sent.kept.counts["new"], sent.kept.steps.count()) == (ROWS, ROWS + 1)
        assert eventually(lambda: not list(sent.kept.folder.glob("reading-*")))
    assert STOPPED not in sent.page()


def test_a_job_that_kills_its_worker_three_times_is_given_up_and_can_be_asked_for_again(
    worker, sent
):
    sent.bring_to("write")
    before = rows_of_everything()
    for tries in (1, 2, 3):
        process = worker()
        resume()
        sent.stop_within("write", process)
        kill(process)
        assert (sent.kept.tries, rows_of_everything()) == (tries, before)
        sent.let_time_pass()
    worker()
    resume()
    assert sent.comes_to(ImportState.CHECKED)
    assert BROKEN in sent.page()
    assert rows_of_everything() == before
    sent.press("confirm")
    assert sent.comes_to(ImportState.APPLIED)
    assert sent.was_done_once()


@pytest.mark.parametrize("stage", STAGES)
def test_cancelling_by_the_page_ends_a_stage_with_nothing_of_it_kept(worker, sent, stage):
    sent.bring_to(stage)
    before = rows_of_everything()
    process = worker()
    resume()
    sent.stop_within(stage, process)
    sent.press("cancel")
    assert "It is being cancelled." in sent.page()
    os.killpg(process.pid, signal.SIGCONT)
    assert sent.comes_to(BEFORE[stage])
    assert CANCELLED in sent.page()
    assert rows_of_everything() == before


def test_what_was_cancelled_can_be_asked_for_again(worker, sent):
    sent.bring_to("write")
    sent.press("cancel")  # before there is any worker
    assert sent.kept.state == ImportState.CHECKED
    assert CANCELLED in sent.page()
    worker()
    sent.press("confirm")
    assert sent.comes_to(ImportState.APPLIED)
    assert sent.was_done_once()


def test_a_job_whose_worker_died_is_cancelled_at_once(worker, sent):
    sent.bring_to("write")
    process = worker()
    resume()
    sent.stop_within("write", process)
    kill(process)
    sent.let_time_pass()
    sent.press("cancel")
    assert (sent.kept.state, sent.kept.claim) == (ImportState.CHECKED, None)
    assert CANCELLED in sent.page()


def test_with_the_broker_down_upload_and_yes_are_kept_and_done_later(worker, sent, caplog):
    working = current_app.conf.broker_url, current_app.conf.broker_transport_options
    down = "redis://127.0.0.1:1/0", {"max_retries": 1, "interval_start": 0}

    def without_broker(act):
        try:
            _point_to(*down)
            act()
        finally:
            _point_to(*working)
        assert "The broker does not answer" in caplog.text
        caplog.clear()

    without_broker(sent.send)
    assert "It waits for the worker." in sent.page()
    worker()
    resume()
    assert sent.comes_to(ImportState.CHECKED)
    without_broker(lambda: sent.press("confirm"))
    assert "It waits for the worker." in sent.page()
    resume()
    assert sent.comes_to(ImportState.APPLIED)
    assert sent.was_done_once()


def test_the_child_that_reads_dies_with_its_worker(worker, sent):
    sent.bring_to("read")
    process = worker()
    resume()
    assert eventually(lambda: list(sent.kept.folder.glob("reading-*/sheet-1.jsonl.gz")))
    (child, parent) = readers(sent.kept)[0]
    os.kill(child, signal.SIGSTOP)  # it shall not end by itself
    os.kill(parent, signal.SIGKILL)
    assert eventually(lambda: not readers(sent.kept), within=5)
    kill(process)


def readers(kept: RoadmapImport) -> list[tuple[int, int]]:
    """The processes that read the file of an import, each with its parent."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            status = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if b"extracting" in command and str(kept.pk).encode() in command and status[0] != "Z":
            found.append((int(process.name), int(status[1])))
    return found


@pytest.mark.parametrize("stage", ["read", "check"])
def test_a_worker_that_was_taken_for_dead_and_wakes_up_writes_nothing(worker, sent, stage):
    sent.bring_to(stage)
    first = worker()
    resume()
    sent.stop_within(stage, first)
    robbed = sent.kept.claim
    sent.let_time_pass()
    worker()
    # Beat asks again and again: Redis may hand the first message to the worker that is stopped.
    resume()
    resume()
    assert sent.comes_to(ImportState.CHECKED)
    ended = RoadmapImport.objects.values().get()
    files = contents(sent.kept.folder)
    os.killpg(first.pid, signal.SIGCONT)
    own = sent.kept.folder / f"progress-{robbed}.json"
    assert eventually(lambda: not own.exists())
    assert eventually(lambda: not readers(sent.kept))
    assert RoadmapImport.objects.values().get() == ended
    assert sent.kept.steps.count() == ROWS + 1
    assert contents(sent.kept.folder) == files


def is_database_free() -> bool:
    """Whether nobody holds what an import needs."""
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA busy_timeout = 100")
            with transaction.atomic():
                for model in (RoadmapImport, Strategy):
                    list(model.objects.select_for_update(nowait=connection.vendor != "sqlite"))
    except OperationalError:
        return False
    finally:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA busy_timeout = 20000")
    return True


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.suffix in (".gz", ".json") and not path.name.startswith("progress-")
    }
