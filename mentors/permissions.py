"""Who may report beside the people responsible: leads of networks, and deputies.

`reportable` is the rule; the backend asks it for one action, a page for many. Who wrote a comment
may remove it.
"""

from datetime import date

from django.contrib.auth.backends import BaseBackend
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from mentors.models import Deputy, Network
from roadmap.models import Action
from roadmap.permissions import (
    CHANGE_COMMUNICATION,
    COMMENT,
    LOG_COMMUNICATION,
    NAME_DEPUTY,
    NAME_OWN_DEPUTY,
    REMOVE_COMMENT,
    REPORT,
    REPORT_OWN,
    Role,
)


def stood_in_for(user, today: date | None = None):
    """The people whose deputy a person is today (in Helsinki)."""
    today = today or timezone.localdate()
    current = Deputy.objects.filter(
        deputy=user,
        first_day__lte=today,
        last_day__gte=today,
        person__is_active=True,
        person__groups__name__in=(Role.MENTOR, Role.ADMINISTRATOR),
    )
    return current.order_by().values("person")


def reportable(user, today: date | None = None) -> Q:
    """The actions that a person may report: own, of the networks that they lead, as a deputy."""
    stands_in = stood_in_for(user, today)
    responsible = Action.responsible.through.objects.filter(action=OuterRef("pk"))
    led = Network.actions.through.objects.filter(action=OuterRef("pk"))
    return Q(Exists(responsible.filter(Q(user=user) | Q(user__in=stands_in)))) | Q(
        Exists(led.filter(Q(network__leads=user) | Q(network__leads__in=stands_in)))
    )


class MentorBackend(BaseBackend):
    """Widens what may be done to something of one's own by who it is of; signs nobody in."""

    def has_perm(self, user_obj, perm, obj=None):
        if obj is None or perm not in OWN or not user_obj.has_perm(OWN[perm][0]):
            return False
        return OWN[perm][1](user_obj, obj)


# With an object: the permission that it takes, and the rule of what is one's own.
OWN = {
    REPORT: (
        REPORT_OWN,
        lambda user, action: Action.objects.filter(reportable(user), pk=action.pk).exists(),
    ),
    REMOVE_COMMENT: (COMMENT, lambda user, comment: user.pk == comment.author_id),
    NAME_DEPUTY: (NAME_OWN_DEPUTY, lambda user, person: user.pk == person.pk),
    CHANGE_COMMUNICATION: (
        LOG_COMMUNICATION,
        lambda user, entry: user.pk == entry.entered_by_id,
    ),
}
