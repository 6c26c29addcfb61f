"""KPIs and the strategy's pages among what the search finds."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from metrics.snapshots import compute
from roadmap.fields import Words
from tests.factories import make_action, make_kpi, make_page, make_strategy

pytestmark = pytest.mark.django_db


def hits(client, typed, kind, slug="strategia"):
    found = client.get(reverse("search", args=[slug]), {"q": typed}).context["found"]
    return [hit for group in found.groups if group.kind.name == kind for hit in group.hits]


def test_a_kpi_is_found_by_its_words_and_tells_its_newest_value_and_light(browse, johto):
    strategy = make_strategy(opened="2021Q2")
    names = {
        "name": Words(fi="Löydettävyys", en="Findability"),
        "definition": Words(fi="Kyselystä."),
    }
    measured = {"2021-01": (60, 100), "2021-02": (80, 100)}
    kpi = make_kpi(strategy, "loydettavyys", measured=measured, targets={"2021-01": 80}, **names)
    client = browse(johto)
    [hit] = hits(client, "findability", "kpi")
    assert hit.address == reverse("metrics:kpi-detail", args=["strategia", kpi.slug])
    assert hit.title == "<mark>Findability</mark>"
    assert hit.line.startswith("80,0\u00a0% (")
    assert hit.light == "green"
    client.cookies["django_language"] = "fi"
    assert [hit.title for hit in hits(client, "löydettävyyden", "kpi")] == [
        "<mark>Löydettävyys</mark>"
    ]
    assert hits(client, "findability", "kpi") == []


def test_the_quarter_of_the_lights_is_named_where_actions_have_some_and_only_there(browse, johto):
    strategy = make_strategy(opened="2021Q2")
    make_kpi(strategy, "k", name=Words(fi="Vasteaika"), measured={"2021-01": (60, 100)})
    make_action(strategy, "21-001", title="Ajanvaraus", entries={"2021Q1": 5})
    compute(strategy.pk)
    client, address = browse(johto), reverse("search", args=["strategia"])
    said = "Lights and figures are of Q2/2021."
    assert said in client.get(address, {"q": "ajanvaraus"}).content.decode()
    assert "Lights and figures" not in client.get(address, {"q": "vasteaika"}).content.decode()


def test_a_phase_is_found_by_its_words_in_the_readers_language(browse, johto):
    strategy = make_strategy()
    goals = Words(fi="Alusta toimii.", en="The platform runs.")
    strategy.phases.filter(year=2021).update(title=Words(fi="Tekniikka"), goals=goals)
    client = browse(johto)
    assert [hit.title for hit in hits(client, "platform", "phase")] == ["2021 Tekniikka"]
    assert hits(client, "alusta", "phase") == []


AT_BEST = {"kind": "value", "lower_is_better": True, "targets": {"2022-07": 5}}


@pytest.mark.parametrize(
    ("about", "numbers", "line", "light"),
    [
        ({}, (80, 100), "80,0\u00a0% (July 2022)", ""),  # no target
        ({"kind": "nps"}, (50, 0, 10), "+67 (July 2022)", ""),
        ({"kind": "nps"}, (5, 0, 1), "", ""),  # hidden
        ({}, (0, 0), "", ""),
        (AT_BEST, (0,), "0,0 (July 2022)", "green"),
    ],
)
def test_a_value_is_told_where_one_is_shown_and_a_light_where_there_is_one(
    browse, johto, about, numbers, line, light
):
    strategy = make_strategy(opened="2022Q3")
    measured = {"2022-06": (*numbers[:-1], 40), "2022-07": numbers}
    make_kpi(strategy, "k", name=Words(fi="Mittari"), measured=measured, **about)
    [hit] = hits(browse(johto), "mittari", "kpi")
    assert (hit.line, hit.light) == (line, light)


def test_a_page_is_found_in_the_reader_s_language_else_in_finnish(browse, johto):
    strategy = make_strategy(opened="2021Q2")
    make_page(
        strategy,
        "saavutettavuus",
        fi=("Saavutettavuus", "", "## Laki\n\n[Ohje](/x) koskee *kaikkia* palveluja."),
    )
    make_page(strategy, "poistettu", fi=("Saavutettavuus ennen",), removed_at=timezone.now())
    page = strategy.pages.get(slug="saavutettavuus")
    client = browse(johto)
    [hit] = hits(client, "palvelu", "page")
    assert (hit.title, hit.excerpt) == (
        "Saavutettavuus",
        " Laki Ohje koskee kaikkia <mark>palveluja</mark>.".strip(),
    )
    page.versions.create(language="en", number=1, title="Accessibility", body="The law.")
    assert hits(client, "laki", "page") == []
    assert [hit.title for hit in hits(client, "accessibility", "page")] == [
        "<mark>Accessibility</mark>"
    ]


def test_the_queries_are_as_few_with_all_kinds(browse, yllapitaja):
    counts = []
    for number, size in enumerate((1, 3, 30)):
        strategy = make_strategy(f"s{number}", opened="2021Q2")
        for n in range(size):
            make_action(strategy, f"T-{n}", title=f"Sana {n}")
            make_page(strategy, f"sana-{n}", fi=(f"Sana {n}",))
            make_kpi(
                strategy, f"sana-{n}", name=Words(fi=f"Sana {n}"), measured={"2021-01": (60, 100)}
            )
        compute(strategy.pk)
        client = browse(yllapitaja)
        address = reverse("search", args=[strategy.slug])
        client.get(address, {"q": "sana"})
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address, {"q": "sana"}).context["found"].count == 3 * size
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert counts[0] < 10
