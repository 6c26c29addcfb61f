"""Who leaves: neither name, address nor unit stays, and what they did keeps its sense."""

import json
from datetime import date

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import serializers
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from mentors import invitations, leavers, people
from mentors.models import (
    Comment,
    Communication,
    Deputy,
    Evidence,
    Feedback,
    Invitation,
    Mail,
    Mention,
    Network,
    ReportLink,
    User,
)
from mentors.outbox import post
from metrics.kpis.periods import Month
from metrics.models import Kpi, KpiChange, LateNotice
from roadmap.imports import upload
from roadmap.models import Change, ProgressEntry, RoadmapImport
from roadmap.quarters import Quarter
from roadmap.record import records
from roadmap.workbook.intake import bring_in
from tests.factories import make_action, make_kpi, make_user, measure, propose, workbook
from tests.mentors.conftest import NAMES

pytestmark = pytest.mark.django_db
Q1 = Quarter(2021, 1)


@pytest.fixture
def colleague():
    return make_user("digimentori", "kaisa@example.org", first_name="Kaisa", last_name="Kollega")


def book(*addresses):
    rows = ([f"T-{n}", "Uusi", 2021, address] for n, address in enumerate(addresses))
    headers = ["Tunnus", "Toimenpide", "Vaihe", "Digimentori"]
    return workbook(headers, *rows)


def live(leaver, colleague, administrator, strategy):
    """A person who leaves a trace wherever one can be left."""
    address = leaver.email
    action = make_action(strategy, "T-1", people=[leaver, colleague], entries={"2021Q1": 5})
    make_action(strategy, "T-2", people=[leaver])
    ProgressEntry.objects.update(reported_by=leaver)
    for fields in (
        {"responsible": [None, f"kaisa@example.org; {address}"]},
        {"responsible": [address.upper(), f"x{address}"], "title": ["A", "B"]},
        {"responsible": ["kaisa@example.org", None]},
        {"title": ["A", "B"]},
    ):
        Change.objects.create(strategy=strategy, action=action, user=leaver, fields=fields)
    network = Network.objects.create(strategy=strategy, name="Verkosto")
    network.leads.add(leaver, colleague)
    network.members.add(leaver)
    days = {"first_day": date(2021, 1, 1), "last_day": date(2021, 2, 1)}
    Deputy.objects.create(person=leaver, deputy=colleague, **days)
    Deputy.objects.create(person=colleague, deputy=leaver, **days)
    comment = Comment.objects.create(action=action, author=leaver, text=f"Kysy: @{{{leaver.pk}}}")
    quarter = strategy.quarters.get(state="open")
    mail = post("mentions", leaver, "mentions:1", quarter)
    Mail.objects.update(error=f"550 {address}")
    Mention.objects.create(comment=comment, person=leaver, mail=mail)
    ReportLink.objects.create(
        person=leaver, strategy_quarter=quarter, expires_at=timezone.now(), first_used_at=None
    )
    invitations.invite(leaver, administrator)
    EmailAddress.objects.create(user=leaver, email=address, primary=True)
    Feedback.objects.create(topic="other", message="Hei", email=address.title())
    Communication.objects.create(
        strategy=strategy,
        date=date(2021, 1, 1),
        kind="info",
        audience="clients",
        title="Info",
        reached=3,
        entered_by=leaver,
    )
    Evidence.objects.create(
        action=action, quarter=Q1, title="L", url="https://a.fi", added_by=leaver
    )
    kpi = make_kpi(strategy, "saatavuus", owner=leaver)
    measure(kpi, {"2021-01": (1, 2)}, leaver)
    LateNotice.objects.create(kpi=kpi, period=Month(2021, 2), person=leaver)
    fields = {"owner": [None, f"#{leaver.pk}"]}
    KpiChange.objects.create(strategy=strategy, kpi=kpi, user=leaver, fields=fields)
    post("late_kpis", leaver, f"late_kpis:{leaver.pk}:2021-03-15")
    upload(strategy, book(address), leaver)
    upload(strategy, book("kaisa@example.org"), leaver)
    applied = RoadmapImport(strategy=strategy, file_name="lähtijän.xlsx", applied_at=timezone.now())
    applied.file.save("lähtijän.xlsx", ContentFile(book(address).getvalue()))
    client = Client()
    credentials = {"login": address, "password": "salasana-1234"}
    client.post(reverse("account_login"), credentials)
    assert client.session["_auth_user_id"] == str(leaver.pk)
    profile = {"unit": f"{NAMES[3]} 2", "initial-unit": NAMES[3], "language": "sv"}
    names = {"first_name": NAMES[0], "last_name": NAMES[1]}
    seen = {f"initial-{name}": value for name, value in names.items()}
    seen |= {"initial-language": "sv", "initial-wants_reminders": "True"}
    client.post("/profile/", profile | names | seen)
    assert "unit" in leaver.history.first().fields


