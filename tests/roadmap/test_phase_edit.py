"""The title and the goals of a phase: written in each language, shown, kept with history."""

import re

import pytest
from django.urls import reverse

from roadmap.fields import Words
from roadmap.models import Change, Phase
from tests.edit_forms import as_shown
from tests.factories import make_strategy
from tests.pages import text

pytestmark = pytest.mark.django_db
S = "strategia"
EDIT = reverse("roadmap:phase-edit", args=[S, 2021])
GOALS = "Alusta toimii.\nSovellus on käytössä."


@pytest.fixture(autouse=True)
def phase(db):
    phase = make_strategy(opened="2021Q2").phases.get(year=2021)
    phase.title, phase.goals = Words(fi="Tekniikka"), Words(fi=GOALS)
    phase.save()
    return phase


@pytest.fixture
def shown(admin):
    return as_shown(admin.get(EDIT))


def test_it_is_written_in_each_language_with_history(admin, yllapitaja, shown):
    typed = {"title_sv": " Teknik ", "goals_fi": "Alusta toimii.\r\nSovellus on käytössä.\r\nUusi."}
    response = admin.post(EDIT, shown | typed, follow=True)
    assert "Phase 2021 was saved." in text(response)
    phase = Phase.objects.get(year=2021)
    assert phase.title == Words(fi="Tekniikka", sv="Teknik")
    assert phase.goals == Words(fi=f"{GOALS}\nUusi.")
    change = Change.objects.get()
    assert (change.user, change.action) == (yllapitaja, None)
    assert change.fields == {
        "phase": [None, "2021"],
        "phase_title_sv": ["", "Teknik"],
        "phase_goals_fi": [GOALS, f"{GOALS}\nUusi."],
    }
    assert phase.strategy.revision == 0  # words change no figure


def test_empty_lines_are_no_goals(admin, shown):
    admin.post(EDIT, shown | {"goals_fi": "Yksi\n\n   \n Kaksi  ja  puoli "})
    assert Phase.objects.get(year=2021).goal_list == ["Yksi", "Kaksi ja puoli"]


def test_the_history_stands_whole_on_the_page_and_is_of_that_phase_alone(admin, shown):
    admin.post(EDIT, shown | {"goals_fi": "Toinen tavoite."})
    page = admin.get(EDIT).content.decode()
    assert "<del>Alusta toimii.<br>Sovellus on käytössä.</del>" in page
    assert "Goals (Suomi)" in page
    assert not admin.get(reverse("roadmap:phase-edit", args=[S, 2022])).context["changes"]


@pytest.mark.parametrize(
    "address",
    [
        reverse("metrics:situation", args=[S]),
        reverse("metrics:phase-detail", args=[S, 2021]),
        reverse("roadmap:strategy-detail", args=[S]),
    ],
)
def test_readers_get_their_own_language_and_else_the_finnish_marked_as_such(browse, johto, address):
    Phase.objects.filter(year=2021).update(goals=Words(fi=GOALS, en="The platform runs."))
    shown = browse(johto).get(address).content.decode()
    assert 'lang="fi">Tekniikka<' in shown
    assert "<li>The platform runs.</li>" in shown.replace("\n", "")
    assert "Alusta toimii." not in shown


def test_nothing_written_is_called_a_phase(browse, johto):
    Phase.objects.filter(year=2022).update(title=Words(), goals=Words())
    page = text(browse(johto).get(reverse("metrics:phase-detail", args=[S, 2022])))
    assert "2022 Phase" in page
    assert "Goals" not in page


def test_someone_elses_change_is_not_written_over(admin, shown):
    Phase.objects.filter(year=2021).update(title=Words(fi="Toisen sana"))
    response = admin.post(EDIT, shown | {"title_fi": "Oma sana"})
    assert response.status_code == 422
    assert "somebody else changed this meanwhile to “Toisen sana”" in response.content.decode()
    assert Phase.objects.get(year=2021).title == Words(fi="Toisen sana")
    assert not Change.objects.exists()


def test_saving_again_puts_ones_own_words_in_place_of_theirs(admin, shown):
    Phase.objects.filter(year=2021).update(title=Words(fi="Toisen sana"))
    page = admin.post(EDIT, shown | {"title_fi": "Oma sana"}).content.decode()
    [seen] = re.findall(r'name="initial-title_fi" value="([^"]*)"', page)
    assert seen == "Toisen sana"
    admin.post(EDIT, shown | {"title_fi": "Oma sana", "initial-title_fi": seen})
    assert Phase.objects.get(year=2021).title == Words(fi="Oma sana")
    assert Change.objects.get().fields["phase_title_fi"] == ["Toisen sana", "Oma sana"]


def test_what_somebody_else_changed_in_another_language_stays(admin, shown):
    Phase.objects.filter(year=2021).update(title=Words(fi="Tekniikka", en="Technology"))
    admin.post(EDIT, shown | {"title_sv": "Teknik"})
    assert Phase.objects.get(year=2021).title == Words(fi="Tekniikka", sv="Teknik", en="Technology")


def test_a_form_that_is_sent_twice_changes_once(admin, shown):
    for _time in range(2):
        assert admin.post(EDIT, shown | {"title_fi": "Uusi"}).status_code == 302
    assert Change.objects.count() == 1


def test_what_is_too_long_is_refused_by_name(admin, shown):
    response = admin.post(EDIT, shown | {"title_sv": "x" * 201, "goals_en": "x" * 5001})
    assert response.status_code == 422
    assert sorted(response.context["form"].errors) == ["goals_en", "title_sv"]
    assert not Change.objects.exists()


@pytest.mark.parametrize("year", [2020, 10**18])
def test_a_year_without_a_phase_is_not_found(admin, year):
    assert admin.get(reverse("roadmap:phase-edit", args=[S, year])).status_code == 404
