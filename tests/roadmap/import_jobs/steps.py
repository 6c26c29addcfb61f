"""The steps of an import, done as a person and as a worker; how it stands after each."""

import threading

from django.core.files.base import ContentFile

from roadmap import imports
from roadmap.models import Action, ImportState, RoadmapImport
from roadmap.quarters import Quarter
from tests.at_once import at_once
from tests.factories import workbook

HEADERS = ["Tunnus", "Toimenpide", "Vaihe", "Toteuma 2021Q1"]
Q1 = Quarter(2021, 1)
OVERTAKEN = imports._OVERTAKEN
BROKEN = imports._BROKEN
CANCELLED = imports._CANCELLED


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


def after(first, then):
    """The same function, with something done before it."""

    def both(*args, **named):
        first()
        return then(*args, **named)

    return both
