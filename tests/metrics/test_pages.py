import pytest
from django.urls import reverse

from metrics.snapshots import close_quarter, compute, open_quarter
from roadmap.models import ProgressEntry, Strategy
from roadmap.quarters import Quarter
from tests.factories import make_action, make_strategy, make_user
from tests.pages import queries_of

pytestmark = pytest.mark.django_db


def url(name, slug="strategia", **kwargs):
    return reverse(f"metrics:{name}", kwargs={"slug": slug, **kwargs})


@pytest.mark.parametrize(
    ("name", "kwargs", "most"),
    [
        ("situation", {}, 9),
        ("action-list", {}, 9),
        (
            "action-detail",
            {"code": "T-0"},
            10,
        ),  # one asks whether a network or a deputy gives the right
        ("phase-detail", {"year": 2021}, 9),
        ("group-list", {}, 9),
        ("rule", {}, 9),
    ],
)
def test_a_page_makes_the_same_few_queries_for_1_3_and_300_actions(browse, name, kwargs, most):
    counts = []
    for number, actions in enumerate((1, 3, 300)):
        people = [make_user("digimentori") for _ in range(min(actions, 5))]
        strategy = make_strategy(f"s{number}", opened="2021Q2")
        themes = [strategy.themes.create(name=f"Teema {n}") for n in range(min(actions, 5))]
        for n in range(actions):
            entries = {"2021Q1": n % 26} if n % 3 else {}
            people_here = [people[n % len(people)]]
            theme = themes[n % len(themes)]
            make_action(strategy, f"T-{n}", entries=entries, people=people_here, theme=theme)
        compute(strategy.pk)
        client = browse(make_user("digimentori"))
        counts.append(queries_of(client, url(name, strategy.slug, **kwargs)))
    assert len(set(counts)) == 1
    assert counts[0] <= most


# --- the front page ---------------------------------------------------------------------------


def test_the_front_page_says_where_we_are_and_why(browse, johto):
    strategy = make_strategy(opened="2021Q2")
    eero = make_user("digimentori", first_name="Eero", last_name="Lindqvist")
    make_action(strategy, "a", title="Aikataulussa", entries={"2021Q1": 25, "2021Q2": 50})
    make_action(
        strategy, "b", title="Kaukana jäljessä", entries={"2021Q1": 25, "2021Q2": 25}, people=[eero]
    )
    make_action(strategy, "c", title="Kirjaamatta", people=[eero])
    ProgressEntry.objects.filter(action__code="b", quarter="2021Q2").update(comment="Syy on tämä.")
    compute(strategy.pk)
    page = browse(johto).get(url("situation")).content.decode()
    for words in (
        "Situation Q2/2021",
        "50\u00a0%",
        "The delay comes most of all from phase 2021, where 2 actions are on red.",
        "Kaukana jäljessä",
        "Syy on tämä.",
        "Eero Lindqvist",
        "1 action not reported",
        "Lindqvist Eero",
        "<b>2/3</b> reported",
    ):
        assert words in page


def test_any_past_quarter_can_be_looked_at_by_its_address(browse, johto):
    strategy = make_strategy(opened="2021Q2")
    make_action(strategy, entries={"2021Q1": 25, "2021Q2": 25})
    compute(strategy.pk)
    page = browse(johto).get(url("situation"), {"quarter": "2021Q1"}).content.decode()
    assert "Situation Q1/2021" in page
    assert "100<span>" in page


def test_a_strategy_without_lights_says_so(browse, johto):
    strategy = make_strategy()
    make_action(strategy)
    compute(strategy.pk)
    for name, words in (
        ("situation", "No lights yet"),
        ("action-list", "There are no lights yet"),
        ("group-list", "No groups to show"),
        ("rule", "How a light is computed"),
    ):
        assert words in browse(johto).get(url(name)).content.decode()


