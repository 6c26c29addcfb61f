"""A digimentor's quarter in a real browser: fifteen actions, by keyboard alone and by touch."""

import time

import pytest
from playwright.sync_api import expect

from mentors.models import User
from roadmap.models import Change, ProgressEntry
from roadmap.quarters import Quarter

PAGE = "/strategies/digistrategia-2021-2023/my-quarter/"
Q3 = Quarter(2022, 3)
ACTIONS = 15
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def mentor(demonstration):
    """A digimentor with fifteen actions, each reported once before and none in this quarter."""
    user = User.objects.get(email="anu.kettunen@esimerkki.fi")
    ProgressEntry.objects.filter(action__responsible=user).delete()
    user.own_actions.set(demonstration.actions.filter(start__lte=Q3, cancelled_from=None)[:ACTIONS])
    ProgressEntry.objects.filter(action__responsible=user).delete()
    for action in user.own_actions.all():
        action.entries.create(quarter=Quarter(2022, 2), value=action.baseline)
    return user


def reported(user):
    return ProgressEntry.objects.filter(reported_by=user, quarter=Q3).count()


def test_fifteen_actions_take_a_value_and_enter_each_by_keyboard_alone(mentor, visit):
    page = visit(mentor)
    page.goto("/")
    expect(page.locator("h1")).to_have_text("Oma kvartaali Q3/2022")
    rows = page.locator("tr.is-open").count()
    assert rows == ACTIONS
    page.focus("#main")
    tabs = 0
    while not page.evaluate("document.activeElement.matches('.input-number')"):
        page.keyboard.press("Tab")
        tabs += 1
    assert tabs <= 4  # fill, the first action's name, its evidence, its value
    presses, began = 0, time.monotonic()
    for number in range(rows):
        typed = str(number + 1)
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        presses += len(typed) + 1
        expect(page.locator(".worklist-count b")).to_have_text(str(number + 1))
    seconds = time.monotonic() - began
    assert reported(mentor) == rows
    assert presses <= 3 * rows  # one or two digits and Enter
    assert seconds < 180
    expect(page.locator("tr.is-open")).to_have_count(0)
    expect(page.locator(".save-bar .button")).to_be_focused()
    assert page.faults == []


def test_typing_ahead_of_a_slow_server_loses_nothing(mentor, visit):
    page = visit(mentor)
    page.goto(PAGE)
    page.route("**/my-quarter/", lambda route: (time.sleep(0.4), route.continue_()))
    rows = page.locator("tr.is-open").count()
    page.locator(".input-number").first.focus()
    for _row in range(rows):
        page.keyboard.type("7")
        page.keyboard.press("Enter")
    expect(page.locator(".worklist-count b")).to_have_text(str(rows), timeout=20_000)
    expect(page.locator("tr.is-open")).to_have_count(0)
    assert reported(mentor) == rows


def test_the_same_by_touch_on_a_phone(mentor, visit):
    page = visit(mentor, **PHONE)
    page.goto(PAGE)
    rows = page.locator("tr.is-open")
    number = rows.count()
    taps = 0
    for _row in range(number):
        rows.first.locator("button[name=same]").tap()
        taps += 1
        expect(rows).to_have_count(number - taps)
    assert (reported(mentor), taps) == (number, number)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.faults == []


def test_on_a_phone_the_go_key_of_its_keyboard_saves_and_goes_on(mentor, visit):
    page = visit(mentor, **PHONE)
    page.goto(PAGE)
    number = page.locator("tr.is-open").count()
    page.locator(".input-number").first.tap()
    assert page.locator(".input-number").first.get_attribute("inputmode") == "decimal"
    for _row in range(number):
        page.keyboard.type("4")
        page.keyboard.press("Enter")
    expect(page.locator("tr.is-open")).to_have_count(0)
    assert reported(mentor) == number


