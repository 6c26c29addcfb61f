import csv
from datetime import date
from io import BytesIO, StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import gettext, override
from openpyxl import load_workbook

from metrics.action_export import table
from metrics.action_list import Filters
from metrics.snapshots import compute
from metrics.timeline import timeline
from roadmap.models import ProgressEntry
from tests.factories import make_action, make_strategy, make_user

pytestmark = pytest.mark.django_db

HEADINGS = [
    *("Code", "Action", "Description", "Phase", "Theme", "Service area", "Responsible", "Light"),
    *("Percent", "Planned %", "Achieved %", "Value", "Unit", "Target", "Report", "Reported"),
    "Quarter",
]


def address(kind, slug="strategia"):
    return reverse("metrics:action-list-export", kwargs={"slug": slug, "kind": kind})


def workbook_of(client, **query):
    response = client.get(address("xlsx"), query)
    assert response.status_code == 200
    book = load_workbook(BytesIO(response.getvalue()))
    return book, [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


def csv_of(client, **query):
    response = client.get(address("csv"), query)
    assert response.status_code == 200
    return response.getvalue().decode()


@pytest.fixture
def listed(browse, johto):
    strategy = make_strategy(opened="2021Q2")
    people = [
        make_user("digimentori", first_name="Örjan", last_name="Öst"),
        make_user("digimentori", first_name="Hanna", last_name="Korhonen"),
    ]
    make_action(
        strategy,
        "A-1",
        title="Vihreä",
        description="yksi\nkaksi; kolme",
        theme=strategy.themes.create(name="Asiointi"),
        service_area=strategy.service_areas.create(name="Sote"),
        people=people,
        baseline="-2.5",
        target="12.5",
        unit="kpl",
        entries={"2021Q2": "7.25"},
    )
    make_action(strategy, "A-2", title="=1+1", description="\tx", unit="-5", entries={"2021Q2": -3})
    make_action(strategy, "B-1", title="Tuleva", year=2022)
    make_action(strategy, "C-1", title="Peruttu", cancelled_from="2021Q1")
    make_action(strategy, "D-1", title="Vaiti", entries={"2021Q1": 5})
    ProgressEntry.objects.update(reported_at="2021-06-30T22:30Z")
    compute(strategy.pk)
    return browse(johto)


def test_the_workbook_is_the_table_and_nothing_else(listed):
    book, rows = workbook_of(listed)
    assert book.sheetnames == ["Actions"]
    sheet = book.worksheets[0]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("C2", "A1:Q6")
    report_day = rows[1][15].date()
    assert report_day == date(2021, 7, 1)  # in Helsinki
    rows[1][15] = rows[2][15] = None
    year, quarter = 2021, "Q2/2021"
    assert rows == [
        HEADINGS,
        [
            *("A-1", "Vihreä", "yksi\nkaksi; kolme", year, "Asiointi", "Sote"),
            *("Korhonen Hanna, Öst Örjan", "On schedule", 130, 50, 65, 7.25, "kpl", 12.5),
            *("Reported", None, quarter),
        ],
        [
            *("A-2", "=1+1", "\tx", year, None, None, None, "Far behind", 0, 50, 0, -3, "-5"),
            *(100, "Reported", None, quarter),
        ],
        [
            *("B-1", "Tuleva", None, 2022, None, None, None, "Not started yet", None, None, None),
            *(None, None, 100, "Not due", None, quarter),
        ],
        [
            *("C-1", "Peruttu", None, year, None, None, None, "Cancelled", None, None, None),
            *(None, None, 100, "Cancelled", None, quarter),
        ],
        [
            *("D-1", "Vaiti", None, year, None, None, None, "Far behind", 10, 50, 5, 5, None),
            *(100, "Not reported", None, quarter),
        ],
    ]


def test_text_that_looks_like_a_formula_is_text_in_the_workbook_and_numbers_are_numbers(listed):
    book, _rows = workbook_of(listed)
    kinds = [(c.value, c.data_type) for c in book.worksheets[0][3] if c.value in ("=1+1", -3, "-5")]
    assert kinds == [("=1+1", "s"), (-3, "n"), ("-5", "s")]


def test_the_csv_is_as_excel_in_finland_opens_it(listed):
    lines = csv_of(listed)
    assert lines == (
        "\ufeff" + ";".join(HEADINGS) + "\r\n"
        'A-1;Vihreä;"yksi\nkaksi; kolme";2021;Asiointi;Sote;Korhonen Hanna, Öst Örjan;On schedule;'
        "130;50;65;7,25;kpl;12,5;Reported;1.7.2021;Q2/2021\r\n"
        "A-2;'=1+1;'\tx;2021;;;;Far behind;0;50;0;-3;'-5;100;Reported;1.7.2021;Q2/2021\r\n"
        "B-1;Tuleva;;2022;;;;Not started yet;;;;;;100;Not due;;Q2/2021\r\n"
        "C-1;Peruttu;;2021;;;;Cancelled;;;;;;100;Cancelled;;Q2/2021\r\n"
        "D-1;Vaiti;;2021;;;;Far behind;10;50;5;5;;100;Not reported;;Q2/2021\r\n"
    )


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\n+1"])
def test_no_text_of_the_csv_is_ever_a_formula(browse, johto, text):
    strategy = make_strategy(opened="2021Q1")
    people = [make_user("digimentori", first_name="", last_name=text)]
    make_action(strategy, text, title=text, description=text, unit=text, people=people)
    compute(strategy.pk)
    rows = list(csv.reader(StringIO(csv_of(browse(johto)), newline=""), delimiter=";"))
    assert [rows[1][place] for place in (0, 1, 2, 12)] == [f"'{text}"] * 4
    assert rows[1][6].startswith("'")


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({}, ["A-1", "A-2", "B-1", "C-1", "D-1"]),
        ({"light": "red"}, ["A-2", "D-1"]),
        ({"light": ["green", "none"], "sort": "-code"}, ["B-1", "A-1"]),
        ({"phase": 2022}, ["B-1"]),
        ({"reported": "no"}, ["D-1"]),
        ({"q": "VIHR", "page": 7}, ["A-1"]),
        ({"sort": "-percent"}, ["A-1", "D-1", "A-2", "B-1", "C-1"]),
        ({"quarter": "2021Q1", "reported": "yes"}, ["D-1"]),
        ({"q": "ei mitään"}, []),
    ],
)
def test_the_file_holds_what_the_list_shows(listed, kind, query, codes):
    page = listed.get(reverse("metrics:action-list", args=["strategia"]), query)
    assert [row.code for row in page.context["listing"].rows] == codes
    if kind == "xlsx":
        found = [row[0] for row in workbook_of(listed, **query)[1]]
    else:
        found = [line[0] for line in csv.reader(StringIO(csv_of(listed, **query)), delimiter=";")]
    assert [code.lstrip("\ufeff") for code in found] == ["Code", *codes]


