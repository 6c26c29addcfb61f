"""Real workbooks as people made them, brought in step by step on the web."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from metrics.models import ActionStatus
from metrics.snapshots import compute
from roadmap import imports
from roadmap.forms.columns import ColumnsForm
from roadmap.models import ImportState, RoadmapImport
from roadmap.workbook.book import Book
from tests.factories import make_strategy, save

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[1] / "data"


class Journey:
    """One import, as an administrator walks through it."""

    def __init__(self, client, strategy, name, file=None):
        self.client, self.strategy = client, strategy
        content = file.getvalue() if file else (DATA / name).read_bytes()
        address = reverse("roadmap:import-list", args=[strategy.slug])
        response = client.post(address, {"file": SimpleUploadedFile(name, content)})
        assert response.status_code == 302
        self.work()

    @property
    def kept(self):
        return RoadmapImport.objects.filter(strategy=self.strategy).latest("uploaded_at")

    def work(self):
        imports.work_on(self.kept.pk)

    def at(self, name, *more):
        return reverse(f"roadmap:{name}", args=[self.strategy.slug, self.kept.pk, *more])

    def sheets(self, **said):
        """Say what the second step asks, over what it proposes."""
        page = self.client.get(self.at("import-sheets"))
        data = {}
        for grid in page.context["grids"]:
            for field in grid.form:
                if field.value() not in (None, False):
                    data[field.html_name] = field.value()
        for key, value in said.items():
            data[key.replace("__", "-")] = value
        return self.client.post(self.at("import-sheets"), drop_empty(data))

    def form(self, number):
        parts = imports.parts_of(self.kept)
        return ColumnsForm(part=parts[number - 1], book=Book(self.kept.folder, self.kept.book))

    def columns(self, number, button=None, **said):
        """Say what the third step asks, over what it proposes."""
        data = {f.html_name: f.value() for f in self.form(number) if f.value() is not False}
        data |= said | ({button: "1"} if button else {})
        return self.client.post(self.at("import-columns", number), drop_empty(data))

    def confirm(self):
        self.client.post(self.at("import-confirm"), {"version": self.kept.version})
        self.work()


def drop_empty(data):
    return {key: value for key, value in data.items() if value not in (None, False)}


def test_the_original_plan_of_tenjo_comes_in_with_the_lights_of_the_converted_one(admin):
    strategy = make_strategy("tenjo", years=(2024, 2025))
    journey = Journey(admin, strategy, "05_es_tenjo_plan_indicativo_T1-T4.xlsx")
    assert journey.kept.state == ImportState.READ
    assert journey.sheets().url == journey.at("import-columns", 1)
    same = {
        "source-target": "rlast_plan",
        "source-start": "rplan_start",
        "source-end": "rplan_end",
        "source-baseline": "",
        "source-phase": "=",
        "increments-plan": "on",
        "increments-actual": "on",
        "scale-plan": "as_share",
        "scale-actual": "as_share",
        "incomplete": "skip",
        "unplanned": "skip",
    }

    def of_year(year):
        return same | {"prefix": f"{year % 100}-", "value-phase": str(year)}

    response = journey.columns(1, button="again", only_year="2024", **of_year(2024))
    assert response.url == journey.at("import-columns", 2)
    assert {column.quarter.year for column in journey.form(2).part.quarters.values()} == {2025}
    response = journey.columns(2, **of_year(2025))
    assert response.url == journey.at("import-detail")
    journey.work()
    assert (journey.kept.faults[:3], journey.kept.state) == ([], ImportState.CHECKED)
    journey.confirm()
    compute(strategy.pk)

    expected = json.loads((DATA / "tenjo-2024-2025.expected.json").read_text())
    found = {}
    statuses = ActionStatus.objects.filter(strategy=strategy)
    for code, quarter, percent, light in statuses.values_list(
        "action__code", "quarter", "percent", "light"
    ):
        year, _dash, number = code.partition("-")
        of_action = found.setdefault(f"{year}-{int(number):03d}", {})
        of_action[str(quarter)] = {"percent": percent, "light": light}
    assert found == {
        code: {quarter: figures[quarter] for quarter in next(iter(found.values()))}
        for code, figures in expected["actions"].items()
    }
    effect = journey.kept.effect
    overall = expected["overall"][effect["quarter"]]
    assert effect["after"] == {name: overall[name] for name in ("percent", "counts")}


UNITS = ["Nro", "Tehtävä", "Vuosi", "Valmis %"]


def unit_plan(titles, name="Terveys"):
    """A plan that is not in our layout: other words, a title row above."""
    book = Workbook()
    book.active.title = name
    for row in (["Toimintasuunnitelma"], [], UNITS):
        book.active.append(row)
    for number, title in enumerate(titles, start=1):
        book.active.append([number, title, 2021, 10 * number])
    return save(book)


def map_units(journey):
    journey.sheets()
    journey.columns(
        1, **{"source-code": "c1", "source-title": "c2", "source-phase": "c3", "prefix": "T-"}
    )
    journey.work()


def test_a_mapping_is_remembered_by_the_shape_of_the_file(admin):
    strategy = make_strategy()
    first = Journey(admin, strategy, "syksy.xlsx", unit_plan(["Yksi", "Kaksi"]))
    map_units(first)
    assert first.kept.counts["new"] == 2
    second = Journey(admin, strategy, "talvi.xlsx", unit_plan(["Yksi", "Kaksi", "Kolme"]))
    kept = second.kept
    assert (kept.state, kept.mapping_from) == (ImportState.CHECKED, "syksy.xlsx")
    assert list(kept.steps.values_list("code", "title")) == [
        ("T-1", "Yksi"),
        ("T-2", "Kaksi"),
        ("T-3", "Kolme"),
    ]


def test_a_command_reads_a_file_of_a_shape_that_was_mapped_on_the_web(admin, tmp_path):
    strategy = make_strategy()
    map_units(Journey(admin, strategy, "syksy.xlsx", unit_plan(["Yksi"])))
    path = tmp_path / "talvi.xlsx"
    path.write_bytes(unit_plan(["Yksi", "Kaksi"]).getvalue())
    call_command("import_roadmap", str(path), strategy=strategy.slug, stdout=StringIO())
    assert list(strategy.actions.values_list("code", flat=True)) == ["T-1", "T-2"]


def test_another_shape_is_asked_about_anew(admin):
    strategy = make_strategy()
    map_units(Journey(admin, strategy, "syksy.xlsx", unit_plan(["Yksi"])))
    other = Journey(admin, strategy, "muu.xlsx", unit_plan(["Yksi"], name="Sosiaali"))
    assert (other.kept.state, other.kept.mapping_from) == (ImportState.READ, "")


def test_a_file_whose_headers_stand_elsewhere_is_asked_about_anew(admin):
    strategy = make_strategy()
    map_units(Journey(admin, strategy, "syksy.xlsx", unit_plan(["Yksi"])))
    moved = unit_plan(["Yksi", "Kaksi"])
    book = load_workbook(moved)
    book.active.insert_rows(1)
    book.active["A1"] = "Päivitetty 14.8.2022"
    other = Journey(admin, strategy, "talvi.xlsx", save(book))
    assert (other.kept.state, other.kept.mapping_from) == (ImportState.READ, "")


def test_sums_and_codes_that_grow_beyond_their_bounds_are_faults_of_their_cells(admin):
    book = Workbook()
    book.active.title = "Muu"
    for row in (["Nro", "Tehtävä", "Toteuma Q1/2021", "Toteuma Q2/2021"], [1, "x", 9e14, 9e14]):
        book.active.append(row)
    journey = Journey(admin, make_strategy(), "muu.xlsx", save(book))
    journey.sheets()
    journey.columns(
        1,
        **{"source-code": "c1", "source-title": "c2", "source-phase": "=", "value-phase": "2021"},
        **{"prefix": "A/../", "increments-actual": "on"},
    )
    journey.work()
    assert {(cell, found) for _sheet, cell, _field, found, _e in journey.kept.faults} == {
        ("D2", "1\u00a0800\u00a0000\u00a0000\u00a0000\u00a0000"),
        ("A2", "A/../1"),
    }
