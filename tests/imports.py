"""Imports as they stand between their steps, for tests of pages and of who may see them."""

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files.base import ContentFile
from django.utils import timezone

from roadmap import imports
from roadmap.forms.columns import ColumnsForm
from roadmap.models import ImportBase, ImportState, ImportStep, RoadmapImport, StepKind
from roadmap.workbook import recognition
from roadmap.workbook.book import Book
from tests.factories import extract_here


def bring(strategy, file, user=None, kind=RoadmapImport) -> ImportBase:
    """Upload a file and let the worker do its part."""
    return work(imports.upload(strategy, file, user, kind))


def work(kept: ImportBase) -> ImportBase:
    """Let the worker do what it is asked for, as it stands in the database."""
    imports.work_on(kept.pk, type(kept))
    return type(kept).objects.get(pk=kept.pk)


def make_import(strategy, state, content: bytes, title="Toimenpide", **fields) -> RoadmapImport:
    """An import in some state, with nothing done to get there: rows alone, and its file."""
    book, mapping = _read(content)
    counts = {"new": 1, "changed": 0, "changed_fields": 0, "unchanged": 0, "missing": 0}
    faults = fields.pop("faults", [["Tiekartta", "D2", title, title, title]])
    ended = state in (ImportState.APPLIED, ImportState.UNDONE)
    defaults = {
        "file_name": "tiekartta.xlsx",
        "book": {} if ended else book,
        "mapping": mapping,
        "revision": strategy.revision,
        "counts": counts | {"faults": 0 if ended else len(faults)},
        "faults": [] if ended else faults,
        "applied_at": timezone.now() if ended else None,
        "undone_at": timezone.now() if state == ImportState.UNDONE else None,
    }
    kept = RoadmapImport(strategy=strategy, state=state, **defaults | fields)
    kept.file.save(f"{kept.pk}.xlsx", ContentFile(content), save=False)
    kept.folder.mkdir(parents=True, exist_ok=True)
    kept.save()
    if state in (ImportState.CHECKED, ImportState.APPLIED, ImportState.UNDONE):
        values = {"phase": "2021", "start": "2021Q1", "end": "2021Q4", "baseline": "0"}
        new = {key: [None, value] for key, value in (values | {"target": "100"}).items()}
        step = {"kind": StepKind.NEW, "sheet": "Tiekartta", "row": 2, "code": "x", "title": title}
        ImportStep.objects.create(source=kept, position=0, fields=new, **step)
    return kept


@lru_cache
def _read(content: bytes) -> tuple[dict, list[dict]]:
    """What the worker finds in a workbook, and how it would be read."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tiekartta.xlsx"
        path.write_bytes(content)
        book = Book.describe(Path(folder), extract_here(path, Path(folder)))
        return book.facts, [part.as_json() for part in recognition.propose(book)]


def proposed(kept: RoadmapImport, number: int = 1) -> dict:
    """What the page of the columns sends when nothing of it was changed."""
    form = ColumnsForm(part=imports.parts_of(kept)[number - 1], book=Book(kept.folder, kept.book))
    return {f.html_name: f.value() for f in form if f.value() not in (None, False)}
