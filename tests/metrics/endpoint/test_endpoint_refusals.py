"""The address of automations: what it refuses, with a clear answer, and without a trace."""

import json
import logging
from decimal import Decimal

import pytest
from django.test import Client

from metrics.kpis import sending, tokens
from metrics.models import Delivery, KpiGroup, Measurement, MeasurementToken
from tests.automations import ADDRESS, make_token, one, problem, send
from tests.factories import make_kpi
from tests.rows import rows_of


@pytest.fixture
def nothing_changes(secret):
    before = rows_of(Measurement, Delivery, KpiGroup)
    yield
    assert rows_of(Measurement, Delivery, KpiGroup) == before


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
    "a comment that its spelling makes too long": (one(comment="\U0001d15e" * 251), ["comment"]),
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


def test_a_comment_is_measured_as_it_is_kept(secret):
    assert send(secret, one(comment="A\u0308" * 500)).status_code == 201
    assert Measurement.objects.get().comment == "Ä" * 500


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
