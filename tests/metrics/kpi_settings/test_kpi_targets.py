"""The targets of a KPI: what they may be, and what they do to its lights."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from metrics.kpis import computing, history, targets
from metrics.kpis.achievement import Kind
from metrics.kpis.periods import Month
from metrics.models import Kpi, KpiChange, KpiGroup, KpiStatus, KpiTarget
from roadmap.fields import Words
from roadmap.history import Overtaken
from roadmap.quarters import Quarter
from tests.at_once import at_once
from tests.factories import make_kpi, make_strategy, make_user
from tests.rows import rows_of

pytestmark = pytest.mark.django_db
S = "strategia"
MEASURED = {"2021-01": (80, 100), "2021-02": (84, 100), "2022-01": (90, 100)}


def url(slug="a"):
    return reverse("metrics:kpi-targets", args=[S, slug])


def typed(*rows, is_path="", version=1, **more):
    """What the form sends: rows of a period and a value, as they are written."""
    sent = {"is_path": is_path, "version": version, "rows": len(rows)}
    for number, (period, value) in enumerate(rows, start=1):
        sent |= {f"period-{number}": period, f"value-{number}": value}
    return sent | more


def written(response):
    """The rows of the form on a page."""
    return [(period.value() or "", value.value() or "") for period, value in _table(response)]


def _table(response):
    return response.context["form"].table


def faults(response):
    return sorted(response.context["form"].errors)


def kept(kpi):
    kpi = Kpi.objects.get(pk=kpi.pk)
    rows = {str(row.period): row.value for row in kpi.targets.all()}
    return kpi.target_is_path, rows


def test_the_page_shows_what_stands_and_a_row_for_each_year_without_a_target(admin, strategy):
    make_kpi(strategy, "a", targets={"2021-01": 75, "2022-06": "80.5"})
    page = admin.get(url())
    assert written(page) == [
        ("2021", "75"),
        ("2022-06", "80,5"),
        ("2023", ""),
        ("", ""),
        ("", ""),
    ]
    assert 'value="80,5"' in page.content.decode()
    assert reverse("roadmap:strategy-edit", args=[S]) in page.content.decode()


def test_targets_per_year_are_kept_with_their_history(admin, strategy, yllapitaja):
    kpi = make_kpi(strategy, "a", targets={"2021-01": 75})
    revision = KpiGroup.objects.get().revision
    sent = typed(("2021", "75"), ("2022", "82,5"), ("2023", ""), ("", ""))
    response = admin.post(url(), sent)
    assert (response.status_code, response.url) == (302, url())
    assert kept(kpi) == (False, {"2021-01": 75, "2022-01": Decimal("82.5")})
    kpi.refresh_from_db()
    assert (kpi.version, KpiGroup.objects.get().revision) == (2, revision + 1)
    with translation.override("en"):
        (line,) = history.lines(kpi.changes.all())
    assert (line.user, line.fields) == (yllapitaja, [("target 2022", "", "82,5")])


def test_a_path_is_points_with_a_line_between(admin, strategy):
    kpi = make_kpi(strategy, "a", targets={"2021-01": 75})
    sent = typed(("1/2021", "10"), ("2021-12", "32"), ("2022M12", "44"), is_path="1")
    assert admin.post(url(), sent).status_code == 302
    assert kept(kpi) == (True, {"2021-01": 10, "2021-12": 32, "2022-12": 44})
    path = Kpi.objects.get()
    points = list(targets.points_of(path).items())
    target = computing.targets_of(path, points).at(Month(2021, 6).ordinal)
    assert target == 10 + Fraction(22 * 5, 11)


def test_switching_keeps_what_was_typed(admin, strategy):
    kpi = make_kpi(strategy, "a")
    rows = [("2021", "10"), ("2021-12", "32")]
    for is_path in ("1", "", "1"):
        version = Kpi.objects.get().version
        assert admin.post(url(), typed(*rows, is_path=is_path, version=version)).status_code == 302
        assert kept(kpi) == (bool(is_path), {"2021-01": 10, "2021-12": 32})


def test_more_rows_keep_what_was_typed_and_save_nothing(admin, strategy):
    make_kpi(strategy, "a")
    before = rows_of(Kpi, KpiTarget, KpiChange)
    response = admin.post(url(), typed(("2021", "80"), ("sitten", "x"), more="1"))
    assert response.status_code == 200
    assert written(response) == [("2021", "80"), ("sitten", "x"), *[("", "")] * 5]
    assert rows_of(Kpi, KpiTarget, KpiChange) == before


def test_a_kpi_with_as_many_targets_as_there_may_be_can_still_be_edited(admin, strategy):
    months = [str(Month(2021 + n // 12, n % 12 + 1)) for n in range(120)]
    kpi = make_kpi(strategy, "a", targets=dict.fromkeys(months, 75))
    page = admin.get(url())
    assert len(written(page)) == 120
    assert "A KPI has 120 targets at most." in page.content.decode()
    assert "More rows" not in page.content.decode()
    sent = typed(*written(page), version=kpi.version) | {"value-1": "70"}
    assert admin.post(url(), sent).status_code == 302
    assert kept(kpi)[1]["2021-01"] == 70


def test_a_target_without_a_value_goes_away(admin, strategy):
    kpi = make_kpi(strategy, "a", targets={"2021-01": 75, "2022-01": 80})
    admin.post(url(), typed(("2021", "75"), ("2022", "")))
    assert kept(kpi) == (False, {"2021-01": 75})
    assert kpi.changes.get().fields == {"target:2022-01": ["80", None]}


KINDS = {
    "a part in percent": {"kind": Kind.RATE},
    "a ratio": {"kind": Kind.RATE, "is_part": False},
    "an NPS": {"kind": Kind.NPS},
    "a value": {"kind": Kind.VALUE, "decimals": 2},
    "lower is better": {"kind": Kind.VALUE, "lower_is_better": True, "decimals": 0},
}


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("a part in percent", ["0,1", "100", "99.5"], ["0", "-1", "100,1", "50,55"]),
        ("a ratio", ["100,1", "2000"], ["0", "-1"]),
        ("an NPS", ["-99", "0", "100"], ["-100", "101", "12,5"]),
        ("a value", ["0,01", "1 200", "99999"], ["0", "-5", "0,001", "1" * 16]),
        ("lower is better", ["0", "5"], ["-1", "5,5"]),
    ],
)
def test_a_target_must_leave_a_way_to_it(admin, strategy, name, good, bad):
    kpi = make_kpi(strategy, "a", **KINDS[name])
    for value in bad:
        response = admin.post(url(), typed(("2021", value)))
        assert (response.status_code, faults(response)) == (422, ["value-1"])
        assert kept(kpi)[1] == {}
    for value in good:
        version = Kpi.objects.get().version
        assert admin.post(url(), typed(("2021", value), version=version)).status_code == 302


@given(st.decimals(-150, 150, places=1), st.sampled_from(sorted(KINDS)))
def test_a_target_that_is_taken_always_gives_a_percent(value, name):
    kpi = Kpi(**KINDS[name])
    if targets.fault(kpi, value):
        return
    rule = kpi.rule
    floor, lower = rule.scale_floor, rule.lower_is_better
    numbers = (100, 0, 0) if kpi.kind == Kind.NPS else (90, 100)
    reached = rule.reading(numbers if kpi.kind != Kind.VALUE else (90,)).value
    expected = value / 90 if lower else (reached - floor) / (Fraction(value) - floor)
    assert expected >= 0


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("2021-13", "80")], ["period-1"]),
        ([("2021Q1", "80")], ["period-1"]),
        ([("0000", "80")], ["period-1"]),
        ([("9999-12", "80")], ["period-1"]),
        ([("", "80")], ["period-1"]),
        ([("2021", "80"), ("1/2021", "90")], ["period-2"]),
        ([("2021", "paljon"), ("x", "y")], ["period-2", "value-1", "value-2"]),
    ],
)
def test_every_fault_of_the_table_is_told_at_once(admin, strategy, rows, expected):
    make_kpi(strategy, "a")
    response = admin.post(url(), typed(*rows))
    assert (response.status_code, faults(response)) == (422, expected)
    assert written(response) == rows


def test_a_quarterly_kpi_has_years_and_quarters(admin, strategy):
    kpi = make_kpi(strategy, "a", frequency="quarter")
    admin.post(url(), typed(("2021", "70"), ("Q3/2022", "80"), ("4/2022", "85")))
    assert kept(kpi)[1] == {"2021Q1": 70, "2022Q3": 80, "2022Q4": 85}
    response = admin.post(url(), typed(("2021-01", "70"), version=2))
    assert faults(response) == ["period-1"]


# --- what they do -----------------------------------------------------------------------------


def test_what_would_change_is_shown_before_anything_is_saved(admin, strategy):
    make_kpi(strategy, "a", measured=MEASURED, targets={"2021-01": 80, "2022-01": 95})
    before = rows_of(Kpi, KpiTarget, KpiChange, KpiStatus)
    response = admin.post(url(), typed(("2021", "84"), ("2022", "80"), preview="1"))
    effect = response.context["effect"]
    # January 80/84 = 95 %, February 84/84, January 2022 90/95 = 94 % → 90/80 = 112 %
    assert [
        (str(one.period), one.before.light, one.after.light, one.after.percent)
        for one in effect.relit
    ] == [("2021-01", "green", "yellow", 95), ("2022-01", "yellow", "green", 112)]
    assert "2 of 3 measured periods would change their light" in response.content.decode()
    assert rows_of(Kpi, KpiTarget, KpiChange, KpiStatus) == before
    page = admin.post(url(), typed(("2021", "84"), ("2022", "80")), follow=True)
    assert "Mittari a was saved. 2 periods change their light." in page.content.decode()


targets_given = st.dictionaries(
    st.integers(0, 30).map(lambda n: Month.from_ordinal(Month(2021, 1).ordinal + n)),
    st.integers(1, 100).map(Decimal),
    max_size=5,
)


@given(targets_given, st.booleans(), targets_given, st.booleans())
def test_what_is_foretold_is_what_the_computation_then_shows(first, was_path, then, is_path):
    strategy = make_strategy("oma")
    kpi = make_kpi(
        strategy,
        "a",
        measured={f"2021-{month:02}": (month * 8, 100) for month in range(1, 13)},
        target_is_path=was_path,
    )
    targets.replace(kpi, first)
    computing.compute(kpi.group_id, anew=True)
    lights = dict(KpiStatus.objects.values_list("period", "light"))
    found = targets.save(kpi, then, is_path, 1, None, strategy.limits)
    computing.compute(kpi.group_id, anew=True)
    now = dict(KpiStatus.objects.values_list("period", "light"))
    changed = {period: (lights[period], now[period]) for period in lights}
    assert {one.period: (one.before.light, one.after.light) for one in found.relit} == {
        period: pair for period, pair in changed.items() if pair[0] != pair[1]
    }
    strategy.kpis.all().delete()
    strategy.delete()


# --- by several -------------------------------------------------------------------------------


def test_what_somebody_else_set_meanwhile_is_shown_beside_ones_own(admin, strategy):
    other = make_user("ylläpitäjä", last_name="Toinen")
    kpi = make_kpi(strategy, "a", targets={"2021-01": 75})
    targets.save(kpi, {Month(2021, 1): Decimal(60)}, False, 1, other, strategy.limits)
    response = admin.post(url(), typed(("2021", "90"), ("2022", "95")))
    page = response.content.decode()
    assert response.status_code == 409
    assert "Erkki Toinen" in page
    assert "<del>75</del> → 60" in page
    assert "The targets now: 2021: 60" in page
    assert written(response) == [("2021", "90"), ("2022", "95")]
    assert kept(kpi) == (False, {"2021-01": 60})
    again = typed(
        ("2021", "90"), ("2022", "95"), version=response.context["form"]["version"].value()
    )
    assert admin.post(url(), again).status_code == 302
    assert kept(kpi) == (False, {"2021-01": 90, "2022-01": 95})


def test_a_double_click_makes_one_change(admin, strategy):
    kpi = make_kpi(strategy, "a")
    for _time in range(2):
        assert admin.post(url(), typed(("2021", "90"))).status_code == 302
    assert (kpi.changes.count(), Kpi.objects.get().version) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_of_four_who_set_targets_at_once_one_is_kept_and_three_are_told():
    strategy = make_strategy()
    kpi = make_kpi(strategy, "a")
    values = iter([Decimal(number) for number in (60, 70, 80, 90)])

    def change():
        points = {Month(2021, 1): next(values)}
        try:
            targets.save(kpi, points, False, 1, None, strategy.limits)
        except Overtaken:
            return "told"
        return "kept"

    assert sorted(at_once(change)) == ["kept", "told", "told", "told"]
    assert (KpiTarget.objects.count(), kpi.changes.count()) == (1, 1)


@pytest.mark.parametrize("role", ["johto", "digimentori"])
def test_who_does_not_manage_kpis_sets_no_target(browse, strategy, role):
    person = make_user(role)
    kpi = make_kpi(strategy, "a", owner=person, name=Words(fi="Oma"))
    assert browse(person).post(url(), typed(("2021", "90"))).status_code == 403
    assert kept(kpi) == (False, {})


def test_periods_are_written_as_people_read_them():
    kpi = Kpi(frequency="quarter")
    assert [targets.as_written(period) for period in (Month(2021, 1), Quarter(2021, 2))] == [
        "2021",
        "2021Q2",
    ]
    assert targets.read_period(kpi, "2021") == Quarter(2021, 1)
