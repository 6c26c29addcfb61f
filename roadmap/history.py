"""What the histories of all apps share: a change as people read it, and who stands in it by key."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model

from roadmap.record import person_key

PERSON = re.compile(r"#(\d{1,18})\b")


class Overtaken(Exception):
    """Somebody else changed it after the person had seen it; `now` is what stands."""

    def __init__(self, now):
        super().__init__(str(now))
        self.now = now


@dataclass(frozen=True)
class Line:
    """One change: when, by whom, and each field as its name, what it was and what it became."""

    at: datetime
    user: object
    fields: list[tuple[str, str, str]]


def names_in(changes) -> dict[str, str]:
    """The names of the people who stand in changes, by their `person_key`; one query."""
    texts = [text for c in changes for pair in c.fields.values() for text in pair if text]
    keys = {int(pk) for text in texts for pk in PERSON.findall(text)}
    people = get_user_model().objects.filter(pk__in=keys)
    return {person_key(user.pk): str(user.sorted_name) for user in people}
