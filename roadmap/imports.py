"""The life of an import: uploaded, read, mapped, checked, applied, and perhaps undone.

It is the same for every kind of import, that is for every model that inherits `ImportBase`. What
is done at each step is the kind's own: the module that its model names in `JOBS` has functions
`recognise`, `is_as_checked`, `check`, `store`, `hold`, `apply` and `undo`, as
`roadmap/workbook/jobs.py` has for the road map.

Long work is a row in a busy state, not a message: a worker claims the row, and whoever finds a
claim whose worker is dead may take it over. Applying and undoing are one transaction each, which
also changes the state, so a worker killed at any moment leaves all or nothing, and the state says
which.
"""

import json
import logging
import shutil
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from uuid import uuid4

from django.core.files.base import File
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from roadmap.import_files import throw_away
from roadmap.models import ImportBase, ImportState, RoadmapImport, Strategy
from roadmap.progress import ALIVE_SECONDS, Cancelled, Progress
from roadmap.revisions import send_task
from roadmap.workbook import sandbox
from roadmap.workbook.applying import ProposalOvertaken
from roadmap.workbook.book import Book
from roadmap.workbook.faults import WorkbookRefused, as_json, say
from roadmap.workbook.mapping import Part
from roadmap.workbook.undoing import CannotUndo

log = logging.getLogger(__name__)

WORK_TASK = "roadmap.tasks.work_on_import"
MOST_TRIES = 3
MOST_FACTS = 10_000_000  # characters of what is kept of a book beside its rows
ENDINGS = (".xlsx", ".xlsm", ".csv")
# Where a job leads back to when it does not come to its end.
_BEFORE = {
    ImportState.READING: ImportState.REFUSED,
    ImportState.CHECKING: ImportState.READ,
    ImportState.APPLYING: ImportState.CHECKED,
    ImportState.UNDOING: ImportState.APPLIED,
}


def kinds() -> list[type[ImportBase]]:
    """The models of the kinds of import that there are."""
    return ImportBase.__subclasses__()


def _jobs(kept: ImportBase):
    return import_module(kept.JOBS)


def upload(strategy: Strategy, file: File, user, kind=RoadmapImport) -> ImportBase:
    """Keep a file under a name of our own, to be read by the worker.

    `WorkbookRefused` where its first look already says that it cannot be read.
    """
    ending = Path(file.name).suffix.lower()
    kept = kind(strategy=strategy, file_name=file.name[:255], user=user)
    kept.file.save(f"{kept.pk}{ending if ending in ENDINGS else '.file'}", file, save=False)
    try:
        sandbox.look(Path(kept.file.path), file.name)
        kept.save()
    except BaseException:
        kept.file.delete(save=False)
        raise
    ask_worker(kept)
    return kept


def ask_worker(kept: ImportBase) -> None:
    transaction.on_commit(partial(send_task, WORK_TASK, [str(kept.pk), kept._meta.label]))


@transaction.atomic
def begin(kept: ImportBase, state: ImportState, come_from: set, seen=None, **fields) -> bool:
    """Give the worker something to do, unless somebody else was faster; whether it was given.

    `seen` is the version of the proposal that it is meant for, if any.
    """
    waiting = type(kept).objects.filter(pk=kept.pk, state__in=come_from)
    if seen is not None:
        waiting = waiting.filter(version=seen)
    fields = {"problem": [], "claim": None, "claimed_at": None, "tries": 0, **fields}
    if not waiting.update(state=state, **fields):
        return False
    Progress(kept.folder).forget_cancel()
    ask_worker(kept)
    return True


def reread(kept: RoadmapImport, options: dict) -> bool:
    """Have the worker read a text file once more, with other characters or another delimiter."""
    waiting = {ImportState.READ, ImportState.CHECKED}
    return begin(kept, ImportState.READING, waiting, options=options)


def map_columns(kept: RoadmapImport, parts: list[Part]) -> None:
    """Keep how the file is to be read, as far as it has been said; a check of before is void."""
    RoadmapImport.objects.filter(
        pk=kept.pk, state__in=[ImportState.READ, ImportState.CHECKED]
    ).update(mapping=[part.as_json() for part in parts], state=ImportState.READ, problem=[])


def parts_of(kept: RoadmapImport) -> list[Part]:
    return [Part.from_json(part) for part in kept.mapping]


def check(kept: ImportBase) -> bool:
    """Have the worker say what would happen."""
    return begin(kept, ImportState.CHECKING, {ImportState.READ, ImportState.CHECKED})


def confirm(kept: ImportBase, seen_version: int, user) -> bool:
    """Have the worker apply the version of the proposal that the person saw; whether it was begun.

    Where what it was checked against, or the proposal itself, has changed since, it is checked once
    more instead, and the page says so.
    """
    if kept.state != ImportState.CHECKED or kept.counts.get("faults"):
        return False
    checked = {ImportState.CHECKED}
    if seen_version == kept.version and _jobs(kept).is_as_checked(kept):
        return begin(kept, ImportState.APPLYING, checked, seen=seen_version, user=user)
    begin(kept, ImportState.CHECKING, checked, problem=_kept(_OVERTAKEN))
    return False


