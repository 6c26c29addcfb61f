"""An applied import is taken back row for row, or it is said what depends on it."""

import pytest
from django.utils import timezone

from mentors.models import Network
from metrics.models import ActionStatus
from metrics.snapshots import close_quarter, compute
from roadmap.models import (
    Action,
    Change,
    ImportState,
    ProgressEntry,
    RoadmapImport,
    Strategy,
    Theme,
)
from roadmap.quarters import Quarter
from roadmap.reporting import report
from roadmap.workbook.intake import bring_in
from roadmap.workbook.undoing import CannotUndo, undo
from tests.factories import make_action, make_strategy, make_user, propose, workbook
from tests.rows import rows_of_everything

pytestmark = pytest.mark.django_db
NEEDED = ["Tunnus", "Toimenpide", "Vaihe"]
WIDE = [
    *NEEDED,
    *("Kokonaisuus", "Palvelualue", "Digimentori", "Tavoitearvo", "Peruttu alkaen"),
    *("Suunnitelma 2021Q2", "Suunnitelma 2021Q3", "Toteuma 2021Q1", "Kommentti 2021Q1"),
]


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


def bring(strategy, *rows, headers=WIDE, user=None):
    if strategy.pk:
        strategy = Strategy.objects.get(pk=strategy.pk)
    proposal = propose(workbook(headers, *rows), strategy)
    assert [str(fault) for fault in proposal.report.faults] == []
    return bring_in(proposal, RoadmapImport(file_name="tiekartta.xlsx", user=user))


@pytest.fixture
def filled(strategy):
    """A strategy with two actions that have some of everything."""
    theme = Theme.objects.create(strategy=strategy, name="Vanha teema")
    people = [make_user("digimentori", f"{name}@x.fi") for name in "ab"]
    make_action(
        strategy,
        "a",
        theme=theme,
        plan={"2021Q2": 40, "2021Q3": 70},
        entries={"2021Q1": 10},
        people=people,
    )
    make_action(strategy, "b", entries={"2021Q1": 20})
    ProgressEntry.objects.filter(action__code="a").update(
        comment="Vanha", reported_by=people[0], version=3
    )
    return strategy


EVERYTHING = (
    ["a", "Uusi nimi", 2022, "Uusi teema", "Uusi alue", "b@x.fi; c@x.fi", 200, "2022Q3"]
    + [None, 90, 12, "Uusi"],
    ["b", "Toimenpide b", 2021, None, None, None, 100, None, 30, None, None, None],
    ["c", "Kolmas", 2021, "Uusi teema", "Uusi alue", "c@x.fi", 5, None, 1, 2, 1, "Hyvin"],
)


def test_undo_restores_every_row_with_its_key(filled):
    before = rows_of_everything()
    source = bring(filled, *EVERYTHING)
    changed = rows_of_everything()
    assert all(changed[name] != before[name] for name in before if name not in (
        "Phase", "StrategyQuarter"
    ))  # fmt: skip
    undo(source, None)
    assert rows_of_everything() == before


def test_an_undone_import_says_so_in_history(filled, yllapitaja):
    source = bring(filled, *EVERYTHING, user=yllapitaja)
    undo(source, yllapitaja)
    source.refresh_from_db()
    assert (source.state, source.undone_by) == (ImportState.UNDONE, yllapitaja)
    lines = Change.objects.filter(action=None).order_by("pk")
    assert [(line.fields, line.user) for line in lines] == [
        ({"import": [None, "tiekartta.xlsx"]}, yllapitaja),
        ({"import": ["tiekartta.xlsx", None]}, yllapitaja),
    ]
    there, back = Change.objects.filter(action__code="b").order_by("pk")
    assert (there.fields, back.fields) == (
        {"plan:2021Q2": [None, "30"]},
        {"plan:2021Q2": ["30", None]},
    )


def test_undo_puts_the_figures_behind_and_they_come_back(filled):
    compute(filled.pk)
    figures = list(ActionStatus.objects.order_by("pk").values("action", "quarter", "percent"))
    source = bring(filled, *EVERYTHING)
    compute(filled.pk)
    undo(source, None)
    assert Strategy.objects.get().computation.revision != Strategy.objects.get().revision
    compute(filled.pk)
    now = ActionStatus.objects.order_by("action", "quarter").values("action", "quarter", "percent")
    assert sorted(map(str, now)) == sorted(map(str, figures))


def reasons(source):
    before = rows_of_everything()
    with pytest.raises(CannotUndo) as cannot:
        undo(source, None)
    assert rows_of_everything() == before
    return [str(reason) for reason in cannot.value.reasons]


