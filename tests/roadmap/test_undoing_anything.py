"""Whatever was there, whatever came in and whatever happened since: undo restores, or says no."""

from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentors import hand_over
from mentors.models import Comment, Communication, Deputy, Evidence, Network, User
from metrics.snapshots import close_quarter, open_quarter
from roadmap import record
from roadmap.fields import Words
from roadmap.models import (
    Action,
    Change,
    ImportStep,
    Phase,
    RoadmapImport,
    ServiceArea,
    Strategy,
    Theme,
)
from roadmap.quarters import Quarter
from roadmap.reporting import report
from roadmap.workbook.intake import bring_in
from roadmap.workbook.undoing import CannotUndo, undo
from tests.factories import make_action, make_strategy, make_user, propose, workbook
from tests.rows import rows_of

pytestmark = pytest.mark.django_db
FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
CODES, PEOPLE = "abcdef", ["a@x.fi", "b@x.fi", "uusi@x.fi"]
# Two of the themes are one name in the spelling of workbooks.
THEMES, AREAS = ["Teema", "Toinen  teema", "Toinen teema", "Uusi"], ["Alue", "Uusi"]
Q1, Q2 = Quarter(2021, 1), Quarter(2021, 2)
UNDONE = (Change, RoadmapImport, ImportStep, Strategy)  # history, the import itself, the revision


def every_row(*but) -> dict:
    """The rows of all tables of ours, with their keys, but of some models."""
    apps_of_ours = [apps.get_app_config(name) for name in ("roadmap", "mentors", "metrics")]
    models = [m for app in apps_of_ours for m in app.get_models(include_auto_created=True)]
    return rows_of(*(model for model in models if model not in but))


