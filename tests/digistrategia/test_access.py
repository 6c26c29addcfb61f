"""Who sees what, asked of every address that there is: a new one without a rule fails here."""

import uuid
from urllib.parse import unquote

import pytest
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from tests.digistrategia.secret_world import (
    APPLIED,
    CHECKED,
    CODE,
    COMMENT,
    DEPUTY,
    EMPTY,
    ENTRY,
    EVIDENCE,
    GROUP,
    KPI,
    KPIS_APPLIED,
    KPIS_CHECKED,
    LINK,
    MAIL,
    MEASURED,
    NETWORK,
    PAGE,
    PART,
    PERSON,
    QUARTER,
    READ,
    REMOVED,
    ROLES,
    SECRET,
    SLUG,
    TOKEN,
    UNMEASURED,
    VERSION,
    signed_in,
)
from tests.factories import make_strategy, make_user

pytestmark = pytest.mark.django_db

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
    "roadmap:phase-edit": ({**SLUG, "year": 2021}, ADMINISTRATORS),
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
    "mentors:report-link-revoke": (LINK, POST_ONLY),
    "mentors:report-link-send": (PERSON, POST_ONLY),
    "mentors:mail-list": ({}, HIDDEN),
    "mentors:mail-again": (MAIL, POST_ONLY),
    "mentors:accessibility": ({}, PUBLIC),
    "mentors:privacy": ({}, PUBLIC),
    "mentors:feedback": ({}, PUBLIC),
    "mentors:feedback-thanks": ({}, PUBLIC),
    "mentors:feedback-list": ({}, ("in", 404, 404, 404, 200)),
    "mentors:feedback-answered": ({"pk": 1}, POST_ONLY),
    "mentors:two-step-reset": ({"pk": 1}, POST_ONLY),
    "mentors:discussion": (CODE, SEEN_BY_ALL),
    "mentors:mention-people": (SLUG, SEEN_BY_ALL),
    "mentors:comment-remove": (SLUG | COMMENT, POST_ONLY),
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
    "mentors:deputy-end": (DEPUTY, POST_ONLY),
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


def names(resolver=None, prefix=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from names(pattern, prefix + inner)
        elif isinstance(pattern, URLPattern):
            yield prefix + (pattern.name or str(pattern.pattern))


def test_every_address_has_its_rule_here():
    assert set(names()) == set(PAGES)


def answer_to(role, name, kwargs):
    """The status, or "in" where one is sent to the sign-in; and whether the secret is in it."""
    response = signed_in(role).get(reverse(name, kwargs=kwargs))
    is_sent_away = response.status_code == 302 and response.url.startswith(reverse("account_login"))
    # What may be seen holds it, and a conflict is shown with how things stand now.
    may_hold_it = response.status_code in (200, 409)
    leaks = not may_hold_it and SECRET in response.content.decode()
    return "in" if is_sent_away else response.status_code, leaks


@pytest.mark.parametrize("name", PAGES)
def test_each_role_sees_what_it_may_and_nothing_leaks_to_others(secret_world, name):
    kwargs, answers = PAGES[name]
    found = [answer_to(role, name, kwargs) for role in ROLES]
    assert found == [(expected, False) for expected in answers]


@pytest.mark.parametrize(
    "name", ["metrics:action-list", "metrics:kpi-list", "metrics:kpi-detail", "metrics:kpi-export"]
)
def test_the_secret_could_leak(client, secret_world, name):
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
def test_the_secret_could_leak_from_each_page_of_an_import(client, secret_world, name):
    client.force_login(make_user("ylläpitäjä"))
    response = client.get(reverse(name, kwargs=PAGES[name][0]))
    if name.endswith("import-faults"):
        assert SECRET in unquote(response.headers["Content-Disposition"])
    else:
        assert SECRET in response.content.decode()


@pytest.mark.parametrize("name", ["detail", "edit", "history", "version", "list", "place"])
def test_the_secret_could_leak_from_each_page_of_the_strategys_pages(client, secret_world, name):
    client.force_login(make_user("ylläpitäjä"))
    kwargs = PAGES[f"roadmap:page-{name}"][0]
    page = client.get(reverse(f"roadmap:page-{name}", kwargs=kwargs)).content.decode()
    assert SECRET in page


@pytest.mark.parametrize("name", OF_IMPORTS)
def test_an_import_is_found_only_in_its_own_strategy(client, secret_world, name):
    make_strategy("toinen")
    client.force_login(make_user("ylläpitäjä"))
    kwargs, answers = PAGES[name]
    ask = client.post if answers == POST_ONLY else client.get
    status = ask(reverse(name, kwargs=kwargs | {"slug": "toinen"})).status_code
    assert status == (404 if "pk" in kwargs else 200)


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
def test_what_is_not_there_answers_404(client, secret_world, name, kwargs):
    client.force_login(make_user("ylläpitäjä"))
    assert client.get(reverse(name, kwargs=kwargs)).status_code == 404


@pytest.mark.parametrize("quarter", ["2021Q3", "2020Q1", "2021Q9", "nyt", "'", "\0"])
@pytest.mark.parametrize(
    "name", ["metrics:situation", "metrics:action-list", "metrics:action-detail"]
)
def test_a_quarter_without_lights_answers_404(client, secret_world, name, quarter):
    client.force_login(make_user("johto"))
    kwargs = CODE if name.endswith("detail") else SLUG
    assert client.get(reverse(name, kwargs=kwargs), {"quarter": quarter}).status_code == 404


def test_there_is_no_registration():
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


@pytest.mark.parametrize("name", [n for n, (_, answers) in PAGES.items() if answers[4] == 200])
def test_every_page_has_a_strict_policy_a_title_and_one_heading(client, secret_world, name):
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
