"""Measurements are only added to, and figures follow them."""

import threading
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, transaction
from kombu.exceptions import OperationalError

from metrics.kpis import computing, defaults
from metrics.kpis.measuring import Measured, Overtaken, newest_versions, record
from metrics.kpis.periods import Month
from metrics.models import (
    KpiGroup,
    KpiGroupStatus,
    KpiStatus,
    Measurement,
    Origin,
)
from metrics.tasks import compute_all_kpis, compute_kpis, sweep
from roadmap.models import Strategy
from roadmap.permissions import MANAGE_KPIS, MEASURE
from tests.factories import make_kpi, make_strategy, measure

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY = Month(2021, 1), Month(2021, 2)


def enter(kpi, numbers, period=JANUARY, seen=0, user=None, comment=""):
    numbers = numbers and tuple(map(Decimal, numbers))
    return record([Measured(kpi.pk, period, numbers, comment, seen)], Origin.FORM, user)


def statuses(kpi):
    rows = KpiStatus.objects.filter(kpi=kpi)
    return [(str(r.period), r.value, r.percent, r.light, r.version) for r in rows]


def groups():
    return list(
        KpiGroupStatus.objects.values_list(
            "month", "green", "yellow", "red", "none", "measured", "expected", "ending"
        )
    )


# --- versions ---------------------------------------------------------------------------------


def test_a_correction_is_a_new_version_and_the_old_one_stays(strategy, yllapitaja, johto):
    kpi = make_kpi(strategy)
    enter(kpi, (41, 52), user=johto)
    enter(kpi, (42, 52), seen=1, user=yllapitaja, comment="Laskuvirhe")
    rows = Measurement.objects.values_list("version", "numerator", "user", "comment", "origin")
    assert list(rows) == [
        (1, 41, johto.pk, "", "form"),
        (2, 42, yllapitaja.pk, "Laskuvirhe", "form"),
    ]


def test_the_same_thing_twice_makes_no_version(strategy):
    kpi = make_kpi(strategy)
    assert len(enter(kpi, ("41", "52"))) == 1
    assert enter(kpi, ("41.0", "52")) == []
    revision = KpiGroup.objects.get().revision
    assert enter(kpi, None, FEBRUARY) == []  # nothing there, nothing to withdraw
    assert (Measurement.objects.count(), KpiGroup.objects.get().revision) == (1, revision)


def test_somebody_elses_version_is_not_written_over_unseen(strategy):
    kpi = make_kpi(strategy)
    enter(kpi, (41, 52))
    with pytest.raises(Overtaken) as overtaken:
        record(
            [
                Measured(kpi.pk, FEBRUARY, (Decimal(1), Decimal(2)), seen=0),
                Measured(kpi.pk, JANUARY, (Decimal(50), Decimal(52)), seen=0),
            ],
            Origin.GRID,
        )
    stands = newest_versions([kpi.pk])
    assert overtaken.value.standing == {(kpi.pk, JANUARY): stands[kpi.pk, JANUARY]}
    assert list(stands) == [(kpi.pk, JANUARY)]  # and nothing of the rest was kept


def test_a_withdrawn_measurement_counts_as_none_and_can_be_entered_anew(strategy):
    kpi = make_kpi(strategy, measured={"2021-01": (41, 52), "2021-02": (42, 52)})
    enter(kpi, None, FEBRUARY, seen=1)
    computing.compute(kpi.group_id)
    assert [period for period, *_ in statuses(kpi)] == ["2021-01"]
    enter(kpi, (43, 52), FEBRUARY, seen=2)
    computing.compute(kpi.group_id)
    assert [(period, version) for period, *_, version in statuses(kpi)] == [
        ("2021-01", 1),
        ("2021-02", 3),
    ]


