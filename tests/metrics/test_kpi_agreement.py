"""What is shown of a KPI never contradicts its light: meter, heading, reason, rows and lists."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils.translation import override
from hypothesis import example, given
from hypothesis import strategies as st

from metrics.charts import trend_chart
from metrics.kpis import amounts, meter
from metrics.kpis.achievement import Targets, outcomes
from metrics.kpis.computing import as_kept
from metrics.kpis.dashboard import target
from metrics.kpis.export import kpi_table
from metrics.kpis.kpi_page import KpiView, Point
from metrics.kpis.periods import Month, span
from metrics.kpis.scale import marks
from metrics.kpis.standings import Standing
from metrics.models import ALL_NUMBERS, Kpi
from roadmap import formats
from roadmap.fields import Words
from roadmap.models import Strategy
from roadmap.traffic_light import Limits

JANUARY = Month(2022, 1)


def view_of(kpi, measured, points, limits=(100, 85)):
    """The page of a KPI by its numbers and targets; the newest period is looked at."""
    kpi.strategy = Strategy(green_from=limits[0], yellow_from=limits[1])
    targets = Targets(
        {period.ordinal: value for period, value in points.items()}, kpi.target_is_path
    )
    numbers = {period.ordinal: numbers for period, numbers in measured.items()}
    found = outcomes(kpi.rule, numbers.items(), targets, Limits(*limits))
    standings = {one.period: standing(kpi, one, numbers[one.period]) for one in found}
    rows = [
        Point(kpi, period, one, target(kpi, one, one and one.exact(kpi)))
        for period in span(min(measured), max(measured))
        for one in [standings.get(period.ordinal)]
    ]
    return KpiView(kpi, rows, targets, max(measured), (None, None), [])


def standing(kpi, outcome, numbers):
    named = dict(zip(kpi.numbers, numbers, strict=True))
    return Standing(
        1,
        Month.from_ordinal(outcome.period),
        as_kept(outcome.value),
        outcome.why.value,
        outcome.n,
        outcome.margin,
        as_kept(outcome.target),
        outcome.percent,
        outcome.light.value,
        as_kept(outcome.change),
        outcome.streak,
        tuple(named.get(name) for name in ALL_NUMBERS),
    )


def read(text):
    """A number as it was written for people."""
    plain = re.sub(r"\s*(%|min|\+(?=\d))\s*", "", text).replace(formats.NBSP, "")
    return Fraction(plain.replace(formats.MINUS, "-").replace(",", "."))


def path(**fields):
    fields = {"kind": "rate", "decimals": 1, "target_is_path": True} | fields
    return Kpi(unit=Words(fi="min"), **fields)


EIGHTY_TO_85 = {JANUARY: Decimal(80), Month(2023, 1): Decimal(85)}


@pytest.mark.parametrize(
    ("month", "numbers", "heading", "reason", "lines"),
    [
        (
            Month(2022, 9),
            (8332, 10000),
            "0,01 percentage points below the target",
            "Yellow: 83,32 % / target 83,33 % → 99 %.",
            [("83,32 %", "99 %"), ("70,84 %", "85 %"), ("83,33 %", "100 %")],
        ),
        (
            Month(2022, 10),
            (8375, 10000),
            "Exactly on target",
            "Green: 83,7 % / target 83,7 % → 100 %.",
            [("83,7 %", "100 %"), ("71,1 %", "85 %"), ("83,7 %", "100 %")],
        ),
        (
            Month(2022, 9),
            (250, 300),
            "Exactly on target",
            "Green: 83,3 % / target 83,3 % → 100 %.",
            [("83,3 %", "100 %"), ("70,9 %", "85 %"), ("83,3 %", "100 %")],
        ),
    ],
)
def test_beside_a_path_a_value_is_told_from_its_target(month, numbers, heading, reason, lines):
    view = view_of(path(), {month: numbers}, EIGHTY_TO_85)
    with override("en"):
        said = (view.meter_finding, view.reason.finding.replace(formats.NBSP, " "))
        found = [(one.value, one.percent) for one in meter.lines(view)]
    assert said == (heading, reason)
    assert found == [tuple(text.replace(" ", formats.NBSP) for text in line) for line in lines]


def test_the_percent_is_the_one_of_the_light_and_not_that_of_the_cut_value():
    kpi = Kpi(kind="rate", decimals=1)
    measured = {Month(2021, 6): (7519, 10000), Month(2021, 7): (8079, 10000)}  # of 85: 88.46, 95.05
    with override("en"):
        view = view_of(kpi, measured, {Month(2021, 1): Decimal(85)})
        found = [(one.value, one.percent) for one in meter.lines(view)]
        drawn = meter.meter(view)
    assert found == [
        ("80,7\u00a0%", "95\u00a0%"),  # 80.7 / 85 would be 94.9 %
        ("75,1\u00a0%", "88\u00a0%"),
        ("72,3\u00a0%", "85\u00a0%"),
        ("85\u00a0%", "100\u00a0%"),
    ]
    assert "July 2021: 80,7\u00a0% (95\u00a0%); June 2021: 75,1\u00a0% (88\u00a0%)" in drawn


def test_the_dot_of_a_yellow_value_is_not_on_the_red_part():
    view = view_of(path(), {JANUARY: (7228, 10000)}, {JANUARY: Decimal(85)})  # yellow from 72.25
    with override("en"):
        found = [one.value for one in meter.lines(view)]
    assert (view.light, view.marks.now >= view.axis.place(85)) == ("yellow", True)
    assert found == ["72,28\u00a0%", "72,25\u00a0%", "85\u00a0%"]
    assert trend_chart(view)["y"] == [72.28]


def test_the_points_of_an_nps_between_whole_targets_are_points():
    kpi = path(kind="nps")
    view = view_of(
        kpi, {Month(2022, 9): (30, 60, 10)}, {JANUARY: Decimal(19), Month(2023, 1): Decimal(21)}
    )
    with override("en"):
        assert view.meter_finding == "0,3 points below the target, within the margin of error"
        assert [one.value for one in meter.lines(view)][-1] == "+20,3"


# --- whatever the KPI is ----------------------------------------------------------------------


def test_a_value_is_told_from_its_target_however_many_digits_that_takes():
    kpi = Kpi(kind="rate", decimals=2)
    value = Fraction(100 * 999_999_999_999_999, 999_999_999_999_998)
    target = Fraction("100.0000000000001")
    assert amounts.difference(kpi, value, target) == Decimal("2E-28")
    extra, [written] = amounts.apart(kpi, [value], target, [])
    assert amounts.cut(kpi, value, extra) > written


tenths = st.integers(1, 999).map(lambda number: Fraction(number, 10))


@st.composite
def views(draw):
    kind = draw(st.sampled_from(["rate", "nps", "value"]))
    decimals = draw(st.integers(0, 4))
    lower = kind != "nps" and draw(st.booleans())
    kpi = path(
        kind=kind,
        decimals=decimals,
        lower_is_better=lower,
        is_part=False,
        target_is_path=draw(st.booleans()),
    )
    least = -99 if kind == "nps" else 1
    places = 0 if kind == "nps" else decimals
    goals = st.integers(least * 10**places, 100 * 10**places)
    goals = goals.map(lambda goal: Decimal(goal).scaleb(-places))
    points = {JANUARY: draw(goals), Month(2023, draw(st.integers(1, 12))): draw(goals)}
    now = Month(2022, draw(st.integers(2, 12)))
    limits = draw(st.sampled_from([(100, 85), (95, 80), (120, 100), (100, 1)]))
    targets = Targets({period.ordinal: goal for period, goal in points.items()}, kpi.target_is_path)
    of_now = targets.at(now.ordinal)
    share = draw(st.sampled_from([Fraction(limit, 100) for limit in (100, *limits)]))
    floor = kpi.rule.scale_floor
    near = of_now / share if lower else floor + (of_now - floor) * share
    measured = {period: draw(numbers_near(kind, near)) for period in (now.previous, now)}
    return view_of(kpi, measured, points, limits)


@st.composite
def numbers_near(draw, kind, near):
    """The numbers of a measurement whose value is near another one, or just that, or any."""
    if draw(st.integers(0, 4)) == 0:
        near = draw(tenths)
    if kind == "nps":
        n = draw(st.sampled_from([10, 100, 300, 999]))
        gap = max(-n, min(n, round(near * n / 100) + draw(st.integers(-2, 2))))
        passives = draw(st.integers(0, n - abs(gap)))
        rest = n - abs(gap) - passives
        passives += rest % 2
        return (max(gap, 0) + rest // 2, passives, max(-gap, 0) + rest // 2)
    if kind == "value":
        step = draw(st.sampled_from([-1, 0, 1])) * Decimal(10) ** -draw(st.integers(0, 6))
        return (max(Decimal(0), formats.as_decimal(near, draw(st.integers(0, 8))) + step),)
    whole = near.denominator * 100 if draw(st.booleans()) else draw(st.integers(1, 10**6))
    part = round(near * whole / 100) + draw(st.integers(-1, 1))
    return (Decimal(max(0, part)), Decimal(whole))


def is_good(kpi, value, bound):
    return read(value) <= read(bound) if kpi.lower_is_better else read(value) >= read(bound)


@given(views())
@example(view_of(path(), {Month(2022, 9): (8332, 10000)}, EIGHTY_TO_85))
@example(view_of(path(lower_is_better=True), {Month(2022, 5): (245, 300)}, EIGHTY_TO_85))
def test_meter_heading_reason_rows_and_light_agree(view):
    kpi, now = view.kpi, view.now.standing
    with override("en"):
        lines = {one.name: one for one in meter.lines(view)}
        heading, reason = view.meter_finding, view.reason.finding
        drawn = meter.meter(view)
    goal = lines.pop("target")
    bounds = [lines.pop(name) for name in ("yellow begins", "green begins") if name in lines]
    first = next(iter(lines.values()))
    assert first.percent == formats.percent(now.percent)
    assert now.light == (
        view.axis.limits.light(now.percent) if now.percent is not None else "green"
    )
    assert f"({first.percent})" in drawn

    # the numbers of the meter: each value is on the side of each bound that its percent says
    for line in lines.values():
        for bound in (goal, *bounds):
            if line.percent:
                expected = read(line.percent) >= read(bound.percent)
                assert is_good(kpi, line.value, bound.value) == expected, (line, bound)

    # the heading
    is_at_best = now.percent is None
    is_reached = is_at_best or now.percent >= 100
    good, bad = ("below", "above") if kpi.lower_is_better else ("above", "below")
    if heading == "Exactly on target":
        assert view.now.exact == view.target
        assert is_reached
    else:
        assert f" {good if is_reached else bad} the target" in heading
        assert read(heading.split()[0].partition(formats.NBSP)[0]) > 0

    # the reason
    if now.percent is not None:
        shown = re.findall(
            r"[+−]?\d[\d\u00a0]*(?:,\d+)?", reason.partition("→")[0].replace("+ 100", "")
        )
        value, wanted = reversed(shown) if kpi.lower_is_better else shown
        assert reason.startswith(f"{now.light.capitalize()}: ")
        assert f"→ {formats.percent(now.percent)}." in reason
        assert is_good(kpi, value, wanted) == is_reached
        assert kpi.rule.percent(read(value), read(wanted)) == now.percent

    # the places of the dots
    on_list = marks(view.axis, kpi.rule, now.target, view.now.exact)
    for limit in (100, view.axis.limits.yellow, view.axis.limits.green):
        place = view.axis.place(limit)
        if is_at_best or now.percent >= limit:
            assert view.marks.now >= place
            assert on_list.now >= place - 0.01  # by a target that is kept with ten decimals
        else:
            assert view.marks.now <= place
            assert on_list.now <= place

    # the rows of the dashboard, of the page and of the file
    for point in view.points:
        reached = point.standing.percent is None or point.standing.percent >= 100
        assert is_good(kpi, point.value, point.target) == reached
    *_rest, row = kpi_table(kpi, [now], view.axis.limits).rows
    assert kpi.rule.reaches(row[1], row[10]) == is_reached
