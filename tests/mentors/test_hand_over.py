"""Hand-over: everything in one step, seen before, once, and without rewriting what was reported."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mentors import hand_over
from mentors.models import Deputy, Network, PeopleChange
from metrics.models import Kpi, KpiChange
from roadmap import record
from roadmap.models import Change, ProgressEntry, Strategy
from roadmap.permissions import REPORT
from tests.at_once import at_once
from tests.factories import make_action, make_kpi, make_strategy, make_user

pytestmark = pytest.mark.django_db
URL = "/people/hand-over/"
DAY = timedelta(days=1)


@pytest.fixture
def giver(db):
    return make_user("digimentori", "antaja@example.org", last_name="Antaja")


@pytest.fixture
def receiver(db):
    return make_user("digimentori", "saaja@example.org", last_name="Saaja")


@pytest.fixture
def world(strategy, giver, receiver):
    third = make_user("digimentori", "kolmas@example.org", last_name="Kolmas")
    a = make_action(strategy, "a", people=[giver, third], entries={"2021Q1": 10})
    ProgressEntry.objects.update(reported_by=giver)
    make_action(strategy, "b", people=[giver, receiver])
    make_action(strategy, "c", people=[third])
    make_action(make_strategy("toinen"), "d", people=[giver])
    network = Network.objects.create(strategy=strategy, name="Verkosto")
    network.leads.add(giver)
    network.members.add(giver, third)
    network.actions.add(a)
    today = timezone.localdate()
    for person, first, last in (
        (third, -3, 3),
        (third, 5, 6),
        (receiver, 1, 2),
        (third, -9, -8),
    ):
        first_day, last_day = today + first * DAY, today + last * DAY
        Deputy.objects.create(person=person, deputy=giver, first_day=first_day, last_day=last_day)
    return strategy, third


def preview(client, giver, receiver, **more):
    return client.get(URL, {"giver": giver.pk, "receiver": receiver.pk} | more)


def sent(client, giver, receiver, **more):
    people = {"giver": giver.pk, "receiver": receiver.pk} | more
    return people | {"key": preview(client, giver, receiver, **more).context["load"].key}


def responsible():
    found = [record.records(strategy) for strategy in Strategy.objects.all()]
    return {code: row["responsible"] for rows in found for code, row in rows.items()}


def test_the_preview_counts_and_lists_what_would_move_and_saves_nothing(
    browse, yllapitaja, world, giver, receiver
):
    response = preview(browse(yllapitaja), giver, receiver)
    load, page = response.context["load"], response.content.decode()
    assert [action.code for action in load.actions] == ["a", "b", "d"]
    counts = (len(load.led), len(load.member_of), len(load.duties))
    assert counts == (1, 1, 3)
    for words in ("From Erkki Antaja to Erkki Saaja", "Toimenpide a", "Verkosto", "Kolmas Erkki"):
        assert words in page
    assert not Change.objects.exists()
    assert not PeopleChange.objects.exists()


def test_everything_moves_in_one_step_with_its_history(browse, yllapitaja, world, giver, receiver):
    strategy, third = world
    client, today = browse(yllapitaja), timezone.localdate()
    data = sent(client, giver, receiver)
    assert client.post(URL, data).status_code == 302
    assert responsible() == {
        "a": ("kolmas@example.org", "saaja@example.org"),
        "b": ("saaja@example.org",),
        "c": ("kolmas@example.org",),
        "d": ("saaja@example.org",),
    }
    network = Network.objects.get()
    assert list(network.leads.all()) == [receiver]
    assert set(network.members.all()) == {receiver, third}
    assert network.version == 2
    changes = Change.objects.order_by("action__code")
    assert {(c.user, c.source) for c in changes} == {(yllapitaja, None)}
    assert {c.action.code: c.fields for c in changes} == {
        "a": {
            "responsible": [
                "antaja@example.org; kolmas@example.org",
                "kolmas@example.org; saaja@example.org",
            ]
        },
        "b": {"responsible": ["antaja@example.org; saaja@example.org", "saaja@example.org"]},
        "d": {"responsible": ["antaja@example.org", "saaja@example.org"]},
    }
    # Days that are past stay with the first; one does not stand in for oneself.
    assert {
        (row.person, row.deputy, (row.first_day - today).days, (row.last_day - today).days)
        for row in Deputy.objects.all()
    } == {
        (third, giver, -9, -8),
        (third, giver, -3, -1),
        (third, receiver, 0, 3),
        (third, receiver, 5, 6),
    }
    assert PeopleChange.objects.get(network=network).fields == {
        "leads": [f"#{giver.pk}", f"#{receiver.pk}"],
        "members": [
            "; ".join(f"#{pk}" for pk in sorted((giver.pk, third.pk))),
            "; ".join(f"#{pk}" for pk in sorted((receiver.pk, third.pk))),
        ],
    }
    assert PeopleChange.objects.get(fields__has_key="handed_over").fields == {
        "handed_over": [None, f"#{receiver.pk}"]
    }
    assert PeopleChange.objects.filter(person=third, fields__has_key="deputy").count() == 2
    entry = ProgressEntry.objects.get()
    assert (entry.reported_by, entry.value, entry.version) == (giver, 10, 1)
    action = strategy.actions.get(code="a")
    giver, receiver = (type(giver).objects.get(pk=user.pk) for user in (giver, receiver))
    assert (giver.has_perm(REPORT, action), receiver.has_perm(REPORT, action)) == (False, True)


def test_sending_it_twice_is_harmless(browse, yllapitaja, world, giver, receiver):
    client = browse(yllapitaja)
    data = sent(client, giver, receiver)
    client.post(URL, data)
    before = (responsible(), Change.objects.count(), PeopleChange.objects.count())
    response = client.post(URL, data, follow=True)
    words = "Nothing was left to hand over from Erkki Antaja to Erkki Saaja."
    assert words in response.content.decode()
    assert (responsible(), Change.objects.count(), PeopleChange.objects.count()) == before


def test_what_changed_after_the_preview_is_noticed_and_shown(
    browse, yllapitaja, world, giver, receiver
):
    client = browse(yllapitaja)
    data, before = sent(client, giver, receiver), responsible()
    make_action(world[0], "e", people=[giver])
    response = client.post(URL, data)
    assert response.status_code == 409
    assert "so nothing was handed over" in response.content.decode()
    assert "Toimenpide e" in response.content.decode()
    assert responsible() == before | {"e": ("antaja@example.org",)}
    assert client.post(URL, data | {"key": ""}).status_code == 409
    assert client.post(URL, sent(client, giver, receiver)).status_code == 302


def test_it_may_be_limited_to_one_strategy(browse, yllapitaja, world, giver, receiver):
    client = browse(yllapitaja)
    assert client.post(URL, sent(client, giver, receiver, strategy="toinen")).status_code == 302
    found = responsible()
    assert (found["a"], found["d"]) == (
        ("antaja@example.org", "kolmas@example.org"),
        ("saaja@example.org",),
    )
    assert Network.objects.get().leads.get() == giver
    assert Deputy.objects.filter(deputy=giver).count() == 4


def test_an_administrator_can_receive_but_stands_in_for_nobody(browse, yllapitaja, world, giver):
    client = browse(yllapitaja)
    assert client.post(URL, sent(client, giver, yllapitaja)).status_code == 302
    assert responsible()["d"] == ("yllapito@example.org",)
    assert Deputy.objects.filter(deputy=giver).count() == 4


@pytest.mark.parametrize("name", ["manager", "leaver", "self", "nobody"])
def test_only_active_digimentors_and_administrators_can_receive(
    browse, yllapitaja, johto, world, giver, name
):
    keys = {
        "manager": johto.pk,
        "leaver": make_user("digimentori", is_active=False).pk,
        "self": giver.pk,
        "nobody": 10**12,
    }
    client, before = browse(yllapitaja), responsible()
    people = {"giver": giver.pk, "receiver": keys[name]}
    assert client.get(URL, people).status_code == 422
    # Sent twice, the second time there is nothing left that a manager could take over.
    status = 302 if name == "manager" else 422
    assert client.post(URL, people | {"key": "x"}).status_code == status
    assert responsible() == before


def test_a_leaver_can_be_handed_over_from(browse, yllapitaja, world, giver, receiver):
    giver.is_active = False
    giver.save()
    client = browse(yllapitaja)
    page = client.get(URL, {"giver": giver.pk, "strategy": "strategia"}).content.decode()
    assert f'<option value="{giver.pk}" selected>' in page
    assert client.post(URL, sent(client, giver, receiver)).status_code == 302
    assert "antaja@example.org" not in str(responsible())


def test_an_import_that_somebody_looks_at_meanwhile_is_told(
    browse, yllapitaja, world, giver, receiver
):
    strategy, _third = world
    client = browse(yllapitaja)
    client.post(URL, sent(client, giver, receiver))
    assert Strategy.objects.get(pk=strategy.pk).revision == strategy.revision + 1


def test_the_number_of_queries_does_not_depend_on_the_number_of_actions(
    browse, yllapitaja, world, giver, receiver, django_assert_max_num_queries
):
    strategy, _third = world
    for _time in range(60):
        make_action(strategy, people=[giver])
    client = browse(yllapitaja)
    data = sent(client, giver, receiver)
    with django_assert_max_num_queries(70):
        assert client.post(URL, data).status_code == 302
    assert reverse("mentors:hand-over") == URL


# --- KPIs ---------------------------------------------------------------------------------------


def owners():
    return dict(Kpi.objects.values_list("slug", "owner__email"))


@pytest.fixture
def kpis(world, giver, johto):
    """Two of the giver's, one of them of another strategy, and one of somebody else."""
    make_kpi(world[0], "saatavuus", owner=giver)
    make_kpi(Strategy.objects.get(slug="toinen"), "kaytto", owner=giver)
    return make_kpi(world[0], "nps", owner=johto)