def test_the_page_says_when_its_figures_are_behind_and_when_they_are_not(browse, johto):
    strategy = make_strategy(opened="2021Q1")
    compute(strategy.pk)
    client = browse(johto)
    assert "Newer data waits" not in client.get(url("situation")).content.decode()
    assert client.get(url("freshness")).headers["HX-Trigger"] == "figures-ready"
    strategy.revision += 1
    strategy.save()
    for name in ("situation", "action-list", "group-list"):
        assert "Newer data waits" in client.get(url(name)).content.decode()
    assert "HX-Trigger" not in client.get(url("freshness")).headers


def test_example_data_is_marked_as_such_wherever_it_is_shown(browse, johto):
    strategy = make_strategy(opened="2021Q1", is_example=True)
    make_action(strategy, "a", entries={"2021Q1": 5})
    compute(strategy.pk)
    addresses = [url("situation"), url("action-list"), url("action-detail", code="a")]
    addresses += [url("phase-detail", year=2021), url("group-list"), url("rule")]
    addresses.append(reverse("roadmap:strategy-detail", args=["strategia"]))
    for address in addresses:
        assert "Example data" in browse(johto).get(address).content.decode(), address


# --- the list ---------------------------------------------------------------------------------


@pytest.fixture
def listed(browse, johto):
    strategy = make_strategy(opened="2021Q2")
    asiointi = strategy.themes.create(name="Asiointi")
    sote = strategy.service_areas.create(name="Sote")
    hanna = make_user("digimentori", first_name="Hanna", last_name="Korhonen")
    make_action(strategy, "A-1", title="Vihreä", entries={"2021Q2": 50}, theme=asiointi)
    make_action(strategy, "A-2", title="Keltainen", entries={"2021Q2": 45}, service_area=sote)
    make_action(strategy, "A-3", title="Punainen ä", entries={"2021Q1": 5}, people=[hanna])
    make_action(strategy, "B-1", title="Tuleva", year=2022)
    make_action(strategy, "C-1", title="Peruttu", cancelled_from="2021Q1")
    compute(strategy.pk)
    client = browse(johto)

    def shown(htmx=False, **query):
        headers = {"HX-Request": "true", "HX-Target": "action-table"} if htmx else {}
        response = client.get(url("action-list"), query, headers=headers)
        shown.response = response
        return [row.code for row in response.context["listing"].rows]

    shown.ids = {"theme": asiointi.pk, "area": sote.pk, "person": hanna.pk}
    return shown


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({}, ["A-1", "A-2", "A-3", "B-1", "C-1"]),
        ({"phase": 2022}, ["B-1"]),
        ({"light": "red"}, ["A-3"]),
        ({"light": ["green", "yellow"]}, ["A-1", "A-2"]),
        ({"light": "none"}, ["B-1"]),
        ({"reported": "yes"}, ["A-1", "A-2"]),
        ({"reported": "no"}, ["A-3"]),
        ({"theme": "theme"}, ["A-1"]),
        ({"area": "area"}, ["A-2"]),
        ({"person": "person"}, ["A-3"]),
        ({"q": "vihr"}, ["A-1"]),
        ({"q": "a-2"}, ["A-2"]),
        ({"q": "PUNAISEN Ä"}, ["A-3"]),
        ({"q": "vihrea"}, ["A-1"]),
        ({"q": "a1"}, ["A-1"]),
        ({"q": "punainen ä"}, ["A-3"]),
        ({"q": "%"}, []),
        ({"q": "ei mitään"}, []),
        ({"q": "a", "light": "red", "reported": "no"}, ["A-3"]),
        ({"sort": "-code"}, ["C-1", "B-1", "A-3", "A-2", "A-1"]),
        ({"sort": "percent"}, ["A-3", "A-2", "A-1", "B-1", "C-1"]),
        ({"sort": "-percent"}, ["A-1", "A-2", "A-3", "B-1", "C-1"]),
        (
            {"sort": "'", "phase": "x", "theme": "9" * 40, "page": "-1"},
            ["A-1", "A-2", "A-3", "B-1", "C-1"],
        ),
        ({"page": 99}, ["A-1", "A-2", "A-3", "B-1", "C-1"]),
    ],
)
def test_the_list_shows_what_its_address_asks_for(listed, query, codes):
    query = {
        name: listed.ids.get(value, value) if isinstance(value, str) else value
        for name, value in query.items()
    }
    assert listed(**query) == codes


