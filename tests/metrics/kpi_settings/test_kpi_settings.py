"""The list of KPIs and their groups as administrators see and order it; who else may not."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from metrics.kpis.periods import Month
from metrics.models import Kpi, KpiChange, KpiGroup, KpiTarget, Measurement
from roadmap.fields import Words
from tests.factories import make_kpi, make_strategy, make_user, measure
from tests.kpi_forms import a_rate, url
from tests.rows import rows_of

pytestmark = pytest.mark.django_db


# --- order ------------------------------------------------------------------------------------


def order(strategy):
    return [kpi.slug for kpi in strategy.kpis.all()]


def test_a_kpi_moves_within_its_group_and_a_double_click_moves_it_once(admin, strategy, group):
    for slug in "abc":
        make_kpi(strategy, slug, group)
    for _time in range(2):
        assert admin.post(url("kpi-move", "c"), {"place": 2, "seen": 3}).status_code == 302
    assert order(strategy) == ["a", "c", "b"]
    assert KpiChange.objects.get().fields == {"position": ["3", "2"]}
    # By somebody who has not seen that move: nothing, and a word.
    page = admin.post(url("kpi-move", "c"), {"place": 4, "seen": 3}, follow=True)
    assert "The order had changed meanwhile." in page.content.decode()
    for wrong in ({}, {"place": 0, "seen": 2}, {"place": 9, "seen": 2}, {"place": "x"}):
        admin.post(url("kpi-move", "c"), wrong)
    assert order(strategy) == ["a", "c", "b"]


def test_the_kpis_of_a_group_follow_it(admin, strategy):
    groups = [
        KpiGroup.objects.create(strategy=strategy, name=Words(fi=name), position=place)
        for place, name in enumerate("xy")
    ]
    for slug, number in (("a", 0), ("b", 1), ("c", 0)):
        make_kpi(strategy, slug, groups[number])
    admin.post(url("kpi-group-move", groups[1].pk), {"place": 1, "seen": 2})
    assert [str(group) for group in strategy.kpi_groups.all()] == ["y", "x"]
    assert order(strategy) == ["b", "a", "c"]


# --- the list ---------------------------------------------------------------------------------


def test_the_list_shows_what_matters_of_each(admin, strategy, group):
    kpi = make_kpi(strategy, "a", group, {"2021-01": (1, 2), "2021-02": (1, 2)}, {"2021-01": 70})
    measure(kpi, {"2021-02": (2, 2)})
    KpiTarget.objects.create(kpi=kpi, period=Month(2022, 1), value=85)
    Measurement.objects.create(
        kpi=kpi, period=Month(2021, 1), version=2, withdrawn=True, origin="form"
    )
    (row,) = admin.get(url("kpi-settings")).context["rows"]
    (one,) = row.kpis
    assert (one.kpi, one.target, one.measured, one.place, one.is_last) == (kpi, 85, 1, 1, True)


@pytest.mark.parametrize("name", ["kpi-settings", "kpi-edit", "kpi-targets", "token-list"])
def test_a_page_asks_the_database_as_often_for_300_kpis_as_for_one(admin, strategy, group, name):
    args = ["a"] if name in ("kpi-edit", "kpi-targets") else []
    make_kpi(strategy, "a", group, {"2021-01": (1, 2)}, {"2021-01": 50})
    admin.get(url(name, *args))  # notes when the session was seen
    counts = []
    for more in (0, 299):
        for number in range(more):
            make_kpi(strategy, f"k-{number}", group, targets={"2021-01": 50})
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(url(name, *args)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] < 10


@pytest.mark.parametrize("role", ["johto", "digimentori"])
def test_who_does_not_manage_kpis_is_refused_and_changes_nothing(browse, strategy, group, role):
    make_kpi(strategy, "a", group)
    client = browse(make_user(role))
    before = rows_of(Kpi, KpiGroup, KpiChange)
    for name, args, typed in (
        ("kpi-add", [], a_rate(group)),
        ("kpi-edit", ["a"], {"version": 1}),
        ("kpi-remove", ["a"], {"version": 1}),
        ("kpi-move", ["a"], {"place": 1}),
        ("kpi-nine", [], {}),
        ("kpi-group-add", [], {"name_fi": "x"}),
        ("kpi-group-edit", [group.pk], {"name_fi": "x"}),
        ("kpi-group-remove", [group.pk], {"version": 1}),
        ("kpi-group-move", [group.pk], {"place": 1}),
    ):
        assert client.post(url(name, *args) + "?kind=rate", typed).status_code == 403
    assert rows_of(Kpi, KpiGroup, KpiChange) == before


def test_a_kpi_and_a_group_are_found_only_in_their_own_strategy(admin, strategy, group):
    make_kpi(strategy, "a", group)
    make_strategy("toinen")
    for name, args in (("kpi-edit", ["a"]), ("kpi-targets", ["a"]), ("kpi-group-edit", [group.pk])):
        address = reverse(f"metrics:{name}", args=["toinen", *args])
        assert admin.get(address).status_code == 404
