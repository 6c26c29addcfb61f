import shutil
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from roadmap import imports
from roadmap.models import Action, Change, RoadmapImport, Strategy
from roadmap.tasks import forget_uploads
from tests.factories import make_action, save, workbook

pytestmark = pytest.mark.django_db
HEADERS = ["Tunnus", "Toimenpide", "Vaihe", "Tavoitearvo"]
LIST = reverse("roadmap:import-list", args=["strategia"])


def upload(client, *rows, name="tiekartta.xlsx", content=None):
    """Upload, let the worker do its part, and see where that leads."""
    content = workbook(HEADERS, *rows).getvalue() if content is None else content
    response = client.post(LIST, {"file": SimpleUploadedFile(name, content)}, follow=True)
    return after_work(client) if response.status_code == 200 else response


def after_work(client):
    kept = RoadmapImport.objects.order_by("uploaded_at").last()
    imports.work_on(kept.pk)
    return client.get(at("import-detail", kept), follow=True)


def at(name, kept, *more):
    return reverse(f"roadmap:{name}", args=["strategia", kept.pk, *more])


def confirm(client, version=None):
    """Say yes to the summary as it stands, or to an earlier version of it."""
    kept = RoadmapImport.objects.get()
    seen = kept.version if version is None else version
    client.post(at("import-confirm", kept), {"version": seen}, follow=True)
    return after_work(client)


@pytest.fixture
def admin(browse, strategy, yllapitaja):
    make_action(strategy, "a", title="Vanha nimi")
    return browse(yllapitaja)


def test_nothing_is_saved_before_the_administrator_says_yes(admin):
    page = upload(admin, ["a", "Uusi nimi", 2021, 100], ["b", "Toinen", 2022, 5]).content.decode()
    for words in (
        "Step 4/5",
        "<del>Vanha nimi</del> → <ins>Uusi nimi</ins>",
        "Toinen",
        "Import 2 changes",
    ):
        assert words in page
    assert list(Action.objects.values_list("code", "title")) == [("a", "Vanha nimi")]


def test_the_yes_brings_it_in_and_history_says_who_and_from_where(admin, yllapitaja):
    upload(admin, ["a", "Uusi nimi", 2021, 100])
    page = confirm(admin).content.decode()
    assert "Step 5/5" in page
    assert Action.objects.get().title == "Uusi nimi"
    change = Change.objects.exclude(action=None).get()
    assert (change.user, change.source.file_name) == (yllapitaja, "tiekartta.xlsx")


def test_a_double_click_imports_once(admin):
    upload(admin, ["a", "Uusi nimi", 2021, 100])
    confirm(admin)
    page = confirm(admin).content.decode()
    assert "Step 5/5" in page
    assert (Change.objects.exclude(action=None).count(), Strategy.objects.get().revision) == (1, 1)


def test_a_change_since_the_summary_is_shown_and_nothing_is_imported(admin):
    upload(admin, ["a", "Uusi nimi", 2021, 100])
    Strategy.objects.update(revision=5)
    page = confirm(admin).content.decode()
    assert "Something changed after you saw the summary" in page
    assert Action.objects.get().title == "Vanha nimi"
    confirm(admin)
    assert Action.objects.get().title == "Uusi nimi"


def test_a_yes_to_a_summary_that_another_tab_made_anew_is_no_yes(admin):
    upload(admin, ["a", "Uusi nimi", 2021, 100])
    seen = RoadmapImport.objects.get().version
    imports.check(RoadmapImport.objects.get())
    after_work(admin)
    page = confirm(admin, version=seen).content.decode()
    assert "Something changed after you saw the summary" in page
    assert Action.objects.get().title == "Vanha nimi"
    confirm(admin)
    assert Action.objects.get().title == "Uusi nimi"