def test_kpis_move_too_with_a_history_of_their_own(browse, yllapitaja, kpis, giver, receiver):
    client = browse(yllapitaja)
    page = preview(client, giver, receiver).content.decode()
    for words in ('KPIs <span class="count">2</span>', "Mittari saatavuus", "Mittari kaytto"):
        assert words in page
    assert client.post(URL, sent(client, giver, receiver)).status_code == 302
    assert owners() == {
        "saatavuus": "saaja@example.org",
        "kaytto": "saaja@example.org",
        "nps": "johto@example.org",
    }
    changes = KpiChange.objects.order_by("kpi__slug")
    assert [(one.kpi.slug, one.strategy.slug, one.user, one.fields) for one in changes] == [
        (slug, strategy, yllapitaja, {"owner": [f"#{giver.pk}", f"#{receiver.pk}"]})
        for slug, strategy in (("kaytto", "toinen"), ("saatavuus", "strategia"))
    ]
    assert dict(Kpi.objects.values_list("slug", "version")) == {
        "saatavuus": 2,
        "kaytto": 2,
        "nps": 1,
    }


def test_kpis_stay_where_another_strategy_is_handed_over(browse, yllapitaja, kpis, giver, receiver):
    client = browse(yllapitaja)
    client.post(URL, sent(client, giver, receiver, strategy="toinen"))
    found = owners()
    assert (found["saatavuus"], found["kaytto"]) == ("antaja@example.org", "saaja@example.org")


