import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from digistrategia.demonstration import load
from metrics.models import ActionStatus, Computation, GroupStatus
from metrics.snapshots import close_quarter, compute, is_behind, open_quarter
from metrics.tasks import compute_status, sweep
from roadmap.models import Change, ProgressEntry, QuarterState, Strategy
from roadmap.quarters import Quarter
from roadmap.revisions import mark_changed
from tests.factories import make_action, make_strategy

pytestmark = pytest.mark.django_db
Q1, Q2, Q3 = Quarter(2021, 1), Quarter(2021, 2), Quarter(2021, 3)


def percents(strategy):
    rows = GroupStatus.objects.filter(strategy=strategy, kind="overall").order_by("quarter")
    return {str(row.quarter): row.percent for row in rows}


def rows_of(strategy):
    statuses = ActionStatus.objects.filter(strategy=strategy).order_by("action", "quarter")
    groups = GroupStatus.objects.filter(strategy=strategy).order_by("quarter", "kind", "group_id")
    fields = [f.name for f in GroupStatus._meta.fields if f.name not in ("id", "computed_at")]
    names = [f.name for f in ActionStatus._meta.fields if f.name != "id"]
    return list(statuses.values(*names)), list(groups.values(*fields))


def test_lights_reach_to_the_open_quarter():
    strategy = make_strategy(opened="2021Q2")
    make_action(strategy, entries={"2021Q1": 25, "2021Q3": 75})
    compute(strategy.pk)
    assert percents(strategy) == {"2021Q1": 100, "2021Q2": 50}


@pytest.mark.parametrize(
    ("closed", "entries", "last"),
    [((), {"2021Q3": 5}, "2021Q3"), (("2021Q4",), {"2021Q1": 5}, "2021Q4"), ((), {}, None)],
)
def test_without_an_open_quarter_they_reach_to_the_newest_closed_or_reported_one(
    closed, entries, last
):
    strategy = make_strategy(closed=closed)
    make_action(strategy, entries=entries)
    compute(strategy.pk)
    shown = set(percents(strategy)) | set(closed)  # closed ones are frozen, never computed anew
    assert (max(shown) if shown else None) == last


def test_computing_twice_gives_the_same_rows():
    strategy = make_strategy(opened="2021Q3")
    make_action(strategy, entries={"2021Q1": 20}, plan={"2021Q2": 30})
    make_action(strategy, year=2022, entries={"2021Q2": 20}, weight=3)
    compute(strategy.pk)
    before = rows_of(strategy)
    assert compute(strategy.pk) is False
    assert compute(strategy.pk, anew=True) is True
    assert rows_of(strategy) == before


def test_a_change_is_computed_and_only_then_are_the_figures_fresh():
    strategy = make_strategy(opened="2021Q1")
    action = make_action(strategy)
    compute(strategy.pk)
    assert percents(strategy) == {"2021Q1": 0}
    ProgressEntry.objects.create(action=action, quarter=Q1, value=20)
    mark_changed(strategy.pk)
    strategy = Strategy.objects.select_related("computation").get()
    assert is_behind(strategy)
    compute(strategy.pk)
    assert percents(strategy) == {"2021Q1": 80}
    assert not is_behind(Strategy.objects.select_related("computation").get())


def test_the_lights_of_a_closed_quarter_are_frozen_whatever_changes_later():
    strategy = make_strategy(opened="2021Q1")
    action = make_action(strategy, entries={"2021Q1": 20})
    close_quarter(strategy, Q1)
    open_quarter(strategy, Q2)
    compute(strategy.pk)
    frozen = GroupStatus.objects.get(kind="overall", quarter=Q1)
    entry = ProgressEntry.objects.get()
    entry.value = 25
    entry.save()
    action.plan_points.create(quarter=Q1, value=1)
    Strategy.objects.update(green_from=50, yellow_from=20)
    make_action(strategy, entries={"2021Q1": 0})
    mark_changed(strategy.pk)
    compute(strategy.pk)
    compute(strategy.pk, anew=True)
    now = GroupStatus.objects.get(kind="overall", quarter=Q1)
    assert (now.percent, now.light, now.computed_at) == (80, "red", frozen.computed_at)
    assert ActionStatus.objects.filter(quarter=Q1).values_list("percent", flat=True).get() == 80
    # The open quarter goes on from what is known now.
    assert GroupStatus.objects.get(kind="overall", quarter=Q2).light == "yellow"


