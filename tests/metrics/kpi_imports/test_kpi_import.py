"""A file of measurements on its way in, as an administrator brings it in."""

from datetime import datetime
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from digistrategia import demonstration
from mentors.models import User
from metrics.kpis import computing
from metrics.kpis.achievement import Kind
from metrics.kpis.periods import Month
from metrics.models import KpiChange, KpiStatus, Measurement
from roadmap.fields import Words
from roadmap.models import ImportState
from roadmap.quarters import Quarter
from tests.factories import make_kpi, save
from tests.kpi_imports import (
    ALL,
    HEADERS,
    at,
    checked,
    confirm,
    measurements,
    page,
    said,
    send,
    standing,
    undo,
)

pytestmark = pytest.mark.django_db


def test_a_file_comes_in_by_three_steps_and_lights_follow(admin, strategy, kpi):
    file = measurements(
        ["loyto", "2021-07", 80, 100],
        ["Hittbarhet", "6/2021", 77, 100],
        ["findability", "2021-05", 75, 100],
        ["Löydettävyys", "2021-08", None, None],
    )
    kept = send(admin, strategy, file)
    assert (kept.state, kept.counts) == (
        ImportState.CHECKED,
        {"new": 1, "changed": 1, "unchanged": 1, "empty": 1, "asked": 0, "faults": 0},
    )
    assert [
        (str(step.period), step.kind, step.row, step.before, step.after, step.relit)
        for step in kept.steps.all()
    ] == [
        (
            *("2021-06", "changed", 3),
            {"numerator": "76", "denominator": "100", "comment": ""},
            {"numerator": "77", "denominator": "100", "comment": ""},
            [95, "yellow", 96, "yellow"],
        ),
        (
            *("2021-07", "new", 2, {}),
            {"numerator": "80", "denominator": "100", "comment": ""},
            [None, None, 100, "green"],
        ),
    ]
    assert kept.effect == {"lights": [["", "green", 1]]}
    before = standing(strategy)
    shown = page(admin, kept)
    for words in ("Step 2/3", "<del>76</del> → <ins>77</ins>", "1 row without numbers"):
        assert words in shown
    kept = confirm(admin, kept)
    assert kept.state == ImportState.APPLIED
    assert standing(strategy) == before | {
        ("loyto", "2021-06"): (77, 100, ""),
        ("loyto", "2021-07"): (80, 100, ""),
    }
    made = kpi.measurements.get(period="2021-06", version=2)
    assert (made.origin, made.user) == ("import", kept.user)
    computing.compute(kpi.group_id)
    lights = dict(KpiStatus.objects.values_list("period", "light"))
    assert lights[Month(2021, 7)] == "green"
    history = KpiChange.objects.get()
    assert (history.fields, history.user) == ({"import": [None, "mittaukset.xlsx"]}, kept.user)
    assert "Step 3/3: Done" in page(admin, kept)


def test_the_demonstrations_own_file_changes_nothing(browse):
    strategy = demonstration.load()
    admin = browse(User.objects.get(email="tiina.rantala@esimerkki.fi"))
    before = standing(strategy)
    file = BytesIO(demonstration.MEASUREMENTS.read_bytes())
    kept = send(admin, strategy, file, "mittaukset.csv")
    assert kept.counts == {
        **dict.fromkeys(("new", "changed", "empty", "asked", "faults"), 0),
        "unchanged": 173,
    }
    assert "The file changes nothing." in page(admin, kept)
    assert standing(strategy) == before


