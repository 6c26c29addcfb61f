from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from roadmap.fields import QuarterField, ValueField
from roadmap.models import Action, Strategy
from roadmap.traffic_light import Light

LIGHTS = [
    (Light.GREEN.value, _("on schedule")),
    (Light.YELLOW.value, _("behind or at risk")),
    (Light.RED.value, _("far behind")),
    (Light.NONE.value, _("not started yet")),
]


class Coverage(models.TextChoices):
    """Whether an action had to be reported in a quarter, and was; or no longer counts in it."""

    NOT_DUE = "", _("not due")
    REPORTED = "reported", _("reported")
    MISSING = "missing", _("not reported")
    CANCELLED = "cancelled", _("cancelled")


class Computation(models.Model):
    """How far the figures of a strategy have come: the revision that they were computed from.

    Whoever computes or freezes figures holds the lock on this row.
    """

    strategy = models.OneToOneField(
        Strategy, models.CASCADE, related_name="computation", primary_key=True
    )
    revision = models.PositiveBigIntegerField(null=True)
    computed_at = models.DateTimeField(null=True)

    def __str__(self):
        return f"{self.strategy_id}: {self.revision}"


def ShareField():  # noqa: N802 - a kind of column
    """A share 0–1, cut to ten decimals: for showing; the percent was computed exactly."""
    return models.DecimalField(max_digits=11, decimal_places=10)


class ActionStatus(models.Model):
    """The snapshot of one action in one quarter."""

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="statuses")
    action = models.ForeignKey(Action, models.CASCADE, related_name="statuses")
    quarter = QuarterField()
    planned = ShareField()
    achieved = ShareField()
    value = ValueField(null=True)  # of the newest entry that counts in this quarter
    percent = models.PositiveBigIntegerField(null=True)  # a tiny plan far surpassed is no fault
    light = models.CharField(max_length=6, choices=LIGHTS)
    coverage = models.CharField(max_length=9, choices=Coverage.choices, blank=True)

    is_computed = True  # anew whenever it is missing, so nothing is lost with it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["action", "quarter"], name="one_status_a_quarter"),
            models.CheckConstraint(
                condition=Q(percent=None, light="none")
                | Q(percent__isnull=False) & ~Q(light="none"),
                name="light_needs_percent",
            ),
        ]
        indexes = [
            # Counting by light, and finding the weakest, without reading the rows themselves.
            models.Index(fields=["strategy", "quarter", "coverage", "light"], name="status_counts"),
            models.Index(fields=["strategy", "quarter", "percent"], name="status_by_percent"),
        ]

    def __str__(self):
        return f"{self.action_id} {self.quarter}: {self.percent}"


class GroupKind(models.TextChoices):
    OVERALL = "overall", _("overall progress")
    PHASE = "phase", _("phase")
    THEME = "theme", _("theme")
    SERVICE_AREA = "area", _("service area")


class GroupStatus(models.Model):
    """The snapshot of a group of actions in one quarter."""

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="group_statuses")
    quarter = QuarterField()
    kind = models.CharField(max_length=7, choices=GroupKind.choices)
    # The key of the phase, theme or service area; 0 for the whole strategy.
    group_id = models.BigIntegerField(default=0)
    percent = models.PositiveBigIntegerField(null=True)  # a tiny plan far surpassed is no fault
    light = models.CharField(max_length=6, choices=LIGHTS)
    green = models.PositiveIntegerField()
    yellow = models.PositiveIntegerField()
    red = models.PositiveIntegerField()
    none = models.PositiveIntegerField()
    reported = models.PositiveIntegerField()
    due = models.PositiveIntegerField()
    computed_at = models.DateTimeField()

    is_computed = True  # anew whenever it is missing, so nothing is lost with it

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["strategy", "quarter", "kind", "group_id"], name="one_group_status"
            )
        ]

    def __str__(self):
        return f"{self.kind} {self.group_id} {self.quarter}: {self.percent}"

    @property
    def counts(self) -> dict[str, int]:
        return {light.value: getattr(self, light.value) for light in Light}

    @property
    def actions(self) -> int:
        return sum(self.counts.values())

    @property
    def missing(self) -> int:
        """Due, but not reported."""
        return self.due - self.reported


class Reopening(models.Model):
    """A closed quarter that was opened again, and the frozen figures as they were then.

    `figures` maps the kind and key of a group (`overall:0`, `phase:3`) or the key of an action
    (`action:17`) to [percent, light], so that a figure that differs now can say what it was.
    """

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="reopenings")
    quarter = QuarterField()
    closed_at = models.DateTimeField(null=True)  # when the figures were frozen
    at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, blank=True
    )
    reason = models.CharField(max_length=500)
    figures = models.JSONField()

    class Meta:
        ordering = ["-at"]

    def __str__(self):
        return f"{self.quarter}: {self.reason}"
