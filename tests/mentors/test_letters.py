"""What the letters say, read as a mail program reads them."""

import re
from datetime import UTC, date, timedelta
from email import message_from_bytes, policy

import pytest
from django.core import mail as mailbox
from django.utils import timezone, translation

from mentors import report_links
from mentors.letters import NothingLeft, Round, one_line, write
from mentors.mails import send_waiting
from mentors.models import Comment, Deputy, Invitation, Mail, Mention
from mentors.outbox import post
from roadmap.models import QuarterState
from roadmap.quarters import Quarter
from tests.factories import make_action, make_strategy, make_user
from tests.letters import ENDING, Reader, links

pytestmark = pytest.mark.django_db
Q3 = Quarter(2022, 3)
FAR = date(2099, 10, 16)  # a Friday


@pytest.fixture
def aino(db):
    return make_user("digimentori", "aino@example.org", first_name="Åino", last_name="Mäkelä")


@pytest.fixture
def row(aino):
    strategy = make_strategy(opened="2022Q3", name="Digistrategia 2021–2023")
    for code in ("T-1", "T-2"):
        make_action(strategy, code, people=[aino], title=f"Etävastaanotto & ääni {code}", year=2022)
    row = strategy.quarters.get(quarter=Q3)
    row.deadline, row.opened_at = FAR, timezone.now()
    row.save()
    return row


def receive(kind, person, row=None, **fields):
    """The mail of a kind as it arrives: the parsed message, its text, and its HTML."""
    post(kind, person, f"{kind}:{timezone.now()}", row, **fields)
    assert send_waiting() == 1
    message = message_from_bytes(mailbox.outbox.pop().message().as_bytes(), policy=policy.default)
    text = message.get_body(("plain",)).get_content()
    return message, text, Reader(message.get_body(("html",)).get_content())


def test_the_first_letter_says_in_finnish_what_is_asked_how_long_it_takes_and_by_when(row, aino):
    message, text, html = receive("opened", aino, row)
    assert message["Subject"] == "Q3/2022 on avattu: kirjaukset viimeistään pe 16.10.2099"
    assert message["To"] == "aino@example.org"
    assert text == (
        "Hei Åino!\n\n"
        "Kvartaali Q3/2022 on nyt avoinna kirjauksille (Digistrategia 2021–2023). Odotamme sinulta "
        "kirjausta 2 toimenpiteestä. Määräaika on perjantai 16.10.2099. Aikaa menee noin 2 "
        "minuuttia eli minuutti toimenpidettä kohti.\n\n"
        "Omat toimenpiteesi:\n"
        "- T-1 Etävastaanotto & ääni T-1\n"
        "- T-2 Etävastaanotto & ääni T-2\n\n"
        "Kirjaa tästä:\n"
        "http://127.0.0.1:8000/strategies/strategia/my-quarter/\n\n"
        f"{ENDING}"
    )
    assert html.language == "fi"
    assert html.links == links(text)
    words = re.sub(r"(?m)^- ", "", text)
    assert html.words == f"{message['Subject']} {' '.join(words.split())}"


def test_each_letter_is_in_the_language_of_its_reader(row, aino):
    aino.language = "sv"
    aino.save()
    with translation.override("en"):
        message, text, html = receive("week", aino, row)
    assert message["Subject"] == "Påminnelse: rapportera Q3/2022 senast fre 16.10.2099"
    assert message["Content-Language"] == html.language == "sv"
    assert text.startswith(
        "Hej Åino!\n\nDin lägesrapport för Q3/2022 saknas ännu för 2 åtgärder "
        "(Digistrategia 2021–2023). Tidsfristen går ut fredag 16.10.2099. "
    )
    assert "Mitt kvartal" not in text
    assert html.links == links(text)


def test_headers_tell_programs_that_it_is_automatic_and_which_mail_it_is(row, aino):
    message, _text, _html = receive("opened", aino, row)
    pk = Mail.objects.get().pk
    wanted = ("Auto-Submitted", "Message-ID", "From", "List-Unsubscribe")
    assert {name: message[name] for name in wanted} == {
        "Auto-Submitted": "auto-generated",
        "Message-ID": f"<mail-{pk}@127.0.0.1>",
        "From": "digistrategia@localhost",
        "List-Unsubscribe": None,
    }
    written = message["Date"].datetime.replace(tzinfo=UTC)  # -0000, as Django writes it
    assert abs(written - timezone.now()) < timedelta(minutes=1)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("kind", ["opened", "week", "late", "reminder", "link"])
@pytest.mark.parametrize("by_link", [False, True])
def test_every_letter_about_a_quarter_has_the_same_links_twice_and_nothing_unfilled(
    row, aino, kind, language, by_link
):
    aino.language = language
    aino.save()
    row.strategy.report_links = by_link or kind == "link"
    row.strategy.save()
    if kind == "late":
        row.deadline = timezone.localdate() - timedelta(days=1)
        row.save()
    message, text, html = receive(kind, aino, row)
    assert len(message["Subject"]) <= 70
    assert html.links == links(text)
    assert len(links(text)) == 2
    assert ("/report/" in links(text)[0]) == row.strategy.report_links
    for left_over in ("None", "%(", "{{", "{%", "  "):
        assert left_over not in text
    assert "\n\n\n" not in text


