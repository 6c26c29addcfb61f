"""Two people, or two workers, at one import or one strategy at the same moment."""

import shutil
import threading
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, OperationalError
from django.utils import timezone

from mentors.models import User
from metrics.snapshots import compute
from roadmap import imports, progress, revisions
from roadmap.models import (
    Action,
    Change,
    ImportState,
    ProgressEntry,
    RoadmapImport,
    Strategy,
)
from roadmap.quarters import Quarter
from roadmap.reporting import Overtaken, QuarterNotOpen, report
from roadmap.workbook import applying, jobs
from roadmap.workbook.faults import WorkbookRefused
from roadmap.workbook.mapping import Part
from tests.at_once import at_once
from tests.factories import make_action, make_strategy, workbook
from tests.rows import rows_of_everything

pytestmark = pytest.mark.django_db(transaction=True)
HEADERS = ["Tunnus", "Toimenpide", "Vaihe", "Toteuma 2021Q1"]
Q1 = Quarter(2021, 1)
OVERTAKEN = imports._OVERTAKEN
BROKEN = imports._BROKEN
CANCELLED = imports._CANCELLED


@pytest.fixture(autouse=True)
def no_messages(monkeypatch):
    """The tests are the workers."""
    monkeypatch.setattr(imports, "send_task", lambda name, args=(): None)
    monkeypatch.setattr(revisions, "send_task", lambda name, args=(): None)


@pytest.fixture
def strategy():
    strategy = make_strategy(opened="2021Q1")
    make_action(strategy, "a")
    make_action(strategy, "b", entries={"2021Q1": 5})
    return strategy


def sent(strategy, *rows, headers=HEADERS, name="tiekartta.xlsx"):
    file = ContentFile(workbook(headers, *rows).getvalue(), name)
    return now(imports.upload(strategy, file, None))


def checked(strategy, *rows, **more):
    kept = worked(sent(strategy, *rows, **more))
    assert (kept.state, kept.faults) == (ImportState.CHECKED, [])
    return kept


def worked(kept):
    imports.work_on(kept.pk)
    return now(kept)


def now(kept):
    return RoadmapImport.objects.get(pk=kept.pk)


def confirmed(kept):
    assert imports.confirm(kept, kept.version, None)
    return now(kept)


def applied(strategy, *rows, **more):
    kept = worked(confirmed(checked(strategy, *rows, **more)))
    assert (kept.state, kept.problem) == (ImportState.APPLIED, [])
    return kept


def titles():
    return dict(Action.objects.values_list("code", "title"))


def problem(kept):
    return [text for text, _values in now(kept).problem]


def each_in_turn(*acts):
    """All of them at the same moment, each in a thread of its own; what went wrong, if anything."""
    left, gate = list(acts), threading.Barrier(len(acts))
    lock = threading.Lock()

    def act():
        with lock:
            mine = left.pop()
        gate.wait()
        try:
            return mine(), None
        except Exception as error:
            return None, error

    return at_once(act, len(acts))


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


def after(first, then):
    """The same function, with something done before it."""

    def both(*args, **named):
        first()
        return then(*args, **named)

    return both


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


# --- claims -------------------------------------------------------------------------------------


def test_a_worker_robbed_of_its_claim_before_it_writes_writes_nothing(strategy, monkeypatch):
    kept = confirmed(checked(strategy, ["a", "Uusi", 2021, 1]))
    before = rows_of_everything()

    class Robbed(progress.Progress):
        def say(self, stage, done=0, total=0):
            super().say(stage, done, total)
            RoadmapImport.objects.update(claim=kept.pk)

    monkeypatch.setattr(imports, "Progress", Robbed)
    kept = worked(kept)
    assert (kept.state, kept.claim, kept.problem) == (ImportState.APPLYING, kept.pk, [])
    assert (rows_of_everything(), Change.objects.count()) == (before, 0)


