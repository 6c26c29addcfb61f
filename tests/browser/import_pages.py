"""The pages of imports in every state that they can be in, for tests that look at all pages."""

from io import BytesIO
from uuid import uuid4

from django.utils import timezone

from roadmap import imports
from roadmap.models import ImportState, ProgressEntry, RoadmapImport
from roadmap.progress import Progress
from roadmap.workbook.faults import as_json, say
from tests.factories import make_strategy, measure, workbook
from tests.foreign import foreign_workbook, wide_workbook
from tests.imports import bring, make_import, work
from tests.kpi_imports import checked, make_measurement_import, measurements

HEADERS = ["Tunnus", "Toimenpide", "Vaihe", "Tavoitearvo"]
SAYS = "Something changed after you saw the summary, so nothing was imported. "
OVERTAKEN = SAYS + "Here is the summary as it is now."


def import_addresses(strategy, user) -> list[str]:
    """An import in each state, made as people make them; the addresses of all their pages."""
    empty = make_strategy("tyhja", name="Digistrategia 2024–2026", years=(2024, 2025, 2026))
    kept = [*_waiting(strategy, user), *_checked(strategy, user), *_ended(strategy, user)]
    return [
        "/strategies/tyhja/imports/",
        f"/strategies/{strategy.slug}/strategy/add/",
        f"/strategies/{strategy.slug}/imports/",
        *(_at(one, page) for one, pages in kept for page in pages),
        *(_at(one) for one in _busy(empty)),
    ]


def measurement_import_addresses(strategy, user) -> list[str]:
    """The same of imports of measurements."""
    kpi = strategy.kpis.get(slug="saatavuus")
    right = ["saatavuus", "2022-08", 44000, 44640]
    slip = ["saatavuus", "2022-09", 440, 446]
    new = checked(strategy, measurements(right), user)
    asked = checked(strategy, measurements(right, slip), user)
    faulty = checked(strategy, measurements(["saatavuus", "2022Q3", "n. 5", 1], ["ei", 1, 2]), user)
    same = checked(strategy, measurements(["saatavuus", "2022-09", None, None]), user)
    refused = checked(strategy, measurements([1, 2], headers=["Nimi", "Luku"]), user)
    done, undone = (checked(strategy, measurements(right), user) for _time in range(2))
    for kept in (done, undone):
        imports.confirm(kept, kept.version, user)
        work(kept)
        imports.take_back(kept, user)
        work(kept)
    imports.confirm(new, new.version, user)
    new = work(new)
    measure(kpi, {"2022-08": (44001, 44640)})
    imports.take_back(new, user)
    stuck = work(new)
    states = (ImportState.READING, ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING)
    busy = [make_measurement_import(kpi, state, measurements()) for state in states]
    broken_off = make_measurement_import(
        kpi, ImportState.READ, measurements(), problem=[as_json(say(SAYS))]
    )
    pages = [(asked, "preview/"), (asked, "preview/?kind=asked"), (faulty, "preview/")]
    pages += [(same, "preview/")]
    pages += [(kept, "") for kept in (refused, undone, stuck, broken_off, *busy)]
    return [
        f"/strategies/{strategy.slug}/kpi-imports/",
        *(f"/strategies/{strategy.slug}/kpi-imports/{kept.pk}/{page}" for kept, page in pages),
    ]


def _at(kept: RoadmapImport, page: str = "") -> str:
    return f"/strategies/{kept.strategy.slug}/imports/{kept.pk}/{page}"


def _waiting(strategy, user):
    """Steps two and three."""
    text = "Tunnus;Toimenpide;Päivä\n24-1;Ääkköset;ma\n24-2;Toinen;ti\n".encode("cp1252")
    csv = BytesIO(text)
    csv.name = "tiekartta.csv"
    yield bring(strategy, foreign_workbook(), user), ["sheets/", "columns/1/"]
    yield bring(strategy, csv, user), ["sheets/", "columns/1/"]
    wide = bring(strategy, wide_workbook(), user)
    imports.map_columns(wide, imports.parts_of(wide) * 2)
    problem = [as_json(say("It was cancelled. Nothing was changed."))]
    RoadmapImport.objects.filter(pk=wide.pk).update(problem=problem)
    yield wide, ["sheets/", "columns/1/", "columns/2/"]


def _checked(strategy, user):
    """Step four: with faults, with an effect on the lights, without any, overtaken."""
    actions = strategy.actions.order_by("code")
    relit = [
        [a.code, a.title, a.phase.year, a.target, a.baseline]
        for a in actions.filter(entries__quarter="2022Q3").select_related("phase")[:60]
    ]
    new = [[f"23-{n}", f"Uusi {n}", 2023, 100, None] for n in range(201, 204)]
    faulty = [["22-041", "Uusi nimi", 2022, 28], ["24-001", "Väärä", 2029, "n. 5"]]
    yield bring(strategy, workbook(HEADERS, *faulty), user), [""]
    filters = ["?kind=relit", "?kind=unchanged&q=etä", "?q=ei+ole", "?page=2"]
    kept = bring(strategy, workbook([*HEADERS, "Toteuma 2022Q3"], *relit, *new), user)
    yield kept, ["preview/", *(f"preview/{query}" for query in filters)]
    same = [[a.code, a.title, a.phase.year, a.target] for a in actions[:5]]
    same = bring(strategy, workbook(HEADERS, *same), user)
    RoadmapImport.objects.filter(pk=same.pk).update(problem=[as_json(say(OVERTAKEN))])
    yield same, ["preview/"]


def _ended(strategy, user):
    """Step five: done, undone, not to be undone any more; and refused."""
    other = make_strategy("paattyneet", years=(2023,), opened="2023Q1")
    for code, kind in (("a", "done"), ("b", "undone"), ("c", "stuck")):
        kept = bring(other, workbook(HEADERS, [code, "Uusi toimenpide", 2023, 5]), user)
        imports.confirm(kept, kept.version, user)
        kept = work(kept)
        if kind == "stuck":
            action = other.actions.get(code=code)
            ProgressEntry.objects.create(action=action, quarter="2023Q1", value=1)
        if kind != "done":
            imports.take_back(kept, user)
            kept = work(kept)
        yield kept, [""]
        other.refresh_from_db()
    refused = [as_json(say("The file is no longer there. Upload it again."))]
    kept = make_import(strategy, ImportState.REFUSED, _small(), problem=refused)
    yield kept, [""]


def _busy(strategy):
    """What the worker has, or should have: waiting, begun, far, given up, being cancelled."""
    yield make_import(strategy, ImportState.READING, _small())
    yield make_import(strategy, ImportState.CHECKING, _small(), tries=1)
    for state, stage in (
        (ImportState.READING, ("read", 12_400, 0)),
        (ImportState.CHECKING, ("check", 7_300, 20_000)),
        (ImportState.APPLYING, ("write", 50, 198)),
        (ImportState.UNDOING, ("undo", 150, 198)),
    ):
        kept = make_import(strategy, state, _small(), claim=uuid4(), claimed_at=timezone.now())
        Progress(kept.folder, kept.claim).say(*stage)
        if state == ImportState.CHECKING:
            Progress(kept.folder).cancel()
        yield kept


def _small() -> bytes:
    return workbook(HEADERS, ["24-1", "Uusi", 2024, 5]).getvalue()
