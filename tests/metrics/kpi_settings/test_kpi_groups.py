"""Groups of KPIs: made, renamed and removed."""

import pytest

from metrics.kpis import editing
from metrics.models import KpiChange, KpiGroup
from roadmap.fields import Words
from tests.at_once import at_once
from tests.factories import make_kpi, make_strategy
from tests.kpi_forms import faults, sent_form, url

pytestmark = pytest.mark.django_db


def test_groups_are_made_renamed_and_removed(admin, strategy):
    assert admin.post(url("kpi-group-add"), {"name_fi": "Uusi", "version": 0}).status_code == 302
    group = KpiGroup.objects.get()
    typed = {"name_fi": "Uudempi", "name_sv": "Nyare", "version": 1}
    assert admin.post(url("kpi-group-edit", group.pk), typed).status_code == 302
    group.refresh_from_db()
    assert (group.name, group.version) == ({"fi": "Uudempi", "sv": "Nyare"}, 2)
    for _time in range(2):
        response = admin.post(url("kpi-group-remove", group.pk), {"version": 2})
        assert response.status_code == 302
    assert KpiGroup.objects.count() == 0
    assert [sorted(change.fields) for change in KpiChange.objects.all()] == [
        ["group_removed", "name:fi", "name:sv"],
        ["name:fi", "name:sv"],
        ["name:fi"],
    ]


def test_a_group_with_kpis_says_so_and_stays(admin, strategy, group):
    make_kpi(strategy, "a", group)
    for ask in (admin.get, admin.post):
        response = ask(url("kpi-group-remove", group.pk), {"version": 1})
        assert "The group Laatu cannot be removed" in response.content.decode()
    assert (response.status_code, KpiGroup.objects.count()) == (409, 1)


def test_two_groups_of_one_name_are_not_made_and_a_double_click_makes_one(admin, strategy, group):
    again = {"name_fi": "Laatu", "name_sv": "Kvalitet", "version": 0}
    assert admin.post(url("kpi-group-add"), again).status_code == 302
    response = admin.post(url("kpi-group-add"), {"name_fi": "laatu", "version": 0})
    assert (response.status_code, list(faults(response))) == (422, ["name_fi"])
    assert KpiGroup.objects.count() == 1


def test_a_group_that_somebody_renamed_meanwhile_is_shown_with_both_names(admin, strategy, group):
    editing.save_group(strategy, group.pk, Words(fi="Heidän"), 1, None)
    response = admin.post(url("kpi-group-edit", group.pk), {"name_fi": "Meidän", "version": 1})
    assert response.status_code == 409
    assert "<del>Laatu</del> → Heidän" in response.content.decode()
    assert sent_form(response) == {"name_fi": "Meidän", "version": 2}


@pytest.mark.django_db(transaction=True)
def test_four_who_add_the_same_group_at_once_make_one():
    strategy = make_strategy()
    at_once(lambda: editing.save_group(strategy, None, Words(fi="Sama"), 0, None))
    assert KpiGroup.objects.count() == 1
