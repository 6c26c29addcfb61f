"""A quarter that was opened again: what was frozen is kept, and what differs says what it was."""

from datetime import date, datetime
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.models import ActionStatus, GroupStatus, Reopening
from metrics.restatements import restatements
from metrics.snapshots import close_quarter, compute, figure_key, open_quarter, reopen_quarter
from metrics.timeline import timeline
from roadmap.models import Change, ProgressEntry, QuarterState, Strategy
from roadmap.quarters import Quarter
from tests.factories import make_action, make_strategy

pytestmark = pytest.mark.django_db
Q1, Q2, Q3 = (Quarter(2021, number) for number in (1, 2, 3))
NUMBERS = count(1)


def at(day):
    return datetime(2021, 7, day, 12, tzinfo=ZoneInfo("Europe/Helsinki"))


@pytest.fixture
def on(monkeypatch):
    return lambda day: monkeypatch.setattr("django.utils.timezone.now", lambda: at(day))


@pytest.fixture
def closed(on):
    """A strategy whose second quarter was closed on 3.7. with 90 %, and two actions."""
    on(3)
    strategy = make_strategy(opened="2021Q2", closed=("2021Q1",))
    make_action(strategy, "a", entries={"2021Q2": 40})
    make_action(strategy, "b", entries={"2021Q2": 50})
    close_quarter(strategy, Q2)
    return strategy


def change_and_compute(strategy, value, code="a"):
    ProgressEntry.objects.filter(action__code=code, quarter=Q2).update(value=value)
    compute(strategy.pk, anew=True)


def figures(strategy):
    rows = GroupStatus.objects.filter(strategy=strategy, kind="overall").order_by("quarter")
    return {str(row.quarter): (row.percent, row.light) for row in rows}


def test_reopening_keeps_the_frozen_figures_the_reason_and_what_was_changed(closed, on, yllapitaja):
    on(12)
    frozen = figures(closed)
    row = closed.quarters.get(quarter=Q2)
    reopening = reopen_quarter(closed, Q2, "Väärä yksikkö.", yllapitaja, date(2021, 7, 20))
    assert (reopening.quarter, reopening.at, reopening.closed_at) == (Q2, at(12), at(3))
    a, b = closed.actions.order_by("code")
    assert {k: v for k, v in reopening.figures.items() if "phase" not in k} == {
        "overall:0": [90, "yellow"],
        f"action:{a.pk}": [80, "red"],
        f"action:{b.pk}": [100, "green"],
    }
    assert len(reopening.figures) == 3 + 3
    row.refresh_from_db()
    assert (row.state, row.deadline, row.opened_at) == ("open", date(2021, 7, 20), at(12))
    assert (row.closed_at, row.green_from, row.yellow_from) == (None, None, None)
    change = Change.objects.order_by("-pk")[0]
    assert (change.reason, change.user, change.fields) == (
        "Väärä yksikkö.",
        yllapitaja,
        {"state:2021Q2": ["closed", "open"], "deadline:2021Q2": [None, "2021-07-20"]},
    )
    # The same figures again until something is changed; they are asked for anew.
    assert figures(closed) == frozen
    assert compute(closed.pk)
    assert figures(closed) == frozen


def test_only_a_closed_quarter_is_opened_again_and_only_while_no_other_one_is_open(closed):
    open_quarter(closed, Q3)
    with pytest.raises(IntegrityError):
        reopen_quarter(closed, Q2, "Syy.")
    for quarter in (Q3, Quarter(2021, 4)):
        with pytest.raises(ValueError, match=str(quarter)):
            reopen_quarter(closed, quarter, "Syy.")
    assert not Reopening.objects.exists()
    assert closed.quarters.get(quarter=Q2).state == QuarterState.CLOSED
    assert not Change.objects.filter(reason="Syy.").exists()


def test_later_closed_quarters_stay_frozen_and_closing_again_freezes_anew(closed):
    open_quarter(closed, Q3)
    close_quarter(closed, Q3)
    later = figures(closed)["2021Q3"]
    reopen_quarter(closed, Q2, "Syy.")
    change_and_compute(closed, 50)
    assert figures(closed) == {"2021Q2": (100, "green"), "2021Q3": later}
    close_quarter(closed, Q2)
    change_and_compute(closed, 5)
    assert figures(closed)["2021Q2"] == (100, "green")
    assert closed.quarters.get(quarter=Q2).green_from == 100


def test_the_limits_of_an_open_again_quarter_are_those_of_today(closed):
    Strategy.objects.update(green_from=80, yellow_from=70)
    reopen_quarter(closed, Q2, "Syy.")
    compute(closed.pk)
    assert figures(closed)["2021Q2"] == (90, "green")
    line = timeline(closed, "2021Q2")
    closed.refresh_from_db()
    assert line.now.limits(closed) == closed.limits


def pages():
    return [
        reverse("metrics:situation", args=["strategia"]),
        reverse("metrics:phase-detail", args=["strategia", 2021]),
        reverse("metrics:action-detail", args=["strategia", "a"]),
    ]


