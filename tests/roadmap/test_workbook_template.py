"""The empty workbook: it must be what Excel wants, and what the import reads when filled in."""

from io import BytesIO

import pytest
from django.urls import reverse
from django.utils.translation import override
from openpyxl import load_workbook

from roadmap import record
from roadmap.models import RoadmapImport
from roadmap.quarters import Quarter
from roadmap.workbook import layout
from roadmap.workbook.faults import WorkbookRefused
from roadmap.workbook.instructions import explained
from roadmap.workbook.intake import bring_in
from roadmap.workbook.template import ROWS, write_template
from tests.factories import make_strategy, propose, read, save

pytestmark = pytest.mark.django_db

LANGUAGES = ["fi", "sv", "en"]
KEYS = [
    *record.PLAIN,
    *(f"plan:{year}Q{number}" for year in (2021, 2022, 2023) for number in (1, 2, 3, 4)),
    *(f"actual:{year}Q{number}" for year in (2021, 2022, 2023) for number in (1, 2, 3, 4)),
]


@pytest.fixture
def named():
    strategy = make_strategy()
    for name in ("Ääkköset", "Asiointi", "=1+1"):
        strategy.themes.create(name=name)
    strategy.service_areas.create(name="Sote")
    return strategy


def template(strategy, language="en"):
    file = BytesIO()
    write_template(strategy, file, language)
    file.seek(0)
    return load_workbook(file)


@pytest.mark.parametrize(
    ("language", "sheets", "headings"),
    [
        (
            "fi",
            [("Tiekartta", "visible"), ("Ohje", "visible"), ("Luettelot", "hidden")],
            [
                *("Tunnus", "Toimenpide", "Kuvaus", "Vaihe", "Kokonaisuus", "Palvelualue"),
                *("Digimentori", "Mittari", "Yksikkö", "Lähtöarvo", "Tavoitearvo", "Alku"),
                *("Loppu", "Paino", "Peruttu alkaen", "Suunnitelma 2021Q1", "Toteuma 2023Q4"),
            ],
        ),
        (
            "sv",
            [("Färdplan", "visible"), ("Anvisning", "visible"), ("Listor", "hidden")],
            [
                *("Kod", "Åtgärd", "Beskrivning", "Fas", "Helhet", "Serviceområde", "Digimentor"),
                *("Mätare", "Enhet", "Utgångsvärde", "Målvärde", "Start", "Slut", "Vikt"),
                *("Inställd från och med", "Plan 2021Q1", "Utfall 2023Q4"),
            ],
        ),
        (
            "en",
            [("Roadmap", "visible"), ("Instructions", "visible"), ("Lists", "hidden")],
            [
                *("Code", "Action", "Description", "Phase", "Theme", "Service area"),
                *("Digimentors", "Metric", "Unit", "Baseline", "Target", "Start", "End"),
                *("Weight", "Cancelled from", "Plan 2021Q1", "Achieved 2023Q4"),
            ],
        ),
    ],
)
def test_the_sheets_and_the_headings_are_in_the_language_asked_for(
    named, language, sheets, headings
):
    book = template(named, language)
    assert [(sheet.title, sheet.sheet_state) for sheet in book.worksheets] == sheets
    found = [cell.value for cell in book.worksheets[0][1]]
    assert [*found[:16], found[-1]] == headings
    assert [layout.read_heading(text) for text in found] == KEYS
    assert [layout.heading(key, language) for key in KEYS] == found


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_is_read_as_new_actions_without_a_fault(named, language):
    book = template(named, language)
    sheet = book.worksheets[0]
    sheet.append(["1.10", "Etävastaanotto", "", 2021, "Asiointi"])
    row = dict.fromkeys(KEYS) | {
        "code": "21-002",
        "title": "Toinen",
        "phase": 2022,
        "theme": "Uusi teema",
        "responsible": "anna@example.org",
        "target": 28,
        "start": "2022Q1",
        "end": "2022Q4",
        "weight": 2,
        "plan:2022Q2": 7,
        "actual:2022Q1": "2,5",
    }
    sheet.append(list(row.values()))
    proposal = propose(save(book), named)
    assert [str(fault) for fault in proposal.report.faults] == []
    assert proposal.counts == {
        "new": 2,
        "changed": 0,
        "changed_fields": 0,
        "unchanged": 0,
        "missing": 0,
        "faults": 0,
    }
    assert proposal.new_names == {
        "theme": ["Uusi teema"],
        "service_area": [],
        "responsible": ["anna@example.org"],
    }
    bring_in(proposal, RoadmapImport(file_name="x.xlsx"))
    first, second = record.records(named).values()
    assert (first["code"], first["theme"], first["end"]) == (
        "1.10",
        "Asiointi",
        Quarter(2021, 4),
    )
    assert (second["plan:2022Q2"], str(second["actual:2022Q1"])) == (7, "2.5")


