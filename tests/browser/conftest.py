import os

import pytest

from digistrategia.demonstration import load
from tests.browser import CHROMIUM, MISSING

# Playwright runs an event loop of its own in the thread of the tests.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items):
    if not CHROMIUM:
        for item in items:
            if "browser" in item.path.parts:
                item.add_marker(pytest.mark.skip(reason=MISSING))


# An answer that tells of progress may come when its page is being left already.
LEFT = "htmx:oobErrorNoTarget, #progress-said"


def is_fault(message) -> bool:
    return message.type == "error" and LEFT not in message.text


@pytest.fixture(scope="session")
def browser_type_launch_args():
    quiet = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
    return {"executable_path": CHROMIUM, "args": [*quiet, "--no-sandbox", "--disable-gpu"]}


@pytest.fixture
def demonstration(transactional_db):
    return load()


@pytest.fixture
def visit(live_server, browser):
    """Opens a browser of its own for a person, signed in; `signed_in=None` for a visitor."""
    contexts = []

    def visit(user=None, **options):
        context = browser.new_context(base_url=live_server.url, locale="fi-FI", **options)
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("console", lambda m: is_fault(m) and page.faults.append(m.text))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        if user:
            sign_in(context, live_server, user)
        return page

    yield visit
    for context in contexts:
        context.close()


def sign_in(context, live_server, user):
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