@contextmanager
def nothing_kept():
    """Each example begins with an empty database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- what there is, what comes, what happens ------------------------------------------------------

maybe = lambda values: st.sampled_from([None, *values])  # noqa: E731
titles = st.sampled_from(["Nimi", "Toinen  nimi", "Kolmas\tnimi", "nimi"])
there = st.fixed_dictionaries(
    {
        "title": titles,
        "theme": maybe(THEMES[:3]),
        "service_area": maybe(AREAS[:1]),
        "unit": st.sampled_from(["", "kpl", "% "]),
        "target": st.sampled_from([100, 200]),
        "weight": st.sampled_from([1, 2]),
        "cancelled_from": maybe(["2022Q1"]),
        "people": st.sets(st.sampled_from(PEOPLE[:2])),
        "plan": st.dictionaries(st.sampled_from(["2021Q2", "2021Q3"]), st.just(30)),
        "entries": st.dictionaries(st.sampled_from(["2021Q1", "2021Q2"]), st.sampled_from([5, 7])),
        "version": st.integers(1, 3),
    }
)
# By header; a workbook has some of them.
columns = {
    "Kokonaisuus": maybe(["Teema", "Toinen teema", "Uusi"]),
    "Palvelualue": maybe(AREAS),
    "Digimentori": maybe(["a@x.fi", "b@x.fi; uusi@x.fi", "uusi@x.fi"]),
    "Yksikkö": maybe(["kpl", "%"]),
    "Tavoitearvo": st.sampled_from([100, 200]),
    "Paino": st.sampled_from([1, 2, 3]),
    "Peruttu alkaen": maybe(["2022Q2", "2022Q1"]),
    "Suunnitelma 2021Q2": maybe([10, 30]),
    "Suunnitelma 2021Q4": st.none(),
    "Toteuma 2021Q1": maybe([5, 9]),
    "Toteuma 2021Q2": st.sampled_from([1, 7]),
    "Kommentti 2021Q2": maybe(["Hyvin", "Huonosti"]),
}


@st.composite
def workbooks(draw):
    headers = draw(st.lists(st.sampled_from(list(columns)), unique=True))
    if "Kommentti 2021Q2" in headers and "Toteuma 2021Q2" not in headers:
        headers.append("Toteuma 2021Q2")
    codes = draw(st.lists(st.sampled_from(CODES), unique=True, min_size=1))
    rows = [
        [code, draw(titles), draw(st.sampled_from([2021, 2022]))]
        + [draw(columns[header]) for header in headers]
        for code in codes
    ]
    return ["Tunnus", "Toimenpide", "Vaihe", *headers], rows


def make_world(actions: dict) -> Strategy:
    strategy = make_strategy(opened="2021Q2", closed=("2021Q1",))
    people = {email: make_user("digimentori", email) for email in PEOPLE[:2]}
    themes = {n: Theme.objects.create(strategy=strategy, name=n) for n in THEMES[:3]}
    areas = {n: ServiceArea.objects.create(strategy=strategy, name=n) for n in AREAS[:1]}
    for code, values in actions.items():
        values = dict(values)
        version = values.pop("version")
        values["people"] = [people[email] for email in sorted(values["people"])]
        values["theme"] = themes.get(values["theme"])
        values["service_area"] = areas.get(values["service_area"])
        action = make_action(strategy, code, **values)
        action.entries.update(
            version=version, comment="Vanha\r\nrivi", reported_by=people[PEOPLE[0]]
        )
    return strategy


def bring(strategy: Strategy, book) -> RoadmapImport | None:
    headers, rows = book
    proposal = propose(workbook(headers, *rows), Strategy.objects.get(pk=strategy.pk))
    if proposal.report.fault_count:
        return None
    return bring_in(proposal, RoadmapImport(file_name="tiekartta.xlsx"))


@given(st.dictionaries(st.sampled_from(CODES[:4]), there), workbooks())
@FEW
def test_undo_restores_every_row_of_every_table(actions, book):
    with nothing_kept():
        strategy = make_world(actions)
        before = every_row(*UNDONE)
        source = bring(strategy, book)
        if source:
            undo(source, None)
            assert every_row(*UNDONE) == before


# --- with something in between ----------------------------------------------------------------


def reports(strategy, action):
    entry = action.entries.filter(quarter=Q2).first()
    report(action, Q2, Decimal(77), "Juuri nyt", None, entry.version if entry else 0)
    return lambda: list(Action.objects.filter(entries__value=77).values_list("code", flat=True))


def joins_a_network(strategy, action):
    network = Network.objects.create(strategy=strategy, name="Verkosto")
    network.actions.add(action)
    return lambda: list(network.actions.values_list("code", flat=True))


def is_commented_on(strategy, action):
    Comment.objects.create(action=action, text="Hei")
    return lambda: list(Comment.objects.values_list("action__code", flat=True))


def has_evidence(strategy, action):
    Evidence.objects.create(action=action, quarter=Q2, title="Kuva", url="https://example.org")
    return lambda: list(Evidence.objects.values_list("action__code", flat=True))


def is_talked_about(strategy, action):
    entry = Communication.objects.create(
        strategy=strategy, date=date(2021, 5, 1), title="Tietoisku", reached=3
    )
    entry.actions.add(action)
    return lambda: list(entry.actions.values_list("code", flat=True))


def somebody_stands_in(strategy, action):
    person = User.objects.order_by("-pk").first()
    day = date(2021, 5, 1)
    other = make_user("digimentori", "sijainen@x.fi")
    Deputy.objects.create(person=person, deputy=other, first_day=day, last_day=day)
    return lambda: list(Deputy.objects.values_list("person__email", "deputy__email"))


def somebody_hands_over(strategy, action):
    giver, receiver = User.objects.order_by("-pk")[:2]
    seen = hand_over.load(giver, receiver, strategy).key
    hand_over.carry_out(giver, receiver, strategy, seen, None)
    return lambda: giver.own_actions.exists()


def a_new_person_takes_another_action(strategy, action):
    person = User.objects.order_by("-pk").first()
    other = make_action(strategy, "z", people=[person])
    return lambda: list(other.responsible.values_list("email", flat=True))


def another_action_takes_a_new_theme(strategy, action):
    theme = Theme.objects.order_by("-pk").first()
    other = make_action(strategy, "z", theme=theme)
    return lambda: Action.objects.get(pk=other.pk).theme.name


def a_quarter_is_closed(strategy, action):
    close_quarter(strategy, Q2)
    return lambda: strategy.quarters.get(quarter=Q2).state


def the_next_quarter_is_opened(strategy, action):
    close_quarter(strategy, Q2)
    open_quarter(strategy, Quarter(2021, 3))
    return lambda: strategy.quarters.get(quarter=Quarter(2021, 3)).state


def somebody_signs_in(strategy, action):
    person = User.objects.order_by("-pk").first()
    User.objects.filter(pk=person.pk).update(last_login=timezone.now())
    return lambda: User.objects.filter(pk=person.pk).exists()


HAPPENINGS = [
    reports,
    joins_a_network,
    is_commented_on,
    has_evidence,
    is_talked_about,
    somebody_stands_in,
    somebody_hands_over,
    a_new_person_takes_another_action,
    another_action_takes_a_new_theme,
    a_quarter_is_closed,
    the_next_quarter_is_opened,
    somebody_signs_in,
]


@given(
    st.dictionaries(st.sampled_from(CODES[:4]), there),
    workbooks(),
    st.sampled_from(HAPPENINGS),
    st.sampled_from(CODES),
)
@FEW
def test_what_happened_since_survives_the_undo_or_is_named_and_nothing_is_undone(
    actions, book, happening, code
):
    with nothing_kept():
        strategy = make_world(actions)
        source = bring(strategy, book)
        action = Action.objects.filter(code__gte=code).first() or Action.objects.first()
        if source and action:
            what_is = happening(strategy, action)
            is_kept_by(source, what_is)


def is_kept_by(source, what_is):
    happened, rows = what_is(), every_row()
    try:
        with transaction.atomic():
            undo(source, None)
    except CannotUndo as cannot:
        assert cannot.reasons
        assert every_row() == rows
    else:
        assert what_is() == happened


@given(st.dictionaries(st.sampled_from(CODES[:4]), there), workbooks(), workbooks())
@FEW
def test_a_later_import_survives_the_undo_or_is_named_and_nothing_is_undone(actions, book, later):
    with nothing_kept():
        strategy = make_world(actions)
        first = bring(strategy, book)
        second = bring(strategy, later)
        if first and second:
            wanted = {step.code: step.fields for step in second.steps.all()}

            def what_is():
                now = record.records(strategy)
                return {
                    code: {key: record.text(now.get(code, {}).get(key)) for key in fields}
                    for code, fields in wanted.items()
                }

            is_kept_by(first, what_is)


@given(st.dictionaries(st.sampled_from(CODES[:4]), there), workbooks(), workbooks())
@FEW
def test_two_imports_undone_in_turn_leave_every_row_as_it_was(actions, book, later):
    with nothing_kept():
        strategy = make_world(actions)
        before = every_row(*UNDONE)
        for source in [bring(strategy, book), bring(strategy, later)][::-1]:
            if source:
                undo(source, None)
        assert every_row(*UNDONE) == before


def test_a_new_strategy_whose_phases_were_filled_in_since_is_not_taken_back():
    book = (["Tunnus", "Toimenpide", "Vaihe"], [["a", "Nimi", 2021]])
    source = bring_in(
        propose(workbook(book[0], *book[1]), Strategy(slug="uusi", name="Uusi")),
        RoadmapImport(file_name="tiekartta.xlsx"),
    )
    Phase.objects.update(title=Words(fi="Vuosi yksi"))
    open_quarter(source.strategy, Q1)
    with pytest.raises(CannotUndo) as cannot:
        undo(source, None)
    assert len(cannot.value.reasons) == 2
