"""How far a long job has come: a small file beside its data, written by the worker, read by pages.

It is for showing only. What has happened stands in the database; a job's own transaction hides
what it writes there until the end, which is why this is a file. Its age says whether a worker is
alive: a thread touches it every other second, and dies with the process.
"""

import json
import os
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

ALIVE_SECONDS = 15
_BEAT_SECONDS = 2
_LEAST_SECONDS = 0.05  # between two writings


class Cancelled(Exception):
    """Somebody asked the job to end; nothing of it is kept."""


class Progress:
    """The progress of one job, in a folder of its own.

    Each claim, that is each worker that has taken the job, has a file of its own: one that was
    taken for dead and wakes up again does not write into what the next one says.
    """

    def __init__(self, folder: Path, claim=None):
        self.folder = folder
        self._file, self._cancel = folder / f"progress-{claim}.json", folder / "cancel"
        self._written = 0.0

    # --- for the worker ---------------------------------------------------------------------------

    @contextmanager
    def under_way(self):
        """Marks the job as alive while the block runs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ended = threading.Event()
        beat = threading.Thread(target=self._beat, args=[ended], daemon=True)
        beat.start()
        try:
            yield self
        finally:
            ended.set()
            beat.join()
            self._file.unlink(missing_ok=True)

    def _beat(self, ended: threading.Event) -> None:
        while not ended.wait(_BEAT_SECONDS):
            with suppress(OSError):
                self._file.touch()

    def say(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Note how far the stage has come; raises `Cancelled` where somebody asked for it."""
        if self.is_cancelled():
            raise Cancelled
        now = time.monotonic()
        if done and done != total and now - self._written < _LEAST_SECONDS:
            return
        self._written = now
        text = json.dumps({"stage": stage, "done": done, "total": total})
        draft = self._file.with_suffix(".new")
        with suppress(OSError):  # it is for showing only: a full disk ends no job
            draft.write_text(text)
            os.replace(draft, self._file)

    def is_cancelled(self) -> bool:
        return self._cancel.exists()

    # --- for pages --------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Ask whichever worker has the job, or is about to, to end it."""
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._cancel.touch()

    def forget_cancel(self) -> None:
        """What was asked of an earlier job is not asked of the next one."""
        self._cancel.unlink(missing_ok=True)

    def read(self) -> dict:
        """`stage`, `done` and `total`; empty where no job is or was under way."""
        try:
            return json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}

    def is_alive(self) -> bool:
        """Whether a worker had its hand on the job within the last seconds."""
        try:
            return time.time() - self._file.stat().st_mtime < ALIVE_SECONDS
        except OSError:
            return False
