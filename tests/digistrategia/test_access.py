"""Who sees what, asked of every address that there is: a new one without a rule fails here."""

import uuid
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import serializers
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
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
from metrics.fields import Words
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
from metrics.snapshots import compute
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
from tests.factories import make_action, make_kpi, make_page, make_strategy, make_user, workbook
from tests.imports import make_import, proposed
from tests.kpi_imports import make_measurement_import, measurements

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SECRET = "Salainen toimenpide"
SLUG = {"slug": "strategia"}
APPLIED, READ, CHECKED = ({**SLUG, "pk": uuid.UUID(int=number)} for number in (7, 10, 11))
PART = {**READ, "number": 1}
KPIS_APPLIED, KPIS_CHECKED = ({**SLUG, "pk": uuid.UUID(int=number)} for number in (12, 13))
QUARTER = {**SLUG, "quarter": "2021Q2"}
CODE = {**SLUG, "code": "21-001"}
PAGE, REMOVED = {**SLUG, "page": "sivu"}, {**SLUG, "page": "poistettu"}
VERSION = {**PAGE, "language": "fi", "number": 1}
EVIDENCE = {"pk": uuid.UUID(int=9)}
PERSON = {"pk": 1_000_001}
NETWORK, ENTRY = {**SLUG, "pk": 7}, {**SLUG, "pk": 8}
KPI = {**SLUG, "kpi": "salainen"}
UNMEASURED = {**SLUG, "kpi": "ilman"}
MEASURED = {**KPI, "period": "2021-01"}
GROUP, EMPTY, TOKEN = {**SLUG, "pk": 5}, {**SLUG, "pk": 6}, {**SLUG, "pk": 4}

