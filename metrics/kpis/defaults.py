"""The nine KPIs of the digital services that the strategy names, as data to begin with."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import transaction

from metrics.kpis import periods
from metrics.kpis.periods import Month, Period
from metrics.kpis.revisions import mark_changed
from metrics.models import Kpi, KpiChange, KpiGroup, KpiTarget
from roadmap.fields import Words
from roadmap.models import Strategy

NINE = Path(settings.BASE_DIR) / "fixtures" / "kpis.json"
_WORDS = ("name", "summary", "definition", "source", "numerator_name", "denominator_name")


class InUse(Exception):
    """The strategy has KPIs of its own already."""


@transaction.atomic
def add_nine(strategy: Strategy, user=None) -> list[Kpi]:
    """Give a strategy without KPIs the nine, with their groups and targets. `InUse` otherwise.

    They are followed from the strategy's first year on; the targets are those of 2021 and 2022,
    to be changed by whoever knows better.
    """
    strategy = Strategy.objects.select_for_update(no_key=True).get(pk=strategy.pk)
    if strategy.kpi_groups.exists():
        raise InUse
    first = strategy.phases.order_by("year").first()
    first_month = Month(first.year if first else date.today().year, 1)
    groups = json.loads(NINE.read_text(encoding="utf-8"))["groups"]
    made = []
    for place, group in enumerate(groups):
        row = KpiGroup.objects.create(strategy=strategy, name=Words(group["name"]), position=place)
        for kpi in group["kpis"]:
            made.append(_add(row, kpi, len(made), first_month))
        mark_changed([row.pk])
    fields = {"kpis": [None, ", ".join(str(kpi) for kpi in made)]}
    KpiChange.objects.create(strategy=strategy, user=user, fields=fields)
    return made


def _add(group: KpiGroup, about: dict, place: int, first_month: Month) -> Kpi:
    targets = about.pop("targets")
    words = {name: Words(about.pop(name, {})) for name in _WORDS}
    kpi = Kpi.objects.create(
        strategy_id=group.strategy_id,
        group=group,
        position=place,
        first_month=first_month,
        **about,
        **words,
    )
    KpiTarget.objects.bulk_create(
        KpiTarget(kpi=kpi, period=_period(kpi, text), value=Decimal(value))
        for text, value in targets.items()
    )
    return kpi


def _period(kpi: Kpi, text: str) -> Period:
    """A year stands for its first period."""
    if len(text) > 4:
        return periods.parse(text)
    return kpi.period_type(int(text), 1)