def test_a_worker_that_pauses_while_it_writes_is_not_overtaken(strategy, monkeypatch):
    rows = [[f"n{number}", "Uusi", 2021, 1] for number in range(5)]
    kept = confirmed(checked(strategy, *rows))
    monkeypatch.setattr(imports, "is_attended", lambda kept: False)  # everybody seems dead
    others = []

    class Pausing(progress.Progress):
        def say(self, stage, done=0, total=0):
            super().say(stage, done, total)
            if done and not others:
                others.append(threading.Thread(target=lambda: at_once(second, 1)))
                others[0].start()
                others[0].join(1)

    def second():
        imports.work_on(kept.pk)

    monkeypatch.setattr(imports, "Progress", Pausing)
    imports.work_on(kept.pk)
    others[0].join()
    assert (now(kept).state, now(kept).tries) == (ImportState.APPLIED, 1)
    assert Action.objects.filter(code__startswith="n").count() == 5
    assert Change.objects.filter(fields__has_key="import").count() == 1


@pytest.mark.parametrize("fault", [OperationalError("database is locked"), IntegrityError("twice")])
def test_what_the_database_refuses_by_chance_is_tried_again_and_then_given_up(
    strategy, monkeypatch, fault, caplog
):
    kept = confirmed(checked(strategy, ["a", "Uusi", 2021, 1]))

    def fail(*_args, **_named):
        raise fault

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "apply", fail)
        for tries in (1, 2, 3):
            assert list(imports.unattended()) == [(kept.pk, RoadmapImport)]
            kept = worked(kept)
            assert (kept.state, kept.claim, kept.tries) == (ImportState.APPLYING, None, tries)
        kept = worked(kept)
    assert (kept.state, problem(kept)) == (ImportState.CHECKED, [BROKEN])
    assert str(fault) in caplog.text
    kept = worked(confirmed(kept))
    assert (kept.state, titles()["a"]) == (ImportState.APPLIED, "Uusi")


def test_a_fault_of_our_own_is_logged_and_leads_back_with_a_sentence(strategy, monkeypatch, caplog):
    kept = confirmed(checked(strategy, ["a", "Uusi", 2021, 1]))

    def fail(writer, steps):
        raise KeyError("plan")

    monkeypatch.setattr(applying._Writer, "_write_history", fail)
    kept = worked(kept)
    assert (kept.state, problem(kept), titles()["a"]) == (
        *(ImportState.CHECKED, [BROKEN], "Toimenpide a"),
    )
    assert "KeyError: 'plan'" in caplog.text


# --- cancelling ---------------------------------------------------------------------------------


def test_what_is_cancelled_after_the_claim_and_before_the_first_progress_is_heard(
    strategy, monkeypatch
):
    kept = sent(strategy, ["a", "Uusi", 2021, 1])
    real = imports._claim

    def claimed_and_cancelled(pk, kind):
        claimed = real(pk, kind)
        assert not kept.folder.exists()
        imports.cancel(now(kept))
        return claimed

    monkeypatch.setattr(imports, "_claim", claimed_and_cancelled)
    assert problem(worked(kept)) == [CANCELLED]


def test_cancelling_too_late_does_not_reach_into_the_next_job(strategy):
    kept = confirmed(checked(strategy, ["a", "Uusi", 2021, 1]))
    late = now(kept)
    late.claim, late.claimed_at = kept.pk, timezone.now()  # as the page saw it
    worked(kept)
    imports.cancel(late)
    assert now(kept).state == ImportState.APPLIED
    imports.take_back(now(kept), None)
    assert worked(kept).state == ImportState.UNDONE


def test_cancelled_while_it_is_checked_right_after_reading_it_is_still_read(strategy, monkeypatch):
    kept = sent(strategy, ["a", "Uusi", 2021, 1])
    ask = after(lambda: progress.Progress(kept.folder).cancel(), jobs.propose)
    with monkeypatch.context() as once:
        once.setattr(jobs, "propose", ask)
        kept = worked(kept)
    assert (kept.state, problem(kept)) == (ImportState.READ, [CANCELLED])
    imports.check(kept)
    assert worked(kept).state == ImportState.CHECKED


