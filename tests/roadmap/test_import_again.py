"""The demonstration's own workbook again: what was changed in it is shown, and can be undone."""

import random
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from digistrategia.demonstration import load
from mentors.models import User
from roadmap import imports, record
from roadmap.models import ImportState, RoadmapImport, StepKind
from roadmap.workbook import layout
from roadmap.workbook.writing import write
from tests.roadmap.test_undoing import rows_of_everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def demonstration(db):
    return load()


@pytest.fixture
def client_of_admin(browse, demonstration):
    return browse(User.objects.get(email="tiina.rantala@esimerkki.fi"))


def changed_copy(strategy, cells):
    """The export with some cells changed; what is changed, as code → key → [from, to]."""
    file = BytesIO()
    write(strategy, file)
    book = load_workbook(file)
    sheet = book["Tiekartta"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    wanted = {}
    for row, key, value in cells:
        cell = sheet.cell(row, columns[key])
        before, cell.value = cell.value, value
        wanted.setdefault(sheet.cell(row, 1).value, {})[key] = [before, value]
    copy = BytesIO()
    book.save(copy)
    return copy.getvalue(), wanted


def upload(client, strategy, content):
    address = reverse("roadmap:import-list", args=[strategy.slug])
    client.post(address, {"file": SimpleUploadedFile("tiekartta.xlsx", content)})
    imports.work_on(RoadmapImport.objects.latest("uploaded_at").pk)
    return RoadmapImport.objects.latest("uploaded_at")


def in_words(fields):
    """What a step changes, by the header of its column and as the workbook has it."""
    return {layout.heading(key): pair for key, pair in fields.items()}


def as_kept(pairs):
    return {
        key: [record.text(Decimal(str(v)) if isinstance(v, int | float) else v) for v in pair]
        for key, pair in pairs.items()
    }


def test_twenty_changed_cells_are_shown_exactly_and_undone_row_for_row(
    client_of_admin, demonstration
):
    rng = random.Random(4)
    rows = rng.sample(range(2, 199), 20)
    kinds = ["Toimenpide", "Kuvaus", "Mittari", "Yksikkö", "Paino"]
    cells = [
        (row, kinds[n % 5], 7 if kinds[n % 5] == "Paino" else f"Uusi {n}")
        for n, row in enumerate(rows)
    ]
    content, wanted = changed_copy(demonstration, cells)
    before = rows_of_everything()
    client = client_of_admin
    kept = upload(client, demonstration, content)
    assert (kept.state, kept.faults) == (ImportState.CHECKED, [])
    shown = {step.code: step.fields for step in kept.steps.filter(kind=StepKind.CHANGED)}
    assert {code: in_words(fields) for code, fields in shown.items()} == {
        code: as_kept(pairs) for code, pairs in wanted.items()
    }
    assert kept.counts == {
        "new": 0,
        "changed": 20,
        "changed_fields": 20,
        "unchanged": 178,
        "missing": 0,
        "faults": 0,
    }
    confirm = reverse("roadmap:import-confirm", args=[demonstration.slug, kept.pk])
    client.post(confirm, {"version": kept.version})
    imports.work_on(kept.pk)
    assert {step.code for step in kept.steps.all()} == set(wanted)
    after = record.records(demonstration)
    title = next(code for code, pairs in wanted.items() if "Toimenpide" in pairs)
    assert after[title]["title"] == wanted[title]["Toimenpide"][1]
    client.post(reverse("roadmap:import-undo", args=[demonstration.slug, kept.pk]))
    imports.work_on(kept.pk)
    kept.refresh_from_db()
    assert (kept.state, kept.problem) == (ImportState.UNDONE, [])
    assert rows_of_everything() == before


def test_the_same_file_again_changes_nothing(client_of_admin, demonstration):
    content, _wanted = changed_copy(demonstration, [])
    kept = upload(client_of_admin, demonstration, content)
    assert (kept.counts["unchanged"], kept.counts["new"], kept.counts["changed"]) == (198, 0, 0)
