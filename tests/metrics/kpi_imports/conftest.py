import pytest

from tests.kpi_imports import make_findability


@pytest.fixture
def kpi(strategy):
    return make_findability(strategy)
