"""The page of a KPI: its meter, its course, its years, its measurements and their versions."""

import csv
import re
from decimal import Decimal
from io import StringIO

import pytest
from django.urls import reverse
from django.utils import timezone

from metrics.charts import trend_chart, years_chart
from metrics.kpis import computing
from metrics.kpis.kpi_page import kpi_view, visible_kpi
from metrics.kpis.measuring import Measured, record
from metrics.kpis.meter import lines
from metrics.kpis.periods import Month
from metrics.models import MeasurementToken, Origin
from roadmap.fields import Words
from tests.factories import make_kpi, make_strategy, make_user, measure

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


def url(name="kpi-detail", **kwargs):
    return reverse(f"metrics:{name}", kwargs={"slug": "strategia", "kpi": "mittari", **kwargs})


def view_of(strategy, asked=None):
    return kpi_view(visible_kpi(strategy, "mittari"), asked)


@pytest.fixture
def rate(strategy):
    return make_kpi(
        strategy,
        "mittari",
        name=Words(fi="Löydettävyys"),
        definition=Words(fi="Kysely asioinnin lopuksi."),
        source=Words(fi="Asiointikysely"),
        numerator_name=Words(fi="löytäneet"),
        denominator_name=Words(fi="vastanneet"),
        owner=make_user("digimentori", first_name="Tomi", last_name="Räsänen"),
        measured={
            "2021-07": (673, 1000),
            "2022-05": (600, 1000),
            "2022-06": (445, 577),
            "2022-07": (412, 520),
        },
        targets={"2021-01": 75, "2022-01": 85},
    )


@pytest.fixture
def nps(strategy):
    return make_kpi(
        strategy,
        "mittari",
        kind="nps",
        measured={"2022-05": (4, 2, 1), "2022-06": (135, 103, 104), "2022-07": (147, 107, 102)},
        targets={"2022-01": 20},
    )


def test_the_page_tells_what_is_measured_how_it_stands_and_why(browse, johto, rate):
    page = browse(johto).get(url()).content.decode()
    for words in (
        '<h1 lang="fi">Löydettävyys</h1>',
        "Kysely asioinnin lopuksi.",
        'löytäneet</span> / <span lang="fi">vastanneet</span>',
        "Asiointikysely",
        "Räsänen Tomi",
        "from January 2021 on 75\u00a0%<br>from January 2022 on 85\u00a0%",
        "monthly, at the latest 14 days after the period&#x27;s end",
        "79,2<span>&nbsp;%</span>",
        "Yellow: 79,2\u00a0% / target 85\u00a0% → 93\u00a0%.</b> At least 85\u00a0% but less",
        "July 2022: 412 / 520",
        "5,8 percentage points below the target",
        "+11,9 percentage points in a year",
    ):
        assert words.replace("&#x27;", "'") in page.replace("&#x27;", "'"), words


def test_the_meter_has_its_numbers_in_words_and_in_a_table(rate, browse, johto):
    assert lines(view_of(rate.strategy)) == [
        ("July 2022", "79,2\u00a0%", "93\u00a0%"),
        ("June 2022", "77,1\u00a0%", "90\u00a0%"),
        ("yellow begins", "72,3\u00a0%", "85\u00a0%"),
        ("target", "85\u00a0%", "100\u00a0%"),
    ]
    page = browse(johto).get(url()).content.decode()
    assert (
        'aria-label="July 2022: 79,2\u00a0% (93\u00a0%); June 2022: 77,1\u00a0% (90\u00a0%);'
        in page
    )


def test_the_meter_of_an_nps_has_the_ends_of_its_margin(nps):
    measure(nps, {"2022-07": (146, 107, 103)})
    assert lines(view_of(nps.strategy)) == [
        ("July 2022", "+12", "93\u00a0%"),
        ("June 2022", "+9", "90\u00a0%"),
        ("lower end of the margin of error", "+3", "85\u00a0%"),
        ("upper end of the margin of error", "+21", "100\u00a0%"),
        ("yellow begins", "+2", "85\u00a0%"),
        ("target", "+20", "100\u00a0%"),
    ]


