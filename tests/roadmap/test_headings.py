from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap import record
from roadmap.quarters import Quarter
from roadmap.workbook import layout
from roadmap.workbook.headings.headers import (
    Meaning,
    header_rows,
    merge_spread,
    propose,
    read,
    texts,
)

PLAN, ACTUAL, COMMENT = record.PLAN, record.ACTUAL, record.COMMENT


def says(key=None, family=None, quarter=None, year=None, number=None, exact=False):
    if quarter:
        quarter = Quarter.parse(quarter)
        year, number = quarter
    return Meaning(key, family, quarter, year, number, exact)


def cell(value):
    if isinstance(value, date | datetime):
        return ["d", value.isoformat()[:10]]
    return None if value == "" else value


def numbered(rows, first=1):
    """Rows as the book folder keeps them: blank rows and trailing blank cells left out."""
    head = []
    for number, row in enumerate(rows, start=first):
        cells = [cell(value) for value in row]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            head.append([number, cells])
    return head


# --- one text ---------------------------------------------------------------------------------


def words(key, *listed):
    return [(text, says(key)) for text in listed]


FINNISH = [
    *words("code", "Nro", "N:o", "Tunniste", "Toimenpiteen numero", "Toimenpidenumero", "ID"),
    *words(
        "title", "Toimenpiteet", "Tehtävä", "Hanke", "Toimenpide / tehtävä", "Toimenpiteen nimi"
    ),
    *words("description", "Toimenpiteen kuvaus", "Tarkempi kuvaus", "Selite"),
    *words("phase", "Vuosi", "Toteutusvuosi"),
    *words("theme", "Kärki", "Painopiste", "Teema", "Painopistealue", "Teeman nimi"),
    *words("service_area", "Toimiala", "Vastuualue", "Vastuutaho", "Toimenpiteen vastuutaho"),
    *words("responsible", "Vastuuhenkilö", "Sähköposti"),
    *words("metric", "Tunnusluku", "Indikaattori", "Mittarit", "Mittarin nimi"),
    *words("unit", "Mittayksikkö", "Mittarin yksikkö"),
    *words("baseline", "Lähtötaso", "Lähtötilanne", "Nykytila", "Mittarin lähtöarvo"),
    *words("target", "Tavoitetaso", "Tavoite", "Toimenpiteen tavoite"),
    *words("start", "Alkaa", "Aloitus (pvm)", "Aloituspvm", "Suunniteltu aloitus"),
    *words("end", "Päättyy", "Valmis", "Määräaika", "Aikataulu"),
    *words("weight", "Painokerroin", "Painoarvo"),
    *words("cancelled_from", "Keskeytetty"),
    ("Suunniteltu arvo", says(family=PLAN)),
    ("Toteutunut", says(family=ACTUAL)),
    ("Mittarin toteuma", says(family=ACTUAL)),
    ("Huomiot", says(family=COMMENT)),
    ("Tilanne", says(family=COMMENT)),
    ("Toteuman kommentti", says(family=COMMENT)),
    ("Tavoite 2023", says("target", year=2023)),
    ("Tavoite vuodelle 2023", says("target", year=2023)),
    ("Toteuma 2021", says(family=ACTUAL, year=2021)),
    ("Tavoite Q1/2022", says(family=PLAN, quarter="2022Q1")),
    ("Toteuma (Q3/2022)", says(family=ACTUAL, quarter="2022Q3")),
    ("Toteuma 1. vuosineljännes 2021", says(family=ACTUAL, quarter="2021Q1")),
    ("Toteuma kv1/2021", says(family=ACTUAL, quarter="2021Q1")),
    ("Kuvaus Q1/2022", says(family=COMMENT, quarter="2022Q1")),
    ("Suunnitelma 2021Q5", says(family=PLAN)),
    ("Toteuma 31.3.2022", says(family=ACTUAL)),
    ("Ennuste Q4/2022", says(quarter="2022Q4")),
    ("Toteuma Q1/2022 Espoo", says(quarter="2022Q1")),
    ("Teeman tunnus", None),
    ("Teeman paino", None),
    ("Kustannusarvio", None),
    ("Toteutunut budjetti", None),
    ("Suunnitteluryhmä", None),
    ("Päivitetty 14.8.2022", None),
    ("Vihreä = aikataulussa", None),
]
SWEDISH = [
    *words("code", "Nr", "Löpnr", "Åtgärdsnummer"),
    *words("title", "Åtgärder", "Aktivitet", "Insats", "Åtgärdens namn"),
    *words("description", "Åtgärdens beskrivning", "Beskrivning av åtgärden"),
    *words("phase", "År", "Genomförandeår"),
    *words("theme", "Fokusområde", "Område"),
    *words("service_area", "Förvaltning", "Nämnd", "Ansvarig nämnd", "Ansvarig", "Ansvar"),
    *words("responsible", "Kontaktperson", "E-post"),
    *words("metric", "Indikator", "Nyckeltal", "Mått"),
    *words("unit", "Måttenhet"),
    *words("baseline", "Utgångsläge", "Nuläge"),
    *words("target", "Målnivå", "Mål", "Mål för indikatorn"),
    *words("start", "Startdatum", "Påbörjas"),
    *words("end", "Slutdatum", "Klart senast", "Tidplan"),
    *words("weight", "Viktning"),
    ("Planerad", says(family=PLAN)),
    ("Lägesbeskrivning", says(family=COMMENT)),
    ("Målvärde 2025", says("target", year=2025)),
    ("Utfall kvartal 2 2022", says(family=ACTUAL, quarter="2022Q2")),
    ("Planerat K1 2021", says(family=PLAN, quarter="2021Q1")),
    ("Första kvartalet 2022", says(quarter="2022Q1")),
    ("Prognos Q3 2022", says(quarter="2022Q3")),
    ("Prognos", None),
    ("Utfall tertial 1 2022", None),
]
ENGLISH = [
    *words("code", "Ref", "No.*", "Action ID", "ID", "#"),
    *words("title", "Activity", "Task name", "Initiative", "Action / Initiative", "Measure"),
    *words("title", "Planned activities", "Project name", "Milestone"),
    *words("description", "Details", "Description of action"),
    *words("phase", "Year", "Fiscal year"),
    *words("theme", "Workstream", "Pillar", "Strategic objective", "Priority"),
    *words("service_area", "Department", "Directorate", "Owner", "Lead department"),
    *words("responsible", "Responsible person(s) and team", "E-mail"),
    *words("metric", "KPI", "Indicator*", "Performance indicator"),
    *words("unit", "Unit of measure*"),
    *words("baseline", "Baseline value", "Indicator baseline", "Starting point"),
    *words("target", "Target value", "KPI target", "Planned target"),
    *words("start", "Start date"),
    *words("end", "Due date", "Deadline", "Finish"),
    *words("weight", "Weighting"),
    ("Planned", says(family=PLAN, exact=True)),
    ("Progress", says(family=ACTUAL)),
    ("Comments", says(family=COMMENT)),
    ("Baseline 2020", says("baseline", year=2020)),
    ("2024 / Q1 / Planned", says(family=PLAN, quarter="2024Q1")),
    ("Planned / 2024 / Q1", says(family=PLAN, quarter="2024Q1")),
    ("Q1 / Planned / 2024", says(family=PLAN, quarter="2024Q1")),
    ("Q1 2024 / Actual / %", says(family=ACTUAL, quarter="2024Q1")),
    ("Digital programme of Espoo 2021 / Q1", says(number=1)),
    ("Timetable / Start", says("start")),
    ("Indicator / Name", says("metric")),
    ("Indicator / Unit", says("unit")),
    ("Indicator / Source", None),
    ("Theme / Code", None),
    ("Budget / Planned", None),
    ("Budget Q1 2022", says(quarter="2022Q1")),
    ("Rationale for target", None),
    ("Target frequency*", None),
    ("Means of verification / data source", None),
    ("Actual January 2022", None),
]
SPANISH = [
    *words("code", "Código", "COD META PRODUCTO"),
    *words("title", "Acción", "META DE PRODUCTO", "Meta", "NOMBRE DEL PROYECTO"),
    *words("theme", "EJE", "PROGRAMA PDT", "NOMBRE DE SECTOR", "Línea estratégica"),
    *words("service_area", "RESPONSABLE", "Secretaría", "Dependencia responsable"),
    *words("metric", "INDICADOR", "INDICADOR DE RESULTADO"),
    *words("unit", "UNIDAD DE MEDIDA"),
    *words("baseline", "L.B", "Línea base", "LINEA DE BASE"),
    *words("target", "VALOR ESPERADO CUATRIENIO"),
    *words("phase", "Año", "Vigencia"),
    *words("start", "Fecha de inicio"),
    *words("end", "Fecha fin"),
    *words("weight", "Ponderador", "Peso"),
    ("Meta 2024", says("target", year=2024)),
    ("VALOR ESPERADO 2024", says("target", year=2024)),
    ("Observaciones", says(family=COMMENT)),
    ("T1. PLANEADO 2024", says(family=PLAN, quarter="2024Q1")),
    ("T.4 EJECUTADO 2024", says(family=ACTUAL, quarter="2024Q4")),
    ("Programado 1er trimestre 2021", says(family=PLAN, quarter="2021Q1")),
    ("Avance I trimestre de 2021", says(family=ACTUAL, quarter="2021Q1")),
    ("Trim. 1", says(number=1)),
    ("TOTAL PLANEADO 2024", says(family=PLAN, year=2024)),
    ("AVANCE 2024", says(family=ACTUAL, year=2024)),
    ("PONDERADOR EJE", None),
    ("COD,.INT. PROGRAMA", None),
    ("TENDENCIA  INDICADOR", None),
    ("ESTADO PROGRAMADO-NO PROGRAMADO", None),
    ("% EJECUCIÓN FINANCIERA", None),
    ("2024 PLAN FINANCIERO PDM", None),
    ("SOPORTES DE CUMPLIMIENTO 2024", None),
]
GERMAN = [
    *words("code", "Nr.", "Lfd. Nr.", "Maßnahmennummer", "Maßnahmen-Nr.", "MASSNAHMENNUMMER"),
    *words("title", "Maßnahme", "Massnahmen", "Titel", "Titel der Maßnahme", "Vorhaben"),
    *words("description", "Beschreibung", "Kurzbeschreibung", "Text"),
    *words("theme", "Handlungsfeld", "Themenfeld"),
    *words("service_area", "Amt", "Zuständigkeit", "Verantwortlich", "Zuständiges Amt"),
    *words("phase", "Jahr"),
    *words("metric", "Kennzahl"),
    *words("unit", "Einheit"),
    *words("baseline", "Ausgangswert"),
    *words("target", "Ziel", "Zielgröße"),
    *words("start", "Beginn"),
    *words("end", "Ende", "Zeitraum", "Frist"),
    *words("weight", "Gewichtung"),
    ("Soll", says(family=PLAN)),
    ("Ist-Wert", says(family=ACTUAL)),
    ("Bemerkung", says(family=COMMENT)),
    ("Stand", says(family=COMMENT)),
    ("Soll 1. Quartal 2021", says(family=PLAN, quarter="2021Q1")),
    ("Ist Quartal 1/2021", says(family=ACTUAL, quarter="2021Q1")),
    ("Zielwert 2025", says("target", year=2025)),
    ("Kosten", None),
]