def test_an_empty_template_is_refused_as_empty_and_not_as_broken(named):
    with (
        override("en"),
        pytest.raises(WorkbookRefused, match="The sheet Roadmap has no rows below its headers"),
    ):
        read(save(template(named)))


def checks_of(sheet):
    """What each column checks: kind, list or limit, and how it answers."""
    return {
        str(check.sqref): (
            check.type,
            check.formula1,
            check.errorStyle,
            check.showErrorMessage,
        )
        for check in sheet.data_validations.dataValidation
    }


def test_cells_offer_what_the_strategy_has_and_refuse_what_is_no_number(named):
    book = template(named)
    checks = checks_of(book["Roadmap"])
    number = ("decimal", "-999999999999999", None, True)
    assert [checks.pop(f"{letter}2:{letter}{ROWS + 1}") for letter in "DEFJKLMNO"] == [
        ("list", "Phases", None, True),
        ("list", "Themes", "warning", True),
        ("list", "ServiceAreas", "warning", True),
        number,
        number,
        ("list", "Quarters", None, True),
        ("list", "Quarters", None, True),
        ("decimal", "0", None, True),
        ("list", "Quarters", None, True),
    ]
    assert set(checks.values()) == {number}
    assert len(checks) == 24
    lists = book["Lists"]
    found = {}
    for name, defined in book.defined_names.items():
        sheet, cells = next(defined.destinations)
        assert sheet == "Lists"
        found[name] = [cell.value for (cell,) in lists[cells]]
    assert found == {
        "Phases": [2021, 2022, 2023],
        "Themes": ["=1+1", "Asiointi", "Ääkköset"],
        "ServiceAreas": ["Sote"],
        "Quarters": [f"{year}Q{n}" for year in (2021, 2022, 2023) for n in (1, 2, 3, 4)],
    }
    assert lists["B2"].data_type == "s"


def test_a_strategy_without_names_offers_none(strategy):
    book = template(strategy)
    assert set(book.defined_names) == {"Phases", "Quarters"}
    assert {"E2:E2001", "F2:F2001"} & set(checks_of(book["Roadmap"])) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_longer_than_excel_can_open(named, language):
    for check in template(named, language).worksheets[0].data_validations.dataValidation:
        assert 0 < len(check.errorTitle) <= 32
        assert 0 < len(check.error) <= 255


def test_the_headings_are_locked_and_everything_else_is_open(named):
    sheet = template(named)["Roadmap"]
    assert all(cell.protection.locked for cell in sheet[1])
    columns = sheet.column_dimensions.values()
    assert all(not column.protection.locked for column in columns)
    # One after the other, from the first column to the last that a sheet can have.
    spans = sorted((column.min, column.max) for column in columns)
    assert [first for first, _last in spans] == [1, *(last + 1 for _first, last in spans[:-1])]
    assert spans[-1][1] == 16_384
    assert sheet.max_row == 1  # nothing below says otherwise
    protection = sheet.protection
    allowed = ("insertRows", "deleteRows", "formatRows", "sort", "autoFilter")
    assert [getattr(protection, name) for name in ("sheet", *allowed)] == [True] + [False] * 5
    assert protection.password is None
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", f"A1:AM{ROWS + 1}")