def test_a_manager_takes_over_kpis_and_nothing_else(browse, yllapitaja, kpis, giver, johto):
    client, before = browse(yllapitaja), responsible()
    page = preview(client, giver, johto).content.decode()
    assert "Erkki Johtaja may not report, and takes over KPIs alone." in page
    data = sent(client, giver, johto)
    for words in (
        "The KPIs were handed over from Erkki Antaja to Erkki Johtaja.",
        "Nothing was left to hand over from Erkki Antaja to Erkki Johtaja.",
    ):
        assert words in client.post(URL, data, follow=True).content.decode()
    assert set(owners().values()) == {"johto@example.org"}
    assert (responsible(), Network.objects.get().leads.get()) == (before, giver)
    assert Deputy.objects.filter(deputy=giver).count() == 4


def test_whoever_owns_nothing_but_a_kpi_can_hand_over(browse, yllapitaja, kpis, johto, receiver):
    client = browse(yllapitaja)
    assert f'<option value="{johto.pk}">' in client.get(URL).content.decode()
    assert client.post(URL, sent(client, johto, receiver)).status_code == 302
    assert owners()["nps"] == "saaja@example.org"


def test_a_kpi_that_came_after_the_preview_is_noticed(browse, yllapitaja, kpis, giver, receiver):
    client = browse(yllapitaja)
    data = sent(client, giver, receiver)
    Kpi.objects.filter(slug="nps").update(owner=giver)
    assert client.post(URL, data).status_code == 409
    assert set(owners().values()) == {"antaja@example.org"}


def test_a_kpi_that_is_given_to_somebody_else_at_that_very_moment_stops_it_all(
    monkeypatch, kpis, giver, receiver, johto
):
    seen, before = hand_over.load(giver, receiver).key, responsible()
    real = hand_over.load

    def load(*people):
        found = real(*people)
        Kpi.objects.filter(slug="saatavuus").update(owner=johto)
        return found

    monkeypatch.setattr(hand_over, "load", load)
    with pytest.raises(hand_over.Overtaken):
        hand_over.carry_out(giver, receiver, None, seen, None)
    assert responsible() == before
    assert owners()["kaytto"] == "antaja@example.org"


def test_three_hundred_kpis_are_handed_over_by_as_many_queries_as_three(kpis, giver, receiver):
    def carry_out(count):
        seen = hand_over.load(giver, receiver).key
        with CaptureQueriesContext(connection) as queries:
            moved = hand_over.carry_out(giver, receiver, None, seen, None)
        assert len(moved.kpis) == count
        # SQLite takes so many values at once, and the rest in a second statement.
        return len([one for one in queries if not one["sql"].startswith("INSERT")])

    make_kpi(kpis.strategy, "kolmas", owner=giver)
    carry_out(3)
    counts = []
    for number in (3, 300):
        for _each in range(number):
            make_kpi(kpis.strategy, group=kpis.group, owner=giver)
        counts.append(carry_out(number))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_several_at_once_hand_a_kpi_over_once(kpis, giver, receiver):
    seen = hand_over.load(giver, receiver).key
    moved = at_once(lambda: hand_over.carry_out(giver, receiver, None, seen, None))
    assert sorted(len(load.kpis) for load in moved) == [0, 0, 0, 2]
    assert KpiChange.objects.count() == 2