def test_a_report_since_then_is_named_and_nothing_is_undone(filled, digimentori):
    source = bring(filled, ["a", "Uusi", 2021, 7], headers=[*NEEDED, "Toteuma 2021Q2"])
    action = Action.objects.get(code="a")
    report(action, Quarter(2021, 2), 9, "", digimentori, seen_version=1)
    at = timezone.localtime(Change.objects.latest("pk").at)
    assert reasons(source) == [
        f"a, Achieved Q2/2021: changed after the import (Erkki Mentori, "
        f"{at.day}.{at.month}.{at.year} {at:%H.%M})"
    ]


def test_a_report_on_a_new_action_is_named(filled, digimentori):
    source = bring(filled, ["c", "Kolmas", 2021], headers=NEEDED)
    report(Action.objects.get(code="c"), Quarter(2021, 2), 9, "", digimentori, seen_version=0)
    assert [reason.partition(" (")[0] for reason in reasons(source)] == [
        "c, Achieved Q2/2021: changed after the import"
    ]


def test_a_later_import_of_the_same_values_stands_in_the_way_until_it_is_undone(filled):
    first = bring(filled, ["a", "Toinen nimi", 2021], headers=NEEDED)
    second = bring(filled, ["a", "Kolmas nimi", 2021], headers=NEEDED)
    (reason,) = reasons(first)
    assert reason.startswith("a, Action: changed after the import (")
    assert reason.endswith(", tiekartta.xlsx)")
    undo(second, None)
    undo(first, None)
    assert Action.objects.get(code="a").title == "Toimenpide a"


def test_a_later_import_of_other_values_does_not_stand_in_the_way(filled):
    first = bring(filled, ["a", "Toinen nimi", 2021], headers=NEEDED)
    bring(filled, ["b", "Muu nimi", 2021], headers=NEEDED)
    undo(first, None)
    assert dict(Action.objects.values_list("code", "title")) == {
        "a": "Toimenpide a",
        "b": "Muu nimi",
    }


def test_what_others_tied_to_a_new_action_is_named(filled):
    source = bring(filled, ["c", "Kolmas", 2021], headers=NEEDED)
    action = Action.objects.get(code="c")
    network = Network.objects.create(strategy=filled, name="Verkosto")
    network.actions.add(action)
    assert reasons(source) == ["network depends on it: Verkosto"]


def test_a_theme_that_is_used_since_is_named(filled):
    headers = [*NEEDED, "Kokonaisuus"]
    source = bring(filled, ["c", "Kolmas", 2021, "Uusi teema"], headers=headers)
    make_action(filled, "d", theme=Theme.objects.get(name="Uusi teema"))
    assert reasons(source) == ["action depends on it: d Toimenpide d"]


def test_a_person_who_took_the_account_into_use_is_named(filled):
    from django.contrib.auth import get_user_model

    headers = [*NEEDED, "Digimentori"]
    source = bring(filled, ["c", "Kolmas", 2021, "c@x.fi"], headers=headers)
    person = get_user_model().objects.get(email="c@x.fi")
    person.set_password("salasana-1234")
    person.save()
    assert reasons(source) == ["c@x.fi has taken the account into use"]


def test_a_quarter_that_was_closed_since_stands_in_the_way(filled):
    source = bring(filled, ["a", "Uusi", 2021], headers=NEEDED)
    close_quarter(filled, Quarter(2021, 2))
    assert reasons(source) == ["Q2/2021 was closed after the import: reopen it first"]


def test_all_reasons_are_named_at_once(filled, digimentori):
    source = bring(filled, ["a", "Uusi", 2021], ["b", "Muu", 2021], headers=NEEDED)
    Action.objects.update(title="Kolmas")
    close_quarter(filled, Quarter(2021, 2))
    assert len(reasons(source)) == 3


def test_a_new_strategy_is_left_with_nothing_but_itself():
    rows = [["a", "Yksi", 2022, "Teema"], ["b", "Kaksi", 2023, None]]
    source = bring(Strategy(slug="uusi", name="Uusi"), *rows, headers=[*NEEDED, "Kokonaisuus"])
    undo(source, None)
    strategy = Strategy.objects.get(slug="uusi")
    assert (strategy.actions.count(), strategy.phases.count(), strategy.quarters.count()) == (
        *(0, 0, 0),
    )


def test_an_import_that_was_undone_can_come_in_again(filled):
    before = rows_of_everything()
    undo(bring(filled, *EVERYTHING), None)
    second = bring(filled, *EVERYTHING)
    assert Action.objects.get(code="c").title == "Kolmas"
    undo(second, None)
    assert rows_of_everything() == before


def test_strategies_beside_it_are_left_alone(filled):
    other = make_strategy("toinen", opened="2021Q2")
    make_action(other, "a", title="Muualla")
    undo(bring(filled, *EVERYTHING), None)
    assert Action.objects.get(strategy=other).title == "Muualla"
