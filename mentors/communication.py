"""The communication log: entries with their history, what a filter finds, and its totals."""

import uuid
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import ExtractQuarter, ExtractYear
from openpyxl import Workbook

from mentors.models import Communication, Network, PeopleChange
from roadmap.access import read_key
from roadmap.formats import collation
from roadmap.history import Overtaken
from roadmap.models import Action, Strategy
from roadmap.quarters import Quarter
from roadmap.record import differences
from roadmap.workbook.writing import cell

PAGE = 50
MOST_CODES = 300


@dataclass(frozen=True)
class Filters:
    """What the address asks for; what it asks for that cannot be is left out."""

    quarter: Quarter | None = None
    network: int | None = None
    audience: str = ""
    kind: str = ""

    @classmethod
    def read(cls, query) -> "Filters":
        def one_of(name, values):
            return query.get(name) if query.get(name) in values else ""

        return cls(
            quarter=_quarter(query.get("quarter", "")),
            network=read_key(query.get("network")),
            audience=one_of("audience", Communication.Audience.values),
            kind=one_of("kind", Communication.Kind.values),
        )

    @property
    def is_narrowed(self) -> bool:
        return self != Filters()

    def apply(self, entries: QuerySet) -> QuerySet:
        if self.quarter:
            days = (self.quarter.first_day, self.quarter.last_day)
            entries = entries.filter(date__range=days)
        for name in ("network", "audience", "kind"):
            if value := getattr(self, name):
                entries = entries.filter(**{name: value})
        return entries


def _quarter(text: str) -> Quarter | None:
    try:
        quarter = Quarter.parse(text)
    except ValueError:
        return None
    return quarter if 1 <= quarter.year < 9999 else None


@dataclass
class Total:
    """Events, and the people that they reached."""

    name: str
    events: int = 0
    reached: int = 0

    def add(self, events: int, reached: int) -> None:
        self.events += events
        self.reached += reached


@dataclass
class Totals:
    """What the filters find in all, and by quarter, network and audience."""

    all: Total = field(default_factory=lambda: Total(""))
    by_quarter: list[Total] = field(default_factory=list)
    by_network: list[Total] = field(default_factory=list)
    by_audience: list[Total] = field(default_factory=list)
    quarters: list[Quarter] = field(default_factory=list)  # of the whole log, newest first


def totals(strategy: Strategy, filters: Filters, networks: dict[int, str]) -> Totals:
    """Totals of the log, in one query; `networks` gives names by key.

    By network, what belongs to none comes last, with an empty name.
    """
    found, quarters = Totals(), set()
    kinds = {"by_quarter": {}, "by_network": {}, "by_audience": {}}
    for row in _grouped(Communication.objects.filter(strategy=strategy)):
        quarter = Quarter(row["year"], row["number"])
        quarters.add(quarter)
        if not _fits(filters, quarter, row):
            continue
        counted = (row["events"], row["people"])
        found.all.add(*counted)
        keys = zip(kinds, (quarter, row["network"], row["audience"]), strict=True)
        for kind, key in keys:
            kinds[kind].setdefault(key, Total(_name(key, networks))).add(*counted)
    order = list(Communication.Audience.values)
    found.quarters = sorted(quarters, reverse=True)
    found.by_quarter = [kinds["by_quarter"][key] for key in sorted(kinds["by_quarter"])][::-1]
    found.by_network = sorted(
        kinds["by_network"].values(), key=lambda total: (not total.name, collation(total.name))
    )
    found.by_audience = [
        kinds["by_audience"][key] for key in sorted(kinds["by_audience"], key=order.index)
    ]
    return found


def _grouped(entries: QuerySet) -> QuerySet:
    return (
        entries.order_by()
        .annotate(year=ExtractYear("date"), number=ExtractQuarter("date"))
        .values("year", "number", "network", "audience", "kind")
        .annotate(events=Count("pk"), people=Sum("reached"))
    )


def _fits(filters: Filters, quarter: Quarter, row: dict) -> bool:
    return (
        filters.quarter in (None, quarter)
        and filters.network in (None, row["network"])
        and filters.audience in ("", row["audience"])
        and filters.kind in ("", row["kind"])
    )


def _name(key, networks: dict[int, str]) -> str:
    if isinstance(key, Quarter):
        return key.label
    if isinstance(key, str):
        return str(Communication.Audience(key).label)
    return networks.get(key, "")


def totals_of_network(network: Network) -> Totals:
    """The totals of one network's events; one query."""
    return totals(network.strategy, Filters(network=network.pk), {network.pk: network.name})


def entries(strategy: Strategy, filters: Filters) -> QuerySet:
    """The entries that the filters find, the newest first, with what a list shows of them."""
    found = Communication.objects.filter(strategy=strategy)
    return filters.apply(found).select_related("network", "entered_by").prefetch_related("actions")


