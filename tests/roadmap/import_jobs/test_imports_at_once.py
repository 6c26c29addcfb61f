"""Two people, or two workers, at one import or one strategy at the same moment."""

import threading
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from mentors.models import User
from metrics.snapshots import compute
from roadmap import imports
from roadmap.models import Action, Change, ImportState, ProgressEntry, RoadmapImport, Strategy
from roadmap.reporting import Overtaken, report
from roadmap.workbook import applying, jobs
from roadmap.workbook.mapping import Part
from tests.at_once import at_once
from tests.factories import make_action
from tests.roadmap.import_jobs.steps import (
    OVERTAKEN,
    Q1,
    after,
    applied,
    checked,
    confirmed,
    each_in_turn,
    now,
    problem,
    sent,
    titles,
    worked,
)
from tests.rows import rows_of_everything

pytestmark = pytest.mark.django_db(transaction=True)


# --- two administrators -----------------------------------------------------------------------


def test_of_two_imports_confirmed_at_once_one_comes_in_and_the_other_is_shown_anew(strategy):
    first = checked(strategy, ["a", "Yksi", 2021, 1], ["c", "Uusi", 2021, 1])
    second = checked(strategy, ["a", "Kaksi", 2021, 2], ["d", "Uusi", 2021, 2])

    def bring(kept):
        imports.confirm(kept, kept.version, None)
        imports.work_on(kept.pk)

    each_in_turn(lambda: bring(first), lambda: bring(second))
    worked(first), worked(second)  # where the yes itself came too late, it is checked by now
    by_state = {now(kept).state: kept for kept in (first, second)}
    assert by_state.keys() == {ImportState.APPLIED, ImportState.CHECKED}
    winner, other = by_state[ImportState.APPLIED], now(by_state[ImportState.CHECKED])
    assert titles()["a"] == {first.pk: "Yksi", second.pk: "Kaksi"}[winner.pk]
    assert Action.objects.count() == 3
    assert problem(other) == [OVERTAKEN]
    step = other.steps.get(code="a")
    assert step.fields["title"][0] == titles()["a"]
    worked(confirmed(other))
    assert Action.objects.count() == 4


def test_an_import_confirmed_twice_at_once_is_applied_once(strategy):
    kept = checked(strategy, ["a", "Uusi", 2021, 1])
    begun = at_once(lambda: imports.confirm(now(kept), kept.version, None))
    assert sorted(begun) == [False, False, False, True]
    at_once(lambda: imports.work_on(kept.pk))
    assert now(kept).state == ImportState.APPLIED
    assert Change.objects.filter(action__code="a").count() == 1
    assert Strategy.objects.get().revision == 1


def test_an_import_undone_twice_at_once_is_undone_once(strategy):
    before = rows_of_everything()
    kept = applied(strategy, ["a", "Uusi", 2021, 1], ["c", "Uusi", 2021, 1])
    begun = at_once(lambda: imports.take_back(now(kept), None))
    assert sorted(begun) == [False, False, False, True]
    at_once(lambda: imports.work_on(kept.pk))
    assert (now(kept).state, rows_of_everything()) == (ImportState.UNDONE, before)
    assert Change.objects.filter(action__code="a").count() == 2


def test_a_file_thrown_away_while_it_is_checked_is_gone_with_its_folder(strategy, monkeypatch):
    kept = sent(strategy, ["a", "Uusi", 2021, 1])
    throw_away = after(lambda: imports.discard(now(kept)), jobs.propose)
    monkeypatch.setattr(jobs, "propose", throw_away)
    imports.work_on(kept.pk)
    assert not RoadmapImport.objects.exists()
    assert (Path(kept.file.path).exists(), kept.folder.exists()) == (False, False)


def test_a_file_thrown_away_at_the_end_of_its_check_is_gone_all_the_same(strategy, monkeypatch):
    kept = sent(strategy, ["a", "Uusi", 2021, 1])
    thrown = threading.Thread(target=lambda: at_once(lambda: imports.discard(now(kept)), 1))
    monkeypatch.setattr(jobs, "store", after(thrown.start, jobs.store))
    imports.work_on(kept.pk)
    thrown.join()
    assert not RoadmapImport.objects.exists()
    assert (Path(kept.file.path).exists(), kept.folder.exists()) == (False, False)


def test_columns_and_characters_chosen_in_one_tab_come_too_late_after_the_yes_of_another(strategy):
    kept = checked(strategy, ["a", "Uusi", 2021, 1])
    earlier = now(kept)
    confirmed(kept)
    imports.map_columns(earlier, [Part(1, "Tiekartta")])
    assert imports.check(earlier) is False
    assert imports.reread(earlier, {"encoding": "latin-1"}) is False
    assert (now(kept).state, now(kept).mapping, now(kept).options) == (
        *(ImportState.APPLYING, earlier.mapping, {}),
    )
    worked(kept)
    assert titles()["a"] == "Uusi"