def test_each_kind_has_its_own_numbers(admin, strategy):
    make_kpi(strategy, "nps", kind=Kind.NPS)
    unit = Words(fi="min")
    make_kpi(strategy, "aika", kind=Kind.VALUE, unit=unit, whole_counts=False, frequency="quarter")
    file = measurements(
        ["nps", "2021-01", None, None, 12, 3, 5, None, "Ensimmäinen"],
        ["aika", "Q2/2021", None, None, None, None, None, "4,25", None],
        headers=ALL,
    )
    confirm(admin, send(admin, strategy, file))
    assert standing(strategy) == {
        ("nps", "2021-01"): (12, 3, 5, "Ensimmäinen"),
        ("aika", "2021Q2"): (4.25, ""),
    }


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        (HEADERS, "a.xlsx"),
        (["nimittäjä", " JAKSO ", "Muu", "mittari", "Osoittaja"], "b.xlsx"),
        (["Nyckeltal", "Period", "Täljare", "Nämnare"], "c.xlsx"),
        (["KPI", "Period", "Numerator", "Denominator"], "d.xlsx"),
    ],
)
def test_headers_stand_in_any_order_and_in_three_languages(admin, strategy, kpi, headers, name):
    values = {"k": "loyto", "p": "2021-07", "n": 79, "d": 100}
    keys = {"nimittäjä": "d", "nämnare": "d", "denominator": "d", "osoittaja": "n", "täljare": "n"}
    keys |= {"numerator": "n", "jakso": "p", "period": "p", "muu": None}
    keys |= dict.fromkeys(("mittari", "nyckeltal", "kpi"), "k")
    row = [values.get(keys[header.strip().lower()]) for header in headers]
    kept = send(admin, strategy, measurements(row, headers=headers), name)
    assert kept.counts["new"] == 1
    step = kept.steps.get()
    assert step.after == {"numerator": "79", "denominator": "100", "comment": ""}


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_text_file_comes_in_whatever_its_delimiter_and_characters(
    admin, strategy, kpi, delimiter, encoding
):
    lines = [HEADERS, ["Löydettävyys", "2021-07", "79", "100"]]
    text = "\r\n".join(delimiter.join(line) for line in lines)
    kept = send(admin, strategy, BytesIO(text.encode(encoding)), "mittaukset.csv")
    assert (kept.counts["new"], kept.counts["faults"]) == (1, 0)


def test_a_month_and_a_quarter_that_begin_together_are_two_periods(admin, strategy):
    make_kpi(strategy, "kk", measured={"2021-01": (1, 10)})
    make_kpi(strategy, "nelj", frequency="quarter", measured={"2021Q1": (2, 10)})
    file = measurements(["kk", "2021-01", 3, 10], ["nelj", "2021Q1", 4, 10])
    kept = confirm(admin, send(admin, strategy, file))
    expected = {("kk", "2021-01"): (3, 10, ""), ("nelj", "2021Q1"): (4, 10, "")}
    assert (kept.state, standing(strategy)) == (ImportState.APPLIED, expected)
    undo(admin, kept)
    assert standing(strategy) == {
        ("kk", "2021-01"): (1, 10, ""),
        ("nelj", "2021Q1"): (2, 10, ""),
    }


def test_a_file_without_a_column_of_comments_leaves_them(admin, strategy, kpi):
    row = kpi.measurements.get(period="2021-03")
    Measurement.objects.filter(pk=row.pk).update(comment="Jäi")
    kept = confirm(admin, send(admin, strategy, measurements(["loyto", "2021-03", 72, 100])))
    assert standing(strategy)["loyto", "2021-03"] == (72, 100, "Jäi")
    file = measurements(["loyto", "2021-03", 72, 100, None], headers=[*HEADERS, "Kommentti"])
    confirm(admin, send(admin, strategy, file))
    assert standing(strategy)["loyto", "2021-03"] == (72, 100, "")
    assert kept.state == ImportState.APPLIED


def test_what_the_file_did_not_say_is_counted(admin, strategy, kpi):
    book = Workbook()
    sheet = book.active
    sheet.title = "Luvut"
    for row in ([*HEADERS, "Kommentti", "Tekijä"], ["loyto", datetime(2021, 7, 31), 79, 100]):
        sheet.append(row)
    sheet.append(["loyto", "2021-08", 80, 100, None, "Anna"])
    sheet.append(["loyto", "2021-09", None, None, "Ei vielä"])
    sheet.row_dimensions[3].hidden = True
    book.create_sheet("Muistiinpanot").append(["Muuta"])
    kept = send(admin, strategy, save(book))
    assert {said(sentence): count for sentence, count in kept.assumptions} == {
        "other sheets were left unread: Muistiinpanot": 1,
        "columns were left unread: Tekijä": 1,
        "hidden rows were read like the others": 1,
        "days were read as the months that they lie in": 1,
        "comments in rows without numbers were left unread": 1,
    }
    assert [str(step.period) for step in kept.steps.all()] == ["2021-07", "2021-08"]


