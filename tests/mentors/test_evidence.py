import os
import uuid
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mentors import evidence as kept
from mentors.models import Evidence
from metrics.snapshots import close_quarter
from roadmap.models import QuarterState
from roadmap.quarters import Quarter
from roadmap.reporting import QuarterNotOpen
from tests.factories import make_action, make_strategy, make_user
from tests.mentors.test_evidence_files import PDF
from tests.pages import queries_of

pytestmark = pytest.mark.django_db

OPEN = Quarter(2021, 2)
SECRET = "Salainen liite"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def action(strategy, digimentori):
    return make_action(strategy, "21/001", people=[digimentori])


def files(media):
    return [path for path in media.rglob("*") if path.is_file()]


def url(action):
    return reverse("mentors:evidence", args=[action.strategy.slug, action.code])


def send_link(client, action, **fields):
    data = {"kind": "link", "url": "https://thl.fi/a", "title": "", "quarter": "2021Q2"}
    return client.post(url(action), data | {"token": uuid.uuid4()} | fields)


def send_file(client, action, name="Raportti ä.pdf", content=PDF, **fields):
    file = SimpleUploadedFile(name, content)
    data = {"kind": "file", "file": file, "quarter": "2021Q2", "token": uuid.uuid4()}
    return client.post(url(action), data | fields)


def add_file(action, user, title=f"{SECRET}.pdf"):
    return kept.add_file(action, OPEN, title, PDF, user, uuid.uuid4())


def file_url(evidence):
    return reverse("mentors:evidence-file", args=[evidence.pk])


def remove_url(evidence):
    return reverse("mentors:evidence-remove", args=[evidence.pk])


def test_a_link_is_added_by_who_reports_the_action(browse, action, digimentori):
    client = browse(digimentori)
    response = send_link(client, action, url="www.thl.fi/ab/", title=" Ohje\x07 ")
    assert (response.status_code, response.url) == (302, url(action))
    found = Evidence.objects.get()
    assert (found.action, found.quarter, found.added_by) == (action, OPEN, digimentori)
    assert (found.url, found.title, bool(found.file)) == ("https://www.thl.fi/ab/", "Ohje", False)
    page = client.get(url(action)).content.decode()
    assert "1 link or file as evidence for 21/001" in page
    assert '<a href="https://www.thl.fi/ab/" rel="nofollow noopener">Ohje</a>' in page
    assert client.get(file_url(found)).status_code == 404


def test_a_link_without_a_name_is_called_by_its_address(browse, action, digimentori):
    send_link(browse(digimentori), action, url="https://thl.fi/a/")
    assert Evidence.objects.get().title == "thl.fi/a"


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("", "write the address"),
        ("javascript:alert(1)", "write the address as https://example.org/page"),
        ("ftp://thl.fi/a", "write the address as https://example.org/page"),
        ("data:text/html,x", "write the address as https://example.org/page"),
        ("https://thl.fi/a\nb", "write the address as https://example.org/page"),
        ("https://a:b@thl.fi/", "leave user names and passwords out of the address"),
        ("https://thl.fi/" + "a" * 1000, "at most 1000 characters"),
    ],
)
def test_an_address_that_is_none_is_refused(browse, action, digimentori, address, says):
    response = send_link(browse(digimentori), action, url=address, title="Tämä ei katoa")
    page = response.content.decode()
    assert response.status_code == 422
    assert says in page
    assert "<title>Error:" in page
    assert 'value="Tämä ei katoa"' in page
    assert not Evidence.objects.exists()


def test_a_file_is_kept_under_a_random_name_for_its_owner_alone(browse, action, digimentori, media):
    assert send_file(browse(digimentori), action).status_code == 302
    found = Evidence.objects.get()
    (path,) = files(media)
    assert (found.title, found.size, found.url) == ("Raportti ä.pdf", len(PDF), "")
    assert path == Path(found.file.path)
    assert "Raportti" not in str(path)
    assert uuid.UUID(path.name)
    assert oct(os.stat(path).st_mode & 0o777) == "0o600"
    assert path.read_bytes() == PDF


