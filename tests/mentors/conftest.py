import warnings

import pytest

from tests.factories import make_user
from tests.openid import Provider, settings_for

NAMES = ("Päivi", "Äijänen", "paivi.aijanen@example.org", "Erikoisyksikkö")


@pytest.fixture
def leaver(db):
    """Somebody whose names can be looked for: nobody and nothing else is called so."""
    first_name, last_name, email, unit = NAMES
    return make_user(
        "digimentori", email, first_name=first_name, last_name=last_name, unit=unit, language="sv"
    )


@pytest.fixture(scope="module")
def openid_server():
    with warnings.catch_warnings(record=True):
        from oidc_provider_mock import run_server_in_thread

    with run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def configure_openid(settings, openid_server):
    """Sets the provider up, as an environment with more or other variables does it."""

    def configure_openid(**environment):
        for name, value in settings_for(openid_server, **environment).items():
            setattr(settings, name, value)

    configure_openid()
    return configure_openid


@pytest.fixture
def provider(configure_openid, openid_server, browse):
    """Signs somebody in at the provider, and comes back with its answer."""
    return Provider(openid_server, browse)
