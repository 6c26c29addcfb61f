"""Workbooks as people make them, brought in by what the pages offer, counted by openpyxl alone."""

from decimal import Decimal
from pathlib import Path

import pytest

from roadmap.quarters import Quarter
from tests.factories import make_strategy
from tests.roadmap import lifelike
from tests.roadmap.walks import Walk

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[1] / "data"
LEAVE_OUT = "are left out, and counted"
NAME_THEME = "name the theme of the rows below"
SHARES = "50 % → 50; 0,5 → 50"


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def walk(browse, yllapitaja):
    admin = browse(yllapitaja)

    def walk(content, name="suunnitelma.xlsx", years=(2021, 2022, 2023)):
        return Walk(admin, make_strategy(years=years), name, content)

    return walk


def times(found):
    return {code: (str(action["start"]), str(action["end"])) for code, action in found.items()}


def per_cent(value):
    """A share as these workbooks write it: 0.5, "50 %" or "12,5 %"."""
    if isinstance(value, str):
        return Decimal(value.replace("%", "").replace(",", ".").replace("\u00a0", "").strip())
    return Decimal(str(value)) * 100


def test_a_programme_with_merged_headers_and_groups_a_sum_a_note_and_mixed_per_cents(walk):
    file = lifelike.finnish_programme()
    plan = walk(file)
    plan.sheets()
    errors = plan.errors(plan.columns(1))
    assert errors == [
        "choose a column, a year, or where the year comes from",
        *["say how per cents are read"] * 2,
    ]
    scales = {"Target": SHARES, "Achieved": SHARES}
    plan.columns(1, Phase="= 2022", scales=scales)
    assert plan.faults() == ["Toimenpiteet!B13 ", "Toimenpiteet!C13 "]
    plan.columns(1, rows={"Rows with one filled cell": LEAVE_OUT})

    rows = [row for n, row in lifelike.values(file).items() if 6 <= n <= 10]
    assumed = plan.assumed()
    assert {
        "rows above the headers were left unread: Toimenpiteet 1, 2": 2,
        "rows that sum up others were left out: Toimenpiteet 11": 1,
        "rows with one filled cell were left out: Toimenpiteet 13": 1,
        "cells beneath merged ones were left unread: Toimenpiteet A8": 1,
        "rows: Theme from the row above": 3,
        "columns were left unread: Huomiot": 1,
        "numbers had Excel's per cent format, for example 0,5 shown as 50 % → 50": 20,
    }.items() <= assumed.items()
    found = plan.confirm()
    codes = ["1.1", "1.10", "1.3", "2.1", "2.2"]
    assert list(found) == codes
    assert [(a["title"], a["service_area"]) for a in found.values()] == [
        (row[2], row[3]) for row in rows
    ]
    assert [a["theme"] for a in found.values()] == ["Sähköiset palvelut"] * 3 + ["Tieto"] * 2
    quarters = [f"2022Q{n}" for n in (1, 2, 3, 4)]
    for code, row in zip(codes, rows, strict=True):
        for family, cells in (("plan", row[6:10]), ("actual", row[10:14])):
            expected = {
                q: per_cent(c) for q, c in zip(quarters, cells, strict=True) if c is not None
            }
            given = {q: found[code].get(f"{family}:{q}") for q in quarters}
            assert {q: v for q, v in given.items() if v is not None} == expected


