"""Real workbooks of others, brought in by what the pages offer, and counted by another reading."""

import csv
from collections import Counter
from functools import lru_cache
from pathlib import Path

import openpyxl
import pytest

from roadmap.models import ImportState
from roadmap.quarters import Quarter
from tests.factories import make_strategy
from tests.roadmap.walks import Walk

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


def walk(admin, strategy, name):
    return Walk(admin, strategy, name, (DATA / name).read_bytes())


@lru_cache
def opened(name):
    return openpyxl.load_workbook(DATA / name, data_only=True)


def rows_of(name, sheet=0):
    """The rows of a sheet that hold anything, as openpyxl alone reads them."""
    worksheet = opened(name).worksheets[sheet]
    for row in worksheet.iter_rows():
        if any(cell.value not in (None, "") for cell in row):
            yield worksheet, row[0].row, [cell.value for cell in row]


PLAN = "13_en_packt_tpm_project_plan.xlsx"


def tasks():
    """Number, id, task, start, end and whether it is hidden, of each task."""
    for sheet, number, values in rows_of(PLAN):
        if number > 1:
            hidden = sheet.row_dimensions[number].hidden
            yield number, str(values[0]), values[2].strip(), values[8], values[9], hidden


def test_a_programme_plan_with_parents_hidden_rows_and_days(admin):
    strategy = make_strategy("ohjelma", years=(2023,))
    plan = walk(admin, strategy, PLAN)
    response = plan.sheets()
    assert response.status_code == 422
    assert "say whether they are taken" in response.content.decode()
    assert "Hidden columns: G, L" in response.content.decode()
    plan.sheets(Project_Plan="leave")
    response = plan.columns(
        1, rows={"Rows without a code, a title or a phase": "name the theme of the rows below"}
    )
    assert response.status_code == 302

    visible = [task for task in tasks() if not task[-1]]
    parents = [task for task in visible if task[3] is None]
    actions = [task for task in visible if task[3] is not None]
    hidden = [task for task in tasks() if task[-1]]
    assert (len(parents), len(actions), len(hidden)) == (9, 28, 2)
    counts = plan.kept.counts
    assert (counts["new"], counts["changed"], counts["faults"]) == (28, 0, 0)
    numbers = ", ".join(str(task[0]) for task in parents)
    assert plan.assumed() == {
        "The only sheet “Project Plan” was read as the sheet Tiekartta": 1,
        "hidden rows were left out: Project Plan 39, 40": 2,
        f"rows were read as headings of those below: Project Plan {numbers}": 9,
        "days were read as the quarters that they lie in": 56,
        "rows: the phase is the year of the start or the end": 28,
        "rows: baseline 0, where none was given": 28,
        "rows: target 100, where none was given": 28,
        "rows: weight 1, where none was given": 28,
        "columns were left unread: ReqId, Predecessor, Duration, Swarm #, Predecessors, "
        "Resourcing, Jan, Feb, Mar, Apr, May, June": 12,
    }
    found = plan.confirm()
    assert {
        code: (action["title"], action["phase"], action["start"], action["end"])
        for code, action in found.items()
    } == {
        code: (title, 2023, Quarter.of(start.date()), Quarter.of(end.date()))
        for _number, code, title, start, end, _hidden in actions
    }
    above = {}
    for _number, code, title, start, _end, _hidden in visible:
        if start is None:
            theme = title
        else:
            above[code] = theme
    assert {code: action["theme"] for code, action in found.items()} == above


PLANS = "18_sv_klimatkollen_klimatplaner.xlsx"


