"""The demonstration strategy: Digistrategia 2021–2023; actions, people and figures are invented."""

import csv
import json
from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from mentors import comments
from mentors.mentions import Directory
from mentors.mentions import read as read_mentions
from mentors.models import Communication, Deputy, Network
from metrics.kpis import computing, defaults, measuring
from metrics.kpis.measuring import Measured
from metrics.kpis.periods import Month
from metrics.models import Kpi, Measurement, Origin
from metrics.snapshots import close_quarter, compute, open_quarter
from roadmap import page_files
from roadmap.fields import Words
from roadmap.models import Phase, RoadmapImport, Strategy
from roadmap.quarters import Quarter
from roadmap.workbook.intake import bring_in, proposal_for

FIXTURES = settings.BASE_DIR / "fixtures"
WORKBOOK = FIXTURES / "tiekartta-2021-2023.xlsx"
MEASUREMENTS = FIXTURES / "mittaukset-2021-2022.csv"
PAGES = FIXTURES / "pages"
PASSWORD = "digistrategia-demo"  # noqa: S105 - said to everybody who starts the demonstration
SIGN_INS = ("aino.makela@esimerkki.fi", "hanna.korhonen@esimerkki.fi", "tiina.rantala@esimerkki.fi")


class InUse(Exception):
    """The database has people of its own: accounts with a published password must not join them."""


@transaction.atomic
def load() -> Strategy:
    """Load the demonstration, unless it is there already. `InUse` for a database in use."""
    about = json.loads((FIXTURES / "digistrategia-2021-2023.json").read_text(encoding="utf-8"))
    found = Strategy.objects.filter(slug=about["slug"]).first()
    if found:
        return found
    signing_in = get_user_model().objects.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    if signing_in.exists():
        raise InUse("The database is in use: the demonstration is loaded into an empty one only.")
    people = _make_people(about["people"])
    strategy = Strategy(
        slug=about["slug"],
        name=about["name"],
        vision=Words(about["vision"]),
        is_example=True,
    )
    proposal = proposal_for(WORKBOOK, strategy)
    if proposal.report.faults:
        raise ValueError("\n".join(map(str, proposal.report.faults)))
    bring_in(proposal, RoadmapImport(file_name=WORKBOOK.name, user=people["ylläpitäjä"]))
    for phase in about["phases"]:
        Phase.objects.filter(strategy=strategy, year=phase["year"]).update(
            title=Words(phase["title"]),
            goals=Words({code: "\n".join(goals) for code, goals in phase["goals"].items()}),
        )
    compute(strategy.pk)
    for quarter in Quarter.span(Quarter(2021, 1), Quarter.parse(about["closed_until"])):
        close_quarter(strategy, quarter, people["ylläpitäjä"])
    opened = Quarter.parse(about["open"])
    deadline = date.fromisoformat(about["deadline"])
    open_quarter(strategy, opened, deadline, people["ylläpitäjä"])
    # As if in its time: nobody is told today that a quarter of 2022 has been opened.
    opened_at = timezone.make_aware(datetime.fromisoformat(about["opened_at"]))
    strategy.quarters.filter(quarter=opened).update(opened_at=opened_at)
    compute(strategy.pk)
    _fill_mentors(strategy, about)
    _fill_kpis(strategy, people)
    written_at = timezone.make_aware(datetime.fromisoformat(about["pages_at"]))
    page_files.load(strategy, PAGES, about["pages"], people["ylläpitäjä"], written_at)
    return strategy


def _fill_kpis(strategy: Strategy, people: dict) -> None:
    """The nine KPIs, with invented measurements of January 2021 to July 2022, some of August."""
    kpis = {kpi.slug: kpi for kpi in defaults.add_nine(strategy, people["ylläpitäjä"])}
    mentor = get_user_model().objects.get(email=SIGN_INS[1])
    strategy.kpis.filter(kind="nps").update(owner=mentor)
    strategy.kpis.exclude(kind="nps").update(owner=people["ylläpitäjä"])
    with MEASUREMENTS.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter=";"))[1:]
    wanted = [_measured(kpis[slug], *rest) for slug, *rest in rows]
    # As it came first; it was mended a month later.
    slip = Measured(kpis["loydettavyys"].pk, Month(2021, 10), (Decimal(391), Decimal(512)))
    measuring.record([slip], Origin.FORM, people["ylläpitäjä"])
    measuring.record(wanted, Origin.IMPORT, people["ylläpitäjä"])
    for row in Measurement.objects.filter(kpi__strategy=strategy):
        # As if in its time: measured on the 9th of the month after.
        after = Month.from_ordinal(row.period.ordinal + row.version).first_day.replace(day=9)
        row.at = timezone.make_aware(datetime(after.year, after.month, 9, 7, 15))
        row.save(update_fields=["at"])
    for group in strategy.kpi_groups.all():
        computing.compute(group.pk)


def _measured(kpi: Kpi, period: str, *cells: str) -> Measured:
    *numbers, comment = cells
    numbers = tuple(Decimal(number) for number in numbers if number)
    return Measured(kpi.pk, Month.parse(period), numbers, comment)


def _fill_mentors(strategy: Strategy, about: dict) -> None:
    """Networks with what they carry, deputies, and the log of communication."""
    people = {user.email: user for user in get_user_model().objects.all()}
    areas = {area.name: area for area in strategy.service_areas.all()}
    for row in about["networks"]:
        network = Network.objects.create(
            strategy=strategy, name=row["name"], service_area=areas[row["area"]]
        )
        network.leads.set(people[email] for email in row["leads"])
        network.members.set(people[email] for email in row["members"])
        carried = strategy.actions.filter(service_area=network.service_area)
        if row["own_only"]:
            carried = carried.filter(responsible__in=network.leads.all())
        network.actions.set(carried)
    networks = {network.name: network for network in strategy.networks.all()}
    for row in about["communications"]:
        Communication.objects.create(
            strategy=strategy,
            network=networks.get(row["network"]),
            entered_by=people[row["by"]],
            **{name: row[name] for name in ("date", "kind", "audience", "title", "reached")},
        )
    directory = Directory(comments.mentionable())
    for row in about["comments"]:
        action = strategy.actions.get(code=row["action"])
        comments.add(action, people[row["by"]], read_mentions(row["text"], directory), uuid4())
    for row in about["deputies"]:
        days = {name: row[name] for name in ("first_day", "last_day")}
        Deputy.objects.create(person=people[row["person"]], deputy=people[row["deputy"]], **days)


def _make_people(people: list[dict]) -> dict:
    """Makes the users; the last one of each role by the role's name."""
    found = {}
    password = make_password(PASSWORD)  # once: a good hash takes its time
    for person in people:
        role = person.pop("role")
        email = person.pop("email")
        fields = person | {"password": password}
        user, _made = get_user_model().objects.update_or_create(email=email, defaults=fields)
        user.groups.add(Group.objects.get_or_create(name=role)[0])
        found[role] = user
    return found
