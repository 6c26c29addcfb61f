from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from metrics.fields import PeriodField
from roadmap.models import Strategy


class KpiChange(models.Model):
    """History of KPIs, their groups, targets and tokens: `fields` is key → [from, to], as text.

    People stand in it by their key, `#17`, and never by name or address: so does an owner.
    """

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="kpi_changes")
    kpi = models.ForeignKey(
        "metrics.Kpi", models.CASCADE, related_name="changes", null=True, blank=True
    )
    group = models.ForeignKey(
        "metrics.KpiGroup", models.SET_NULL, related_name="changes", null=True, blank=True
    )
    token = models.ForeignKey(
        "metrics.MeasurementToken", models.SET_NULL, related_name="changes", null=True, blank=True
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, blank=True
    )
    at = models.DateTimeField(default=timezone.now)
    fields = models.JSONField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M}: {', '.join(self.fields)}"


class LateNotice(models.Model):
    """That a KPI's owner was told, once, that the measurement of a period is late."""

    kpi = models.ForeignKey("metrics.Kpi", models.CASCADE, related_name="late_notices")
    period = PeriodField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("reminder of a late measurement")
        constraints = [
            models.UniqueConstraint(fields=["kpi", "period"], name="late_notice_once_a_period")
        ]

    def __str__(self):
        return f"{self.kpi_id} {self.period}"
