import pytest
from django.utils.translation import override

from metrics.kpis import period_names
from metrics.kpis.periods import Month
from roadmap.quarters import Quarter

JULY, Q3 = Month(2022, 7), Quarter(2022, 3)


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("fi", ["heinäkuu 2022", "hei 22", "heinäkuu"]),
        ("sv", ["juli 2022", "jul 22", "juli"]),
        ("en", ["July 2022", "jul 22", "July"]),
    ],
)
def test_a_month_is_named_in_the_language_of_the_reader(language, names):
    with override(language):
        shown = [period_names.name(JULY), period_names.short(JULY)]
        assert [*shown, period_names.without_year(JULY)] == names


def test_a_quarter_is_named_alike_in_all_of_them():
    shown = [period_names.name(Q3), period_names.short(Q3), period_names.without_year(Q3)]
    assert shown == ["Q3/2022", "Q3/22", "Q3"]


@pytest.mark.parametrize(
    ("language", "month", "quarter"),
    [
        ("fi", "tammikuusta 2021 alkaen", "Q3/2022 alkaen"),
        ("sv", "från januari 2021", "från Q3/2022"),
        ("en", "from January 2021 on", "from Q3/2022 on"),
    ],
)
def test_a_period_from_which_on_something_holds(language, month, quarter):
    with override(language):
        assert period_names.since(Month(2021, 1)) == month
        assert period_names.since(Quarter(2022, 3)) == quarter
