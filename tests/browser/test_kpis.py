"""The KPIs in a real browser: found by a manager, drawn under the policy, told without script."""

import re

import pytest
from playwright.sync_api import expect

from metrics.kpis import computing
from metrics.kpis.periods import Month
from metrics.models import KpiGroup
from roadmap.fields import Words
from tests.browser.test_journeys import S, person
from tests.factories import make_kpi, measure

PLOT = "svg.main-svg"
CHARTS = ["/kpis/henkilostokokemus-nps/", "/kpis/henkilostokokemus-nps/?by=year"]


def test_a_manager_finds_what_is_red_and_how_clients_liked_it_in_two_clicks(demonstration, visit):
    page = visit(person("aino.makela"))
    page.goto("/")
    page.click("nav >> text=Mittarit")
    expect(page.locator("h1")).to_have_text("Digipalveluiden mittarit")
    finding = page.locator(".kpi-finding h2")
    expect(finding).to_have_text(
        "Kolme yhdeksästä on tavoitteessa. "
        "Itsepalvelun sujuvuus on punaisella ja heikentynyt kolme kuukautta peräkkäin"
    )
    page.click("text=Asiakaskokemus NPS")
    expect(page.locator("h1")).to_have_text("Asiakaskokemus NPS")
    expect(page.locator(".reading-figure")).to_have_text("+46")
    expect(page.locator("#course-title")).to_have_text("+12 pistettä vuodessa")
    assert page.faults == []


@pytest.mark.parametrize("address", CHARTS)
def test_a_chart_is_drawn_under_the_strict_policy_in_the_colours_of_the_scheme(
    demonstration, visit, address
):
    colours = set()
    for scheme in ("light", "dark"):
        page = visit(person("aino.makela"), color_scheme=scheme)
        page.goto(f"{S}{address}")
        page.wait_for_selector(f"[data-figure] {PLOT}")
        expect(page.locator(".chart-still")).to_have_count(0)
        line = page.locator(".js-line").last
        colour = line.evaluate("line => getComputedStyle(line).stroke")
        page.emulate_media(color_scheme="dark" if scheme == "light" else "light")
        expect(line).not_to_have_css("stroke", colour)
        colours.add(colour)
        assert page.faults == []
    assert len(colours) == 2


def test_without_javascript_the_tables_and_a_still_tell_everything(demonstration, visit):
    page = visit(person("aino.makela"), java_script_enabled=False)
    page.goto(f"{S}/kpis/henkilostokokemus-nps/")
    expect(page.locator(".chart-still")).to_be_visible()
    expect(page.locator(".kpi-meter")).to_be_visible()
    row = page.locator("#p-2022-07")
    expect(row).to_contain_text("+13")
    expect(row).to_contain_text("n\u00a0=\u00a0356, ±9")
    page.click("summary:has-text('2021')")
    expect(page.locator("#p-2021-07")).to_contain_text("puuttuu")
    page.click("summary:has-text('Mittarin luvut')")
    expect(page.locator("details table").first).to_contain_text("Virhemarginaalin alaraja")
    page.click("text=Vuodet rinnakkain")
    expect(page.locator(".chart-table tbody tr").nth(1)).to_contain_text("−22")
    page.click("summary:has-text('Muu jakso')")
    page.select_option("#period", "2021-08")
    page.click("text=Näytä")
    expect(page.locator(".reading-figure")).to_have_text("−8")
    expect(page).to_have_url(re.compile(r"\?by=year&period=2021-08"))


def test_a_month_is_chosen_by_keyboard_alone(demonstration, visit):
    page = visit(person("aino.makela"))
    page.goto(f"{S}/kpis/")
    page.focus(".month-fold summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("tammikuu 2022")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".month-chooser [aria-current]")).to_have_text("Tammikuu 2022")


def test_a_name_without_a_space_and_a_number_in_millions_fit_a_phone(demonstration, visit):
    word = Words(fi="Ä" * 200)
    group = demonstration.kpi_groups.first()
    group.name = word
    group.save()
    about = {"kind": "value", "name": word, "summary": word, "unit": Words(fi="minuuttia")}
    kpi = make_kpi(demonstration, "pitka", group, decimals=2, targets={"2022-01": 1}, **about)
    measure(kpi, {"2022-06": (87_654_321,), "2022-07": (12_345_678,)})
    page = visit(person("tiina.rantala"), viewport={"width": 320, "height": 900})
    wide = []
    for address in (
        *("kpis/", "kpis/pitka/", "kpis/pitka/?by=year", "kpis/pitka/grid/", "kpi-settings/"),
        *("kpis/pitka/measurements/2022-07/", "kpi-months/2022-07/grid/", "search/?q=ÄÄÄ"),
        *("kpi-settings/kpis/pitka/remove/", "kpi-settings/kpis/pitka/targets/"),
    ):
        page.goto(f"{S}/{address}")
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(address)
    assert (wide, page.faults) == ([], [])


def test_new_figures_come_by_themselves(demonstration, visit):
    page = visit(person("aino.makela"))
    page.goto(f"{S}/kpis/?month=2022-08")
    expect(page.locator(".kpi-finding h2")).to_contain_text("Kuusi mittausta puuttuu")
    kpi = demonstration.kpis.get(slug="loydettavyys")
    KpiGroup.objects.filter(pk=kpi.group_id).update(revision=99)
    page.reload()
    expect(page.locator("#figures .notice")).to_contain_text("odottaa laskentaa")
    measure(kpi, {str(Month(2022, 8)): (430, 500)})
    computing.compute(kpi.group_id)
    expect(page.locator("#figures .notice")).to_have_count(0, timeout=8000)
    expect(page.locator(".kpi-finding h2")).to_contain_text("Viisi mittausta puuttuu")
    assert page.faults == []


def test_the_page_of_a_kpi_is_new_as_a_whole_chart_and_table_included(demonstration, visit):
    page = visit(person("aino.makela"))
    kpi = demonstration.kpis.get(slug="loydettavyys")
    KpiGroup.objects.filter(pk=kpi.group_id).update(revision=99)
    page.goto(f"{S}/kpis/loydettavyys/?period=2022-07")
    expect(page.locator("#figures .notice")).to_contain_text("odottaa laskentaa")
    measure(kpi, {str(Month(2022, 7)): (442, 520)})
    computing.compute(kpi.group_id)
    expect(page.locator("#figures .notice")).to_have_count(0, timeout=8000)
    expect(page.locator(".reading-figure")).to_contain_text("85,0")
    expect(page.locator("#p-2022-07")).to_contain_text("442 / 520")
    expect(page.locator("#figures .js-plotly-plot")).to_have_count(1)
    assert page.faults == []
