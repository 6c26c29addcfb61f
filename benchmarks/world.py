"""A world to measure in: a database of its own, filled with as many actions as asked for."""

import os
import tempfile

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digistrategia.settings")
os.environ.setdefault("SECRET_KEY", "for benchmarks only")
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="digistrategia-bench-")

import django  # noqa: E402

django.setup()

from contextlib import contextmanager  # noqa: E402

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402


@contextmanager
def world():
    """A test database, made and thrown away; PostgreSQL where DATABASE_URL says so."""
    if connection.vendor == "sqlite":  # a file, as in use, which another process can open
        connection.settings_dict["TEST"]["NAME"] = str(settings.DATA_DIR / "bench.sqlite3")
    runner = DiscoverRunner(verbosity=0, interactive=False)
    old = runner.setup_databases()
    try:
        yield
    finally:
        runner.teardown_databases(old)


def fill(actions: int, slug: str, opened="2022Q3", closed_until=None):
    """A strategy of three years: every action with a plan, reports, a person, a theme, an area."""
    import random

    from mentors.models import User
    from roadmap.models import Action, PlanPoint, ProgressEntry, ServiceArea, Theme
    from roadmap.quarters import Quarter
    from tests.factories import make_strategy

    rng = random.Random(7)  # noqa: S311
    strategy = make_strategy(slug, opened=opened)
    phases = list(strategy.phases.order_by("year"))
    themes = Theme.objects.bulk_create(
        Theme(strategy=strategy, name=f"Teema {n}") for n in range(12)
    )
    areas = ServiceArea.objects.bulk_create(
        ServiceArea(strategy=strategy, name=f"Alue {n}") for n in range(8)
    )
    people = [
        User.objects.create(email=f"{slug}{n}@example.org", first_name="E", last_name=f"Henkilö{n}")
        for n in range(20)
    ]
    made = []
    for number in range(actions):
        phase = phases[number % 3]
        made.append(
            Action(
                strategy=strategy,
                code=f"{phase.year % 100}-{number:05}",
                title=f"Toimenpide numero {number}",
                phase=phase,
                theme=themes[number % 12],
                service_area=areas[number % 8],
                metric="Mittari, jolla on jokin nimi",
                unit="kpl",
                target=rng.randint(1, 5000),
                start=Quarter(phase.year, 1),
                end=Quarter(phase.year, 4),
            )
        )
    made = Action.objects.bulk_create(made, batch_size=500)
    points, entries, links = [], [], []
    through = Action.responsible.through
    for number, action in enumerate(made):
        points.append(
            PlanPoint(
                action=action, quarter=Quarter(action.start.year, 2), value=action.target * 4 / 10
            )
        )
        done = 0.0
        for quarter in Quarter.span(action.start, Quarter(2022, 3)):
            done = min(1.0, done + rng.random() * 0.45)
            if rng.random() < 0.9:
                entries.append(
                    ProgressEntry(
                        action=action, quarter=quarter, value=round(action.target * done, 2)
                    )
                )
        links.append(through(action_id=action.pk, user_id=people[number % 20].pk))
    PlanPoint.objects.bulk_create(points, batch_size=500)
    ProgressEntry.objects.bulk_create(entries, batch_size=500)
    through.objects.bulk_create(links, batch_size=500)
    return strategy
