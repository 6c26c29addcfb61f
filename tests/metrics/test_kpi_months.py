"""The months of the dashboard, and how the KPIs stand in each of them by the groups' summaries."""

from collections import defaultdict
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.kpis.computing import _summaries, compute
from metrics.kpis.dashboard import Dashboard, dashboard
from metrics.kpis.months import Months, Summaries, glance, months
from metrics.kpis.periods import Month, last_month, span
from metrics.models import Frequency, Kpi
from tests.factories import make_kpi, make_strategy

M6, M7, M8 = Month(2022, 6), Month(2022, 7), Month(2022, 8)


def summed_up(*rows):
    """`rows` are group, month, how many measured periods end in it, measured, expected."""
    return Summaries((*row, 0, 0, 0, 0) for row in rows)


@pytest.mark.parametrize(
    ("rows", "month"),
    [
        ([(1, M7, 4, 4, 4), (1, M8, 1, 1, 4)], M7),
        ([(1, M7, 4, 4, 4), (1, M8, 2, 2, 4)], M8),
        ([(1, M7, 1, 1, 4), (1, M8, 1, 1, 4)], M8),  # nowhere half: the newest with any
        ([(1, M7, 4, 4, 4), (1, M8, 0, 0, 4)], M7),
        # The other group has no measurement of August yet, and would have eight.
        ([(1, M7, 1, 1, 1), (1, M8, 1, 1, 1), (2, M7, 8, 8, 8), (2, M8, 0, 0, 8)], M7),
        ([(1, M6, 4, 4, 4), (1, M7, 1, 1, 4), (1, M8, 1, 1, 4)], M6),
        # Of the other group nothing is expected any more.
        ([(1, M7, 1, 1, 1), (1, M8, 1, 1, 1), (2, M6, 8, 8, 8), (2, M7, 0, 0, 0)], M8),
        # The five quarterly ones of the other group stand by the same quarter.
        ([(1, M6, 1, 1, 1), (1, M7, 1, 1, 1), (1, M8, 1, 1, 1), (2, M6, 5, 5, 5)], M8),
        ([(1, M6, 0, 0, 4)], None),
    ],
)
def test_the_page_opens_with_the_newest_month_of_which_at_least_half_is_there(rows, month):
    assert summed_up(*rows).opening == month


def test_a_month_in_which_nothing_is_expected_any_more_is_not_opened():
    rows = [(1, M6, 4, 4, 4), (1, M7, 0, 0, 0), (2, M8, 1, 1, 9)]
    assert summed_up(*rows).opening == M6


# --- against a reckoning month by month ---------------------------------------------------------

YEARS = list(span(Month(2020, 1), Month(2022, 12)))
some_month = st.sampled_from(YEARS[6:30])


@st.composite
def kpis_and_lights(draw):
    """KPIs of some groups, and the lights of the periods in which each was measured."""
    kpis, lights = [], defaultdict(dict)
    for pk in range(draw(st.integers(1, 6))):
        first, last = draw(some_month), draw(st.none() | some_month)
        kpi = Kpi(
            pk=pk,
            group_id=draw(st.integers(1, 3)),
            frequency=draw(st.sampled_from(Frequency.values)),
            first_month=first,
            last_month=last and max(first, last),
        )
        all_periods = sorted({kpi.period_type.of(month.first_day) for month in YEARS[6:30]})
        measured = draw(st.sets(st.sampled_from(all_periods), max_size=8))
        lights[pk] = {period: draw(st.sampled_from(["green", "red"])) for period in measured}
        kpis.append(kpi)
    return kpis, lights


def as_stored(kpis, lights):
    """The rows of `KpiGroupStatus`, group by group."""
    by_group = defaultdict(list)
    for kpi in kpis:
        by_group[kpi.group_id].append(kpi)
    return [
        (group, month, *values)
        for group, of_group in by_group.items()
        for month, values in _summaries(of_group, lights)
    ]


def on_dashboard(kpis, lights, month):
    standings = {
        pk: {period: SimpleNamespace(light=light) for period, light in of_kpi.items()}
        for pk, of_kpi in lights.items()
    }
    return Dashboard(None, Months([month], month), [], kpis, standings, {}, None)


