"""All rows that an import may touch, so that a test can say that nothing else changed."""

from django.contrib.auth import get_user_model
from django.core import serializers

from roadmap.models import (
    Action,
    Phase,
    PlanPoint,
    ProgressEntry,
    ServiceArea,
    StrategyQuarter,
    Theme,
)


def rows_of_everything() -> dict[str, list]:
    """Every row that an import may touch, history aside, with its key."""
    models = (
        *(Action, Phase, PlanPoint, ProgressEntry, ServiceArea, StrategyQuarter, Theme),
        *(get_user_model(), Action.responsible.through, get_user_model().groups.through),
    )
    found = {}
    for model in models:
        rows = serializers.serialize("python", model.objects.order_by("pk"))
        found[model.__name__] = [(row["pk"], row["fields"]) for row in rows]
    return found
