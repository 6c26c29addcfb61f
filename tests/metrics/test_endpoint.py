"""The address of automations: what it takes, what it refuses, and that nothing happens twice."""

import json
import logging
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from metrics.kpis import deliveries, sending, tokens
from metrics.kpis.achievement import Kind
from metrics.models import Delivery, KpiGroup, Measurement, MeasurementToken
from metrics.tasks import forget_deliveries
from tests.at_once import at_once
from tests.factories import make_kpi, make_strategy, measure
from tests.rows import rows_of

ADDRESS = "/api/measurements/"
_keys = count(1)


@pytest.fixture
def strategy(db):
    return make_strategy()


@pytest.fixture
def kpi(strategy):
    return make_kpi(strategy, "saatavuus")


@pytest.fixture
def secret(strategy, kpi, yllapitaja):
    return make_token(strategy, [kpi], yllapitaja)


def make_token(strategy, kpis, user, name="Valvonta"):
    nonce = tokens.new_nonce()
    tokens.make(strategy, name, kpis, nonce, user)
    return tokens.secret_of(nonce)


def send(secret, document, key=None, client=None, **headers):
    """Send a document (or a body as it is) under a key of its own; the response."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    headers = {"Idempotency-Key": key or f"key-{next(_keys)}"} | headers
    if secret:
        headers = {"Authorization": f"Bearer {secret}"} | headers
    client = client or Client()
    return client.post(ADDRESS, body, content_type="application/json", headers=headers)


def one(period="2022-07", numerator=75, denominator=100, **more):
    about = {"kpi": "saatavuus", "period": period}
    return about | {"numerator": numerator, "denominator": denominator} | more


def answer(response):
    return response.status_code, json.loads(response.content)


def problem(response):
    """Status, code, and the place and code of each fault."""
    found = json.loads(response.content)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert found["status"] == response.status_code
    code = found["type"].removeprefix("urn:digistrategia:problem:")
    faults = [(fault["pointer"], fault["code"]) for fault in found.get("errors", [])]
    return response.status_code, code, faults


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


# --- what is refused --------------------------------------------------------------------------


@pytest.fixture
def nothing_changes(secret):
    before = rows_of(Measurement, Delivery, KpiGroup)
    yield
    assert rows_of(Measurement, Delivery, KpiGroup) == before


NUMBER = "a number"
HOSTILE = {
    "nothing": (b" ", 400, "malformed"),
    "no JSON": (b"kpi=saatavuus", 400, "malformed"),
    "cut off": (b'{"kpi": "saatavuus", ', 400, "malformed"),
    "two documents": (b"{} {}", 400, "malformed"),
    "Latin 1": ('{"kpi": "käyttö"}'.encode("latin-1"), 400, "malformed"),
    "UTF-16": ('{"kpi": "saatavuus"}'.encode("utf-16"), 400, "malformed"),
    "not a number": (b'{"kpi": "saatavuus", "numerator": NaN}', 400, "malformed"),
    "infinite": (b'{"kpi": "saatavuus", "numerator": -Infinity}', 400, "malformed"),
    "a name twice": (b'{"kpi": "saatavuus", "kpi": "saatavuus"}', 400, "malformed"),
    "half a sign twice": (b'{"\\ud800": 1, "\\ud800": 2}', 400, "malformed"),
    "half a sign beside": (b'{"measurements": [{}], "\\ud800": 1}', 422, "invalid-measurements"),
    "many names twice": (
        b"{" + b",".join(b'"a%d": 1' % n for n in range(99_999)) + b', "a0": 1}',
        400,
        "malformed",
    ),
    "a deep nest": (b"[" * 900_000, 400, "malformed"),
    "a deep object": (b'{"a":' * 150_000, 400, "malformed"),
    "a list": (b"[]", 422, "invalid-measurements"),
    "a number alone": (b"7", 422, "invalid-measurements"),
    "null": (b"null", 422, "invalid-measurements"),
    "an empty list": (b'{"measurements": []}', 422, "invalid-measurements"),
    "a list that is none": (b'{"measurements": {}}', 422, "invalid-measurements"),
    "an empty object": (b"{}", 422, "invalid-measurements"),
    "no objects": (b'{"measurements": [1, null, "a", [], true]}', 422, "invalid-measurements"),
    "something beside": (b'{"measurements": [{}], "x~/y": 1}', 422, "invalid-measurements"),
    "a kpi that is a list": (b'{"kpi": ["saatavuus"], "period": "2022-07"}', 422, None),
    "a kpi of bad signs": (b'{"kpi": "\\u0000\\ud800", "period": "2022-07"}', 403, "foreign-kpi"),
    "too many": (
        json.dumps({"measurements": [one()] * 1001}).encode(),
        413,
        "too-large",
    ),
    "two megabytes": (b" " * (2 * 1024 * 1024 + 1), 413, "too-large"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_refused_with_a_clear_answer(secret, nothing_changes, name):
    body, status, code = HOSTILE[name]
    response = send(secret, body)
    found = problem(response)
    assert found[:2] == (status, code or "invalid-measurements")
    assert json.loads(response.content)["detail"]


FAULTY = {
    "nothing but a name": ({"kpi": "saatavuus"}, ["period", "numerator", "denominator"]),
    "an unknown name": (one(numeratr=5), ["numeratr"]),
    "numbers of another kind": (one(promoters=5), ["promoters"]),
    "a boolean": (one(numerator=True), ["numerator"]),
    "nothing": (one(numerator=None), ["numerator"]),
    "a nested number": (one(numerator={"value": 1}), ["numerator"]),
    "a decimal comma": (one(numerator="7,5"), ["numerator"]),
    "words": (one(numerator="NaN"), ["numerator"]),
    "other digits": (one(numerator="٧"), ["numerator"]),
    "an empty text": (one(numerator=""), ["numerator"]),
    "400 digits": (one(numerator=int("9" * 400)), ["numerator"]),
    "400 decimals": (one(numerator="0." + "3" * 400), ["numerator"]),
    "16 digits": (one(numerator=1_234_567_890_123_456), ["numerator"]),
    "nearly nought": (one(numerator="1e-30"), ["numerator"]),
    "a huge exponent": (one(numerator="1e999"), ["numerator"]),
    "below nought": (one(numerator=-1), ["numerator"]),
    "no whole count": (one(numerator=0.5), ["numerator"]),
    "more than all": (one(numerator=101), ["numerator"]),
    "of nothing": (one(numerator=0, denominator="x"), ["denominator"]),
    "the future": (one("2099-01"), ["period"]),
    "before it was followed": (one("2020-12"), ["period"]),
    "another frequency": (one("2022Q3"), ["period"]),
    "another spelling": (one("7/2022"), ["period"]),
    "a year of nought": (one("0000-01"), ["period"]),
    "no such month": (one("2022-13"), ["period"]),
    "a number as a period": (one(2022), ["period"]),
    "a control sign": (one(comment="a\x00b"), ["comment"]),
    "half a sign": (one(comment="\ud800"), ["comment"]),
    "a name of half a sign": (one() | {"\ud800/": 1}, ["?~1"]),
    "a comment too long": (one(comment="a" * 501), ["comment"]),
    "a comment that is none": (one(comment=["a"]), ["comment"]),
    "a confirmation in words": (one(confirm="true"), ["confirm"]),
    "all at once": (
        one("soon", True, "x", comment=1, confirm=0, other=1),
        ["comment", "confirm", "denominator", "numerator", "other", "period"],
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_every_fault_is_told_at_once_and_by_its_place(secret, nothing_changes, name):
    document, fields = FAULTY[name]
    status, code, faults = problem(send(secret, document))
    assert (status, code) == (422, "invalid-measurements")
    assert sorted(pointer for pointer, _code in faults) == sorted(f"/{name}" for name in fields)


def test_a_number_of_json_is_read_as_it_is_written(secret, kpi):
    kpi.whole_counts = False
    kpi.save()
    body = b'{"kpi": "saatavuus", "period": "2022-07", "numerator": 0.1, "denominator": 3e-1}'
    assert send(secret, body).status_code == 201
    assert Measurement.objects.get().numbers == (Decimal("0.1"), Decimal("0.3"))


def test_a_byte_order_mark_is_no_fault(secret):
    assert send(secret, b"\xef\xbb\xbf" + json.dumps(one()).encode()).status_code == 201


def test_the_same_period_twice_in_one_sending_is_a_fault(secret, nothing_changes):
    found = problem(send(secret, {"measurements": [one(), one(numerator=7)]}))
    assert found[2] == [("/measurements/1/period", "duplicate")]


def test_a_kpi_that_the_token_does_not_name_is_answered_as_one_that_is_not_there(secret, strategy):
    make_kpi(strategy, "toinen")
    for slug in ("toinen", "olematon", ""):
        mixed = {"measurements": [one(), one() | {"kpi": slug}, one(numerator=999)]}
        response = send(secret, mixed)
        assert problem(response) == (403, "foreign-kpi", [("/measurements/1/kpi", "foreign-kpi")])
        detail = json.loads(response.content)["errors"][0]["detail"]
        assert detail == "the token does not name it"
    assert rows_of(Measurement, Delivery) == {"Measurement": [], "Delivery": []}


def test_without_a_token_that_is_known_nothing_is_told(secret, kpi, nothing_changes, yllapitaja):
    revoked = make_token(kpi.strategy, [kpi], yllapitaja, "Vanha")
    tokens.revoke(MeasurementToken.objects.get(name="Vanha"), yllapitaja)
    wrong, old = send(secret[:-1] + "!", one()), send(revoked, one())
    assert (wrong.status_code, wrong.content) == (old.status_code, old.content)
    challenge = 'Bearer realm="digistrategia", error="invalid_token"'
    for response in (wrong, old):
        assert problem(response) == (401, "token", [])
        assert response.headers["WWW-Authenticate"] == challenge
    for headers in ({}, {"Authorization": f"Basic {secret}"}, {"Authorization": "Bearer "}):
        response = send(None, one(), **headers)
        assert problem(response) == (401, "token", [])
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="digistrategia"'


def test_a_session_counts_for_nothing(client, kpi, yllapitaja, db):
    client.force_login(yllapitaja)
    assert send(None, one(), client=client).status_code == 401


def test_it_needs_no_csrf_token_and_makes_no_session(secret):
    client = Client(enforce_csrf_checks=True)
    response = send(secret, one(), client=client)
    assert (response.status_code, dict(response.cookies)) == (201, {})


def test_headers_are_asked_for_with_an_answer_each(secret, nothing_changes):
    headers = {"Authorization": f"Bearer {secret}"}
    body = json.dumps(one())
    for type_, status in (("text/plain", 415), ("application/x-www-form-urlencoded", 415)):
        more = headers | {"Idempotency-Key": "a"}
        response = Client().post(ADDRESS, body, content_type=type_, headers=more)
        assert problem(response) == (status, "not-json", [])
    for key in ("", "a" * 201, "ä", "a\tb", '""'):
        more = headers | {"Idempotency-Key": key}
        response = Client().post(ADDRESS, body, content_type="application/json", headers=more)
        assert problem(response)[:2] == (400, "idempotency-key")
    response = Client().post(ADDRESS, body, content_type="application/json", headers=headers)
    assert problem(response)[:2] == (400, "idempotency-key")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_another_method_is_told_which_there_are(db, method):
    response = getattr(Client(), method)(ADDRESS)
    assert problem(response) == (405, "method", [])
    assert response.headers["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("path", ["/api/", "/api/measurements", "/api/measurements/5/", "/api/x/y"])
def test_every_other_address_of_programs_is_missing_and_never_a_redirect(db, path):
    for response in (Client().get(path), Client().post(path, {})):
        assert problem(response) == (404, "not-found", [])


def test_what_is_larger_than_the_portal_reads_is_refused_unread(db):
    sent = Client().post(ADDRESS, b"", content_type="application/json", CONTENT_LENGTH=str(10**9))
    assert problem(sent) == (413, "too-large", [])


def test_a_body_in_chunks_is_told_that_its_length_is_needed(secret, nothing_changes):
    response = send(secret, one(), **{"Transfer-Encoding": "chunked"})
    assert problem(response) == (411, "length-required", [])


def test_what_breaks_is_said_in_json_and_to_people_by_a_page(secret, monkeypatch, rf):
    def broken(*args):
        raise RuntimeError("broken")

    monkeypatch.setattr(sending, "keep", broken)
    client = Client(raise_request_exception=False)
    logging.disable(logging.CRITICAL)  # the traceback is for the log
    try:
        assert problem(send(secret, one(), "a", client)) == (500, "broken", [])
    finally:
        logging.disable(logging.NOTSET)
    monkeypatch.undo()
    assert send(secret, one(), "a").status_code == 201  # the key is as good as new


@pytest.mark.parametrize(
    ("asked", "says", "language"),
    [
        ("", "The body is not JSON: line 1, column 1.", "en"),
        ("de", "The body is not JSON: line 1, column 1.", "en"),
        ("fi-FI,fi;q=0.9", "Runko ei ole JSONia: rivi 1, sarake 1.", "fi"),
    ],
)
def test_sentences_are_english_unless_another_language_is_asked_for(secret, asked, says, language):
    response = send(secret, b"x", **{"Accept-Language": asked})
    assert json.loads(response.content)["detail"] == says
    assert response.headers["Content-Language"] == language


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