def test_opening_an_earlier_quarter_again_keeps_the_frozen_lights_of_later_ones():
    strategy = make_strategy(opened="2021Q1")
    make_action(strategy, entries={"2021Q1": 20, "2021Q2": 45})
    for quarter in (Q1, Q2):
        if quarter == Q2:
            open_quarter(strategy, quarter)
        close_quarter(strategy, quarter)
    strategy.quarters.filter(quarter=Q1).update(state=QuarterState.OPEN)
    ProgressEntry.objects.filter(quarter=Q1).update(value=25)
    compute(strategy.pk, anew=True)
    assert percents(strategy) == {"2021Q1": 100, "2021Q2": 90}


def test_closing_and_opening_are_in_history_and_only_one_quarter_is_open():
    strategy = make_strategy(opened="2021Q1")
    close_quarter(strategy, Q1)
    open_quarter(strategy, Q2)
    assert [change.fields for change in Change.objects.order_by("pk")] == [
        {"state:2021Q1": ["open", "closed"]},
        {"state:2021Q2": ["planned", "open"]},
    ]
    with pytest.raises(IntegrityError):
        open_quarter(strategy, Q3)


def test_a_quarter_is_closed_once_and_opened_once():
    strategy = make_strategy(opened="2021Q1")
    make_action(strategy)
    with pytest.raises(ValueError, match="2021Q1 is open"):
        open_quarter(strategy, Q1)
    close_quarter(strategy, Q1)
    for change in (close_quarter, open_quarter):
        with pytest.raises(ValueError, match="2021Q1"):
            change(strategy, Q1)
    open_quarter(strategy, Q2)
    with pytest.raises(ValueError, match="2021Q3 cannot be closed"):
        close_quarter(strategy, Q3)


def test_a_quarter_that_nobody_reported_in_is_closed_with_its_lights():
    strategy = make_strategy()
    make_action(strategy, entries={"2021Q1": 25})
    close_quarter(strategy, Q1)
    close_quarter(strategy, Q2)
    assert percents(strategy) == {"2021Q1": 100, "2021Q2": 50}


def test_a_theme_that_lost_its_actions_loses_its_light():
    strategy = make_strategy(opened="2021Q1")
    theme = strategy.themes.create(name="Asiointi")
    action = make_action(strategy, theme=theme)
    compute(strategy.pk)
    action.theme = None
    action.save()
    compute(strategy.pk, anew=True)
    assert not GroupStatus.objects.filter(kind="theme").exists()


def test_new_limits_are_those_that_the_lights_shine_by():
    strategy = make_strategy(opened="2021Q1")
    make_action(strategy, entries={"2021Q1": 20})
    compute(strategy.pk)
    Strategy.objects.update(green_from=70, yellow_from=50)
    mark_changed(strategy.pk)
    compute(strategy.pk)
    assert GroupStatus.objects.get(kind="overall").light == "green"


def test_a_percent_may_be_as_large_as_a_tiny_plan_makes_it():
    strategy = make_strategy(opened="2021Q1")
    make_action(strategy, target=5 * 10**9, plan={"2021Q1": 1}, entries={"2021Q1": 5 * 10**9})
    compute(strategy.pk)
    assert GroupStatus.objects.get(kind="overall").percent == 5 * 10**11


