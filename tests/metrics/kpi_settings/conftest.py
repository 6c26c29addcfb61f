import pytest

from metrics.models import KpiGroup
from roadmap.fields import Words
from tests.factories import make_strategy


@pytest.fixture
def strategy(db):
    return make_strategy(opened="2022Q3")


@pytest.fixture
def group(strategy):
    return KpiGroup.objects.create(strategy=strategy, name=Words(fi="Laatu", sv="Kvalitet"))