def test_a_late_letter_says_that_there_is_still_time(row, aino):
    row.deadline = timezone.localdate() - timedelta(days=1)
    row.save()
    _message, text, _html = receive("late", aino, row)
    assert "Määräaika oli " in text
    assert "Ehdit vielä: voit kirjata siihen asti, kunnes kvartaali suljetaan." in text


def test_an_administrators_note_stands_on_top_with_the_name_and_its_lines(row, aino, yllapitaja):
    _message, text, html = receive(
        "reminder", aino, row, note="Hei kaikki,\n\n<b>pian</b> & heti!", made_by=yllapitaja
    )
    assert text.startswith(
        "Hei Åino!\n\nErkki Ylläpitäjä kirjoittaa:\n\nHei kaikki,\n\n<b>pian</b> & heti!\n\nSinulta"
    )
    assert "<b>pian</b> & heti!" in html.words


def test_a_deputy_sees_for_whom_each_action_is(row, aino):
    today = timezone.localdate()
    deputy = make_user("digimentori", "sijainen@example.org")
    Deputy.objects.create(person=aino, deputy=deputy, first_day=today, last_day=today)
    _message, text, _html = receive("opened", deputy, row)
    assert "Sijaisena (Åino Mäkelä):\n- T-1 " in text
    assert "Omat toimenpiteesi" not in text


def test_a_long_list_is_bounded_and_says_how_many_more(row, aino):
    for number in range(50):
        make_action(row.strategy, f"X-{number}", people=[aino], year=2022)
    _message, text, html = receive("opened", aino, row)
    assert text.count("\n- ") == 40
    assert "ja vielä 12\n" in text
    assert "ja vielä 12" in html.words


def test_names_and_titles_can_make_neither_headers_nor_lines_nor_markup(row, aino, yllapitaja):
    aino.first_name = "Aino\nBcc: x@example.org\u2028<i>"
    aino.save()
    row.strategy.name = "Strategia\r\n\r\nHei"
    row.strategy.save()
    make_action(row.strategy, "<T>\n-", people=[aino], title="a\nb<script>", year=2022)
    yllapitaja.last_name = "Y\nSubject: x"
    yllapitaja.save()
    comment = Comment.objects.create(
        action=row.strategy.actions.get(code="T-1"), author=yllapitaja, text="x"
    )
    post("mentions", aino, "m")
    Mention.objects.create(comment=comment, person=aino, mail=Mail.objects.get(key="m"))
    message, text, html = receive_all(2, aino, row)
    assert text.startswith("Hei Aino Bcc: x@example.org <i>!\n")
    assert "(Strategia Hei)" in text
    assert "- <T> - a b<script>\n" in text
    assert "a b<script>" in html.words
    assert set(message.keys()) == {
        "Content-Type", "MIME-Version", "Subject", "From", "To", "Date",
        "Message-ID", "Auto-Submitted", "Content-Language",
    }  # fmt: skip


def receive_all(count, person, row):
    """As `receive`, of the newest; the subjects of all are one line."""
    post("opened", person, "o", row)
    assert send_waiting() == count
    found = [
        message_from_bytes(one.message().as_bytes(), policy=policy.default)
        for one in mailbox.outbox
    ]
    assert found[0]["Subject"] == "Erkki Y Subject: x mainitsi sinut: T-1 Etävastaanotto & ääni T-1"
    message = found[-1]
    text = message.get_body(("plain",)).get_content()
    return message, text, Reader(message.get_body(("html",)).get_content())


def test_a_very_long_subject_is_cut_to_70_signs(row, aino):
    action = make_action(row.strategy, "L-1", title="ö" * 500, year=2022)
    comment = Comment.objects.create(action=action, text="x")
    mail = post("mentions", aino, "m")
    Mention.objects.create(comment=comment, person=aino, mail=mail)
    send_waiting()
    (sent,) = mailbox.outbox
    parsed = message_from_bytes(sent.message().as_bytes(), policy=policy.default)
    assert parsed["Subject"] == f"Joku toinen mainitsi sinut: L-1 {'ö' * 37}…"
    assert len(parsed["Subject"]) == 70


# --- what is no longer needed ------------------------------------------------------------------


def why_not(kind, person, row, **fields):
    mail = Mail(key="x", kind=kind, recipient=person, strategy_quarter=row, **fields)
    with pytest.raises(NothingLeft) as reason:
        write(mail)
    return str(reason.value)


def test_who_has_reported_everything_meanwhile_gets_no_letter(row, aino):
    for action in row.strategy.actions.all():
        action.entries.create(quarter=Q3, value=1)
    for kind in ("opened", "week", "reminder"):
        assert why_not(kind, aino, row) == "nothing was left to report"


