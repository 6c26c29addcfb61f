"""Whole sheets: real ones, and invented ones such as public organisations have."""

import csv
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from roadmap import record
from roadmap.workbook.headings.headers import header_rows, propose, texts
from tests.roadmap.test_headings import numbered

DATA = Path(__file__).parent.parent / "data"
PLAN, ACTUAL, COMMENT = record.PLAN, record.ACTUAL, record.COMMENT


def sheets(name):
    for worksheet in openpyxl.load_workbook(DATA / name, data_only=True).worksheets:
        rows = worksheet.iter_rows(max_row=60, values_only=True)
        ranges = worksheet.merged_cells.ranges
        merged = [[r.min_row, r.min_col, r.max_row, r.max_col] for r in ranges]
        yield numbered(rows)[:40], merged


def table():
    with (DATA / "20_de_muenster_klimaschutz_sachstand.csv").open(encoding="utf-8-sig") as file:
        return numbered(csv.reader(file))[:40], []


def proposed(head, merged=()):
    """What is proposed for a sheet: its header, the header text of each field, the quarters."""
    first, last = header_rows(head, merged)
    header = texts(head, merged, first, last)
    proposal = propose(header, [cells for number, cells in head if number > last])
    fields = {key: header[place - 1] for key, place in proposal.fields.items()}
    quarters = [(place, family, q and str(q)) for place, family, q in proposal.quarters]
    return (first, last), fields, quarters


def quarters(first, families, years=(2022,), numbers=(1, 2, 3, 4)):
    """Quarter columns side by side from a place on, the families in turn."""
    named = [(f, f"{y}Q{n}") for y in years for n in numbers for f in families]
    return [(place, family, quarter) for place, (family, quarter) in enumerate(named, start=first)]


# --- real sheets ------------------------------------------------------------------------------


def test_a_project_plan():
    (sheet,) = sheets("13_en_packt_tpm_project_plan.xlsx")
    fields = {"code": "ID", "title": "Task", "start": "Start Date", "end": "End Date"}
    assert proposed(*sheet) == ((1, 1), fields, [])


def test_a_template_of_indicators_below_its_instructions():
    template, lists = sheets("21_en_tola_bulk_indicator_template.xlsx")
    fields = {
        "code": "No.*",
        "description": "Definition",
        "theme": "Sector",
        "metric": "Indicator*",
        "unit": "Unit of measure*",
        "baseline": "Baseline*",
    }
    assert proposed(*template) == ((6, 6), fields, [(23, COMMENT, None)])
    assert header_rows(*lists) is None


def test_a_list_of_climate_plans_and_its_sheets_without_headers():
    plans, with_plan, without = sheets("18_sv_klimatkollen_klimatplaner.xlsx")
    fields = {
        "title": "Namn, giltighetsår, kommentar",
        "phase": "Antagen år",
        "service_area": "Kommun",
        "responsible": "Kontakt",
    }
    assert proposed(*plans) == ((2, 2), fields, [])
    assert [header_rows(*with_plan), header_rows(*without)] == [None, None]


def test_a_german_table_of_climate_measures():
    fields = {"code": "id", "title": "title", "description": "text"}
    assert proposed(*table()) == ((1, 1), fields, [])


def test_a_workbook_in_our_own_layout_is_known_exactly():
    ((head, merged),) = sheets("tenjo-2024-2025.xlsx")
    assert header_rows(head, merged) == (1, 1)
    proposal = propose(texts(head, merged, 1, 1))
    keys = [key for key in record.PLAIN if key not in ("description", "responsible")]
    assert proposal.fields == {
        key: place for place, key in enumerate([k for k in keys if k != "cancelled_from"], start=1)
    }
    years = (2024, 2025)
    assert [(p, f, str(q)) for p, f, q in proposal.quarters] == [
        *quarters(13, [PLAN], years),
        *quarters(21, [ACTUAL], years),
    ]
    assert proposal.exact is True