def test_themes_as_rows_of_their_own_and_words_that_are_no_numbers(walk):
    file = lifelike.heading_rows()
    plan = walk(file)
    plan.sheets()
    words = {"Rows with one filled cell": NAME_THEME}
    columns = [f"{c}: Toteuma 2021 / Q{n}" for n, c in enumerate("EFGH", start=1)]
    achieved = {name: ("Achieved", f"Q{n}/2021") for n, name in enumerate(columns, start=1)}
    plan.columns(1, Phase="= 2021", rows=words, quarters=achieved)
    rows = {n: row for n, row in lifelike.values(file).items() if n > 5 and row[2]}
    assert plan.kept.counts["faults"] == 4 * len(rows) == 20
    assert plan.faults()[:4] == [
        "Tiekartta 2021-2022!E7 Ei aloitettu",
        "Tiekartta 2021-2022!F7 Aloitettu",
        "Tiekartta 2021-2022!G7 Kesken",
        "Tiekartta 2021-2022!H7 Valmis",
    ]
    preview = plan.client.get(plan.at("import-preview")).content.decode()
    assert "a column can be left out" in preview
    plan.columns(1, Phase="= 2021", rows=words, quarters=dict.fromkeys(columns, ("–", "")))
    assert plan.assumed()[
        "columns were left unread: Omistaja, Toteuma 2021 / Q1, Toteuma 2021 / Q2, "
        "Toteuma 2021 / Q3, Toteuma 2021 / Q4"
    ] == 5  # fmt: skip
    sentence = "rows were read as headings of those below: Tiekartta 2021-2022 6, 10"
    assert plan.assumed()[sentence] == 2
    assert {code: (a["title"], a["theme"]) for code, a in plan.confirm().items()} == {
        row[1]: (row[2], row[2].partition(",")[0]) for row in rows.values()
    }


def test_a_sheet_for_each_unit_of_which_each_counts_from_one(walk):
    file = lifelike.swedish_units()
    plan = walk(file, "åtgärder.xlsx")
    plan.sheets()
    plan.columns(1, Service_area="The name of the sheet")
    assumed = plan.assumed()
    assert assumed["other sheets were left unread: Översikt"] == 1
    assert assumed["columns were left unread: Ansvarig, Status"] == 2 * 5
    found = plan.confirm()
    expected = {
        f"{unit}-{row[0]}": (row[1], unit)
        for unit in lifelike.UNITS
        for n, row in lifelike.values(file, unit).items()
        if n > 3
    }
    assert {code: (a["title"], a["service_area"]) for code, a in found.items()} == expected
    assert len(found) == sum(lifelike.UNITS.values()) == 25
    assert [times(found)[f"Ledning-{n}"] for n in range(1, 7)] == [
        ("2021Q1", "2023Q4"),
        ("2022Q1", "2022Q4"),
        ("2022Q1", "2023Q4"),
        ("2022Q3", "2022Q3"),
        ("2022Q2", "2022Q2"),
        ("2023Q1", "2023Q4"),
    ]


def test_a_table_further_in_with_hidden_parts_errors_and_years_before_the_strategy(walk):
    file = lifelike.english_roadmap()
    plan = walk(file, "roadmap.xlsx")
    response = plan.sheets()
    assert response.content.decode().count("say whether they are taken") >= 2
    plan.sheets(Roadmap_plan="take")
    rows = {n: row for n, row in lifelike.values(file).items() if n > 7}
    early = [n for n, row in rows.items() if row[6].year < 2021]
    plan.columns(1)
    assert plan.faults()[:3] == [
        "Roadmap plan!G8 2019",
        "Roadmap plan!G9 2020",
        "Roadmap plan!K10 #REF!",
    ]
    assert plan.kept.counts["faults"] == len(early) + 2 == 8
    moved = "is left out, starts and ends are moved to its first or last quarter; all counted"
    plan.columns(1, lenient=["Achieved"], rows={"What lies outside the strategy’s years": moved})
    assumed = plan.assumed()
    assert {
        "cells that could not be read count as empty: Achieved Q4/2022, Roadmap plan K10, K11": 2,
        "starts and ends outside the strategy were moved to its first or last": len(early),
        "columns were left unread: Comment, Comment, Notes": 3,
        "days were read as the quarters that they lie in": 24,
    }.items() <= assumed.items()
    found = plan.confirm()
    first = Quarter(2021, 1)
    assert times(found) == {
        row[3]: (str(max(first, Quarter.of(row[6].date()))), str(Quarter.of(row[7].date())))
        for row in rows.values()
    }
    assert {a["theme"] for a in found.values()} == {"People", "Process", "Tech"}
    assert found["A01"]["title"] == "Deliver capability 1"


