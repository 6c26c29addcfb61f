"""The computed figures of the road map, and the KPIs of the digital services."""

from metrics.models.figures import (
    LIGHTS,
    ActionStatus,
    Computation,
    Coverage,
    GroupKind,
    GroupStatus,
    Reopening,
)
from metrics.models.history import KpiChange, LateNotice
from metrics.models.imports import MeasurementImport, MeasurementStep
from metrics.models.kpis import (
    ALL_NUMBERS,
    NUMBERS,
    Delivery,
    Frequency,
    Kpi,
    KpiComputation,
    KpiGroup,
    KpiGroupStatus,
    KpiStatus,
    KpiTarget,
    Measurement,
    MeasurementToken,
    Origin,
    targets_of,
)

__all__ = [
    "ALL_NUMBERS",
    "LIGHTS",
    "NUMBERS",
    "ActionStatus",
    "Computation",
    "Coverage",
    "Delivery",
    "Frequency",
    "GroupKind",
    "GroupStatus",
    "Kpi",
    "KpiChange",
    "KpiComputation",
    "KpiGroup",
    "KpiGroupStatus",
    "KpiStatus",
    "KpiTarget",
    "LateNotice",
    "Measurement",
    "MeasurementImport",
    "MeasurementStep",
    "MeasurementToken",
    "Origin",
    "Reopening",
    "targets_of",
]