def test_any_period_is_looked_at_by_its_address(browse, johto, rate):
    client = browse(johto)
    assert "Yellow: 77,1\u00a0% / target 85" in (
        client.get(url(), {"period": "2022-06"}).content.decode()
    )
    missing = client.get(url(), {"period": "2021-08"}).content.decode()
    assert "The measurement of August is missing; it was due on 14.9.2021." in missing
    assert "kpi-meter" not in missing
    for asked in ("2021-06", "2022-08", "2022Q2", "7/2022", "nyt", "\0"):
        assert client.get(url(), {"period": asked}).status_code == 404
    for slug in ("ei-ole", "freshness2"):
        assert client.get(url(kpi=slug)).status_code == 404


def test_a_kpi_without_measurements_says_so_and_loads_no_chart(browse, johto, strategy):
    make_kpi(strategy, "mittari")
    page = browse(johto).get(url()).content.decode()
    assert "Nothing has been measured yet" in page
    assert "plotly" not in page


def test_the_chart_has_gaps_and_targets_up_to_the_end_of_the_year(rate):
    chart = trend_chart(view_of(rate.strategy))
    first = Month(2021, 7).ordinal
    assert chart["x"] == list(range(first, first + 13))
    assert chart["y"] == [67.3, *[None] * 9, 60.0, 44500 / 577, 41200 / 520]
    assert chart["light"] == ["yellow", *["none"] * 9, "red", "yellow", "yellow"]
    assert chart["says"][-1] == "July 2022, 79,2\u00a0%, 93\u00a0%"
    assert chart["margin"] == [None] * 13
    assert chart["targets"] == {
        "x": list(range(first, first + 18)),
        "y": [75.0] * 6 + [85.0] * 12,
    }
    assert chart["limits"]["y"] == [63.75] * 6 + [72.25] * 12
    assert (chart["is_path"], chart["now"], chart["suffix"]) == (False, first + 12, "\u00a0%")
    assert chart["ticks"] == {
        "at": [first + n for n in (0, 3, 6, 9, 12, 15)],
        "text": ["July", "October", "2022", "April", "July", "October"],
    }


def test_the_years_stand_beside_each_other_by_month(rate):
    view = view_of(rate.strategy)
    chart = years_chart(view)
    assert chart["columns"] == 12
    assert [(year["name"], year["y"]) for year in chart["years"]] == [
        ("2021", [*[None] * 6, 67.3, *[None] * 5]),
        ("2022", [*[None] * 4, 60.0, 44500 / 577, 41200 / 520, *[None] * 5]),
    ]
    assert view.years_finding == "July 2022 79,2\u00a0%, a year ago 67,3\u00a0%"


def test_quarters_have_years_of_four(strategy, browse, johto):
    measured = {"2021Q2": (70, 100), "2021Q4": (71, 100), "2022Q2": (75, 100)}
    make_kpi(strategy, "mittari", frequency="quarter", measured=measured, targets={"2021Q1": 80})
    view = view_of(strategy)
    assert [str(period) for period in view.columns] == ["2022Q1", "2022Q2", "2022Q3", "2022Q4"]
    assert view.trend_finding == "+5,0 percentage points in a year"
    assert trend_chart(view)["y"] == [70.0, None, 71.0, None, 75.0]
    page = browse(johto).get(url(), {"by": "year"}).content.decode()
    assert "cols-4" in page
    assert "Q2/2022" in page


# --- measurements and their versions ----------------------------------------------------------


def numbers(*values):
    return tuple(Decimal(value) for value in values)


def test_a_correction_says_who_when_from_what_and_why(browse, johto, rate, yllapitaja):
    token = MeasurementToken.objects.create(
        strategy=rate.strategy, name="Asiointikyselyn rajapinta", digest="x", hint="y"
    )
    july = Month(2022, 7)
    record([Measured(rate.pk, july, numbers(411, 520))], Origin.AUTOMATION, token=token)
    record([Measured(rate.pk, july, numbers(412, 519), "Yksi tupla")], Origin.FORM, yllapitaja)
    computing.compute(rate.group_id)
    page = browse(johto).get(url()).content.decode()
    assert "Corrected, 3 versions" in page
    for words in (
        "Erkki Ylläpitäjä: <b>412 / 519</b>",
        "Yksi tupla",
        "Asiointikyselyn rajapinta, automation: <b>411 / 520</b>",
        "the system: <b>412 / 520</b>",
    ):
        assert words in page
    assert page.index("412 / 519</b>") < page.index("411 / 520</b>") < page.index("412 / 520</b>")


