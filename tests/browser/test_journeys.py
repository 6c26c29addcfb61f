"""What the three of them come for, done as they do it."""

import re

from playwright.sync_api import expect

from mentors.models import User
from metrics.snapshots import compute
from roadmap.models import Action, ProgressEntry, RoadmapImport
from tests.factories import workbook
from tests.imports import work

S = "/strategies/digistrategia-2021-2023"
SAVE = ".report-form .button-primary"


def person(name):
    return User.objects.get(email=f"{name}@esimerkki.fi")


def test_a_manager_signs_in_and_comes_to_what_is_red_by_keyboard_alone(demonstration, visit):
    page = visit()
    page.goto("/")
    expect(page).to_have_url(re.compile("/account/login/"))
    page.focus("[name=login]")
    page.keyboard.type("aino.makela@esimerkki.fi")
    page.keyboard.press("Tab")
    page.keyboard.type("digistrategia-demo")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Tilannekuva Q3/2022")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.locator(".worst .title-link").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Chat-palvelu sosiaaliohjaukseen")
    expect(page.locator(".reading-reason")).to_contain_text("Alle 85")


def test_a_wrong_password_says_so_and_takes_the_focus(demonstration, visit):
    page = visit()
    page.goto("/account/login/")
    page.fill("[name=login]", "aino.makela@esimerkki.fi")
    page.fill("[name=password]", "väärä")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page).to_have_title(re.compile("^Virhe: "))


def test_a_digimentor_reports_by_keyboard_and_the_page_refreshes_itself(demonstration, visit):
    page = visit(person("jukka.aberg"))
    page.goto(f"{S}/actions/22-041")
    page.focus("#id_value")
    page.keyboard.press("Control+A")
    page.keyboard.type("21")
    expect(page.locator("#live-light")).to_contain_text("100\u00a0%")
    page.keyboard.press("Enter")
    expect(page.locator(".notice-done")).to_contain_text("Q3/2022")
    expect(page.locator("#figures .notice")).to_contain_text("odottaa laskentaa")
    expect(page.locator("#figures .reading-figure")).to_contain_text("76")
    page.fill("#id_comment", "Kesken oleva lause")
    compute(demonstration.pk)
    expect(page.locator("#figures .reading-figure")).to_contain_text("100", timeout=8000)
    expect(page.locator("#figures .notice")).to_have_count(0)
    expect(page.locator("#id_comment")).to_have_value("Kesken oleva lause")
    assert page.faults == []


def test_a_value_that_is_no_number_says_why_and_loses_nothing_typed(demonstration, visit):
    page = visit(person("jukka.aberg"))
    page.goto(f"{S}/actions/22-041")
    page.fill("#id_value", "noin 16")
    page.fill("#id_comment", "Tämä ei katoa")
    page.click(SAVE)
    expect(page.locator(".error-summary")).to_be_focused()
    page.click(".error-summary a")
    expect(page.locator("#id_value")).to_be_focused()
    expect(page.locator("#id_value")).to_have_value("noin 16")
    expect(page.locator("#id_comment")).to_have_value("Tämä ei katoa")
    expect(page.locator("#id_value_error")).to_contain_text("Virhe:")


def test_same_as_last_time_is_one_press(demonstration, visit):
    page = visit(person("eero.lindqvist"))
    action = Action.objects.get(code="22-031")
    last = action.entries.order_by("-quarter").first().value
    page.goto(f"{S}/actions/22-031")
    page.click("button[name=same]")
    expect(page.locator(".notice-done")).to_be_visible()
    assert action.entries.get(quarter="2022Q3").value == last


