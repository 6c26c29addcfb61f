"""All rows that an import may touch, so that a test can say that nothing else changed."""

from django.contrib.auth import get_user_model

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
    return rows_of(*models)


def rows_of(*models) -> dict[str, list]:
    """All rows of some models, with their keys."""
    return {model.__name__: list(model._base_manager.order_by("pk").values()) for model in models}
