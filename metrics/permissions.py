"""Who may enter measurements beside administrators: the owner of a KPI, whatever their role."""

from django.contrib.auth.backends import BaseBackend

from roadmap.permissions import MEASURE, MEASURE_OWN


class KpiBackend(BaseBackend):
    """Signs nobody in."""

    def has_perm(self, user_obj, perm, obj=None):
        if obj is None or perm != MEASURE or not user_obj.has_perm(MEASURE_OWN):
            return False
        return obj.owner_id == user_obj.pk