def test_a_closed_quarter_a_moved_deadline_and_a_turned_off_reminder_make_no_letter(row, aino):
    assert why_not("late", aino, row) == "the deadline was another one by then"
    aino.wants_reminders = False
    assert why_not("week", aino, row) == "the recipient has turned these mails off"
    assert write(Mail(kind="opened", recipient=aino, strategy_quarter=row)).language == "fi"
    row.state = QuarterState.CLOSED
    assert why_not("opened", aino, row) == "the quarter was no longer open"


def test_a_link_is_sent_only_where_the_strategy_has_links_and_to_who_may_see_it(row, aino):
    assert why_not("link", aino, row) == "the strategy has no report links"
    row.strategy.report_links = True
    outsider = make_user(None)
    assert why_not("link", outsider, row) == "the recipient may no longer see the strategy"
    assert not outsider.report_links.exists()


def test_a_personal_link_opens_the_quarter_of_its_reader(row, aino):
    row.strategy.report_links = True
    row.strategy.save()
    _message, text, _html = receive("opened", aino, row)
    token = links(text)[0].rstrip("/").rpartition("/")[2]
    link = report_links.resolve(token)
    assert (link.person, link.strategy_quarter) == (aino, row)
    assert "Linkki on henkilökohtainen ja toimii ilman kirjautumista" in text


# --- mentions and invitations ------------------------------------------------------------------


@pytest.fixture
def mention(row, aino):
    def mention(text, author=None, **fields):
        action = row.strategy.actions.get(code="T-1")
        comment = Comment.objects.create(action=action, author=author, text=text, **fields)
        mail, _new = Mail.objects.get_or_create(key="m", kind="mentions", recipient=aino)
        return Mention.objects.create(comment=comment, person=aino, mail=mail)

    return mention


def test_a_mail_about_mentions_shows_who_wrote_what_with_names_for_keys(mention, aino, yllapitaja):
    mention(f"Hei @{{{aino.pk}}},\nkatso <b>tätä</b> @{{{yllapitaja.pk}}} @{{}}x", yllapitaja)
    mention("@{99999} toinen")
    mention("salaisuus", removed_at=timezone.now())
    assert send_waiting() == 1
    (sent,) = mailbox.outbox
    message = message_from_bytes(sent.message().as_bytes(), policy=policy.default)
    text = message.get_body(("plain",)).get_content()
    html = Reader(message.get_body(("html",)).get_content())
    assert message["Subject"] == "Sinut mainittiin 2 kommentissa"
    assert "> Hei @Åino Mäkelä,\n> katso <b>tätä</b> @Erkki Ylläpitäjä @x\n\nhttp" in text
    assert "> @entinen käyttäjä toinen\n" in text
    assert "salaisuus" not in text
    assert html.links == links(text)
    assert links(text)[0] == "http://127.0.0.1:8000/strategies/strategia/actions/T-1"
    assert "katso <b>tätä</b>" in html.words


def test_names_of_people_who_were_not_mentioned_do_not_come_out_by_their_keys(
    mention, aino, johto, yllapitaja
):
    mention(f"@{{{johto.pk}}}", yllapitaja)
    text = write(Mail.objects.get()).text
    assert "> @entinen käyttäjä\n" in text
    assert "Johtaja" not in text


def test_mentions_are_not_told_to_who_may_not_see_them_or_does_not_want_to_know(mention, aino):
    kept = mention("x")
    aino.groups.clear()
    assert mail_error() == "the recipient may no longer see the strategy"
    kept.comment.removed_at = timezone.now()
    kept.comment.save()


def mail_error():
    assert send_waiting() == 0
    return Mail.objects.get().error


def test_an_invitation_has_the_link_until_it_is_of_no_use(aino, yllapitaja):
    invitation = Invitation.objects.create(
        person=aino, made_by=yllapitaja, expires_at=timezone.now() + timedelta(days=7)
    )
    mail = post("invitation", aino, f"invitation:{invitation.pk}", made_by=yllapitaja)
    letter = write(mail)
    assert letter.subject == "Tervetuloa Digistrategiaan: valitse salasana"
    assert "Kirjaudut sähköpostiosoitteellasi aino@example.org." in letter.text
    (url,) = links(letter.text)
    assert url.startswith("http://127.0.0.1:8000/")
    assert Reader(letter.html).links == [url]
    assert "poistaa käytöstä" not in letter.text
    invitation.revoked_at = timezone.now()
    invitation.save()
    with pytest.raises(NothingLeft, match="the invitation was no longer valid"):
        write(mail)


# --- costs --------------------------------------------------------------------------------------


def test_a_round_of_letters_reads_the_quarter_once(row, aino, django_assert_num_queries):
    shared = Round()
    people = [make_user("digimentori") for _n in range(20)]
    row.strategy.actions.first().responsible.add(*people)
    write(Mail(kind="opened", recipient=aino, strategy_quarter=row), shared)
    with django_assert_num_queries(0):
        for person in people:
            write(Mail(kind="opened", recipient=person, strategy_quarter=row), shared)


def test_one_line_takes_out_whatever_is_no_sign():
    assert one_line(" a\r\n\tb\u2028c\u202ed\x00e ") == "a b c d e"