# What GET answers to: signed out, without a role, johto, digimentori, ylläpitäjä.
# "in" sends to the sign-in; 405 is a page that only takes what a form sends.
SEEN_BY_ALL = ("in", 404, 200, 200, 200)
ADMINISTRATORS = ("in", 404, 403, 403, 200)
HIDDEN = ("in", 404, 404, 404, 200)  # for those who are not administrators it is not there
PUBLIC = (200, 200, 200, 200, 200)
GONE = (410, 410, 410, 410, 410)
ADMINISTRATORS_IN_VAIN = ("in", 404, 403, 403, 409)  # as the quarter is now
POST_ONLY = ("in", 405, 405, 405, 405)
SIGNED_IN = ("in", 200, 200, 200, 200)
CONFIRMED = ("in", 302, 302, 302, 302)  # first asks for the password again
NOT_SET_UP = ("in", 404, 404, 404, 404)
NOBODY = (404, 404, 404, 404, 404)  # until a provider is set up
BY_TOKEN = (401, 401, 401, 401, 401)  # whoever is signed in
PAGES = {
    "home": ({}, ("in", 403, 302, 302, 302)),
    "health": ({}, PUBLIC),
    "measurements-api": ({}, BY_TOKEN),
    "api-missing": ({"rest": "x"}, NOBODY),
    "set_language": ({}, (302, 302, 302, 302, 302)),
    "search": (SLUG, SEEN_BY_ALL),
    "quarter-list": (SLUG, SEEN_BY_ALL),
    "quarter-detail": (QUARTER, ADMINISTRATORS),
    "quarter-open": ({**SLUG, "quarter": "2021Q3"}, ADMINISTRATORS_IN_VAIN),
    "quarter-reopen": (QUARTER, ADMINISTRATORS_IN_VAIN),
    "quarter-deadline": (QUARTER, ADMINISTRATORS),
    "quarter-close": (QUARTER, ADMINISTRATORS),
    "quarter-remind": (QUARTER, ADMINISTRATORS),
    "late-list": (SLUG, ADMINISTRATORS),
    "metrics:situation": (SLUG, SEEN_BY_ALL),
    "metrics:freshness": (SLUG, ("in", 404, 204, 204, 204)),
    "metrics:phase-detail": ({**SLUG, "year": 2021}, SEEN_BY_ALL),
    "metrics:group-list": (SLUG, SEEN_BY_ALL),
    "metrics:rule": (SLUG, SEEN_BY_ALL),
    "metrics:action-list": (SLUG, SEEN_BY_ALL),
    "metrics:action-list-export": ({**SLUG, "kind": "csv"}, SEEN_BY_ALL),
    "metrics:action-detail": (CODE, SEEN_BY_ALL),
    "metrics:action-light": (CODE, ADMINISTRATORS),
    "metrics:measurement-edit": (MEASURED, ADMINISTRATORS),
    "metrics:measurement-light": (MEASURED, ADMINISTRATORS),
    "metrics:measurement-withdraw": (MEASURED, ADMINISTRATORS),
    "metrics:kpi-grid": (KPI, ADMINISTRATORS),
    "metrics:month-grid": ({**SLUG, "month": "2021-01"}, ADMINISTRATORS),
    "metrics:month-due": (SLUG, ("in", 404, 403, 403, 302)),
    "metrics:own-kpis": (SLUG, ("in", 404, 204, 204, 204)),
    "metrics:kpi-settings": (SLUG, ADMINISTRATORS),
    "metrics:kpi-nine": (SLUG, POST_ONLY),
    "metrics:kpi-group-add": (SLUG, ADMINISTRATORS),
    "metrics:kpi-group-edit": (GROUP, ADMINISTRATORS),
    "metrics:kpi-group-move": (GROUP, POST_ONLY),
    "metrics:kpi-group-remove": (EMPTY, ADMINISTRATORS),
    "metrics:kpi-add": (SLUG, ADMINISTRATORS),
    "metrics:kpi-edit": (KPI, ADMINISTRATORS),
    "metrics:kpi-targets": (KPI, ADMINISTRATORS),
    "metrics:kpi-move": (KPI, POST_ONLY),
    "metrics:kpi-remove": (UNMEASURED, ADMINISTRATORS),
    "metrics:token-list": (SLUG, ADMINISTRATORS),
    "metrics:token-add": (SLUG, ADMINISTRATORS),
    "metrics:token-edit": (TOKEN, ADMINISTRATORS),
    "metrics:token-made": (TOKEN, ("in", 404, 403, 403, 302)),  # shown once, when it is made
    "metrics:token-revoke": (TOKEN, ADMINISTRATORS),
    "metrics:kpi-list": (SLUG, SEEN_BY_ALL),
    "metrics:kpi-list-export": (SLUG, SEEN_BY_ALL),
    "metrics:kpi-freshness": (SLUG, ("in", 404, 204, 204, 204)),
    "metrics:kpi-detail": (KPI, SEEN_BY_ALL),
    "metrics:kpi-export": ({**SLUG, "kpi": "mittari"}, SEEN_BY_ALL),
    "metrics:kpi-import-list": (SLUG, ADMINISTRATORS),
    "metrics:kpi-import-template": (SLUG, ADMINISTRATORS),
    "metrics:measurement-export": ({**SLUG, "kind": "csv"}, ADMINISTRATORS),
    "metrics:kpi-import-detail": (KPIS_APPLIED, ADMINISTRATORS),
    "metrics:kpi-import-preview": (KPIS_CHECKED, ADMINISTRATORS),
    "metrics:kpi-import-faults": (KPIS_CHECKED, ADMINISTRATORS),
    "metrics:kpi-import-check": (KPIS_CHECKED, POST_ONLY),
    "metrics:kpi-import-cancel": (KPIS_CHECKED, POST_ONLY),
    "metrics:kpi-import-undo": (KPIS_APPLIED, POST_ONLY),
    "metrics:kpi-import-discard": (KPIS_CHECKED, POST_ONLY),
    "roadmap:strategy-detail": (SLUG, SEEN_BY_ALL),
    "roadmap:strategy-edit": (SLUG, ADMINISTRATORS),
    "roadmap:page-detail": (PAGE, SEEN_BY_ALL),
    "roadmap:page-edit": (PAGE, ADMINISTRATORS),
    "roadmap:page-history": (PAGE, ADMINISTRATORS),
    "roadmap:page-version": (VERSION, ADMINISTRATORS),
    "roadmap:page-list": (SLUG, ADMINISTRATORS),
    "roadmap:page-add": (SLUG, ADMINISTRATORS),
    "roadmap:page-place": (PAGE, ADMINISTRATORS),
    "roadmap:page-move": (PAGE, POST_ONLY),
    "roadmap:page-remove": (PAGE, POST_ONLY),
    "roadmap:page-bring-back": (REMOVED, POST_ONLY),
    "roadmap:page-copy": (SLUG, POST_ONLY),
    "roadmap:export": (SLUG, SEEN_BY_ALL),
    "roadmap:template": (SLUG, ADMINISTRATORS),
    "roadmap:import-list": (SLUG, ADMINISTRATORS),
    "roadmap:strategy-add": (SLUG, ADMINISTRATORS),
    "roadmap:import-detail": (APPLIED, ADMINISTRATORS),
    "roadmap:import-sheets": (READ, ADMINISTRATORS),
    "roadmap:import-columns": (PART, ADMINISTRATORS),
    "roadmap:import-preview": (CHECKED, ADMINISTRATORS),
    "roadmap:import-faults": (CHECKED, ADMINISTRATORS),
    "roadmap:import-confirm": (CHECKED, POST_ONLY),
    "roadmap:import-cancel": (CHECKED, POST_ONLY),
    "roadmap:import-undo": (APPLIED, POST_ONLY),
    "roadmap:import-discard": (CHECKED, POST_ONLY),
    "mentors:worklist": (SLUG, ("in", 404, 403, 200, 200)),
    "mentors:worklist-light": ({**SLUG, "pk": 1}, ("in", 404, 403, 404, 404)),
    "mentors:report-link": ({"token": "x"}, GONE),
    "mentors:report-link-light": ({"token": "x", "pk": 1}, GONE),
    "mentors:report-link-revoke": ({"pk": 1_000_011}, POST_ONLY),
    "mentors:report-link-send": (PERSON, POST_ONLY),
    "mentors:mail-list": ({}, HIDDEN),
    "mentors:mail-again": ({"pk": 1_000_012}, POST_ONLY),
    "mentors:accessibility": ({}, PUBLIC),
    "mentors:privacy": ({}, PUBLIC),
    "mentors:feedback": ({}, PUBLIC),
    "mentors:feedback-thanks": ({}, PUBLIC),
    "mentors:feedback-list": ({}, ("in", 404, 404, 404, 200)),
    "mentors:feedback-answered": ({"pk": 1}, POST_ONLY),
    "mentors:two-step-reset": ({"pk": 1}, POST_ONLY),
    "mentors:discussion": (CODE, SEEN_BY_ALL),
    "mentors:mention-people": (SLUG, SEEN_BY_ALL),
    "mentors:comment-remove": ({**SLUG, "pk": 1}, POST_ONLY),
    "mentors:evidence": (CODE, SEEN_BY_ALL),
    "mentors:evidence-file": (EVIDENCE, SEEN_BY_ALL),
    "mentors:evidence-remove": (EVIDENCE, POST_ONLY),
    "mentors:person-list": ({}, HIDDEN),
    "mentors:person-add": ({}, HIDDEN),
    "mentors:person-detail": (PERSON, HIDDEN),
    "mentors:person-invite": (PERSON, POST_ONLY),
    "mentors:invitation-revoke": (PERSON, POST_ONLY),
    "mentors:person-deactivate": (PERSON, POST_ONLY),
    "mentors:person-reactivate": (PERSON, POST_ONLY),
    # Only of somebody who is deactivated.
    "mentors:person-pseudonymise": (PERSON, ("in", 404, 404, 404, 302)),
    "mentors:invitation-accept": ({"token": "x"}, (404, 404, 404, 404, 404)),
    "mentors:profile": ({}, ("in", 200, 200, 200, 200)),
    "mentors:network-list": (SLUG, SEEN_BY_ALL),
    "mentors:network-detail": (NETWORK, SEEN_BY_ALL),
    "mentors:network-add": (SLUG, ADMINISTRATORS),
    "mentors:network-edit": (NETWORK, ADMINISTRATORS),
    "mentors:network-actions": (NETWORK, ADMINISTRATORS),
    "mentors:network-remove": (NETWORK, ADMINISTRATORS),
    "mentors:communication-list": (SLUG, SEEN_BY_ALL),
    "mentors:communication-export": (SLUG, SEEN_BY_ALL),
    "mentors:communication-edit": (ENTRY, ADMINISTRATORS),
    "mentors:communication-remove": (ENTRY, ADMINISTRATORS),
    "mentors:uncovered": (SLUG, ADMINISTRATORS),
    "mentors:deputy-list": ({}, ("in", 404, 403, 200, 200)),
    "mentors:deputy-end": ({"pk": 9}, POST_ONLY),
    "mentors:hand-over": ({}, ADMINISTRATORS),
    "account_login": ({}, (200, 302, 302, 302, 302)),
    "account_logout": ({}, ("in", 200, 200, 200, 200)),
    "account_inactive": ({}, PUBLIC),
    "account_change_password": ({}, ("in", 200, 200, 200, 200)),
    "account_reauthenticate": ({}, SIGNED_IN),
    "usersessions_list": ({}, SIGNED_IN),
    "mfa_index": ({}, SIGNED_IN),
    "mfa_authenticate": ({}, CONFIRMED),
    "mfa_reauthenticate": ({}, CONFIRMED),
    "mfa_activate_totp": ({}, CONFIRMED),
    "mfa_deactivate_totp": ({}, NOT_SET_UP),
    "mfa_view_recovery_codes": ({}, NOT_SET_UP),
    "mfa_generate_recovery_codes": ({}, CONFIRMED),
    "mfa_list_webauthn": ({}, SIGNED_IN),
    "mfa_add_webauthn": ({}, CONFIRMED),
    "mfa_reauthenticate_webauthn": ({}, CONFIRMED),
    "mfa_remove_webauthn": ({"pk": 1}, CONFIRMED),
    "mfa_edit_webauthn": ({"pk": 1}, CONFIRMED),
    "mfa_login_webauthn": ({}, ("in", 302, 302, 302, 302)),
    "openid_connect_login": ({}, NOBODY),
    "openid_connect_callback": ({}, NOBODY),
    "account_reset_password": ({}, PUBLIC),
    "account_reset_password_done": ({}, PUBLIC),
    "account_reset_password_from_key": ({"uidb36": "1", "key": "x-y"}, PUBLIC),
    "account_reset_password_from_key_done": ({}, PUBLIC),
}
ROLES = (None, "", "johto", "digimentori", "ylläpitäjä")


