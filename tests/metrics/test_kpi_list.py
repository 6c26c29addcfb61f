"""The dashboard of the KPIs, its list for Excel, and the line of the front page."""

import csv
from datetime import date
from io import StringIO

import pytest
from django.urls import reverse

from benchmarks.kpis import fill_kpis
from metrics.kpis import dashboard as dashboards
from metrics.kpis import defaults
from metrics.kpis.dashboard import dashboard
from metrics.kpis.measuring import Measured, record
from metrics.kpis.periods import Month
from metrics.models import Kpi, KpiGroup, Origin
from roadmap.fields import Words
from tests.factories import make_kpi, make_strategy, make_user, measure
from tests.pages import queries_of

pytestmark = pytest.mark.django_db

EVERY = {"name": Words(fi="Löydettävyys"), "summary": Words(fi="Heti löytäneet")}


def url(name="kpi-list", slug="strategia", **kwargs):
    return reverse(f"metrics:{name}", kwargs={"slug": slug, **kwargs})


def rows(strategy, month=None):
    return [row for group in dashboard(strategy, month).views for row in group.rows]


def row(strategy, month=None):
    (only,) = rows(strategy, month)
    return only


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


# --- one row ----------------------------------------------------------------------------------


def test_a_rate_shows_its_value_what_it_is_made_of_its_reason_and_its_change(strategy):
    make_kpi(
        strategy,
        "loydettavyys",
        measured={"2022-06": (445, 577), "2022-07": (412, 520)},
        targets={"2022-01": 85},
        **EVERY,
    )
    shown = row(strategy)
    assert (str(shown.name), str(shown.summary)) == ("Löydettävyys", "Heti löytäneet")
    assert (shown.light, shown.lower_is_better) == ("yellow", False)
    assert (shown.value, shown.unit, shown.below) == ("79,2", "%", "412 / 520")
    assert shown.reason == "Yellow: 79,2\u00a0% / target 85\u00a0% → 93\u00a0%."
    assert (shown.change, shown.change_unit, shown.change_from) == ("+2,1", "percentage points", "")
    assert 'aria-label="July 2022: 79,2\u00a0%, June 2022: 77,1\u00a0%, target 85\u00a0%"' in (
        shown.scale
    )


def test_what_is_not_in_the_readers_language_is_marked_as_such(strategy, browse, johto):
    group = KpiGroup.objects.create(strategy=strategy, name=Words(fi="Laatu"), position=1)
    words = {"name": Words(fi="Nimi", en="Name"), "summary": Words(fi="Kuvaus")}
    make_kpi(strategy, "k", group, measured={"2022-07": (1, 2)}, lower_is_better=True, **words)
    page = browse(johto).get(reverse("metrics:kpi-list", args=[strategy.slug])).content.decode()
    assert '<span lang="fi">Laatu</span>' in page
    assert '">Name</a><small><span lang="fi">Kuvaus</span> · lower is better</small>' in page


@pytest.mark.parametrize(
    ("fields", "numbers", "target", "reason"),
    [
        # 84.96 % is shown as 84,9, by which nobody would come to 99; so it says more of it.
        ({}, (8496, 10000), 85, "Yellow: 84,9\u00a0% / target 85\u00a0% → 99\u00a0%."),
        ({}, (7651, 10000), "76.5", "Green: 76,5\u00a0% / target 76,5\u00a0% → 100\u00a0%."),
        ({}, (6507, 10000), 90, "Red: 65,0\u00a0% / target 90\u00a0% → 72\u00a0%."),
        ({}, (6489, 10000), "90.1", "Red: 64,89\u00a0% / target 90,1\u00a0% → 72\u00a0%."),
        ({}, (340, 1000), 40, "Yellow: 34,0\u00a0% / target 40\u00a0% → 85\u00a0%."),
        ({"kind": "nps"}, (147, 107, 102), 20, "Yellow: (+13 + 100) / (+20 + 100) → 94\u00a0%."),
        ({"kind": "nps"}, (10, 10, 40), -40, "Red: (−50 + 100) / (−40 + 100) → 83\u00a0%."),
        ({"kind": "nps"}, (4, 2, 1), 20, "Hidden: n = 7, and it is shown from 10 answers on."),
        ({"kind": "nps"}, (0, 0, 0), 20, "No result: nobody answered."),
        ({}, (0, 0), 20, "No result: there was nothing to count, the denominator is 0."),
        ({}, (5, 10), None, "No light: there is no target for this period."),
        (
            {},
            (5, 10),
            0,
            "No light: the target is the lowest value of the scale, so there is no way to it.",
        ),
        (
            {"kind": "value", "lower_is_better": True, "unit": Words(fi="min")},
            ("6.2",),
            5,
            "Red: target 5\u00a0min / 6,2\u00a0min → 80\u00a0%.",
        ),
        (
            {"kind": "value", "lower_is_better": True},
            (0,),
            5,
            "Green: nothing can be less, and less is better.",
        ),
    ],
)
def test_the_reason_can_be_checked_with_a_pencil(strategy, fields, numbers, target, reason):
    targets = {} if target is None else {"2022-01": target}
    make_kpi(strategy, measured={"2022-07": numbers}, targets=targets, **fields)
    assert row(strategy).reason == reason