def test_what_is_typed_into_columns_of_text_stays_text(named):
    columns = template(named)["Roadmap"].column_dimensions
    text = {letter for letter, column in columns.items() if column.number_format == "@"}
    assert text == {*"ABC", *"EFGHI", *"LM", "O"}


def test_each_heading_has_a_note_that_says_what_belongs_there(named):
    sheet = template(named)["Roadmap"]
    with override("en"):
        notes = {column.key: column.note for column in explained(named)}
    assert [cell.comment.text for cell in sheet[1]] == [
        notes[key.partition(":")[0]] for key in KEYS
    ]
    assert notes["code"] == (
        "A short code of your own, a different one on each row. A code that the road map has "
        "already changes that action, any other makes a new one.\n"
        "Needed on every row.\n"
        "Example: 21-001"
    )
    assert notes["target"] == (
        "The value of the metric when the action is done. It may be lower than the baseline, but "
        "not the same.\n"
        "Where it is empty: 100.\n"
        "Example: 28"
    )


def test_the_instructions_explain_every_column(named):
    rows = list(template(named)["Instructions"].iter_rows(values_only=True))
    assert rows[0][0] == "How to fill in the road map of Strategia strategia"
    assert [row[0][:2] for row in rows[1:8]] == ["1.", "2.", "3.", "4.", "5.", "6.", "7."]
    assert rows[9] == ("Heading", "Needed?", "Meaning", "Where it is empty", "Example")
    table = {row[0]: row[1:] for row in rows[10:]}
    assert list(table) == [
        *(layout.heading(key, "en") for key in record.PLAIN),
        *("Plan 2021Q1 … Plan 2023Q4", "Achieved 2021Q1 … Achieved 2023Q4"),
        "Comment 2021Q1 … Comment 2023Q4",
    ]
    assert [name for name, row in table.items() if row[0] == "yes"] == ["Code", "Action", "Phase"]
    assert all(all(row) for row in table.values())
    assert table["Weight"] == (
        "no",
        "How much the action weighs in the percents of its phase, theme and service area. "
        "A number above 0.",
        "1",
        "2",
    )


# --- the page ---------------------------------------------------------------------------------

ADDRESS = reverse("roadmap:template", args=["strategia"])


@pytest.mark.parametrize(
    ("query", "sheet", "name"),
    [
        ({}, "Roadmap", "tiekarttapohja-strategia-en.xlsx"),  # the page's own language
        ({"language": "sv"}, "Färdplan", "tiekarttapohja-strategia-sv.xlsx"),
        ({"language": "fi"}, "Tiekartta", "tiekarttapohja-strategia-fi.xlsx"),
    ],
)
def test_an_administrator_downloads_it_in_the_language_asked_for(
    browse, strategy, yllapitaja, query, sheet, name
):
    response = browse(yllapitaja).get(ADDRESS, query)
    assert response.status_code == 200
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert load_workbook(BytesIO(response.getvalue())).sheetnames[0] == sheet


@pytest.mark.parametrize("language", ["de", "", "FI", "../fi"])
def test_a_language_that_the_portal_does_not_have_is_not_there(
    browse, strategy, yllapitaja, language
):
    assert browse(yllapitaja).get(ADDRESS, {"language": language}).status_code == 404


def test_who_may_not_import_gets_403_and_who_may_not_see_404(
    browse, strategy, yllapitaja, digimentori, outsider
):
    answers = [
        browse(user).get(ADDRESS).status_code for user in (yllapitaja, digimentori, outsider)
    ]
    assert answers == [200, 403, 404]


def test_the_import_page_links_to_each_language(browse, strategy, yllapitaja):
    address = reverse("roadmap:import-list", args=["strategia"])
    page = browse(yllapitaja).get(address).content.decode()
    for language in LANGUAGES:
        assert f'href="{ADDRESS}?language={language}"' in page


def test_the_template_costs_the_same_queries_however_much_there_is(
    named, django_assert_num_queries
):
    for number in range(300):
        named.themes.create(name=f"Teema {number}")
    with django_assert_num_queries(5):
        template(named)
