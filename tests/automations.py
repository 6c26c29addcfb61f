"""The address of automations, as a program calls it."""

import json
from itertools import count

from django.test import Client

from metrics.kpis import tokens

ADDRESS = "/api/measurements/"
_keys = count(1)


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
