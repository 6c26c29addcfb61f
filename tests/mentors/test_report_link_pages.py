"""A report link opens one person's My quarter for one quarter, and nothing else."""

from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone

from mentors import report_links
from mentors.models import PeopleChange, ReportLink
from metrics.snapshots import close_quarter, compute
from roadmap.models import Change, ProgressEntry, Strategy
from roadmap.quarters import Quarter
from tests.factories import make_action, make_user

pytestmark = pytest.mark.django_db
SECRET = "Salainen toimenpide"


@pytest.fixture
def link(strategy, digimentori):
    Strategy.objects.update(report_links=True)
    strategy.refresh_from_db()
    make_action(strategy, "21-001", title=SECRET, people=[digimentori])
    return report_links.link_for(digimentori, strategy.quarters.get(state="open"))


def address(link):
    return f"/report/{report_links.token(link)}/"


def typed(strategy, value="30"):
    pk = strategy.actions.get(code="21-001").pk
    return {"quarter": "2021Q2", f"{pk}-value": value, f"{pk}-comment": "", f"{pk}-version": "0"}


def test_the_link_opens_the_list_and_reports_as_its_person(browse, link, strategy, digimentori):
    client = browse()
    page = client.get(address(link)).content.decode()
    assert SECRET in page
    assert "You report as Erkki Mentori" in page
    assert client.post(address(link), typed(strategy)).status_code == 302
    entry = ProgressEntry.objects.get()
    assert (entry.value, entry.reported_by) == (30, digimentori)
    assert Change.objects.get().by_link is True


def test_it_shows_the_light_of_what_is_typed(browse, link, strategy):
    pk = strategy.actions.get(code="21-001").pk
    light = browse().get(f"{address(link)}light/{pk}/", {f"{pk}-value": "50"})
    assert "On schedule" in light.content.decode()


def test_it_signs_nobody_in_and_leads_nowhere_else(browse, link, strategy):
    client = browse()
    page = client.get(address(link)).content.decode()
    assert "_auth_user_id" not in client.session
    assert "/strategies/" not in page
    for path in ("/", "/strategies/strategia/", "/strategies/strategia/actions/21-001"):
        assert client.get(path).url.startswith("/account/login/")


def test_its_use_stands_in_the_persons_history(browse, link, strategy, digimentori):
    browse().get(address(link))
    assert PeopleChange.objects.count() == 1  # a look is no use
    for value in ("30", "31"):
        browse().post(address(link), typed(strategy, value))
    rows = PeopleChange.objects.filter(person=digimentori).order_by("pk")
    assert [row.fields for row in rows] == [
        {"report_link:2021Q2": [None, "made"]},
        {"report_link:2021Q2": [None, "used"]},
    ]


def test_signed_in_as_the_same_person_one_comes_to_the_page_itself(browse, link, digimentori):
    response = browse(digimentori).get(address(link))
    assert response.url == "/strategies/strategia/my-quarter/"


def expire(link):
    ReportLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def close(link):
    strategy = link.strategy_quarter.strategy
    compute(strategy.pk)
    close_quarter(strategy, Quarter(2021, 2))


def leave(link):
    link.person.is_active = False
    link.person.save()


def lose_the_role(link):
    link.person.groups.clear()


def turn_links_off(link):
    Strategy.objects.update(report_links=False)


def revoke(link):
    report_links.revoke(link, None)


@pytest.mark.parametrize("end", [expire, close, leave, lose_the_role, turn_links_off, revoke])
def test_when_it_has_ended_it_shows_and_saves_nothing(browse, link, strategy, end):
    end(link)
    client = browse()
    for response in (client.get(address(link)), client.post(address(link), typed(strategy))):
        assert response.status_code == 410
        assert SECRET not in response.content.decode()
    assert ProgressEntry.objects.count() == 0


@pytest.mark.parametrize("spoil", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "1"])
def test_a_token_of_ones_own_making_opens_nothing(browse, link, spoil):
    assert browse().get(f"/report/{spoil(report_links.token(link))}/").status_code == 410
    forged = signing.dumps(link.pk, salt="another")
    assert browse().get(f"/report/{forged}/").status_code == 410


def test_others_actions_stay_out_of_reach(browse, link, strategy):
    others = make_action(strategy, "21-002", people=[make_user("digimentori")])
    assert browse().get(f"{address(link)}light/{others.pk}/").status_code == 404
    data = {"quarter": "2021Q2", f"{others.pk}-value": "5", f"{others.pk}-version": "0"}
    browse().post(address(link), data)
    assert ProgressEntry.objects.count() == 0


def test_another_quarter_cannot_be_reported_with_it(browse, link, strategy):
    data = typed(strategy) | {"quarter": "2021Q3"}
    assert browse().post(address(link), data).status_code == 404
    assert ProgressEntry.objects.count() == 0


def test_its_page_is_kept_by_no_cache(browse, link):
    assert "no-store" in browse().get(address(link)).headers["Cache-Control"]


def test_a_closed_quarter_cannot_be_read_with_it_either(browse, link, strategy):
    strategy.actions.first().entries.create(quarter="2021Q1", value=7, comment="Toisen kommentti")
    data = {"quarter": "2021Q1", "fill": "1"}
    response = browse().post(address(link), data)
    assert response.status_code == 404
    assert "Toisen kommentti" not in response.content.decode()


def test_what_was_typed_is_saved_though_the_person_signed_in_meanwhile(
    browse, link, strategy, digimentori
):
    browse(digimentori).post(address(link), typed(strategy))
    assert ProgressEntry.objects.get().value == 30
