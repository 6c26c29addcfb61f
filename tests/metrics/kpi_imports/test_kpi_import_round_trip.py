"""What goes out comes back without loss, and a file does what it says, whatever it holds."""

from io import BytesIO
from string import ascii_lowercase

import pytest
from django.core.files.base import ContentFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from openpyxl import Workbook

from metrics.kpis.achievement import Kind
from metrics.kpis.measuring import Measured, record
from metrics.kpis.periods import Month
from metrics.kpis.workbook.applying import apply
from metrics.kpis.workbook.keeping import store
from metrics.kpis.workbook.undoing import undo
from metrics.kpis.workbook.writing import guarded, table, write_workbook
from metrics.models import Kpi, Measurement, MeasurementImport, Origin
from metrics.tables import Table, csv_lines
from roadmap.fields import Words
from roadmap.models import Strategy
from roadmap.quarters import Quarter
from roadmap.record import prose
from tests.factories import make_kpi, make_strategy, measure, save
from tests.kpi_imports import ALL, proposed, standing

pytestmark = pytest.mark.django_db
FEW = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)

counts = some.integers(0, 10**15 - 1)
values = some.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=4)
comments = some.text(
    some.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co", "Cf"]), max_size=30
) | some.sampled_from(["=1+1", "+1", "-1", "@a", "'=1", "''=1", "'", "a;b\n”c”", '"', "_x0041_"])
NUMBERS = {
    Kind.RATE: some.tuples(counts, counts).map(sorted),
    Kind.NPS: some.tuples(counts, counts, counts),
    Kind.VALUE: some.tuples(values),
}
months = some.integers(0, 40).map(lambda n: Month.from_ordinal(Month(2021, 1).ordinal + n))
quarters = some.integers(0, 13).map(lambda n: Quarter.from_ordinal(Quarter(2021, 1).ordinal + n))


@some.composite
def measured(draw):
    """Up to five KPIs of any kind and frequency, and what is measured of each."""
    kpis = draw(
        some.lists(
            some.tuples(
                some.text(ascii_lowercase, min_size=1, max_size=6),
                some.sampled_from(list(Kind)),
                some.sampled_from(["month", "quarter"]),
            ),
            min_size=1,
            max_size=5,
            unique_by=lambda kpi: kpi[0],
        )
    )
    return {
        (slug, kind, frequency): draw(
            some.dictionaries(
                months if frequency == "month" else quarters,
                some.tuples(NUMBERS[kind].map(tuple), comments),
                max_size=6,
            )
        )
        for slug, kind, frequency in kpis
    }


def made(world):
    """A strategy of its own with these KPIs and measurements."""
    Measurement.objects.all().delete()
    Kpi.objects.all().delete()
    Strategy.objects.all().delete()
    strategy = make_strategy()
    for (slug, kind, frequency), periods in world.items():
        # The name of one may be the short name of another.
        name = Words(fi=slug[::-1], en="Any")
        fields = {"kind": kind, "frequency": frequency, "name": name}
        kpi = make_kpi(strategy, slug, whole_counts=False, is_part=True, **fields)
        keep(kpi, periods)
    return strategy


def keep(kpi, periods):
    rows = [
        Measured(kpi.pk, period, numbers, comment)
        for period, (numbers, comment) in periods.items()
        if kpi.kind != Kind.RATE or numbers[1] or not numbers[0]
    ]
    record(rows, Origin.FORM)


def exported(strategy, kind):
    found = table(strategy, "fi")
    file = BytesIO()
    if kind == "csv":
        file.write("".join(csv_lines(Table(found.headings, guarded(found.rows)))).encode())
    else:
        write_workbook(found, "fi", file)
    file.name = f"mittaukset.{kind}"
    return file


