"""Seconds and memory of an import, as the worker does it: every row new, then every row changed.

    python -m benchmarks.imports [ROWS ...]

Each stage runs in a process of its own, so that its peak memory is its own; the child that reads
the file is told apart from the worker. Thirty columns: fourteen plain ones, and plan and actuals
of two years.
"""

import json
import os
import subprocess
import sys
import threading
import time
from io import BytesIO
from pathlib import Path

YEARS = (2021, 2022, 2023)
QUARTERS = [f"{year}Q{number}" for year in (2021, 2022) for number in range(1, 5)]
PLAIN = (
    *("Tunnus", "Toimenpide", "Kuvaus", "Vaihe", "Kokonaisuus", "Palvelualue", "Digimentori"),
    *("Mittari", "Yksikkö", "Lähtöarvo", "Tavoitearvo", "Alku", "Loppu", "Paino"),
)


def workbook(rows: int, title: str, add: int) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Tiekartta")
    families = ("Suunnitelma", "Toteuma")
    sheet.append([*PLAIN, *(f"{family} {q}" for family in families for q in QUARTERS)])
    for n in range(rows):
        plain = [f"T-{n:05}", f"{title} {n}", f"Kuvaus toimenpiteestä {n}, jossa on muutama sana"]
        plain += [2021, f"Teema {n % 12}", f"Alue {n % 8}", f"henkilo{n % 40}@example.org"]
        plain += ["Kuinka monta", "kpl", 0, 800, "2021Q1", "2022Q4", 1 + n % 3]
        plan = [100 * place for place in range(1, 9)]
        sheet.append([*plain, *plan, *(value - n % 60 + add for value in plan)])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


class Memory(threading.Thread):
    """Looks every few milliseconds how much this process and its children hold, in megabytes.

    What the system itself tells at the end of a process counts what its parent held.
    """

    def __init__(self):
        super().__init__(daemon=True)
        self.worker = self.child = self.together = 0.0

    def run(self):
        children = Path(f"/proc/self/task/{os.getpid()}/children")
        while True:
            own = self._held("self")
            theirs = sum(self._held(pid) for pid in children.read_text().split())
            self.worker, self.child = max(self.worker, own), max(self.child, theirs)
            self.together = max(self.together, own + theirs)
            time.sleep(0.005)

    @staticmethod
    def _held(pid: str) -> float:
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:  # it has just ended
            return 0
        return next((int(n.split()[1]) / 1024 for n in lines if n.startswith("VmRSS")), 0)


def work(pk: str, kind: str) -> None:
    """What the worker does for one import, in this process; its figures as JSON."""
    import django

    django.setup()
    from django.apps import apps

    from roadmap import imports

    memory = Memory()
    memory.start()
    start = time.perf_counter()
    imports.work_on(pk, apps.get_model(kind))
    seconds = time.perf_counter() - start
    figures = {name: getattr(memory, name) for name in ("worker", "child", "together")}
    print(json.dumps(figures | {"seconds": seconds}))


def stage(name: str, kept, state: str) -> dict:
    from tests.worker.conftest import database_url

    environment = os.environ | {"DATABASE_URL": database_url()}
    command = [sys.executable, "-m", "benchmarks.imports", "--work"]
    command += [str(kept.pk), kept._meta.label]
    answer = subprocess.run(  # noqa: S603 - ourselves
        command, env=environment, check=True, capture_output=True, text=True
    )
    figures = json.loads(answer.stdout)
    kept.refresh_from_db()
    assert kept.state == state, (kept.state, kept.problem, kept.faults[:3])
    child = f", child {figures['child']:4.0f} MB" if figures["child"] else ""
    print(f"  {name:<24} {figures['seconds']:6.1f} s, worker {figures['worker']:4.0f} MB{child}")
    return figures


def measure(rows: int) -> None:
    from django.core.files.base import ContentFile
    from django.db import connection

    from metrics.snapshots import compute
    from roadmap import imports
    from roadmap.models import ImportState
    from tests.factories import make_strategy

    print(f"\n{connection.vendor}, {rows} rows × {len(PLAIN) + 2 * len(QUARTERS)} columns")
    strategy = make_strategy(f"bench-{rows}", YEARS, opened="2022Q4")
    for title, add in (("Toimenpide", 0), ("Uusi nimi", 1)):
        content = workbook(rows, title, add)
        what = "changed" if add else "new"
        print(f" every row {what}, {len(content) / 2**20:.1f} MB")
        kept = imports.upload(strategy, ContentFile(content, "tiekartta.xlsx"), None)
        taken = [stage("read, checked", kept, ImportState.CHECKED)]
        preview(kept)
        assert imports.confirm(kept, kept.version, None)
        taken.append(stage("applied", kept, ImportState.APPLIED))
        peak = max(figures["together"] for figures in taken)
        print(f"  {'together':<24} {sum(f['seconds'] for f in taken):6.1f} s, peak {peak:4.0f} MB")
        imports.take_back(kept, None)
        stage("undone", kept, ImportState.UNDONE)
        if not add:  # once more, for the next file to change
            kept = imports.upload(strategy, ContentFile(content, "tiekartta.xlsx"), None)
            imports.work_on(kept.pk)
            kept.refresh_from_db()
            imports.confirm(kept, kept.version, None)
            imports.work_on(kept.pk)
            compute(strategy.pk)


def preview(kept) -> None:
    from django.db import connection
    from django.test import Client, override_settings
    from django.test.utils import CaptureQueriesContext

    from tests.factories import make_user

    client = Client()
    client.force_login(make_user("ylläpitäjä"))
    address = f"/strategies/{kept.strategy.slug}/imports/{kept.pk}/preview/"
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        for words in ("", "?q=1234"):
            client.get(address + words)
            with CaptureQueriesContext(connection) as captured:
                start = time.perf_counter()
                answer = client.get(address + words)
            taken = 1000 * (time.perf_counter() - start)
            assert answer.status_code == 200, answer.status_code
            name = "preview, searched" if words else "preview"
            print(f"  {name:<24} {taken:6.1f} ms, {len(captured)} queries")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(*sys.argv[2:])
    else:
        os.environ["CELERY_BROKER_URL"] = "memory://localhost"  # what it asks for is measured apart
        from benchmarks.world import settings, world

        with world():
            Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
            for count in map(int, sys.argv[1:] or ["20000"]):
                measure(count)
