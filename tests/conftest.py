import pytest
from hypothesis import HealthCheck, settings

from roadmap import imports, revisions
from tests.factories import make_strategy, make_user

# How fast examples are made says something of the machine, and nothing of what is tested.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


@pytest.fixture
def johto(db):
    return make_user("johto", "johto@example.org", last_name="Johtaja")


@pytest.fixture
def digimentori(db):
    return make_user("digimentori", "mentori@example.org", last_name="Mentori")


@pytest.fixture
def yllapitaja(db):
    return make_user("ylläpitäjä", "yllapito@example.org", last_name="Ylläpitäjä")


@pytest.fixture
def outsider(db):
    """Signed in, but without any role."""
    return make_user(None, "ulkopuolinen@example.org")


@pytest.fixture
def strategy(db):
    return make_strategy(opened="2021Q2", closed=("2021Q1",))


@pytest.fixture
def browse(client):
    """Signs a person in and reads the pages in English, whose words the code itself has."""

    def browse(user=None):
        if user:
            client.force_login(user)
        client.cookies["django_language"] = "en"
        return client

    return browse


@pytest.fixture
def admin(browse, yllapitaja):
    """The browser of an administrator."""
    return browse(yllapitaja)


@pytest.fixture
def no_messages(monkeypatch):
    """Nothing is asked of a broker: the test is the worker."""
    monkeypatch.setattr(imports, "send_task", lambda name, args=(): None)
    monkeypatch.setattr(revisions, "send_task", lambda name, args=(): None)
