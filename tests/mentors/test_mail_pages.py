"""Mails that did not go out: an administrator sees why, and decides."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mentors import report_links
from mentors.models import Mail, PeopleChange
from roadmap.models import Strategy

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(hours=1)


@pytest.fixture
def mails(digimentori):
    def mail(key, **fields):
        return Mail.objects.create(key=key, kind="reminder", recipient=digimentori, **fields)

    mail("sent", claimed_at=LONG_AGO, sent_at=LONG_AGO)
    mail("waits")
    mail("not needed", given_up_at=LONG_AGO)
    return mail("lost", claimed_at=LONG_AGO), mail("no", given_up_at=LONG_AGO, error="550 Nobody")


def test_only_what_needs_a_decision_is_listed_with_its_reason(browse, yllapitaja, mails):
    page = browse(yllapitaja).get("/mails/").content.decode()
    assert "1 mail waits for its turn." in page
    assert page.count(">Send again<") == 2
    assert "550 Nobody" in page


def test_sending_again_is_once_for_a_double_click_and_stands_in_history(browse, yllapitaja, mails):
    client = browse(yllapitaja)
    for _click in range(2):
        assert client.post(f"/mails/{mails[0].pk}/again/").status_code == 302
    mails[0].refresh_from_db()
    assert (mails[0].claimed_at, mails[0].error) == (None, "")
    assert [c.fields for c in PeopleChange.objects.all()] == [
        {"mail:reminder": ["uncertain", "sent again"]}
    ]


def test_with_nothing_to_decide_the_page_says_that_every_mail_has_gone_out(browse, yllapitaja):
    assert "Every mail has gone out" in browse(yllapitaja).get("/mails/").content.decode()


def test_a_link_is_revoked_by_its_person_or_an_administrator(
    browse, strategy, digimentori, yllapitaja, johto
):
    Strategy.objects.update(report_links=True)
    opened = strategy.quarters.select_related("strategy").get(state="open")
    for person, page, status in (
        (johto, "/profile/", 404),
        (digimentori, "/profile/", 302),
        (yllapitaja, f"/people/{digimentori.pk}/", 302),
    ):
        link = report_links.link_for(digimentori, opened)
        client = browse(person)
        assert ("Revoke the link" in client.get(page).content.decode()) == (status == 302)
        assert client.post(f"/report-links/{link.pk}/revoke/").status_code == status
        link.refresh_from_db()
        assert (link.revoked_at is not None) == (status == 302)


def test_an_administrator_sends_a_person_a_link_once_for_a_double_click(
    browse, strategy, digimentori, yllapitaja
):
    client, page = browse(yllapitaja), f"/people/{digimentori.pk}/"
    assert "Send a report link" not in client.get(page).content.decode()
    client.post(f"{page}report-link/", {"token": "x"})
    assert Mail.objects.count() == 0
    Strategy.objects.update(report_links=True)
    assert "Send a report link" in client.get(page).content.decode()
    for _click in range(2):
        client.post(f"{page}report-link/", {"token": "x"})
    assert [(m.kind, m.recipient) for m in Mail.objects.all()] == [("link", digimentori)]
