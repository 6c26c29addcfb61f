"""A real Celery worker, another process, on the broker and the database that the tests run on."""

import os
import signal
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection


def database_url():
    """The address of the test database, for another process."""
    made = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{made['NAME']}"
    user = quote(made["USER"]) + (f":{quote(made['PASSWORD'])}" if made["PASSWORD"] else "")
    return f"postgres://{user}@{made['HOST']}:{made['PORT']}/{made['NAME']}"


@pytest.fixture
def worker(transactional_db, tmp_path):
    """Starts workers; `worker()` gives the process, which is ended with the test.

    Named arguments are variables of its environment.
    """
    from digistrategia.celery import app

    app.control.purge()
    started = []

    def start(**variables):
        environment = (
            os.environ
            | variables
            | {
                "DJANGO_SETTINGS_MODULE": "digistrategia.settings",
                "DATABASE_URL": database_url(),
                "DATA_DIR": str(settings.DATA_DIR),
            }
        )
        command = ["celery", "-A", "digistrategia", "worker", "--concurrency=2", "-l", "warning"]
        log = (tmp_path / f"worker-{len(started)}.log").open("w")
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=environment,
            start_new_session=True,
            stdout=log,
            stderr=log,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        kill(process)
    app.control.purge()


def kill(process):
    """As the kernel does when memory runs out: the whole group, without a word."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def eventually(holds, within=60):
    """Wait until something holds, and say whether it came to."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.1)
    return False
