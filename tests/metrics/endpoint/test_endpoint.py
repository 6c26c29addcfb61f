"""The address of automations: what it keeps, and what it tells of itself."""

import logging
from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from metrics.kpis import deliveries
from metrics.kpis.achievement import Kind
from metrics.models import KpiGroup, Measurement, MeasurementToken
from tests.automations import ADDRESS, answer, make_token, one, problem, send
from tests.factories import make_kpi, measure

# --- what is kept -----------------------------------------------------------------------------


def test_a_measurement_is_kept_exactly_and_says_by_which_token(secret, kpi):
    response = send(secret, one(numerator="44578.0", denominator=44640, comment=" Kaksi katkoa "))
    assert answer(response) == (
        201,
        {
            "new": 1,
            "unchanged": 0,
            "measurements": [{"kpi": "saatavuus", "period": "2022-07", "version": 1, "new": True}],
        },
    )
    (row,) = Measurement.objects.all()
    assert row.numbers == (Decimal(44578), Decimal(44640))
    assert (row.comment, row.origin, row.user) == ("Kaksi katkoa", "automation", None)
    assert row.token == MeasurementToken.objects.get()
    assert kpi.group.__class__.objects.get(pk=kpi.group_id).revision == 1


def test_the_same_numbers_again_make_nothing_new_and_a_correction_a_version(secret, kpi):
    send(secret, one(comment="Eka"))
    status, body = answer(send(secret, one()))
    assert (status, body["new"], body["unchanged"]) == (200, 0, 1)
    assert Measurement.objects.get().comment == "Eka"  # nothing was said of it
    status, body = answer(send(secret, one(numerator=76)))
    assert (status, body["measurements"][0]["version"]) == (201, 2)
    assert [row.version for row in Measurement.objects.all()] == [1, 2]


def test_many_are_kept_together_or_none_of_them(secret):
    months = [f"2022-{month:02}" for month in range(1, 7)]
    good = {"measurements": [one(month) for month in months]}
    bad = {"measurements": [*good["measurements"], one("2022-07", numerator=101)]}
    assert problem(send(secret, bad)) == (
        422,
        "invalid-measurements",
        [("/measurements/6/numerator", "number")],
    )
    assert Measurement.objects.count() == 0
    assert answer(send(secret, good))[1]["new"] == 6


def test_every_kind_of_kpi_is_taken_and_computed(strategy, yllapitaja):
    nps = make_kpi(strategy, "nps", kind=Kind.NPS)
    value = make_kpi(strategy, "odotus", kind=Kind.VALUE, whole_counts=False, frequency="quarter")
    secret = make_token(strategy, [nps, value], yllapitaja)
    for number, month in enumerate(("2022-01", "2022-02", "2022-03", "2022-04")):
        sent = {"kpi": "nps", "period": month, "promoters": 30 + number}
        assert send(secret, sent | {"passives": 10, "detractors": 10}).status_code == 201
    assert send(secret, {"kpi": "odotus", "period": "2022Q2", "value": 0.1}).status_code == 201
    assert send(secret, {"kpi": "odotus", "period": "2022Q1", "value": "12.50"}).status_code == 201
    kept = [row.numbers for row in Measurement.objects.filter(kpi=value)]
    assert kept == [(Decimal("12.5"),), (Decimal("0.1"),)]


def test_a_slip_is_asked_about_once_and_passes_when_it_is_confirmed(secret, kpi):
    measure(kpi, {f"2022-0{month}": (70 + month, 100) for month in range(1, 6)})
    assert problem(send(secret, one("2022-06", 750, 1000))) == (
        422,
        "invalid-measurements",
        [("", "unlikely"), ("", "unlikely")],
    )
    assert Measurement.objects.count() == 5
    confirmed = send(secret, one("2022-06", 750, 1000, confirm=True))
    assert confirmed.status_code == 201
    assert send(secret, one("2022-06", 750, 1000)).status_code == 200  # it stands: not asked again


def test_a_slip_shows_beside_what_is_sent_with_it(secret):
    months = [one(f"2022-0{month}", 70 + month, 100) for month in (1, 2, 3)]
    slip = one("2022-04", 8, 100)
    assert problem(send(secret, {"measurements": [slip, *months]}))[2] == [
        ("/measurements/0", "unlikely")
    ]


# --- what it tells of itself ------------------------------------------------------------------


def test_a_token_can_be_tried_and_tells_what_it_may_send(secret, kpi):
    measure(kpi, {"2022-06": (123, 456)})
    response = Client().get(ADDRESS, headers={"Authorization": f"Bearer {secret}"})
    assert answer(response) == (
        200,
        {
            "source": "Valvonta",
            "strategy": "strategia",
            "kpis": [
                {
                    "kpi": "saatavuus",
                    "name": "Mittari saatavuus",
                    "kind": "rate",
                    "numbers": {"numerator": "numerator", "denominator": "denominator"},
                    "whole_numbers": True,
                    "period": "2022-07",
                    "followed_from": "2021-01",
                    "followed_until": None,
                    "newest_period": "2022-06",
                }
            ],
        },
    )
    assert b"123" not in response.content


def test_it_asks_the_database_as_often_for_many_measurements_as_for_one(strategy, yllapitaja):
    group = KpiGroup.objects.create(strategy=strategy, name={"fi": "Ryhmä"})
    slugs = [f"mittari-{number}" for number in range(5)]
    secret = make_token(strategy, [make_kpi(strategy, slug, group) for slug in slugs], yllapitaja)
    send(secret, b"")  # the first of a minute is counted by one statement, the others by two
    counts = []
    for chosen, months in ((slugs[:1], 1), (slugs, 12)):
        sent = [
            one(f"2022-{month:02}") | {"kpi": slug}
            for slug in chosen
            for month in range(1, months + 1)
        ]
        with CaptureQueriesContext(connection) as queries:
            assert send(secret, {"measurements": sent}).status_code == 201
        counts.append(len(queries))
        Measurement.objects.all().delete()
    assert counts[0] == counts[1]
    assert counts[0] <= 20


def test_no_broker_is_needed(secret, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1:1/0")
    with django_capture_on_commit_callbacks(execute=True):
        assert send(secret, one()).status_code == 201


def test_a_token_is_in_no_log(secret, caplog):
    caplog.set_level(logging.DEBUG)
    send(secret, one())
    send(secret[:-2], one())
    Client().get(f"/api/{secret}", headers={"Authorization": f"Bearer {secret}"})
    logged = [record for record in caplog.records if not record.name.startswith("django.db")]
    assert [
        record
        for record in logged
        if secret[:20] in record.getMessage() and record.name != "django.request"
    ] == []
    assert timedelta(days=30) == deliveries.KEPT