def test_the_links_of_the_list_keep_its_filters(listed):
    page = listed.get(
        reverse("metrics:action-list", args=["strategia"]), {"light": "red", "q": "=1"}
    )
    for kind in ("xlsx", "csv"):
        assert f'href="{address(kind)}?light=red&amp;q=%3D1"' in page.content.decode()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_name_of_the_file_tells_strategy_and_quarter(listed, kind):
    for query, name in (
        ({}, f"toimenpiteet-strategia-2021Q2.{kind}"),
        ({"quarter": "2021Q1"}, f"toimenpiteet-strategia-2021Q1.{kind}"),
    ):
        disposition = listed.get(address(kind), query).headers["Content-Disposition"]
        assert disposition == f'attachment; filename="{name}"'


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_all_pages_of_a_long_list_are_in_the_file(browse, johto, kind):
    strategy = make_strategy(opened="2021Q1")
    for number in range(60):
        make_action(strategy, f"T-{number:02}")
    compute(strategy.pk)
    client = browse(johto)
    rows = workbook_of(client, page=2)[1] if kind == "xlsx" else csv_of(client).splitlines()
    assert len(rows) == 61


def test_a_strategy_without_lights_has_headings_alone(browse, johto):
    make_strategy()
    client = browse(johto)
    assert workbook_of(client)[1] == [HEADINGS]
    assert csv_of(client) == "\ufeff" + ";".join(HEADINGS) + "\r\n"
    named = client.get(address("csv")).headers["Content-Disposition"]
    assert named == 'attachment; filename="toimenpiteet-strategia.csv"'


@pytest.mark.parametrize("query", [{"quarter": "2022Q4"}, {"quarter": "x"}])
def test_a_quarter_without_lights_is_not_there(listed, query):
    assert listed.get(address("csv"), query).status_code == 404


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_who_may_not_see_the_strategy_gets_404(listed, outsider, client, kind):
    assert "Vaiti" in csv_of(listed)
    client.force_login(outsider)
    assert client.get(address(kind)).status_code == 404


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_file_costs_the_same_few_queries_for_1_3_and_300_actions(browse, johto, kind):
    counts = []
    client = browse(johto)
    for number, actions in enumerate((1, 3, 300)):
        strategy = make_strategy(f"s{number}", opened="2021Q1")
        people = [make_user("digimentori") for _ in range(min(actions, 5))]
        for n in range(actions):
            here = [people[n % len(people)]]
            make_action(strategy, f"T-{n}", entries={"2021Q1": n % 26}, people=here)
        compute(strategy.pk)
        client.get(address(kind, strategy.slug)).getvalue()
        with CaptureQueriesContext(connection) as queries:
            client.get(address(kind, strategy.slug)).getvalue()
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert counts[0] <= 8


@pytest.mark.parametrize(
    ("language", "headings"),
    [
        (
            "fi",
            [
                *("Tunnus", "Toimenpide", "Kuvaus", "Vaihe", "Kokonaisuus", "Palvelualue"),
                *("Vastuuhenkilö", "Valo", "Prosentti", "Suunnitelma %", "Toteuma %", "Value"),
                *("Yksikkö", "Tavoitearvo", "Kirjaus", "Kirjattu", "Vuosineljännes"),
            ],
        ),
        (
            "sv",
            [
                *("Kod", "Åtgärd", "Beskrivning", "Fas", "Helhet", "Serviceområde", "Ansvarig"),
                *("Ljus", "Procent", "Planerat %", "Utfall %", "Value", "Enhet", "Målvärde"),
                *("Lägesrapport", "Rapporterat", "Kvartal"),
            ],
        ),
    ],
)
def test_the_headings_are_in_the_language_of_the_page(language, headings):
    strategy = make_strategy(opened="2021Q1")
    with override(language):
        expected = [gettext(word) if word == "Value" else word for word in headings]
        found = table(strategy, timeline(strategy, None), Filters()).headings
    assert found == expected
    assert len(set(found)) == len(found)
