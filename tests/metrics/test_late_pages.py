"""What everybody reads of late measurements: on the dashboard, and on the page of a KPI."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from metrics.kpis.measuring import Measured, record
from metrics.kpis.periods import Month
from metrics.models import Origin
from tests.factories import make_kpi, make_strategy, make_user
from tests.pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


def url(name="kpi-list", **kwargs):
    return reverse(f"metrics:{name}", kwargs={"slug": "strategia", **kwargs})


PAGE = "/strategies/strategia/kpis/mittari/"


def on(monkeypatch, today):
    monkeypatch.setattr(timezone, "localdate", lambda *_at: today)


# --- on the dashboard ---------------------------------------------------------------------------

AUGUST_AND_JULY = "4 measurements are late: August 2022 (3), July 2022 (1)."


def test_everybody_reads_what_is_late_and_administrators_find_the_list_of_it(
    browse, johto, yllapitaja, strategy, monkeypatch
):
    on(monkeypatch, date(2022, 9, 15))
    group = make_kpi(strategy, first_month=Month(2022, 7), measured={"2022-07": (1, 2)}).group
    for measured in ({"2022-07": (1, 2)}, {}):
        make_kpi(strategy, group=group, first_month=Month(2022, 7), measured=measured)
    make_kpi(make_strategy("toinen"), first_month=Month(2022, 7))
    address = reverse("late-list", args=["strategia"])
    link = f'<a class="screen-only" href="{address}">Late measurements</a>'
    for month in ({}, {"month": "2022-07"}):
        seen = browse(johto).get(url(), month)
        assert AUGUST_AND_JULY in text(seen)
        assert link not in seen.content.decode()
    assert f"{AUGUST_AND_JULY} {link}" in browse(yllapitaja).get(url()).content.decode()
    on(monkeypatch, date(2022, 8, 14))
    seen = browse(yllapitaja).get(url())
    assert "late:" not in text(seen)


def test_before_the_first_measurement_the_kpis_are_links_and_what_is_late_is_said(
    browse, johto, strategy, monkeypatch
):
    on(monkeypatch, date(2022, 9, 15))
    make_kpi(strategy, "alkava", first_month=Month(2022, 8))
    seen = browse(johto).get(url())
    assert "1 measurement is late: August 2022." in text(seen)
    assert f'<a href="{url("kpi-detail", kpi="alkava")}" lang="fi">Mittari alkava</a>' in (
        seen.content.decode()
    )


def test_of_example_data_only_that_is_late_which_was_so_soon_after_its_newest_month(browse, johto):
    strategy = make_strategy(is_example=True)
    kpi = make_kpi(strategy, first_month=Month(2022, 6), measured={"2022-07": (1, 2)})
    make_kpi(strategy, group=kpi.group, first_month=Month(2022, 7))
    says = "2 measurements are late: July 2022 (1), June 2022 (1)."
    assert says in text(browse(johto).get(url()))


# --- on the page of a KPI -----------------------------------------------------------------------


def test_the_page_names_what_is_late_and_leads_those_who_may_enter_it(
    browse, strategy, johto, monkeypatch
):
    owner, months = make_user("digimentori"), ("05", "06", "07")
    measured = {f"2022-{month}": (1, 2) for month in months}
    make_kpi(strategy, "mittari", owner=owner, measured=measured)
    on(monkeypatch, date(2022, 10, 15))
    strategy.kpis.update(first_month=Month(2022, 3))
    seen = browse(johto).get(PAGE)
    assert "4 measurements are late: September 2022, August 2022, April 2022, earlier (1)." in text(
        seen
    )
    assert "/measurements/" not in seen.content.decode()
    page = browse(owner).get(PAGE).content.decode()
    late = page[page.index('class="page-late"') :].partition("</p>")[0]
    assert re.findall(r'href="([^"]+)"', late) == [
        *(
            url("measurement-edit", kpi="mittari", period=f"2022-{month}")
            for month in ("09", "08", "04")
        ),
        url("kpi-grid", kpi="mittari"),
    ]
    strategy.kpis.update(first_month=Month(2022, 5), last_month=Month(2022, 8))
    seen = browse(johto).get(PAGE)
    assert "1 measurement is late: August 2022." in text(seen)
    strategy.kpis.update(last_month=Month(2022, 7))
    assert "page-late" not in browse(johto).get(PAGE).content.decode()


def test_what_was_entered_is_late_no_longer_though_it_is_not_computed_yet(
    browse, strategy, johto, monkeypatch
):
    on(monkeypatch, date(2022, 10, 15))
    followed = {"first_month": Month(2022, 5), "last_month": Month(2022, 6)}
    kpi = make_kpi(strategy, "mittari", measured={"2022-05": (1, 2)}, **followed)
    june = Month(2022, 6)
    record([Measured(kpi.pk, june, (Decimal(1), Decimal(2)))], Origin.FORM)
    assert "page-late" not in browse(johto).get(PAGE).content.decode()
    record([Measured(kpi.pk, june, None)], Origin.FORM)
    assert "1 measurement is late: June 2022." in text(browse(johto).get(PAGE))


def test_before_the_first_measurement_the_page_says_what_is_late_too(
    browse, strategy, johto, monkeypatch
):
    on(monkeypatch, date(2022, 10, 15))
    make_kpi(strategy, "mittari", frequency="quarter", first_month=Month(2022, 3))
    seen = browse(johto).get(PAGE)
    assert "3 measurements are late: Q3/2022, Q2/2022, Q1/2022." in text(seen)


def test_the_page_of_example_data_calls_nothing_late_that_came_after_it(browse, strategy, johto):
    strategy.is_example = True
    strategy.save()
    first = {"first_month": Month(2022, 5)}
    kpi = make_kpi(strategy, "mittari", measured={"2022-05": (1, 2), "2022-06": (1, 2)}, **first)
    assert "page-late" not in browse(johto).get(PAGE).content.decode()
    make_kpi(strategy, "toinen", group=kpi.group, measured={"2022-07": (1, 2)}, **first)
    assert "1 measurement is late: July 2022." in text(browse(johto).get(PAGE))
