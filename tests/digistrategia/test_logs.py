"""No key of a link is logged: whoever reads a log must not be able to use it."""

import logging
from base64 import b64encode
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import mail
from gunicorn.config import Config

from digistrategia.logs import AccessLogger, HideKeys, without_keys
from tests.factories import make_user

KEY = "MQ:1xVStj:abc-DEF_9"
TOKEN = "dsm_6Ft43WWiwiJ67-AlWGEVBntyNU1jY-DjJyP8OkFdV14"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"/report/{KEY}/", "/report/…/"),
        (f"/report/{KEY}/light/5/", "/report/…/light/5/"),
        (f"/invitation/{KEY}/", "/invitation/…/"),
        ("/account/reset/key/1-abc-def/", "/account/reset/key/…/"),
        ("/strategies/x/actions/22-001", "/strategies/x/actions/22-001"),
        (f"/api/measurements/?token={TOKEN}&x=1", "/api/measurements/?token=dsm_…&x=1"),
    ],
)
def test_addresses_are_logged_without_their_keys(path, shown):
    assert without_keys(f'10.0.0.1 "GET {path}" 200') == f'10.0.0.1 "GET {shown}" 200'


def test_what_django_logs_is_cut_too():
    record = logging.LogRecord("x", 30, "", 1, "Forbidden: %s", (f"/report/{KEY}/",), None)
    assert HideKeys().filter(record) is True
    assert record.getMessage() == "Forbidden: /report/…/"


def test_the_log_of_requests_has_no_token_wherever_it_was_put():
    as_name = b64encode(f"{TOKEN}:".encode()).decode()
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": f"/api/measurements/?token={TOKEN}",
        "QUERY_STRING": f"token={TOKEN}",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_AUTHORIZATION": f"Basic {as_name}",
    }
    request = SimpleNamespace(headers=[("AUTHORIZATION", f"Bearer {TOKEN}")])
    response = SimpleNamespace(status="401", sent=5, headers=[])
    atoms = AccessLogger(Config()).atoms(response, request, environ, timedelta(seconds=1))
    assert atoms["{authorization}i"] == "-"
    assert atoms["r"] == "GET /api/measurements/?token=dsm_… HTTP/1.1"
    assert TOKEN not in str(dict(atoms))
    assert as_name not in str(dict(atoms))


@pytest.mark.django_db
def test_a_new_password_is_no_way_around_an_invitation_or_a_provider(client):
    invited = make_user("digimentori", "kutsuttu@example.org")
    invited.set_unusable_password()
    invited.save()
    for address in (invited.email, make_user("johto", "oma@example.org").email):
        assert client.post("/account/reset/", {"email": address}).status_code == 302
    assert [message.to for message in mail.outbox] == [["oma@example.org"]]
