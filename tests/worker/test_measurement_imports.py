"""An import of measurements by real workers; what befalls any import, `test_imports` has."""

import json
import os
import signal
import time
from datetime import timedelta
from functools import lru_cache

import pytest
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from metrics.kpis.periods import Month
from metrics.models import KpiStatus, Measurement, MeasurementImport
from roadmap.models import ImportState
from tests.factories import make_kpi, make_strategy
from tests.kpi_imports import at, measurements
from tests.worker.conftest import eventually, kill

pytestmark = pytest.mark.django_db(transaction=True)
KPIS, MONTHS = 50, 60


@lru_cache
def large_file() -> bytes:
    first = Month(2021, 1).ordinal
    rows = [
        [f"m-{kpi}", str(Month.from_ordinal(first + month)), 70 + month % 9, 100]
        for kpi in range(KPIS)
        for month in range(MONTHS)
    ]
    return measurements(*rows).getvalue()


@pytest.fixture
def admin(browse, yllapitaja):
    strategy = make_strategy()
    group = make_kpi(
        strategy, "m-0", measured={"2021-01": (50, 100)}, targets={"2021-01": 80}
    ).group
    for number in range(1, KPIS):
        make_kpi(strategy, f"m-{number}", group=group, targets={"2021-01": 80})
    return browse(yllapitaja)


def send(admin):
    file = SimpleUploadedFile("mittaukset.xlsx", large_file())
    admin.post(reverse("metrics:kpi-import-list", args=["strategia"]), {"file": file})


def kept():
    return MeasurementImport.objects.get()


def comes_to(state):
    return eventually(lambda: kept().state == state and kept().claim is None)


def resume():
    current_app.send_task("roadmap.tasks.resume_imports")  # as beat does, every half minute


def stop_while_writing(process):
    """Stop the worker while some of the measurements are written, and others are not."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        one = kept()
        try:
            said = json.loads((one.folder / f"progress-{one.claim}.json").read_text())
        except (OSError, ValueError):
            said = {}
        if said.get("stage") == "write" and 500 <= said["done"] < said["total"]:
            os.killpg(process.pid, signal.SIGSTOP)
            return
        time.sleep(0.003)
    raise AssertionError(f"never came to writing: {kept().state}")


def let_time_pass():
    """As if the worker had been silent for a minute."""
    earlier = timezone.now() - timedelta(minutes=1)
    MeasurementImport.objects.update(claimed_at=earlier)
    for path in kept().folder.glob("progress-*.json"):
        os.utime(path, (earlier.timestamp(), earlier.timestamp()))


def test_a_worker_takes_measurements_from_upload_to_lights_and_back(worker, admin):
    worker()
    send(admin)
    assert comes_to(ImportState.CHECKED)
    assert kept().counts == {
        "new": KPIS * MONTHS - 1,
        "changed": 1,
        **dict.fromkeys(("unchanged", "empty", "asked", "faults"), 0),
    }
    admin.post(at("preview", kept()), {"version": kept().version})
    assert comes_to(ImportState.APPLIED)
    assert Measurement.objects.count() == KPIS * MONTHS + 1
    assert eventually(lambda: KpiStatus.objects.count() == KPIS * MONTHS)
    admin.post(at("undo", kept()))
    assert comes_to(ImportState.UNDONE)
    assert eventually(lambda: KpiStatus.objects.count() == 1)
    assert eventually(lambda: not kept().folder.exists())


def test_a_worker_killed_while_it_writes_leaves_nothing_and_the_next_one_ends_it_once(
    worker, admin
):
    first = worker()
    send(admin)
    assert comes_to(ImportState.CHECKED)
    admin.post(at("preview", kept()), {"version": kept().version})
    stop_while_writing(first)
    kill(first)
    assert (kept().state, Measurement.objects.count()) == (ImportState.APPLYING, 1)
    let_time_pass()
    worker()
    resume()
    assert comes_to(ImportState.APPLIED)
    assert kept().problem == []
    assert Measurement.objects.count() == KPIS * MONTHS + 1
