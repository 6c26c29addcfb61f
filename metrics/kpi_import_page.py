"""What the steps of an import of measurements show, ready for their templates."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.db.models import Min, QuerySet
from django.utils.translation import gettext as _

from metrics.kpis import checks
from metrics.kpis.workbook import layout
from metrics.kpis.workbook.checking import numbers_of
from metrics.models import MeasurementImport, MeasurementStep
from roadmap import formats, record
from roadmap.import_page import assumed, faults_of, faulty_fields
from roadmap.models import StepKind, Strategy
from roadmap.traffic_light import Light
from roadmap.workbook.faults import Fault

PAGE = 50
MOST_QUESTIONS = 100
ASKED, RELIT = "asked", "relit"
_ORDER = {light.value: place for place, light in enumerate(Light)}


@dataclass
class Line:
    """One step in words."""

    step: MeasurementStep
    changes: list[tuple[str, str, str]]  # what, from, to
    questions: list[str]

    @property
    def is_relit(self) -> bool:
        return self.step.relit[1] != self.step.relit[3]


@dataclass
class Preview:
    """The second step: what would happen."""

    kind: str
    kinds: list[tuple[str, str, int]]  # what can be filtered for, with its count
    page: Page
    lines: list[Line]
    asked: list[Line]  # the first of those whose numbers look like slips
    faults: list[Fault]
    faulty: list[tuple[str, int]]  # the fields that have faults, and how many
    assumptions: list[tuple[str, int]]
    lights: list[tuple[str, str, int]]  # from which, to which, how many
    relit: int  # lights that are another one than before
    lit: int  # lights of what was not measured before
    number: int  # of measurements that would be new or corrected


def preview(kept: MeasurementImport, query) -> Preview:
    counts = kept.counts
    lights = sorted(
        (kept.effect or {}).get("lights", []),
        key=lambda move: (_ORDER.get(move[0], -1), _ORDER[move[1]]),
    )
    relit = sum(count for before, _after, count in lights if before)
    kinds = [
        (StepKind.NEW.value, _("New"), counts["new"]),
        (StepKind.CHANGED.value, _("Corrected"), counts["changed"]),
        (RELIT, _("Light changes"), relit),
        (ASKED, _("Asked about"), counts["asked"]),
    ]
    kind = query.get("kind") if query.get("kind") in {name for name, *_said in kinds} else ""
    page = Paginator(_steps(kept, kind), PAGE).get_page(query.get("page"))
    return Preview(
        kind,
        kinds,
        page,
        lines_of(page),
        lines_of(_steps(kept, ASKED)[:MOST_QUESTIONS]) if counts["asked"] else [],
        faults_of(kept),
        faulty_fields(kept),
        assumed(kept),
        lights,
        relit,
        sum(count for before, _after, count in lights if not before),
        counts["new"] + counts["changed"],
    )


def shown_steps(kept: MeasurementImport, query) -> tuple[Page, list[Line]]:
    """A page of what an import did."""
    page = Paginator(_steps(kept, ""), PAGE).get_page(query.get("page"))
    return page, lines_of(page)


def _steps(kept: MeasurementImport, kind: str) -> QuerySet:
    steps = kept.steps.select_related("kpi")
    if kind == ASKED:
        return steps.filter(unlike__isnull=False)
    if kind == RELIT:
        return steps.filter(is_relit=True)
    return steps.filter(kind=kind) if kind else steps


def lines_of(steps) -> list[Line]:
    return [Line(step, _changes(step), _questions(step)) for step in steps]


def _changes(step: MeasurementStep) -> list[tuple[str, str, str]]:
    """What differs, in the order of the columns; of a new measurement, all that is given."""
    pairs = record.differences(step.before, step.after)
    return [
        (_(layout.NAMES[key]), *(_as_written(key, text) for text in pairs[key]))
        for key in layout.COLUMNS
        if key in pairs
    ]


def _as_written(key: str, text: str | None) -> str:
    return text or "" if key == "comment" or not text else formats.value(Decimal(text))


def _questions(step: MeasurementStep) -> list[str]:
    if step.unlike is None:
        return []
    earlier = [tuple(map(Decimal, numbers)) for numbers in step.unlike]
    return checks.questions(step.kpi, numbers_of(step.kpi, step.after), earlier)


def years_of(strategy: Strategy, today: date) -> list[int]:
    """The years in which KPIs have been followed, the newest first."""
    first = strategy.kpis.aggregate(first=Min("first_month"))["first"]
    return list(range(today.year, first.year - 1, -1)) if first else []
