"""A road map of somebody's own making is brought in, as administrators do it in a browser."""

import re
from uuid import uuid4

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import expect

from mentors.models import User
from roadmap.models import Action, ImportState, RoadmapImport
from roadmap.progress import Progress
from tests.factories import workbook
from tests.foreign import foreign_workbook
from tests.imports import bring, make_import, work
from tests.worker.conftest import worker  # noqa: F401 - a fixture

S = "/strategies/digistrategia-2021-2023"
HEADERS = ["Tunnus", "Toimenpide", "Vaihe", "Tavoitearvo"]
PRIMARY = "main .button-primary[type=submit]"
CONFIRM = "form[action$='confirm/'] button"
UNDO = "form[action$='undo/'] button"


@pytest.fixture
def admin(demonstration):
    return User.objects.get(email="tiina.rantala@esimerkki.fi")


@pytest.fixture
def save(tmp_path):
    """Writes a workbook where the browser can pick it up."""

    def save(file, name="tiekartta.xlsx"):
        path = tmp_path / name
        path.write_bytes(file.getvalue())
        return path

    return save


def at_step(page, number):
    expect(page.locator("h1")).to_contain_text(f"{number}/5", timeout=30_000)
    expect(page.locator(".progress")).to_have_count(0)


def let_work(page):
    """The worker's part, done beside the browser, which waits for it."""
    expect(page.locator(".progress")).to_be_visible()
    for kept in RoadmapImport.objects.filter(state__in=RoadmapImport.BUSY):
        work(kept)


def upload(page, path):
    page.goto(f"{S}/imports/")
    page.set_input_files("#id_file", path)
    page.click(PRIMARY)


def choose_columns(page):
    """What the foreign workbook does not say by itself."""
    page.select_option("#id_source-phase", "=")
    page.fill("#id_value-phase", "2022")
    page.select_option("#id_source-start", "rplan_start")
    page.select_option("#id_source-end", "rplan_end")
    page.select_option("#id_source-target", "rlast_plan")


def tab_to(page, selector):
    """Press Tab until what is meant has the focus; a person would give up, too, in the end."""
    for _time in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the Tab key does not come to {selector}")


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def titles():
    found = Action.objects.filter(code__startswith="T").order_by("code")
    return list(found.values_list("code", "title", "theme__name"))


BROUGHT_IN = [
    ("T1", "Etävastaanotto", "Etäpalvelut"),
    ("T2", "Etäseuranta", "Etäpalvelut"),
    ("T3", "Ajanvaraus", "Asiointi"),
    ("T4", "Chat", "Asiointi"),
]


def test_a_workbook_of_another_layout_comes_in_by_keyboard_alone(admin, visit, save, worker):  # noqa: F811
    worker()
    page = visit(admin)
    page.goto(f"{S}/imports/")
    tab_to(page, "#id_file")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(save(foreign_workbook()))
    tab_to(page, PRIMARY)
    page.keyboard.press("Enter")
    at_step(page, 2)
    tab_to(page, "[name=sheet-1-hidden_rows]")
    page.keyboard.press("Space")
    tab_to(page, "[name=sheet-1-hidden_columns]")
    page.keyboard.press("ArrowDown")
    tab_to(page, PRIMARY)
    page.keyboard.press("Enter")
    at_step(page, 3)
    tab_to(page, "#id_source-phase")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#id_value-phase")
    page.keyboard.type("2022")
    for field in ("target", "start", "end"):
        tab_to(page, f"#id_source-{field}")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
    tab_to(page, PRIMARY)
    page.keyboard.press("Enter")
    at_step(page, 4)
    expect(page.locator(".count").first).to_have_text("4")
    tab_to(page, CONFIRM)
    page.keyboard.press("Enter")
    at_step(page, 5)
    assert titles() == BROUGHT_IN
    tab_to(page, UNDO)
    page.keyboard.press("Enter")
    expect(page.locator(UNDO)).to_have_count(0, timeout=30_000)
    expect(page.locator(".progress")).to_have_count(0, timeout=30_000)
    assert titles() == []
    assert page.faults == []


