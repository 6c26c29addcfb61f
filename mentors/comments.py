"""Comments on an action: who may be mentioned, how one is kept, and how one is removed."""

import uuid

from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from mentors.mentions import Directory, Person, Read, matching, rendered
from mentors.models import Comment, Mention
from mentors.people import may_see
from roadmap.formats import collation
from roadmap.models import Action
from roadmap.permissions import REMOVE_COMMENT

SHOWN = 50
MOST_CHOICES = 8


def mentionable() -> list[Person]:
    """Everybody active who may see the strategy, in one query."""
    fields = ("pk", "first_name", "last_name", "email", "unit")
    return [Person(*row) for row in may_see().order_by("pk").values_list(*fields)]


def choices(typed: str) -> list[dict]:
    """Whom a beginning of a name may mean, at most 8: name and unit, and what to write after @."""
    people = mentionable()
    directory = Directory(people)
    found = sorted(matching(people, typed), key=lambda person: collation(person.sorted_name))
    return [
        {"name": person.sorted_name, "unit": person.unit, "insert": directory.handle(person)}
        for person in found[:MOST_CHOICES]
    ]


@transaction.atomic
def add(action: Action, author, typed: Read, token: uuid.UUID) -> Comment:
    """Keep a comment and whom it mentions; the same form sent twice keeps it once.

    Nobody is mentioned to themselves. The mails are sent later, from the mentions without one.
    """
    # Of the form and what it says: another text from a form that the browser kept is another one.
    token = uuid.uuid5(token, f"{action.pk} {author.pk} {typed.text}")
    fields = {"action": action, "author": author, "text": typed.text}
    while Comment.objects.filter(token=token).exclude(removed_at=None).exists():
        token = uuid.uuid5(token, "again")  # sent again after it was removed
    comment, is_new = Comment.objects.get_or_create(token=token, defaults=fields)
    if is_new:
        people = sorted(typed.mentioned - {author.pk})
        Mention.objects.bulk_create(Mention(comment=comment, person_id=key) for key in people)
    return comment


@transaction.atomic
def remove(comment: Comment, user) -> bool:
    """Forget what a comment says; that there was one stays. False where it was removed already."""
    standing = Comment.objects.filter(pk=comment.pk, removed_at=None)
    if not standing.update(text="", removed_at=timezone.now(), removed_by=user):
        return False
    comment.mentions.filter(mail=None).delete()  # nothing is left to tell them
    return True


def names_in(comment: Comment) -> dict[int, str]:
    """The present names of those who may be shown in a comment; wants `mentions__person`."""
    people = [mention.person for mention in comment.mentions.all()]
    if comment.author:
        people.append(comment.author)  # who wrote their own name is no mention
    return {person.pk: person.get_full_name() for person in people}


def listing(action: Action, user, page: str | None) -> Page:
    """The comments, newest first and 50 a page, ready to be shown; three queries.

    Each has its `html`, and whether this person `may_remove` it.
    """
    comments = action.comments.select_related("author", "removed_by").prefetch_related(
        Prefetch("mentions", Mention.objects.select_related("person"))
    )
    found = Paginator(comments.order_by("-at", "-pk"), SHOWN).get_page(page)
    for comment in found:
        comment.html = rendered(comment.text, names_in(comment))
        comment.may_remove = not comment.removed_at and user.has_perm(REMOVE_COMMENT, comment)
    return found