@pytest.mark.parametrize(
    ("text", "meaning"), [*FINNISH, *SWEDISH, *ENGLISH, *SPANISH, *GERMAN], ids=lambda value: None
)
def test_the_words_of_five_languages_name_what_our_model_has(text, meaning):
    assert (text, read(text)) == (text, meaning)


@pytest.mark.parametrize(
    "text",
    """2021Q1;Q1/2021;Q1 2021;1/2021;1 / 2021;Q1-2021;2021-Q1;2021/Q1;2021 / Q1;Q1 '21;Q1 ’21;Q1/21
    1Q21;1Q 2021;1Q2021;T1 2024;T.1 2024;1T 2024;I/2021;1. vuosineljännes 2021;kvartaali 1 / 2021
    kv1/2021;K1 2021;kvartal 1 2021;1er trimestre 2021;1º trimestre de 2021;Quartal 1/2021
    1. Quartal 2021;I vuosineljännes 2021;q1\u00a02021;2021–Q1;Q1—2021;1st quarter of 2021
    primer trimestre 2024;21Q1;2021 / Kvartaali 1;ensimmäinen neljännes 2021""".replace(
        "\n", ";"
    ).split(";"),
)
def test_a_quarter_is_read_in_the_forms_that_headers_use(text):
    year = 2024 if "2024" in text else 2021
    assert (text, read(text.strip())) == (text, says(quarter=f"{year}Q1"))


