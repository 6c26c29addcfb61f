"""What stands on an import is named in words before it is undone, each thing by its own."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.utils import timezone, translation

from mentors.models import (
    Comment,
    Communication,
    Deputy,
    Evidence,
    Invitation,
    Mail,
    Mention,
    Network,
    PeopleChange,
    ReportLink,
    User,
)
from metrics.snapshots import close_quarter, compute, open_quarter, reopen_quarter
from roadmap.models import Action, ProgressEntry, RoadmapImport, Strategy, Theme
from roadmap.quarters import Quarter
from roadmap.workbook import undoing
from roadmap.workbook.faults import as_json, from_json
from roadmap.workbook.intake import bring_in
from roadmap.workbook.undoing import CannotUndo, undo
from tests.factories import make_action, make_strategy, make_user, propose, workbook
from tests.rows import rows_of_everything

pytestmark = pytest.mark.django_db
HEADERS = ["Tunnus", "Toimenpide", "Vaihe", "Digimentori", "Kokonaisuus"]
Q1, Q2 = Quarter(2021, 1), Quarter(2021, 2)
NOON = datetime(2021, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


def bring(strategy, *rows, headers=HEADERS):
    if strategy.pk:
        strategy = Strategy.objects.get(pk=strategy.pk)
    proposal = propose(workbook(headers, *rows), strategy)
    assert [str(fault) for fault in proposal.report.faults] == []
    return bring_in(proposal, RoadmapImport(file_name="tiekartta.xlsx"))


@pytest.fixture
def made(strategy):
    """An import that made an action, a person and a theme."""
    make_action(strategy, "a")
    source = bring(strategy, ["c", "Kolmas", 2021, "uusi@x.fi", "Uusi teema"])
    return SimpleNamespace(
        strategy=strategy,
        source=source,
        action=Action.objects.get(code="c"),
        person=User.objects.get(email="uusi@x.fi"),
        theme=Theme.objects.get(),
        opened=strategy.quarters.get(quarter=Q2),
    )


def reasons(source):
    before = rows_of_everything()
    with pytest.raises(CannotUndo) as cannot:
        undo(source, None)
    assert rows_of_everything() == before
    return sorted(set(cannot.value.reasons))


def network(made):
    Network.objects.create(strategy=made.strategy, name="Verkosto").actions.add(made.action)


def led_network(made):
    Network.objects.create(strategy=made.strategy, name="Verkosto").leads.add(made.person)


def comment(made):
    Comment.objects.create(action=made.action, text="Hei kaikki")


def evidence(made):
    Evidence.objects.create(action=made.action, quarter=Q2, title="Kuva", url="https://x.fi")


def communication(made):
    entry = Communication.objects.create(
        strategy=made.strategy, date=date(2021, 5, 1), title="Tietoisku", reached=3
    )
    entry.actions.add(made.action)


def deputy(made):
    other = make_user("digimentori", "s@x.fi", first_name="Sisko", last_name="Sijainen")
    day = date(2021, 5, 1)
    Deputy.objects.create(person=made.person, deputy=other, first_day=day, last_day=day)


def mention(made):
    comment = Comment.objects.create(action=make_action(made.strategy, "b"), text="Hei @{1}")
    Mention.objects.create(comment=comment, person=made.person)


def invitation(made):
    Invitation.objects.create(person=made.person, expires_at=NOON)


def mail(made):
    Mail.objects.create(key="k", kind="invitation", recipient=made.person)


def report_link(made):
    ReportLink.objects.create(person=made.person, strategy_quarter=made.opened, expires_at=NOON)


def history(made):
    PeopleChange.objects.create(person=made.person, at=NOON, fields={"unit": ["", "Y"]})


def other_action(made):
    make_action(made.strategy, "b", people=[made.person])


def theme(made):
    make_action(made.strategy, "b", theme=made.theme)


def signed_in(made):
    User.objects.filter(pk=made.person.pk).update(last_login=NOON)


@pytest.mark.parametrize(
    ("happening", "said"),
    [
        (network, ["network depends on it: Verkosto"]),
        (led_network, ["network depends on it: Verkosto"]),
        (comment, ["comment depends on it: Hei kaikki"]),
        (evidence, ["evidence depends on it: Kuva"]),
        (communication, ["entry of the communication log depends on it: Tietoisku"]),
        (deputy, ["deputy depends on it: Sisko Sijainen (uusi@x.fi)"]),
        (mention, ["mention depends on it: uusi@x.fi: Hei @{1}"]),
        (invitation, ["invitation depends on it: uusi@x.fi, –2021-05-01"]),
        (mail, ["mail depends on it: Invitation, uusi@x.fi"]),
        (report_link, ["report link depends on it: uusi@x.fi, Q2/2021"]),
        (history, ["change in the history of people depends on it: 2021-05-01 12:00: unit"]),
        (other_action, ["uusi@x.fi is responsible for b since the import"]),
        (theme, ["action depends on it: b Toimenpide b"]),
        (signed_in, ["uusi@x.fi has taken the account into use"]),
    ],
)
def test_what_depends_on_an_import_is_named(made, happening, said):
    happening(made)
    assert reasons(made.source) == said


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_reason_is_said_in_the_language_of_whoever_reads_it(made, language):
    network(made)
    with translation.override("en"), pytest.raises(CannotUndo) as cannot:
        undo(made.source, None)
    kept = [as_json(reason) for reason in cannot.value.reasons]
    with translation.override(language):
        expected = undoing.say("%(what)s depends on it: %(name)s", what="network", name="Verkosto")
        word = translation.gettext("network")
        assert [from_json(reason) for reason in kept] == [str(expected).replace("network", word)]


def test_of_ten_thousand_reasons_fifty_are_said(strategy, django_assert_max_num_queries):
    actions = [make_action(strategy, f"n{number:03}") for number in range(120)]
    source = bring(strategy, *([a.code, "Uusi", 2021, None, None] for a in actions))
    Action.objects.update(title="Kolmas")
    with django_assert_max_num_queries(120), pytest.raises(CannotUndo) as cannot:
        undo(source, None)
    assert len(cannot.value.reasons) == undoing.MOST_REASONS


def test_a_person_who_was_there_before_keeps_everything(made):
    """Only what the import itself made goes with it."""
    person = make_user("digimentori", "vanha@x.fi")
    source = bring(made.strategy, ["a", "Toimenpide a", 2021, "vanha@x.fi", None])
    Invitation.objects.create(person=person, expires_at=NOON)
    undo(source, None)
    assert (person.invitations.count(), person.own_actions.count()) == (1, 0)


def test_an_address_changed_since_then_is_no_change_of_who_is_responsible(strategy):
    person = make_user("digimentori", "vanha@x.fi")
    action = make_action(strategy, "a")
    before = rows_of_everything()
    source = bring(strategy, ["a", "Toimenpide a", 2021, "vanha@x.fi", None])
    User.objects.filter(pk=person.pk).update(email="toinen@x.fi")
    undo(source, None)
    assert action.responsible.count() == 0
    User.objects.filter(pk=person.pk).update(email="vanha@x.fi")
    assert rows_of_everything() == before


def test_a_theme_renamed_or_of_two_spellings_comes_back_itself(strategy):
    first = Theme.objects.create(strategy=strategy, name="Vanha  teema")
    Theme.objects.create(strategy=strategy, name="Vanha teema")
    action = make_action(strategy, "a", theme=first)
    source = bring(strategy, ["a", "Toimenpide a", 2021, None, "Uusi"])
    Theme.objects.filter(pk=first.pk).update(name="Vanhin teema")
    undo(source, None)
    action.refresh_from_db()
    assert action.theme == first


def test_the_quarters_of_a_new_strategy_are_not_removed_once_one_was_opened():
    source = bring(Strategy(slug="uusi", name="Uusi"), ["a", "Nimi", 2022, None, None])
    open_quarter(source.strategy, Quarter(2022, 1))
    assert reasons(source) == ["Q1/2022 was changed after the import"]


# --- frozen quarters ------------------------------------------------------------------------------


def test_figures_frozen_before_the_import_are_the_same_after_its_undo(strategy):
    make_action(strategy, "a", entries={"2021Q1": 25})
    strategy.quarters.filter(quarter=Q1).update(state="planned")
    close_quarter(strategy, Q1)
    frozen = list(strategy.statuses.filter(quarter=Q1).order_by("pk").values())
    headers = [*HEADERS[:3], "Toteuma 2021Q1"]
    source = bring(strategy, ["a", "Uusi", 2021, 1], ["c", "Kolmas", 2021, 1], headers=headers)
    compute(strategy.pk)
    undo(source, None)
    compute(strategy.pk)
    assert list(strategy.statuses.filter(quarter=Q1).order_by("pk").values()) == frozen
    assert ProgressEntry.objects.get().value == 25


def test_a_quarter_closed_and_opened_again_since_does_not_stand_in_the_way(made, browse):
    close_quarter(made.strategy, Q2)
    assert "Q2/2021 was closed after the import: reopen it first" in reasons(made.source)
    reopen_quarter(made.strategy, Q2, "Tuonti oli väärä")
    before = timezone.now()
    undo(made.source, None)
    compute(made.strategy.pk)
    assert made.strategy.statuses.filter(quarter=Q2).count() == 1
    # The figures of then, with those of the action that is gone, are still told.
    client = browse(make_user("ylläpitäjä"))
    assert client.get("/strategies/strategia/").status_code == 200
    assert made.strategy.changes.filter(at__gte=before).count() == 1


def test_an_import_into_another_strategy_stands_in_no_way(made):
    other = make_strategy("toinen", opened="2021Q2")
    bring(other, ["c", "Muualla", 2021, None, None])
    close_quarter(other, Q2)
    undo(made.source, None)
    assert list(Action.objects.values_list("code", "strategy__slug")) == [
        ("a", "strategia"),
        ("c", "toinen"),
    ]