def test_a_row_has_the_numbers_of_one_kind_and_no_others(strategy):
    kpi = make_kpi(strategy)
    about = {"kpi": kpi, "period": JANUARY, "origin": "form"}
    for wrong in (
        {},
        {"numerator": 1},
        {"value": 1, "promoters": 1},
        {"numerator": 1, "denominator": 2, "withdrawn": True},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Measurement.objects.create(**about, **wrong)


def test_a_broker_that_is_down_refuses_no_measurement(strategy, django_capture_on_commit_callbacks):
    kpi = make_kpi(strategy)
    with (
        patch("roadmap.revisions.current_app.send_task", side_effect=OperationalError),
        django_capture_on_commit_callbacks(execute=True),
    ):
        enter(kpi, (41, 52))
    assert Measurement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_number_their_versions_one_after_the_other():
    kpi = make_kpi(make_strategy())
    start, found = threading.Barrier(2), []

    def write(numerator):
        start.wait()
        try:
            found.append(len(enter(kpi, (numerator, 52))))
        except Overtaken:
            found.append("overtaken")
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(n,)) for n in (41, 42)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=str) == [1, "overtaken"]
    assert Measurement.objects.count() == 1


# --- figures ----------------------------------------------------------------------------------


def test_figures_follow_a_correction_and_the_period_after_it(strategy):
    kpi = make_kpi(
        strategy, measured={"2021-01": (70, 100), "2021-02": (80, 100)}, targets={"2021-01": 80}
    )
    measure(kpi, {"2021-01": (79, 100)})
    assert statuses(kpi) == [("2021-01", 79, 98, "yellow", 2), ("2021-02", 80, 100, "green", 1)]
    assert KpiStatus.objects.get(period=FEBRUARY).change == 1


def test_the_largest_and_the_smallest_numbers_have_room_in_the_figures(strategy):
    far = make_kpi(
        strategy,
        kind="value",
        measured={"2021-01": ("-499999999999999",), "2021-02": ("499999999999999",)},
        targets={"2021-01": "0.0001"},
    )
    near = make_kpi(
        strategy,
        kind="value",
        lower_is_better=True,
        measured={"2021-01": ("0.00000000000000000001",)},
        targets={"2021-01": "999999999999999"},
    )
    newest = far.statuses.last()
    assert (newest.value, newest.change) == (499999999999999, 999999999999998)
    assert newest.percent == near.statuses.get().percent == 10**15


def test_a_group_counts_its_lights_month_by_month(strategy):
    kpi = make_kpi(
        strategy,
        measured={"2021-01": (80, 100), "2021-03": (10, 100), "2021-04": (75, 100)},
        targets={"2021-01": 80},
    )
    make_kpi(
        strategy,
        group=kpi.group,
        kind="nps",
        frequency="quarter",
        measured={"2021Q1": (5, 1, 1)},
        targets={"2021Q1": 10},
        last_month=Month(2021, 4),
    )
    assert groups() == [
        (Month(2021, 1), 1, 0, 0, 0, 1, 1, 1),  # no quarter is over yet
        (Month(2021, 2), 0, 0, 0, 1, 0, 1, 0),  # the missing month
        (Month(2021, 3), 0, 0, 1, 1, 2, 2, 2),  # measured, though hidden
        (Month(2021, 4), 0, 1, 0, 1, 2, 2, 1),
        (Month(2021, 5), 0, 0, 0, 1, 0, 1, 0),  # the quarterly one has ended
    ]


def test_a_group_has_a_row_where_what_stands_of_it_changes_and_where_anything_was_measured(
    strategy,
):
    quarterly = make_kpi(
        strategy,
        frequency="quarter",
        first_month=Month(2021, 2),
        last_month=Month(2021, 11),
        measured={"2021Q1": (80, 100), "2021Q2": (80, 100)},
        targets={"2021Q1": 80},
    )
    make_kpi(strategy, group=quarterly.group, first_month=Month(2022, 1))
    computing.compute(quarterly.group_id, anew=True)
    assert groups() == [
        (Month(2021, 3), 1, 0, 0, 0, 1, 1, 1),
        (Month(2021, 6), 1, 0, 0, 0, 1, 1, 1),  # as before, and measured
        (Month(2021, 9), 0, 0, 0, 1, 0, 1, 0),  # a further quarter is over
        (Month(2021, 12), 0, 0, 0, 0, 0, 0, 0),
        (Month(2022, 1), 0, 0, 0, 1, 0, 1, 0),
    ]


def test_nothing_is_computed_twice_and_everything_that_is_behind_once(strategy):
    kpi = make_kpi(strategy, measured={"2021-01": (80, 100)}, targets={"2021-01": 80})
    assert not computing.compute(kpi.group_id)
    assert computing.compute(kpi.group_id, anew=True)
    enter(kpi, (79, 100), seen=1)
    assert statuses(kpi)[0][3] == "green"
    sweep()
    assert statuses(kpi)[0][3] == "yellow"
    assert not computing.compute(kpi.group_id)