def take_back(kept: ImportBase, user) -> bool:
    """Have the worker undo an applied import."""
    return begin(kept, ImportState.UNDOING, {ImportState.APPLIED}, undone_by=user)


def cancel(kept: ImportBase) -> None:
    """End a job: at once where no worker has it, otherwise as soon as its worker hears of it."""
    if kept.is_busy and (is_attended(kept) or not _end_unattended(kept)):
        # By a file: while the worker writes, nobody else may be able to write to the database.
        Progress(kept.folder).cancel()


@transaction.atomic
def _end_unattended(kept: ImportBase) -> bool:
    rows = type(kept).objects.select_for_update(skip_locked=True)
    unchanged = rows.filter(pk=kept.pk, state=kept.state, claim=kept.claim)
    row = unchanged.first()
    return bool(row and unchanged.update(**_back(row, [say(_CANCELLED)])))


@transaction.atomic
def discard(kept: ImportBase, spared=frozenset({ImportState.APPLYING})) -> bool:
    """Throw an upload away, unless it was applied, or is in a spared state; whether it was done."""
    applied = {ImportState.APPLIED, ImportState.UNDOING, ImportState.UNDONE}
    waiting = type(kept).objects.select_for_update().filter(pk=kept.pk)
    kept = waiting.exclude(state__in=applied | spared).first()
    if kept is None:
        return False
    transaction.on_commit(partial(throw_away, kept.file.storage, kept.file.name, kept.folder))
    kept.delete()
    return True


# --- the worker -----------------------------------------------------------------------------------


def work_on(pk, kind=RoadmapImport) -> None:
    """Do what the state of an import asks for, unless another worker is at it."""
    kept = _claim(pk, kind)
    if kept is None:
        return
    progress = Progress(kept.folder, kept.claim)
    try:
        with progress.under_way():
            _JOBS[kept.state](kept, progress)
    except Cancelled:
        _step_back(kept, [say(_CANCELLED)])
    except WorkbookRefused as refused:
        _step_back(kept, [refused.sentence])
    except CannotUndo as cannot:
        _step_back(kept, cannot.reasons)
    except (OperationalError, IntegrityError):
        # A lock that was not to be had, or somebody wrote the same row at the same moment: what
        # failed now goes well when `resume_imports` comes by.
        log.warning("Import %s is tried again later", kept.pk, exc_info=True)
        _end(kept, {})
    except Exception:
        log.exception("Import %s could not go on", kept.pk)
        _step_back(kept, [say(_BROKEN)])
    _tidy_up(kept)


def unattended() -> Iterator:
    """The imports, by key and kind, that have something to do and no worker that is alive."""
    for kind in kinds():
        for kept in kind.objects.filter(state__in=kind.BUSY).defer("book", "faults"):
            if not is_attended(kept):
                yield kept.pk, kind


def is_attended(kept: ImportBase) -> bool:
    """Whether a worker has taken the job of an import and is alive."""
    if kept.claim is None:
        return False
    just_now = timezone.now() - timedelta(seconds=ALIVE_SECONDS)
    return kept.claimed_at > just_now or Progress(kept.folder, kept.claim).is_alive()


@transaction.atomic
def _claim(pk, kind) -> ImportBase | None:
    # Who has the row locked is at it: there is nothing to wait for.
    busy = kind.objects.select_for_update(skip_locked=True)
    kept = busy.filter(pk=pk, state__in=kind.BUSY).first()
    if kept is None or is_attended(kept):
        return None
    if kept.tries >= MOST_TRIES:
        log.error("Import %s was begun %d times and never ended", kept.pk, kept.tries)
        kind.objects.filter(pk=pk).update(**_back(kept, [say(_BROKEN)]))
        return None
    kept.claim, kept.claimed_at, kept.tries = uuid4(), timezone.now(), kept.tries + 1
    kept.save(update_fields=["claim", "claimed_at", "tries"])
    return kept


def _tidy_up(kept: ImportBase) -> None:
    """Leave nothing of an import that is done, or was thrown away meanwhile."""
    row = type(kept).objects.filter(pk=kept.pk).values("applied_at", "claim").first()
    if row is None or (row["applied_at"] and row["claim"] is None):
        shutil.rmtree(kept.folder, ignore_errors=True)
        return
    # What workers began to read that were killed, or that this one could not end.
    under_way = kept.folder / f"reading-{row['claim']}"
    for begun in set(kept.folder.glob("reading-*")) - {under_way}:
        shutil.rmtree(begun, ignore_errors=True)


def _kept(text: str) -> list:
    return [as_json(say(text))]