def test_a_faulty_value_says_why_beside_its_field_and_the_person_goes_on(mentor, visit):
    page = visit(mentor)
    page.goto(PAGE)
    first, second = page.locator("tr.is-open").nth(0), page.locator("tr.is-open").nth(1)
    key = first.get_attribute("id")
    first.locator("textarea").fill("Tämä ei katoa")
    first.locator(".input-number").fill("noin 9")
    page.keyboard.press("Enter")
    expect(second.locator(".input-number")).to_be_focused()
    page.keyboard.type("5")
    faulty = page.locator(f"#{key}")
    expect(faulty.locator(".field-error").first).to_contain_text("Virhe:")
    expect(faulty.locator("textarea")).to_have_value("Tämä ei katoa")
    expect(faulty.locator(".input-number")).to_have_value("noin 9")
    expect(second.locator(".input-number")).to_have_value("5")
    faulty.locator(".input-number").fill("9")
    page.keyboard.press("Enter")
    expect(page.locator(f"#{key}.is-reported")).to_contain_text("Tämä ei katoa")


def test_the_light_shows_while_typing_and_a_double_enter_makes_one_entry(mentor, visit):
    page = visit(mentor)
    page.goto(PAGE)
    row = page.locator("tr.is-open").first
    expect(row.locator(".worklist-light")).to_contain_text("ilman kirjausta")
    row.locator(".input-number").fill("999999")
    expect(row.locator(".worklist-light")).to_contain_text("Aikataulussa")
    before = Change.objects.count()
    row.evaluate("row => { htmx.trigger(row, 'save'); htmx.trigger(row, 'save'); }")
    expect(page.locator("tr.is-reported").first).to_contain_text("999")
    assert (reported(mentor), Change.objects.count() - before) == (1, 1)


def test_a_lost_connection_and_a_lost_sign_in_keep_what_was_typed_and_say_so(mentor, visit):
    page = visit(mentor)
    page.goto(PAGE)
    row = page.locator("tr.is-open").first
    page.context.set_offline(True)
    row.locator(".input-number").fill("12")
    page.keyboard.press("Enter")
    expect(row.locator(".row-note")).to_contain_text("yhteys")
    expect(row.locator(".input-number")).to_have_value("12")
    page.context.set_offline(False)
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    row.locator(".input-number").focus()
    page.keyboard.press("Enter")
    expect(row.locator(".row-note")).to_contain_text("kirjautunut")
    expect(row.locator(".input-number")).to_have_value("12")
    page.context.add_cookies(cookies)
    row.locator(".input-number").focus()
    page.keyboard.press("Enter")
    expect(page.locator("tr.is-reported").first).to_contain_text("12")
    assert reported(mentor) == 1


def test_two_people_at_once_both_see_both_values_and_one_chooses(mentor, visit):
    action = mentor.own_actions.first()
    other = User.objects.get(email="sanna.pulkkinen@esimerkki.fi")
    action.responsible.add(other)
    mine, theirs = visit(mentor), visit(other)
    for page in (mine, theirs):
        page.goto(PAGE)
    for page, value in ((theirs, "18"), (mine, "22")):
        page.fill(f"#id_{action.pk}-value", value)
        page.keyboard.press("Enter")
        expect(page.locator(f"#row-{action.pk}")).to_contain_text("18")
    assert ProgressEntry.objects.get(action=action, quarter=Q3).value == 18
    row = mine.locator(f"#row-{action.pk}")
    expect(row).to_contain_text("Sanna Pulkkinen")
    expect(row.locator(".input-number")).to_have_value("22")
    row.locator(".input-number").focus()
    mine.keyboard.press("Enter")
    expect(mine.locator(f"#row-{action.pk}.is-reported")).to_contain_text("22")
    assert ProgressEntry.objects.get(action=action, quarter=Q3).value == 22


def test_the_list_works_without_javascript(mentor, visit):
    page = visit(mentor, java_script_enabled=False)
    page.goto(PAGE)
    page.locator(".input-number").nth(0).fill("3")
    page.locator(".input-number").nth(1).fill("noin 4")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_contain_text("luku")
    expect(page.locator(".input-number").nth(0)).to_have_value("noin 4")
    page.locator(".input-number").nth(0).fill("4")
    page.click(".save-bar .button")
    assert reported(mentor) == 2
    page.locator("button[name=same]").first.click()
    assert reported(mentor) == 3
    page.click("text=Täytä tyhjät viime arvoilla")
    assert reported(mentor) == 3
    assert page.locator(".input-number").first.input_value() != ""
