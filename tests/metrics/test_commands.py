import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from roadmap.models import Action, Strategy
from tests.factories import make_action, make_kpi, make_strategy, workbook

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[1] / "data"
TENJO = DATA / "tenjo-2024-2025.xlsx"


def run(*args, **options):
    out = StringIO()
    call_command(*args, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def written(tmp_path, *rows):
    path = tmp_path / "tiekartta.xlsx"
    path.write_bytes(workbook(["Tunnus", "Toimenpide", "Vaihe", "Tavoitearvo"], *rows).getvalue())
    return str(path)


def test_every_light_of_a_real_municipalitys_plan_comes_out():
    expected = json.loads((DATA / "tenjo-2024-2025.expected.json").read_text())
    run("import_roadmap", str(TENJO), strategy="tenjo")
    shown = json.loads(run("show_status", strategy="tenjo", json=True))["quarters"]
    assert {q: shown[q]["overall"] for q in shown} == expected["overall"]
    assert {
        year: {q: shown[q]["phases"][year] for q in shown} for year in expected["phases"]
    } == expected["phases"]
    assert {
        code: {
            q: {name: shown[q]["actions"][code][name] for name in ("percent", "light")}
            for q in shown
        }
        for code in expected["actions"]
    } == expected["actions"]


def test_a_real_plan_survives_going_out_and_in_again(tmp_path):
    run("import_roadmap", str(TENJO), strategy="tenjo")
    out = str(tmp_path / "ulos.xlsx")
    run("export_roadmap", out, strategy="tenjo")
    answer = json.loads(run("import_roadmap", out, strategy="tenjo", dry_run=True, json=True))
    assert (answer["new"], answer["changed"], answer["unchanged"]) == (0, 0, 552)
    assert load_workbook(out).sheetnames == ["Tiekartta"]


def test_a_dry_run_says_what_would_happen_and_writes_nothing(tmp_path):
    strategy = make_strategy()
    make_action(strategy, "a", title="Vanha")
    file = written(tmp_path, ["a", "Uusi", 2021, None], ["b", "Toinen", 2022, 5])
    answer = json.loads(run("import_roadmap", file, dry_run=True, json=True))
    assert answer["applied"] is False
    assert (answer["new_codes"], answer["changes"]) == (["b"], {"a": {"title": ["Vanha", "Uusi"]}})
    assert list(Action.objects.values_list("code", "title")) == [("a", "Vanha")]


def test_faults_end_the_command_with_every_place_and_nothing_written(tmp_path):
    file = written(tmp_path, ["a", "x", 2021, "n. 60"], ["a", "x", "vuosi", 1])
    with pytest.raises(CommandError) as refused:
        run("import_roadmap", file, strategy="uusi")
    message = str(refused.value)
    assert "Tiekartta!D2" in message
    assert "Tiekartta!C3" in message
    assert refused.value.returncode == 1
    assert Strategy.objects.count() == 0


@pytest.mark.parametrize("name", ["91_broken_37_bytes_text.xlsx", "ei-ole.xlsx"])
def test_what_cannot_be_read_ends_the_command_with_a_sentence(name):
    with pytest.raises(CommandError, match=name):
        run("import_roadmap", str(DATA / name), strategy="uusi")
    assert Strategy.objects.count() == 0


def test_a_command_without_a_strategy_takes_the_only_one_and_otherwise_asks():
    make_strategy("yksi", opened="2021Q1")
    assert run("compute_status") == "yksi: computed 2021Q1\n"
    make_strategy("kaksi")
    with pytest.raises(CommandError, match="There is: kaksi, yksi"):
        run("compute_status")
    with pytest.raises(CommandError, match="No strategy 'kolme'"):
        run("compute_status", strategy="kolme")


@pytest.mark.parametrize(
    ("quarter", "says"),
    [("2021Q1", "is closed"), ("2021Q3", "has no lights"), ("eilen", "not a quarter")],
)
def test_a_quarter_that_cannot_be_computed_is_refused_with_why(quarter, says):
    make_strategy(opened="2021Q2", closed=("2021Q1",))
    with pytest.raises(CommandError, match=says):
        run("compute_status", quarter=quarter)


def test_status_is_shown_for_people_too():
    strategy = make_strategy(opened="2021Q1")
    make_action(strategy, "a", entries={"2021Q1": 20})
    run("compute_status")
    assert run("show_status", quarter="2021Q1").splitlines() == [
        "2021Q1 (open)",
        "  overall    80 % red    1/1 reported, green 0 yellow 0 red 1 none 0",
        "  2021       80 % red    1/1 reported, green 0 yellow 0 red 1 none 0",
        "  2022          – none   0/0 reported, green 0 yellow 0 red 0 none 0",
        "  2023          – none   0/0 reported, green 0 yellow 0 red 0 none 0",
        "    a              80 % red    reported",
    ]


def test_computing_at_once_computes_the_kpis_too():
    strategy = make_strategy(opened="2021Q1")
    kpi = make_kpi(strategy, measured={"2021-01": (8, 10)}, targets={"2021-01": 80})
    kpi.statuses.all().delete()
    run("compute_status")
    assert [status.light for status in kpi.statuses.all()] == ["green"]