def test_a_hidden_nps_shows_neither_its_value_nor_its_counts_anywhere(strategy, browse, johto):
    make_kpi(strategy, "nps", kind="nps", measured={"2022-07": (4, 2, 1)}, targets={"2022-01": 20})
    shown = row(strategy)
    assert (shown.light, shown.value, shown.unit, shown.below) == ("none", "–", "", "")
    assert "scale-now" not in shown.scale
    assert shown.trend == ""
    client = browse(johto)
    lines = csv_of(client)
    assert (
        lines[1][5:]
        == [
            *("", "", "", "", "", "", "", "7", "", "20", "", "No result", ""),
            "Hidden: n = 7, and it is shown from 10 answers on.",
        ][1:]
    )
    assert "+42" not in client.get(url()).content.decode()


def test_a_quarterly_kpi_stands_in_its_row_by_the_newest_quarter_that_is_over(strategy):
    kpi = make_kpi(
        strategy,
        frequency="quarter",
        measured={"2022Q1": (70, 100), "2022Q2": (75, 100)},
        targets={"2022Q1": 80},
    )
    make_kpi(strategy, group=kpi.group, measured={"2022-08": (1, 2)})
    shown = rows(strategy, "2022-08")[0]
    assert (str(shown.period), shown.value, shown.below) == ("2022Q2", "75,0", "Q2/2022 · 75 / 100")
    assert (shown.change, shown.change_unit, shown.change_from) == (
        *("+5,0", "percentage points", "from the quarter before"),
    )
    first = rows(strategy, "2022-05")[0]
    assert (first.value, first.change, first.change_from) == ("70,0", "", "")


@pytest.mark.parametrize(
    ("today", "says"),
    [
        (date(2022, 8, 14), "The measurement of July is missing, due on 14.8.2022."),
        (date(2022, 8, 15), "The measurement of July is missing; it was due on 14.8.2022."),
    ],
)
def test_what_is_missing_says_so_and_when_it_is_late(strategy, monkeypatch, today, says):
    monkeypatch.setattr(dashboards.timezone, "localdate", lambda: today)
    kpi = make_kpi(strategy, measured={"2022-06": (75, 100)}, targets={"2022-01": 80})
    make_kpi(strategy, group=kpi.group, measured={"2022-07": (1, 2)})
    shown = rows(strategy, "2022-07")[0]
    assert (shown.reason, shown.value, shown.light, shown.change) == (says, "–", "none", "")
    assert 'aria-label="not measured"' in shown.scale
    # Nor the dot of before: by the target of which period should it stand?
    assert "scale-before" not in shown.scale
    assert "scale-now" not in shown.scale
    assert 'class="end"' not in shown.trend


def test_a_withdrawn_measurement_is_missing_again(strategy):
    kpi = make_kpi(strategy, measured={"2022-06": (7, 10), "2022-07": (8, 10)})
    record([Measured(kpi.pk, Month(2022, 7), None)], Origin.FORM)
    measure(kpi, {})
    assert dashboard(strategy, None).month == Month(2022, 6)
    assert row(strategy).value == "70,0"