def test_rows_that_a_filter_hides_can_be_left_out_and_are_counted(walk):
    plan = walk(lifelike.english_roadmap(), "roadmap.xlsx", years=range(2019, 2024))
    plan.sheets(Roadmap_plan="leave")
    plan.columns(1, lenient=["Achieved"])
    assert plan.assumed()["hidden rows were left out: Roadmap plan 13, 14"] == 2
    assert len(plan.confirm()) == 12 - 2


def test_a_german_table_of_text_as_excel_saves_it(walk):
    text = lifelike.german_text()
    plan = walk(text, "maßnahmen.csv")
    plan.sheets()
    said = "write the quarter as 2022Q3 or Q3/2022, or choose “–” to leave it out"
    assert plan.errors(plan.columns(1)) == [said]
    plan.columns(1, quarters={"G: Fortschritt": ("Achieved", "Q4/2022")})
    lines = [line.split(";") for line in text.decode("cp1252").split("\r\n")[4:]]
    found = plan.confirm()
    assert {
        code: (a["theme"], a["title"], a["service_area"], a["actual:2022Q4"])
        for code, a in found.items()
    } == {
        line[0]: (*line[1:4], Decimal(line[6].removesuffix(" %").replace(",", ".")))
        for line in lines
    }
    assert times(found)["4"] == ("2021Q2", "2022Q4")


def test_months_up_to_april_are_no_quarters_where_the_column_has_later_ones(walk):
    plan = walk(lifelike.finnish_text(), "tehtävät.csv")
    plan.sheets()
    plan.columns(1)
    assert plan.assumed()["months were read as the quarters that they lie in"] == 10
    assert times(plan.confirm()) == {
        "001": ("2022Q1", "2022Q3"),
        "002": ("2022Q1", "2022Q3"),
        "003": ("2022Q1", "2022Q3"),
        "004": ("2022Q2", "2022Q4"),
        "005": ("2022Q2", "2022Q4"),
    }


def test_two_tables_on_one_sheet(walk):
    file = lifelike.two_tables()
    plan = walk(file)
    plan.sheets()
    response = plan.columns(1, button="again", rows={"Last row": 10})
    assert response.url == plan.at("import-columns", 2)
    second = {"Code": "A: Nro", "Action": "C: Alkaa", "Phase": "= 2022"}
    absent = {"Start": "not in the file", "End": "not in the file"}
    plan.columns(2, **second, **absent, rows={"First row": 13})
    assert {
        "rows that repeat the headers were left out: Suunnitelma 7": 1,
        "rows outside the chosen ones were left out: Suunnitelma 11, 12, 13, 14, 15": 5,
        "rows outside the chosen ones were left out: Suunnitelma 3, 4, 5, 6, 7, 8, 11, 12": 8,
    }.items() <= plan.assumed().items()
    rows = lifelike.values(file)
    expected = {str(rows[n][0]): rows[n][1] for n in (3, 4, 5, 6, 8)}
    expected |= {rows[n][0]: rows[n][2] for n in (13, 14, 15)}
    assert {code: a["title"] for code, a in plan.confirm().items()} == expected


def test_quarters_without_a_year_on_a_sheet_for_each_year(walk):
    file = lifelike.years_on_sheets()
    plan = walk(file)
    plan.sheets()
    assert plan.errors(plan.columns(1)) == ["say how per cents are read"] * 2
    plan.columns(1, scales={"Planned": SHARES, "Achieved": SHARES})
    assumed = plan.assumed()
    assert assumed["rows: the phase is the year in the name of the sheet"] == 8
    assert assumed["values: the year of their quarter is that of the phase"] == 64
    found = plan.confirm()
    assert len(found) == 8
    for year in (2022, 2023):
        for n, row in lifelike.values(file, f"Seuranta {year}").items():
            if n > 2:
                action = found[f"Seuranta {year}-{row[0]}"]
                keys = [
                    f"{family}:{year}Q{q}" for family in ("plan", "actual") for q in range(1, 5)
                ]
                assert [action[key] for key in keys] == [per_cent(share) for share in row[2:10]]
                assert action["phase"] == year


