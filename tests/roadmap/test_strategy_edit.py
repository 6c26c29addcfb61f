"""The name, the vision and the limits of a strategy, as an administrator edits them."""

import pytest
from django.urls import reverse

from roadmap.fields import Words
from roadmap.models import Change, Strategy
from tests.edit_forms import as_shown
from tests.factories import make_strategy

pytestmark = pytest.mark.django_db
EDIT = reverse("roadmap:strategy-edit", args=["strategia"])


@pytest.fixture(autouse=True)
def strategy(db):
    return make_strategy()


@pytest.fixture
def shown(admin):
    return as_shown(admin.get(EDIT))


def test_the_limits_are_changed_with_history_and_the_figures_go_behind(admin, shown):
    admin.post(EDIT, shown | {"green_from": 90, "yellow_from": 70})
    strategy = Strategy.objects.get()
    assert (strategy.green_from, strategy.yellow_from, strategy.revision) == (90, 70, 1)
    assert Change.objects.get().fields == {"green_from": ["100", "90"], "yellow_from": ["85", "70"]}


def test_the_vision_is_written_in_each_language_and_no_figure_goes_behind(admin, shown):
    admin.post(EDIT, shown | {"vision_fi": " Digi  kaikille\r\nja heti ", "vision_en": "For all"})
    strategy = Strategy.objects.get()
    assert strategy.vision == Words(fi="Digi  kaikille\nja heti", en="For all")
    assert strategy.revision == 0
    assert Change.objects.get().fields == {
        "vision_fi": ["", "Digi  kaikille\nja heti"],
        "vision_en": ["", "For all"],
    }
    page = admin.get(reverse("roadmap:strategy-detail", args=["strategia"])).content.decode()
    assert "Vision (English)" in page


def test_the_history_of_name_vision_and_limits_stands_whole_below_the_form(admin, shown):
    long = "Digi " * 50
    admin.post(EDIT, shown | {"vision_fi": long, "report_links": "on"})
    admin.post(EDIT, as_shown(admin.get(EDIT)) | {"vision_fi": ""})
    page = admin.get(EDIT).content.decode()
    assert f"<dd><del>{long.strip()}</del><br>empty</dd>" in page
    assert "<dd><del>no</del><br>yes</dd>" in page


def test_what_the_strategy_was_made_with_stands_in_its_history(admin):
    Change.objects.create(strategy=Strategy.objects.get(), fields={"name": [None, "Uusi nimi"]})
    assert "<dt>Name</dt><dd>Uusi nimi</dd>" in admin.get(EDIT).content.decode()


def test_two_people_change_the_vision_in_two_languages(admin, shown):
    Strategy.objects.update(vision=Words(sv="Digitalt för alla"))
    admin.post(EDIT, shown | {"vision_fi": "Digi kaikille"})
    assert Strategy.objects.get().vision == Words(fi="Digi kaikille", sv="Digitalt för alla")


def test_a_form_that_is_sent_twice_changes_once(admin, shown):
    for _time in range(2):
        response = admin.post(EDIT, shown | {"vision_fi": "Digi kaikille"})
        assert response.status_code == 302
    assert Change.objects.count() == 1


def test_a_tampered_form_is_no_crash(admin):
    data = {"name": "x", "green_from": 90, "initial-green_from": "zz"}
    assert admin.post(EDIT, data).status_code == 422


def test_limits_in_the_wrong_order_are_refused(admin, shown):
    response = admin.post(EDIT, shown | {"green_from": 80})
    assert response.status_code == 422
    assert "The green limit must be above the yellow one." in response.content.decode()
    assert Strategy.objects.get().green_from == 100


def test_two_limits_that_two_people_set_must_be_in_order_together(admin, shown):
    admin.post(EDIT, shown | {"yellow_from": 95})
    response = admin.post(EDIT, shown | {"green_from": 90})
    assert response.status_code == 422
    assert "The green limit must be above the yellow one." in response.content.decode()
    strategy = Strategy.objects.get()
    assert (strategy.green_from, strategy.yellow_from) == (100, 95)


def test_someone_elses_change_of_a_limit_is_not_written_over(admin, shown):
    Strategy.objects.update(yellow_from=60)
    response = admin.post(EDIT, shown | {"yellow_from": 70})
    assert response.status_code == 422
    assert "somebody else changed this meanwhile to “60”" in response.content.decode()
    assert Strategy.objects.get().yellow_from == 60