TENJO = """EJE|PONDERADOR EJE|NOMBRE DE SECTOR|SECTOR MGA|PROGRAMA MGA|COD,.INT. PROGRAMA
PROGRAMA PDT|COD SUBPROGRAMA|COD. INT, SUBPROGRAMA|SUBPROGRAMA|COD. INT. MR|META DE RESULTADO
INDICADOR DE RESULTADO|L.B|PRODUCTO MGA|BPIN|NOMBRE DEL PROYECTO|COD META PRODUCTO|META DE PRODUCTO
L.B|UNIDAD DE MEDIDA|TENDENCIA  INDICADOR|INDICADOR|RESPONSABLE|PACTO POR LA NIŃEZ
VALOR ESPERADO CUATRIENIO|% TOTAL  EJEJCUTADO 2024 VS CUATRIENIO
% TOTAL EJECUTADO 2025 VS CUATRIENIO
% TOTAL EJECUTADO 2026 VS CUATRIENIO|% TOTAL EJECUTADO 2027 VS CUATRIENIO
PORCENTAJE TOTAL PDM AVANCE CUATRIENIO|VALOR ESPERADO 2024|VALOR ESPERADO 2025|VALOR ESPERADO 2026
VALOR ESPERADO 2027|T1. PLANEADO 2024|T1. EJECUTADO 2024|T2. PLANEADO 2024|T2. EJECUTADO 2024
T3. PLANEADO 2024|T3. EJECUTADO 2024|T4. PLANEADO 2024|T.4 EJECUTADO 2024|TOTAL PLANEADO 2024
TOTAL EJECUTADO 2024|AVANCE 2024|% TOTAL PLANEADO 2024|% TOTAL AVANCE 2024
ESTADO PROGRAMADO-NO PROGRAMADO| SOPORTES DE CUMPLIMIENTO 2024|T1. PLANEADO 2025|T1. EJECUTADO 2025
T2. PLANEADO 2025|T2. EJECUTADO 2025|T3. PLANEADO 2025|T3. EJECUTADO 2025|T4. PLANEADO 2025
T.4 EJECUTADO 2025|TOTAL PLANEADO 2025|TOTAL EJECUTADO 2025|AVANCE 2025|% TOTAL PLANEADO 2025
% TOTAL AVANCE 2025|ESTADO PROGRAMADO-NO PROGRAMADO| SOPORTES DE CUMPLIMIENTO 2025
APROPIACION DEFINITIVA 2025|COMPROMISOS 2025|APROPIACION 2024|COMPROMISOS 2024|TOTAL ASIGNADO
TOTAL COMPROMISOS|% EJECUCIÓN FINANCIERA|APROPIACION INICIAL 2025|APROPIACION DEFINITIVA 2025
COMPROMISOS 2025|PAGOS 2025|% EJECUCION 2025|2024 PLAN FINANCIERO PDM|2025 PLAN FINANCIERO PDM
2026 PLAN FINANCIERO PDM|2027 PLAN FINANCIERO PDM|TOTALES PLAN FINANCIERO PDM""".replace(
    "\n", "|"
).split("|")


def test_the_plan_of_a_spanish_speaking_municipality():
    rows = [[1, TENJO], [2, ["Eje 1. Ambiente", 0.235, None, 32, 3204]]]
    assert header_rows(rows, []) == (1, 1)
    proposal = propose(texts(rows, [], 1, 1))
    places = {TENJO[place - 1]: place for place in proposal.fields.values()}
    assert proposal.fields == {
        "code": places["COD META PRODUCTO"],
        "title": places["META DE PRODUCTO"],
        "theme": 1,
        "service_area": places["RESPONSABLE"],
        "metric": places["INDICADOR"],
        "unit": places["UNIDAD DE MEDIDA"],
        "baseline": 20,  # the one beside the product's goal, not the other of the same name
        "target": places["VALOR ESPERADO CUATRIENIO"],
    }
    assert [(p, f, str(q)) for p, f, q in proposal.quarters] == [
        *quarters(36, [PLAN, ACTUAL], [2024]),
        *quarters(51, [PLAN, ACTUAL], [2025]),
    ]
    assert proposal.exact is False


# --- lifelike ones ----------------------------------------------------------------------------


def test_quarters_in_a_row_of_their_own_below_years_with_titles_and_a_date_above():
    head = numbered(
        [
            [None, "Hyvinvointialueen digiohjelma 2021–2023"],
            [],
            ["Päivitetty 14.8.2022"],
            ["Nro", "Toimenpide", "Vastuuhenkilö", 2022, None, None, None, 2023],
            [None, None, None, "Q1", "Q2", "Q3", "Q4", "Q1"],
            ["T-1", "Ajanvaraus verkkoon", "maija@example.org", 10, 20, 30, 40, 50],
            ["T-2", "Etävastaanotto", "pekka@example.org; m@example.org", 10, 20, 30, 40, 50],
        ]
    )
    merged = [[1, 2, 1, 8], [4, 1, 5, 1], [4, 2, 5, 2], [4, 3, 5, 3], [4, 4, 4, 7]]
    assert proposed(head, merged) == (
        (4, 5),
        {"code": "Nro", "title": "Toimenpide", "responsible": "Vastuuhenkilö"},
        [*quarters(4, [None]), (8, None, "2023Q1")],
    )


