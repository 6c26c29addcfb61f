"""Who may write what, and that a refusal leaves no trace; its addresses are those of `PAGES`."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import serializers
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from mentors import invitations
from mentors.hand_over import load
from mentors.models import (
    Comment,
    Communication,
    Deputy,
    Evidence,
    Feedback,
    Invitation,
    Mail,
    Network,
    PeopleChange,
    ReportLink,
    User,
)
from metrics.models import (
    Kpi,
    KpiChange,
    KpiGroup,
    KpiTarget,
    Measurement,
    MeasurementImport,
    MeasurementStep,
    MeasurementToken,
    Reopening,
)
from roadmap.models import (
    Action,
    Change,
    ImportState,
    ImportStep,
    PageVersion,
    ProgressEntry,
    RoadmapImport,
    Strategy,
    StrategyPage,
    StrategyQuarter,
)
from tests.digistrategia.secret_world import KPI, PERSON, READ, ROLES, SECRET, a_workbook, signed_in
from tests.digistrategia.test_access import PAGES
from tests.factories import make_page, make_strategy, make_user
from tests.imports import make_import, proposed
from tests.kpi_imports import make_measurement_import, measurements

pytestmark = pytest.mark.django_db
SEEN = {
    "name": "Strategia strategia",
    "vision_fi": "",
    "vision_sv": "",
    "vision_en": "",
    "green_from": 100,
    "yellow_from": 85,
    "report_links": True,
    "report_link_days": 14,
}
NAMES = {
    "last_name": SECRET,
    "initial-last_name": SECRET,
    "roles": "digimentori",
    "initial-roles": "digimentori",
}
WRITES = {
    "roadmap:strategy-edit": lambda: (
        SEEN | {f"initial-{name}": value for name, value in SEEN.items()} | {"green_from": 95}
    ),
    "roadmap:phase-edit": lambda: {
        "title_fi": "Uusi",
        "initial-title_fi": "Vaihe 2021",
        "goals_fi": "Tavoite",
        "initial-goals_fi": "Tavoite",
    },
    "roadmap:page-edit": lambda: {"title": "Uusi", "lead": "", "body": "", "seen": 1},
    "roadmap:page-version": lambda: {"seen": 2},
    "roadmap:page-add": lambda: {"title": "Uusi", "part": "concept"},
    "roadmap:page-place": lambda: {"part": "practice", "initial-part": "concept"},
    "roadmap:page-move": lambda: {"down": "1", "seen": 1},
    "roadmap:page-remove": dict,
    "roadmap:page-bring-back": dict,
    "roadmap:page-copy": lambda: {"source": "lahde"},
    "quarter-open": lambda: {"deadline": a_day()},
    "quarter-reopen": lambda: {"deadline": a_day(), "reason": "Syy."},
    "quarter-deadline": lambda: {"deadline": a_day(), "seen": ""},
    "quarter-close": lambda: {"revision": 0},
    "quarter-remind": lambda: {
        "people": [User.objects.get(email="mentori@example.org").pk],
        "token": uuid.uuid4(),
    },
    "roadmap:import-list": lambda: {"file": SimpleUploadedFile("a.xlsx", a_workbook())},
    "roadmap:strategy-add": lambda: {"name": "Toinen", "first_year": 2024, "last_year": 2026},
    "roadmap:import-sheets": lambda: {"sheet-1-include": "on", "sheet-1-first": "1"},
    "roadmap:import-columns": lambda: proposed(RoadmapImport.objects.get(pk=READ["pk"])),
    "roadmap:import-confirm": lambda: {"version": 0},
    "roadmap:import-cancel": dict,
    "roadmap:import-undo": dict,
    "roadmap:import-discard": dict,
    "metrics:kpi-import-list": lambda: {"file": SimpleUploadedFile("a.xlsx", a_workbook())},
    "metrics:kpi-import-preview": lambda: {"version": 0},
    "metrics:kpi-import-check": dict,
    "metrics:kpi-import-cancel": dict,
    "metrics:kpi-import-undo": dict,
    "metrics:kpi-import-discard": dict,
    "mentors:feedback-answered": dict,
    "mentors:two-step-reset": dict,
    "mentors:report-link-revoke": dict,
    "mentors:mail-again": dict,
    "mentors:report-link-send": lambda: {"token": "x"},
    "mentors:person-add": lambda: {
        "email": "uusi@example.org",
        "first_name": "Uusi",
        "last_name": "Ihminen",
        "language": "fi",
        "token": uuid.UUID(int=7),
    },
    "mentors:person-detail": lambda: (
        {"first_name": "Toinen", "initial-first_name": "Erkki"} | NAMES
    ),
    "mentors:person-invite": lambda: {"seen": Invitation.objects.latest("pk").pk},
    "mentors:invitation-revoke": dict,
    "mentors:person-deactivate": dict,
    "mentors:person-reactivate": dict,
    "mentors:person-pseudonymise": dict,
    "mentors:profile": lambda: {
        "first_name": "Toinen",
        "initial-first_name": "Erkki",
        "last_name": "Oma",
        "initial-last_name": "Oma",
        "language": "fi",
        "initial-language": "fi",
    },
    "mentors:network-add": lambda: {"name": "Uusi", "version": 0},
    "mentors:network-edit": lambda: {"name": "Uusi", "version": 1},
    "mentors:network-actions": lambda: {"version": 1, "shown": Action.objects.get().pk},
    "mentors:network-remove": lambda: {"version": 1},
    "mentors:communication-edit": lambda: EVENT | {"version": 1},
    "mentors:communication-remove": lambda: {"version": 1},
    "mentors:hand-over": lambda: a_hand_over(),
    "metrics:action-detail": lambda: {"value": "50", "version": "0", "quarter": "2021Q2"},
    "metrics:measurement-edit": lambda: {"version": 1} | RATE,
    "metrics:measurement-withdraw": lambda: {"version": 1, "comment": "Syy."},
    "metrics:kpi-grid": lambda: a_row("2021-01"),
    "metrics:month-grid": lambda: a_row(f"{Kpi.objects.get(slug=KPI['kpi']).pk}-2021-01"),
    # Who sees an action may comment on it: tests/mentors/test_comments.py.
    "mentors:comment-remove": dict,
    "mentors:evidence": lambda: {
        "kind": "link",
        "url": "https://example.org/",
        "quarter": "2021Q2",
        "token": uuid.uuid4(),
    },
    "mentors:evidence-remove": dict,
    "mentors:deputy-end": dict,
    "metrics:kpi-group-add": lambda: {"name_fi": "Uusi", "version": 0},
    "metrics:kpi-group-edit": lambda: {"name_fi": "Uusi", "version": 1},
    "metrics:kpi-group-move": lambda: {"place": 2, "seen": 1},
    "metrics:kpi-group-remove": lambda: {"version": 1},
    "metrics:kpi-remove": lambda: {"version": 1},
    "metrics:kpi-targets": lambda: {
        "version": 1,
        "rows": 1,
        "period-1": "2021",
        "value-1": "80",
    },
    "metrics:token-add": lambda: {
        "version": 0,
        "name": "Uusi",
        "kpis": [Kpi.objects.get(slug=KPI["kpi"]).pk],
    },
    "metrics:token-edit": lambda: {
        "version": 1,
        "name": "Uusi",
        "kpis": [Kpi.objects.get(slug=KPI["kpi"]).pk],
    },
    "metrics:token-revoke": dict,
}
EVENT = {
    "date": "2021-02-05",
    "kind": "training",
    "audience": "clients",
    "title": "Uusi",
    "reached": "5",
}
# What a digimentor may do as well: an entry of their own, a deputy for themselves.
MENTORS_WRITES = {
    "mentors:communication-list": lambda: EVENT | {"token": uuid.uuid4()},
    "mentors:deputy-list": lambda: a_deputy(),
}


def a_hand_over():
    giver, receiver = Deputy.objects.get().person, Deputy.objects.get().deputy
    people = {"giver": giver.pk, "receiver": receiver.pk}
    return people | {"key": load(giver, receiver).key}


def a_deputy():
    today = timezone.localdate()
    own = User.objects.order_by("date_joined").last()
    deputy = Deputy.objects.get().deputy
    return {"person": own.pk, "deputy": deputy.pk, "first_day": today, "last_day": today}


RATE = {"numerator": 4, "denominator": 5}


def a_row(key):
    return {f"{key}-{name}": number for name, number in (RATE | {"version": 1}).items()}


def a_day():
    return (timezone.localdate() + timedelta(days=7)).isoformat()


OF_ONESELF = {"mentors:profile"}  # everybody who is signed in
# The state in which an import takes what is written to it.
STATES = {
    "roadmap:import-sheets": ImportState.READ,
    "roadmap:import-columns": ImportState.READ,
    "roadmap:import-confirm": ImportState.CHECKED,
    "roadmap:import-cancel": ImportState.CHECKING,
    "roadmap:import-undo": ImportState.APPLIED,
    "roadmap:import-discard": ImportState.REFUSED,
    "metrics:kpi-import-preview": ImportState.CHECKED,
    "metrics:kpi-import-check": ImportState.CHECKED,
    "metrics:kpi-import-cancel": ImportState.CHECKING,
    "metrics:kpi-import-undo": ImportState.APPLIED,
    "metrics:kpi-import-discard": ImportState.REFUSED,
}


def prepare_pages(name):
    """What there must be for a version to be restored, or pages to be copied."""
    if name == "roadmap:page-version":
        StrategyPage.objects.get(slug="sivu").versions.create(language="fi", number=2, title="x")
    if name == "roadmap:page-copy":
        StrategyPage.objects.all().delete()
        make_page(make_strategy("lahde"), "sivu")


def an_import(name):
    """In the state in which it takes what is written at that address."""
    if name.startswith("metrics:"):
        return make_measurement_import(
            Kpi.objects.get(slug=KPI["kpi"]), STATES[name], measurements(), faults=[]
        )
    return make_import(Strategy.objects.get(), STATES[name], a_workbook(), faults=[])


WRITTEN = (Strategy, ProgressEntry, RoadmapImport, Change, Feedback, Action)
WRITTEN += (Authenticator, PeopleChange, Comment, Evidence, User, Invitation, Mail)
WRITTEN += (ReportLink, Network, Communication, Deputy)
WRITTEN += (StrategyQuarter, Reopening, Mail, ImportStep, StrategyPage, PageVersion)
WRITTEN += (Measurement, Kpi, KpiGroup, KpiTarget, KpiChange, MeasurementToken)
WRITTEN += (MeasurementImport, MeasurementStep)


def everything():
    kept = [serializers.serialize("json", model.objects.order_by("pk")) for model in WRITTEN]
    return kept, sorted(Path(settings.MEDIA_ROOT).rglob("*"))


def prepare(name):
    """What has to be so before what is posted to an address can be right; the address."""
    feedback = Feedback.objects.create(topic="other", message="x")
    kwargs = PAGES[name][0]
    if name in STATES:
        kwargs = kwargs | {"pk": an_import(name).pk}
    prepare_pages(name)
    if name == "mentors:feedback-answered":
        kwargs = {"pk": feedback.pk}
    if name == "mentors:two-step-reset":
        person = make_user("digimentori")
        Authenticator.objects.create(user=person, type="totp", data={"secret": "x"})
        kwargs = {"pk": person.pk}
    if "invit" in name:
        User.objects.filter(pk=PERSON["pk"]).update(password="!")
        invitations.invite(User.objects.get(pk=PERSON["pk"]), None)
    if name in ("mentors:person-reactivate", "mentors:person-pseudonymise"):
        User.objects.filter(pk=PERSON["pk"]).update(is_active=False)
    if name in ("quarter-open", "quarter-reopen"):
        state = "planned" if name == "quarter-open" else "closed"
        StrategyQuarter.objects.filter(quarter="2021Q2").update(state=state)
    if name == "quarter-remind":
        mentor = make_user("digimentori", "mentori@example.org")
        Action.objects.get(code="21-001").responsible.add(mentor)
    return reverse(name, kwargs=kwargs)


def write_as(role, name, address):
    """Post what would be right, were it allowed; the status, and whether anything changed."""
    client = signed_in(role)
    before = everything()
    response = client.post(address, (WRITES | MENTORS_WRITES)[name]())
    return response.status_code, everything() != before


@pytest.mark.parametrize("name", WRITES)
def test_what_a_role_may_not_do_leaves_no_trace_and_an_administrator_does_it(secret_world, name):
    address = prepare(name)
    if name not in OF_ONESELF:
        for role in ROLES[:4]:
            status, changed = write_as(role, name, address)
            assert (role, status in (302, 403, 404), changed) == (role, True, False)
    assert write_as("ylläpitäjä", name, address) == (302, True)


@pytest.mark.parametrize("name", MENTORS_WRITES)
@pytest.mark.parametrize("role", ROLES)
def test_what_a_digimentor_writes_is_refused_to_visitors_and_managers(secret_world, name, role):
    status, changed = write_as(role, name, prepare(name))
    may = role in ("digimentori", "ylläpitäjä")
    assert (status in ((302,) if may else (302, 403, 404)), changed) == (True, may)
