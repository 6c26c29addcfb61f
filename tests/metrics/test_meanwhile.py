"""A KPI that changes or goes between the check of numbers and the moment they are kept."""

from decimal import Decimal

import pytest
from django.db import connection

from metrics.kpis import editing
from metrics.kpis.measuring import Measured, Outdated, record
from metrics.kpis.periods import Month
from metrics.models import KpiGroup, Measurement, Origin
from metrics.views import measurements
from roadmap.fields import Words
from tests.at_once import at_once
from tests.automations import make_token, one, problem, send
from tests.factories import make_kpi, make_strategy

pytestmark = pytest.mark.django_db
S = "/strategies/strategia"
JULY = Month(2022, 7)


@pytest.fixture
def kpi(strategy):
    return make_kpi(strategy, "saatavuus", name=Words(fi="Saatavuus"))


def meanwhile(monkeypatch, act):
    """`act` is done once, right before numbers that were checked are kept."""
    left = [act]

    def keep(*args):
        if left:
            left.pop()()
        return record(*args)

    monkeypatch.setattr(measurements, "record", keep)
    monkeypatch.setattr("metrics.kpis.grid.record", keep)


def edit(kpi, **wanted):
    return lambda: editing.save(kpi.strategy, kpi.pk, wanted, kpi.version, None)


def remove(kpi):
    return lambda: editing.remove(kpi, kpi.version, None)


def changes(kpi):
    """What may be done to a KPI, and what is answered to numbers that were fine before it."""
    return {
        "nothing that matters": (edit(kpi, due_days=3), 302),
        "a group of its own": (edit(kpi, group=make_kpi(kpi.strategy).group), 302),
        "no longer followed": (edit(kpi, last_month=Month(2022, 6)), 404),
        "another kind": (edit(kpi, kind="nps"), 422),
        "another frequency": (edit(kpi, frequency="quarter"), 404),
        "removed": (remove(kpi), 404),
    }


NAMES = [
    *("nothing that matters", "a group of its own", "no longer followed"),
    *("another kind", "another frequency", "removed"),
]


@pytest.mark.parametrize("name", NAMES)
def test_numbers_of_a_form_are_checked_by_the_kpi_as_it_is_when_they_are_kept(
    browse, yllapitaja, kpi, monkeypatch, name
):
    act, status = changes(kpi)[name]
    meanwhile(monkeypatch, act)
    numbers = {"numerator": 75, "denominator": 100, "version": 0}
    response = browse(yllapitaja).post(f"{S}/kpis/saatavuus/measurements/2022-07/", numbers)
    assert response.status_code == status
    assert Measurement.objects.count() == (status == 302)


@pytest.mark.parametrize("name", NAMES)
def test_so_are_those_of_a_grid(browse, yllapitaja, kpi, monkeypatch, name):
    act, status = changes(kpi)[name]
    meanwhile(monkeypatch, act)
    typed = {"numerator": 75, "denominator": 100, "version": 0}
    sent = {f"{kpi.pk}-2022-07-{name}": value for name, value in typed.items()}
    response = browse(yllapitaja).post(f"{S}/kpi-months/2022-07/grid/", sent)
    # A row that is gone is told by the page of those that are left.
    assert response.status_code == (302 if status == 302 else 422)
    assert Measurement.objects.count() == (status == 302)


def test_what_was_checked_by_an_older_kpi_is_not_kept(kpi):
    wanted = Measured(kpi.pk, JULY, (Decimal(1), Decimal(2)), checked_by=kpi.version)
    edit(kpi, is_part=False)()
    with pytest.raises(Outdated):
        record([wanted], Origin.FORM)


def test_what_an_automation_sends_of_a_kpi_that_is_removed_meanwhile_is_foreign(kpi, yllapitaja):
    secret = make_token(kpi.strategy, [kpi], yllapitaja)
    acts = [remove(kpi)]

    def before(execute, sql, params, many, context):
        if acts and '"metrics_kpi"."id" IN (' in sql:
            acts.pop()()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(before):
        response = send(secret, one())
    assert problem(response) == (403, "foreign-kpi", [("/kpi", "foreign-kpi")])
    assert not acts


def test_a_kpi_does_not_come_into_a_group_that_was_removed_meanwhile(kpi):
    group = KpiGroup.objects.create(strategy=kpi.strategy, name=Words(fi="Tyhjä"))
    editing.remove_group(KpiGroup.objects.get(pk=group.pk), 1, None)
    for pk, version in ((kpi.pk, 1), (None, 0)):
        wanted = {"group": group, "slug": f"mittari-{pk}", "first_month": JULY}
        with pytest.raises(editing.Unfit) as unfit:
            editing.save(kpi.strategy, pk, wanted, version, None)
        assert unfit.value.faults == {"group": "valitse ryhmä luettelosta"}


@pytest.mark.django_db(transaction=True)
def test_who_orders_kpis_and_who_measures_them_do_not_wait_for_each_other_for_ever():
    """On PostgreSQL; it ends one of two who hold what the other waits for."""
    strategy = make_strategy()
    groups = [
        KpiGroup.objects.create(strategy=strategy, name=Words(fi=f"R{place}"), position=place)
        for place in (0, 1)
    ]
    kpis = [make_kpi(strategy, f"k{number}", groups[1]) for number in range(6)]
    turns = list(range(4))

    def act():
        turn = turns.pop()
        for number in range(25):
            if turn:
                numbers = (Decimal(10 * number + turn), Decimal(1000))
                record([Measured(kpi.pk, JULY, numbers) for kpi in kpis], Origin.FORM)
            else:  # the last one to the first place and back, which counts all others through
                wanted = {"group": groups[number % 2]}
                editing.save(strategy, kpis[-1].pk, wanted, number + 1, None)
        return "done"

    assert at_once(act) == ["done"] * 4
