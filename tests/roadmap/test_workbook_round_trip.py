"""Out to a workbook and in again: nothing may change on the way, whoever saved the file between.

`tests/data/round-trip-libreoffice.xlsx` is the export of `awkward_strategy()` that LibreOffice
7.4 saved as .ods, and that as .xlsx. It is made anew by

    export DATA_DIR=/tmp/awkward DEBUG=1
    python manage.py migrate
    python manage.py shell -c \
        "from tests.roadmap.test_workbook_round_trip import awkward_strategy; awkward_strategy()"
    python manage.py export_roadmap /tmp/awkward/round-trip-libreoffice.xlsx
    soffice --headless --convert-to ods --outdir /tmp/awkward/ods \
        /tmp/awkward/round-trip-libreoffice.xlsx
    soffice --headless --convert-to xlsx --outdir tests/data \
        /tmp/awkward/ods/round-trip-libreoffice.ods
"""

from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from roadmap import record
from roadmap.quarters import Quarter
from roadmap.workbook.writing import write, write_records
from tests.factories import make_action, make_strategy, make_user, propose, read

TEXTS = [
    "1/2021",
    "2021Q1",
    "Q1 2021",
    "1.2.2021",
    "2021-01-02",
    "12:30",
    "1.10",
    "007",
    "1e5",
    "0x1F",
    "1 000",
    "12,5",
    "-5",
    "+358 40 123",
    "50 %",
    "½",
    "TRUE",
    "TOSI",
    "NULL",
    "#REF!",
    "#N/A",
    "=1+1",
    '=HYPERLINK("https://example.org")',
    "'=1+1",
    "''",
    "'",
    '"',
    "+1",
    "@SUM(A1)",
    "-",
    "–",
    "&amp; <b>&lt;</b> ]]>",
    "{=1}",
    "_x0041_",
    "_x000D_",
    " väli edessä ja takana ",
    "kaksi  väliä",
    "A\u0308A",
    "rivi\r\nvaihtuu",
    "a_x0041_b_x00e4_",
    "åäö ÅÄÖ ß œ ﬁ",
    "日本語 العربية",
    "👩‍💻 𝒳",
    "a\u00a0b\u202fc",
    "soft\u00adhyphen",
    "\\n \\ %s {} $1",
    "123456789012345",
    "1234567890123456789",
    "0.1",
    "x" * 500,
]
PROSE = [
    "yksi\nkaksi\n\nneljä",
    "sarkain\tvälissä",
    "kaksi  väliä   kolme",
    "- luettelo\n- jatkuu\n  sisennys",
    "=1+1\n=2+2",
    "rivi\u2028erotin\u0085toinen",
    "\r\nWindowsin\r\nrivit\rja Macin ",
    "pysty\x0bsarkain\x07",
    "ä" * 10_000,
]
NUMBERS = [
    "0.1",
    "-0.1",
    "12.5",
    "0.333333333333333",
    "123456789012345",
    "-123456789012345",
    "12345.6789012345",
    "99999999.9999999",
    "0.00000123456789012345",
    "0.00000000000000000001",
    "1000000",
    "1.005",
    "2.675",
    "0.7",
    "4.35",
    "1e14",
]
BASELINES = ["0", "-1000000000000"]
CODES = [
    "1.10",
    "1.1",
    "007",
    "7",
    "1/2021",
    "2021-01-02",
    "=1+1",
    "TRUE",
    "1e5",
    "#N/A",
    "a/b",
    "Ä-1",
]


def awkward_strategy():
    """A strategy of texts, codes and numbers that a spreadsheet would like to change."""
    strategy = make_strategy()
    people = [make_user("digimentori", f"{name}@example.org") for name in ("anna", "bo")]
    names = [strategy.themes.create(name=text[:200]) for text in TEXTS]
    areas = [strategy.service_areas.create(name=text[:200]) for text in TEXTS]
    for place, text in enumerate(TEXTS):
        number, baseline = NUMBERS[place % len(NUMBERS)], BASELINES[place % 2]
        action = make_action(
            strategy,
            CODES[place] if place < len(CODES) else f"T-{place}",
            title=text,
            description=PROSE[place % len(PROSE)] if place % 2 else text,
            metric=text,
            unit=text[:100],
            theme=names[place],
            service_area=areas[-1 - place],
            baseline=baseline,
            target=number,
            weight=number.lstrip("-"),
            plan={"2021Q1": baseline, "2021Q4": number},
            entries={"2021Q1": number, "2022Q4": "0"},
            cancelled_from="2022Q1" if place % 3 else None,
            people=people[: place % 3],
        )
        entry = action.entries.get(quarter="2021Q1")
        entry.comment = PROSE[place % len(PROSE)] if place % 3 else text
        entry.save()
    return strategy


