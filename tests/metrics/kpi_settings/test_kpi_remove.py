"""A KPI that is removed, or no longer followed."""

import pytest

from metrics.kpis import editing
from metrics.kpis.periods import Month
from metrics.models import Kpi, KpiChange, KpiStatus, KpiTarget, Measurement
from tests.factories import make_kpi
from tests.kpi_forms import url

pytestmark = pytest.mark.django_db


def test_what_was_never_measured_can_be_removed_and_history_keeps_it(admin, strategy, group):
    kpi = make_kpi(strategy, "a", group, targets={"2021-01": 80})
    for _time in range(2):
        response = admin.post(url("kpi-remove", "a"), {"version": kpi.version})
        assert response.status_code == 302
    assert (Kpi.objects.count(), KpiTarget.objects.count()) == (0, 0)
    change = KpiChange.objects.get()
    assert (change.kpi, change.fields["kpi_removed"]) == (None, ["Mittari a", None])
    assert "KPI removed" in admin.get(url("kpi-settings")).content.decode()


def test_what_was_measured_stays_and_can_be_no_longer_followed(admin, strategy, group):
    kpi = make_kpi(strategy, "a", group, {"2022-06": (1, 2)})
    response = admin.post(url("kpi-remove", "a"), {"version": 1})
    assert (response.status_code, Kpi.objects.count()) == (409, 1)
    assert "It has 1 measurement, so it cannot be removed." in response.content.decode()
    for month, status in (("2022-05", 422), ("kohta", 422), ("2022-06", 302)):
        response = admin.post(url("kpi-remove", "a"), {"version": 1, "last_month": month})
        assert response.status_code == status
    kpi.refresh_from_db()
    assert kpi.last_month == Month(2022, 6)
    assert KpiStatus.objects.count() == 1


def test_a_measurement_that_was_withdrawn_is_in_the_history_and_keeps_its_kpi(
    admin, strategy, group
):
    kpi = make_kpi(strategy, "a", group)
    Measurement.objects.create(kpi=kpi, period=Month(2022, 6), withdrawn=True, origin="form")
    assert admin.post(url("kpi-remove", "a"), {"version": 1}).status_code == 409


def test_removing_what_somebody_changed_meanwhile_is_asked_again(admin, strategy, group):
    kpi = make_kpi(strategy, "a", group)
    editing.save(strategy, kpi.pk, {"due_days": 3}, 1, None)
    response = admin.post(url("kpi-remove", "a"), {"version": 1})
    assert (response.status_code, Kpi.objects.count()) == (409, 1)
    assert "<del>14</del> → 3" in response.content.decode()