@pytest.mark.parametrize("role", ["johto", "digimentori", "ylläpitäjä"])
def test_a_file_is_saved_and_never_shown_as_a_page(browse, action, digimentori, role):
    found = add_file(action, digimentori, "Raportti ä.pdf")
    response = browse(make_user(role)).get(file_url(found))
    assert b"".join(response.streaming_content) == PDF
    headers = {
        "Content-Type": "application/pdf",
        "Content-Disposition": "attachment; filename*=utf-8''Raportti%20%C3%A4.pdf",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
    assert {name: response.headers[name] for name in headers} == headers


def test_a_file_that_is_gone_from_the_disk_answers_404(browse, action, digimentori):
    found = add_file(action, digimentori)
    default_storage.delete(found.file.name)
    assert browse(digimentori).get(file_url(found)).status_code == 404
    assert browse(digimentori).get(f"/evidence/{uuid.uuid4()}/").status_code == 404


@pytest.mark.parametrize("user", ["outsider", None])
def test_who_may_not_see_the_action_gets_nothing(client, request, action, digimentori, user):
    found = add_file(action, digimentori)
    if user:
        client.force_login(request.getfixturevalue(user))
    for response in (
        client.get(url(action)),
        client.get(file_url(found)),
        send_link(client, action),
        send_file(client, action),
        client.post(remove_url(found)),
    ):
        assert response.status_code == (404 if user else 302)
        assert SECRET not in response.content.decode()
    assert list(Evidence.objects.values_list("removed_at", flat=True)) == [None]


@pytest.mark.parametrize("user", ["johto", "another mentor"])
def test_who_may_see_but_not_report_only_reads(browse, action, digimentori, request, user, media):
    found = add_file(action, digimentori)
    is_johto = user == "johto"
    client = browse(request.getfixturevalue("johto") if is_johto else make_user("digimentori"))
    page = client.get(url(action)).content.decode()
    assert SECRET in page
    assert "<form" not in page.partition("<main")[2]
    for response in (
        send_link(client, action),
        send_file(client, action),
        client.post(remove_url(found)),
    ):
        assert response.status_code == 403
    assert list(Evidence.objects.values_list("removed_at", flat=True)) == [None]
    assert len(files(media)) == 1


def test_another_strategy_with_this_code_shows_nothing(browse, action, digimentori):
    make_action(make_strategy("toinen"), "21-777")
    add_file(action, digimentori)
    client = browse(digimentori)
    assert client.get("/strategies/toinen/evidence/21/001").status_code == 404
    assert SECRET not in client.get("/strategies/toinen/evidence/21-777").content.decode()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.pdf", b"<html><script>alert(1)</script>", "the content is something else or broken"),
        ("a.html", b"<html>", "This kind of file is not taken"),
        ("a.pdf", b"", "the file is empty"),
        ("a.pdf", PDF + bytes(10 * 1024 * 1024), "the file is too large: at most 10 MB is taken"),
    ],
)
def test_a_file_that_is_refused_says_why_and_leaves_none(
    browse, action, digimentori, media, name, content, says
):
    response = send_file(browse(digimentori), action, name, content)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert (Evidence.objects.count(), files(media)) == (0, [])


def test_no_file_chosen_says_so(browse, action, digimentori):
    response = send_file(browse(digimentori), action, file="")
    assert (response.status_code, "choose a file" in response.content.decode()) == (422, True)


def test_a_path_and_signs_that_cannot_be_seen_are_no_part_of_the_title(
    browse, action, digimentori, media
):
    for name in ("../../../tmp/a\u202eb.pdf", "x" * 300 + ".pdf"):
        assert send_file(browse(digimentori), action, name).status_code == 302
    titles = set(Evidence.objects.values_list("title", flat=True))
    assert titles == {"ab.pdf", "x" * 196 + ".pdf"}
    assert all(path.parent == media / "evidence" for path in files(media))


@pytest.mark.parametrize("send", [send_link, send_file])
def test_the_same_form_sent_twice_adds_once(browse, action, digimentori, media, send):
    client, token = browse(digimentori), uuid.uuid4()
    for _click in range(2):
        assert send(client, action, token=token).status_code == 302
    assert Evidence.objects.count() == 1
    assert len(files(media)) == (send is send_file)


@pytest.mark.parametrize("send", [send_link, send_file])
def test_at_most_20_stand_in_a_quarter(browse, action, digimentori, media, send):
    for number in range(20):
        kept.add_link(action, OPEN, f"https://thl.fi/{number}", "a", digimentori, uuid.uuid4())
    client = browse(digimentori)
    response = send(client, action)
    assert response.status_code == 422
    assert "at most 20 links and files in a quarter" in response.content.decode()
    assert (Evidence.objects.count(), files(media)) == (20, [])
    client.post(remove_url(Evidence.objects.first()))
    assert send(client, action).status_code == 302


@pytest.mark.parametrize("send", [send_link, send_file])
def test_a_quarter_that_was_closed_meanwhile_takes_nothing(browse, action, yllapitaja, media, send):
    close_quarter(action.strategy, OPEN, yllapitaja)
    response = send(browse(yllapitaja), action)
    page = response.content.decode()
    assert response.status_code == 409
    assert "The quarter was closed meanwhile: nothing was added." in page
    assert ("thl.fi/a" if send is send_link else "Raportti ä.pdf") in page
    assert (Evidence.objects.count(), files(media)) == (0, [])