def test_sheets_with_our_headers_are_read_together(admin, strategy, kpi):
    book = Workbook()
    del book["Sheet"]
    for name, month in (("2021", "2021-07"), ("2022", "2022-01")):
        sheet = book.create_sheet(name)
        sheet.append(["Mittaukset vuodelta", name])
        sheet.append(HEADERS)
        sheet.append(["loyto", month, 79, 100])
    kept = send(admin, strategy, save(book))
    assert [(step.sheet, step.row) for step in kept.steps.all()] == [("2021", 3), ("2022", 3)]


@pytest.mark.parametrize("name", ["list", "preview", "detail"])
def test_a_page_makes_the_same_few_queries_for_one_row_and_for_many(
    admin, strategy, django_assert_max_num_queries, name
):
    counts = []
    for number in (1, 3, 300):
        for place in range(3 if number > 1 else 1):
            make_kpi(strategy, f"m-{number}-{place}", measured={"2021-01": (7, 10)})
        rows = [
            [f"m-{number}-{place % 3}", f"{2021 + place // 36}-{place // 3 % 12 + 1:02}", 8, 10]
            for place in range(min(number, 150))
        ]
        kept = checked(strategy, measurements(*rows))
        assert (kept.counts["faults"], kept.counts["new"] + kept.counts["changed"]) == (
            0,
            len(rows),
        )
        if name == "detail":
            kept = confirm(admin, kept, right="on")
        address = (
            reverse("metrics:kpi-import-list", args=[strategy.slug])
            if name == "list"
            else at(name, kept)
        )
        admin.get(address)  # of the first page of the day it is noted that somebody was there
        with django_assert_max_num_queries(9) as captured:
            assert admin.get(address).status_code == 200
        counts.append(len(captured))
    assert len(set(counts)) == 1


def test_a_quarter_is_read_as_the_road_map_reads_it(admin, strategy):
    make_kpi(strategy, "q", frequency="quarter")
    rows = [["q", text, 1, 2] for text in ("2021Q1", "Q2/2021", "3/2021", "2021 Q4")]
    rows.append(["q", datetime(2022, 3, 31), 1, 2])
    kept = send(admin, strategy, measurements(*rows))
    assert [step.period for step in kept.steps.all()] == [
        *Quarter.of_year(2021),
        Quarter(2022, 1),
    ]


def test_numbers_come_as_people_write_them(admin, strategy):
    make_kpi(strategy, "arvo", kind=Kind.VALUE, whole_counts=False)
    rows = [["arvo", f"2021-0{n}", text] for n, text in enumerate(("1 200,5", "−3", 2.25), 1)]
    kept = send(admin, strategy, measurements(*rows, headers=["Mittari", "Jakso", "Arvo"]))
    assert [Decimal(step.after["value"]) for step in kept.steps.all()] == [
        Decimal("1200.5"),
        Decimal(-3),
        Decimal("2.25"),
    ]


def test_a_text_that_looks_like_a_formula_stays_text(admin, strategy, kpi):
    for risky in ('=HYPERLINK("http://x")', "+1", "-1", "@x", "'=1+1", "''=1", "'n"):
        Measurement.objects.filter(period="2021-01").update(comment=risky)
        for kind in ("xlsx", "csv"):
            address = reverse(
                "metrics:measurement-export", kwargs={"slug": strategy.slug, "kind": kind}
            )
            body = admin.get(address).getvalue()
            if kind == "xlsx":
                cell = load_workbook(BytesIO(body)).active["I2"]
                assert (cell.value, cell.data_type) == (risky, "s")
            else:
                assert f";{risky}" not in body.decode() or risky == "'n"
            kept = checked(strategy, ContentFile(body, f"a.{kind}"))
            assert (kept.counts["unchanged"], kept.counts["changed"]) == (6, 0), risky
