"""What nobody covers, and where to mend it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mentors import uncovered
from mentors.coverage import coverage
from mentors.models import Network
from mentors.networks import open_quarter
from metrics.kpis.periods import Month
from roadmap.quarters import Quarter
from tests.factories import make_action, make_kpi, make_strategy, make_user

pytestmark = pytest.mark.django_db
URL = "/strategies/strategia/uncovered/"


@pytest.fixture
def world(strategy, johto):
    mentor = make_user("digimentori")
    leaver = make_user("digimentori", is_active=False, last_name="Lähtenyt")
    sote, pela = (strategy.service_areas.create(name=name) for name in ("Sote", "Pelastus"))
    make_action(strategy, "covered", people=[mentor], service_area=sote)
    make_action(strategy, "nobody", service_area=pela)
    make_action(strategy, "leaver", people=[leaver])
    make_action(strategy, "manager", people=[johto])
    make_action(strategy, "later", year=2022)
    make_action(strategy, "cancelled", cancelled_from="2021Q2")
    make_action(strategy, "cancelled-later", cancelled_from="2021Q3")
    make_action(strategy, "done", entries={"2021Q1": 100})
    make_action(strategy, "done-low", baseline=10, target=0, entries={"2021Q1": 0})
    make_action(strategy, "not-low", baseline=10, target=0, entries={"2021Q1": 10})
    make_action(strategy, "done-now", entries={"2021Q2": 100})
    led, leadless = (
        Network.objects.create(strategy=strategy, name=name) for name in ("Johdettu", "Johtamaton")
    )
    led.leads.add(mentor)
    led.actions.add(make_action(strategy, "led"))
    leadless.leads.add(leaver, johto)
    leadless.actions.add(make_action(strategy, "leadless"))
    return strategy


def test_actions_are_uncovered_where_nobody_active_with_the_role_can_report_them(world):
    found = [action.code for action in uncovered.actions(world, open_quarter(world))]
    assert found == [
        "cancelled-later",
        "done-now",
        "later",
        "leadless",
        "leaver",
        "manager",
        "nobody",
        "not-low",
    ]


def test_of_what_is_due_it_is_what_the_coverage_calls_uncovered(world):
    found = uncovered.actions(world, open_quarter(world))
    due = coverage(world, Quarter(2021, 2)).uncovered
    assert [a.code for a in due] == [a.code for a in found if a.start <= Quarter(2021, 2)]


def test_without_an_open_quarter_whatever_was_completed_needs_nobody():
    strategy = make_strategy("kiinni", closed=("2021Q1",))
    make_action(strategy, "done", entries={"2021Q1": 100})
    make_action(strategy, "cancelled", cancelled_from="2021Q3")
    make_action(strategy, "open")
    assert [action.code for action in uncovered.actions(strategy, None)] == ["open"]


def test_the_page_lists_areas_networks_and_leavers_with_a_way_to_mend_each(
    browse, yllapitaja, world
):
    context = browse(yllapitaja).get(URL).context
    assert [area.name for area in context["areas"]] == ["Pelastus"]
    assert [network.name for network in context["networks"]] == ["Johtamaton"]
    assert [(user.last_name, user.count) for user in context["people"]] == [("Lähtenyt", 1)]
    page = browse(yllapitaja).get(URL).content.decode()
    area, network = context["areas"][0], context["networks"][0]
    for address in (
        reverse("mentors:network-add", args=["strategia"]) + f"?area={area.pk}",
        reverse("mentors:network-edit", args=["strategia", network.pk]),
        f"/people/hand-over/?giver={context['people'][0].pk}&amp;strategy=strategia",
        "/actions/?q=nobody",
    ):
        assert f'href="{address}"' in page or address in page
    assert "Nobody covers 8 actions" in page


def test_an_area_with_a_network_is_covered(browse, yllapitaja, world):
    area = world.service_areas.get(name="Pelastus")
    Network.objects.create(strategy=world, name="Pelastusverkosto", service_area=area)
    assert browse(yllapitaja).get(URL).context["areas"] == []


def test_the_page_is_bounded_and_makes_as_many_queries_for_many_rows(browse, yllapitaja, world):
    client = browse(yllapitaja)
    client.get(URL)  # the first request of a session asks once more

    def queries():
        with CaptureQueriesContext(connection) as captured:
            response = client.get(URL)
        return len(captured), len(response.context["shown"].object_list)

    before = queries()
    for number in range(70):
        make_action(world, f"x{number}", service_area=world.service_areas.create(name=f"A{number}"))
        Network.objects.create(strategy=world, name=f"N{number}")
        make_kpi(world, owner=make_user(is_active=False))
    after = queries()
    assert (after[0], after[1]) == (before[0], 50)
    assert before[0] <= 13


def test_where_everything_is_covered_the_page_says_so(browse, yllapitaja, strategy):
    page = browse(yllapitaja).get(URL).content.decode()
    assert "<h1>Every action has somebody</h1>" in page


def test_kpis_are_named_whose_owner_cannot_enter_measurements(browse, yllapitaja, strategy, johto):
    outsider = make_user(last_name="Roolitön")
    leaver = make_user("johto", is_active=False, last_name="Lähtenyt")
    for slug, owner in (("omistettu", johto), ("orpo", None), ("a", outsider), ("b", leaver)):
        make_kpi(strategy, slug, owner=owner)
    make_kpi(strategy, "paattynyt", last_month=Month(2022, 12))
    make_kpi(make_strategy("toinen"), "muualla")
    response = browse(yllapitaja).get(URL)
    assert [kpi.slug for kpi in response.context["kpis"]] == ["orpo", "a", "b"]
    page = response.content.decode()
    assert '/kpis/orpo/" lang="fi">Mittari orpo</a>, no owner</li>' in page
    assert "Mittari a</a>, Roolitön Erkki (no role): " in page
    assert "Mittari b</a>, Lähtenyt Erkki (deactivated): " in page
    assert page.count(f'href="/people/hand-over/?giver={leaver.pk}&amp;strategy=strategia"') == 2
    people = response.context["people"]
    assert [(one.last_name, one.count, one.kpi_count) for one in people] == [("Lähtenyt", 0, 1)]
    assert "Lähtenyt Erkki, 0 actions, 1 KPI: " in page


def test_a_kpi_that_is_followed_to_the_end_of_this_month_needs_an_owner_still(strategy):
    this = Month.of(timezone.localdate())
    for slug, month in (("nyt", this), ("ennen", this.previous)):
        make_kpi(strategy, slug, last_month=month)
    assert [kpi.slug for kpi in uncovered.kpis(strategy)] == ["nyt"]
