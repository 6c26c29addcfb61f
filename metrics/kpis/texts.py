"""Texts that people wrote about KPIs: for those who look for a name in them."""

import json
from collections.abc import Callable, Iterator

from django.db.models import Q, TextField, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from metrics.models import (
    Kpi,
    KpiChange,
    KpiGroup,
    Measurement,
    MeasurementImport,
    MeasurementToken,
)

KINDS = {
    "measurement": _("comment on a measurement"),
    "kpi": _("texts of a KPI"),
    "kpi_group": _("name of a group of KPIs"),
    "token": _("name of a source of measurements"),
    "measurement_import": _("name of an imported file"),
}
WORDS = ("name", "summary", "definition", "numerator_name", "denominator_name", "source", "unit")


def written(holds: Callable[..., Q]) -> Iterator[tuple[str, str, str, str]]:
    """Kind, text, KPI and address of what passes a sieve; one query.

    `holds(field, in_json=False)` is the sieve, as a condition on a field of text.
    """
    own, of_kpi = ("strategy__slug", "slug"), ("kpi__strategy__slug", "kpi__slug")
    of_strategy, of_none = ("strategy__slug", Value("")), (Value(""), Value(""))
    sources = [
        ("measurement", Measurement, "comment", False, of_kpi),
        *(("kpi", Kpi, name, True, own) for name in WORDS),
        ("kpi_group", KpiGroup, "name", True, of_none),
        ("token", MeasurementToken, "name", False, of_none),
        ("measurement_import", MeasurementImport, "file_name", False, of_strategy),
        ("history", KpiChange, "fields", True, of_kpi),
    ]
    first, *others = (
        model.objects.annotate(text=Cast(field, TextField()))
        .filter(holds("text", in_json=in_json))
        .order_by()
        .values_list(Value(kind), "text", *where)
        for kind, model, field, in_json, where in sources
    )
    for kind, text, strategy, kpi in first.union(*others, all=True):
        address = _address(kind, strategy, kpi)
        yield from ((kind, one, kpi or "", address) for one in _texts(kind, text))


def _address(kind: str, strategy: str, kpi: str) -> str:
    if kind == "measurement_import":
        return reverse("metrics:kpi-import-list", args=[strategy])
    return reverse("metrics:kpi-detail", args=[strategy, kpi]) if kpi else ""


def _texts(kind: str, text: str) -> list[str]:
    """The single texts: a KPI has them in each language, a change from and to."""
    if kind in ("measurement", "token", "measurement_import"):
        return [text]
    values = json.loads(text).values()
    return list(values) if kind != "history" else [one for pair in values for one in pair if one]
