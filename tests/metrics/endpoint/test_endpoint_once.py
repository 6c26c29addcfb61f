"""The address of automations: nothing happens twice, and not more often than may be."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from metrics.kpis import deliveries, sending, tokens
from metrics.models import Delivery, Measurement, MeasurementToken
from metrics.tasks import forget_deliveries
from tests.at_once import at_once
from tests.automations import ADDRESS, make_token, one, problem, send
from tests.factories import measure

# --- once -------------------------------------------------------------------------------------


def test_the_same_sending_again_gets_the_same_answer_and_does_nothing(secret, kpi):
    first = send(secret, one(), "heinäkuu".encode().hex())
    measure(kpi, {"2022-07": (80, 100)})  # somebody has corrected it meanwhile
    again = send(secret, one(), "heinäkuu".encode().hex())
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert [row.numbers[0] for row in Measurement.objects.all()] == [75, 80]


def test_a_key_may_stand_in_quotes_as_the_draft_writes_it(secret):
    send(secret, one(), "a-1")
    assert send(secret, one(), '"a-1"').headers["Idempotent-Replayed"] == "true"


def test_the_same_key_with_something_else_is_refused(secret):
    send(secret, one(), "a")
    assert problem(send(secret, one(numerator=76), "a")) == (422, "key-reused", [])
    assert Measurement.objects.get().numbers == (75, 100)


def test_a_key_under_which_nothing_was_kept_is_free_for_what_is_mended(secret):
    assert send(secret, one(numerator=101), "a").status_code == 422
    assert send(secret, one(numerator=99), "a").status_code == 201


def test_a_key_belongs_to_its_token(secret, kpi, yllapitaja):
    other = make_token(kpi.strategy, [kpi], yllapitaja, "Toinen")
    send(secret, one(), "a")
    assert "Idempotent-Replayed" not in send(other, one(numerator=76), "a").headers
    assert Measurement.objects.count() == 2


def test_what_a_dead_worker_began_is_done_by_who_sends_it_again(secret):
    Delivery.objects.create(
        token=MeasurementToken.objects.get(), key="a", fingerprint="of what was lost"
    )
    assert send(secret, one(), "a").status_code == 201
    assert send(secret, one(), "a").headers["Idempotent-Replayed"] == "true"


def test_keys_are_forgotten_after_a_month(secret):
    send(secret, one(), "a")
    send(secret, one("2022-06"), "b")
    Delivery.objects.filter(key="a").update(at=timezone.now() - timedelta(days=31))
    forget_deliveries()
    assert [row.key for row in Delivery.objects.all()] == ["b"]


@pytest.mark.django_db(transaction=True)
def test_the_same_sending_four_times_at_once_is_done_once(kpi, yllapitaja):
    secret = make_token(kpi.strategy, [kpi], yllapitaja)
    responses = at_once(lambda: send(secret, one(), "a"))
    statuses = sorted(response.status_code for response in responses)
    assert set(statuses) <= {201, 409}
    assert statuses.count(201) >= 1
    fresh = [
        r for r in responses if r.status_code == 201 and "Idempotent-Replayed" not in r.headers
    ]
    assert len(fresh) == 1
    assert Measurement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_numbers_under_four_keys_at_once_make_one_version(kpi, yllapitaja):
    secret = make_token(kpi.strategy, [kpi], yllapitaja)
    statuses = sorted(r.status_code for r in at_once(lambda: send(secret, one())))
    assert statuses == [200, 200, 200, 201]
    assert Measurement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_being_worked_on_is_told_at_once(kpi, yllapitaja, monkeypatch):
    secret = make_token(kpi.strategy, [kpi], yllapitaja)
    inside = []
    keep = sending.keep

    def slow(*args):
        # On SQLite one writer waits for the other, and is then given the answer of the first.
        if connection.vendor == "postgresql" and not inside:
            inside.append(at_once(lambda: problem(send(secret, one(), "a")), times=1))
        return keep(*args)

    monkeypatch.setattr(sending, "keep", slow)
    assert send(secret, one(), "a").status_code == 201
    assert inside == ([[(409, "in-flight", [])]] if connection.vendor == "postgresql" else [])


def test_that_it_is_being_worked_on_is_a_conflict(secret, monkeypatch):
    def held(pk):
        raise deliveries.InFlight

    monkeypatch.setattr(deliveries, "_locked", held)
    response = send(secret, one())
    assert problem(response) == (409, "in-flight", [])
    assert response.headers["Retry-After"] == "1"


# --- how many ---------------------------------------------------------------------------------


def test_of_a_thousand_posts_in_a_row_as_many_come_through_as_may(secret, settings):
    settings.MEASUREMENT_REQUESTS_A_MINUTE = 50
    responses = [send(secret, one(numerator=number % 101)) for number in range(1000)]
    statuses = [response.status_code for response in responses]
    assert (statuses[:50], set(statuses[50:])) == ([201] * 50, {429})
    assert Measurement.objects.count() == 50
    last = responses[-1]
    assert problem(last) == (429, "too-many-requests", [])
    assert 1 <= int(last.headers["Retry-After"]) <= 60
    MeasurementToken.objects.update(counted_from=timezone.now() - timedelta(seconds=60))
    assert send(secret, one()).status_code in (200, 201)


def test_who_waits_as_long_as_was_said_comes_through(secret, settings):
    settings.MEASUREMENT_REQUESTS_A_MINUTE = 2
    token, now = MeasurementToken.objects.get(), timezone.now()
    at = [now, now + timedelta(seconds=10), now + timedelta(seconds=20.5)]
    assert [tokens.let_through(token, moment) for moment in at] == [0, 0, 40]
    assert tokens.let_through(token, at[-1] + timedelta(seconds=40)) == 0
    assert MeasurementToken.objects.get().last_used_at == at[-1] + timedelta(seconds=40)


@pytest.mark.django_db(transaction=True)
def test_at_once_not_one_more_comes_through(kpi, yllapitaja, settings):
    settings.MEASUREMENT_REQUESTS_A_MINUTE = 5
    make_token(kpi.strategy, [kpi], yllapitaja)
    token = MeasurementToken.objects.get()
    waits = at_once(lambda: [tokens.let_through(token) for _time in range(5)])
    assert sum(wait == 0 for of_thread in waits for wait in of_thread) == 5


def test_wrong_tokens_are_counted_by_address_and_do_not_hold_up_right_ones(secret, settings):
    settings.WRONG_TOKENS_A_MINUTE = 3
    headers = {"Authorization": "Bearer dsm_wrong"}
    statuses = [Client().get(ADDRESS, headers=headers).status_code for _time in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    assert send(secret, one()).status_code == 201
