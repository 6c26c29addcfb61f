"""What the front page says of the KPIs, in one line."""

import pytest
from django.urls import reverse

from metrics.kpis.dashboard import dashboard
from metrics.kpis.months import glance
from metrics.kpis.periods import Month
from metrics.snapshots import compute
from tests.factories import make_kpi

pytestmark = pytest.mark.django_db
M7 = Month(2022, 7)


def url(name="kpi-list"):
    return reverse(f"metrics:{name}", args=["strategia"])


def test_the_front_page_says_in_one_line_how_the_kpis_are(browse, johto, strategy):
    client = browse(johto)
    assert glance(strategy) is None
    assert "KPIs, " not in client.get(url("situation")).content.decode()
    kpi = make_kpi(strategy, measured={"2022-07": (80, 100)}, targets={"2022-01": 80})
    make_kpi(strategy, group=kpi.group, measured={"2022-07": (8, 100)}, targets={"2022-01": 80})
    compute(strategy.pk)
    assert glance(strategy) == (M7, {"green": 1, "yellow": 0, "red": 1, "none": 0})
    page = client.get(url("situation")).content.decode()
    assert f'<a href="{url()}">KPIs, July 2022</a>' in page


def test_the_front_page_counts_as_the_dashboard_does_what_is_not_measured_yet(
    browse, johto, strategy
):
    kpi = make_kpi(strategy, measured={"2022-07": (80, 100)}, targets={"2022-01": 80})
    make_kpi(strategy, group=kpi.group, measured={"2022-07": (8, 100)}, targets={"2022-01": 80})
    make_kpi(strategy, measured={"2022-06": (8, 100)}, targets={"2022-01": 80})
    ended = make_kpi(strategy, measured={"2022-05": (8, 100)}, last_month=Month(2022, 6))
    assert ended.group.statuses.order_by("month").last().expected == 0
    found = glance(strategy)
    assert found == (M7, {"green": 1, "yellow": 0, "red": 1, "none": 1})
    assert dashboard(strategy, None).counts == found.counts