def test_a_figure_that_differs_says_what_it_was_on_each_page_that_shows_it(
    closed, on, browse, johto
):
    on(12)
    reopen_quarter(closed, Q2, "Väärä <yksikkö>")
    change_and_compute(closed, 45)
    client = browse(johto)
    front, phase, action = [client.get(address).content.decode() for address in pages()]
    assert (
        "Q2/2021 when it was closed 3.7.2021: overall progress 90\u00a0%, behind or at risk; "
        "phase 2021 90\u00a0%, behind or at risk. "
        "Opened again 12.7.2021: Väärä &lt;yksikkö&gt;"
    ) in front
    assert (
        "Q2/2021 was 90\u00a0%, behind or at risk when it was closed 3.7.2021; "
        "opened again 12.7.2021: Väärä &lt;yksikkö&gt;"
    ) in phase
    assert "Q2/2021 was 80\u00a0%, far behind when it was closed 3.7.2021;" in action
    # The big figure, and the quarter's own; the whole and the phase on the front page.
    assert [page.count('href="#note-1"') for page in (front, phase, action)] == [3, 2, 2]
    assert all(page.count('id="note-1"') == 1 for page in (front, phase, action))


def test_a_figure_that_came_out_the_same_is_not_marked(closed, browse, johto):
    reopen_quarter(closed, Q2, "Salainen syy")
    change_and_compute(closed, 45)
    other = reverse("metrics:action-detail", args=["strategia", "b"])
    client = browse(johto)
    assert "Salainen syy" in client.get(pages()[0]).content.decode()
    assert "note-1" not in client.get(other).content.decode()
    change_and_compute(closed, 40)
    for address in pages():
        assert "note-1" not in client.get(address).content.decode()


def test_each_reopening_that_a_figure_differs_from_has_its_own_note(closed, on, browse, johto):
    on(12)
    reopen_quarter(closed, Q2, "Ensin.")
    change_and_compute(closed, 45)
    on(13)
    close_quarter(closed, Q2)
    on(14)
    reopen_quarter(closed, Q2, "Sitten.")
    change_and_compute(closed, 50)
    page = browse(johto).get(pages()[2]).content.decode()
    assert "was 80\u00a0%, far behind when it was closed 3.7.2021; opened again 12.7.2021" in page
    assert "was 90\u00a0%, behind or at risk when it was closed 13.7.2021;" in page
    change_and_compute(closed, 40)
    page = browse(johto).get(pages()[2]).content.decode()
    assert "Ensin." not in page
    assert "Sitten." in page


def test_reopenings_cost_no_query(closed, browse, johto):
    client = browse(johto)

    def number_of_queries(address):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    before = [number_of_queries(address) for address in pages()]
    for value in (41, 42, 41):
        reopen_quarter(closed, Q2, "Syy.")
        change_and_compute(closed, value)
        close_quarter(closed, Q2)
    assert [number_of_queries(address) for address in pages()] == before


def test_the_history_of_the_strategy_gives_the_reason_and_the_deadlines(closed, browse, johto):
    reopen_quarter(closed, Q2, "Väärä yksikkö.", None, date(2021, 7, 20))
    page = browse(johto).get(reverse("roadmap:strategy-detail", args=["strategia"]))
    text = page.content.decode()
    assert "State of the quarter Q2/2021 <del>closed</del> → open" in text
    assert "Deadline Q2/2021 20.7.2021. Reason: Väärä yksikkö." in text


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    before=st.lists(st.integers(0, 60), min_size=3, max_size=3),
    after=st.lists(st.integers(0, 60), min_size=3, max_size=3),
)
def test_exactly_the_figures_that_changed_are_restated(before, after):

    slug = f"s{next(NUMBERS)}"
    strategy = make_strategy(slug, opened="2021Q2", closed=("2021Q1",), years=(2021,))
    for number, value in enumerate(before):
        make_action(strategy, str(number), entries={"2021Q2": value})
    close_quarter(strategy, Q2)

    def all_figures():
        actions = ActionStatus.objects.filter(strategy=strategy, quarter=Q2)
        groups = GroupStatus.objects.filter(strategy=strategy, quarter=Q2)
        found = {figure_key("action", s.action_id): s for s in actions}
        return found | {figure_key(s.kind, s.group_id): s for s in groups}

    frozen = all_figures()
    reopen_quarter(strategy, Q2, "Syy.")
    for number, value in enumerate(after):
        change_and_compute(strategy, value, str(number))
    now = all_figures()
    line = timeline(strategy, None, tuple(now))
    tick = line.now
    found = restatements([(tick, key, s) for key, s in now.items()], dict.fromkeys(now, ""))
    changed = {
        key
        for key, status in now.items()
        if (status.percent, status.light) != (frozen[key].percent, frozen[key].light)
    }
    assert {key for _code, key in found.numbers} == changed
    assert len(found.notes) == bool(changed)
