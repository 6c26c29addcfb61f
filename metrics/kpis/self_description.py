"""What a token may send, told to whoever writes the automation."""

from django.db.models import Max

from metrics.kpis.checks import number_name
from metrics.kpis.measuring import counting
from metrics.models import Frequency, Kpi, MeasurementToken


def describe(token: MeasurementToken) -> dict:
    """The KPIs of the token with their numbers and periods; no measured value. Two queries."""
    kpis = list(token.kpis.all())
    newest = dict(counting().filter(kpi__in=kpis).values_list("kpi").annotate(Max("period")))
    return {
        "source": token.name,
        "strategy": token.strategy.slug,
        "kpis": [_kpi(kpi, newest.get(kpi.pk)) for kpi in kpis],
    }


def _kpi(kpi: Kpi, newest) -> dict:
    is_monthly = kpi.frequency == Frequency.MONTH
    return {
        "kpi": kpi.slug,
        "name": str(kpi),
        "kind": kpi.kind,
        "numbers": {name: number_name(kpi, name) for name in kpi.numbers},
        "whole_numbers": kpi.whole_counts or kpi.kind == "nps",
        "period": "2022-07" if is_monthly else "2022Q3",
        "followed_from": str(kpi.first_month),
        "followed_until": kpi.last_month and str(kpi.last_month),
        "newest_period": newest and str(newest),
    }