def test_columns_chosen_anew_make_an_earlier_yes_void(strategy):
    kept = checked(strategy, ["a", "Uusi", 2021, 1])
    seen = now(kept)
    imports.map_columns(kept, imports.parts_of(kept))
    assert imports.confirm(seen, seen.version, None) is False
    imports.check(now(kept))
    worked(kept)
    assert imports.confirm(seen, seen.version, None) is False  # as it was read before
    assert now(kept).state == ImportState.CHECKED
    assert imports.confirm(now(kept), seen.version, None) is False
    assert (now(kept).state, problem(kept)) == (ImportState.CHECKING, [OVERTAKEN])


# --- an import and a digimentor ---------------------------------------------------------------


@pytest.mark.parametrize("way", ["apply", "undo"])
def test_a_report_at_the_moment_of_an_import_or_its_undo_is_never_lost(strategy, way):
    mentor = User.objects.create_user("m@example.org")

    def reports(code, seen):
        return report(Action.objects.get(code=code), Q1, Decimal(77), "kiitos", mentor, seen)

    rows = (["a", "Uusi", 2021, 10], ["b", "Uusi", 2021, 20])
    for number in range(6):
        kept = confirmed(checked(strategy, *rows)) if way == "apply" else applied(strategy, *rows)
        if way == "undo":
            imports.take_back(kept, None)
        code = "ab"[number % 2]
        entries = ProgressEntry.objects.filter(action__code=code, quarter=Q1)
        seen = sum(entries.values_list("version", flat=True))
        results = each_in_turn(
            partial(imports.work_on, kept.pk),
            partial(reports, code, seen),
        )
        errors = [error for _result, error in results if error]
        assert [type(error) for error in errors] in ([], [Overtaken])
        kept = now(kept)
        if errors:  # the import was first; who reports sees both values
            expected = {"apply": ImportState.APPLIED, "undo": ImportState.UNDONE}
            assert kept.state == expected[way]
        else:
            before = {"apply": ImportState.CHECKED, "undo": ImportState.APPLIED}
            assert (entries.get().value, entries.get().comment) == (77, "kiitos")
            assert (kept.state, len(kept.problem)) == (before[way], 1)
        assert kept.claim is None
        Action.objects.all().delete()
        make_action(strategy, "a")
        make_action(strategy, "b", entries={"2021Q1": 5})


def test_a_report_that_comes_while_an_import_writes_waits_for_it_and_is_overtaken(
    strategy, monkeypatch
):
    """Whichever rows each of them has by then: the quarter is what both of them lock first."""
    kept = confirmed(checked(strategy, ["b", "Uusi", 2021, 20]))
    mentor = User.objects.create_user("m@example.org")
    found = []

    def reports():
        try:
            at_once(lambda: report(Action.objects.get(code="b"), Q1, Decimal(77), "", mentor, 1), 1)
        except Overtaken as overtaken:
            found.append(overtaken.entry.value)

    thread = threading.Thread(target=reports)

    def start():
        thread.start()
        thread.join(0.5)  # long enough to take all the locks that it can get

    write = after(start, applying._Writer._write_entries)
    monkeypatch.setattr(applying._Writer, "_write_entries", lambda *args: write(*args))
    kept = worked(kept)
    thread.join()
    assert (kept.state, kept.tries, found) == (ImportState.APPLIED, 1, [20])


def test_an_import_and_a_computation_at_the_same_moment_both_come_to_their_end(strategy):
    rows = [[f"n{number}", "Uusi", 2021, 1] for number in range(300)]
    for _time in range(3):
        kept = confirmed(checked(strategy, *rows))
        results = each_in_turn(partial(imports.work_on, kept.pk), lambda: compute(strategy.pk))
        assert [error for _result, error in results] == [None, None]
        assert now(kept).state == ImportState.APPLIED
        imports.take_back(now(kept), None)
        results = each_in_turn(
            partial(imports.work_on, kept.pk), lambda: compute(strategy.pk, anew=True)
        )
        assert [error for _result, error in results] == [None, None]
        assert now(kept).state == ImportState.UNDONE
        compute(strategy.pk)
        assert set(strategy.statuses.values_list("action__code", flat=True)) == {"a", "b"}


def test_a_report_on_an_action_that_an_undo_has_just_removed_says_that_it_is_overtaken(strategy):
    kept = applied(strategy, ["c", "Uusi", 2021, None])
    action = Action.objects.get(code="c")
    imports.take_back(kept, None)
    worked(kept)
    with pytest.raises(Overtaken) as overtaken:
        report(action, Q1, Decimal(7), "", None, 0)
    assert overtaken.value.entry is None
    assert not ProgressEntry.objects.filter(value=7).exists()