def test_a_kpi_is_shown_only_in_the_months_in_which_it_is_followed(strategy):
    first = make_kpi(strategy, "vanha", measured={"2022-06": (1, 2)}, last_month=Month(2022, 6))
    make_kpi(strategy, "uusi", group=first.group, measured={"2022-07": (1, 2)})
    Kpi.objects.filter(slug="uusi").update(first_month=Month(2022, 7))
    measure(first, {})
    assert [shown.slug for shown in rows(strategy, "2022-06")] == ["vanha"]
    assert [shown.slug for shown in rows(strategy, "2022-07")] == ["uusi"]


def test_a_text_in_a_unit_or_name_is_no_markup(strategy, browse, johto):
    make_kpi(
        strategy,
        kind="value",
        name=Words(fi="<b>Nimi</b>"),
        unit=Words(fi="<i>min</i>"),
        measured={"2022-07": (5,)},
        targets={"2022-01": 5},
    )
    page = browse(johto).get(url()).content.decode()
    assert "<b>Nimi" not in page
    assert "<i>min" not in page
    assert "&lt;i&gt;min" in page


# --- the page ---------------------------------------------------------------------------------


def test_the_page_says_the_finding_counts_the_lights_and_names_no_unbegun_work(browse, johto):
    strategy = make_strategy(is_example=True)
    defaults.add_nine(strategy)
    loydettavyys = strategy.kpis.get(slug="loydettavyys")
    measure(loydettavyys, {"2022-07": (86, 100)})
    for kpi in strategy.kpis.exclude(kind="nps").exclude(slug="loydettavyys"):
        measure(kpi, {"2022-07": (10, 100)})
    response = browse(johto).get(url())
    view = response.context["view"]
    assert view.finding == (
        "One of nine is on target. Six are on red, the weakest is Availability. "
        "Two measurements are missing"
    )
    assert view.counts == {"green": 1, "yellow": 0, "red": 6, "none": 2}
    assert [(str(group.name), group.counts["red"], group.measured) for group in view.views] == [
        ("Findability and quality", 3, 4),
        ("Usage", 3, 3),
        ("Experience", 0, 0),
    ]
    page = response.content.decode()
    assert "no result" in page
    assert "not started" not in page.lower()
    assert "Example data" in page
    assert 'aria-current="page">KPIs</a>' in page
    assert "plotly" not in page


def test_months_are_chosen_by_address_and_others_answer_404(browse, johto, strategy):
    make_kpi(strategy, measured={"2022-04": (1, 2), "2022-06": (1, 2)})
    client = browse(johto)
    view = client.get(url(), {"month": "2022-05"}).context["view"]
    assert (view.months.before, view.month, view.months.after) == (
        Month(2022, 4),
        Month(2022, 5),
        Month(2022, 6),
    )
    assert view.finding == "No KPI has a result. One measurement is missing"
    for asked in ("2022-03", "2022-07", "2022Q2", "5/2022", "nyt", "'", "\0"):
        assert client.get(url(), {"month": asked}).status_code == 404
        assert client.get(url("kpi-list-export"), {"month": asked}).status_code == 404


def test_without_kpis_administrators_are_offered_the_nine_and_others_are_not(
    browse, johto, yllapitaja, strategy
):
    offer = "Take the strategy's nine KPIs into use"
    page = browse(johto).get(url()).content.decode()
    assert "There are no KPIs yet" in page
    assert offer not in page
    client = browse(yllapitaja)
    assert offer in client.get(url()).content.decode()
    client.post(url("kpi-nine"))
    assert strategy.kpis.count() == 9
    again = client.get(url()).content.decode()
    assert offer not in again
    assert "Nothing has been measured yet" in again
    assert "9 KPIs are followed." in again


def test_figures_that_are_behind_are_said_to_be_until_they_are_computed(browse, johto, strategy):
    kpi = make_kpi(strategy, measured={"2022-07": (1, 2)})
    client = browse(johto)
    assert "Newer data waits" not in client.get(url()).content.decode()
    assert client.get(url("kpi-freshness")).headers["HX-Trigger"] == "figures-ready"
    KpiGroup.objects.update(revision=99)
    page = client.get(url()).content.decode()
    assert "Newer data waits" in page
    assert f'hx-get="{url("kpi-freshness")}"' in page
    assert "HX-Trigger" not in client.get(url("kpi-freshness")).headers
    assert "Newer data waits" in client.get(url("kpi-detail", kpi=kpi.slug)).content.decode()