@given(kpis_and_lights())
def test_in_every_month_the_summaries_count_what_the_dashboard_shows(made):
    kpis, lights = made
    found = Summaries(as_stored(kpis, lights))
    for month in YEARS:
        shown = on_dashboard(kpis, lights, month)
        measured = sum(standing is not None for _kpi, _period, standing in shown.entries)
        assert found.at(month) == {
            **shown.counts,
            "measured": measured,
            "expected": len(shown.entries),
        }


@given(kpis_and_lights())
def test_the_months_are_those_from_the_first_to_the_newest_with_whose_end_a_measured_one_ends(made):
    kpis, lights = made
    ends = [
        last_month(period)
        for kpi in kpis
        for period in lights[kpi.pk]
        if kpi.first_month <= last_month(period) <= (kpi.last_month or YEARS[-1])
    ]
    found = Summaries(as_stored(kpis, lights))
    assert found.months == (list(span(min(ends), max(ends))) if ends else [])
    assert found.opening in ends or not ends


@given(kpis_and_lights())
def test_no_row_says_what_the_row_before_has_said(made):
    by_group = defaultdict(list)
    for group, _month, ending, *stands in as_stored(*made):
        by_group[group].append((ending, stands))
    for rows in by_group.values():
        for (_ending, before), (ending, stands) in zip(rows, rows[1:], strict=False):
            assert ending or stands != before


# --- in the database ----------------------------------------------------------------------------


def green(*periods):
    return {"measured": dict.fromkeys(periods, (80, 100)), "targets": {"2022-01": 80}}


def quarterly(*periods, **fields):
    measured = dict.fromkeys(periods, (80, 100))
    return {"measured": measured, "targets": {"2022Q1": 80}, "frequency": "quarter", **fields}


def of_one_group(strategy, *kpis):
    group = make_kpi(strategy, **kpis[0]).group
    for fields in kpis[1:]:
        make_kpi(strategy, group=group, **fields)
    compute(group.pk, anew=True)


JULY = green("2022-05", "2022-06", "2022-07")
CASES = {
    "a quarterly KPI in a group of its own stands by its quarter in July": (
        [[JULY], [quarterly("2022Q1", "2022Q2")]],
        (M7, {"green": 2, "none": 0}),
    ),
    "a group that was never measured has its KPIs without a result": (
        [[JULY], [{}, {}]],
        (M7, {"green": 1, "none": 2}),
    ),
    "a KPI that begins after its group was last measured": (
        [[JULY, JULY, JULY], [green("2022-05"), {"first_month": M7}]],
        (M7, {"green": 3, "none": 2}),
    ),
    "a KPI that ended while its group was never measured": (
        [[JULY], [{"last_month": M6}]],
        (M7, {"green": 1, "none": 0}),
    ),
    "quarterly KPIs do not hold the page in the last month of their quarter": (
        [
            [green("2022-06", "2022-07", "2022-08")],
            [quarterly("2022Q1", "2022Q2")] * 5,
        ],
        (M8, {"green": 6, "none": 0}),
    ),
    "a quarter that is over and was not measured": (
        [[green("2022-08", "2022-09")], [quarterly("2022Q2")]],
        (Month(2022, 9), {"green": 1, "none": 1}),
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("case", CASES)
def test_the_front_page_says_what_the_dashboard_says(strategy, case):
    groups, (month, counts) = CASES[case]
    for kpis in groups:
        of_one_group(strategy, *kpis)
    counts = {"green": 0, "yellow": 0, "red": 0, "none": 0} | counts
    opened = dashboard(strategy, None)
    assert (opened.month, opened.counts) == (month, counts)
    assert glance(strategy) == (month, counts)


@pytest.mark.django_db
def test_the_months_of_one_strategy_are_not_those_of_another(strategy):
    make_kpi(make_strategy("toinen"), **JULY)
    assert months(strategy, None) == Months()
    make_kpi(strategy, **quarterly("2022Q1"))
    assert months(strategy, None) == Months([Month(2022, 3)], Month(2022, 3))
