"""Imports of measurements, for tests: files, what they would do, and imports in some state."""

from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from metrics.kpis.measuring import newest_versions
from metrics.kpis.workbook import jobs
from metrics.kpis.workbook.checking import Proposal
from metrics.models import MeasurementImport, MeasurementStep
from roadmap.fields import Words
from roadmap.models import ImportState, StepKind
from roadmap.workbook.book import Book
from roadmap.workbook.faults import from_json
from tests.factories import content, extract_here, make_kpi, workbook
from tests.imports import bring, work

HEADERS = ["Mittari", "Jakso", "Osoittaja", "Nimittäjä"]
ALL = [*HEADERS, "Suosittelijat", "Neutraalit", "Arvostelijat", "Arvo", "Kommentti"]


def measurements(*rows, headers=HEADERS, sheet="Mittaukset"):
    """A real workbook in memory, in our layout."""
    return workbook(headers, *rows, sheet=sheet)


def checked(strategy, file, user=None) -> MeasurementImport:
    """A file that was uploaded, and that the worker has read and checked."""
    file = file if isinstance(file, ContentFile) else ContentFile(content(file), "mittaukset.xlsx")
    return bring(strategy, file, user, MeasurementImport)


def proposed(strategy, file) -> Proposal:
    """What a file would do, without a worker and without the time that its child takes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / Path(getattr(file, "name", None) or "mittaukset.xlsx").name
        path.write_bytes(content(file))
        book = Book.describe(Path(folder), extract_here(path, Path(folder)))
        jobs.recognise(book)
        return jobs.check(SimpleNamespace(strategy_id=strategy.pk), book, lambda *far: None)


def standing(strategy) -> dict[tuple[str, str], tuple]:
    """The numbers and comment that stand, by short name and period, as plain as they are typed."""
    slugs = dict(strategy.kpis.values_list("pk", "slug"))
    return {
        (slugs[kpi], str(period)): (*map(_plain, row.numbers), row.comment)
        for (kpi, period), row in newest_versions(slugs).items()
        if not row.withdrawn
    }


def _plain(number):
    return int(number) if number == int(number) else float(number)


def make_measurement_import(kpi, state, file, title="Mittari", **fields) -> MeasurementImport:
    """An import in some state, with nothing done to get there: rows alone, and its file."""
    ended = state in (ImportState.APPLIED, ImportState.UNDONE)
    faults = fields.pop("faults", [["Mittaukset", "C2", title, title, title]])
    counts = {"new": 1, "changed": 0, "unchanged": 0, "empty": 0, "asked": 0}
    defaults = {
        "file_name": "mittaukset.xlsx",
        "book": {} if ended else {"kind": "xlsx", "sheets": []},
        "basis": {str(kpi.pk): [kpi.version, None]},
        "counts": counts | {"faults": 0 if ended else len(faults)},
        "faults": [] if ended else faults,
        "applied_at": timezone.now() if ended else None,
        "undone_at": timezone.now() if state == ImportState.UNDONE else None,
    }
    kept = MeasurementImport(strategy=kpi.strategy, state=state, **defaults | fields)
    kept.file.save(f"{kept.pk}.xlsx", ContentFile(content(file)), save=False)
    kept.folder.mkdir(parents=True, exist_ok=True)
    kept.save()
    after = {"numerator": "3", "denominator": "4", "comment": title}
    MeasurementStep.objects.create(
        source=kept,
        position=0,
        kind=StepKind.NEW,
        sheet="Mittaukset",
        row=2,
        kpi=kpi,
        period="2021-01",
        after=after,
        relit=[None, None, 75, "red"],
    )
    return kept


# --- as an administrator does it ------------------------------------------------------------------


def make_findability(strategy):
    """Six even months, 71 to 76 percent of a target of 80; the limits are 100 and 85."""
    months = {f"2021-0{number}": (70 + number, 100) for number in range(1, 7)}
    name = Words(fi="Löydettävyys", sv="Hittbarhet", en="Findability")
    return make_kpi(strategy, "loyto", measured=months, targets={"2021-01": 80}, name=name)


def at(name, kept):
    return reverse(f"metrics:kpi-import-{name}", args=[kept.strategy.slug, kept.pk])


def send(admin, strategy, file, name="mittaukset.xlsx"):
    """Upload a file through the page; the import after the worker has done its part."""
    upload = SimpleUploadedFile(name, content(file))
    address = reverse("metrics:kpi-import-list", args=[strategy.slug])
    answer = admin.post(address, {"file": upload})
    kept = MeasurementImport.objects.latest("uploaded_at")
    assert answer.url == at("detail", kept)
    return work(kept)


def confirm(admin, kept, **more):
    """Say yes on the page; the import after the worker has done its part."""
    admin.post(at("preview", kept), {"version": kept.version} | more)
    return work(kept)


def undo(admin, kept):
    admin.post(at("undo", kept))
    return work(kept)


def page(admin, kept, name="detail"):
    return admin.get(at(name, kept), follow=True).content.decode()


def faults_of(kept):
    """Cell, what was found, what was expected."""
    return [(fault[1], fault[3], said(fault[4])) for fault in kept.faults]


def said(sentence):
    with override("en"):
        return str(from_json(sentence))
