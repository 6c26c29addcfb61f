"""Query counts of the pages, and their time as a ratio to a trivial signed-in view.

    python -m benchmarks.pages [ACTIONS ...]

The trivial view answers "ok" through the same middleware, session and permission check. Each
round asks the trivial view and every page in turn, so that a machine whose speed drifts slows
them alike; the median of the rounds is told.
"""

import sys
import time
from statistics import median

from benchmarks.kpis import fill_kpis
from benchmarks.world import fill, world

ROUNDS = 30
KPIS = (9, 300)


def trivial(request):
    from django.http import HttpResponse

    from roadmap.permissions import VIEW

    return HttpResponse("ok" if request.user.has_perm(VIEW) else "no")


def measure(actions: int) -> None:
    from django.db import connection
    from django.test import Client, override_settings
    from django.test.utils import CaptureQueriesContext

    from metrics.snapshots import compute
    from roadmap.permissions import Role
    from tests.factories import make_user

    slug = f"bench-{actions}"
    strategy = fill(actions, slug)
    compute(strategy.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE"
        )  # as a database in use has done by itself
    client = Client()
    mentor = make_user(Role.MENTOR)
    mentor.own_actions.set(strategy.actions.filter(start__lte="2022Q3")[:15])
    client.force_login(mentor)
    pages = {
        "trivial view": "/trivial/",
        "front page": f"/strategies/{slug}/",
        "action list": f"/strategies/{slug}/actions/",
        "action list, filtered": f"/strategies/{slug}/actions/?light=red&q=numero&sort=percent",
        "action list, last page": f"/strategies/{slug}/actions/?page=99999",
        "search, all found": f"/strategies/{slug}/search/?q=toimenpide",
        "search, one found": f"/strategies/{slug}/search/?q=21-00003",
        "search, nothing found": f"/strategies/{slug}/search/?q=toimenpite+numro",
        "one action": f"/strategies/{slug}/actions/{strategy.actions.first().code}",
        "one phase": f"/strategies/{slug}/phases/2022/",
        "themes and areas": f"/strategies/{slug}/groups/",
        "my quarter, 15 actions": f"/strategies/{slug}/my-quarter/",
    } | {f"{count} KPIs": f"/strategies/kpis-{count}/kpis/" for count in KPIS}
    pages["one KPI, ten years"] = f"/strategies/kpis-{KPIS[0]}/kpis/mittari-004/"
    with override_settings(ROOT_URLCONF="benchmarks.urls", ALLOWED_HOSTS=["testserver"]):
        queries, times = {}, {name: [] for name in pages}
        for name, address in pages.items():
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(address)
            assert answer.status_code == 200, (name, answer.status_code)
            queries[name] = len(captured)
        for _round in range(ROUNDS):
            for name, address in pages.items():
                start = time.perf_counter()
                client.get(address)
                times[name].append(time.perf_counter() - start)
    base = median(times["trivial view"])
    print(f"\n{connection.vendor}, {actions} actions")
    for name in pages:
        shown = median(times[name])
        print(
            f"  {name:<24} {queries[name]:>2} queries {1000 * shown:7.1f} ms "
            f"{shown / base:6.1f} × the trivial view"
        )


def make_kpis() -> None:
    """A strategy for each number of KPIs, measured for ten years."""
    from tests.factories import make_strategy

    for count in KPIS:
        fill_kpis(make_strategy(f"kpis-{count}"), count)


if __name__ == "__main__":
    with world():
        make_kpis()
        for count in map(int, sys.argv[1:] or ["198", "20000"]):
            measure(count)