def networks_to_choose(strategy: Strategy, user) -> list[Network]:
    """The networks of the strategy, each with `is_own`: the person leads it or belongs to it."""
    leads = Network.leads.through.objects.filter(network=OuterRef("pk"), user=user)
    members = Network.members.through.objects.filter(network=OuterRef("pk"), user=user)
    found = strategy.networks.annotate(
        is_own=Exists(leads) | Exists(members), leads_it=Exists(leads)
    )
    return sorted(found, key=lambda network: collation(network.name))


def own_network(networks: list[Network]) -> Network | None:
    """The network that an entry most likely belongs to: one's own, rather one that one leads."""
    own = sorted((n for n in networks if n.is_own), key=lambda network: not network.leads_it)
    return own[0] if own else None


def suggested_actions(strategy: Strategy, user) -> list[tuple[str, str]]:
    """Codes and titles of the actions that the person has to do with; a bounded number."""
    responsible = Action.responsible.through.objects.filter(action=OuterRef("pk"), user=user)
    carried = Network.actions.through.objects.filter(
        Q(network__leads=user) | Q(network__members=user), action=OuterRef("pk")
    )
    found = Action.objects.filter(Exists(responsible) | Exists(carried), strategy=strategy)
    return list(found.order_by("code").values_list("code", "title")[:MOST_CODES])


# --- entering ---------------------------------------------------------------------------------


FIELDS = ("date", "kind", "audience", "title", "reached", "network")


def as_record(wanted: dict) -> dict:
    """An entry as history keeps it."""
    record = {name: wanted[name] for name in FIELDS}
    record["reached"] = str(wanted["reached"])
    record["network"] = wanted["network"] and wanted["network"].name
    return record | {"actions": tuple(sorted(action.code for action in wanted["actions"]))}


def record_of(entry: Communication) -> dict:
    wanted = {name: getattr(entry, name) for name in FIELDS}
    return as_record(wanted | {"actions": entry.actions.all()})


@transaction.atomic
def add(strategy: Strategy, wanted: dict, token: uuid.UUID, user) -> Communication:
    """Keep a new entry with its history. The same form sent twice is kept once."""
    fields = {name: wanted[name] for name in FIELDS}
    fields |= {"strategy": strategy, "entered_by": user}
    entry, is_new = Communication.objects.get_or_create(token=token, defaults=fields)
    after = as_record(wanted)
    if not is_new:
        if entry.entered_by_id == user.pk and record_of(entry) == after:
            return entry
        # Another event from a form that the browser kept: it is no less an event.
        entry = Communication.objects.create(**fields)
    entry.actions.set(wanted["actions"])
    changed = differences({}, after)
    PeopleChange.objects.create(communication=entry, user=user, fields=changed)
    return entry


@transaction.atomic
def save(entry: Communication, wanted: dict, seen: int, user) -> None:
    """Change an entry to what is wanted. Raises `Overtaken` where it is not what was seen."""
    now = Communication.objects.select_for_update().get(pk=entry.pk)
    changed = differences(record_of(now), as_record(wanted))
    if not changed:
        return
    if now.version != seen:
        raise Overtaken(now)
    for name in FIELDS:
        setattr(now, name, wanted[name])
    now.version += 1
    now.save()
    now.actions.set(wanted["actions"])
    PeopleChange.objects.create(communication=now, user=user, fields=changed)


@transaction.atomic
def remove(entry: Communication, seen: int, user) -> None:
    """Remove an entry and keep what it was in the history. Raises `Overtaken`."""
    now = Communication.objects.select_for_update().filter(pk=entry.pk).first()
    if now is None:  # by the same form, sent twice
        return
    if now.version != seen:
        raise Overtaken(now)
    before = {"entry_removed": now.title} | record_of(now) | {"title": ""}
    # Of no entry, because its own history goes with it.
    PeopleChange.objects.create(user=user, fields=differences(before, {}))
    now.delete()


# --- Excel ------------------------------------------------------------------------------------


def write(found: QuerySet, headings: list[str], sheet_name: str, file) -> None:
    """Write entries into `file` (a path or a binary file) as a workbook.

    The headings stand for: date, kind, audience, what was done, number reached, network, actions,
    entered by.
    """
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(sheet_name)
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEFGH", (12, 18, 18, 50, 12, 30, 25, 25), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([cell(sheet, heading, bold=True) for heading in headings])
    for entry in found.iterator(chunk_size=2000):
        person = entry.entered_by
        values = (
            entry.date,
            str(entry.get_kind_display()),
            str(entry.get_audience_display()),
            entry.title,
            entry.reached,
            entry.network.name if entry.network else "",
            "; ".join(action.code for action in entry.actions.all()),
            str(person.sorted_name) if person else "",
        )
        sheet.append([cell(sheet, value) for value in values])
    workbook.save(file)
