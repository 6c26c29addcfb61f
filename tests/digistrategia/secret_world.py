"""A world in which one secret stands wherever it could leak; the keys of its pages; who asks."""

import uuid
from datetime import timedelta
from functools import cache

from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from mentors.models import Comment, Communication, Deputy, Evidence, Mail, Network, ReportLink
from metrics.models import KpiGroup, Measurement, MeasurementToken
from metrics.snapshots import compute
from roadmap.fields import Words
from roadmap.models import ImportState, Strategy
from tests.factories import make_action, make_kpi, make_page, make_strategy, make_user, workbook
from tests.imports import make_import
from tests.kpi_imports import make_measurement_import, measurements

DAY = timedelta(days=1)
SECRET = "Salainen toimenpide"
SLUG = {"slug": "strategia"}
APPLIED, READ, CHECKED = ({**SLUG, "pk": uuid.UUID(int=number)} for number in (7, 10, 11))
PART = {**READ, "number": 1}
KPIS_APPLIED, KPIS_CHECKED = ({**SLUG, "pk": uuid.UUID(int=number)} for number in (12, 13))
QUARTER = {**SLUG, "quarter": "2021Q2"}
CODE = {**SLUG, "code": "21-001"}
PAGE, REMOVED = {**SLUG, "page": "sivu"}, {**SLUG, "page": "poistettu"}
VERSION = {**PAGE, "language": "fi", "number": 1}
EVIDENCE = {"pk": uuid.UUID(int=9)}
# Keys that no sequence reaches: PostgreSQL's go on from test to test, and rows without a fixed key
# are made beside these.
PERSON, COMMENT, DEPUTY, LINK, MAIL = ({"pk": 1_000_000 + number} for number in range(1, 6))
NETWORK, ENTRY = ({**SLUG, "pk": 1_000_000 + number} for number in (6, 7))
KPI = {**SLUG, "kpi": "salainen"}
UNMEASURED = {**SLUG, "kpi": "ilman"}
MEASURED = {**KPI, "period": "2021-01"}
GROUP, EMPTY, TOKEN = ({**SLUG, "pk": 1_000_000 + number} for number in (8, 9, 10))
NO_MEASUREMENTS = measurements()
ROLES = (None, "", "johto", "digimentori", "ylläpitäjä")


def make_secret_world():
    """A strategy with something at each of those keys, whose every text is the secret."""
    strategy = make_strategy(opened="2021Q2")
    action = make_action(strategy, "21-001", title=SECRET, entries={"2021Q1": 5})
    Comment.objects.create(**COMMENT, action=action, text=SECRET)
    evidence = Evidence(**EVIDENCE, action=action, quarter="2021Q2", title=f"{SECRET}.txt")
    evidence.file.save("", ContentFile(SECRET.encode()))
    make_user("digimentori", **PERSON, last_name=SECRET)
    for import_kwargs, state in (
        (APPLIED, ImportState.APPLIED),
        (READ, ImportState.READ),
        (CHECKED, ImportState.CHECKED),
    ):
        file_name, pk = f"{SECRET}.xlsx", import_kwargs["pk"]
        make_import(strategy, state, a_workbook(), pk=pk, file_name=file_name, title=SECRET)
    make_page(strategy, "sivu", fi=(SECRET, SECRET, SECRET))
    make_page(strategy, "toinen-sivu", fi=(SECRET,))
    make_page(strategy, "poistettu", removed_at=timezone.now(), fi=(SECRET,))
    network = Network.objects.create(pk=NETWORK["pk"], strategy=strategy, name=SECRET)
    network.actions.set(strategy.actions.all())
    event = {"date": "2021-01-05", "kind": "info", "audience": "clients", "reached": 3}
    Communication.objects.create(pk=ENTRY["pk"], strategy=strategy, title=SECRET, **event)
    mentors = [make_user("digimentori", last_name=SECRET) for _time in range(2)]
    mentors[0].own_actions.set(strategy.actions.all())
    today = timezone.localdate()
    Deputy.objects.create(
        **DEPUTY, person=mentors[0], deputy=mentors[1], first_day=today, last_day=today
    )
    groups = [
        KpiGroup.objects.create(pk=pk, strategy=strategy, name=Words(fi=SECRET), position=place)
        for place, pk in enumerate((GROUP["pk"], EMPTY["pk"]), 1)
    ]
    fields = {"name": Words(fi=SECRET), "owner": mentors[0], "measured": {"2021-01": (3, 4)}}
    kpi = make_kpi(strategy, KPI["kpi"], groups[0], **fields)
    make_kpi(strategy, UNMEASURED["kpi"], groups[0], name=Words(fi=SECRET))
    Measurement.objects.update(comment=SECRET)
    for import_kwargs, state in (
        (KPIS_APPLIED, ImportState.APPLIED),
        (KPIS_CHECKED, ImportState.CHECKED),
    ):
        about = {"pk": import_kwargs["pk"], "file_name": f"{SECRET}.xlsx", "title": SECRET}
        make_measurement_import(kpi, state, NO_MEASUREMENTS, **about)
    token = {"digest": "x", "hint": "x", "name": SECRET}
    MeasurementToken.objects.create(pk=TOKEN["pk"], strategy=strategy, **token).kpis.add(kpi)
    Strategy.objects.update(report_links=True)
    opened = strategy.quarters.get(state="open")
    ReportLink.objects.create(
        **LINK, person=mentors[0], strategy_quarter=opened, expires_at=timezone.now() + DAY
    )
    Mail.objects.create(
        **MAIL,
        key="x",
        kind="reminder",
        recipient=mentors[0],
        given_up_at=timezone.now(),
        error="x",
    )
    name = {"name": Words(fi=SECRET), "source": Words(fi=SECRET), "unit": Words(fi=SECRET)}
    make_kpi(strategy, "mittari", kind="value", measured={"2021-01": (5,)}, **name)
    compute(strategy.pk)


def signed_in(role):
    """A client of a person of that role; None is a visitor, "" somebody without a role."""
    client = Client()
    if role is not None:
        client.force_login(make_user(role or None, last_name="Oma"))
    return client


@cache
def a_workbook():
    return workbook(["Tunnus", "Toimenpide", "Vaihe"], ["21-001", "Uusi", 2021]).getvalue()