@pytest.mark.parametrize(
    "text", ["Q2", "T2", "2Q", "T.2", "Trim. 2", "2. kvartaali", "II trimestre"]
)
def test_a_quarter_without_its_year_is_a_number_and_no_quarter(text):
    assert read(text) == says(number=2)


@pytest.mark.parametrize(
    "text",
    """ISO 9001;K1;5/2021;01/2021;2021-01;2021–2023;2021/22;Q1–Q2 2021;31.12.2022;H1 2021
    Tertiaali 1/2021;T1 Digipalvelut;Tammikuu 2022;Q5 2021;1.2;1;12;0;2150;1/2;Budjetti 2022
    Digiohjelma 2021;Vaihe 1/2021 raportti""".replace("\n", ";").split(";"),
)
def test_months_spans_and_numbers_of_other_things_are_no_quarters(text):
    meaning = read(text.strip())
    assert meaning is None or (meaning.quarter, meaning.number) == (None, None)


@pytest.mark.parametrize(
    ("text", "key"), [("Vaihe 1", "phase"), ("COD. 1.2", "code"), ("Mittari 2", "metric")]
)
def test_a_number_beside_a_word_counts_and_is_no_quarter(text, key):
    assert read(text) == says(key)


def test_a_year_alone_is_a_year():
    assert [read(text) for text in ("2024", "Vuosi 2024", "Yhteensä 2024")] == 3 * [says(year=2024)]