@FEW
@given(measured(), some.sampled_from(["xlsx", "csv"]))
def test_all_measurements_come_back_unchanged(world, kind):
    strategy = made(world)
    proposal = proposed(strategy, exported(strategy, kind))
    assert [str(fault) for fault in proposal.report.faults] == []
    assert proposal.counts == {
        **dict.fromkeys(("new", "changed", "empty", "asked", "faults"), 0),
        "unchanged": len(standing(strategy)),
    }


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_stands_comes_back_unchanged_whatever_may_be_entered_by_now(strategy, kind):
    rate = make_kpi(strategy, "osuus", is_part=False, whole_counts=False)
    value = make_kpi(strategy, "arvo", kind=Kind.VALUE, whole_counts=False)
    measure(rate, {"2021-01": (150, 100), "2021-02": ("1.5", 2), "2021-03": (1, 2)})
    measure(value, {"2021-01": (-5,), "2021-06": (5,)})
    strict = {"is_part": True, "whole_counts": True, "lower_is_better": True}
    strategy.kpis.update(**strict, first_month=Month(2021, 2), last_month=Month(2021, 5))
    proposal = proposed(strategy, exported(strategy, kind))
    assert [str(fault) for fault in proposal.report.faults] == []
    assert (proposal.counts["unchanged"], len(proposal.steps)) == (5, 0)
    # One row that says something else is checked, and it alone.
    rows = [["osuus", "2021-01", 150, 100], ["osuus", "2021-02", 2.5, 2]]
    assert [
        (fault.cell, fault.found) for fault in proposed(strategy, a_file(rows)).report.faults
    ] == [("C3", "2.5")]


@FEW
@given(measured(), some.sampled_from(["xlsx", "csv"]))
def test_into_an_empty_strategy_they_come_as_they_were(world, kind):
    strategy = made(world)
    before, file = standing(strategy), exported(strategy, kind)
    empty = made({kpi: {} for kpi in world})
    bring(empty, proposed(empty, file))
    assert standing(empty) == {
        place: (*numbers, prose(comment))  # the one spelling that every file has
        for place, (*numbers, comment) in before.items()
    }


@FEW
@given(measured(), some.data())
def test_a_file_changes_what_it_names_and_undoing_it_restores_everything(world, data):
    strategy = made(world)
    before = standing(strategy)
    rows, wanted = [], dict(before)
    for (slug, kind, frequency), periods in world.items():
        news = data.draw(
            some.dictionaries(
                (months if frequency == "month" else quarters) | some.sampled_from([*periods])
                if periods
                else (months if frequency == "month" else quarters),
                NUMBERS[kind].filter(lambda n: len(n) != 2 or n[1] or not n[0]).map(tuple),
                max_size=4,
            )
        )
        place = {Kind.RATE: 2, Kind.NPS: 4, Kind.VALUE: 7}[kind]
        for period, numbers in news.items():
            row = [slug, str(period), *[None] * 6]
            row[place : place + len(numbers)] = numbers
            rows.append(row)
            *_numbers, comment = before.get((slug, str(period)), ("",))
            wanted[slug, str(period)] = (*map(plain, numbers), comment)
    data.draw(some.randoms()).shuffle(rows)
    proposal = proposed(strategy, a_file(rows))
    assert [str(fault) for fault in proposal.report.faults] == []
    changed = {place for place in wanted if wanted[place] != before.get(place)}
    assert {(step.row.kpi.slug, str(step.row.period)) for step in proposal.steps} == changed
    history = list(Measurement.objects.order_by("pk").values())
    kept = bring(strategy, proposal)
    assert standing(strategy) == wanted
    undo(kept, None, lambda done: None)
    assert standing(strategy) == before
    # Nothing that was there has been touched: two versions more for each change.
    after = list(Measurement.objects.order_by("pk").values())
    assert after[: len(history)] == history
    assert len(after) == len(history) + 2 * len(changed)


def a_file(rows):
    book = Workbook()
    for row in ([*ALL[:8]], *rows):
        book.active.append(row)
    return save(book)


def plain(number):
    return int(number) if number == int(number) else float(number)


def bring(strategy, proposal):
    kept = MeasurementImport(strategy=strategy, file_name="mittaukset.xlsx", state="applying")
    kept.file.save("x.xlsx", ContentFile(b""), save=False)
    kept.save()
    store(kept, proposal)
    apply(kept, lambda done: None)
    return kept
