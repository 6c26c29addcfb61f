"""The life of an import: uploaded, read, mapped, checked, applied, and perhaps undone.

Long work is a row in a busy state, not a message: a worker claims the row, and whoever finds a
claim whose worker is dead may take it over. Applying and undoing are one transaction each, which
also changes the state, so a worker killed at any moment leaves all or nothing, and the state says
which.
"""

import json
import logging
import shutil
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from uuid import uuid4

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from roadmap.models import ImportState, RoadmapImport, Strategy
from roadmap.progress import ALIVE_SECONDS, Cancelled, Progress
from roadmap.revisions import send_task
from roadmap.workbook import recognition, sandbox
from roadmap.workbook.applying import ProposalOvertaken, apply
from roadmap.workbook.book import Book
from roadmap.workbook.checking import propose
from roadmap.workbook.faults import WorkbookRefused, as_json, say
from roadmap.workbook.keeping import remembered, store
from roadmap.workbook.mapping import Part, open_questions
from roadmap.workbook.reading import read
from roadmap.workbook.undoing import CannotUndo, undo

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


def upload(strategy: Strategy, file: File, user) -> RoadmapImport:
    """Keep a file under a name of our own, to be read by the worker.

    `WorkbookRefused` where its first look already says that it cannot be read.
    """
    ending = Path(file.name).suffix.lower()
    kept = RoadmapImport(strategy=strategy, file_name=file.name[:255], user=user)
    kept.file.save(f"{kept.pk}{ending if ending in ENDINGS else '.file'}", file, save=False)
    try:
        sandbox.look(Path(kept.file.path), file.name)
    except WorkbookRefused:
        kept.file.delete(save=False)
        raise
    kept.save()
    ask_worker(kept)
    return kept


def ask_worker(kept: RoadmapImport) -> None:
    transaction.on_commit(partial(send_task, WORK_TASK, [str(kept.pk)]))


def begin(kept: RoadmapImport, state: ImportState, come_from: set, **fields) -> bool:
    """Give the worker something to do, unless somebody else was faster; whether it was given."""
    waiting = RoadmapImport.objects.filter(pk=kept.pk, state__in=come_from)
    fields = {"problem": [], "claim": None, "claimed_at": None, "tries": 0, **fields}
    if not waiting.update(state=state, **fields):
        return False
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


def check(kept: RoadmapImport) -> bool:
    """Have the worker say what would happen."""
    return begin(kept, ImportState.CHECKING, {ImportState.READ, ImportState.CHECKED})


def confirm(kept: RoadmapImport, seen_revision: int, user) -> bool:
    """Have the worker apply what the person saw; whether it was begun.

    Where the strategy has changed since, it is checked once more instead, and the page says so.
    """
    if kept.state != ImportState.CHECKED or kept.counts.get("faults"):
        return False
    strategy = Strategy.objects.get(pk=kept.strategy_id)
    if not strategy.revision == seen_revision == kept.revision:
        begin(kept, ImportState.CHECKING, {ImportState.CHECKED}, problem=_kept(_OVERTAKEN))
        return False
    return begin(kept, ImportState.APPLYING, {ImportState.CHECKED}, user=user)


def take_back(kept: RoadmapImport, user) -> bool:
    """Have the worker undo an applied import."""
    return begin(kept, ImportState.UNDOING, {ImportState.APPLIED}, undone_by=user)


def cancel(kept: RoadmapImport) -> None:
    """End a job: at once where no worker has it yet, otherwise as soon as the worker hears it."""
    unclaimed = RoadmapImport.objects.filter(pk=kept.pk, state=kept.state, claim=None)
    if kept.is_busy and not unclaimed.update(**_back(kept.state, [say(_CANCELLED)])):
        Progress(kept.folder).cancel()


@transaction.atomic
def discard(kept: RoadmapImport) -> None:
    """Throw an upload away, unless it was or is being applied."""
    ended = [ImportState.APPLYING, ImportState.APPLIED, ImportState.UNDOING, ImportState.UNDONE]
    waiting = RoadmapImport.objects.select_for_update().filter(pk=kept.pk)
    if kept := waiting.exclude(state__in=ended).first():
        transaction.on_commit(
            partial(_forget_files, kept.file.storage, kept.file.name, kept.folder)
        )
        kept.delete()


def forget_file(kept: RoadmapImport) -> None:
    """Throw the file of an applied import away; what it did, and its undoing, stay."""
    transaction.on_commit(partial(_forget_files, kept.file.storage, kept.file.name, kept.folder))
    RoadmapImport.objects.filter(pk=kept.pk).update(file="")
    kept.file = ""


def holds(kept: RoadmapImport, text: str) -> bool:
    """Whether an upload holds a text, such as an address; case aside."""
    wanted = text.lower()
    found = json.dumps([kept.book, kept.new_names, kept.faults], ensure_ascii=False)
    if wanted in found.lower():
        return True
    try:
        with kept.file.open("rb") as file:
            content = file.read()
    except (OSError, ValueError):  # it was thrown away meanwhile, or never kept
        return False
    if not zipfile.is_zipfile(BytesIO(content)):
        return any(wanted.encode(code) in content.lower() for code in ("utf-8", "utf-16-le"))
    with zipfile.ZipFile(BytesIO(content)) as book:
        return any(wanted.encode() in book.read(part).lower() for part in book.namelist())


def _forget_files(storage, name: str, folder: Path) -> None:
    if name:
        storage.delete(name)
    shutil.rmtree(folder, ignore_errors=True)


# --- the worker -----------------------------------------------------------------------------------