def test_ditto_marks_and_times_that_are_none(walk):
    plan = walk(lifelike.ditto_marks())
    plan.sheets()
    plan.columns(1)
    assert plan.faults() == [  # the start, the end and, worked out from the start, the phase
        *["Sheet!F4 kevät 2022"] * 2,
        "Sheet!F4 ",
        *["Sheet!F5 jatkuva"] * 2,
        "Sheet!F5 ",
    ]
    plan.columns(1, Phase="= 2022", lenient=["Start", "End"])
    assert {
        "cells that could not be read count as empty: Start, Sheet F4, F5": 2,
        "cells that could not be read count as empty: End, Sheet F4, F5": 2,
        "rows: Theme from the row above": 3,
        "rows: Service area from the row above": 3,
        "columns were left unread: Tila": 1,
    }.items() <= plan.assumed().items()
    found = plan.confirm()
    assert {code: (a["theme"], a["service_area"]) for code, a in found.items()} == {
        **dict.fromkeys(("P1", "P2", "P3"), ("Palvelut", "Sote")),
        **dict.fromkeys(("T1", "T2"), ("Talous", "Talous")),
    }
    assert times(found) == {
        "P1": ("2022Q1", "2022Q4"),
        "P2": ("2022Q1", "2022Q4"),
        "P3": ("2022Q1", "2022Q3"),
        "T1": ("2023Q1", "2023Q4"),
        "T2": ("2021Q1", "2023Q4"),
    }


def test_a_plan_of_what_each_quarter_adds_as_libreoffice_saved_it(walk):
    file = (DATA / "lifelike-es-libreoffice.xlsx").read_bytes()
    plan = walk(file, "plan de acción.xlsx", years=(2023,))
    plan.sheets()
    plan.columns(1, Phase="= 2023", rows={"Rows with one filled cell": LEAVE_OUT})
    assert plan.kept.counts["faults"] == 5  # a plan that never reaches its target
    adds = "each quarter tells what it adds; add the quarters up"
    plan.columns(1, rows={f"Planned: {adds}": True, f"Achieved: {adds}": True})
    assert {
        "rows above the headers were left unread: PLAN DE ACCIÓN 1, 2": 2,
        "rows that sum up others were left out: PLAN DE ACCIÓN 9, 12, 13": 3,
        "rows with one filled cell were left out: PLAN DE ACCIÓN 15": 1,
        "columns were left unread: TOTAL EJECUTADO": 1,
        "values were added up from quarter to quarter": 20 + 16,
    }.items() <= plan.assumed().items()
    rows = {n: row for n, row in lifelike.values(file).items() if n > 5 and row[1]}
    found = plan.confirm()
    assert len(found) == len(rows) == 5
    for row in rows.values():
        action = found[row[1]]
        target = row[4] if isinstance(row[4], int) else int(row[4].replace("\u00a0", ""))
        assert (action["target"], action["plan:2023Q4"]) == (target, target)
        achieved = [value for key, value in sorted(action.items()) if key.startswith("actual:")]
        assert achieved[-1] == row[13]  # what the workbook itself reckons


def test_bars_of_marked_quarters_say_when_something_is_done(walk):
    file = lifelike.bars()
    plan = walk(file)
    plan.sheets()
    plan.columns(1, rows={"Rows without a code, a title or a phase": NAME_THEME})
    assumed = plan.assumed()
    assert assumed["rows: starts and ends are the first and last marked quarters"] == 2 * 6
    assert assumed["rows were read as headings of those below: Tiekartta 5"] == 1
    quarters = [f"{year}Q{n}" for year in (2021, 2022) for n in (1, 2, 3, 4)]
    expected = {"6": ("2021Q2", "2022Q2")}  # the bar is one cell, merged over E to I
    for n, row in lifelike.values(file).items():
        if 5 < n < 11:
            marked = [q for q, cell in zip(quarters, row[3:], strict=True) if cell]
            expected[str(row[0])] = marked[0], marked[-1]
    found = plan.confirm()
    assert times(found) == expected
    assert {action["theme"] for action in found.values()} == {"Asiakaspalvelu"}