def test_the_same_is_done_without_javascript(admin, visit, save):
    page = visit(admin, java_script_enabled=False)
    upload(page, save(foreign_workbook()))
    let_work(page)
    at_step(page, 2)  # the page of the progress has fetched itself anew
    page.fill("#id_sheet-1-first", "4")
    page.click("button[name=show][value='1']")
    expect(page.locator(".sheet >> nth=0").locator("tr.is-header")).to_have_count(1)
    page.fill("#id_sheet-1-first", "3")
    page.keyboard.press("Enter")
    expect(page.locator(".sheet >> nth=0").locator("tr.is-header")).to_have_count(2)
    expect(page.locator(".field-error")).to_have_count(0)
    page.click(PRIMARY)
    expect(page.locator(".error-summary li")).to_have_count(2)
    page.check("#id_sheet-1-hidden_rows_0")
    page.check("#id_sheet-1-hidden_columns_1")
    page.click(PRIMARY)
    at_step(page, 3)
    expect(page.locator("#id_value-phase")).not_to_be_visible()
    choose_columns(page)
    page.select_option("#id_source-description", "c3")
    page.click("button[name=show]")
    expect(page.locator("#samples-description")).to_contain_text("Etäseuranta")
    expect(page.locator("#id_value-phase")).to_have_value("2022")
    page.select_option("#id_source-description", "")
    page.click(PRIMARY)
    let_work(page)
    at_step(page, 4)
    page.fill("#words", "etäs")
    page.click(".preview-filter button")
    expect(page.locator(".changes > li")).to_have_count(1)
    page.click(CONFIRM)
    let_work(page)
    at_step(page, 5)
    assert titles() == BROUGHT_IN


def test_faults_go_to_excel_come_back_mended_and_the_import_is_left_found_and_undone(
    admin, visit, save, tmp_path
):
    page = visit(admin)
    upload(page, save(foreign_workbook(bad="noin 12", hidden=False)))
    let_work(page)
    at_step(page, 2)
    page.click(PRIMARY)
    at_step(page, 3)
    choose_columns(page)
    page.click(PRIMARY)
    let_work(page)
    at_step(page, 4)
    expect(page.locator(".fault-table tbody tr")).to_have_count(1)
    expect(page.locator(CONFIRM)).to_have_count(0)
    with page.expect_download() as download:
        page.click("a[href$='faults/']")
    mended = tmp_path / "korjattu.xlsx"
    download.value.save_as(mended)
    book = load_workbook(mended)
    assert book.sheetnames[1:] == ["Terveys"]
    assert book["Terveys"]["F5"].comment is not None
    book["Terveys"]["F5"] = 12
    book.save(mended)

    upload(page, mended)
    expect(page.locator(".progress")).to_be_visible()
    page.goto(f"{S}/")
    page.goto(f"{S}/imports/")
    page.click(".title-link >> nth=0")
    let_work(page)
    at_step(page, 4)  # nothing was asked: it is read as the file before
    expect(page.locator(".fault-table")).to_have_count(0)
    page.click(CONFIRM)
    let_work(page)
    at_step(page, 5)
    assert titles() == BROUGHT_IN
    page.click(UNDO)
    let_work(page)
    expect(page.locator(UNDO)).to_have_count(0)
    expect(page.locator(".progress")).to_have_count(0)
    assert titles() == []
    assert page.faults == []


def test_an_upload_on_a_phone_fits_at_each_step(admin, visit, save):
    page = visit(admin, viewport={"width": 360, "height": 740}, has_touch=True)
    upload(page, save(foreign_workbook(hidden=False)))
    fitting = [fits(page)]
    let_work(page)
    at_step(page, 2)
    fitting.append(fits(page))
    page.tap(PRIMARY)
    at_step(page, 3)
    choose_columns(page)
    fitting.append(fits(page))
    page.tap(PRIMARY)
    let_work(page)
    at_step(page, 4)
    fitting.append(fits(page))
    page.tap(CONFIRM)
    let_work(page)
    at_step(page, 5)
    assert [*fitting, fits(page)] == [True] * 5
    assert titles() == BROUGHT_IN