# --- ends -----------------------------------------------------------------------------------------


def test_an_upload_whose_file_is_gone_is_refused_with_what_to_do(strategy):
    kept = sent(strategy, ["a", "Uusi", 2021, 1])
    Path(kept.file.path).unlink()
    kept = worked(kept)
    assert (kept.state, problem(kept)) == (ImportState.REFUSED, [imports.GONE])


def test_a_text_file_read_anew_in_vain_stays_as_it_was_read_before(strategy):
    content = "Tunnus;Toimenpide;Vaihe\na;Päätös;2021\n".encode()
    kept = worked(imports.upload(strategy, ContentFile(content, "tiekartta.csv"), None))
    assert kept.state == ImportState.CHECKED
    imports.reread(kept, {"encoding": "ascii", "delimiter": ";"})
    kept = worked(kept)
    assert kept.state == ImportState.READ
    assert len(kept.problem) == 1
    imports.check(kept)
    kept = worked(kept)
    assert (kept.state, kept.steps.get(code="a").title) == (ImportState.CHECKED, "Päätös")


def test_a_first_look_that_refuses_keeps_no_file(strategy, settings):
    with pytest.raises(WorkbookRefused):
        imports.upload(strategy, ContentFile(b"%PDF-1.4", "a.pdf"), None)
    uploads = Path(settings.MEDIA_ROOT) / "imports"
    assert list(uploads.glob("*.file")) == []


def test_a_person_added_by_hand_after_the_check_is_made_responsible_and_survives_the_undo(strategy):
    headers = [*HEADERS[:3], "Digimentori"]
    kept = checked(strategy, ["a", "Uusi", 2021, "uusi@x.fi"], headers=headers)
    User.objects.create_user("uusi@x.fi")
    kept = worked(confirmed(kept))
    assert kept.state == ImportState.APPLIED
    assert Action.objects.get(code="a").responsible.get().email == "uusi@x.fi"
    imports.take_back(kept, None)
    assert worked(kept).state == ImportState.UNDONE
    assert User.objects.filter(email="uusi@x.fi").exists()


def test_an_address_changed_after_the_check_has_it_checked_anew(strategy):
    person = User.objects.create_user("vanha@x.fi")
    headers = [*HEADERS[:3], "Digimentori"]
    kept = confirmed(checked(strategy, ["a", "Uusi", 2021, "vanha@x.fi"], headers=headers))
    person.email = "toinen@x.fi"
    person.save()
    kept = worked(kept)
    assert (kept.state, problem(kept)) == (ImportState.CHECKED, [OVERTAKEN])
    assert kept.new_names["responsible"] == ["vanha@x.fi"]


def test_nothing_is_left_of_what_a_killed_worker_began_to_read(strategy):
    kept = sent(strategy, ["a", "Uusi", 2021, 1])
    begun = kept.folder / "reading-00000000-0000-0000-0000-000000000000"
    begun.mkdir(parents=True)
    worked(kept)
    assert not begun.exists()
    shutil.rmtree(kept.folder)


def test_a_closed_quarter_and_a_silent_worker_are_no_reason_to_wait(strategy):
    """A claim is good for fifteen seconds of silence, whatever the clock of the file says."""
    kept = confirmed(checked(strategy, ["a", "Uusi", 2021, 1]))
    long_ago = timezone.now() - timedelta(seconds=progress.ALIVE_SECONDS + 1)
    RoadmapImport.objects.update(claim=kept.pk, claimed_at=timezone.now(), tries=1)
    assert imports.work_on(kept.pk) is None
    assert now(kept).state == ImportState.APPLYING
    RoadmapImport.objects.update(claimed_at=long_ago)
    assert worked(kept).state == ImportState.APPLIED
    with pytest.raises(QuarterNotOpen):
        report(Action.objects.get(code="a"), Quarter(2021, 2), Decimal(1), "", None, 0)