def test_a_list_of_climate_plans_of_which_half_have_no_year(admin):
    adopted = {
        values[0]: int(values[3])
        for _sheet, number, values in rows_of(PLANS)
        if number > 2 and values[3]
    }
    without = [n for _s, n, values in rows_of(PLANS) if n > 2 and not values[3]]
    assert (len(adopted), len(without)) == (140, 150)
    years = range(min(adopted.values()), max(adopted.values()) + 1)
    strategy = make_strategy("klimat", years=years)
    plans = walk(admin, strategy, PLANS)
    plans.sheets()
    response = plans.columns(1, Service_area="not in the file")
    assert plans.errors(response) == ["choose a column, or number the rows"]
    chosen = {"Code": "Number the rows: 001, 002, 003 …", "Action": "Kommun"}
    chosen |= {"Service_area": "not in the file", "Digimentor": "not in the file"}
    plans.columns(1, **chosen)
    assert plans.kept.counts["faults"] == 150
    assert plans.faults()[0] == "Lista över klimatplaner!D6 "
    plans.columns(1, rows={"Rows without a code, a title or a phase": "are left out, and counted"})
    assumed = plans.assumed()
    (left,) = [s for s in assumed if s.startswith("rows without a code, a title or a phase")]
    assert left.startswith(
        f"rows without a code, a title or a phase were left out: Lista över "
        f"klimatplaner {', '.join(map(str, without[:20]))}"
    )
    assert assumed[left] == 150
    assert assumed["other sheets were left unread: Har plan, Plan kan inte hittas"] == 2
    assert assumed["rows above the headers were left unread: Lista över klimatplaner 1"] == 1
    assert {a["title"]: a["phase"] for a in plans.confirm().values()} == adopted


def test_a_sheet_without_a_header_row_comes_in_by_its_letters(admin):
    given = {
        values[0]: int(values[3]) for _sheet, _number, values in rows_of(PLANS, 1) if values[3]
    }
    others = [n for _sheet, n, values in rows_of(PLANS, 1) if not (values[0] and values[3])]
    strategy = make_strategy("klimat", years=range(2009, 2025))
    plans = walk(admin, strategy, PLANS)
    plans.sheets(Har_plan=(None, None), others=False)
    plans.columns(
        1,
        Code="Number the rows: 001, 002, 003 …",
        Action="A",
        Phase="D",
        rows={"Rows without a code, a title or a phase": "are left out, and counted"},
    )
    rows = ", ".join(map(str, others))
    sentence = f"rows without a code, a title or a phase were left out: Har plan {rows}"
    assert plans.assumed()[sentence] == len(others)
    assert {a["title"]: a["phase"] for a in plans.confirm().values()} == given


STATUS = "20_de_muenster_klimaschutz_sachstand.csv"


def test_a_german_table_with_blank_lines(admin):
    with (DATA / STATUS).open(encoding="utf-8-sig", newline="") as file:
        measures = list(csv.DictReader(file))
    strategy = make_strategy("klima", years=(2013,))
    status = walk(admin, strategy, STATUS)
    status.sheets()
    status.columns(1, Phase="= 2013", Weight="potential")
    wrong = [m["potential"] for m in measures if not m["potential"].replace(".", "").isdigit()]
    assert status.kept.counts["faults"] == len(wrong)
    assert Counter(found for _s, _c, _f, found, _e in status.kept.faults) == Counter(wrong)
    status.columns(1, Phase="= 2013", Weight="priority", Theme="parent")
    found = status.confirm()
    assert {code: (a["title"], a["theme"], float(a["weight"])) for code, a in found.items()} == {
        m["id"]: (" ".join(m["title"].split()), m["parent"], float(m["priority"])) for m in measures
    }
    assert len(found) == 275


def test_an_empty_template_has_no_rows_below_its_headers(admin):
    template = walk(admin, make_strategy(), "21_en_tola_bulk_indicator_template.xlsx")
    assert template.kept.state == ImportState.READ
    response = template.sheets()
    assert response.status_code == 422
    assert "the sheet has no rows below its headers" in response.content.decode()


def test_a_text_that_calls_itself_a_workbook_is_refused_at_once(admin):
    text = walk(admin, make_strategy(), "91_broken_37_bytes_text.xlsx")
    assert text.uploaded.status_code == 422
    assert "This is text, not a workbook" in text.uploaded.content.decode()