def test_the_counts_of_the_list_agree_with_the_front_page(listed, client):
    listed()
    listing = listed.response.context["listing"]
    assert (listing.count, listing.cancelled) == (5, 1)
    assert listing.shown_counts == {"green": 1, "yellow": 1, "red": 1, "none": 1}
    front = client.get(url("situation")).context["view"].overall
    assert front.counts == listing.shown_counts
    assert (front.reported, front.due) == (listing.reported, listing.due)


def test_htmx_gets_the_table_alone_and_everybody_else_the_whole_page(listed):
    listed(htmx=True, light="red")
    fragment = listed.response.content.decode()
    assert "<html" not in fragment
    assert 'id="action-table"' in fragment
    listed(light="red")
    page = listed.response.content.decode()
    assert "<html" in page
    assert 'value="red" checked' in page


def test_an_empty_list_says_what_to_do(listed):
    listed(q="ei mitään")
    assert "Nothing matches" in listed.response.content.decode()


def test_a_long_list_has_pages(browse, johto):
    strategy = make_strategy(opened="2021Q1")
    for number in range(60):
        make_action(strategy, f"T-{number:02}")
    compute(strategy.pk)
    response = browse(johto).get(url("action-list"), {"page": 3})
    listing = response.context["listing"]
    assert (listing.first, listing.last, listing.count, listing.pages) == (51, 60, 60, 3)
    assert [row.code for row in listing.rows] == [f"T-{n}" for n in range(50, 60)]


# --- one action -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"entries": {"2021Q2": 40}},
            "Red: planned 50\u00a0%, achieved 40\u00a0% → 80\u00a0%. "
            "Less than 85\u00a0% is far behind.",
        ),
        (
            {"entries": {"2021Q1": 45}},
            "Yellow: planned 50\u00a0%, achieved 45\u00a0% → 90\u00a0%. At least 85\u00a0% but "
            "less than 100\u00a0% is behind or at risk.",
        ),
        (
            {"entries": {"2021Q2": 66}},
            "Green: planned 50\u00a0%, achieved 66\u00a0% → 132\u00a0%. 100\u00a0% or more is on "
            "schedule.",
        ),
        (
            {},
            "Red: planned 50\u00a0%, achieved 0\u00a0% → 0\u00a0%. Nothing has been reported yet, "
            "so nothing counts as achieved. Less than 85\u00a0% is far behind.",
        ),
        ({"year": 2022}, "No light yet: the plan starts in Q1/2022."),
        (
            {"plan": {"2021Q2": 0}},
            "No light yet: the plan does not expect anything to be done by Q2/2021.",
        ),
        (
            {"cancelled_from": "2021Q2"},
            "Cancelled from Q2/2021 on: the action no longer counts.",
        ),
    ],
)
def test_an_action_says_why_its_light_is_what_it_is(browse, johto, fields, reason):
    strategy = make_strategy(opened="2021Q2")
    make_action(strategy, "a", **fields)
    compute(strategy.pk)
    why = browse(johto).get(url("action-detail", code="a")).context["view"].reason
    assert f"{why.finding} {why.rule}".strip() == reason


def test_a_code_may_hold_any_sign(browse, johto):
    strategy = make_strategy(opened="2021Q1")
    for code in ("1/2 ä?", "a b#c", "x;y"):
        make_action(strategy, code, title=f"Otsikko {code}")
    compute(strategy.pk)
    client = browse(johto)
    page = client.get(url("action-list")).content.decode()
    for code in ("1/2 ä?", "a b#c", "x;y"):
        address = url("action-detail", code=code)
        assert f'href="{address}"' in page
        assert f"Otsikko {code}" in client.get(address).content.decode()


def test_history_shows_who_reported_what_and_what_it_was_before(browse):
    strategy = make_strategy(opened="2021Q1")
    mentor = make_user("digimentori", first_name="Jukka", last_name="Åberg")
    make_action(strategy, "a", people=[mentor])
    compute(strategy.pk)
    client = browse(mentor)
    for version, value in enumerate(("15", "16")):
        client.post(
            url("action-detail", code="a"),
            {"value": value, "comment": "", "version": version, "quarter": "2021Q1"},
        )
    page = client.get(url("action-detail", code="a")).content.decode()
    assert "Jukka Åberg: achieved <del>15</del> → 16" in page
    assert "Jukka Åberg: new report, 15" in page


