"""A quarter from its closing to its reopening, in a real browser and without JavaScript."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mentors.models import Mail, User
from metrics.models import GroupStatus, Reopening
from metrics.snapshots import close_quarter, compute, reopen_quarter
from roadmap.models import ProgressEntry
from roadmap.quarters import Quarter
from tests.browser.test_every_page import S, faults_of

Q2, Q3 = Quarter(2022, 2), Quarter(2022, 3)
REASON = "Kaksi kirjausta oli väärässä yksikössä, ja yksi kirjattiin väärälle toimenpiteelle."


@pytest.fixture
def administrator(demonstration):
    return User.objects.get(email="tiina.rantala@esimerkki.fi")


@pytest.fixture
def restated(demonstration, administrator):
    """The second quarter is open again, and its figures have changed."""
    close_quarter(demonstration, Q3, administrator)
    deadline = timezone.localdate() + timedelta(days=7)
    reopen_quarter(demonstration, Q2, REASON, administrator, deadline)
    ProgressEntry.objects.filter(quarter=Q2).update(value=0)
    compute(demonstration.pk, anew=True)
    reopening = Reopening.objects.get()
    now = GroupStatus.objects.get(quarter=Q2, kind="overall").percent
    assert reopening.figures["overall:0"][0] != now
    return demonstration


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light")])
def test_pages_with_restated_figures_have_no_fault(restated, administrator, visit, width, scheme):
    page = visit(administrator, viewport={"width": width, "height": 900}, color_scheme=scheme)
    faults = []
    for address in (
        f"{S}/",
        f"{S}/?quarter=2022Q2",
        f"{S}/phases/2022/",
        f"{S}/actions/22-001",
        f"{S}/strategy/",
        f"{S}/quarters/",
        f"{S}/quarters/2022Q2/",
    ):
        faults += faults_of(page, address)
        if "quarters" not in address and "strategy" not in address:
            assert page.locator(".notes #note-1").count() == 1, address
    close_quarter(restated, Q2)
    for address in (f"{S}/quarters/2022Q4/open/", f"{S}/quarters/2022Q2/reopen/"):
        faults += faults_of(page, address)
    assert faults == []


def test_the_front_page_with_its_notes_prints_on_one_sheet(restated, administrator, visit):
    Reopening.objects.update(reason=REASON * 5)
    page = visit(administrator)
    for address in (f"{S}/", f"{S}/?quarter=2022Q2"):
        page.goto(address)
        assert page.locator(".notes").count() == 1
        assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1


def test_an_administrator_closes_and_opens_without_javascript(demonstration, administrator, visit):
    page = visit(administrator, java_script_enabled=False)
    page.goto(f"{S}/strategy/")
    page.click(".actions a[href$='/quarters/']")
    page.click(".actions .button-primary")
    assert page.url.endswith("/quarters/2022Q3/")
    page.click(".actions .button-primary")
    page.fill("#id_note", "Kiitos, kun ehdit vielä tällä viikolla.")
    page.click("button[name=preview]")
    assert "Kiitos, kun ehdit" in page.text_content(".letter")
    page.locator(".recipients input").first.uncheck()
    recipients = page.locator(".recipients input:checked").count()
    page.click(".actions .button-primary")
    assert Mail.objects.filter(kind="reminder").count() == recipients > 0
    page.click("a[href$='/close/']")
    page.click("main .button-primary")
    page.goto(f"{S}/quarters/")
    page.click(".actions .button-primary")
    page.click("main .button-primary")
    opened = demonstration.quarters.get(state="open")
    assert opened.quarter == Quarter(2022, 4)
    assert opened.deadline >= timezone.localdate()