def test_four_header_rows_with_families_below_quarters_below_years():
    head = numbered(
        [
            ["Toimenpideohjelma"],
            ["Perustiedot", None, None, "Seuranta", None, None, None],
            ["Tunniste", "Toimenpide", "Kärki", 2022, None, None, None],
            [None, None, None, "Q1", None, "Q2", None],
            [None, None, None, "Suunn.", "Tot.", "Suunn.", "Tot."],
            ["A1", "Ajanvaraus verkkoon", "Asiakas", 5, 4, 10, 8],
            ["A2", "Etävastaanotto", "Asiakas", 5, 4, 10, 8],
            ["A3", "Omahoito", "Tieto", 5, 4, 10, 8],
        ]
    )
    merged = [[1, 1, 1, 7], [2, 1, 2, 3], [2, 4, 2, 7], [3, 4, 3, 7], [4, 4, 4, 5], [4, 6, 4, 7]]
    merged += [[3, place, 5, place] for place in (1, 2, 3)]
    header, fields, columns = proposed(head, merged)
    assert (header, columns) == ((3, 5), quarters(4, [PLAN, ACTUAL], numbers=[1, 2]))
    assert fields == {"code": "Tunniste", "title": "Toimenpide", "theme": "Kärki"}


def test_families_above_quarters_that_name_their_year_themselves():
    head = numbered(
        [
            ["Nr", "Åtgärd", "Nämnd", "Nyckeltal", "Planerat", None, "Utfall", None],
            [None, None, None, None, "Q1 2022", "Q2 2022", "Q1 2022", "Q2 2022"],
            [1, "E-tjänst för bygglov", "Byggnadsnämnden", "Andel digitalt", 20, 40, 25, None],
            [2, "Digital fritidskort", "Byggnadsnämnden", "Antal kort", 20, 40, 25, None],
            [3, "Chatt", "Kommunstyrelsen", "Antal samtal", 20, 40, 25, None],
        ]
    )
    assert proposed(head, [[1, 5, 1, 6], [1, 7, 1, 8]]) == (
        (1, 2),
        {"code": "Nr", "title": "Åtgärd", "service_area": "Nämnd", "metric": "Nyckeltal"},
        [*quarters(5, [PLAN], numbers=[1, 2]), *quarters(7, [ACTUAL], numbers=[1, 2])],
    )


def test_key_figures_with_groups_that_are_not_merged_and_a_row_of_units():
    head = numbered(
        [
            ["Legend: green = on track, red = late"],
            ["Owner", "Chief digital officer"],
            [],
            ["KPI", None, None, None, "Actual", None, None],
            ["Name", "Unit", "Baseline", "Target", "Q1 2022", "Q2 2022", "Q3 2022"],
            [None, None, "(%)", "(%)", "(%)", "(%)", "(%)"],
            ["Share of digital contacts", "%", 12, 60, 14, 20, None],
            ["Customer satisfaction", "%", 70, 80, 71, 74, None],
        ]
    )
    assert proposed(head) == (
        (4, 6),
        {
            "metric": "KPI / Name",
            "unit": "KPI / Unit",
            "baseline": "KPI / Baseline / (%)",
            "target": "KPI / Target / (%)",
        },
        quarters(5, [ACTUAL], numbers=[1, 2, 3]),
    )


def test_a_german_programme_with_a_logo_row_and_dates():
    start, end = date(2021, 1, 4), date(2022, 12, 23)
    head = numbered(
        [
            [None, None, None, "Stadt Musterhausen"],
            [],
            ["Maßnahmen-Nr.", "Maßnahme", "Handlungsfeld", "Amt", "Beginn", "Ende", "Gewichtung"],
            ["1.10", "Serviceportal ausbauen", "Bürgerdienste", "Hauptamt", start, end, 2],
            ["1.20", "Digitale Bauakte einführen", "Bauen", "Bauamt", start, end, 1],
            ["1.30", "WLAN in allen Schulen", "Bildung", "Bauamt", start, end, 1],
        ]
    )
    fields = {
        "code": "Maßnahmen-Nr.",
        "title": "Maßnahme",
        "theme": "Handlungsfeld",
        "service_area": "Amt",
        "start": "Beginn",
        "end": "Ende",
        "weight": "Gewichtung",
    }
    assert proposed(head, [[1, 4, 1, 7]]) == ((3, 3), fields, [])


