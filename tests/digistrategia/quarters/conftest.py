from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from mentors.models import Network
from metrics.snapshots import compute
from tests.digistrategia.quarters.pages import Q2
from tests.factories import make_action, make_user


@pytest.fixture
def at(monkeypatch):
    """Makes it a time in Helsinki."""

    def at(*moment):
        now = datetime(*moment, tzinfo=ZoneInfo("Europe/Helsinki"))
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)
        return now

    at(2021, 7, 5, 12)
    return at


@pytest.fixture
def world(at, strategy, digimentori):
    """Q2 is open; of four actions one is reported and one is asked of nobody."""
    network = Network.objects.create(strategy=strategy, name="Sote-keskukset")
    bertta = make_user("digimentori", first_name="Bertta", last_name="Öhman")
    network.leads.add(bertta)
    make_action(strategy, "a", people=[digimentori], entries={"2021Q2": 50})
    make_action(strategy, "b", people=[digimentori])
    network.actions.add(make_action(strategy, "c"))
    make_action(strategy, "d", title="Kenenkään ei")
    strategy.quarters.filter(quarter=Q2).update(
        deadline=date(2021, 7, 14), opened_at=timezone.now()
    )
    compute(strategy.pk)
    strategy.bertta = bertta
    return strategy
