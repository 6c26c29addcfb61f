"""How long every snapshot of a strategy takes, in how many queries and how much memory.

python -m benchmarks.snapshots [ACTIONS ...]
"""

import resource
import sys
import time

from benchmarks.world import fill, world


def measure(actions: int) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from metrics.models import ActionStatus
    from metrics.snapshots import compute
    from roadmap.models import Strategy

    strategy = fill(actions, f"bench-{actions}", opened="2023Q4")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for name in ("every quarter, from nothing", "again, nothing changed"):
        Strategy.objects.filter(pk=strategy.pk).update(revision=time.time_ns() // 1000)
        start = time.perf_counter()
        with CaptureQueriesContext(connection) as queries:
            compute(strategy.pk)
        seconds = time.perf_counter() - start
        print(
            f"{connection.vendor} {actions:>6} actions, 12 quarters, {name}: "
            f"{seconds:6.2f} s, {len(queries):>4} queries"
        )
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    rows = ActionStatus.objects.filter(strategy=strategy).count()
    print(f"  {rows} rows, peak memory {before} → {after} MB")


if __name__ == "__main__":
    with world():
        for count in map(int, sys.argv[1:] or ["198", "20000"]):
            measure(count)
