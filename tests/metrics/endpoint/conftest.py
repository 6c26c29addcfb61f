import pytest

from tests.automations import make_token
from tests.factories import make_kpi


@pytest.fixture
def kpi(strategy):
    return make_kpi(strategy, "saatavuus")


@pytest.fixture
def secret(strategy, kpi, yllapitaja):
    return make_token(strategy, [kpi], yllapitaja)