def test_one_strategy_that_cannot_be_computed_does_not_stop_the_others(monkeypatch, caplog):
    first, second = make_strategy("a", opened="2021Q1"), make_strategy("b", opened="2021Q1")

    def fail_for_the_first(strategy_id):
        if strategy_id == first.pk:
            raise RuntimeError("broken")
        return compute(strategy_id)

    monkeypatch.setattr("metrics.tasks.compute", fail_for_the_first)
    sweep()
    assert second.group_statuses.exists()
    assert "could not be computed" in caplog.text


def test_a_quarter_that_lost_its_lights_loses_its_rows():
    strategy = make_strategy(opened="2021Q3")
    make_action(strategy)
    compute(strategy.pk)
    strategy.quarters.filter(quarter=Q3).update(state=QuarterState.PLANNED)
    strategy.quarters.filter(quarter=Q1).update(state=QuarterState.OPEN)
    compute(strategy.pk, anew=True)
    assert set(percents(strategy)) == {"2021Q1"}
    assert set(ActionStatus.objects.values_list("quarter", flat=True)) == {Q1}


def test_groups_have_their_own_figures():
    strategy = make_strategy(opened="2021Q1")
    theme = strategy.themes.create(name="Asiointi")
    area = strategy.service_areas.create(name="Sote")
    make_action(strategy, theme=theme, entries={"2021Q1": 25})
    make_action(strategy, theme=theme, service_area=area, entries={"2021Q1": 20})
    make_action(strategy, service_area=area, year=2022)
    compute(strategy.pk)
    rows = GroupStatus.objects.order_by("kind", "group_id")
    assert [
        (r.kind, r.percent, r.light, r.green, r.yellow, r.red, r.none, r.reported, r.due)
        for r in rows
    ] == [
        ("area", 80, "red", 0, 0, 1, 1, 1, 1),
        ("overall", 90, "yellow", 1, 0, 1, 1, 2, 2),
        ("phase", 90, "yellow", 1, 0, 1, 0, 2, 2),
        ("phase", None, "none", 0, 0, 0, 1, 0, 0),
        ("phase", None, "none", 0, 0, 0, 0, 0, 0),
        ("theme", 90, "yellow", 1, 0, 1, 0, 2, 2),
    ]


def test_a_second_strategy_is_not_touched():
    first, second = make_strategy("a", opened="2021Q1"), make_strategy("b", opened="2021Q1")
    make_action(second, entries={"2021Q1": 25})
    compute(first.pk)
    assert GroupStatus.objects.filter(strategy=second).count() == 0


def test_the_sweep_computes_what_no_message_asked_for():
    fresh, behind, never = (make_strategy(slug, opened="2021Q1") for slug in "abc")
    compute(fresh.pk)
    compute(behind.pk)
    mark_changed(behind.pk)
    sweep()
    assert dict(Computation.objects.values_list("strategy__slug", "revision")) == {
        "a": 0,
        "b": 1,
        "c": 0,
    }
    assert never.group_statuses.exists()


def test_a_task_for_a_strategy_that_is_gone_ends_quietly():
    compute_status(4711)
    assert Computation.objects.count() == 0


def test_the_demonstration_is_computed_from_nothing_in_under_thirty_queries():
    strategy = load()
    before = rows_of(strategy)
    strategy.quarters.filter(state=QuarterState.CLOSED).update(state=QuarterState.PLANNED)
    for model in (ActionStatus, GroupStatus, Computation):
        model.objects.all().delete()
    with CaptureQueriesContext(connection) as queries:
        compute(strategy.pk)
    assert len(queries) < 30
    assert rows_of(strategy) == before


@pytest.mark.parametrize("actions", [1, 3, 300])
def test_the_number_of_queries_does_not_grow_with_the_actions(actions):
    strategy = make_strategy(opened="2021Q2")
    for number in range(actions):
        make_action(strategy, f"T-{number}")
    with CaptureQueriesContext(connection) as queries:
        compute(strategy.pk)
    # On PostgreSQL a lock more, which keeps the actions where they are.
    expected = 17 if connection.vendor == "postgresql" else 16
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) == expected