def work_on(pk) -> None:
    """Do what the state of an import asks for, unless another worker is at it."""
    kept = _claim(pk)
    if kept is None:
        return
    progress = Progress(kept.folder)
    state = kept.state
    try:
        with progress.under_way():
            _JOBS[state](kept, progress)
    except Cancelled:
        _end(kept, _back(state, [say(_CANCELLED)]))
    except WorkbookRefused as refused:
        _end(kept, _back(state, [refused.sentence]))
    except CannotUndo as cannot:
        _end(kept, _back(state, cannot.reasons))
    except Exception:
        log.exception("Import %s could not go on from %s", kept.pk, state)
        _end(kept, _back(state, [say(_BROKEN)]))
    if not RoadmapImport.objects.filter(pk=kept.pk, applied_at=None).exists():
        shutil.rmtree(kept.folder, ignore_errors=True)


def unattended() -> Iterator:
    """The imports that have something to do and no worker that is alive."""
    for kept in RoadmapImport.objects.filter(state__in=RoadmapImport.BUSY):
        if not _is_attended(kept):
            yield kept.pk


def _is_attended(kept: RoadmapImport) -> bool:
    if kept.claim is None:
        return False
    just_now = timezone.now() - timedelta(seconds=ALIVE_SECONDS)
    return kept.claimed_at > just_now or Progress(kept.folder).is_alive()


@transaction.atomic
def _claim(pk) -> RoadmapImport | None:
    busy = RoadmapImport.objects.select_for_update().filter(pk=pk, state__in=RoadmapImport.BUSY)
    kept = busy.first()
    if kept is None or _is_attended(kept):
        return None
    if kept.tries >= MOST_TRIES:
        log.error("Import %s was begun %d times and never ended", kept.pk, kept.tries)
        busy.update(**_back(kept.state, [say(_BROKEN)]))
        return None
    kept.claim, kept.claimed_at, kept.tries = uuid4(), timezone.now(), kept.tries + 1
    kept.save(update_fields=["claim", "claimed_at", "tries"])
    return kept


def _kept(text: str) -> list:
    return [as_json(say(text))]


def _mine(kept: RoadmapImport):
    """The row, where it is still this worker's."""
    return RoadmapImport.objects.filter(pk=kept.pk, claim=kept.claim)


def _end(kept: RoadmapImport, fields: dict) -> None:
    _mine(kept).update(claim=None, claimed_at=None, **fields)


def _back(state: str, reasons: list[str]) -> dict:
    return {"state": _BEFORE[state], "problem": [as_json(reason) for reason in reasons]}


def _hold(kept: RoadmapImport) -> None:
    """Within a transaction: the row is this worker's until the end, or the job is over."""
    if not _mine(kept).select_for_update().filter(state=kept.state).exists():
        raise Cancelled


def _read_file(kept: RoadmapImport, progress: Progress) -> None:
    """Read the upload into plain cells, and propose how; check at once what leaves no question."""
    progress.say("read")
    try:
        facts = sandbox.extract(
            Path(kept.file.path),
            kept.folder,
            name=kept.file_name,
            csv_options=kept.options,
            progress=partial(progress.say, "read"),
            cancelled=progress.is_cancelled,
        )
    except FileNotFoundError as error:
        raise WorkbookRefused(say(GONE)) from error
    book = Book.describe(kept.folder, facts)
    if len(json.dumps(facts)) > MOST_FACTS:  # the first rows of hundreds of sheets
        raise WorkbookRefused(say(sandbox.SENTENCES["too_many_cells"]))
    kept.book, kept.shape = facts, recognition.shape(book)
    parts = _automatic(book)
    if not parts:
        parts, kept.mapping_from = remembered(book)
    is_settled = bool(parts) and not any(open_questions(part, book) for part in parts)
    parts = parts or recognition.propose(book)
    kept.mapping = [part.as_json() for part in parts]
    kept.state = ImportState.CHECKING if is_settled else ImportState.READ
    names = ("state", "book", "shape", "mapping", "mapping_from")
    _mine(kept).update(**{name: getattr(kept, name) for name in names})
    if is_settled:
        _check(kept, progress)
    else:
        _end(kept, {})


def _automatic(book: Book) -> list[Part] | None:
    try:
        parts, report = recognition.automatic(book)
    except WorkbookRefused:  # it is not known which sheet is meant: a person is asked
        return None
    return None if report.fault_count else parts


def _check(kept: RoadmapImport, progress: Progress) -> None:
    progress.say("check")
    if not kept.folder.joinpath("book.json").exists():
        raise WorkbookRefused(say(GONE))
    book = Book(kept.folder, kept.book)
    strategy = Strategy.objects.get(pk=kept.strategy_id)
    total = sum(book.sheets[part.sheet - 1]["rows"] for part in parts_of(kept))
    report = recognition.assumed(book, parts_of(kept))
    proposal = propose(
        read(book, parts_of(kept), report),
        strategy,
        lambda count: progress.say("check", count, total),
    )
    with transaction.atomic():
        _hold(kept)
        store(kept, proposal)
        _end(kept, {"state": ImportState.CHECKED})


def _apply(kept: RoadmapImport, progress: Progress) -> None:
    total = kept.counts["new"] + kept.counts["changed"]
    progress.say("write", 0, total)
    try:
        with transaction.atomic():
            _hold(kept)
            apply(kept, lambda count: progress.say("write", count, total))
            _end(kept, {"book": {}})
    except ProposalOvertaken:
        kept.state, kept.problem = ImportState.CHECKING, _kept(_OVERTAKEN)
        _mine(kept).update(state=kept.state)
        _check(kept, progress)


def _undo(kept: RoadmapImport, progress: Progress) -> None:
    total = kept.counts["new"] + kept.counts["changed"]
    progress.say("undo", 0, total)
    with transaction.atomic():
        _hold(kept)
        undo(kept, kept.undone_by, lambda count: progress.say("undo", count, total))
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