OWN = [(name, key) for key, names in layout.HEADINGS.items() for name in names]


@given(
    st.sampled_from(OWN),
    st.sampled_from([str.upper, str.lower, str.title, str]),
    st.text(" \t\n\u00a0", max_size=3),
    st.sampled_from(["", "*", ":", " *", "  "]),
)
def test_our_own_headings_are_read_as_themselves(own, case, space, end):
    name, key = own
    family = key if key in record.FAMILIES else None
    expected = says(None if family else key, family, exact=True)
    assert read(f"{space}{case(name)}{end}") == expected


@given(
    st.sampled_from([own for own in OWN if own[1] in record.FAMILIES]),
    st.integers(1990, 2100),
    st.integers(1, 4),
    st.sampled_from(["{y}Q{n}", "Q{n}/{y}", "Q{n} {y}", "{n}/{y}"]),
)
def test_our_own_quarters_are_read_as_the_layout_reads_them(own, year, number, form):
    name, family = own
    text = f"{name} {form.format(y=year, n=number)}"
    assert read(text) == says(None, family, f"{year}Q{number}", exact=True)


@given(st.text(max_size=60) | st.from_regex(r"[QqTtKk1-4IiVv /'.\-–²٣½0-9]{1,14}", fullmatch=True))
def test_no_text_is_too_strange_to_read(text):
    meaning = read(text)
    assert meaning is None or any(part is not None for part in meaning[:5])


def test_a_sentence_is_no_header():
    assert read("Toimenpide " + "on kuvattu liitteessä ja " * 4 + "mittari") is None
    assert read("Toimenpide" + " " * 600 + "Toimenpide") is None


# --- rows of a header -------------------------------------------------------------------------