def everything():
    """All that the database holds, each table and each session's contents, as one text."""
    rows = [
        row
        for model in apps.get_models()
        for row in json.loads(serializers.serialize("json", model.objects.all()))
    ]
    sessions = [session.get_decoded() for session in Session.objects.all()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache")
        keys = cursor.fetchall()
    return json.dumps([rows, sessions, keys], ensure_ascii=False, default=str).lower()


def names_in(text):
    return [name for name in NAMES if name.lower() in text]


@pytest.fixture
def left(leaver, colleague, yllapitaja, strategy, django_capture_on_commit_callbacks):
    live(leaver, colleague, yllapitaja, strategy)
    assert names_in(everything()) == list(NAMES)
    people.deactivate(leaver, yllapitaja)
    assert names_in(everything()) == list(NAMES)
    with django_capture_on_commit_callbacks(execute=True):
        leavers.pseudonymise(leaver, yllapitaja)
    leaver.refresh_from_db()
    return leaver


def test_neither_name_nor_address_nor_unit_is_anywhere_in_the_database(left):
    text = everything().replace("xpaivi.aijanen@example.org", "")  # another person's
    assert names_in(text) == []


def test_the_leaver_is_a_number_who_cannot_sign_in(left):
    with translation.override("en"):
        assert (str(left), left.sorted_name) == ("former user 1", "former user 1")
    assert (left.email, left.is_active, left.has_usable_password()) == (
        "former-1@invalid",
        False,
        False,
    )
    assert not left.groups.exists()
    assert not Invitation.objects.exists()
    assert not Mail.objects.filter(recipient=left).exists()


def test_what_the_leaver_did_stays_theirs(left):
    assert ProgressEntry.objects.get().reported_by == left
    assert Change.objects.filter(user=left).count() == 4
    assert Comment.objects.get().author == left
    assert Mention.objects.get().person == left
    assert Communication.objects.get().entered_by == left


def test_kpis_are_left_without_an_owner_and_their_history_keeps_its_sense(left, yllapitaja):
    kpi = Kpi.objects.get()
    assert (kpi.owner, kpi.version) == (None, 2)
    assert [(change.user, change.fields) for change in kpi.changes.all()] == [
        (yllapitaja, {"owner": [f"#{left.pk}", None]}),
        (left, {"owner": [None, f"#{left.pk}"]}),
    ]
    assert kpi.measurements.get().user == left
    assert kpi.late_notices.get().person == left


def test_the_history_of_actions_keeps_its_sense(left, colleague, yllapitaja, strategy):
    changes = Change.objects.filter(user=left).order_by("pk").values_list("fields", flat=True)
    assert list(changes) == [
        {"responsible": [None, "kaisa@example.org; former-1@invalid"]},
        {"responsible": ["former-1@invalid", "xpaivi.aijanen@example.org"], "title": ["A", "B"]},
        {"responsible": ["kaisa@example.org", None]},
        {"title": ["A", "B"]},
    ]
    own = Change.objects.filter(user=yllapitaja).order_by("action__code")
    assert list(own.values_list("action__code", "fields")) == [
        ("T-1", {"responsible": ["former-1@invalid; kaisa@example.org", "kaisa@example.org"]}),
        ("T-2", {"responsible": ["former-1@invalid", None]}),
    ]
    assert [record["responsible"] for record in records(strategy).values()] == [
        ("kaisa@example.org",),
        (),
    ]


def test_the_page_of_an_action_says_former_user(browse, left, colleague):
    from metrics.snapshots import compute
    from roadmap.models import Strategy

    compute(Strategy.objects.get().pk)
    page = browse(colleague).get("/strategies/strategia/actions/T-1").content.decode()
    assert "<del>former user 1; kaisa@example.org</del>" in page
    assert "former-1@invalid" not in page


def test_networks_and_deputies_are_left_with_history(left, colleague):
    network = Network.objects.get()
    assert (list(network.leads.all()), list(network.members.all())) == ([colleague], [])
    assert network.version == 2
    both = "; ".join(f"#{pk}" for pk in sorted((left.pk, colleague.pk)))
    assert network.history.get().fields == {
        "leads": [both, f"#{colleague.pk}"],
        "members": [f"#{left.pk}", None],
    }
    assert not Deputy.objects.exists()
    assert colleague.history.get().fields == {"deputy": [f"#{left.pk} 2021-01-01–2021-02-01", None]}


def test_workbooks_with_the_address_are_gone_and_others_stay(left):
    kept = RoadmapImport.objects.order_by("uploaded_at")
    assert [(one.applied_at is None, bool(one.file)) for one in kept] == [
        (True, True),
        (False, False),
    ]
    files = kept.first().file.storage.listdir("imports")[1]
    assert kept.first().file.name.removeprefix("imports/") in files
    assert "lähtijän.xlsx" not in files


def test_an_import_that_brought_the_person_in_forgets_the_address(strategy, yllapitaja):
    address = NAMES[2]
    applied = bring_in(propose(book(address), strategy), RoadmapImport(file_name="a.xlsx"))
    person = User.objects.get(email=address)
    people.deactivate(person, yllapitaja)
    leavers.pseudonymise(person, yllapitaja)
    assert address not in everything()
    assert applied.steps.get().fields["responsible"] == [None, "former-1@invalid"]
    applied.refresh_from_db()
    assert applied.new_names["responsible"] == ["former-1@invalid"]


def test_an_import_that_somebody_has_before_their_eyes_must_be_seen_again(
    leaver, yllapitaja, strategy
):
    revision = strategy.revision
    people.deactivate(leaver, yllapitaja)
    leavers.pseudonymise(leaver, yllapitaja)
    strategy.refresh_from_db()
    assert strategy.revision == revision + 1


def test_each_leaver_has_a_number_of_their_own(leaver, colleague, yllapitaja):
    for person in (leaver, colleague):
        people.deactivate(person, yllapitaja)
        leavers.pseudonymise(person, yllapitaja)
    formers = User.objects.exclude(former=None).order_by("former")
    assert list(formers.values_list("former", "email")) == [
        (1, "former-1@invalid"),
        (2, "former-2@invalid"),
    ]


def test_only_a_deactivated_person_is_pseudonymised_and_only_once(browse, leaver, yllapitaja):
    client = browse(yllapitaja)
    address = reverse("mentors:person-pseudonymise", args=[leaver.pk])
    client.post(address)
    leaver.refresh_from_db()
    assert (leaver.former, leaver.last_name) == (None, "Äijänen")
    with pytest.raises(leavers.NotDeactivated):
        leavers.pseudonymise(leaver, yllapitaja)
    people.deactivate(leaver, yllapitaja)
    for _click in range(2):
        assert client.post(address).status_code == 302
    leaver.refresh_from_db()
    assert leaver.former == 1
    page = client.get(reverse("mentors:person-detail", args=[leaver.pk])).content.decode()
    assert "<h1>former user 1</h1>" in page
    assert client.post(reverse("mentors:person-detail", args=[leaver.pk])).status_code == 403