def names(resolver=None, prefix=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from names(pattern, prefix + inner)
        elif isinstance(pattern, URLPattern):
            yield prefix + (pattern.name or str(pattern.pattern))


@pytest.fixture
def world():
    strategy = make_strategy(opened="2021Q2")
    action = make_action(strategy, "21-001", title=SECRET, entries={"2021Q1": 5})
    Comment.objects.create(pk=1, action=action, text=SECRET)
    evidence = Evidence(**EVIDENCE, action=action, quarter="2021Q2", title=f"{SECRET}.txt")
    evidence.file.save("", ContentFile(SECRET.encode()))
    make_user("digimentori", pk=PERSON["pk"], last_name=SECRET)
    for import_kwargs, state in (
        (APPLIED, ImportState.APPLIED),
        (READ, ImportState.READ),
        (CHECKED, ImportState.CHECKED),
    ):
        file_name, pk = f"{SECRET}.xlsx", import_kwargs["pk"]
        make_import(strategy, state, a_workbook(), pk=pk, file_name=file_name, title=SECRET)
    make_page(strategy, "sivu", fi=(SECRET, SECRET, SECRET))
    make_page(strategy, "toinen-sivu", fi=(SECRET,))
    make_page(strategy, "poistettu", removed_at=timezone.now(), fi=(SECRET,))
    network = Network.objects.create(pk=7, strategy=strategy, name=SECRET)
    network.actions.set(strategy.actions.all())
    event = {"date": "2021-01-05", "kind": "info", "audience": "clients", "reached": 3}
    Communication.objects.create(pk=8, strategy=strategy, title=SECRET, **event)
    mentors = [make_user("digimentori", last_name=SECRET) for _time in range(2)]
    mentors[0].own_actions.set(strategy.actions.all())
    today = timezone.localdate()
    Deputy.objects.create(
        pk=9, person=mentors[0], deputy=mentors[1], first_day=today, last_day=today
    )
    groups = [
        KpiGroup.objects.create(pk=pk, strategy=strategy, name=Words(fi=SECRET), position=pk)
        for pk in (GROUP["pk"], EMPTY["pk"])
    ]
    fields = {"name": Words(fi=SECRET), "owner": mentors[0], "measured": {"2021-01": (3, 4)}}
    kpi = make_kpi(strategy, KPI["kpi"], groups[0], **fields)
    make_kpi(strategy, UNMEASURED["kpi"], groups[0], name=Words(fi=SECRET))
    Measurement.objects.update(comment=SECRET)
    for import_kwargs, state in (
        (KPIS_APPLIED, ImportState.APPLIED),
        (KPIS_CHECKED, ImportState.CHECKED),
    ):
        about = {"pk": import_kwargs["pk"], "file_name": f"{SECRET}.xlsx", "title": SECRET}
        make_measurement_import(kpi, state, measurements(), **about)
    token = {"digest": "x", "hint": "x", "name": SECRET}
    MeasurementToken.objects.create(pk=TOKEN["pk"], strategy=strategy, **token).kpis.add(kpi)
    Strategy.objects.update(report_links=True)
    opened = strategy.quarters.get(state="open")
    ReportLink.objects.create(
        pk=1_000_011, person=mentors[0], strategy_quarter=opened, expires_at=timezone.now() + DAY
    )
    Mail.objects.create(
        pk=1_000_012,
        key="x",
        kind="reminder",
        recipient=mentors[0],
        given_up_at=timezone.now(),
        error="x",
    )
    name = {"name": Words(fi=SECRET), "source": Words(fi=SECRET), "unit": Words(fi=SECRET)}
    make_kpi(strategy, "mittari", kind="value", measured={"2021-01": (5,)}, **name)
    compute(strategy.pk)


def test_every_address_has_its_rule_here():
    assert set(names()) == set(PAGES)


def signed_in(role):
    """A client of a person of that role; None is a visitor, "" somebody without a role."""
    client = Client()
    if role is not None:
        client.force_login(make_user(role or None, last_name="Oma"))
    return client


def answer_to(role, name, kwargs):
    """The status, or "in" where one is sent to the sign-in; and whether the secret is in it."""
    response = signed_in(role).get(reverse(name, kwargs=kwargs))
    is_sent_away = response.status_code == 302 and response.url.startswith(reverse("account_login"))
    # What may be seen holds it, and a conflict is shown with how things stand now.
    may_hold_it = response.status_code in (200, 409)
    leaks = not may_hold_it and SECRET in response.content.decode()
    return "in" if is_sent_away else response.status_code, leaks


@pytest.mark.parametrize("name", PAGES)
def test_each_role_sees_what_it_may_and_nothing_leaks_to_others(world, name):
    kwargs, answers = PAGES[name]
    found = [answer_to(role, name, kwargs) for role in ROLES]
    assert found == [(expected, False) for expected in answers]


@pytest.mark.parametrize(
    "name", ["metrics:action-list", "metrics:kpi-list", "metrics:kpi-detail", "metrics:kpi-export"]
)
def test_the_secret_could_leak(client, world, name):
    client.force_login(make_user("johto"))
    response = client.get(reverse(name, kwargs=PAGES[name][0]))
    content = b"".join(response.streaming_content) if response.streaming else response.content
    assert SECRET in content.decode()


OF_IMPORTS = [name for name in PAGES if name.startswith(("roadmap:import-", "metrics:kpi-import-"))]


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in OF_IMPORTS
        if PAGES[name][1][4] == 200 and name != "metrics:kpi-import-template"  # without a secret
    ],
)
def test_the_secret_could_leak_from_each_page_of_an_import(client, world, name):
    client.force_login(make_user("ylläpitäjä"))
    response = client.get(reverse(name, kwargs=PAGES[name][0]))
    if name.endswith("import-faults"):
        assert SECRET in unquote(response.headers["Content-Disposition"])
    else:
        assert SECRET in response.content.decode()


