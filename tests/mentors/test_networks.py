"""Networks: their lights, who may edit them, and what a change by page leads to."""

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentors import action_choice, networks
from mentors.models import Communication, Network, PeopleChange
from metrics.models import GroupStatus
from metrics.snapshots import compute
from roadmap.models import Action
from roadmap.permissions import REPORT
from tests.factories import make_action, make_strategy, make_user
from tests.pages import queries_of

pytestmark = pytest.mark.django_db
S = "strategia"


def url(name, *args):
    return reverse(f"mentors:{name}", args=[S, *args])


@pytest.fixture
def network(strategy):
    network = Network.objects.create(strategy=strategy, name="Sote-verkosto")
    network.actions.add(
        make_action(strategy, "a", entries={"2021Q2": 50}),
        make_action(strategy, "b", entries={"2021Q1": 20}, weight=3),
        make_action(strategy, "c", cancelled_from="2021Q1"),
        make_action(strategy, "d", year=2022),
    )
    make_action(strategy, "e", entries={"2021Q2": 100})
    return network


def test_the_standing_of_a_network_is_by_the_rule_of_a_group(strategy, network):
    (row,) = networks.rows(strategy, networks.open_quarter(strategy))
    # (1 × 50 + 3 × 20) / (1 × 50 + 3 × 50) = 55 %
    standing = row.standing
    assert (standing.percent, standing.light, standing.reported, standing.due) == (55, "red", 1, 2)
    assert standing.counts == {"green": 1, "yellow": 0, "red": 1, "none": 1}
    assert row.actions == 4
    detail = networks.detail(network, networks.open_quarter(strategy))
    assert detail.standing == standing
    assert [(a.code, a.outcome.due, a.outcome.reported) for a in detail.actions] == [
        ("a", True, True),
        ("b", True, False),
        ("c", False, False),
        ("d", False, False),
    ]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 120)), min_size=1, max_size=6))
def test_a_network_of_a_whole_theme_stands_as_the_theme_does(db, values):
    slug = f"s{Network.objects.count()}-{Action.objects.count()}"
    strategy = make_strategy(slug, opened="2021Q2", years=(2021,))
    theme = strategy.themes.create(name="Asiointi")
    network = Network.objects.create(strategy=strategy, name="Verkosto")
    for weight, value in values:
        entries = {"2021Q2": value} if value <= 100 else {}
        network.actions.add(make_action(strategy, theme=theme, weight=weight, entries=entries))
    compute(strategy.pk)
    status = GroupStatus.objects.get(
        strategy=strategy, kind="theme", group_id=theme.pk, quarter="2021Q2"
    )
    (row,) = networks.rows(strategy, networks.open_quarter(strategy))
    found = row.standing
    assert (found.percent, found.light, found.counts, found.reported, found.due) == (
        status.percent,
        status.light,
        status.counts,
        status.reported,
        status.due,
    )


def test_where_no_quarter_is_open_no_light_is_shown_and_the_page_says_so(browse, johto):
    strategy = make_strategy(closed=("2021Q1",))
    network = Network.objects.create(strategy=strategy, name="Verkosto")
    network.actions.add(make_action(strategy, "a", entries={"2021Q1": 1}))
    for address in (url("network-list"), url("network-detail", network.pk)):
        page = browse(johto).get(address).content.decode()
        assert "No quarter is open, so no lights are shown here." in page
        assert "#light-red" not in page.partition("<main")[2]


def test_both_pages_show_percent_coverage_and_what_is_missing(browse, johto, network):
    client = browse(johto)
    page = client.get(url("network-list")).content.decode()
    for words in ("Sote-verkosto", "55\u00a0%", "1/2", "no lead"):
        assert words in page
    page = client.get(url("network-detail", network.pk)).content.decode()
    for words in ("Far behind", "<b>1/2</b> reported", "Toimenpide b", "<b>missing</b>", "not due"):
        assert words in page


def test_pages_make_as_many_queries_for_one_action_as_for_three_hundred(
    browse, johto, strategy, network
):
    client = browse(johto)
    addresses = [url("network-list"), url("network-detail", network.pk)]
    network.leads.add(make_user("digimentori"))
    client.get(addresses[0])  # the first request of a session asks once more
    before = [queries_of(client, address) for address in addresses]
    Action.objects.bulk_create(
        Action(
            strategy=strategy,
            code=f"x{n}",
            title="x",
            phase=strategy.phases.first(),
            start="2021Q1",
            end="2021Q4",
        )
        for n in range(300)
    )
    network.actions.set(strategy.actions.all())
    for number in range(20):
        other = Network.objects.create(strategy=strategy, name=f"Verkosto {number}")
        other.leads.add(make_user("digimentori"), make_user("digimentori"))
        network.members.add(make_user("digimentori"))
    assert [queries_of(client, address) for address in addresses] == before
    assert before[0] <= 10
    assert before[1] <= 14