def _mine(kept: ImportBase):
    """The row, where it is still this worker's."""
    return type(kept).objects.filter(pk=kept.pk, claim=kept.claim)


def _end(kept: ImportBase, fields: dict) -> None:
    _mine(kept).update(claim=None, claimed_at=None, **fields)


def _step_back(kept: ImportBase, reasons: list[str]) -> None:
    # As it is in the database: what is held here may be of a transaction that came to nothing.
    if row := _mine(kept).first():
        _mine(kept).update(**_back(row, reasons))


def _back(row: ImportBase, reasons: list[str]) -> dict:
    """Where a job leads that does not come to its end."""
    state = _BEFORE[row.state]
    if row.state == ImportState.READING and row.book:
        state = ImportState.READ  # what was read before, with other characters, is still there
    problem = [as_json(reason) for reason in reasons]
    return {"state": state, "problem": problem, "claim": None, "claimed_at": None}


def _hold(kept: ImportBase) -> None:
    """Within a transaction: the row is this worker's until the end, or the job is over.

    Whoever needs the strategy as well holds that first, as `leavers` do.
    """
    if not _mine(kept).select_for_update().filter(state=kept.state).exists():
        raise Cancelled


def _read_file(kept: ImportBase, progress: Progress) -> None:
    """Read the upload into plain cells, and propose how; check at once what leaves no question."""
    progress.say("read")
    if not kept.file or not Path(kept.file.path).exists():
        raise WorkbookRefused(say(GONE))
    folder = _reading_folder(kept)
    facts = sandbox.extract(
        Path(kept.file.path),
        folder,
        name=kept.file_name,
        csv_options=kept.options,
        progress=partial(progress.say, "read"),
        cancelled=progress.is_cancelled,
    )
    book = Book.describe(folder, facts)
    if not any(sheet["rows"] for sheet in book.sheets):
        raise WorkbookRefused(say(sandbox.SENTENCES["no_sheets"]))
    if len(json.dumps(facts)) > MOST_FACTS:  # the first rows of hundreds of sheets
        raise WorkbookRefused(say(sandbox.SENTENCES["too_many_cells"]))
    found, is_settled = _jobs(kept).recognise(book)
    found |= {"book": facts, "state": ImportState.CHECKING if is_settled else ImportState.READ}
    with transaction.atomic():
        _hold(kept)
        _mine(kept).update(**found)
        _take_cells(folder, kept.folder)
        if not is_settled:
            _end(kept, {})
    if is_settled:
        for name, value in found.items():
            setattr(kept, name, value)
        _check(kept, progress)


def _reading_folder(kept: ImportBase) -> Path:
    """Where a worker reads into: of its own, as another one may be about to read the same file."""
    return kept.folder / f"reading-{kept.claim}"


def _take_cells(source: Path, folder: Path) -> None:
    for pattern in sandbox.WRITTEN:
        for old in folder.glob(pattern):
            old.unlink()
        for new in source.glob(pattern):
            new.replace(folder / new.name)


def _check(kept: ImportBase, progress: Progress) -> None:
    progress.say("check")
    if not kept.folder.joinpath("book.json").exists():
        raise WorkbookRefused(say(GONE))
    proposal = _jobs(kept).check(kept, Book(kept.folder, kept.book), partial(progress.say, "check"))
    with transaction.atomic():
        _hold(kept)
        _jobs(kept).store(kept, proposal)
        _end(kept, {"state": ImportState.CHECKED})


def _apply(kept: ImportBase, progress: Progress) -> None:
    total = kept.counts["new"] + kept.counts["changed"]
    progress.say("write", 0, total)
    try:
        with transaction.atomic():
            _jobs(kept).hold(kept)
            _hold(kept)
            _jobs(kept).apply(kept, lambda count: progress.say("write", count, total))
            _end(kept, {"book": {}})
    except ProposalOvertaken:
        kept.state = ImportState.CHECKING
        _mine(kept).update(state=kept.state, problem=_kept(_OVERTAKEN))
        _check(kept, progress)


def _undo(kept: ImportBase, progress: Progress) -> None:
    total = kept.counts["new"] + kept.counts["changed"]
    progress.say("undo", 0, total)
    with transaction.atomic():
        _jobs(kept).hold(kept, for_removing=True)
        _hold(kept)
        _jobs(kept).undo(kept, kept.undone_by, lambda count: progress.say("undo", count, total))
        _end(kept, {})


_JOBS = {
    ImportState.READING: _read_file,
    ImportState.CHECKING: _check,
    ImportState.APPLYING: _apply,
    ImportState.UNDOING: _undo,
}
_CANCELLED = _("It was cancelled. Nothing was changed.")
GONE = _("The file is no longer there. Upload it again.")
_BROKEN = _("It was broken off by a fault of the portal. Nothing was changed. Try once more.")
_OVERTAKEN = _(
    "Something changed after you saw the summary, so nothing was imported. "
    "Here is the summary as it is now."
)
