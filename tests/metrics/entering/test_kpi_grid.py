"""Grids of measurements: what changed is kept, all or none, and nothing that was typed is lost."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from metrics.kpis import measuring
from metrics.kpis.achievement import Kind
from metrics.kpis.periods import Month
from metrics.models import Frequency, KpiGroup, Measurement
from roadmap.fields import Words
from tests.at_once import at_once
from tests.entering import MONTH, S, message, sent, summary, versions, year_of
from tests.factories import make_kpi, make_strategy, make_user, measure
from tests.pages import text

pytestmark = pytest.mark.django_db
STEADY = {f"2020-{month:02}": (400 + month, 520) for month in range(1, 13)}


# --- a KPI's year -----------------------------------------------------------------------------


def test_a_year_of_a_kpi_is_entered_and_only_what_changed_makes_versions(browse, yllapitaja, kpi):
    measure(kpi, {"2021-01": (400, 520), "2021-02": (401, 520)})
    client = browse(yllapitaja)
    page = client.get(year_of(kpi))
    data = sent(page)
    assert (data["2021-01-numerator"], data["2021-03-numerator"]) == ("400", "")
    assert (data["2021-01-version"], data["2021-03-version"]) == ("1", "0")
    data |= {
        "2021-01-numerator": "400,0",  # the same, written otherwise
        "2021-02-numerator": "402",
        "2021-03-numerator": "403",
        "2021-03-denominator": "520",
        "2021-03-comment": "Kysely\r\nkesällä",
    }
    response = client.post(year_of(kpi), data, follow=True)
    assert message(response) == "2 measurements were saved: 1 new, 1 corrected."
    assert versions(kpi) == [
        ("2021-01", 1, (400, 520), ""),
        ("2021-02", 1, (401, 520), ""),
        ("2021-02", 2, (402, 520), ""),
        ("2021-03", 1, (403, 520), "Kysely\nkesällä"),
    ]
    row = Measurement.objects.get(period="2021-03")
    assert (row.user, row.origin) == (yllapitaja, "grid")
    assert "77,5 %" in text(response)


def test_what_a_browser_sends_back_unchanged_changes_nothing(browse, yllapitaja, kpi, strategy):
    ready = make_kpi(strategy, kind=Kind.VALUE, whole_counts=False, measured={"2021-07": ("4.50",)})
    measure(kpi, {"2021-07": (400, 520)})
    Measurement.objects.update(comment=" Ensin\r\nsitten\t& <b>")
    client = browse(yllapitaja)
    data = sent(client.get(MONTH))
    data[f"{kpi.pk}-2021-07-comment"] = data[f"{ready.pk}-2021-07-comment"] = (
        "Ensin\r\nsitten & <b>"
    )
    assert message(client.post(MONTH, data, follow=True)) == "Nothing was changed."
    assert Measurement.objects.count() == 2


def test_a_quarterly_kpi_has_four_rows(browse, yllapitaja, strategy):
    kpi = make_kpi(strategy, frequency=Frequency.QUARTER)
    keys = re.findall(
        r'name="(\w+)-version"', browse(yllapitaja).get(year_of(kpi)).content.decode()
    )
    assert keys == ["2021Q1", "2021Q2", "2021Q3", "2021Q4"]


def test_rows_are_those_in_which_something_can_be_entered(browse, yllapitaja, strategy):
    kpi = make_kpi(strategy, first_month=Month(2021, 3), last_month=Month(2021, 5))
    client = browse(yllapitaja)
    page = client.get(year_of(kpi)).content.decode()
    assert re.findall(r'name="([\d-]+)-version"', page) == ["2021-03", "2021-04", "2021-05"]
    assert [client.get(year_of(kpi, year)).status_code for year in (2020, 2022, "x", "")] == [
        404
    ] * 4
    future = make_kpi(strategy, first_month=Month(2999, 1))
    assert "There is nothing to enter here." in text(client.get(f"{S}/kpis/{future.slug}/grid/"))


@pytest.mark.parametrize(
    ("measured", "year"), [(["2020-12"], 2021), (["2021-11"], 2021), (["2021-12"], 2022)]
)
def test_without_a_year_it_is_that_of_the_period_after_the_newest(
    browse, yllapitaja, kpi, measured, year
):
    measure(kpi, dict.fromkeys(measured, (4, 5)))
    page = browse(yllapitaja).get(f"{S}/kpis/{kpi.slug}/grid/")
    assert f"<h1>Findability, {year}</h1>" in page.content.decode()


# --- a month's KPIs ---------------------------------------------------------------------------


def test_a_month_has_the_kpis_in_the_order_of_their_groups_and_fields_of_their_kind(
    browse, yllapitaja, kpi, nps, strategy
):
    last = KpiGroup.objects.create(strategy=strategy, name=Words(en="Last"), position=99_999)
    quarterly = make_kpi(
        strategy, "q", last, name=Words(en="Quarterly"), frequency=Frequency.QUARTER
    )
    make_kpi(strategy, first_month=Month(2021, 8))  # not followed yet
    measure(nps, {"2021-07": (4, 2, 1)})
    page = browse(yllapitaja).get(MONTH)
    assert re.findall(r'name="(\d+-\w+-?\w+-\w+)"', page.content.decode()) == [
        f"{one.pk}-{period}-{name}"
        for one, period, numbers in (
            (kpi, "2021-07", ("numerator", "denominator")),
            (nps, "2021-07", ("promoters", "passives", "detractors")),
            (quarterly, "2021Q2", ("numerator", "denominator")),
        )
        for name in ("version", *numbers, "comment")
    ]
    assert "Quarterly, Q2/2021" in text(page)
    assert 'aria-label="Experience: promoters (9–10)"' in page.content.decode()
    # Hidden from others, not from who enters it.
    assert sent(page)[f"{nps.pk}-2021-07-promoters"] == "4"


def test_an_owner_sees_and_enters_their_own_kpis_only(browse, johto, kpi, nps, strategy):
    nps.owner = johto
    nps.save()
    measure(kpi, {"2021-07": (400, 520)})
    client = browse(johto)
    page = client.get(MONTH)
    assert "Findability" not in text(page)
    assert "400" not in page.content.decode()
    assert "Numerator" not in text(page)  # no column for what nobody here has
    data = {f"{nps.pk}-2021-07-{name}": 5 for name in ("promoters", "passives", "detractors")}
    data |= {f"{nps.pk}-2021-07-version": 0}
    foreign = {
        f"{kpi.pk}-2021-07-numerator": 1,
        f"{kpi.pk}-2021-07-denominator": 1,
        f"{kpi.pk}-2021-07-version": 1,
    }
    response = client.post(MONTH, data | foreign)
    assert response.status_code == 422
    assert summary(response)[0].startswith("A row that you sent is not yours to enter any more.")
    assert len(versions(kpi, nps)) == 1
    assert client.post(MONTH, data).status_code == 302
    assert versions(nps) == [("2021-07", 1, (5, 5, 5), "")]


def test_who_owns_nothing_is_refused_and_leaves_no_trace(browse, johto, kpi):
    client = browse(johto)
    for address in (MONTH, year_of(kpi), f"{S}/kpi-months/"):
        assert client.get(address).status_code == 403
    data = {"2021-07-numerator": 4, "2021-07-denominator": 5, "2021-07-version": 0}
    assert client.post(year_of(kpi), data).status_code == 403
    assert versions(kpi) == []


def test_a_month_that_has_not_begun_is_not_there_and_one_before_all_kpis_is_empty(
    browse, yllapitaja, kpi
):
    client = browse(yllapitaja)
    assert client.get(MONTH.replace("2021-07", "2999-01")).status_code == 404
    assert client.get(MONTH.replace("2021-07", "2021-13")).status_code == 404
    page = client.get(MONTH.replace("2021-07", "2019-12"))
    assert "There is nothing to enter here." in text(page)


def test_the_month_that_was_chosen_is_shown(browse, yllapitaja, kpi):
    client = browse(yllapitaja)
    assert client.get(f"{S}/kpi-months/", {"month": "2021-07"}).url == MONTH
    assert (
        '<option value="2021-07" selected>July 2021</option>' in client.get(MONTH).content.decode()
    )


# --- faults, questions, other people ----------------------------------------------------------


def test_all_faults_are_listed_at_once_and_nothing_of_the_grid_is_kept(browse, yllapitaja, kpi):
    measure(kpi, {"2021-05": (400, 520)})
    client = browse(yllapitaja)
    data = sent(client.get(year_of(kpi))) | {
        "2021-01-numerator": "400",  # without its denominator
        "2021-02-numerator": "n. 400",
        "2021-02-denominator": "520",
        "2021-03-numerator": "521",
        "2021-03-denominator": "520",
        "2021-04-numerator": "400",
        "2021-04-denominator": "520",  # without fault
        "2021-05-numerator": "",
        "2021-05-denominator": " ",  # emptied
        "2021-06-comment": "Tulossa",  # of nothing
    }
    response = client.post(year_of(kpi), data)
    assert response.status_code == 422
    assert summary(response) == [
        "January 2021, answered: write the number",
        "February 2021, found it: write one number, for example 9 or 12,5",
        "March 2021, found it: the numerator is a part of the denominator: at most 520",
        "May 2021, found it: a measurement is taken back on its own page, with a reason",
        "June 2021, found it: write the number",
        "June 2021, answered: write the number",
    ]
    assert len(versions(kpi)) == 1
    again = sent(response)
    assert {name: again[name] for name in data if name != "asked"} == {
        name: value for name, value in data.items() if name != "asked"
    }


def test_a_comment_is_at_most_as_long_as_is_kept(browse, yllapitaja, kpi):
    client = browse(yllapitaja)
    data = {"2021-01-numerator": "4", "2021-01-denominator": "5", "2021-01-version": "0"}
    response = client.post(year_of(kpi), data | {"2021-01-comment": "x" * 501})
    assert (response.status_code, len(summary(response))) == (422, 1)


def test_likely_slips_are_asked_about_once_for_the_whole_grid(browse, yllapitaja, kpi):
    measure(kpi, STEADY)
    client = browse(yllapitaja)
    data = sent(client.get(year_of(kpi))) | {
        "2021-01-numerator": "410",
        "2021-01-denominator": "5200",
        "2021-02-numerator": "411",
        "2021-02-denominator": "520",
        "2021-03-numerator": "4110",
        "2021-03-denominator": "5200",
    }
    response = client.post(year_of(kpi), data)
    assert response.status_code == 422
    assert summary(response) == [
        "January 2021: answered: 5 200; the last one was 520.",
        "March 2021: found it: 4 110; the last one was 411. answered: 5 200; the last one was 520.",
    ]
    assert len(versions(kpi)) == len(STEADY)
    again = sent(response)
    # The box counts for what was asked: another number is asked about, and what is right is not.
    changed = again | {"confirmed": "1", "2021-03-denominator": "52000"}
    response = client.post(year_of(kpi), changed)
    assert [item.split(":")[0] for item in summary(response)] == ["March 2021"]
    assert len(versions(kpi)) == len(STEADY)
    response = client.post(year_of(kpi), again | {"confirmed": "1"}, follow=True)
    assert message(response) == "3 measurements were saved: 3 new, 0 corrected."


def test_what_somebody_else_entered_is_shown_by_row_and_nothing_typed_is_lost(
    browse, yllapitaja, kpi
):
    measure(kpi, {"2021-01": (400, 520), "2021-02": (401, 520), "2021-03": (402, 520)})
    client = browse(yllapitaja)
    data = sent(client.get(year_of(kpi)))
    other = make_user("ylläpitäjä", first_name="Sanna", last_name="Pulkkinen")
    measure(kpi, {"2021-01": (390, 520), "2021-02": (391, 520), "2021-04": (395, 520)}, other)
    data |= {"2021-01-numerator": "410", "2021-03-numerator": "412"}
    response = client.post(year_of(kpi), data)
    assert response.status_code == 409
    assert summary(response) == ["January 2021: somebody else entered this meanwhile"]
    assert "Sanna Pulkkinen, form: found it 390, answered 520. Yours is not saved." in text(
        response
    )
    again = sent(response)
    assert {name: again[f"2021-{name}-numerator"] for name in ("01", "02", "03", "04")} == {
        "01": "410",
        "02": "391",  # untouched here, so theirs is shown
        "03": "412",
        "04": "395",
    }
    theirs = client.post(year_of(kpi), again | {"theirs": "2021-01"})
    assert (theirs.status_code, sent(theirs)["2021-01-numerator"]) == (200, "390")
    assert sent(theirs)["2021-03-numerator"] == "412"
    assert len(versions(kpi)) == 6
    response = client.post(year_of(kpi), again, follow=True)
    assert message(response) == "2 measurements were saved: 0 new, 2 corrected."
    assert [row[2] for row in versions(kpi) if row[0] == "2021-02"] == [(401, 520), (391, 520)]


def test_a_row_that_is_overtaken_at_the_last_moment_is_shown_as_well(
    browse, yllapitaja, kpi, monkeypatch
):
    client = browse(yllapitaja)
    data = sent(client.get(year_of(kpi)))
    data |= {"2021-01-numerator": "410", "2021-01-denominator": "520"}

    def record(*args, **kwargs):
        monkeypatch.undo()
        measure(kpi, {"2021-01": (390, 520)})
        return measuring.record(*args, **kwargs)

    monkeypatch.setattr("metrics.kpis.grid.record", record)
    response = client.post(year_of(kpi), data)
    assert response.status_code == 409
    assert summary(response) == ["January 2021: somebody else entered this meanwhile"]
    assert sent(response)["2021-01-numerator"] == "410"
    assert [row[2] for row in versions(kpi)] == [(390, 520)]


def test_a_double_click_makes_one_version_of_each_and_says_so(browse, yllapitaja, kpi):
    client = browse(yllapitaja)
    data = sent(client.get(year_of(kpi)))
    data |= {"2021-01-numerator": "410", "2021-01-denominator": "520"}
    said = [message(client.post(year_of(kpi), data, follow=True)) for _click in range(2)]
    assert said == ["1 measurement was saved: 1 new, 0 corrected.", "This is saved already."]
    assert len(versions(kpi)) == 1


@pytest.mark.django_db(transaction=True)
def test_of_four_who_save_at_once_one_is_kept_and_the_others_see_it():
    strategy = make_strategy()
    kpi = make_kpi(strategy)
    people = [make_user("ylläpitäjä") for _person in range(4)]

    def save():
        person = people.pop()
        client = Client()
        client.force_login(person)
        data = {"2021-01-numerator": person.pk, "2021-01-denominator": 10**6}
        return client.post(year_of(kpi), data | {"2021-01-version": 0}).status_code

    assert sorted(at_once(save)) == [302, 409, 409, 409]
    assert Measurement.objects.count() == 1


# --- many -------------------------------------------------------------------------------------


def test_reading_and_saving_make_the_same_queries_for_1_3_and_300_kpis(browse, yllapitaja):
    read, written = [], []
    for number in (1, 3, 300):
        strategy = make_strategy(f"s{number}")
        group = KpiGroup.objects.create(strategy=strategy, name=Words(en="G"))
        kpis = [make_kpi(strategy, group=group) for _n in range(number)]
        address = MONTH.replace("strategia", strategy.slug)
        client = browse(yllapitaja)
        client.get("/")
        with CaptureQueriesContext(connection) as captured:
            page = client.get(address)
        read.append(len(captured))
        data = sent(page)
        for kpi in kpis:
            data |= {f"{kpi.pk}-2021-07-numerator": "4", f"{kpi.pk}-2021-07-denominator": "5"}
        with CaptureQueriesContext(connection) as captured:
            assert client.post(address, data).status_code == 302
        inserts = [one for one in captured if one["sql"].startswith('INSERT INTO "metrics_meas')]
        written.append(len(captured) - len(inserts))
    assert (len(set(read)), len(set(written))) == (1, 1)
    assert read[0] < 10
    assert Measurement.objects.count() == 304