def test_other_limits_of_the_strategy_move_the_scale_and_the_lights(browse, johto):
    strategy = make_strategy(green_from=95, yellow_from=80)
    make_kpi(strategy, measured={"2022-07": (76, 100)}, targets={"2022-01": 80})
    page = browse(johto).get(url()).content.decode()
    assert ">80\u00a0%</text>" in page
    assert ">95\u00a0%</text>" in page
    assert row(strategy).light == "green"


def test_9_and_300_kpis_over_ten_years_make_the_same_few_queries(browse, johto):
    client = browse(johto)
    counts = {}
    for kpis in (9, 300):
        slug = f"s{kpis}"
        fill_kpis(make_strategy(slug), kpis)
        counts[kpis] = [
            queries_of(client, url(slug=slug)),
            queries_of(client, url("kpi-list-export", slug=slug)),
            queries_of(client, url("kpi-detail", slug=slug, kpi="mittari-004")),
            queries_of(client, url("kpi-detail", slug=slug, kpi="mittari-004") + "?by=year"),
            queries_of(client, url("kpi-export", slug=slug, kpi="mittari-004")),
            queries_of(client, url("situation", slug=slug)),
        ]
    assert counts[9] == counts[300]
    assert max(counts[9]) < 10


# --- the list for Excel -----------------------------------------------------------------------


def csv_of(client, **query):
    response = client.get(url("kpi-list-export"), query)
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text[1:]), delimiter=";"))


def test_the_list_has_every_kpi_of_the_month_with_its_numbers(browse, johto, strategy):
    kpi = make_kpi(
        strategy,
        "a",
        name=Words(fi="=1+1"),
        measured={"2022-06": (445, 577), "2022-07": (412, 520)},
        targets={"2022-01": 85},
    )
    make_kpi(
        strategy,
        "b",
        group=kpi.group,
        kind="nps",
        measured={"2022-07": (1189, 515, 278)},
        targets={"2022-01": 40},
    )
    make_kpi(strategy, "c", group=kpi.group, kind="value", unit=Words(fi="min"))
    response = browse(johto).get(url("kpi-list-export"))
    assert "mittarit-strategia-2022-07.csv" in response.headers["Content-Disposition"]
    headings, *lines = csv_of(browse(johto))
    group = str(kpi.group)
    assert headings == [
        *("Code", "KPI", "Group", "Period", "Value", "Unit", "Numerator", "Denominator"),
        *("Promoters", "Passives", "Detractors", "Answers", "Margin of error", "Target"),
        *("Percent", "Light", "Change", "Reason"),
    ]
    assert lines == [
        [
            *("a", "'=1+1", group, "2022-07", "79,2", "%", "412", "520", "", "", "", "", "", "85"),
            *("93", "Behind or at risk", "2,1"),
            "Yellow: 79,2\u00a0% / target 85\u00a0% → 93\u00a0%.",
        ],
        [
            *("b", "Mittari b", group, "2022-07", "46", "", "", "", "1189", "515", "278", "1982"),
            *("3", "40", "104", "On schedule", ""),
            "Green: (+46 + 100) / (+40 + 100) → 104\u00a0%.",
        ],
        [
            *("c", "Mittari c", group, "2022-07", "", "min", "", "", "", "", "", "", "", "", ""),
            *("No result", "", lines[2][-1]),
        ],
    ]
    assert lines[2][-1].startswith("The measurement of July is missing")


def test_somebody_without_a_role_sees_nothing(browse, outsider, strategy):
    kpi = make_kpi(strategy, "salainen", measured={"2022-07": (1, 2)})
    client = browse(outsider)
    for name in ("kpi-list", "kpi-list-export", "kpi-freshness"):
        assert client.get(url(name)).status_code == 404
    for name in ("kpi-detail", "kpi-export"):
        assert client.get(url(name, kpi=kpi.slug)).status_code == 404
    assert "salainen" in browse(make_user("johto")).get(url()).content.decode()
