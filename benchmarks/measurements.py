"""Seconds and memory of an import of measurements, as the worker does it: all new, then corrected.

    python -m benchmarks.measurements [ROWS ...]

Ten years of months for as many KPIs as that takes, rates with a comment on every tenth row.
"""

import os
import sys
from io import BytesIO
from pathlib import Path

from benchmarks.imports import stage

MONTHS = 120


def workbook(rows: int, add: int) -> bytes:
    from openpyxl import Workbook

    from metrics.kpis.periods import Month

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Mittaukset")
    sheet.append(["Mittari", "Jakso", "Osoittaja", "Nimittäjä", "Kommentti"])
    first = Month(2014, 1).ordinal
    for n in range(rows):
        month = str(Month.from_ordinal(first + n % MONTHS))
        comment = f"Huomio {n}" if n % 10 == 0 else None
        sheet.append([f"m-{n // MONTHS}", month, 700 + n % 61 + add, 1000, comment])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def measure(rows: int) -> None:
    from django.core.files.base import ContentFile
    from django.db import connection

    from metrics.kpis.periods import Month
    from metrics.models import KpiGroup, MeasurementImport
    from roadmap import imports
    from roadmap.models import ImportState
    from tests.factories import make_kpi, make_strategy

    kpis = -(-rows // MONTHS)
    print(f"\n{connection.vendor}, {rows} measurements of {kpis} KPIs")
    strategy = make_strategy(f"bench-{rows}")
    groups = [KpiGroup.objects.create(strategy=strategy, position=n) for n in range(10)]
    for n in range(kpis):
        fields = {"group": groups[n % 10], "first_month": Month(2014, 1)}
        make_kpi(strategy, f"m-{n}", targets={"2014-01": 80}, **fields)
    for what, add in (("new", 0), ("corrected", 30)):
        content = workbook(rows, add)
        print(f" every row {what}, {len(content) / 2**20:.1f} MB")
        file = ContentFile(content, "mittaukset.xlsx")
        kept = imports.upload(strategy, file, None, MeasurementImport)
        taken = [stage("read, checked", kept, ImportState.CHECKED)]
        assert imports.confirm(kept, kept.version, None)
        taken.append(stage("applied", kept, ImportState.APPLIED))
        peak = max(figures["together"] for figures in taken)
        print(f"  {'together':<24} {sum(f['seconds'] for f in taken):6.1f} s, peak {peak:4.0f} MB")
        if add:
            imports.take_back(kept, None)
            stage("undone", kept, ImportState.UNDONE)


if __name__ == "__main__":
    os.environ["CELERY_BROKER_URL"] = "memory://localhost"  # what it asks for is measured apart
    from benchmarks.world import settings, world

    with world():
        Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
        for count in map(int, sys.argv[1:] or ["20000"]):
            measure(count)
