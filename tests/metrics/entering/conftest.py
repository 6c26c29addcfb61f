import pytest

from metrics.kpis.achievement import Kind
from metrics.kpis.periods import Month
from roadmap.fields import Words
from tests.factories import make_kpi


@pytest.fixture
def kpi(strategy):
    names = {
        "name": Words(fi="Löydettävyys", en="Findability"),
        "numerator_name": Words(en="found it"),
        "denominator_name": Words(en="answered"),
    }
    targets = {"2021-01": 85}
    return make_kpi(strategy, "loydettavyys", targets=targets, first_month=Month(2020, 1), **names)


@pytest.fixture
def nps(strategy, kpi):
    return make_kpi(strategy, "nps", kind=Kind.NPS, name=Words(fi="Kokemus", en="Experience"))