def test_the_next_period_is_offered_only_where_it_can_be_entered(browse, strategy, rate, johto):
    def offered(user):
        facts = browse(user).get(url()).content.decode().partition('id="facts-title"')[2]
        return re.findall(r'/measurements/([^/"]+)/"', facts)

    assert offered(rate.owner) == ["2022-08", "2022-07"]
    assert offered(johto) == []
    strategy.kpis.update(last_month=Month(2022, 7))  # no longer followed after what was measured
    assert offered(rate.owner) == ["2022-07"]
    running = Month.of(timezone.localdate())
    strategy.kpis.update(last_month=None)
    measure(rate, {str(running): (1, 2)})  # as an automation does before it is over
    assert offered(rate.owner) == [str(running)]


def test_what_was_taken_back_stays_in_the_history_of_its_period(browse, johto, rate, yllapitaja):
    record([Measured(rate.pk, Month(2022, 7), None, "Väärä kysely")], Origin.FORM, yllapitaja)
    computing.compute(rate.group_id)
    view = view_of(rate.strategy)
    assert str(view.period) == "2022-06"
    page = browse(johto).get(url()).content.decode()
    assert "<b>taken back</b>" in page
    assert "Väärä kysely" in page
    assert "The measurement of July is missing" in (
        browse(johto).get(url(), {"period": "2022-07"}).content.decode()
    )


def test_hidden_answers_are_told_nowhere_whatever_version_they_are_in(browse, johto, nps):
    secrets = ["4 / 2 / 1", "3 / 3 / 1", ">+42", "4;2;1", "3;3;1"]
    client = browse(johto)

    def seen():
        pages = [client.get(url(), {"period": "2022-05", "by": by}) for by in ("", "year")]
        export = b"".join(client.get(url("kpi-export")).streaming_content)
        return "".join(page.content.decode() for page in pages) + export.decode()

    assert "135 / 103 / 104" not in seen()  # one version needs no list of its numbers
    assert [secret for secret in secrets if secret in seen()] == []
    record([Measured(nps.pk, Month(2022, 5), numbers(3, 3, 1))], Origin.FORM)
    computing.compute(nps.group_id)
    assert "hidden, too few answers" in seen()
    assert [secret for secret in secrets if secret in seen()] == []
    record([Measured(nps.pk, Month(2022, 5), numbers(40, 20, 10))], Origin.FORM)
    computing.compute(nps.group_id)
    assert "40 / 20 / 10" in seen()
    assert [secret for secret in secrets if secret in seen()] == []
    record([Measured(nps.pk, Month(2022, 5), numbers(4, 2, 1))], Origin.FORM)
    computing.compute(nps.group_id)
    assert "40 / 20 / 10" not in seen()


def test_the_list_has_every_period_in_order(browse, johto, rate):
    response = browse(johto).get(url("kpi-export"))
    assert 'filename="mittari-strategia.csv"' in response.headers["Content-Disposition"]
    text = b"".join(response.streaming_content).decode()[1:]
    headings, *rows = csv.reader(StringIO(text), delimiter=";")
    assert headings[:2] + headings[-1:] == ["Period", "Value", "Reason"]
    assert [(row[0], row[1], row[3], row[4], row[10], row[11]) for row in rows] == [
        ("2021-07", "67,3", "673", "1000", "75", "89"),
        ("2022-05", "60", "600", "1000", "85", "70"),
        ("2022-06", "77,1", "445", "577", "85", "90"),
        ("2022-07", "79,2", "412", "520", "85", "93"),
    ]


def test_one_goes_on_to_the_kpis_beside_it_in_the_order_of_the_dashboard(browse, johto, strategy):
    first = make_kpi(strategy, "ensin", measured={"2022-07": (1, 2)})
    make_kpi(strategy, "mittari", group=first.group, measured={"2022-07": (1, 2)})
    make_kpi(strategy, "lopuksi", measured={"2022-07": (1, 2)})
    before, after = view_of(strategy).neighbours
    assert (before.slug, after.slug) == ("ensin", "lopuksi")
    page = browse(johto).get(url()).content.decode()
    assert f'href="{url(kpi="ensin")}" rel="prev"' in page
    assert f'href="{url(kpi="lopuksi")}" rel="next"' in page


def test_a_kpi_is_found_only_in_its_own_strategy(browse, johto, rate):
    make_strategy("toinen")
    assert browse(johto).get(url(slug="toinen")).status_code == 404
    assert browse(johto).get(url()).status_code == 200