def test_a_group_that_was_never_computed_is_found_by_the_sweep(strategy):
    kpi = make_kpi(strategy)
    enter(kpi, (79, 100))
    kpi.group.computation.delete()
    sweep()
    assert len(statuses(kpi)) == 1


def test_other_limits_of_the_strategy_give_other_lights(strategy):
    kpi = make_kpi(strategy, measured={"2021-01": (72, 100)}, targets={"2021-01": 80})
    assert statuses(kpi)[0][2:4] == (90, "yellow")
    Strategy.objects.update(green_from=90, yellow_from=80)
    sweep()
    assert statuses(kpi)[0][2:4] == (90, "green")


def test_each_night_all_is_computed_whatever_the_revisions_say(strategy):
    kpi = make_kpi(strategy, measured={"2021-01": (72, 100)}, targets={"2021-01": 80})
    KpiStatus.objects.update(percent=1, light="red")
    KpiGroupStatus.objects.all().delete()
    sweep()
    assert statuses(kpi)[0][2] == 1
    compute_all_kpis()
    assert (statuses(kpi)[0][2], len(groups())) == (90, 2)


def test_a_group_that_cannot_be_computed_stops_no_other(strategy, caplog):
    kpis = [make_kpi(strategy, targets={"2021-01": 80}) for _ in range(2)]
    for kpi in kpis:
        enter(kpi, (80, 100))
    compute = computing.compute

    def broken(group_id, **options):
        if group_id == kpis[0].group_id:
            raise RuntimeError
        return compute(group_id, **options)

    with patch("metrics.tasks.computing.compute", broken):
        sweep()
    assert [len(statuses(kpi)) for kpi in kpis] == [0, 1]
    assert f"KPI group {kpis[0].group_id} could not be computed" in caplog.text


def test_a_group_that_is_gone_is_only_noted(db, caplog):
    caplog.set_level("INFO")
    compute_kpis(4711)
    assert "KPI group 4711 is gone" in caplog.text


def test_figures_cost_the_same_queries_however_many_kpis(strategy, django_assert_num_queries):
    kpi = make_kpi(strategy, measured={"2021-01": (72, 100)}, targets={"2021-01": 80})
    with django_assert_num_queries(12):
        computing.compute(kpi.group_id, anew=True)
    for _ in range(20):
        make_kpi(
            strategy, group=kpi.group, measured={"2021-01": (72, 100)}, targets={"2021-01": 80}
        )
    with django_assert_num_queries(12):
        computing.compute(kpi.group_id, anew=True)


# --- the nine, and who may ---------------------------------------------------------------------


def test_the_nine_kpis_of_the_strategy_are_data_in_three_languages(strategy):
    kpis = defaults.add_nine(strategy)
    assert [str(kpi) for kpi in kpis] == [
        "Löydettävyys",
        "Saatavuus",
        "Saavutettavuus",
        "Itsepalvelun sujuvuus",
        "Sovelluksen käyttöaste",
        "Digialustan käyttöaste",
        "Palveluiden käyttöaste",
        "Henkilöstökokemus NPS",
        "Asiakaskokemus NPS",
    ]
    for kpi in kpis:
        for words in (kpi.name, kpi.summary, kpi.definition, kpi.source):
            assert sorted(words) == ["en", "fi", "sv"]
        assert kpi.targets.exists()
    with pytest.raises(defaults.InUse):
        defaults.add_nine(strategy)


def test_an_administrator_measures_all_an_owner_their_own_and_nobody_else_any(
    strategy, johto, digimentori, yllapitaja, outsider
):
    kpi = make_kpi(strategy, owner=johto)
    people = [johto, digimentori, yllapitaja, outsider]
    assert [user.has_perm(MEASURE, kpi) for user in people] == [True, False, True, False]
    assert [user.has_perm(MEASURE) for user in people] == [False, False, True, False]
    assert [user.has_perm(MANAGE_KPIS) for user in people] == [False, False, True, False]
    kpi.owner = outsider  # who has lost every role
    assert not outsider.has_perm(MEASURE, kpi)