def test_evidence_meant_for_a_quarter_never_goes_into_another(browse, action, yllapitaja):
    action.strategy.quarters.filter(quarter="2021Q2").update(state=QuarterState.CLOSED)
    action.strategy.quarters.filter(quarter="2021Q3").update(state=QuarterState.OPEN)
    client = browse(yllapitaja)
    assert send_link(client, action).status_code == 409
    assert send_link(client, action, quarter="2021Q3").status_code == 302
    assert send_link(client, action, quarter="nyt").status_code == 422
    assert [str(e.quarter) for e in Evidence.objects.all()] == ["2021Q3"]


def test_a_removed_file_is_deleted_and_its_trace_stays(
    browse, action, digimentori, yllapitaja, media, django_capture_on_commit_callbacks
):
    found = add_file(action, digimentori)
    client = browse(yllapitaja)
    with django_capture_on_commit_callbacks(execute=True):
        for _click in range(2):
            assert client.post(remove_url(found)).status_code == 302
        assert len(files(media)) == 1  # until the commit
    assert files(media) == []
    found.refresh_from_db()
    assert found.removed_by == yllapitaja
    assert client.get(file_url(found)).status_code == 404
    page = client.get(url(action)).content.decode()
    assert f"<del>{SECRET}.pdf</del>" in page
    assert file_url(found) not in page
    assert "Erkki Ylläpitäjä" in page.partition("Removed ")[2]


def test_what_was_added_to_a_closed_quarter_stays(browse, action, yllapitaja, media):
    found = add_file(action, yllapitaja)
    close_quarter(action.strategy, OPEN, yllapitaja)
    client = browse(yllapitaja)
    response = client.post(remove_url(found))
    assert response.status_code == 409
    assert "The quarter is closed: nothing was removed." in response.content.decode()
    assert "Remove the evidence" not in client.get(url(action)).content.decode()
    found.refresh_from_db()
    assert found.removed_at is None
    assert len(files(media)) == 1
    assert client.get(file_url(found)).status_code == 200


def test_a_row_that_cannot_be_kept_leaves_no_file(action, digimentori, media, monkeypatch):
    def fail(*args, **kwargs):
        assert len(files(media)) == 1
        raise OSError("the database is gone")

    monkeypatch.setattr(Evidence, "save", fail)
    with pytest.raises(OSError, match="the database is gone"):
        add_file(action, digimentori)
    assert files(media) == []


def test_a_quarter_that_is_only_planned_takes_nothing(action, digimentori):
    with pytest.raises(QuarterNotOpen):
        kept.add_link(action, Quarter(2021, 3), "https://a.fi", "a", digimentori, uuid.uuid4())


def test_evidence_is_counted_by_action_without_what_was_removed(
    action, digimentori, django_assert_num_queries
):
    other = make_action(action.strategy, "b")
    for title in "abc":
        kept.add_link(action, OPEN, f"https://a.fi/{title}", title, digimentori, uuid.uuid4())
    assert kept.remove(Evidence.objects.first(), digimentori)
    with django_assert_num_queries(1):
        counts = kept.evidence_counts([action.pk, other.pk], OPEN)
    assert counts == {action.pk: 2, other.pk: 0}
    assert kept.evidence_counts([action.pk], Quarter(2021, 1)) == {action.pk: 0}


def test_the_fragment_lists_what_stands_and_links_to_the_page(browse, action, digimentori):
    for title in ("Pysyvä", "Poistettu"):
        kept.add_link(action, OPEN, f"https://a.fi/{title}", title, digimentori, uuid.uuid4())
    kept.remove(Evidence.objects.get(title="Poistettu"), digimentori)
    headers = {"HX-Request": "true", "HX-Target": "evidence"}
    fragment = browse(digimentori).get(url(action), headers=headers).content.decode()
    assert "<h1" not in fragment
    assert "Pysyvä" in fragment
    assert "Poistettu" not in fragment
    assert "Add or remove evidence for Q2/2021" in fragment
    page = browse().get(reverse("metrics:action-detail", args=["strategia", action.code]))
    assert f'hx-get="{url(action)}" hx-trigger="load"' in page.content.decode()


def test_the_same_few_queries_for_1_3_and_300_pieces(browse, strategy):
    counts = []
    for number in (1, 3, 300):
        person = make_user("digimentori")
        action = make_action(strategy, f"A{number}", people=[person])
        for n in range(number):
            Evidence.objects.create(
                action=action, quarter=OPEN, title=f"{n}", url="https://a.fi", added_by=person
            )
        counts.append(queries_of(browse(person), url(action)))
    assert len(set(counts)) == 1
    assert counts[0] <= 9
