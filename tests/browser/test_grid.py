"""Measurements in a real browser: a block pasted from Excel, the keyboard, and without a script."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from mentors.models import User
from metrics.models import Measurement
from tests.browser.test_every_page import RULES, S

YEAR = f"{S}/kpis/loydettavyys/grid/?year=2022"
MONTH = f"{S}/kpi-months/2022-08/grid/"
ONE = f"{S}/kpis/loydettavyys/measurements/2022-08/"
AUGUST = "#id_2022-08-numerator"
# What Excel puts on the clipboard: tabs, decimal commas, thousands' spaces, quotes round breaks.
BLOCK = '1\u00a0412\t1 820\t"Kysely\nkesällä"\r\n1398\t1811\t\r\n'


@pytest.fixture
def administrator(demonstration):
    return User.objects.get(email="tiina.rantala@esimerkki.fi")


def paste(page, selector, text):
    """As a person does: the text on the clipboard, the field chosen, Ctrl+V."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.focus(selector)
    page.keyboard.press("Control+v")


def values(page, *names):
    return [page.locator(f"#id_{name}").input_value() for name in names]


def measured(period):
    rows = Measurement.objects.filter(kpi__slug="loydettavyys", period=period)
    return [(*row.numbers, row.comment) for row in rows.order_by("version")]


def test_a_block_from_excel_fills_cells_is_announced_undone_and_saved(administrator, visit):
    page = visit(administrator)
    page.goto(YEAR)
    paste(page, AUGUST, BLOCK)
    said = page.locator("#paste-said")
    expect(said).to_contain_text("5 ")
    assert said.get_attribute("role") == "status"
    assert values(page, "2022-08-numerator", "2022-08-denominator", "2022-08-comment") == [
        "1\u00a0412",
        "1 820",
        "Kysely\nkesällä",
    ]
    assert values(page, "2022-09-numerator", "2022-09-denominator") == ["1398", "1811"]
    page.keyboard.press("Control+z")
    assert values(page, "2022-08-numerator", "2022-09-denominator") == ["", ""]
    expect(page.locator("#paste-undo")).to_be_hidden()
    paste(page, AUGUST, BLOCK)
    page.click("#paste-undo")
    assert values(page, "2022-08-numerator", "2022-09-denominator") == ["", ""]
    expect(page.locator(AUGUST)).to_be_focused()
    paste(page, AUGUST, BLOCK)
    expect(page.locator("#id_2022-09-denominator")).to_have_value("1811")
    assert measured("2022-08") == []
    page.click(".save-bar .button-primary")
    expect(page.locator(".notice-done")).to_contain_text("2")
    assert measured("2022-08") == [(1412, 1820, "Kysely\nkesällä")]
    assert page.faults == []


def test_one_cell_is_pasted_as_any_text_and_lines_into_a_comment_stay_lines(administrator, visit):
    page = visit(administrator)
    page.goto(YEAR)
    paste(page, AUGUST, "412\r\n")
    paste(page, "#id_2022-08-comment", "ensin\nsitten")
    assert values(page, "2022-08-numerator", "2022-08-comment") == ["412", "ensin\nsitten"]
    expect(page.locator("#paste-said")).to_be_empty()


def test_what_needs_a_look_is_said_with_a_link_to_its_cell(administrator, visit):
    page = visit(administrator)
    page.goto(YEAR)
    paste(page, "#id_2022-12-numerator", "412\tn. 520\tx\ty\r\n1\t2\t\t\r\n")
    remarks = page.locator("#paste-said li")
    expect(remarks).to_have_count(3)
    page.locator("#paste-said a").first.click()
    expect(page.locator("#id_2022-12-denominator")).to_be_focused()
    assert Axe().run(page, options=RULES).violations_count == 0


def test_a_lost_connection_says_so_and_changes_nothing(administrator, visit):
    page = visit(administrator)
    page.goto(YEAR)
    page.route("**/grid/**", lambda route: route.abort())
    paste(page, AUGUST, BLOCK)
    expect(page.locator("#paste-said")).to_contain_text("yhteys")
    assert values(page, "2022-08-numerator") == [""]


def focused(page):
    return page.evaluate("document.activeElement.id.replace('id_', '')")


