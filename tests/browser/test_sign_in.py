"""Signing in with a second step, in a real browser: an app's code, and a passkey."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import expect

from mentors.models import User
from tests.browser.test_every_page import RULES, faults_of

PASSWORD = "digistrategia-demo"
AINO = "aino.makela@esimerkki.fi"


@pytest.fixture(autouse=True)
def no_counts_of_earlier_tests(transactional_db):
    cache.clear()


def code(secret, step=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def faults_here(page):
    """What axe, the console and a phone's width say of the page as it stands."""
    found = Axe().run(page, options=RULES).response["violations"]
    faults = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found] + page.faults
    page.faults.clear()
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 900})
    if page.evaluate("document.documentElement.scrollWidth") > 320:
        faults.append("scrolls sideways at 320 px")
    page.set_viewport_size(size)
    return [f"{page.url} {fault}" for fault in faults]


def give_password(page):
    page.goto("/account/login/")
    page.fill("[name=login]", AINO)
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def confirm(page):
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def sign_out(page):
    page.click(".user-menu summary")
    page.click(".user-menu button")
    expect(page).to_have_url(re.compile("/account/login/"))


def test_an_app_is_set_up_and_its_code_is_asked_for_from_then_on(demonstration, visit):
    page = visit()
    give_password(page)
    page.goto("/account/two-step/")
    page.click(".button-primary")
    faults = faults_here(page)
    confirm(page)
    expect(page.locator(".qr")).to_be_visible()
    assert page.evaluate("document.querySelector('.qr').naturalWidth") > 0
    faults += faults_here(page)
    page.fill("[name=code]", "12")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    faults += faults_here(page)
    secret = page.text_content(".key")
    page.fill("[name=code]", code(secret))
    page.keyboard.press("Enter")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    faults += faults_here(page)
    recovery = page.text_content(".recovery-codes code")
    for address in ("", "app/remove/", "codes/new/"):
        faults += faults_of(page, f"/account/two-step/{address}")
    faults += faults_of(page, "/account/sessions/")
    sign_out(page)
    give_password(page)
    expect(page).to_have_url(re.compile("/account/two-step/code/"))
    faults += faults_here(page)
    page.fill("[name=code]", code(secret, step=1))
    page.keyboard.press("Enter")
    expect(page.locator(".user-menu")).to_be_visible()
    sign_out(page)
    give_password(page)
    page.fill("[name=code]", recovery)
    page.keyboard.press("Enter")
    expect(page.locator(".user-menu")).to_be_visible()
    assert faults == []


@pytest.fixture
def with_key(visit):
    """A page of a browser with a key inside that knows its owner (Chromium's virtual one)."""
    page = visit()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def test_a_passkey_is_added_and_signs_in_alone(demonstration, with_key):
    page = with_key
    give_password(page)
    page.goto("/account/passkeys/add/")
    confirm(page)
    expect(page.locator("#webauthn-button")).to_be_visible()
    faults = faults_here(page)
    page.fill("[name=name]", "Työpuhelin")
    page.keyboard.press("Enter")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    for address in ("", "confirm/"):
        faults += faults_of(page, f"/account/passkeys/{address}")
    page.goto("/account/passkeys/")
    expect(page.locator("tbody th")).to_have_text("Työpuhelin")
    page.click("tbody a >> nth=0")
    faults += faults_here(page)
    page.fill("[name=name]", "Uusi puhelin")
    page.keyboard.press("Enter")
    expect(page.locator("tbody th")).to_have_text("Uusi puhelin")
    sign_out(page)
    faults += faults_here(page)
    page.click("#webauthn-button")
    expect(page.locator(".user-menu")).to_be_visible()
    sign_out(page)
    give_password(page)
    expect(page).to_have_url(re.compile("/account/two-step/code/"))
    faults += faults_here(page)
    page.click("#webauthn-button")
    expect(page.locator(".user-menu")).to_be_visible()
    page.goto("/account/passkeys/")
    page.click("tbody a >> nth=1")
    confirm(page)
    faults += faults_here(page)
    page.click("main .button-primary")
    expect(page).to_have_url(re.compile("/account/passkeys/$"))
    expect(page.locator("tbody th")).to_have_count(0)
    assert not Authenticator.objects.filter(user=User.objects.get(email=AINO)).exists()
    assert faults == []


def test_a_browser_without_the_passkey_says_so_and_offers_the_password(demonstration, with_key):
    page = with_key
    page.goto("/account/login/")
    page.click("#webauthn-button")
    expect(page.locator("[data-webauthn-failed]")).to_be_visible(timeout=15000)
    assert page.faults == []
