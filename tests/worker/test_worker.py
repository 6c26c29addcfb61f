"""The lights by a real worker: asked for after a commit, killed in the middle, caught up with."""

from decimal import Decimal

import pytest
from celery import current_app
from django.db import connection, transaction

from metrics.models import ActionStatus, Computation, GroupStatus
from metrics.snapshots import compute
from roadmap.models import Action, ProgressEntry, Strategy
from roadmap.quarters import Quarter
from roadmap.reporting import report
from roadmap.revisions import mark_changed
from tests.factories import make_action, make_strategy, make_user
from tests.worker.conftest import eventually, kill

pytestmark = pytest.mark.django_db(transaction=True)
Q1 = Quarter(2021, 1)


def overall():
    row = GroupStatus.objects.filter(kind="overall").order_by("-quarter").first()
    return row and row.percent


def is_fresh():
    seen = Computation.objects.filter(revision__isnull=False).values_list("strategy", "revision")
    return dict(seen) == dict(Strategy.objects.values_list("pk", "revision"))


def test_a_saved_report_is_computed_by_the_worker(worker):
    strategy = make_strategy(opened="2021Q1")
    action = make_action(strategy)
    worker()
    report(action, Q1, Decimal(20), "", make_user("digimentori"), 0)
    assert eventually(lambda: overall() == 80)
    assert is_fresh()


def test_nothing_is_asked_for_when_the_transaction_comes_to_nothing(worker):
    strategy = make_strategy(opened="2021Q1")
    compute(strategy.pk)
    with pytest.raises(RuntimeError), transaction.atomic():
        mark_changed(strategy.pk)
        raise RuntimeError
    assert (Strategy.objects.get().revision, is_fresh()) == (0, True)


def test_a_worker_killed_in_the_middle_leaves_the_old_figures_and_the_next_one_the_right_ones(
    worker,
):
    strategy = make_strategy(opened="2023Q4")
    phase = strategy.phases.get(year=2021)
    actions = Action.objects.bulk_create(
        Action(
            strategy=strategy, code=f"T-{n}", title="x", phase=phase, start=Q1, end=Quarter(2021, 4)
        )
        for n in range(3000)
    )
    compute(strategy.pk)
    before = overall()
    ProgressEntry.objects.bulk_create(
        ProgressEntry(action=action, quarter=Q1, value=n % 101) for n, action in enumerate(actions)
    )
    first = worker()
    mark_changed(strategy.pk)
    with connection.cursor() as cursor:  # until the worker holds the lock, and so is under way
        assert eventually(lambda: _is_computing(cursor) or is_fresh())
    kill(first)
    if not is_fresh():
        assert overall() == before
    worker()
    current_app.send_task("metrics.tasks.sweep")  # as beat does, every half minute
    assert eventually(is_fresh)
    by_worker = _rows()
    compute(strategy.pk, anew=True)
    assert _rows() == by_worker
    assert overall() not in (None, before)


def _is_computing(cursor) -> bool:
    if connection.vendor == "sqlite":
        try:
            cursor.execute("PRAGMA busy_timeout = 1")
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")
        except Exception:  # somebody else is writing
            return True
        finally:
            cursor.execute("PRAGMA busy_timeout = 20000")
        return False
    cursor.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND state IN ('active', 'idle in transaction') "
        "AND xact_start < now() - interval '0.2 seconds'"
    )
    return cursor.fetchone()[0] > 0


def _rows():
    statuses = ActionStatus.objects.order_by("action", "quarter")
    groups = GroupStatus.objects.order_by("quarter", "kind", "group_id")
    return (
        list(statuses.values_list("action", "quarter", "percent", "light", "coverage")),
        list(groups.values_list("quarter", "kind", "group_id", "percent", "red", "reported")),
    )


def test_two_workers_at_once_give_the_same_rows(worker):
    strategy = make_strategy(opened="2021Q4")
    for number in range(60):
        make_action(strategy, f"T-{number}", entries={"2021Q1": number % 26})
    worker()
    worker()
    for _time in range(10):
        mark_changed(strategy.pk)
    assert eventually(is_fresh)
    by_workers = _rows()
    compute(strategy.pk, anew=True)
    assert _rows() == by_workers


def test_with_the_broker_down_a_report_is_saved_and_caught_up_with_later(worker, client, caplog):
    strategy = make_strategy(opened="2021Q1")
    mentor = make_user("digimentori")
    make_action(strategy, "a", people=[mentor])
    compute(strategy.pk)
    client.force_login(mentor)
    client.cookies["django_language"] = "en"
    address = "/strategies/strategia/actions/a"
    working = current_app.conf.broker_url, current_app.conf.broker_transport_options
    try:
        _point_to("redis://127.0.0.1:1/0", {"max_retries": 1, "interval_start": 0})
        response = client.post(
            address, {"value": "20", "version": "0", "quarter": "2021Q1"}, follow=True
        )
    finally:
        _point_to(*working)
    assert "The broker does not answer" in caplog.text
    page = response.content.decode()
    assert "The report for Q1/2021 was saved." in page
    assert "Newer data waits to be computed" in page
    assert ProgressEntry.objects.get().value == 20
    worker()
    current_app.send_task("metrics.tasks.sweep")
    assert eventually(lambda: overall() == 80)
    assert "Newer data waits" not in client.get(address).content.decode()


def _point_to(url, options):
    current_app.conf.broker_url = current_app.conf.broker_write_url = url
    current_app.conf.broker_transport_options = options
    current_app.amqp._producer_pool = None
    current_app._pool = None
