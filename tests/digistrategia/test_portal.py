"""The portal as a whole: how it starts, how it is, and what it says in which language."""

import ast
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

from metrics.models import KpiGroup
from metrics.snapshots import compute
from tests.factories import make_strategy

ROOT = settings.BASE_DIR


def manage(*args, **environment):
    clean = {k: v for k, v in os.environ.items() if k not in ("SECRET_KEY", "DEBUG", "DATA_DIR")}
    clean.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run(
        [sys.executable, "manage.py", *args],
        cwd=ROOT,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("command", ["check", "migrate", "import_roadmap", "runserver"])
def test_without_a_secret_key_nothing_starts_and_a_sentence_says_what_to_do(command, tmp_path):
    ended = manage(command, DATA_DIR=str(tmp_path))
    assert ended.returncode == 1
    assert ended.stderr.startswith("Not started: SECRET_KEY is not set.")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "url", ["portal.example.org", "ftp://a.fi", "https://", "https://a.fi/portal", "https://a.fi?x"]
)
def test_an_address_that_mails_cannot_link_to_is_refused_at_the_start(url, tmp_path):
    ended = manage("check", DATA_DIR=str(tmp_path), SECRET_KEY="x", SITE_URL=url)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Not started: SITE_URL is {url.rstrip('/')!r}.")


def test_whatever_beat_asks_for_exists_and_expires_before_its_next_run():
    from digistrategia.celery import app

    app.loader.import_default_modules()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks
        every = entry["schedule"] if isinstance(entry["schedule"], int) else 3600
        assert entry["options"]["expires"] <= every


def test_a_busy_port_is_said_and_not_traced(tmp_path):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        ended = manage("demo", "--port", str(port), DATA_DIR=str(tmp_path), SECRET_KEY="x")
    assert ended.returncode == 1
    assert f"Port {port} cannot be used" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "db.sqlite3").exists()


@pytest.mark.parametrize(
    "command",
    ["demo", "import_roadmap", "compute_status", "show_status", "export_roadmap"],
)
def test_each_command_that_stays_stable_has_its_help(command, tmp_path):
    ended = manage(command, "--help", DATA_DIR=str(tmp_path), SECRET_KEY="x")
    assert (ended.returncode, "usage:" in ended.stdout) == (0, True)


@pytest.mark.django_db
def test_health_tells_database_broker_and_the_age_of_the_newest_computation(client):
    strategy = make_strategy(opened="2021Q1")
    compute(strategy.pk)
    answer = json.loads(client.get("/health/").content)
    assert answer.pop("computed_age") in (0, 1, 2)
    assert answer == {"ok": True, "database": True, "broker": True, "behind": 0}
    strategy.revision = 9
    strategy.save()
    assert json.loads(client.get("/health/").content)["behind"] == 1
    KpiGroup.objects.create(strategy=strategy)
    assert json.loads(client.get("/health/").content)["behind"] == 2


@pytest.mark.django_db
def test_health_is_bad_when_the_broker_is_down(client, monkeypatch):
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1:1/0")  # Celery asks it first
    response = client.get("/health/")
    assert response.status_code == 503
    assert json.loads(response.content)["broker"] is False


@pytest.mark.django_db
def test_the_page_is_finnish_until_another_language_is_chosen(client):
    page = client.get("/account/login/", headers={"Accept-Language": "en"}).content.decode()
    assert '<html lang="fi">' in page
    client.post("/language/", {"language": "sv", "next": "/account/login/"})
    assert '<html lang="sv">' in client.get("/account/login/").content.decode()


STRING = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b(n?p?gettext|_)\(u?({STRING}(?:, *u?{STRING})*)")


def messages():
    """Every text of the code and the templates that is to be translated, with its context."""
    keywords = {
        "gettext": None,
        "gettext_noop": None,
        "gettext_lazy": None,
        "_": None,
        "ngettext": (1, 2),
    }
    for app in ("digistrategia", "mentors", "metrics", "roadmap"):
        for path in (ROOT / app).rglob("*.py"):
            with path.open("rb") as file:
                for _line, found, _comments, context in extract("python", file, keywords):
                    yield context, found[0] if isinstance(found, tuple) else found
    for path in (ROOT / "templates").rglob("*.*"):
        code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        for name, arguments in CALL.findall(code):
            texts = [ast.literal_eval(text) for text in re.findall(STRING, arguments)]
            has_context = name in ("pgettext", "npgettext")
            yield (texts[0] if has_context else None), texts[1 if has_context else 0]


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_text_is_translated_and_compiled(language):
    folder = ROOT / "locale" / language / "LC_MESSAGES"
    with (folder / "django.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    with (folder / "django.mo").open("rb") as file:
        compiled = read_mo(file)
    texts = {(context, text) for context, text in messages() if text}
    assert len(texts) > 400
    missing = []
    for context, text in texts:
        message = catalogue.get(text, context)
        made = compiled.get(text, context and context.encode())  # Babel keeps it as bytes
        if not message or not message.string or message.fuzzy or not made:
            missing.append(text)
        elif made.string != message.string and list(made.string) != list(message.string):
            missing.append(f"compiled otherwise: {text}")
    assert missing == []


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_translation_keeps_its_placeholders(language):
    with (ROOT / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    holders = re.compile(r"%\(\w+\)[sd]|%[sd%]|<[^>]+>")
    for message in catalogue:
        if not message.id:
            continue
        sources = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        for text, source in zip(strings, sources, strict=True):
            assert sorted(holders.findall(text)) == sorted(holders.findall(source)), text


def test_both_lists_of_dark_tokens_are_alike():
    css = (ROOT / "static" / "digistrategia.css").read_text()
    lists = re.findall(r"color-scheme: dark;(.*?)\}", css, re.DOTALL)
    assert len(lists) == 2
    assert lists[0].split() == lists[1].split()


def test_nothing_of_plotly_is_asked_for_on_pages_without_charts():
    pages = {path.name: path.read_text() for path in (ROOT / "templates").rglob("*.html")}
    asking = {name for name, text in pages.items() if "plotly" in text.lower()}
    assert asking == {"_charts.html"}
    assert {name for name, text in pages.items() if "_charts.html" in text} == {
        "action_detail.html",
        "kpi_detail.html",
    }
    drawn = {name for name, text in pages.items() if "data-figure" in text}
    assert drawn == {"action_detail.html", "_kpi_trend.html", "_kpi_years.html"}
    assert Path(settings.BASE_DIR / "static" / "charts.js").exists()
