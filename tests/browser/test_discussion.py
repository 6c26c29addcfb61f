"""Comments and evidence in a real browser: a mention by keyboard alone, and by a finger."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from mentors.models import Comment, Evidence
from tests.browser.test_every_page import RULES
from tests.browser.test_journeys import S, person
from tests.mentors.test_evidence_files import PDF

OPTIONS = "#mention-list [role=option]"


@pytest.mark.parametrize("address", [f"{S}/actions/22-041", f"{S}/discussion/22-041"])
def test_a_person_is_mentioned_by_keyboard_alone(demonstration, visit, address):
    page = visit(person("aino.makela"))
    page.goto(address)
    field = page.locator("#id_text")
    field.focus()
    page.keyboard.type("Kiitos (@kor")
    expect(page.locator(OPTIONS).first).to_have_text("Korhonen Hanna Sote-keskukset")
    expect(page.locator("#mention-says")).not_to_be_empty()
    assert field.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowDown")
    active = page.locator(f"#{field.get_attribute('aria-activedescendant')}")
    expect(active).to_have_attribute("aria-selected", "true")
    assert Axe().run(page, options=RULES).response["violations"] == []
    page.keyboard.press("Enter")
    expect(field).to_have_value("Kiitos (@Hanna Korhonen ")
    expect(page.locator("#mention-list")).to_be_hidden()
    page.keyboard.press("Backspace")
    page.keyboard.type(")")
    page.keyboard.press("Enter")  # a line break: nothing is being chosen
    page.keyboard.type("@")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    text = page.locator(".comment-text")
    expect(text).to_have_text("Kiitos (@Hanna Korhonen)@")
    assert page.url.startswith(f"{page.url.partition('/strat')[0]}{S}/discussion/22-041#comment-")
    mentioned = Comment.objects.latest("pk").mentions.values_list("person", flat=True)
    assert list(mentioned) == [person("hanna.korhonen").pk]
    assert page.faults == []


def test_escape_and_leaving_close_the_list_and_keep_what_is_typed(demonstration, visit):
    page = visit(person("aino.makela"))
    page.goto(f"{S}/discussion/22-041")
    field, people = page.locator("#id_text"), page.locator("#mention-list")
    field.press_sequentially("@ko")
    expect(people).to_be_visible()
    page.keyboard.press("Escape")
    expect(people).to_be_hidden()
    expect(field).to_have_value("@ko")
    field.press_sequentially("r")
    expect(people).to_be_visible()
    page.keyboard.press("Tab")
    expect(people).to_be_hidden()
    expect(field).to_have_value("@kor")


def test_a_finger_chooses_at_360_pixels_and_an_address_opens_no_list(demonstration, visit):
    page = visit(person("aino.makela"), viewport={"width": 360, "height": 800}, has_touch=True)
    page.goto(f"{S}/discussion/22-041")
    field = page.locator("#id_text")
    field.press_sequentially("a@kor")
    page.wait_for_timeout(400)
    expect(page.locator("#mention-list")).to_be_hidden()
    field.fill("")
    field.press_sequentially("@hanna k")
    page.locator(OPTIONS).first.tap()
    expect(field).to_have_value("@Hanna Korhonen ")
    expect(field).to_be_focused()


def test_without_javascript_a_whole_name_is_typed(demonstration, visit):
    page = visit(person("aino.makela"), java_script_enabled=False)
    page.goto(f"{S}/actions/22-041")
    page.click("#discussion a")
    page.fill("#id_text", "Kysy @Korhonen Hanna tai @Ei Kukaan")
    page.click(".comment-form button")
    expect(page.locator(".error-summary")).to_contain_text("@Ei Kukaan")
    expect(page.locator("#id_text")).to_have_value("Kysy @Korhonen Hanna tai @Ei Kukaan")
    page.fill("#id_text", "Kysy @Korhonen Hanna")
    page.click(".comment-form button")
    expect(page.locator(".comment-text b")).to_have_text("@Hanna Korhonen")


def test_a_digimentor_adds_a_file_and_a_link_and_takes_one_back(
    demonstration, visit, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    page = visit(person("jukka.aberg"))
    page.goto(f"{S}/actions/22-041")
    page.click("#evidence .actions a")
    file = {"name": "Raportti.pdf", "mimeType": "application/pdf", "buffer": PDF}
    page.set_input_files("#file_file", file)
    page.click("main .button-primary")
    page.fill("#link_url", "thl.fi/ohje")
    page.press("#link_url", "Enter")
    links = page.locator(".evidence-list a")
    expect(links).to_have_text(["thl.fi/ohje", "Raportti.pdf"])
    with page.expect_download() as download:
        links.nth(1).click()
    assert download.value.suggested_filename == "Raportti.pdf"
    page.locator(".evidence-list summary").nth(1).click()
    page.locator(".evidence-list button").nth(1).click()
    expect(page.locator(".evidence-list del")).to_have_text("Raportti.pdf")
    assert Evidence.objects.filter(removed_at=None).count() == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert page.faults == []
