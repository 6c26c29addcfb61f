"""Deputies: who stands in for whom and when; named and ended with history."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from mentors.coverage import REPORTERS
from mentors.models import Deputy, PeopleChange, User
from roadmap.formats import collation
from roadmap.permissions import Role
from roadmap.record import person_key

MOST_SHOWN = 200


def mentors() -> list[User]:
    """The active digimentors, in the order of a Finnish list: whoever can be a deputy."""
    found = User.objects.filter(is_active=True, groups__name=Role.MENTOR)
    return sorted(found, key=lambda user: collation(str(user.sorted_name)))


def who_may_be_away() -> list[User]:
    """The active people who may report, and so may need a deputy."""
    found = User.objects.filter(is_active=True, groups__name__in=REPORTERS).distinct()
    return sorted(found, key=lambda user: collation(str(user.sorted_name)))


def not_over(today: date | None = None) -> QuerySet:
    """The periods that go on or are to come, those that begin first on top."""
    today = today or timezone.localdate()
    return Deputy.objects.filter(last_day__gte=today).select_related("person", "deputy")


def in_force_for(people) -> list[Deputy]:
    """Who stands in today for these people; one query."""
    today = timezone.localdate()
    found = not_over(today).filter(person__in=[user.pk for user in people], first_day__lte=today)
    return list(found.filter(deputy__is_active=True))


@transaction.atomic
def name(person: User, deputy: User, first_day: date, last_day: date, user) -> Deputy:
    """Name a deputy for a person. The same form sent twice names once."""
    User.objects.select_for_update().get(pk=person.pk)
    fields = {"person": person, "deputy": deputy, "first_day": first_day, "last_day": last_day}
    row = Deputy.objects.filter(**fields).first()
    if row is None:
        row = Deputy.objects.create(**fields)
        _note(person, None, as_text(row), user)
    return row


@transaction.atomic
def end(pk: int, user) -> bool:
    """End a period now: yesterday was its last day, or it never begins; whether there was one."""
    row = Deputy.objects.select_for_update().filter(pk=pk).first()
    today = timezone.localdate()
    if row is None or row.last_day < today:
        return False
    before = as_text(row)
    if row.first_day >= today:
        row.delete()
        _note(row.person, before, None, user)
    else:
        row.last_day = today - timedelta(days=1)
        row.save()
        _note(row.person, before, as_text(row), user)
    return True


@transaction.atomic
def pass_on(row: Deputy, to: User, user) -> None:
    """From today on, another one stands in: days that are past stay with the first."""
    today = timezone.localdate()
    before, first_day = as_text(row), max(row.first_day, today)
    if row.first_day < today:
        ended = Deputy(pk=row.pk, person=row.person, deputy=row.deputy, first_day=row.first_day)
        ended.last_day = today - timedelta(days=1)
        ended.save()
    else:
        row.delete()
    if to.pk == row.person_id:  # who is back needs nobody to stand in
        _note(row.person, before, None, user)
        return
    fields = {"person": row.person, "first_day": first_day, "last_day": row.last_day}
    new, _made = Deputy.objects.get_or_create(deputy=to, **fields)
    _note(row.person, before, as_text(new), user)


def as_text(row: Deputy) -> str:
    """A period as history keeps it."""
    return f"{person_key(row.deputy_id)} {row.first_day}–{row.last_day}"


def _note(person: User, before: str | None, after: str | None, user) -> None:
    PeopleChange.objects.create(person=person, user=user, fields={"deputy": [before, after]})
