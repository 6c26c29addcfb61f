"""Makes what tests talk about, with what they do not care for filled in."""

from decimal import Decimal
from io import BytesIO
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

from django.contrib.auth.models import Group
from openpyxl import Workbook

from mentors.models import User
from metrics.kpis import computing, periods
from metrics.kpis.achievement import Kind
from metrics.kpis.measuring import Measured, record
from metrics.kpis.periods import Month
from metrics.models import Kpi, KpiGroup, KpiTarget, Origin
from roadmap.fields import Words
from roadmap.models import (
    Action,
    Phase,
    PlanPoint,
    ProgressEntry,
    QuarterState,
    Strategy,
    StrategyQuarter,
)
from roadmap.quarters import Quarter
from roadmap.workbook import passing_over, recognition
from roadmap.workbook.book import Book
from roadmap.workbook.extracting import extraction
from roadmap.workbook.extracting.refusal import Refused
from roadmap.workbook.intake import proposal_for
from roadmap.workbook.reading import read as reading_of
from roadmap.workbook.sandbox import refused

_numbers = count(1)


def propose(file, strategy, **options):
    """What a workbook in memory would do to a strategy."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / Path(getattr(file, "name", "tiekartta.xlsx")).name
        path.write_bytes(content(file))
        return proposal_for(path, strategy, extract=extract_here, **options)


def read(file):
    """The rows of a workbook in our own layout, and what was found wrong or assumed."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / Path(getattr(file, "name", "tiekartta.xlsx")).name
        path.write_bytes(content(file))
        book = Book.describe(Path(folder), extract_here(path, Path(folder)))
        parts, report = recognition.automatic(book, with_ditto=False)
        if report.fault_count:
            return SimpleNamespace(rows=[], report=report)
        reading = reading_of(book, parts, passing_over.assumed(book, parts))
        return SimpleNamespace(rows=list(reading.rows()), report=reading.report)


def content(file):
    file.seek(0)
    return file.read()


def extract_here(source, folder):
    """As the sandbox does, without the time that another process takes to start."""
    try:
        return extraction.extract(source, folder)
    except Refused as found:
        raise refused(found.code, **found.values) from found


def make_user(role=None, email=None, **fields):
    number = next(_numbers)
    email = email or f"user{number}@example.org"
    fields = {"first_name": "Erkki", "last_name": f"Esimerkki{number}"} | fields
    user = User.objects.create_user(email, "salasana-1234", **fields)
    if role:
        user.groups.add(Group.objects.get_or_create(name=role)[0])
    return user


def make_strategy(slug="strategia", years=(2021, 2022, 2023), opened=None, closed=(), **fields):
    """A strategy with a phase a year; `opened` is the open quarter, `closed` the closed ones."""
    fields = {"name": f"Strategia {slug}"} | fields
    strategy = Strategy.objects.create(slug=slug, **fields)
    for year in years:
        words = {"title": Words(fi=f"Vaihe {year}"), "goals": Words(fi="Tavoite")}
        Phase.objects.create(strategy=strategy, year=year, **words)
        for quarter in Quarter.of_year(year):
            state = QuarterState.PLANNED
            if str(quarter) == opened:
                state = QuarterState.OPEN
            elif str(quarter) in closed:
                state = QuarterState.CLOSED
            StrategyQuarter.objects.create(strategy=strategy, quarter=quarter, state=state)
    return strategy


def make_page(strategy, slug="sivu", part="concept", place="", removed_at=None, **texts):
    """A page with its first version a language: `fi=("Otsikko", "Ingressi", "Teksti")`."""
    position = strategy.pages.count() + 1
    page = strategy.pages.create(
        slug=slug, part=part, place=place, position=position, removed_at=removed_at
    )
    for language, (title, *rest) in (texts or {"fi": [f"Sivu {slug}"]}).items():
        lead, body = [*rest, "", ""][:2]
        page.versions.create(language=language, number=1, title=title, lead=lead, body=body)
    return page


def make_action(strategy, code=None, plan=None, entries=None, people=(), **fields):
    """An action of the strategy's first phase, from 0 to 100 over its year, unless said."""
    year = fields.pop("year", None) or strategy.phases.order_by("year").first().year
    defaults = {
        "title": f"Toimenpide {code}",
        "start": Quarter(year, 1),
        "end": Quarter(year, 4),
        "baseline": Decimal(0),
        "target": Decimal(100),
    }
    for name in ("start", "end", "cancelled_from"):
        if isinstance(fields.get(name), str):
            fields[name] = Quarter.parse(fields[name])
    action = Action.objects.create(
        strategy=strategy,
        code=code or f"T-{next(_numbers)}",
        phase=strategy.phases.get(year=year),
        **defaults | fields,
    )
    for quarter, value in (plan or {}).items():
        PlanPoint.objects.create(
            action=action, quarter=Quarter.parse(quarter), value=Decimal(str(value))
        )
    for quarter, value in (entries or {}).items():
        ProgressEntry.objects.create(
            action=action, quarter=Quarter.parse(quarter), value=Decimal(str(value))
        )
    action.responsible.set(people)
    return action


def workbook(headers, *rows, sheet="Tiekartta"):
    """A real workbook in memory: its headers, and a list of values a row."""
    book = Workbook()
    book.active.title = sheet
    for row in (headers, *rows):
        book.active.append(list(row))
    return save(book)


def save(book, name="tiekartta.xlsx"):
    file = BytesIO()
    book.save(file)
    file.seek(0)
    file.name = name
    return file


def make_kpi(strategy, slug=None, group=None, measured=None, targets=None, **fields):
    """A monthly rate in a group of its own; `measured` gives its numbers by period, as text."""
    number = next(_numbers)
    slug = slug or f"mittari-{number}"
    group = group or KpiGroup.objects.create(
        strategy=strategy, name=Words(fi=f"Ryhmä {number}"), position=number
    )
    fields = {
        "kind": Kind.RATE,
        "name": Words(fi=f"Mittari {slug}"),
        "first_month": Month(2021, 1),
        "position": number,
    } | fields
    kpi = Kpi.objects.create(strategy=strategy, group=group, slug=slug, **fields)
    for period, value in (targets or {}).items():
        KpiTarget.objects.create(kpi=kpi, period=periods.parse(period), value=Decimal(str(value)))
    measure(kpi, measured or {})
    return kpi


def measure(kpi, measured, user=None):
    """Keep numbers by period, as text, and compute the KPI's group."""
    rows = [
        Measured(kpi.pk, periods.parse(period), tuple(Decimal(str(n)) for n in numbers))
        for period, numbers in measured.items()
    ]
    record(rows, Origin.FORM, user)
    computing.compute(kpi.group_id)