@pytest.mark.parametrize("name", ["detail", "edit", "history", "version", "list", "place"])
def test_the_secret_could_leak_from_each_page_of_the_strategys_pages(client, world, name):
    client.force_login(make_user("ylläpitäjä"))
    kwargs = PAGES[f"roadmap:page-{name}"][0]
    page = client.get(reverse(f"roadmap:page-{name}", kwargs=kwargs)).content.decode()
    assert SECRET in page


@pytest.mark.parametrize("name", OF_IMPORTS)
def test_an_import_is_found_only_in_its_own_strategy(client, world, name):
    make_strategy("toinen")
    client.force_login(make_user("ylläpitäjä"))
    kwargs, answers = PAGES[name]
    ask = client.post if answers == POST_ONLY else client.get
    status = ask(reverse(name, kwargs=kwargs | {"slug": "toinen"})).status_code
    assert status == (404 if "pk" in kwargs else 200)


SEEN = {
    "name": "Strategia strategia",
    "vision": "",
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


def a_workbook():
    return workbook(["Tunnus", "Toimenpide", "Vaihe"], ["21-001", "Uusi", 2021]).getvalue()


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
def test_what_a_role_may_not_do_leaves_no_trace_and_an_administrator_does_it(world, name):
    address = prepare(name)
    if name not in OF_ONESELF:
        for role in ROLES[:4]:
            status, changed = write_as(role, name, address)
            assert (role, status in (302, 403, 404), changed) == (role, True, False)
    assert write_as("ylläpitäjä", name, address) == (302, True)


@pytest.mark.parametrize("name", MENTORS_WRITES)
@pytest.mark.parametrize("role", ROLES)
def test_what_a_digimentor_writes_is_refused_to_visitors_and_managers(world, name, role):
    status, changed = write_as(role, name, prepare(name))
    may = role in ("digimentori", "ylläpitäjä")
    assert (status in ((302,) if may else (302, 403, 404)), changed) == (True, may)


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("metrics:situation", {"slug": "ei-ole"}),
        ("metrics:action-detail", {**SLUG, "code": "99-999"}),
        ("metrics:phase-detail", {**SLUG, "year": 2050}),
        ("metrics:kpi-detail", {**SLUG, "kpi": "ei-ole"}),
        ("roadmap:import-detail", {**SLUG, "pk": uuid.UUID(int=8)}),
    ],
)
def test_what_is_not_there_answers_404(client, world, name, kwargs):
    client.force_login(make_user("ylläpitäjä"))
    assert client.get(reverse(name, kwargs=kwargs)).status_code == 404


@pytest.mark.parametrize("quarter", ["2021Q3", "2020Q1", "2021Q9", "nyt", "'", "\0"])
@pytest.mark.parametrize(
    "name", ["metrics:situation", "metrics:action-list", "metrics:action-detail"]
)
def test_a_quarter_without_lights_answers_404(client, world, name, quarter):
    client.force_login(make_user("johto"))
    kwargs = CODE if name.endswith("detail") else SLUG
    assert client.get(reverse(name, kwargs=kwargs), {"quarter": quarter}).status_code == 404


def test_there_is_no_registration():
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


@pytest.mark.parametrize("name", [n for n, (_, answers) in PAGES.items() if answers[4] == 200])
def test_every_page_has_a_strict_policy_a_title_and_one_heading(client, world, name):
    client.force_login(make_user("ylläpitäjä"))
    response = client.get(reverse(name, kwargs=PAGES[name][0]))
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    if response.headers["Content-Type"].startswith("text/html"):
        page = response.content.decode()
        if "<html" in page:
            assert page.count("<h1") == 1
            assert 'style="' not in page
            assert "<script>" not in page