def test_objectives_in_words_are_themes_and_objectives_in_numbers_are_targets():
    words = numbered(
        [
            ["Tavoite", "Toimenpide", "Vastuutaho", "Aikataulu"],
            ["Sujuvat palvelut", "Ajanvaraus verkkoon", "Terveyspalvelut", 2022],
            ["Sujuvat palvelut", "Etävastaanotto", "Terveyspalvelut", 2023],
            ["Tiedolla johtaminen", "Raportointi uusiksi", "Konsernipalvelut", 2023],
        ]
    )
    assert proposed(words) == (
        (1, 1),
        {
            "title": "Toimenpide",
            "phase": "Aikataulu",
            "theme": "Tavoite",
            "service_area": "Vastuutaho",
        },
        [],
    )
    numbers = numbered(
        [
            ["Mittari", "Yksikkö", "Lähtötaso 2020", "Tavoite 2023", "Toteuma 2021", "Huomiot"],
            ["Sähköinen asiointi", "%", 12, "60 %", 20, "Edennyt hyvin"],
            ["Etäkäynnit", "kpl", 100, 900, 300, "Edennyt hyvin"],
        ]
    )
    fields = {"metric": "Mittari", "unit": "Yksikkö"}
    fields |= {"baseline": "Lähtötaso 2020", "target": "Tavoite 2023"}
    assert proposed(numbers) == ((1, 1), fields, [(6, COMMENT, None)])


def test_quarters_without_a_year_or_a_family_are_left_for_a_person():
    texts_ = ["Toimenpide", "Suunnitelma Q1", "Toteuma Q1", "Q2/2022", "Toteuma", "Toteuma 2022"]
    assert propose(texts_).quarters == [
        (2, PLAN, None),
        (3, ACTUAL, None),
        (4, None, (2022, 2)),
        (5, ACTUAL, None),
    ]


def test_figures_below_a_comment_and_words_below_an_actual_leave_the_family_open():
    header = ["Toimenpide", "Tilanne Q1/2022", "Toteutunut Q2/2022"]
    samples = [["Ajanvaraus", 12, "Valmisteltu"], ["Omahoito", 14, "Kilpailutettu"]]
    assert propose(header, samples).quarters == [(2, None, (2022, 1)), (3, None, (2022, 2))]


def test_months_of_the_year_are_no_quarters_though_the_first_four_look_like_them():
    header = ["Toimenpide", *(f"Toteuma {month}/2022" for month in range(1, 13))]
    assert {quarter for _, _, quarter in propose(header).quarters} == {None}


def test_thirds_of_a_year_are_no_quarters_though_they_look_like_them():
    header = ["Toimenpide", "Toteuma T1 2022", "Toteuma T2 2022", "Toteuma T3 2022"]
    assert [quarter for _, _, quarter in propose(header).quarters] == [None, None, None]
    header.append("Toteuma T4 2022")
    assert propose(header).quarters[0] == (2, ACTUAL, (2022, 1))


def test_people_are_proposed_only_where_there_are_addresses():
    header = ["Action", "Owner", "Project manager"]
    rows = [["Online booking", "Health services", "Anna Smith"]]
    assert propose(header, rows).fields == {"title": 1, "service_area": 2}
    assert propose(header).fields == {"title": 1, "service_area": 2}
    rows = [["Online booking", "anna@example.org", "Anna Smith"]]
    assert propose(header, rows).fields == {"title": 1, "responsible": 2}


def test_of_two_columns_with_numbers_the_one_that_tells_rows_apart_is_the_code():
    header = ["Ref", "Löpnr", "Åtgärd"]
    rows = [["A", 1, "Chatt"], ["B", 1, "Portal"], ["C", 1, "E-tjänst"]]
    assert propose(header).fields == {"code": 2, "title": 3}
    assert propose(header, rows).fields == {"code": 1, "title": 3}


@pytest.mark.parametrize(
    ("header", "exact"),
    [
        (["Tunnus", "TOIMENPIDE ", "Vaihe*", "Toteuma 2022Q1"], True),
        (["Code", "Åtgärd", "Vaihe", "Huomiot"], True),  # notes beside our layout say nothing
        (["Tunnus", "Toimenpide", "Vaihe", "Lähtötaso"], False),
        (["Tunnus", "Toimenpide", "Vaihe", "Toteuma kv1/2022"], False),
        (["Tunnus", "Toimenpide", "Vaihe", "Q1/2022"], False),
        (["Tunnus", "Toimenpide"], False),
        (["Nro", "Toimenpide", "Vaihe"], False),
    ],
)
def test_only_our_own_names_are_exact(header, exact):
    assert propose(header).exact is exact


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [["Digiohjelma"], ["Ohjeet: täytä taulukko ja palauta se"]],
        [[1, 2, 3], [4, 5, 6]],
        [["Vuosi", 2022], ["Laatija", "Maija Mallikas"]],
        [["anna@example.org", "Toimenpide", "Tunnus"], ["b@example.org", "x", "y"]],
    ],
)
def test_where_nothing_looks_like_a_header_there_is_none(rows):
    assert header_rows(numbered(rows), []) is None


def test_a_header_below_the_thirtieth_row_is_not_looked_for():
    rows = [["Ohjeita"]] * 30 + [["Tunnus", "Toimenpide", "Vaihe"]]
    assert header_rows(numbered(rows), []) is None
    assert header_rows(numbered(rows[1:]), []) == (30, 30)
