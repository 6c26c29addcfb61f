"""The themes and service areas of a strategy with their lights in one quarter."""

from metrics.models import GroupKind, GroupStatus
from metrics.timeline import Timeline
from roadmap import formats
from roadmap.models import ServiceArea, Strategy, Theme


def groups_of(strategy: Strategy, line: Timeline) -> tuple[list, list]:
    """`GroupStatus` rows of the themes and of the areas, each with its `name`; three queries."""
    if line.now is None:
        return [], []
    kinds = {
        GroupKind.THEME: dict(Theme.objects.filter(strategy=strategy).values_list("pk", "name")),
        GroupKind.SERVICE_AREA: dict(
            ServiceArea.objects.filter(strategy=strategy).values_list("pk", "name")
        ),
    }
    found = {kind: [] for kind in kinds}
    for status in GroupStatus.objects.filter(
        strategy=strategy, quarter=line.now.quarter, kind__in=kinds
    ):
        status.name = kinds[status.kind].get(status.group_id)
        if status.name:
            found[status.kind].append(status)
    for rows in found.values():
        rows.sort(key=lambda row: formats.collation(row.name))
    return found[GroupKind.THEME], found[GroupKind.SERVICE_AREA]
