import uuid
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from mentors import comments
from mentors.mentions import Read
from mentors.models import Comment, Mail, Mention
from tests.factories import make_action, make_strategy, make_user
from tests.pages import queries_of

pytestmark = pytest.mark.django_db

SECRET = "Salainen kommentti"


@pytest.fixture
def action(strategy):
    return make_action(strategy, "21/001 ä")


def url(action):
    return reverse("mentors:discussion", args=[action.strategy.slug, action.code])


def post(client, action, text, **fields):
    return client.post(url(action), {"text": text, "token": uuid.uuid4()} | fields)


def make_comment(action, author, text=SECRET, **fields):
    return Comment.objects.create(action=action, author=author, text=text, **fields)


def people_url(strategy, q):
    return reverse("mentors:mention-people", args=[strategy.slug]) + f"?q={q}"


@pytest.mark.parametrize("role", ["johto", "digimentori", "ylläpitäjä"])
def test_every_role_comments_and_comes_back_to_the_comment(browse, action, role):
    user = make_user(role)
    client = browse(user)
    response = post(client, action, "Rivi 1\r\nRivi 2\x07 <b> https://thl.fi/a.")
    comment = Comment.objects.get()
    assert (response.status_code, response.url) == (302, f"{url(action)}#comment-{comment.pk}")
    assert (comment.author, comment.text) == (user, "Rivi 1\nRivi 2 <b> https://thl.fi/a.")
    page = client.get(url(action)).content.decode()
    assert "1 comment on 21/001 ä" in page
    assert (
        "Rivi 1<br>Rivi 2 &lt;b&gt; "
        '<a href="https://thl.fi/a" rel="nofollow noopener">https://thl.fi/a</a>.'
    ) in page


def test_the_fragment_is_the_same_without_the_page(browse, action, johto):
    make_comment(action, johto)
    client = browse(johto)
    headers = {"HX-Request": "true", "HX-Target": "discussion"}
    fragment = client.get(url(action), headers=headers)
    assert SECRET in fragment.content.decode()
    assert "<h1" not in fragment.content.decode()
    assert {"HX-Request", "HX-Target"} <= {v.strip() for v in fragment.headers["Vary"].split(",")}
    assert "<h1" in client.get(url(action)).content.decode()


def test_the_page_of_the_action_asks_for_it_and_has_a_link_without_script(browse, action, johto):
    page = browse(johto).get(reverse("metrics:action-detail", args=["strategia", action.code]))
    assert f'hx-get="{url(action)}" hx-trigger="load"' in page.content.decode()
    assert f'<a href="{url(action)}">' in page.content.decode()


@pytest.mark.parametrize("user", ["outsider", None])
def test_who_may_not_see_it_reads_and_writes_nothing(client, request, action, johto, user):
    comment = make_comment(action, johto)
    if user:
        client.force_login(request.getfixturevalue(user))
    remove = reverse("mentors:comment-remove", args=["strategia", comment.pk])
    for response in (
        client.get(url(action)),
        post(client, action, "x"),
        client.get(people_url(action.strategy, "joh")),
        client.post(remove),
    ):
        assert response.status_code == (404 if user else 302)
        assert SECRET not in response.content.decode()
        assert "Johtaja" not in response.content.decode()
    assert list(Comment.objects.values_list("text", flat=True)) == [SECRET]


def test_another_strategy_with_this_code_or_comment_shows_nothing(browse, action, johto):
    other = make_strategy("toinen")
    make_action(other, "21-777")
    comment = make_comment(action, johto)
    client = browse(johto)
    assert client.get(f"/strategies/toinen/discussion/{action.code}").status_code == 404
    assert client.get("/strategies/toinen/discussion/%00").status_code == 404
    assert SECRET not in client.get("/strategies/toinen/discussion/21-777").content.decode()
    assert client.post(f"/strategies/toinen/comments/{comment.pk}/remove/").status_code == 404
    comment.refresh_from_db()
    assert comment.text == SECRET


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("  \n ", "write what you want to say"),
        ("x" * 5001, "at most 5000 characters"),
        ("Hei @Pekka Poissa!", "“@Pekka Poissa” is nobody who can be mentioned."),
        ("@Erkki Kaima", "“@Erkki Kaima” may mean several people."),
        ("@ulkopuolinen@example.org", "“@ulkopuolinen@example.org” is nobody"),
    ],
)
def test_a_faulty_comment_says_why_and_loses_nothing(browse, action, johto, outsider, text, says):
    for _namesake in range(2):
        make_user("digimentori", last_name="Kaima")
    response = post(browse(johto), action, text)
    page = response.content.decode()
    assert response.status_code == 422
    assert "<title>Error:" in page
    assert says in page
    assert text.strip() in page
    assert not Comment.objects.exists()


