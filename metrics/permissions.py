"""Who may enter measurements beside administrators: the owner of a KPI, whatever their role.

`measurable` is the rule for many KPIs, the backend asks for one.
"""

from django.contrib.auth.backends import BaseBackend
from django.db.models import Q

from roadmap.permissions import MEASURE, MEASURE_OWN


def measurable(user) -> Q:
    """The KPIs whose measurements a person may enter."""
    if user.has_perm(MEASURE):
        return Q()
    return Q(owner=user) if user.has_perm(MEASURE_OWN) else Q(pk__in=[])


class KpiBackend(BaseBackend):
    """Signs nobody in."""

    def has_perm(self, user_obj, perm, obj=None):
        if obj is None or perm != MEASURE or not user_obj.has_perm(MEASURE_OWN):
            return False
        return obj.owner_id == user_obj.pk
