"""What is to be entered next: the KPI after this one, and the month that lacks something."""

import re
from datetime import date

import pytest

from metrics.kpis.entering import month_due
from metrics.kpis.periods import Month
from metrics.models import Frequency
from roadmap.fields import Words
from tests.entering import S, page_of, rate
from tests.factories import make_kpi, measure
from tests.pages import text

pytestmark = pytest.mark.django_db


def test_after_saving_the_page_leads_on_to_the_next_kpi_without_a_measurement(
    browse, yllapitaja, strategy
):
    first, second, third, quarterly = (
        make_kpi(strategy, name=Words(en=name), **fields)
        for name, fields in (
            ("First", {}),
            ("Second", {}),
            ("Third", {}),
            ("Quarterly", {"frequency": Frequency.QUARTER}),
        )
    )
    measure(second, {"2021-07": (4, 5)})
    client = browse(yllapitaja)
    assert "Next without a measurement" not in text(client.get(page_of(first)))
    chain = []
    for kpi in (first, third):
        response = client.post(page_of(kpi), rate("4", "5"), follow=True)
        chain.append(re.search(r'measurement: <a href="([^"]+)"', response.content.decode())[1])
    assert chain == [page_of(third), page_of(quarterly, "2021Q2")]
    measure(quarterly, {"2021Q2": (4, 5)})
    assert "Next without a measurement" not in text(client.get(page_of(third)))


@pytest.mark.parametrize(
    ("measured", "due"),
    [
        ({}, "2021-09"),  # the newest month that is over
        ({"a": ["2021-07"], "b": ["2021-07"]}, "2021-08"),
        ({"a": ["2021-07", "2021-08"], "b": ["2021-07"]}, "2021-08"),
        ({"a": ["2021-09"], "b": ["2021-09"]}, "2021-10"),
        ({"a": ["2021-09", "2021-10"], "b": ["2021-09"]}, "2021-10"),
        ({"a": ["2021-09", "2021-10"], "b": ["2021-08"]}, "2021-09"),  # an automation is ahead
        ({"a": ["2021-09", "2021-10"], "b": ["2021-09", "2021-10"]}, "2021-10"),
    ],
)
def test_the_month_to_enter_now_is_the_newest_that_lacks_something(strategy, measured, due):
    kpis = [make_kpi(strategy, slug) for slug in ("a", "b")]
    for kpi in kpis:
        measure(kpi, dict.fromkeys(measured.get(kpi.slug, []), (4, 5)))
    assert str(month_due(kpis, date(2021, 10, 5))) == due


def test_where_nothing_is_followed_any_more_the_last_month_that_was_is_shown(strategy):
    kpi = make_kpi(strategy, last_month=Month(2021, 6), measured={"2021-06": (4, 5)})
    assert month_due([kpi], date(2021, 10, 5)) == Month(2021, 6)


def test_my_quarter_tells_owners_what_is_missing_and_nobody_else_anything(
    browse, strategy, digimentori, johto
):
    kpis = [make_kpi(strategy, slug, owner=digimentori) for slug in ("a", "b")]
    measure(kpis[0], {"2021-07": (4, 5)})
    client, panel = browse(digimentori), f"{S}/kpi-months/own/"
    assert f'hx-get="{panel}"' in client.get(f"{S}/my-quarter/").content.decode()
    page = client.get(panel)
    assert text(page).strip() == "Enter the measurements of your KPIs (1 missing in July 2021)"
    assert f"{S}/kpi-months/2021-07/grid/" in page.content.decode()
    assert client.get(f"{S}/kpi-months/").url == f"{S}/kpi-months/2021-07/grid/"
    assert browse(johto).get(panel).status_code == 204