def send(client, name, data, *args):
    return client.post(url(name, *args), data)


def test_a_lead_named_by_the_page_may_report_at_once_and_no_longer_when_taken_away(
    browse, yllapitaja, strategy, network, digimentori
):
    action = network.actions.get(code="a")
    assert not digimentori.has_perm(REPORT, action)
    client = browse(yllapitaja)
    data = {"name": network.name, "leads": [digimentori.pk], "version": 1}
    response = send(client, "network-edit", data, network.pk)
    assert (response.status_code, response.url) == (302, url("network-detail", network.pk))
    assert digimentori.has_perm(REPORT, action)
    assert not digimentori.has_perm(REPORT, strategy.actions.get(code="e"))
    change = PeopleChange.objects.get()
    assert (change.network, change.user) == (network, yllapitaja)
    assert change.fields == {"leads": [None, f"#{digimentori.pk}"]}
    send(client, "network-edit", {"name": network.name, "version": 2}, network.pk)
    assert not digimentori.has_perm(REPORT, action)
    page = client.get(url("network-detail", network.pk)).content.decode()
    assert "Leads <del>Mentori Erkki</del> → empty" in page


def test_a_new_network_is_made_once_though_its_form_is_sent_twice(browse, yllapitaja, strategy):
    area = strategy.service_areas.create(name="Sote")
    member = make_user("johto")
    data = {"name": "Uusi", "service_area": area.pk, "members": [member.pk], "version": 0}
    for _time in range(2):
        assert send(browse(yllapitaja), "network-add", data).status_code == 302
    network = Network.objects.get()
    assert (network.name, network.service_area, network.version) == ("Uusi", area, 1)
    assert list(network.members.all()) == [member]
    assert PeopleChange.objects.get().fields == {
        "name": [None, "Uusi"],
        "service_area": [None, "Sote"],
        "members": [None, f"#{member.pk}"],
    }
    response = send(browse(yllapitaja), "network-add", {"name": "Uusi", "version": 0})
    assert response.status_code == 422
    assert "There is a network of this name already." in response.content.decode()


