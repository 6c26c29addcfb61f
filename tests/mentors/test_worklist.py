"""My quarter: each row is saved by itself, nothing typed is lost, nothing is overwritten unseen."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mentors.models import Network
from metrics.models import ActionStatus
from metrics.snapshots import close_quarter, compute
from roadmap.models import Change, ProgressEntry, StrategyQuarter
from roadmap.quarters import Quarter
from tests.factories import make_action, make_strategy, make_user
from tests.pages import text

pytestmark = pytest.mark.django_db
PAGE = "/strategies/strategia/my-quarter/"
Q2 = Quarter(2021, 2)
HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def action(strategy, digimentori):
    return make_action(
        strategy, "21-001", people=[digimentori], entries={"2021Q1": 20}, title="Etävastaanotto"
    )


def typed(action, value="", comment="", version=0, **more):
    fields = {"value": value, "comment": comment, "version": version}
    data = {f"{action.pk}-{name}": text for name, text in fields.items()}
    return {"quarter": "2021Q2", **data, **more}


def reports():
    rows = ProgressEntry.objects.filter(quarter=Q2).order_by("action__code")
    return [(e.action.code, e.value, e.comment, e.reported_by) for e in rows]


def test_the_list_says_what_is_reported_what_is_left_and_how_each_action_stands(
    browse, strategy, digimentori, action
):
    make_action(strategy, "21-002", people=[digimentori], entries={"2021Q2": 50})
    make_action(strategy, "21-003", people=[make_user("digimentori")], title="Toisen oma")
    page = text(browse(digimentori).get(PAGE))
    assert "My quarter Q2/2021" in page
    assert "1 /2 reported , 1 left" in page
    assert "Not reported 1" in page
    assert "Reported 1" in page
    assert "Q1/2021 20" in page
    assert "without a report 40 %" in page.replace("\u00a0", " ")
    assert "Toisen oma" not in page


def test_enter_saves_one_row_and_answers_with_that_row_and_the_new_count(
    browse, digimentori, action
):
    response = browse(digimentori).post(
        PAGE, typed(action, "30", "Alkoi hyvin", row=action.pk), **HTMX
    )
    assert response.status_code == 200
    assert "<html" not in response.content.decode()
    assert f'id="row-{action.pk}" class="is-reported"' in response.content.decode()
    assert "1 /1 reported" in text(response)
    assert reports() == [("21-001", 30, "Alkoi hyvin", digimentori)]


def test_the_plain_form_saves_every_row_in_which_something_was_typed(
    browse, strategy, digimentori, action
):
    second = make_action(strategy, "21-002", people=[digimentori])
    empty = make_action(strategy, "21-003", people=[digimentori])
    client = browse(digimentori)
    data = typed(action, "30") | typed(second, "1 200,5") | typed(empty)
    response = client.post(PAGE, data, follow=True)
    assert response.redirect_chain == [(PAGE, 302)]
    assert "2 reports were saved." in text(response)
    assert [(code, value) for code, value, _c, _u in reports()] == [
        ("21-001", 30),
        ("21-002", pytest.approx(1200.5)),
    ]


def test_one_faulty_row_keeps_no_other_from_being_saved_and_loses_nothing_typed(
    browse, strategy, digimentori, action
):
    second = make_action(strategy, "21-002", people=[digimentori])
    data = typed(action, "noin 9", "Tämä ei katoa") | typed(second, "10")
    response = browse(digimentori).post(PAGE, data)
    page = response.content.decode()
    assert response.status_code == 422
    assert [code for code, *_rest in reports()] == ["21-002"]
    assert "One report was not saved" in page
    assert 'value="noin 9"' in page
    assert "Tämä ei katoa" in page
    assert "write one number, for example 9 or 12,5" in page
    assert "Error: My quarter" in page


def test_a_comment_without_a_value_is_not_thrown_away(browse, digimentori, action):
    response = browse(digimentori).post(PAGE, typed(action, "", "Odottaa tietoa"))
    assert response.status_code == 422
    assert "Odottaa tietoa" in response.content.decode()
    assert reports() == []


def test_same_as_last_time_is_one_press_and_other_typed_rows_go_with_it(
    browse, strategy, digimentori, action
):
    second = make_action(strategy, "21-002", people=[digimentori])
    browse(digimentori).post(PAGE, typed(action) | typed(second, "3") | {"same": action.pk})
    assert [(code, value) for code, value, *_rest in reports()] == [("21-001", 20), ("21-002", 3)]


def test_filling_the_empty_rows_saves_nothing_and_keeps_what_was_typed(
    browse, strategy, digimentori, action
):
    second = make_action(strategy, "21-002", people=[digimentori], entries={"2021Q1": 7})
    page = browse(digimentori).post(
        PAGE, typed(action, "33", "Näin") | typed(second) | {"fill": "1"}
    )
    inputs = re.findall(r'name="\d+-value"[^>]* value="([^"]*)"', page.content.decode())
    assert inputs == ["33", "7"]
    assert "Näin" in page.content.decode()
    assert reports() == []


def test_a_double_click_makes_one_entry_and_one_line_of_history(browse, digimentori, action):
    client = browse(digimentori)
    for _time in range(2):
        assert client.post(PAGE, typed(action, "30", row=action.pk), **HTMX).status_code == 200
    entry = ProgressEntry.objects.get(quarter=Q2)
    assert (entry.value, entry.version, Change.objects.count()) == (30, 1, 1)


def test_somebody_elses_report_meanwhile_is_shown_beside_ones_own_and_the_person_chooses(
    browse, yllapitaja, digimentori, action
):
    entry = action.entries.create(
        quarter=Q2, value=18, comment="Tiinan luku", reported_by=yllapitaja
    )
    client = browse(digimentori)
    response = client.post(PAGE, typed(action, "22", "Oma", row=action.pk), **HTMX)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Erkki Ylläpitäjä reported 18" in text(response)
    assert "Tiinan luku" in page
    assert 'value="22"' in page
    entry.refresh_from_db()
    assert entry.value == 18
    version = re.search(rf'name="{action.pk}-version" value="(\d+)"', page).group(1)
    again = client.post(PAGE, typed(action, "22", "Oma", version, row=action.pk), **HTMX)
    assert again.status_code == 200
    assert reports() == [("21-001", 22, "Oma", digimentori)]
    kept = client.get(PAGE, {"row": action.pk}, **HTMX)
    assert "22" in text(kept)


def test_what_was_typed_for_a_quarter_closed_in_another_tab_is_shown_and_not_saved(
    browse, strategy, digimentori, action
):
    compute(strategy.pk)
    close_quarter(strategy, Q2)
    frozen = list(ActionStatus.objects.values_list("percent", flat=True))
    response = browse(digimentori).post(PAGE, typed(action, "90", "Myöhässä"))
    page = response.content.decode()
    assert response.status_code == 409
    assert "The quarter was closed meanwhile: this report was not saved." in page
    assert 'value="90"' in page
    assert "Myöhässä" in page
    assert (reports(), list(ActionStatus.objects.values_list("percent", flat=True))) == ([], frozen)


def test_a_reported_value_can_be_changed_and_nothing_else_is_touched(
    browse, strategy, digimentori, action
):
    action.entries.create(quarter=Q2, value=18, comment="Rivi\nvaihtuu", reported_by=digimentori)
    other = make_action(strategy, "21-002", people=[digimentori], entries={"2021Q2": 5})
    client = browse(digimentori)
    edit = client.get(PAGE, {"edit": action.pk})
    assert f'name="{action.pk}-value"' in edit.content.decode()
    assert f'name="{other.pk}-value"' not in edit.content.decode()
    unchanged = typed(action, "18", "Rivi\r\nvaihtuu", 1)
    client.post(PAGE, unchanged)
    assert Change.objects.count() == 0
    client.post(PAGE, typed(action, "19", "Rivi\r\nvaihtuu", 1))
    assert [(value, comment) for _c, value, comment, _u in reports()][0] == (19, "Rivi\nvaihtuu")


@pytest.mark.parametrize(
    ("value", "words"),
    [("50", "100 % On schedule"), ("45", "90 % Behind or at risk"), ("x", "no number yet")],
)
def test_the_light_of_a_value_is_there_while_it_is_typed(
    browse, strategy, digimentori, action, value, words
):
    light = browse(digimentori).get(f"{PAGE}light/{action.pk}/", {f"{action.pk}-value": value})
    assert text(light).replace("\u00a0", " ").strip() == words


def test_the_light_while_typing_is_the_one_that_is_computed_after_saving(
    browse, strategy, digimentori, action
):
    client = browse(digimentori)
    shown = client.get(f"{PAGE}light/{action.pk}/", {f"{action.pk}-value": "43"})
    client.post(PAGE, typed(action, "43"))
    compute(strategy.pk)
    assert f"{ActionStatus.objects.get(quarter=Q2).percent}\u00a0%" in shown.content.decode()


def test_leads_see_their_networks_actions_and_the_page_says_whose_they_are(
    browse, strategy, digimentori, action
):
    network = Network.objects.create(strategy=strategy, name="Sote-keskusten verkosto")
    network.leads.add(digimentori)
    network.actions.add(make_action(strategy, "21-009"))
    page = text(browse(digimentori).get(PAGE))
    assert "1 action of your own · Sote-keskusten verkosto" in page
    assert "21-009" in page


def test_completed_and_cancelled_actions_are_not_asked_for(browse, strategy, digimentori):
    make_action(strategy, "valmis", people=[digimentori], entries={"2021Q1": 100})
    make_action(strategy, "peruttu", people=[digimentori], cancelled_from="2021Q2")
    page = text(browse(digimentori).get(PAGE))
    assert "Nothing to report (1)" in page
    assert "valmis" in page
    assert "peruttu" not in page


def test_without_actions_or_without_an_open_quarter_the_page_says_so(browse, strategy, digimentori):
    client = browse(digimentori)
    assert "You have nothing to report in Q2/2021" in text(client.get(PAGE))
    StrategyQuarter.objects.filter(quarter=Q2).update(state="planned")
    assert "No quarter is open for reports now." in text(client.get(PAGE))


def test_others_actions_cannot_be_reported_by_guessing_their_keys(
    browse, strategy, digimentori, action
):
    others = make_action(strategy, "21-002", people=[make_user("digimentori")])
    client = browse(digimentori)
    assert client.post(PAGE, typed(others, "5")).status_code == 302
    assert client.get(f"{PAGE}light/{others.pk}/", {"value": "5"}).status_code == 404
    assert reports() == []


@pytest.mark.parametrize("quarter", ["", "2021Q9", "2031Q1", "\0"])
def test_a_form_without_its_quarter_is_refused(browse, digimentori, action, quarter):
    data = typed(action, "5") | {"quarter": quarter}
    assert browse(digimentori).post(PAGE, data).status_code == 404
    assert reports() == []


def test_the_list_makes_the_same_few_queries_for_1_3_and_300_actions(browse, digimentori):
    counts = []
    for number, actions in enumerate((1, 3, 300)):
        strategy = make_strategy(f"s{number}", opened="2021Q2")
        network = Network.objects.create(strategy=strategy, name="Verkosto")
        network.leads.add(digimentori)
        for n in range(actions):
            entries = {"2021Q1": 5} | ({"2021Q2": 9} if n % 2 else {})
            made = make_action(strategy, entries=entries, people=[digimentori] if n % 3 else [])
            network.actions.add(made)
        client = browse(digimentori)
        client.get("/")  # the first request of a session notes its browser
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/strategies/s{number}/my-quarter/").status_code == 200
        counts.append(len(captured))
    assert counts == [9, 9, 9]


def test_a_page_of_400_rows_can_be_sent_as_one_form(browse, strategy, digimentori):
    rows = [make_action(strategy, people=[digimentori]) for _ in range(400)]
    data = {}
    for row in rows:
        data |= typed(row, "5")
    assert browse(digimentori).post(PAGE, data).status_code == 302
    assert len(reports()) == 400
