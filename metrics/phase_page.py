"""The themes and service areas within one phase: how their actions stand."""

from dataclasses import dataclass, field

from django.db.models import Count

from metrics.models import ActionStatus, Coverage
from roadmap import formats
from roadmap.models import Phase
from roadmap.quarters import Quarter
from roadmap.traffic_light import Light


@dataclass
class GroupRow:
    """A theme or a service area within a phase: its actions by light, and its coverage."""

    pk: int | None
    name: str
    counts: dict[str, int] = field(default_factory=lambda: {light.value: 0 for light in Light})
    reported: int = 0
    due: int = 0

    def add(self, light: str, coverage: str, number: int) -> None:
        self.counts[light] += number
        self.due += number if coverage in (Coverage.REPORTED, Coverage.MISSING) else 0
        self.reported += number if coverage == Coverage.REPORTED else 0


def group_rows(phase: Phase, quarter: Quarter) -> tuple[list[GroupRow], list[GroupRow]]:
    """Themes and service areas of the phase's actions, by name; one query."""
    themes, areas = {}, {}
    columns = ("action__theme", "action__theme__name")
    area_columns = ("action__service_area", "action__service_area__name")
    statuses = ActionStatus.objects.filter(
        strategy=phase.strategy_id, quarter=quarter, action__phase=phase
    ).exclude(coverage=Coverage.CANCELLED)
    for theme, theme_name, area, area_name, light, coverage, number in statuses.values_list(
        *columns, *area_columns, "light", "coverage"
    ).annotate(number=Count("pk")):
        for rows, pk, name in ((themes, theme, theme_name), (areas, area, area_name)):
            if pk is not None:
                rows.setdefault(pk, GroupRow(pk, name)).add(light, coverage, number)
    return tuple(
        sorted(rows.values(), key=lambda row: formats.collation(row.name))
        for rows in (themes, areas)
    )
