from django.db import models
from django.db.models import Q

from metrics.fields import PeriodField
from metrics.models.kpis import Kpi
from roadmap.models import ImportBase, ImportState, StepKind, Strategy


class MeasurementImport(ImportBase):
    """Measurements of KPIs on their way in, in our own layout: nothing has to be asked."""

    JOBS = "metrics.kpis.workbook.jobs"

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="measurement_imports")
    # The KPIs that the file names, by key, as they were checked: see workbook/keeping.py.
    basis = models.JSONField(default=dict)

    class Meta(ImportBase.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ImportState.values), name="measurement_import_state_is_known"
            ),
        ]


class MeasurementStep(models.Model):
    """What an import does to one KPI in one period.

    `before` and `after` are its numbers and comment as text, by their names; nothing before where
    nothing was measured.
    """

    source = models.ForeignKey(MeasurementImport, models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=9, choices=StepKind.choices)
    sheet = models.CharField(max_length=255, blank=True)
    row = models.PositiveIntegerField(default=0)
    kpi = models.ForeignKey(Kpi, models.CASCADE, related_name="+")
    period = PeriodField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    # Percent and light before and after; where nothing was measured before, None.
    relit = models.JSONField(default=list)
    is_relit = models.BooleanField(default=False)  # whether the light is another one than before
    # The numbers of earlier periods, where beside them the new ones look like a slip.
    unlike = models.JSONField(null=True, blank=True)
    # Of the measurement that it made.
    version = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "position"], name="measurement_step_once_a_position"
            ),
        ]

    def __str__(self):
        return f"{self.kpi_id} {self.period}: {self.kind}"