def test_merged_cells_say_the_same_in_each_of_their_places():
    rows = [[1, ["Nro", "Q1", None, "x"]], [2, [None, "Suunn.", "Tot."]], [3, ["T-1"]]]
    spread = merge_spread(rows, [[1, 1, 2, 1], [1, 2, 1, 3], [1, 4, 2, 5]])
    assert spread == [
        [1, ["Nro", "Q1", "Q1", "x", "x"]],
        [2, ["Nro", "Suunn.", "Tot.", "x", "x"]],
        [3, ["T-1"]],
    ]


def test_a_range_without_end_fills_no_more_than_is_there():
    spread = merge_spread([[1, ["Otsikko"]]], [[1, 1, 1_048_576, 16_384]])
    assert [(number, len(cells)) for number, cells in spread] == [(1, layout.MAX_COLUMNS)]


def test_header_texts_say_each_part_once_on_one_line():
    head = numbered([["Toimen-\npide ", 2024.0, None, 2025], ["Toimen-\npide", "Q1", "Q2", "Q1"]])
    assert texts(head, [[1, 2, 1, 3]], 1, 2) == [
        "Toimen- pide",
        "2024 / Q1",
        "2024 / Q2",
        "2025 / Q1",
    ]


def test_a_group_that_is_named_once_goes_on_to_the_right():
    head = numbered(
        [
            ["Nro", "Toimenpide", 2024, None, None, None, 2025, None, None, "Huom"],
            [None, None, "Q1", "Q2", "Q3", "Q4", "Q1", "Q2", None, None],
            ["T-1", "Ajanvaraus", 1, 2, 3, 4, 5, 6, None, None, "x"],
        ]
    )
    assert texts(head, [], 1, 2) == [
        *("Nro", "Toimenpide", "2024 / Q1", "2024 / Q2", "2024 / Q3", "2024 / Q4"),
        *("2025 / Q1", "2025 / Q2", "", "Huom", ""),
    ]


def test_a_title_and_a_merged_group_do_not_go_on_to_the_right():
    head = numbered(
        [["Digiohjelma 2022", None, None, None], ["Nro", "Nimi", "Q1", "Q2"]],
    )
    assert texts(head, [], 1, 2) == ["Digiohjelma 2022 / Nro", "Nimi", "Q1", "Q2"]
    head = numbered([[None, 2022, None, None, None], ["Nimi", "Q1", "Q2", "Kommentti", "Linkki"]])
    assert texts(head, [[1, 2, 1, 3]], 1, 2) == [
        *("Nimi", "2022 / Q1", "2022 / Q2", "Kommentti", "Linkki"),
    ]


def test_dates_are_quarters_where_the_whole_row_is_and_else_months():
    ends = [date(2022, 3, 31), date(2022, 6, 30), date(2022, 9, 30)]
    assert texts(numbered([["Nro", *ends]]), [], 1, 1) == ["Nro", "Q1/2022", "Q2/2022", "Q3/2022"]
    months = [date(2022, 1, 1), date(2022, 2, 1), date(2022, 4, 1)]
    assert texts(numbered([months]), [], 1, 1) == ["2022-01", "2022-02", "2022-04"]


def test_marked_cells_are_texts_as_people_see_them():
    cells = [["p", 0.5], ["t", 1.1, "1.10"], ["b", True], ["e", "#REF!"], ["f", "=A1"], 3.5]
    assert texts([[1, cells]], [], 1, 1) == ["50 %", "1.10", "True", "", "", "3.5"]


@given(
    st.lists(
        st.lists(st.none() | st.text(max_size=8) | st.integers(0, 3000), min_size=1, max_size=8),
        min_size=1,
        max_size=5,
    ),
    st.lists(st.tuples(*4 * [st.integers(1, 6)]), max_size=3),
)
def test_there_is_one_text_a_column_and_nothing_is_too_strange(rows, corners):
    head = [[number, cells] for number, cells in enumerate(rows, start=1)]
    merged = [[min(a, c), min(b, d), max(a, c), max(b, d)] for a, b, c, d in corners]
    spread = merge_spread(head, merged)
    header = texts(head, merged, 1, len(rows))
    assert len(header) == max(len(cells) for _, cells in spread)
    found = header_rows(head, merged)
    assert found is None or 1 <= found[0] <= found[1] <= len(rows) + 3
    assert propose(header, rows).exact is False
