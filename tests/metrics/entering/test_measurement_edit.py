"""One measurement on its page: entered, corrected, asked about and overtaken."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from kombu.exceptions import OperationalError

from metrics.forms.measurements import MeasurementForm, number_as_typed
from metrics.kpis import periods
from metrics.kpis.achievement import Kind
from metrics.kpis.periods import Month
from metrics.models import Frequency, Kpi, KpiGroup, Measurement
from roadmap.fields import Words
from tests.entering import page_of, rate, versions
from tests.factories import make_kpi, make_strategy, make_user, measure
from tests.pages import text

pytestmark = pytest.mark.django_db
STEADY = {f"2021-{month:02}": (400 + month, 520) for month in range(1, 7)}


# --- entering ---------------------------------------------------------------------------------


def test_a_measurement_is_kept_with_who_and_how_and_the_page_says_what_it_came_to(
    browse, yllapitaja, kpi
):
    response = browse(yllapitaja).post(
        page_of(kpi), rate("412", "520", comment=" Kysely\r\nkesällä "), follow=True
    )
    assert response.redirect_chain == [(page_of(kpi), 302)]
    assert "Findability, July 2021, was saved: 79,2 %." in text(response)
    assert "Yellow: 79,2 % / target 85 % → 93 %." in text(response)
    row = Measurement.objects.get()
    assert (row.numbers, row.version, row.user, row.origin) == ((412, 520), 1, yllapitaja, "form")
    assert row.comment == "Kysely\nkesällä"
    assert KpiGroup.objects.get().revision == 1


def test_a_comment_is_measured_as_it_is_kept(browse, yllapitaja, kpi):
    client, note = browse(yllapitaja), "\U0001d15e"  # two signs in the spelling that is kept
    response = client.post(page_of(kpi), rate("412", "520", comment=note * 400))
    assert response.status_code == 422
    assert "at most 500 characters (it has 800)" in text(response)
    assert client.post(page_of(kpi), rate("412", "520", comment=note * 250)).status_code == 302
    assert len(Measurement.objects.get().comment) == 500


def test_the_form_has_the_names_of_the_numbers_and_what_they_were_in_the_period_before(
    browse, yllapitaja, kpi
):
    measure(kpi, {"2021-06": (1200, 1500)})
    page = browse(yllapitaja).get(page_of(kpi)).content.decode()
    assert re.findall(r"<label for=\"id_(\w+)\">([^<]+)", page) == [
        ("numerator", "Found it"),
        ("denominator", "Answered"),
        ("comment", "Comment"),
    ]
    assert re.findall(r"June 2021: ([^<]+)", page) == ["1\u00a0200", "1\u00a0500"]
    assert page.count('inputmode="decimal"') == 2


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1 234,5", "1234.5"),
        ("1\u00a0234,5", "1234.5"),
        ("-3", "-3"),
        ("\u22123,25", "-3.25"),
        ("12,5 %", "12.5"),
        ("0.1", "0.1"),
        ("123456789012345", "123456789012345"),
    ],
)
def test_numbers_are_read_as_people_write_them(browse, yllapitaja, strategy, typed, kept):
    kpi = make_kpi(strategy, kind=Kind.VALUE, whole_counts=False)
    browse(yllapitaja).post(page_of(kpi), {"value": typed, "version": 0})
    assert versions(kpi) == [("2021-07", 1, (Decimal(kept),), "")]


@given(st.decimals(-(10**9), 10**9, places=4))
def test_a_number_that_a_field_shows_is_read_back_as_itself(number):
    kpi = Kpi(kind=Kind.VALUE, unit=Words(), whole_counts=False)
    form = MeasurementForm(kpi, {"value": number_as_typed(number), "version": "0"})
    assert (form.is_valid(), form.numbers) == (True, (number,))


@pytest.mark.parametrize(
    ("numbers", "faults"),
    [
        (("", ""), {"numerator": "write the number", "denominator": "write the number"}),
        (("noin 400", "520"), {"numerator": "write one number, for example 9 or 12,5"}),
        (("400,5", "520"), {"numerator": "a whole number"}),
        (("-1", "520"), {"numerator": "a number that is not below nought"}),
        (("80 %", "520"), {"numerator": "what was counted, not a percent"}),
        (("521", "520"), {"numerator": "the numerator is a part of the denominator: at most 520"}),
    ],
)
def test_all_faults_are_said_at_once_and_nothing_is_kept(browse, yllapitaja, kpi, numbers, faults):
    response = browse(yllapitaja).post(page_of(kpi), rate(*numbers))
    page = response.content.decode()
    assert response.status_code == 422
    assert "<title>Error:" in page
    assert dict(re.findall(r'id="id_(\w+)_error">Error: ([^<]+)<', page)) == faults
    for number in filter(None, numbers):
        assert f'value="{number}"' in page
    assert versions(kpi) == []


def test_the_light_follows_what_is_typed_and_says_nothing_of_half_a_number(browse, yllapitaja, kpi):
    address = f"{page_of(kpi)}light/"
    client = browse(yllapitaja)
    shown = text(client.get(address, {"numerator": "442", "denominator": "520"}))
    assert shown.strip() == "85,0 % Green: 85,0 % / target 85 % → 100 %."
    for numbers in ({"numerator": "442"}, {"numerator": "x", "denominator": "1"}):
        assert text(client.get(address, numbers)).strip() == "no numbers yet"
    assert versions(kpi) == []


def test_an_nps_below_its_minimum_is_seen_by_who_enters_it_and_says_that_others_do_not(
    browse, strategy, yllapitaja
):
    kpi = make_kpi(strategy, kind=Kind.NPS, measured={"2021-07": (4, 2, 1)})
    page = text(browse(yllapitaja).get(page_of(kpi)))
    assert "Hidden: n = 7, and it is shown from 10 answers on." in page
    assert "Promoters (9–10) 4 Passives (7–8) 2 Detractors (0–6) 1" in page


RATE, NPS, VALUE = ({"kind": kind} for kind in Kind)
MINUTES = VALUE | {"unit": Words(en="min"), "lower_is_better": True}


@pytest.mark.parametrize(
    ("fields", "target", "numbers", "says"),
    [
        (RATE, None, (3, 4), "75,0 % No light: there is no target for this period."),
        (RATE, 50, (0, 0), "No result: there was nothing to count, the denominator is 0."),
        (
            RATE | {"decimals": 2},
            "99.5",
            (8496, 10_000),
            "84,96 % Yellow: 84,96 % / target 99,5 % → 85 %.",
        ),
        (
            NPS,
            -100,
            (5, 3, 4),
            "+8 (n = 12, ±49) No light: the target is the lowest value of the scale",
        ),
        (NPS, -50, (0, 5, 7), "−58 (n = 12, ±28) Red: (−58 + 100) / (−50 + 100) → 84 %."),
        (NPS, 20, (4, 2, 1), "Hidden: n = 7, and it is shown from 10 answers on."),
        (MINUTES, 4, ("4.25",), "4,3 min Yellow: target 4 min / 4,25 min → 94 %."),
        (MINUTES, 4, (0,), "0,0 min Green: nothing can be less, and less is better."),
        (VALUE | {"decimals": 0}, 4, (1234,), "1 234 Green: 1 234 / target 4 → 30 850 %."),
    ],
)
def test_what_numbers_come_to_is_said_with_its_reason(
    browse, yllapitaja, strategy, fields, target, numbers, says
):
    targets = {} if target is None else {"2021-01": target}
    kpi = make_kpi(strategy, targets=targets, whole_counts=False, **fields)
    typed = dict(zip(kpi.numbers, numbers, strict=True))
    shown = text(browse(yllapitaja).get(f"{page_of(kpi)}light/", typed))
    assert shown.strip().startswith(says)


# --- a likely slip ----------------------------------------------------------------------------


def test_a_jump_is_asked_about_and_the_answer_counts_for_those_numbers_only(
    browse, yllapitaja, kpi
):
    measure(kpi, STEADY)
    client = browse(yllapitaja)
    response = client.post(page_of(kpi), rate("407", "5200"))
    assert response.status_code == 422
    assert "Is this right?" in text(response)
    assert "answered: 5 200; the last one was 520." in text(response)
    asked = re.search(r'name="asked" value="([^"]+)"', response.content.decode())[1]
    assert len(versions(kpi)) == 6
    # The box without the numbers that were asked about, and the numbers without the box.
    for more in ({"asked": asked}, {"confirmed": "1"}):
        assert client.post(page_of(kpi), rate("407", "5200", **more)).status_code == 422
    answer = {"asked": asked, "confirmed": "1"}
    assert client.post(page_of(kpi), rate("407", "52000", **answer)).status_code == 422
    assert len(versions(kpi)) == 6
    assert client.post(page_of(kpi), rate("407", "5200", **answer)).status_code == 302
    assert versions(kpi)[-1] == ("2021-07", 1, (407, 5200), "")
    # What stands is not asked about again when only its comment changes.
    said = rate("407", "5200", 1, comment="Oikein")
    assert client.post(page_of(kpi), said).status_code == 302


# --- two people, two clicks -------------------------------------------------------------------


def test_a_double_click_makes_one_version(browse, yllapitaja, kpi):
    client = browse(yllapitaja)
    for _click in range(2):
        response = client.post(page_of(kpi), rate("412", "520"), follow=True)
        assert "was saved" in text(response)
    assert versions(kpi) == [("2021-07", 1, (412, 520), "")]


def test_somebody_elses_numbers_are_shown_beside_ones_own_and_one_chooses(browse, yllapitaja, kpi):
    other = make_user("ylläpitäjä", first_name="Sanna", last_name="Pulkkinen")
    measure(kpi, {"2021-07": (400, 520)}, other)
    client = browse(yllapitaja)
    response = client.post(page_of(kpi), rate("412", "520"))
    page = response.content.decode()
    assert response.status_code == 409
    assert "Sanna Pulkkinen, form: found it 400, answered 520: 76,9 %" in text(response)
    assert 'value="412"' in page
    assert re.search(r'name="version" value="(\d+)"', page)[1] == "1"
    assert len(versions(kpi)) == 1
    assert client.post(page_of(kpi), rate("412", "520", 1)).status_code == 302
    assert versions(kpi)[1] == ("2021-07", 2, (412, 520), "")


def test_a_broker_that_is_down_refuses_no_measurement(
    browse, yllapitaja, kpi, monkeypatch, django_capture_on_commit_callbacks
):
    def down(*_args, **_options):
        raise OperationalError("no broker")

    monkeypatch.setattr("roadmap.revisions.current_app.send_task", down)
    with django_capture_on_commit_callbacks(execute=True) as asked:
        assert browse(yllapitaja).post(page_of(kpi), rate("412", "520")).status_code == 302
    assert (len(asked), len(versions(kpi))) == (1, 1)


# --- who, and which periods -------------------------------------------------------------------


@pytest.mark.parametrize("role", ["johto", "digimentori"])
def test_an_owner_enters_their_own_kpi_whatever_the_role_and_no_other_one(browse, strategy, role):
    owner = make_user(role)
    own, foreign = make_kpi(strategy, owner=owner), make_kpi(strategy)
    client = browse(owner)
    assert client.post(page_of(own), rate("4", "5")).status_code == 302
    assert client.post(page_of(foreign), rate("4", "5")).status_code == 403
    assert client.get(page_of(foreign)).status_code == 403
    assert (len(versions(own)), versions(foreign)) == (1, [])


def test_an_owner_without_a_role_sees_nothing(browse, strategy, outsider):
    own = make_kpi(strategy, owner=outsider)
    assert browse(outsider).get(page_of(own)).status_code == 404


@pytest.mark.parametrize(
    ("period", "fields"),
    [
        ("2999-01", {}),  # has not begun
        ("2021Q3", {}),  # measured by the month
        ("2021-07", {"frequency": Frequency.QUARTER}),
        ("2020-12", {}),  # before it is followed
        ("2021-07", {"last_month": Month(2021, 6)}),
    ],
)
def test_a_period_in_which_nothing_can_be_entered_is_not_there(
    browse, yllapitaja, strategy, period, fields
):
    kpi = make_kpi(strategy, **fields)
    client = browse(yllapitaja)
    assert client.get(page_of(kpi, period)).status_code == 404
    assert client.post(page_of(kpi, period), rate("4", "5")).status_code == 404
    assert versions(kpi) == []


def test_a_kpi_is_found_in_its_own_strategy_only(browse, yllapitaja, kpi):
    make_strategy("toinen")
    address = page_of(kpi).replace("strategia", "toinen")
    assert browse(yllapitaja).get(address).status_code == 404


def test_the_chooser_leads_to_the_periods_beside_and_never_to_one_without_a_form(
    browse, yllapitaja, kpi
):
    page = browse(yllapitaja).get(page_of(kpi, "2020-01")).content.decode()
    assert (page.count('rel="prev"'), page.count('rel="next"')) == (0, 1)
    assert f'href="{page_of(kpi, "2020-02")}"' in page


# --- queries ----------------------------------------------------------------------------------


def test_the_page_makes_the_same_few_queries_for_1_3_and_300_kpis(browse, yllapitaja):
    counts = []
    for number in (1, 3, 300):
        strategy = make_strategy(f"s{number}")
        group = KpiGroup.objects.create(strategy=strategy, name=Words(en="G"))
        kpis = [make_kpi(strategy, group=group) for _n in range(number)]
        for version in range(1, 3):
            measure(kpis[0], {f"2021-{month:02}": (version, 9) for month in range(1, 8)})
        client = browse(yllapitaja)
        client.get("/")
        with CaptureQueriesContext(connection) as captured:
            address = page_of(kpis[0]).replace("strategia", strategy.slug)
            assert client.get(address).status_code == 200
        counts.append(len(captured))
    assert len(set(counts)) == 1
    assert counts[0] < 10


def test_a_period_of_an_address_reads_as_it_is_written():
    for period in (Month(2022, 7), periods.parse("2022Q3")):
        assert periods.parse(str(period)) == period