def test_arrows_and_enter_go_as_in_excel_and_leave_the_editing_of_text_alone(administrator, visit):
    page = visit(administrator)
    page.goto(YEAR)
    page.locator("#id_2022-05-numerator").focus()
    page.keyboard.press("ArrowDown")
    assert focused(page) == "2022-06-numerator"
    page.keyboard.press("ArrowRight")  # a cell that an arrow came to is left by the next one
    assert focused(page) == "2022-06-denominator"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert focused(page) == "2022-07-numerator"
    page.keyboard.press("Shift+Enter")
    assert focused(page) == "2022-06-numerator"
    page.keyboard.type("123")  # over what was selected
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("0")
    assert (focused(page), *values(page, "2022-06-numerator")) == ("2022-06-numerator", "1023")
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    assert focused(page) == "2022-06-denominator"
    page.locator("#id_2022-06-comment").fill("ensin")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("sitten")
    page.keyboard.press("ArrowUp")
    assert (focused(page), *values(page, "2022-06-comment")) == (
        "2022-06-comment",
        "ensin\nsitten",
    )
    page.locator("#id_2022-12-numerator").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".save-bar .button-primary")).to_be_focused()
    assert page.faults == []


def test_down_and_up_pass_over_kpis_of_another_kind(administrator, visit):
    page = visit(administrator)
    page.goto(MONTH)
    promoters = page.locator("[name$=-promoters]")
    promoters.first.focus()
    page.keyboard.press("ArrowDown")
    expect(promoters.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(promoters.first).to_be_focused()


def test_a_month_is_entered_by_keyboard_alone(administrator, visit):
    page = visit(administrator)
    page.goto(MONTH)
    page.locator("[name$=-numerator]").first.focus()
    for number in ("412", "520"):
        page.keyboard.type(number)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.locator(".save-bar .button-primary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".notice-done")).to_be_visible()
    assert measured("2022-08") == [(412, 520, "")]
    assert page.faults == []


def test_without_javascript_a_block_is_shown_in_the_grid_before_it_is_saved(administrator, visit):
    page = visit(administrator, java_script_enabled=False)
    page.goto(YEAR)
    page.click("summary:has-text('Excel')")
    page.fill("#block", BLOCK)
    page.select_option("#at_row", "2022-08")
    page.click("[name=paste]")
    assert values(page, "2022-08-numerator", "2022-09-denominator") == ["1\u00a0412", "1811"]
    assert measured("2022-08") == []
    page.locator("#id_2022-09-numerator").press("Enter")
    assert measured("2022-08") == [(1412, 1820, "Kysely\nkesällä")]
    page.click("text=Kaikki ennalleen")
    assert values(page, "2022-08-numerator") == ["1412"]


@pytest.mark.parametrize("width", [1280, 360])
def test_a_grid_with_faults_takes_the_focus_to_its_summary_and_is_accessible(
    administrator, visit, width
):
    page = visit(administrator, viewport={"width": width, "height": 800})
    page.goto(YEAR)
    page.fill(AUGUST, "noin 400")
    page.fill("#id_2022-09-numerator", "4")
    page.click(".save-bar .button-primary")
    expect(page.locator(".error-summary")).to_be_focused()
    assert page.title().startswith("Virhe:")
    assert page.locator(".error-summary li").count() == 3
    page.locator(".error-summary a").first.click()
    expect(page.locator(AUGUST)).to_be_focused()
    assert Axe().run(page, options=RULES).violations_count == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_one_measurement_shows_its_light_while_it_is_typed_and_leads_on(administrator, visit):
    page = visit(administrator, viewport={"width": 360, "height": 740})
    page.goto(ONE)
    page.fill("#id_numerator", "433")
    page.fill("#id_denominator", "520")
    expect(page.locator("#live-light")).to_contain_text("83,2\u00a0%")
    expect(page.locator("#live-light")).to_contain_text("Keltainen")
    page.locator("#id_denominator").press("Enter")
    expect(page.locator(".notice-done")).to_contain_text("83,2\u00a0%")
    page.click(".page-head .page-meta a")
    expect(page.locator("h1")).to_contain_text("elokuu 2022")
    assert measured("2022-08") == [(433, 520, "")]
    assert page.faults == []