def test_somebody_elses_change_is_noticed_shown_and_nothing_typed_is_lost(
    browse, yllapitaja, network, digimentori
):
    client = browse(yllapitaja)
    send(client, "network-edit", {"name": "Heidän nimensä", "version": 1}, network.pk)
    mine = {"name": "Oma nimeni", "leads": [digimentori.pk], "version": 1}
    response = send(client, "network-edit", mine, network.pk)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Somebody else changed this meanwhile" in page
    assert "Heidän nimensä" in page
    assert 'value="Oma nimeni"' in page
    assert 'name="version" value="2"' in page
    network.refresh_from_db()
    assert (network.name, network.leads.count()) == ("Heidän nimensä", 0)
    assert send(client, "network-edit", mine | {"version": 2}, network.pk).status_code == 302
    network.refresh_from_db()
    assert (network.name, network.version) == ("Oma nimeni", 3)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": ""}, "write the name of the network"),
        ({"name": "x" * 201}, "200"),
        ({"service_area": "foreign"}, "choose a service area of the list"),
        ({"leads": "manager"}, "one of the people chosen cannot be chosen"),
        ({"leads": "x"}, "one of the people chosen cannot be chosen"),
        ({"members": "leaver"}, "one of the people chosen cannot be chosen"),
        ({"name": "a\0b"}, "Null characters"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(browse, yllapitaja, network, johto, data, words):
    keys = {
        "foreign": make_strategy("toinen").service_areas.create(name="Muu").pk,
        "manager": johto.pk,
        "leaver": make_user("digimentori", is_active=False).pk,
    }
    data = {name: keys.get(value, value) for name, value in data.items()}
    sent = {"name": "Nimi", "version": 1} | data
    response = send(browse(yllapitaja), "network-edit", sent, network.pk)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert PeopleChange.objects.count() == 0


def test_a_lead_who_has_left_stays_in_the_form_until_taken_away(browse, yllapitaja, network):
    leaver = make_user("digimentori", is_active=False, last_name="Lähtenyt")
    network.leads.add(leaver)
    page = browse(yllapitaja).get(url("network-edit", network.pk)).content.decode()
    assert "Lähtenyt" in page
    sent = {"name": "Uusi nimi", "leads": [leaver.pk], "version": 1}
    assert send(browse(yllapitaja), "network-edit", sent, network.pk).status_code == 302


# --- choosing actions -------------------------------------------------------------------------


def codes(network):
    return sorted(network.actions.values_list("code", flat=True))


def test_the_boxes_of_a_page_add_and_take_away_and_touch_no_other_action(
    browse, yllapitaja, strategy, network
):
    key = dict(strategy.actions.values_list("code", "pk"))
    sent = {"version": 1, "shown": [key["a"], key["b"], key["e"]], "action": [key["b"], key["e"]]}
    for _time in range(2):  # a double click
        assert send(browse(yllapitaja), "network-actions", sent, network.pk).status_code == 302
    assert codes(network) == ["b", "c", "d", "e"]
    network.refresh_from_db()
    assert network.version == 2
    assert PeopleChange.objects.get().fields == {
        "actions_added": [None, "e"],
        "actions_removed": ["a", None],
    }


def test_all_of_a_service_area_come_in_one_step(browse, yllapitaja, strategy, network):
    area = strategy.service_areas.create(name="Sote")
    for number in range(60):
        make_action(strategy, f"s{number:02}", service_area=area)
    client = browse(yllapitaja)
    address = f"{url('network-actions', network.pk)}?area={area.pk}"
    page = client.get(address)
    assert len(page.context["listing"].actions) == action_choice.PAGE
    assert "Add all 60 found" in page.content.decode()
    response = client.post(address, {"version": 1, "add_all": "1"}, follow=True)
    assert "60 actions were added." in response.content.decode()
    assert len(codes(network)) == 64
    client.post(address, {"version": 2, "remove_all": "1"})
    assert codes(network) == ["a", "b", "c", "d"]


def test_an_action_of_another_strategy_is_never_taken(browse, yllapitaja, network):
    foreign = make_action(make_strategy("toinen"), "x")
    sent = {"version": 1, "shown": [foreign.pk], "action": [foreign.pk]}
    send(browse(yllapitaja), "network-actions", sent, network.pk)
    assert codes(network) == ["a", "b", "c", "d"]
    other = Network.objects.create(strategy=foreign.strategy, name="Toisen")
    assert browse(yllapitaja).get(url("network-detail", other.pk)).status_code == 404


def test_ticks_are_kept_where_somebody_else_was_faster(browse, yllapitaja, strategy, network):
    networks.choose_actions(
        network, strategy.actions.none(), strategy.actions.filter(code="a"), 1, yllapitaja
    )
    key = dict(strategy.actions.values_list("code", "pk"))
    sent = {"version": 1, "shown": list(key.values()), "action": [key["e"]]}
    response = send(browse(yllapitaja), "network-actions", sent, network.pk)
    assert response.status_code == 409
    assert [a.code for a in response.context["listing"].actions if a.is_ticked] == ["e"]
    assert codes(network) == ["b", "c", "d"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "Toimenpide A"}, ["a"]),
        ({"carried": "yes"}, ["a", "b", "c", "d"]),
        ({"carried": "no"}, ["e"]),
        ({"q": "'", "area": "x", "theme": "9" * 40, "page": "-1"}, []),
        ({"area": "x", "page": "99", "carried": "maybe"}, ["a", "b", "c", "d", "e"]),
    ],
)
def test_the_search_finds_what_its_address_asks_for(browse, yllapitaja, network, query, found):
    response = browse(yllapitaja).get(url("network-actions", network.pk), query)
    assert [action.code for action in response.context["listing"].actions] == found


# --- removing ---------------------------------------------------------------------------------


def test_a_removed_network_leaves_its_actions_and_events_and_a_trace(
    browse, yllapitaja, strategy, network, digimentori
):
    network.leads.add(digimentori)
    event = Communication.objects.create(
        strategy=strategy,
        date="2021-05-01",
        kind="info",
        audience="clients",
        title="Tiedote",
        reached=1,
        network=network,
    )
    client = browse(yllapitaja)
    assert send(client, "network-remove", {"version": 9}, network.pk).status_code == 409
    assert Network.objects.exists()
    for _time in range(2):
        response = send(client, "network-remove", {"version": 1}, network.pk)
        assert (response.status_code, response.url) == (302, url("network-list"))
    assert not Network.objects.exists()
    assert strategy.actions.count() == 5
    event.refresh_from_db()
    assert event.network is None
    assert PeopleChange.objects.get().fields == {
        "network_removed": ["Sote-verkosto", None],
        "leads": [f"#{digimentori.pk}", None],
        "actions": ["a; b; c; d", None],
    }