def what_would_change(strategy, file):
    proposal = propose(file, strategy)
    changes = {step.code: step.fields for step in proposal.steps}
    return (
        [str(f) for f in proposal.report.faults],
        changes,
        proposal.missing,
        list(proposal.report.assumptions.items()),
    )


@pytest.mark.django_db
def test_texts_and_numbers_that_a_spreadsheet_likes_to_change_come_back_as_they_were():
    strategy, file = awkward_strategy(), BytesIO()
    assert write(strategy, file) == len(TEXTS)
    assert what_would_change(strategy, file) == ([], {}, [], [])


@pytest.mark.django_db
def test_what_libreoffice_saved_meanwhile_changes_nothing():
    strategy = awkward_strategy()
    path = Path(__file__).parents[1] / "data" / "round-trip-libreoffice.xlsx"
    with path.open("rb") as file:
        assert what_would_change(strategy, file) == ([], {}, [], [])


def test_codes_and_quarters_are_marked_as_text_so_that_excel_leaves_them_alone():
    file, start = BytesIO(), Quarter(2021, 1)
    write_records([{"code": "1.10", "title": "1.10", "start": start}], set(), file)
    row = load_workbook(file)["Tiekartta"][2]
    assert [(c.value, c.number_format) for c in row if c.value] == [
        ("1.10", "@"),
        ("1.10", "General"),
        ("2021Q1", "@"),
    ]


def test_what_looks_like_an_escaped_sign_is_escaped_itself():
    file = BytesIO()
    write_records([{"code": "_x0041_", "title": "_x00_ x_x000a_"}], set(), file)
    row = load_workbook(file)["Tiekartta"][2]
    assert [cell.value for cell in row[:2]] == ["_x005F_x0041_", "_x00_ x_x005F_x000a_"]
    values = read(file).rows[0].values
    assert (values["code"], values["title"]) == ("_x0041_", "_x00_ x_x000a_")


def prose(longest):
    signs = st.characters(codec="utf-8")
    return st.text(signs, max_size=longest).map(lambda t: record.prose(record.CONTROL.sub("", t)))


def line(longest):
    return prose(longest).map(record.line)


NUMBER = st.builds(
    lambda digits, places: record.number(Decimal(digits).scaleb(-places)),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.integers(0, 20),
)
QUARTER = st.builds(Quarter, st.integers(1990, 2100), st.integers(1, 4))
CODE = line(20).filter(lambda code: code and not {".", ".."} & set(code.split("/")))
ADDRESS = st.from_regex(r"[a-z0-9]{1,10}@[a-z]{1,10}\.fi", fullmatch=True)
QUARTERLY = st.dictionaries(
    st.builds(record.at, st.sampled_from([record.PLAN, record.ACTUAL]), QUARTER), NUMBER, max_size=4
)
COMMENTS = st.dictionaries(
    st.builds(record.at, st.just(record.COMMENT), QUARTER), prose(50), max_size=2
)
PLAIN = st.fixed_dictionaries(
    {"code": CODE, "title": line(50), "phase": st.integers(1990, 2100), "description": prose(200)}
    | {key: line(50) for key in ("theme", "service_area", "metric", "unit")}
    | dict.fromkeys(record.NUMBERS, NUMBER)
    | {"start": QUARTER, "end": QUARTER, "cancelled_from": st.none() | QUARTER}
    | {"responsible": st.sets(ADDRESS, max_size=3).map(lambda found: tuple(sorted(found)))}
)
RECORD = st.builds(lambda plain, *more: plain | more[0] | more[1], PLAIN, QUARTERLY, COMMENTS)


@settings(deadline=None, max_examples=50)
@given(st.lists(RECORD, min_size=1, max_size=4))
def test_any_record_is_read_back_as_it_was_written(records):
    file = BytesIO()
    write_records(records, set(), file)
    sheet = read(file)
    assert sheet.report.faults == []
    found = [{k: v for k, v in row.values.items() if v is not None} for row in sheet.rows]
    assert found == [{k: v for k, v in r.items() if v not in (None, "", ())} for r in records]
