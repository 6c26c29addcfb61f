"""The communication log: entering, changing, totals and the workbook."""

import uuid
from collections import Counter
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from mentors import communication
from mentors.models import Communication, Network, PeopleChange
from roadmap.quarters import Quarter
from tests.factories import make_action, make_strategy, make_user

pytestmark = pytest.mark.django_db
S = "strategia"


def url(name, *args):
    return reverse(f"mentors:communication-{name}", args=[S, *args])


def event(**fields):
    return {
        "date": "2021-05-03",
        "kind": "training",
        "audience": "professionals",
        "title": "Etävastaanoton koulutus",
        "reached": "1 200",
        "token": str(uuid.uuid4()),
    } | fields


def make_event(strategy, user=None, **fields):
    fields = {
        "date": date(2021, 5, 3),
        "kind": "info",
        "audience": "clients",
        "reached": 5,
    } | fields
    fields = {"title": "Tiedote"} | fields
    return Communication.objects.create(strategy=strategy, entered_by=user, **fields)


def test_an_event_is_kept_with_its_history_and_once_though_sent_twice(
    browse, digimentori, strategy
):
    network = Network.objects.create(strategy=strategy, name="Verkosto")
    make_action(strategy, "a-1"), make_action(strategy, "a 2")
    client = browse(digimentori)
    sent = event(network=network.pk, actions=" a 2;a-1 ; ")
    for _time in range(2):
        assert client.post(url("list"), sent).status_code == 302
    entry = Communication.objects.get()
    assert (entry.date, entry.kind, entry.audience) == (
        date(2021, 5, 3),
        "training",
        "professionals",
    )
    assert (entry.reached, entry.network, entry.entered_by) == (1200, network, digimentori)
    assert sorted(a.code for a in entry.actions.all()) == ["a 2", "a-1"]
    change = PeopleChange.objects.get()
    assert (change.communication, change.user) == (entry, digimentori)
    assert change.fields == {
        "date": [None, "2021-05-03"],
        "kind": [None, "training"],
        "audience": [None, "professionals"],
        "title": [None, "Etävastaanoton koulutus"],
        "reached": [None, "1200"],
        "network": [None, "Verkosto"],
        "actions": [None, "a 2; a-1"],
    }
    # Another event from a form that the browser kept.
    client.post(url("list"), sent | {"title": "Toinen"})
    assert Communication.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"date": ""}, "write the date"),
        ({"date": "31.2.2021"}, "write the date as 14.8.2022"),
        ({"date": "2999-01-01"}, "the day is still to come"),
        ({"date": "2020-12-31"}, "the strategy begins in 2021: 31.12.2020 is before it"),
        ({"kind": "party"}, "choose what kind it was"),
        ({"audience": ""}, "choose for whom it was"),
        ({"title": " "}, "write what was done"),
        ({"title": "x" * 301}, "300"),
        ({"reached": "-1"}, "write one whole number"),
        ({"reached": "2,5"}, "write one whole number"),
        ({"reached": "9" * 20}, "10000000"),
        ({"network": "foreign"}, "choose a network of the list"),
        ({"actions": "a; x; y"}, "no actions have the codes x, y"),
        ({"actions": "<b>"}, "no action has the code &lt;b&gt;"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(browse, digimentori, strategy, fields, words):
    make_action(strategy, "a")
    foreign = Network.objects.create(strategy=make_strategy("toinen"), name="Vieras")
    sent = {n: foreign.pk if v == "foreign" else v for n, v in event(**fields).items()}
    response = browse(digimentori).post(url("list"), sent)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Communication.objects.exists()


def test_all_faults_are_said_at_once(browse, digimentori, strategy):
    page = browse(digimentori).post(url("list"), {}).content.decode()
    assert "5 things must be mended" in page


def test_a_date_may_be_written_as_people_write_it(browse, digimentori, strategy):
    client = browse(digimentori)
    client.cookies["django_language"] = "fi"
    assert client.post(url("list"), event(date="3.5.2021")).status_code == 302
    assert Communication.objects.get().date == date(2021, 5, 3)


def test_the_form_begins_with_today_and_the_own_network(browse, digimentori, strategy):
    Network.objects.create(strategy=strategy, name="Aapinen")
    member = Network.objects.create(strategy=strategy, name="Jäsenenä")
    member.members.add(digimentori)
    form = browse(digimentori).get(url("list")).context["form"]
    assert (form["date"].value(), form["network"].value()) == (timezone.localdate(), member.pk)
    led = Network.objects.create(strategy=strategy, name="Vetäjänä")
    led.leads.add(digimentori)
    assert browse(digimentori).get(url("list")).context["form"]["network"].value() == led.pk


# --- who may change what ----------------------------------------------------------------------


def test_only_the_author_and_administrators_change_an_entry(
    browse, digimentori, yllapitaja, johto, strategy
):
    entry = make_event(strategy, digimentori, title="Salainen")
    other = make_user("digimentori")
    for name in ("edit", "remove"):
        sent = event(version=1)
        for user, status in ((other, 403), (johto, 403)):
            assert browse(user).get(url(name, entry.pk)).status_code == status
            assert browse(user).post(url(name, entry.pk), sent).status_code == status
        for user in (digimentori, yllapitaja):
            assert browse(user).get(url(name, entry.pk)).status_code == 200
    entry.refresh_from_db()
    assert (entry.title, PeopleChange.objects.count()) == ("Salainen", 0)
    page = browse(other).get(url("list")).content.decode()
    assert "Salainen" in page
    assert url("edit", entry.pk) not in page
    assert url("edit", entry.pk) in browse(digimentori).get(url("list")).content.decode()


def test_a_manager_sees_the_log_but_no_form_and_enters_nothing(browse, johto, strategy):
    make_event(strategy)
    page = browse(johto).get(url("list"))
    assert "Tiedote" in page.content.decode()
    assert page.context["form"] is None
    assert browse(johto).post(url("list"), event()).status_code == 403
    assert Communication.objects.count() == 1


def test_a_change_is_kept_with_its_history_and_somebody_elses_is_noticed(
    browse, digimentori, yllapitaja, strategy
):
    entry = make_event(strategy, digimentori)
    sent = event(title="Uusi", version=1)
    for _time in range(2):
        assert browse(yllapitaja).post(url("edit", entry.pk), sent).status_code == 302
    assert PeopleChange.objects.get().fields == {
        "kind": ["info", "training"],
        "audience": ["clients", "professionals"],
        "title": ["Tiedote", "Uusi"],
        "reached": ["5", "1200"],
    }
    mine = event(title="Omani", version=1)
    response = browse(digimentori).post(url("edit", entry.pk), mine)
    page = response.content.decode()
    assert response.status_code == 409
    assert "<del>Tiedote</del> → Uusi" in page
    assert 'value="Omani"' in page
    assert "Information</del> → Training" in page
    entry.refresh_from_db()
    assert entry.title == "Uusi"
    assert browse(digimentori).post(url("edit", entry.pk), mine | {"version": 2}).status_code == 302
    entry.refresh_from_db()
    assert (entry.title, entry.version) == ("Omani", 3)


def test_a_removed_entry_leaves_a_trace_and_goes_once(browse, digimentori, strategy):
    entry = make_event(strategy, digimentori)
    client = browse(digimentori)
    assert client.post(url("remove", entry.pk), {"version": 7}).status_code == 409
    for _time in range(2):
        assert client.post(url("remove", entry.pk), {"version": 1}).status_code == 302
    assert not Communication.objects.exists()
    change = PeopleChange.objects.get()
    assert (change.user, change.fields["entry_removed"]) == (digimentori, ["Tiedote", None])


def test_an_entry_of_another_strategy_is_not_there(browse, yllapitaja, strategy):
    foreign = make_event(make_strategy("toinen"), title="Vieras")
    assert browse(yllapitaja).get(url("edit", foreign.pk)).status_code == 404
    assert "Vieras" not in browse(yllapitaja).get(url("list")).content.decode()


# --- totals -----------------------------------------------------------------------------------

EVENTS = st.tuples(
    st.dates(min_value=date(2021, 1, 1), max_value=date(2022, 12, 31)),
    st.sampled_from(Communication.Kind.values),
    st.sampled_from(Communication.Audience.values),
    st.sampled_from(["", "Ääni", "Bertta"]),
    st.integers(0, 5000),
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(EVENTS, max_size=25),
    st.sampled_from(["", "2021Q2", "2022Q4"]),
    st.sampled_from(["", *Communication.Audience.values]),
    st.sampled_from(["", *Communication.Kind.values]),
    st.sampled_from(["", "Bertta"]),
)
def test_totals_agree_with_an_independent_reckoning(db, events, quarter, audience, kind, name):
    strategy = make_strategy(f"s-{uuid.uuid4()}")
    networks = {
        name: Network.objects.create(strategy=strategy, name=name) for name in ("Ääni", "Bertta")
    }
    for day, kind_, audience_, network, reached in events:
        make_event(
            strategy,
            date=day,
            kind=kind_,
            audience=audience_,
            network=networks.get(network),
            reached=reached,
        )
    query = {"quarter": quarter, "audience": audience, "kind": kind}
    query["network"] = str(networks[name].pk) if name else ""
    filters = communication.Filters.read(query)
    totals = communication.totals(strategy, filters, {n.pk: n.name for n in networks.values()})

    fitting = [
        e
        for e in events
        if quarter in ("", f"{e[0].year}Q{(e[0].month - 1) // 3 + 1}")
        and audience in ("", e[2])
        and kind in ("", e[1])
        and name in ("", e[3])
    ]

    def reckoned(key):
        counts, people = Counter(), Counter()
        for item in fitting:
            counts[key(item)] += 1
            people[key(item)] += item[4]
        return {name: (counts[name], people[name]) for name in counts}

    def shown(rows):
        return {row.name: (row.events, row.reached) for row in rows}

    labels = dict(Communication.Audience.choices)
    assert (totals.all.events, totals.all.reached) == (len(fitting), sum(e[4] for e in fitting))
    assert shown(totals.by_quarter) == reckoned(
        lambda e: f"Q{(e[0].month - 1) // 3 + 1}/{e[0].year}"
    )
    assert shown(totals.by_network) == reckoned(lambda e: e[3])
    assert shown(totals.by_audience) == reckoned(lambda e: str(labels[e[2]]))
    assert totals.quarters == sorted({Quarter.of(e[0]) for e in events}, reverse=True)
    found = communication.entries(strategy, filters)
    assert sorted(e.reached for e in found) == sorted(e[4] for e in fitting)


def test_the_page_and_the_networks_page_show_the_totals(browse, johto, strategy):
    network = Network.objects.create(strategy=strategy, name="Verkosto")
    make_event(strategy, network=network, reached=1000)
    make_event(strategy, network=network, reached=234, date=date(2021, 7, 1))
    make_event(strategy, reached=1)
    page = browse(johto).get(url("list")).content.decode()
    assert "3 events, 1\u00a0235 people reached" in page
    page = browse(johto).get(url("list"), {"quarter": "Q2/2021", "network": network.pk})
    assert "1 event, 1\u00a0000 people reached" in page.content.decode()
    address = reverse("mentors:network-detail", args=[S, network.pk])
    assert "2 events, 1\u00a0234 people reached" in browse(johto).get(address).content.decode()


def test_the_newest_come_first_and_what_the_address_asks_wrongly_is_left_out(
    browse, johto, strategy
):
    for day in range(1, 29):
        make_event(strategy, date=date(2021, 5, day), title=f"Päivä {day}")
        make_event(strategy, date=date(2021, 6, day), title=f"Kesäpäivä {day}")
    query = {"quarter": "0000Q1", "network": "'", "audience": "x", "kind": "\0", "page": "2"}
    shown = browse(johto).get(url("list"), query).context["shown"].object_list
    assert [entry.title for entry in shown] == [f"Päivä {day}" for day in (6, 5, 4, 3, 2, 1)]
    assert browse(johto).get(url("list"), {"page": "99"}).status_code == 200


def test_the_page_makes_as_many_queries_for_one_event_as_for_three_hundred(
    browse, digimentori, strategy
):
    action = make_action(strategy, "a", people=[digimentori])

    client = browse(digimentori)
    client.get(url("list"))  # the first request of a session asks once more

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(url("list"))
        return len(captured)

    make_event(strategy, digimentori).actions.add(action)
    before = queries()
    for number in range(20):
        network = Network.objects.create(strategy=strategy, name=f"Verkosto {number}")
        for _time in range(15):
            make_event(strategy, make_user(), network=network).actions.add(action)
    assert queries() == before
    assert before <= 10


# --- Excel ------------------------------------------------------------------------------------


def test_the_workbook_holds_what_the_filter_finds_in_its_kinds(browse, johto, strategy):
    network = Network.objects.create(strategy=strategy, name="+Verkosto")
    mentor = make_user("digimentori", first_name="=Maija", last_name="-Meikäläinen")
    titles = ["=1+2", "+358", "-a", "@SUM(A1)", "Tavallinen\u0007"]
    for number, title in enumerate(titles):
        day = date(2021, 5, 3) - timedelta(days=number)
        entry = make_event(strategy, mentor, title=title, network=network, date=day, reached=7)
    entry.actions.add(make_action(strategy, "=b"), make_action(strategy, "a"))
    make_event(strategy, title="Muualta", kind="event")
    response = browse(johto).get(url("export"), {"kind": "info"})
    assert "viestinta-strategia.xlsx" in response.headers["Content-Disposition"]
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]] == [
        "Date",
        "Kind",
        "For whom",
        "What was done",
        "Number reached",
        "Network",
        "Actions",
        "Entered by",
    ]
    assert [row[3].value for row in rows[1:]] == ["=1+2", "+358", "-a", "@SUM(A1)", "Tavallinen"]
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "d"}
    assert [cell.value for cell in rows[-1]] == [
        datetime(2021, 4, 29),
        "Information",
        "Clients",
        "Tavallinen",
        7,
        "+Verkosto",
        "=b; a",
        "-Meikäläinen =Maija",
    ]
    assert [cell.data_type for cell in rows[-1]] == ["d", *"sss", "n", *"sss"]
    assert rows[1][0].number_format == "d.m.yyyy"


def test_the_workbook_speaks_the_readers_language(client, johto, strategy):
    make_event(strategy)
    client.force_login(johto)
    client.cookies["django_language"] = "en"
    response = client.get(url("export"))
    book = load_workbook(BytesIO(b"".join(response.streaming_content)))
    assert book.sheetnames == ["Communication"]
