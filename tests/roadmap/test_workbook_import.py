"""From the cells to the database and back: checking, applying and writing together."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from mentors.models import User
from roadmap import record
from roadmap.models import Action, Change, ProgressEntry, RoadmapImport, Strategy
from roadmap.quarters import Quarter
from roadmap.workbook.applying import ProposalOvertaken
from roadmap.workbook.intake import bring_in as apply
from roadmap.workbook.writing import write
from tests.factories import make_action, make_strategy, make_user, propose, workbook

NEEDED = ["Tunnus", "Toimenpide", "Vaihe"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


def bring_in(strategy, file, user=None):
    proposal = propose(file, strategy)
    assert [str(fault) for fault in proposal.report.faults] == []
    apply(proposal, RoadmapImport(file_name="tiekartta.xlsx", user=user))
    return proposal


def faults_of(file, strategy):
    proposal = propose(file, strategy)
    return [(f.place, f.found, f.expected) for f in proposal.report.faults]


def new_strategy():
    return Strategy(slug="uusi", name="Uusi")


# --- a new strategy ---------------------------------------------------------------------------


def test_a_new_strategy_gets_its_phases_and_whole_years_of_quarters_from_the_workbook():
    file = workbook([*NEEDED, "Toteuma 2023Q1"], ["a", "Yksi", 2021, 5], ["b", "Kaksi", 2022, None])
    proposal = bring_in(new_strategy(), file)
    strategy = Strategy.objects.get(slug="uusi")
    assert [phase.year for phase in strategy.phases.all()] == [2021, 2022]
    quarters = [str(q.quarter) for q in strategy.quarters.all()]
    assert (quarters[0], quarters[-1], len(quarters)) == ("2021Q1", "2023Q4", 12)
    assert proposal.counts["new"] == 2


def test_what_is_empty_takes_its_default_and_each_default_is_counted():
    file = workbook([*NEEDED, "Lähtöarvo", "Paino"], ["a", "Yksi", 2022, None, 3], ["b", "K", 2022])
    proposal = bring_in(new_strategy(), file)
    action = Action.objects.get(code="b")
    assert (action.baseline, action.target, action.weight) == (0, 100, 1)
    assert (action.start, action.end) == (Quarter(2022, 1), Quarter(2022, 4))
    assert dict(proposal.report.assumptions) == {
        "rows: baseline 0, where none was given": 2,
        "rows: target 100, where none was given": 2,
        "rows: weight 1, where none was given": 1,
        "rows: starts with its phase, where no start was given": 2,
        "rows: ends with its phase, where no end was given": 2,
    }


def test_new_themes_areas_and_people_are_made_and_listed():
    file = workbook(
        [*NEEDED, "Kokonaisuus", "Palvelualue", "Digimentori"],
        ["a", "Yksi", 2021, "Asiointi", "Sote", "uusi@x.fi; vanha@x.fi"],
        ["b", "Kaksi", 2021, "Asiointi", "", "uusi@x.fi"],
    )
    make_user("digimentori", "vanha@x.fi")
    proposal = bring_in(new_strategy(), file)
    assert proposal.new_names == {
        "theme": ["Asiointi"],
        "service_area": ["Sote"],
        "responsible": ["uusi@x.fi"],
    }
    new = User.objects.get(email="uusi@x.fi")
    assert not new.has_usable_password()
    assert [group.name for group in new.groups.all()] == ["digimentori"]
    assert {a.code for a in new.own_actions.all()} == {"a", "b"}


def test_a_quarter_far_beyond_the_phases_is_a_slip_of_the_pen():
    file = workbook([*NEEDED, "Loppu", "Toteuma 2121Q1"], ["a", "Yksi", 2021, "Q4/2031", 3])
    assert [place for place, *_ in faults_of(file, new_strategy())] == [
        "Tiekartta!E1",
        "Tiekartta!D2",
    ]


# --- faults -----------------------------------------------------------------------------------

HEADERS = [
    *NEEDED,
    *("Lähtöarvo", "Tavoitearvo", "Alku", "Loppu", "Paino"),
    *("Suunnitelma 2021Q1", "Suunnitelma 2021Q2", "Suunnitelma 2021Q4", "Kommentti 2021Q1"),
]


@pytest.mark.parametrize(
    ("row", "faults"),
    [
        ([None, "x", 2021], [("Tiekartta!A3", "", "a value: it is never empty")]),
        (["a", "x", 2021], [("Tiekartta!A3", "a", "a code that is not on a row above (row 2)")]),
        (
            ["b", None, None],
            [
                ("Tiekartta!B3", "", "a value: it is never empty"),
                ("Tiekartta!C3", "", "a value: it is never empty"),
            ],
        ),
        (
            ["b", "x", 2027],
            [
                (
                    "Tiekartta!C3",
                    "2027",
                    "a phase of the strategy: 2021, 2022, 2023; "
                    "other years belong to another strategy",
                )
            ],
        ),
        (["b", "x", 2021, 5, 5], [("Tiekartta!E3", "5", "another value than the baseline")]),
        (
            ["b", "x", 2021, None, None, "2021Q4", "2021Q1"],
            [("Tiekartta!G3", "2021Q1", "the start 2021Q4 or a later quarter")],
        ),
        (
            ["b", "x", 2021, None, None, "2020Q4"],
            [("Tiekartta!F3", "2020Q4", "a quarter of the strategy, 2021Q1–2023Q4")],
        ),
        (["b", "x", 2021, 0, 10, None, None, 0], [("Tiekartta!H3", "0", "a number above 0")]),
        (
            ["b", "x", 2021, 0, 10, None, None, 1, 6, 4],
            [
                (
                    "Tiekartta!J3",
                    "4",
                    "6 or further towards 10: a plan does not go backwards",
                )
            ],
        ),
        (
            ["b", "x", 2021, 0, 10, None, None, 1, None, None, 9],
            [("Tiekartta!K3", "9", "the target 10, as the action ends in 2021Q4")],
        ),
        (
            ["b", "x", 2021, 0, 10, "2021Q2", None, 1, 2],
            [("Tiekartta!I3", "2", "the baseline 0, as the action starts in 2021Q2")],
        ),
        (
            ["b", "x", 2021, 0, 10, None, None, 1, 12],
            [("Tiekartta!I3", "12", "a value that does not go beyond the target 10")],
        ),
        (
            ["b", "x", 2021, *[None] * 8, "sana"],
            [("Tiekartta!L3", "sana", "a reported value for the same quarter")],
        ),
    ],
)
def test_each_fault_names_its_cell_what_was_found_and_what_was_expected(row, faults):
    file = workbook(HEADERS, ["a", "Yksi", 2021], row)
    assert faults_of(file, make_strategy()) == faults


def test_faults_of_all_rows_come_at_once_and_nothing_is_written():
    strategy = make_strategy()
    file = workbook(HEADERS, *[[f"a{n}", "x", 2021, 5, 5] for n in range(3)])
    assert [place for place, *_ in faults_of(file, strategy)] == [
        "Tiekartta!E2",
        "Tiekartta!E3",
        "Tiekartta!E4",
    ]
    assert strategy.actions.count() == 0


def test_a_proposal_with_faults_cannot_be_applied():
    strategy = make_strategy()
    proposal = propose(workbook(HEADERS, ["a", "x", 2027]), strategy)
    with pytest.raises(ValueError, match="faults"):
        apply(proposal, RoadmapImport(file_name="x.xlsx"))


# --- a known strategy -------------------------------------------------------------------------


def test_a_known_code_is_updated_field_by_field_and_the_rest_is_left_alone():
    strategy = make_strategy()
    make_action(strategy, "a", plan={"2021Q2": 40}, entries={"2021Q1": 10}, unit="kpl")
    make_action(strategy, "b", title="Toinen")
    make_action(strategy, "c")
    file = workbook(
        [*NEEDED, "Suunnitelma 2021Q2", "Toteuma 2021Q1"],
        ["a", "Uusi nimi", 2021, 50, 12],
        ["b", "Toinen", 2021, None, None],
    )
    proposal = bring_in(strategy, file)
    assert {step.code: step.fields for step in proposal.changed} == {
        "a": {
            "title": ["Toimenpide a", "Uusi nimi"],
            "plan:2021Q2": ["40", "50"],
            "actual:2021Q1": ["10", "12"],
        }
    }
    assert (proposal.unchanged, proposal.missing) == (1, ["c"])
    after = record.records(strategy)["a"]
    assert (after["title"], after["unit"]) == ("Uusi nimi", "kpl")
    assert (after["plan:2021Q2"], after["actual:2021Q1"]) == (50, 12)


def test_an_empty_plan_cell_takes_the_point_away_but_an_empty_report_stays():
    strategy = make_strategy()
    make_action(strategy, "a", plan={"2021Q2": 40}, entries={"2021Q1": 10}, title="x")
    headers = [*NEEDED, "Suunnitelma 2021Q2", "Toteuma 2021Q1"]
    proposal = bring_in(strategy, workbook(headers, ["a", "x", 2021, None, None]))
    assert [step.fields for step in proposal.changed] == [{"plan:2021Q2": ["40", None]}]
    assert ProgressEntry.objects.get().value == 10
    assert dict(proposal.report.assumptions) == {
        "reported values are empty in the file and stay as they are": 1
    }


def test_a_late_report_for_a_closed_quarter_is_taken_and_said():
    strategy = make_strategy(closed=("2021Q1",))
    make_action(strategy, "a", title="x")
    proposal = bring_in(strategy, workbook([*NEEDED, "Toteuma 2021Q1"], ["a", "x", 2021, 5]))
    assert dict(proposal.report.assumptions) == {
        "reported values belong to closed quarters, whose lights do not change": 1
    }


def test_history_says_who_from_which_file_and_from_what_to_what():
    strategy, user = make_strategy(), make_user("ylläpitäjä")
    make_action(strategy, "a", title="Vanha")
    bring_in(strategy, workbook(NEEDED, ["a", "Uusi", 2021]), user)
    change = Change.objects.exclude(action=None).get()
    assert (change.user, change.action.code, change.source.file_name, change.fields) == (
        user,
        "a",
        "tiekartta.xlsx",
        {"title": ["Vanha", "Uusi"]},
    )


def test_someone_elses_change_in_between_stops_the_import_as_a_whole():
    strategy = make_strategy()
    proposal = propose(workbook(NEEDED, ["a", "x", 2021]), strategy)
    Strategy.objects.filter(pk=strategy.pk).update(revision=7)
    with pytest.raises(ProposalOvertaken):
        apply(proposal, RoadmapImport(file_name="x.xlsx"))
    assert (strategy.actions.count(), RoadmapImport.objects.count()) == (0, 0)


def test_two_strategies_may_have_the_same_codes():
    for slug in ("yksi", "kaksi"):
        bring_in(make_strategy(slug), workbook(NEEDED, ["a", slug, 2021]))
    titles = Action.objects.values_list("strategy__slug", "title")
    assert sorted(titles) == [("kaksi", "kaksi"), ("yksi", "yksi")]


# --- and back ---------------------------------------------------------------------------------


def test_what_is_exported_is_read_back_without_any_change():
    strategy = make_strategy()
    make_action(
        strategy,
        "1.10",
        plan={"2021Q2": "0.333333333333333"},
        entries={"2021Q1": "0.1"},
        target="0.7",
        baseline="-12.5",
        weight="0.5",
        title="=1+1",
        description="rivi\ntoinen",
        cancelled_from="2022Q1",
        people=[make_user("digimentori", "a@x.fi"), make_user("digimentori", "b@x.fi")],
    )
    make_action(strategy, "007", target="123456789012345", entries={"2021Q2": 5})
    ProgressEntry.objects.filter(quarter="2021Q2").update(comment="+kommentti")
    file = BytesIO()
    assert write(strategy, file) == 2
    proposal = propose(file, strategy)
    assert (proposal.report.faults, proposal.counts["changed"], proposal.unchanged) == ([], 0, 2)


def test_text_that_looks_like_a_formula_is_exported_as_text():
    strategy = make_strategy()
    make_action(strategy, "=A1", title="=HYPERLINK()", description="@x", unit="-5+3")
    file = BytesIO()
    write(strategy, file)
    row = load_workbook(file)["Tiekartta"][2]
    assert [(cell.value, cell.data_type) for cell in row[:3]] == [
        ("=A1", "s"),
        ("=HYPERLINK()", "s"),
        ("@x", "s"),
    ]


def test_the_export_reads_back_into_another_strategy_as_the_same():
    strategy = make_strategy()
    make_action(strategy, "a", plan={"2021Q2": 40}, entries={"2021Q1": 10, "2021Q2": 30})
    make_action(strategy, "b", year=2022, baseline=30, target=7)
    file = BytesIO()
    write(strategy, file)
    bring_in(Strategy(slug="toinen", name="Toinen"), file)
    assert record.records(Strategy.objects.get(slug="toinen")) == record.records(strategy)


def test_the_number_of_queries_does_not_grow_with_the_rows(django_assert_max_num_queries):
    strategy = make_strategy()
    headers = [*NEEDED, "Kokonaisuus", "Toteuma 2021Q1", "Digimentori"]
    rows = [[f"T-{n}", f"Nimi {n}", 2021, f"Teema {n % 5}", n, "a@x.fi"] for n in range(300)]
    file = workbook(headers, *rows)
    with django_assert_max_num_queries(60):
        bring_in(strategy, file)