def test_two_people_at_once_both_see_both_values(demonstration, visit):
    first, second = visit(person("jukka.aberg")), visit(person("tiina.rantala"))
    for page in (first, second):
        page.goto(f"{S}/actions/22-041")
    first.fill("#id_value", "18")
    first.click(SAVE)
    expect(first.locator(".notice-done")).to_be_visible()
    second.fill("#id_value", "20")
    second.click(SAVE)
    expect(second.locator(".overtaken")).to_contain_text("18")
    expect(second.locator("#id_value")).to_have_value("20")
    assert ProgressEntry.objects.get(action__code="22-041", quarter="2022Q3").value == 18
    second.click(SAVE)
    expect(second.locator(".notice-done")).to_be_visible()
    assert ProgressEntry.objects.get(action__code="22-041", quarter="2022Q3").value == 20


def test_the_list_filters_at_once_and_its_address_says_how(demonstration, visit):
    page = visit(person("aino.makela"))
    page.goto(f"{S}/actions/")
    page.locator("label", has=page.locator("input[value=red]")).click()
    expect(page.locator("#list-title")).to_contain_text("18 toimenpidettä")
    expect(page.locator("#list-status")).to_have_text("18 toimenpidettä")
    expect(page).to_have_url(re.compile("light=red"))
    page.select_option("#person", label="Lindqvist Eero")
    expect(page.locator("#action-table tbody tr")).to_have_count(3)
    for row in page.locator("#action-table tbody tr .c-person").all():
        expect(row).to_contain_text("Lindqvist Eero")
    page.fill("#q", "chat")
    expect(page.locator("#list-title")).to_contain_text("1 toimenpide")
    page.locator("#action-table .title-link").click()
    page.go_back()
    expect(page.locator(".site-header")).to_be_visible()
    page.reload()
    expect(page.locator("#list-title")).to_contain_text("1 toimenpide")
    expect(page.locator("#q")).to_have_value("chat")
    assert page.faults == []


def test_everything_works_without_javascript(demonstration, visit):
    page = visit(person("jukka.aberg"), java_script_enabled=False)
    page.goto(f"{S}/actions/")
    page.check("input[value=red]", force=True)
    page.fill("#q", "lähetteiden sähköinen käsittely")
    page.click(".filters button[type=submit]")
    expect(page).to_have_url(re.compile("light=red"))
    expect(page.locator("#list-title")).to_contain_text("1 toimenpide")
    page.click("text=Lähetteiden sähköinen käsittely")
    expect(page.locator(".chart-table")).to_contain_text("57,1")
    page.fill("#id_value", "20")
    page.click(SAVE)
    expect(page.locator(".notice-done")).to_be_visible()
    assert ProgressEntry.objects.get(action__code="22-041", quarter="2022Q3").value == 20


def test_an_administrator_mends_a_workbook_and_brings_it_in(demonstration, visit, tmp_path):
    headers = ["Tunnus", "Toimenpide", "Vaihe", "Tavoitearvo"]
    bad, good = tmp_path / "huono.xlsx", tmp_path / "hyvä.xlsx"
    bad.write_bytes(workbook(headers, ["22-041", "Uusi nimi", 2022, "n. 28"]).getvalue())
    good.write_bytes(workbook(headers, ["22-041", "Uusi nimi", 2022, 28]).getvalue())
    page = visit(person("tiina.rantala"))
    page.goto(f"{S}/strategy/")
    page.click("a[href$='/imports/']")
    page.set_input_files("#id_file", bad)
    page.click("main form button[type=submit]")
    work(RoadmapImport.objects.get(file_name=bad.name))
    expect(page.locator("main table").first).to_contain_text("Tiekartta!D2")
    expect(page.locator("form[action$=confirm\\/]")).to_have_count(0)
    page.goto(f"{S}/imports/")
    page.set_input_files("#id_file", good)
    page.click("main form button[type=submit]")
    work(RoadmapImport.objects.get(file_name=good.name))
    expect(page.locator(".changes")).to_contain_text("Uusi nimi")
    assert Action.objects.get(code="22-041").title == "Lähetteiden sähköinen käsittely"
    page.click("form[action$=confirm\\/] button")
    work(RoadmapImport.objects.get(file_name=good.name))
    expect(page.locator("h1")).to_contain_text("5/5")
    assert Action.objects.get(code="22-041").title == "Uusi nimi"
    assert page.faults == []