def test_faults_are_listed_with_their_cells_and_there_is_no_button_to_import(admin):
    page = upload(admin, ["a", "x", 2021, "n. 5"], ["b", "", 2050, 5]).content.decode()
    for words in ("Tiekartta!D2", "n. 5", "Tiekartta!B3", "nothing can be imported yet"):
        assert words in page
    kept = RoadmapImport.objects.get()
    assert reverse("roadmap:import-confirm", args=["strategia", kept.pk]) not in page
    confirm(admin)
    assert Action.objects.get().title == "Vanha nimi"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.pdf", b"%PDF-1.4", "The file is a PDF"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + "Workbook\0".encode("utf-16-le"), "old .xls"),
        ("a.xlsx", b"Tunnus;Toimenpide", "This is text, not a workbook"),
        ("a.xlsx", b"", "the file is empty"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused_beside_the_field(admin, name, content, says):
    response = upload(admin, name=name, content=content)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert RoadmapImport.objects.count() == 0


def test_no_file_at_all_is_said_too(admin):
    response = admin.post(LIST, {})
    assert (response.status_code, "choose the workbook" in response.content.decode()) == (422, True)


def test_a_workbook_is_kept_under_a_name_of_our_own(admin):
    upload(admin, ["a", "x", 2021, 5], name="../../etc/pass<b>wd.xlsx")
    kept = RoadmapImport.objects.get()
    assert kept.file.name == f"imports/{kept.pk}.xlsx"
    page = admin.get(LIST).content.decode()
    assert "pass<b>wd" not in page


def test_a_cancelled_import_leaves_neither_file_nor_change(
    admin, django_capture_on_commit_callbacks
):
    upload(admin, ["a", "Uusi nimi", 2021, 100])
    kept = RoadmapImport.objects.get()
    path = Path(kept.file.path)
    assert (path.exists(), kept.folder.exists()) == (True, True)
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(at("import-discard", kept))
    assert not RoadmapImport.objects.exists()
    assert (path.exists(), kept.folder.exists()) == (False, False)


def test_an_import_whose_cells_are_gone_is_asked_for_again(admin):
    upload(admin, ["a", "Uusi nimi", 2021, 100])
    kept = RoadmapImport.objects.get()
    shutil.rmtree(kept.folder)
    imports.check(kept)
    assert "Upload it again" in after_work(admin).content.decode()


def test_a_file_that_changes_nothing_says_so(admin):
    page = upload(admin, ["a", "Vanha nimi", 2021, 100]).content.decode()
    assert "The file changes nothing." in page


def test_uploads_that_nobody_said_yes_to_are_forgotten_after_a_week(admin):
    upload(admin, ["a", "Uusi nimi", 2021, 100])
    forget_uploads()
    assert RoadmapImport.objects.count() == 1
    RoadmapImport.objects.update(uploaded_at="2021-01-01T00:00Z")
    forget_uploads()
    assert RoadmapImport.objects.count() == 0


def test_an_import_of_another_strategy_is_not_there(admin):
    upload(admin, ["a", "Uusi nimi", 2021, 100])
    from tests.factories import make_strategy

    make_strategy("toinen")
    kept = RoadmapImport.objects.get()
    address = reverse("roadmap:import-detail", args=["toinen", kept.pk])
    assert admin.get(address).status_code == 404


def test_a_sheet_that_is_ticked_later_has_its_headers_found_already(admin):
    book = Workbook()
    for name, state in (("A", "visible"), ("B", "hidden")):
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        for row in (["Suunnitelma"], [], HEADERS, ["a", "Uusi", 2021, 5]):
            sheet.append(row)
    del book["Sheet"]
    upload(admin, content=save(book).getvalue())
    grids = admin.get(at("import-sheets", RoadmapImport.objects.get())).context["grids"]
    assert [(g.form["include"].value(), g.form["first"].value()) for g in grids] == [
        (True, 3),
        (False, 3),
    ]


def test_an_empty_workbook_is_refused_and_no_dead_end(admin):
    page = upload(admin, content=save(Workbook()).getvalue()).content.decode()
    assert "The workbook has no sheet with cells." in page
    assert RoadmapImport.objects.get().state == "refused"


def test_an_import_that_was_applied_cannot_be_thrown_away(admin):
    upload(admin, ["a", "Uusi nimi", 2021, 100])
    confirm(admin)
    kept = RoadmapImport.objects.get()
    page = admin.post(at("import-discard", kept), follow=True).content.decode()
    assert "Step 5/5" in page
    assert "Nothing was imported" not in page


def test_tampered_choices_of_columns_are_no_crash(admin):
    content = workbook(["Nro", "Tehtävä"], [1, "x"], sheet="Muu").getvalue()
    upload(admin, content=content)
    kept = RoadmapImport.objects.get()
    for choice in ("c²", "c" + "9" * 5000, "c0", "rnone", "=" * 50):
        response = admin.post(at("import-columns", kept, 1), {"source-code": choice})
        assert response.status_code == 422