def test_a_changed_column_shows_its_values_and_takes_nothing_from_whoever_is_typing(
    admin, demonstration, visit
):
    kept = bring(demonstration, foreign_workbook(hidden=False), admin)
    page = visit(admin)
    page.goto(f"{S}/imports/{kept.pk}/columns/1/")
    page.locator("details.disclosure summary").click()
    page.fill("#id_prefix", "24-")
    page.focus("#id_source-description")
    with page.expect_response(re.compile("/columns/1/")):
        page.keyboard.press("End")
    expect(page.locator("#samples-description li").first).to_have_text("100")
    expect(page.locator("#id_source-description")).to_be_focused()
    expect(page.locator("#columns-said")).to_contain_text("100")
    expect(page.locator("#id_prefix")).to_have_value("24-")
    expect(page.locator("details.disclosure")).to_have_attribute("open", "")
    page.select_option("#id_source-phase", "=")
    expect(page.locator("#id_value-phase")).to_be_visible()
    expect(page.locator("#columns-said")).not_to_contain_text("100")
    assert page.faults == []


def test_families_that_are_chosen_bring_what_is_asked_about_them(admin, demonstration, visit):
    file = workbook(["Tunnus", "Toimenpide", "Vaihe", "X"], ["a", "b", 2021, 1], ["c", "d", 2021])
    kept = bring(demonstration, file, admin)
    page = visit(admin)
    page.goto(f"{S}/imports/{kept.pk}/columns/1/")
    page.locator("details.disclosure summary").click()
    expect(page.locator("#id_increments-plan")).to_have_count(0)
    page.fill("#id_quarter-4", "2021Q1")
    page.select_option("#id_family-4", "plan")
    expect(page.locator("#id_increments-plan")).to_be_visible()
    expect(page.locator("#id_unplanned")).to_be_visible()
    expect(page.locator("#id_quarter-4")).to_have_value("2021Q1")


def test_the_progress_goes_on_under_a_button_that_keeps_the_focus(admin, demonstration, visit):
    content = workbook(HEADERS, ["a", "x", 2021, 5]).getvalue()
    kept = make_import(
        demonstration,
        ImportState.CHECKING,
        content,
        claim=uuid4(),
        claimed_at=timezone.now(),
    )
    progress = Progress(kept.folder, kept.claim)
    progress.say("check", 100, 20_000)
    page = visit(admin)
    page.goto(f"{S}/imports/{kept.pk}/")
    page.focus("#cancel")
    expect(page.locator(".progress")).to_have_attribute("value", "100")
    progress.say("check", 20_000, 20_000)
    expect(page.locator(".progress")).to_have_attribute("value", "20000")
    expect(page.locator("#cancel")).to_be_focused()
    expect(page.locator("#progress-said")).to_contain_text("20\u00a0000")
    page.keyboard.press("Enter")
    expect(page.locator("#cancel")).to_have_count(0)
    assert progress.is_cancelled()
    assert page.faults == []


def test_the_preview_prints_what_would_happen_and_nothing_to_press(admin, demonstration, visit):
    kept = bring(demonstration, workbook(HEADERS, ["uusi", "Uusi nimi", 2022, 28]), admin)
    page = visit(admin)
    page.goto(f"{S}/imports/{kept.pk}/preview/")
    page.emulate_media(media="print")
    for shown in ("h1", ".counts", ".changes", ".lights-table", ".assumed"):
        expect(page.locator(shown)).to_be_visible()
    for hidden in (".decide", ".preview-filter", ".steps", ".trail"):
        expect(page.locator(hidden)).not_to_be_visible()
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1