def test_a_frozen_light_keeps_its_own_reason(browse, johto):
    strategy = make_strategy(opened="2021Q1")
    make_action(strategy, "a", entries={"2021Q1": 20})
    close_quarter(strategy, Quarter(2021, 1))
    open_quarter(strategy, Quarter(2021, 2))
    ProgressEntry.objects.update(value=25)
    compute(strategy.pk, anew=True)
    view = browse(johto).get(url("action-detail", code="a"), {"quarter": "2021Q1"}).context["view"]
    assert view.reason.finding == "Red: planned 25\u00a0%, achieved 20\u00a0% → 80\u00a0%."


def test_the_rule_is_explained_on_an_action_of_the_readers_own_strategy(browse, johto):
    strategy = make_strategy(opened="2021Q2")
    make_action(
        strategy, "a", title="Oma esimerkki", target=28, end="2021Q4", entries={"2021Q2": 12}
    )
    compute(strategy.pk)
    page = browse(johto).get(url("rule")).content.decode()
    for words in ("a Oma esimerkki, Q2/2021", "28 − 0 = 28", "= 42,8\u00a0%", "85,71… → 85\u00a0%"):
        assert words in page


@pytest.fixture
def reporting(browse):
    """A digimentor's own action in an open quarter, and the POST of its form."""
    strategy = make_strategy(opened="2021Q1")
    mentor = make_user("digimentori")
    action = make_action(strategy, "a", people=[mentor], entries={"2021Q1": 5})
    compute(strategy.pk)
    client = browse(mentor)

    def post(**fields):
        data = {"value": "10", "comment": "", "version": "1", "quarter": "2021Q1"} | fields
        return client.post(url("action-detail", code="a"), data)

    post.strategy, post.action = strategy, action
    return post


@pytest.mark.parametrize("next_is_open", [False, True])
def test_a_report_for_a_quarter_closed_meanwhile_is_shown_and_not_saved(reporting, next_is_open):
    close_quarter(reporting.strategy, Quarter(2021, 1))
    if next_is_open:
        open_quarter(reporting.strategy, Quarter(2021, 2))
        compute(reporting.strategy.pk)
    response = reporting(value="12,5", comment="Tämä ei katoa")
    page = response.content.decode()
    assert response.status_code == 409
    for words in ("was closed meanwhile", "You wrote for Q1/2021: 12,5", "Tämä ei katoa"):
        assert words in page
    assert ("Report Q2/2021" in page) is next_is_open
    assert reporting.action.entries.get().value == 5


@pytest.mark.parametrize("value", ["", "noin 5", "1" + "0" * 40, "NaN", "1e9", "<b>"])
def test_a_value_that_is_no_number_is_refused_with_what_was_typed(reporting, value):
    response = reporting(value=value)
    assert response.status_code == 422
    assert "Error:" in response.content.decode()
    assert reporting.action.entries.get().value == 5


def test_a_comment_is_kept_as_a_workbook_can_keep_it(reporting):
    reporting(comment="yksi\r\nkaksi\x0bkolme\x07 ")
    assert reporting.action.entries.get().comment == "yksi\nkaksi\nkolme"


def test_a_frozen_light_is_explained_by_the_limits_of_its_time(browse, johto):
    strategy = make_strategy(opened="2021Q1")
    make_action(strategy, "a", entries={"2021Q1": 20})
    close_quarter(strategy, Quarter(2021, 1))
    Strategy.objects.update(green_from=70, yellow_from=50)
    view = browse(johto).get(url("action-detail", code="a")).context["view"]
    assert view.reason.rule == "Less than 85\u00a0% is far behind."


def test_a_page_and_its_fragment_are_told_apart_by_the_browser(browse, johto):
    make_strategy(opened="2021Q1")
    vary = browse(johto).get(url("action-list")).headers["Vary"]
    assert "HX-Request" in vary