def test_all_names_that_are_wrong_are_told_at_once(browse, action, johto):
    page = post(browse(johto), action, "@Aa Bb ja @Cc Dd").content.decode()
    assert "“@Aa Bb”" in page
    assert "“@Cc Dd”" in page


def test_5000_signs_fit_whatever_breaks_the_lines(browse, action, johto):
    assert post(browse(johto), action, "a\r\n" * 2499 + "ab").status_code == 302


def test_a_mention_is_kept_by_key_and_shown_by_the_present_name(browse, action, johto, digimentori):
    client = browse(johto)
    post(client, action, "Kysy @Mentori Erkki ja @johto@example.org, minä.")
    comment = Comment.objects.get()
    assert comment.text == f"Kysy @{{{digimentori.pk}}} ja @{{{johto.pk}}}, minä."
    # Nobody is mentioned to themselves.
    assert list(Mention.objects.values_list("person", "mail")) == [(digimentori.pk, None)]
    digimentori.last_name = "Uusinimi"
    digimentori.save()
    page = client.get(url(action)).content.decode()
    assert "Kysy <b>@Erkki Uusinimi</b> ja <b>@Erkki Johtaja</b>, minä." in page


def test_a_leaver_s_name_is_gone_from_comments(browse, action, johto, digimentori):
    client = browse(digimentori)
    post(client, action, "Tämän sanoi @mentori@example.org itse")
    client = browse(johto)
    post(client, action, "Kysy @Erkki Mentori")
    assert client.get(url(action)).content.decode().count("Mentori") == 3
    digimentori.former, digimentori.is_active = 17, False
    digimentori.first_name = digimentori.last_name = ""
    digimentori.save()
    page = client.get(url(action)).content.decode()
    assert "Mentori" not in page
    assert page.count("<b>former user 17</b>") == 1
    assert page.count("<b>@former user 17</b>") == 2


def test_a_key_typed_by_hand_mentions_and_reveals_nobody(browse, action, johto, digimentori):
    client = browse(johto)
    post(client, action, f"@{{{digimentori.pk}}}")
    assert not Mention.objects.exists()
    page = client.get(url(action)).content.decode()
    assert f"@{{{digimentori.pk}}}" in page
    assert "Mentori" not in page


def test_only_active_people_with_a_role_are_offered(browse, strategy, johto, outsider):
    make_user("digimentori", "ake@example.org", first_name="Åke", last_name="Öhman", unit="HR")
    make_user("digimentori", first_name="Åsa", last_name="Poissa", is_active=False)
    client = browse(johto)
    assert client.get(people_url(strategy, "%C3%A5")).json() == {
        "people": [{"name": "Öhman Åke", "unit": "HR", "insert": "Åke Öhman"}],
        "says": "1 person found. Choose with the arrow keys and Enter.",
    }
    for q in ("Esimerkki", "", "%00", "a" * 5000, "%25"):
        assert client.get(people_url(strategy, q)).json() == {"people": [], "says": ""}


def test_at_most_8_are_offered_sorted_as_in_a_finnish_list(browse, strategy, johto):
    for name in ["Öö", "Åå", "Ää", "Zz", "Aa", "Bb", "Cc", "Dd", "Ee"]:
        make_user("digimentori", first_name="Niilo", last_name=name)
    found = browse(johto).get(people_url(strategy, "niilo")).json()["people"]
    assert [person["name"].split()[0] for person in found] == [
        *("Aa", "Bb", "Cc", "Dd", "Ee", "Zz", "Åå", "Ää")
    ]


