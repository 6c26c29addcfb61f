"""Texts that name somebody who leaves are found with their place, and left alone."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import translation

from mentors import people
from mentors.models import Comment, Communication, Evidence, Feedback, Network, User
from mentors.outbox import post
from mentors.texts import texts_about
from metrics.kpis.measuring import Measured, record
from metrics.kpis.periods import Month
from metrics.models import KpiChange, KpiGroup, MeasurementImport, MeasurementToken, Origin
from roadmap.fields import Words
from roadmap.models import Change, ProgressEntry, RoadmapImport, Strategy
from roadmap.quarters import Quarter
from tests.factories import make_action, make_kpi, make_page, make_user

pytestmark = pytest.mark.django_db
Q1 = Quarter(2021, 1)


def write_texts(strategy, who):
    action = make_action(strategy, "T/1", description=f"Vetäjä {who}", entries={"2021Q1": 5})
    ProgressEntry.objects.update(comment=f"{'a' * 100} {who} hoitaa {'b' * 100}")
    Comment.objects.create(action=action, text=who)
    Evidence.objects.create(action=action, quarter=Q1, title=who, url="https://a.fi")
    fields = {"kind": "info", "audience": "clients", "reached": 3, "date": date(2021, 1, 1)}
    Communication.objects.create(strategy=strategy, title=who, **fields)
    Network.objects.create(strategy=strategy, name=who)
    Strategy.objects.update(name=f"Strategia {who}", vision=Words(sv=f"Frågor till {who}"))
    phase = strategy.phases.get(year=2021)
    phase.title, phase.goals = Words(fi=f"Vaihe, {who}"), Words(fi="Yksi\nKaksi", en=f"By {who}")
    phase.save()
    make_page(strategy, "verkostot", fi=("Verkostot", "", f"Vetäjä on {who}."))
    Feedback.objects.create(topic="other", message=who)
    post("reminder", make_user(), "x", note=who)
    RoadmapImport.objects.create(strategy=strategy, file_name=f"{who}.xlsx")
    Change.objects.create(strategy=strategy, reason=who, fields={})
    Change.objects.create(
        strategy=strategy, action=action, fields={"comment:2021Q1": [who, "muuta"]}
    )


def write_texts_of_kpis(strategy, who):
    group = KpiGroup.objects.create(strategy=strategy, name=Words(fi="x", sv=f"Grupp {who}"))
    texts = {"source": Words(fi=f"Kysy: {who}"), "definition": Words(en=f"Ask {who}")}
    kpi = make_kpi(strategy, "saatavuus", group, **texts)
    record([Measured(kpi.pk, Month(2021, 1), (1, 2), f"Arvio, {who}")], Origin.FORM)
    MeasurementToken.objects.create(strategy=strategy, name=f"{who}, skripti", digest="x")
    fields = {"name": [f"Mittari {who}", None], "unit": [None, "kpl"]}
    KpiChange.objects.create(strategy=strategy, kpi=kpi, fields=fields)
    MeasurementImport.objects.create(strategy=strategy, file_name=f"{who}.csv")
    KpiChange.objects.create(strategy=strategy, fields={"group": [None, who]})


def test_texts_of_kpis_that_name_the_person_are_found_too(leaver, strategy):
    write_texts_of_kpis(strategy, "Äijäsen")
    kpi = ("saatavuus", "/strategies/strategia/kpis/saatavuus/")
    found = {(text.kind, text.excerpt, text.place, text.address) for text in texts_about(leaver)}
    assert found == {
        ("measurement", "Arvio, Äijäsen", *kpi),
        ("kpi", "Kysy: Äijäsen", *kpi),
        ("kpi", "Ask Äijäsen", *kpi),
        ("kpi_group", "Grupp Äijäsen", "", ""),
        ("token", "Äijäsen, skripti", "", ""),
        ("measurement_import", "Äijäsen.csv", "", "/strategies/strategia/kpi-imports/"),
        ("history", "Mittari Äijäsen", *kpi),
        ("history", "Äijäsen", "", ""),
    }
    with translation.override("en"):
        words = {str(text.kind_words) for text in texts_about(leaver)}
    assert words == {
        "comment on a measurement",
        "texts of a KPI",
        "name of a group of KPIs",
        "name of a source of measurements",
        "name of an imported file",
        "earlier text in the history",
    }


def test_texts_of_kpis_that_name_somebody_else_are_not(leaver, strategy):
    write_texts_of_kpis(strategy, "Korhosen")
    assert texts_about(leaver) == []


def test_every_kind_of_text_that_names_the_person_is_found_with_its_place(leaver, strategy):
    write_texts(strategy, "Äijäsen")
    found = texts_about(leaver)
    s, action = "/strategies/strategia", "/strategies/strategia/actions/T/1"
    assert [(text.kind, text.place, text.address) for text in found] == [
        ("entry", "T/1", action),
        ("comment", "T/1", action),
        ("evidence", "T/1", action),
        ("action", "T/1", action),
        ("communication", "", "/strategies/strategia/communication/"),
        ("network", "", "/strategies/strategia/networks/"),
        ("strategy", "", f"{s}/strategy/edit/"),
        ("vision", "", f"{s}/strategy/edit/"),
        ("phase", "2021", f"{s}/phases/2021/edit/"),
        ("phase", "2021", f"{s}/phases/2021/edit/"),
        ("page", "verkostot", f"{s}/strategy/verkostot/versions/"),
        ("feedback", "", "/feedback/received/"),
        ("mail", "", ""),
        ("import", "", f"{s}/imports/"),
        ("reason", "", f"{s}/strategy/"),
        ("history", "T/1", action),
    ]
    assert found[0].excerpt == f"…{'a' * 59} Äijäsen hoitaa {'b' * 49}…"


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("päivi.äijänen", True),
        ("ÄIJÄSELLE", True),
        ("Päiville", True),
        ("päivittäin", False),
        ("kirje paivi.aijanen@example.org", True),
        ("Korpiäijänen", False),
        ("Tiina", False),
    ],
)
def test_a_word_counts_that_begins_with_the_name(leaver, strategy, text, is_found):
    for where in ("comment", "history"):
        if where == "comment":
            Comment.objects.create(action=make_action(strategy), text=text)
        else:
            fields = {"title": [text, None], "responsible": [leaver.email, None]}
            Change.objects.create(strategy=strategy, fields=fields)
    assert [found.kind for found in texts_about(leaver)] == (
        ["comment", "history"] if is_found else []
    )


def test_somebody_without_a_name_is_looked_for_by_address_alone(strategy):
    person = User.objects.create_user("x@example.org", None)
    make_action(strategy, description="kirje x@example.org")
    make_action(strategy, description="jotain muuta")
    assert [text.excerpt for text in texts_about(person)] == ["kirje x@example.org"]


def test_the_confirmation_lists_the_texts_and_leaves_them_alone(
    browse, leaver, yllapitaja, strategy
):
    write_texts(strategy, "Äijänen")
    people.deactivate(leaver, yllapitaja)
    client, address = browse(yllapitaja), reverse("mentors:person-pseudonymise", args=[leaver.pk])
    page = client.get(address).content.decode()
    assert "16 texts may name the person" in page
    assert '<a href="/strategies/strategia/actions/T/1">report of an action T/1</a>' in page
    client.post(address)
    assert Comment.objects.get().text == "Äijänen"
