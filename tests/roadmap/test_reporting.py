from decimal import Decimal

import pytest

from roadmap.models import Change, ProgressEntry, Strategy
from roadmap.quarters import Quarter
from roadmap.reporting import Overtaken, QuarterNotOpen, report
from tests.factories import make_action, make_strategy, make_user

pytestmark = pytest.mark.django_db
Q1, Q2 = Quarter(2021, 1), Quarter(2021, 2)


@pytest.fixture
def action():
    return make_action(make_strategy(opened="2021Q2", closed=("2021Q1",)), "a")


def test_a_report_is_kept_with_who_and_when_and_marks_the_figures_as_behind(action):
    user = make_user("digimentori")
    entry = report(action, Q2, Decimal(10), "alku", user, 0)
    assert (entry.value, entry.comment, entry.reported_by, entry.version) == (10, "alku", user, 1)
    assert Change.objects.get().fields == {
        "actual:2021Q2": [None, "10"],
        "comment:2021Q2": [None, "alku"],
    }
    assert Strategy.objects.get().revision == 1


def test_a_changed_report_keeps_what_it_was_before(action):
    user = make_user("digimentori")
    report(action, Q2, Decimal(10), "alku", user, 0)
    report(action, Q2, Decimal("12.5"), "alku", user, 1)
    assert ProgressEntry.objects.get().version == 2
    assert Change.objects.first().fields == {"actual:2021Q2": ["10", "12.5"]}


def test_a_double_click_keeps_one_report_and_one_line_of_history(action):
    user = make_user("digimentori")
    for _click in range(2):
        report(action, Q2, Decimal(10), "", user, 0)
    assert (ProgressEntry.objects.count(), Change.objects.count()) == (1, 1)
    assert Strategy.objects.get().revision == 1


def test_somebody_elses_report_in_between_is_never_written_over(action):
    first, second = make_user("digimentori"), make_user("digimentori")
    report(action, Q2, Decimal(10), "", first, 0)
    with pytest.raises(Overtaken) as overtaken:
        report(action, Q2, Decimal(20), "", second, 0)
    assert overtaken.value.entry.value == 10
    assert ProgressEntry.objects.get().reported_by == first


@pytest.mark.parametrize("quarter", [Q1, Quarter(2021, 3), Quarter(2030, 1)])
def test_only_the_open_quarter_takes_reports(action, quarter):
    with pytest.raises(QuarterNotOpen):
        report(action, quarter, Decimal(10), "", make_user(), 0)
    assert (ProgressEntry.objects.count(), Strategy.objects.get().revision) == (0, 0)