def test_the_same_form_sent_twice_is_one_comment_and_another_text_is_another(browse, action, johto):
    client, token = browse(johto), uuid.uuid4()
    for text in ("Yksi", "Yksi", "Kaksi"):
        assert post(client, action, text, token=token).status_code == 302
    assert list(Comment.objects.values_list("text", flat=True)) == ["Yksi", "Kaksi"]


def test_somebody_else_s_token_takes_nobody_s_comment(browse, action, johto, digimentori):
    token = uuid.uuid4()
    for user in (johto, digimentori):
        post(browse(user), action, "Yksi", token=token)
    assert [comment.author for comment in Comment.objects.all()] == [johto, digimentori]


@pytest.mark.parametrize("by", ["johto", "yllapitaja"])
def test_the_author_and_administrators_remove_the_text_and_not_the_trace(
    browse, action, johto, digimentori, request, by
):
    comment = comments.add(action, johto, Read(SECRET, {digimentori.pk}, [], []), uuid.uuid4())
    remover = request.getfixturevalue(by)
    client = browse(remover)
    address = reverse("mentors:comment-remove", args=["strategia", comment.pk])
    for _click in range(2):
        assert client.post(address).status_code == 302
    comment.refresh_from_db()
    assert (comment.text, comment.author, comment.removed_by) == ("", johto, remover)
    assert not Mention.objects.exists()  # nobody gets a mail about nothing
    Comment.objects.update(removed_at=datetime(2022, 5, 3, 12, tzinfo=UTC))
    page = client.get(url(action)).content.decode()
    assert SECRET not in page
    assert "comment removed 3.5.2022" in page
    assert ("Ylläpitäjä</p>" in page) == (by == "yllapitaja")


def test_a_mention_that_a_mail_has_told_stays_when_the_comment_goes(action, johto, digimentori):
    comment = comments.add(action, johto, Read("x", {digimentori.pk}, [], []), uuid.uuid4())
    mail = Mail.objects.create(key="k", kind="mentions", recipient=digimentori)
    Mention.objects.update(mail=mail)
    assert comments.remove(comment, johto)
    assert Mention.objects.get().mail == mail


def test_nobody_else_removes_a_comment(browse, action, johto, digimentori):
    comment = make_comment(action, johto)
    client = browse(digimentori)
    assert "Remove the comment" not in client.get(url(action)).content.decode()
    address = reverse("mentors:comment-remove", args=["strategia", comment.pk])
    assert client.post(address).status_code == 403
    # Nor the author, once the role is gone.
    johto.groups.remove(Group.objects.get(name="johto"))
    assert browse(johto).post(address).status_code == 404
    assert Comment.objects.get().text == SECRET


def test_the_newest_50_are_shown_with_the_way_to_the_older_ones(browse, action, johto):
    for number in range(51):
        make_comment(action, johto, f"numero {number}.")
    client = browse(johto)
    first, second = (client.get(url(action), {"page": n}).content.decode() for n in (1, 2))
    assert "51 comments on" in first
    assert first.index("numero 50.") < first.index("numero 1.")
    assert "numero 0." not in first
    assert "?page=2" in first
    assert "numero 0." in second


def test_the_same_few_queries_for_1_3_and_300_comments(browse, strategy):
    counts = []
    for number in (1, 3, 300):
        action = make_action(strategy, f"A{number}")
        people = [make_user("digimentori") for _ in range(min(number, 9))]
        for n in range(number):
            author = people[n % len(people)]
            comment = make_comment(action, author, f"@{{{people[0].pk}}} {n}")
            Mention.objects.create(comment=comment, person=people[0])
        counts.append(queries_of(browse(people[0]), url(action)))
    assert len(set(counts)) == 1
    assert counts[0] <= 8


def test_people_are_looked_up_in_one_query_whatever_their_number(browse, strategy):
    counts = []
    for number in (1, 3, 30):
        for _person in range(number):
            make_user("digimentori")
        counts.append(queries_of(browse(make_user("johto")), people_url(strategy, "esim")))
    assert len(set(counts)) == 1
    assert counts[0] <= 5
