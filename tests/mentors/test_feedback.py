import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from mentors.models import Feedback

pytestmark = pytest.mark.django_db


def send(client, **fields):
    data = {"topic": "other", "message": "Hei!", "email": "", "token": uuid.uuid4()} | fields
    return client.post(reverse("mentors:feedback"), data, follow=True)


def test_an_anonymous_message_is_kept_and_no_mail_is_sent(browse):
    page = send(browse()).content.decode()
    assert "Your message has arrived." in page
    assert list(Feedback.objects.values_list("topic", "message", "email")) == [
        ("other", "Hei!", "")
    ]
    assert mail.outbox == []


def test_who_gives_an_address_gets_a_receipt_in_the_language_of_the_page(browse):
    send(
        browse(), email="matti@example.org", topic="accessibility", message="Ruudunlukija <b>ei</b>"
    )
    (receipt,) = mail.outbox
    assert (receipt.to, receipt.subject) == (
        ["matti@example.org"],
        "We have received your feedback",
    )
    # The address may be a stranger's: nothing that was written goes there.
    assert "Ruudunlukija" not in receipt.body
    assert "www.webaccessibility.fi" in receipt.body


def test_the_same_form_sent_twice_is_one_message_and_one_receipt(browse):
    token = uuid.uuid4()
    for _click in range(2):
        send(browse(), email="matti@example.org", token=token)
    assert (Feedback.objects.count(), len(mail.outbox)) == (1, 1)


def test_another_message_from_a_form_that_the_browser_kept_is_kept_too(browse):
    token = uuid.uuid4()
    for message in ("Yksi", "Toinen"):
        send(browse(), message=message, token=token)
    assert set(Feedback.objects.values_list("message", flat=True)) == {"Yksi", "Toinen"}


def test_many_messages_from_one_place_are_kept_but_send_no_mail_to_strangers(browse):
    cache.clear()
    client = browse()
    for number in range(13):
        send(client, email=f"stranger{number}@example.org")
    assert (Feedback.objects.count(), len(mail.outbox)) == (13, 10)
    cache.clear()


def test_a_mail_server_that_is_down_loses_the_receipt_but_not_the_message(browse, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = send(browse(), email="matti@example.org").content.decode()
    assert "Your message has arrived." in page
    assert Feedback.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"message": " "}, "write what you want to say"),
        ({"email": "matti"}, "write the address as name@example.org"),
        ({"topic": "x"}, "x is not one of the available choices"),
        ({"email": "a@b.fi\nBcc: c@d.fi"}, "write the address"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_kept(browse, fields, says):
    response = send(browse(), **fields)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert (Feedback.objects.count(), mail.outbox) == (0, [])


def test_an_administrator_sees_what_waits_and_since_when(browse, yllapitaja):
    for days, message in ((15, "Vanha"), (1, "Uusi")):
        Feedback.objects.create(
            topic="fault", message=message, sent_at=timezone.now() - timedelta(days=days)
        )
    page = browse(yllapitaja).get(reverse("mentors:feedback-list")).content.decode()
    for words in ("2 messages wait", "has waited for 15 days", "15 days, late", "anonymous"):
        assert words in page
    assert page.index("Vanha") < page.index("Uusi")


def test_an_answered_message_no_longer_waits_and_its_address_is_forgotten(browse, yllapitaja):
    feedback = Feedback.objects.create(topic="fault", message="x", email="matti@example.org")
    client = browse(yllapitaja)
    client.post(reverse("mentors:feedback-answered", args=[feedback.pk]))
    feedback.refresh_from_db()
    assert (feedback.email, feedback.answered_by) == ("", yllapitaja)
    page = client.get(reverse("mentors:feedback-list")).content.decode()
    assert "No message waits" in page


def test_the_statement_says_what_the_law_asks_for(browse):
    page = browse().get(reverse("mentors:accessibility")).content.decode()
    for words in (
        "306/2019",
        "WCAG 2.1",
        "What is not accessible, and why",
        "How it was assessed",
        "within two weeks",
        "Traficom",
        "since 1 January 2025",
        reverse("mentors:feedback"),
    ):
        assert words in page


def test_the_thanks_page_shows_nothing_of_other_peoples_messages(browse, client):
    send(browse(), email="matti@example.org")
    from django.test import Client

    page = Client().get(reverse("mentors:feedback-thanks")).content.decode()
    assert "matti" not in page
