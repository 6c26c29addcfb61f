"""History of KPIs, their groups, targets and tokens, as people read it."""

from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from metrics.models import Frequency
from metrics.models.kpis import KINDS
from roadmap import formats
from roadmap.history import Line, names_in

NAMES = {
    "kpis": gettext_noop("KPIs"),
    "kpi_removed": gettext_noop("KPI removed"),
    "group_removed": gettext_noop("group removed"),
    "token": gettext_noop("token"),
    "name": gettext_noop("name"),
    "summary": gettext_noop("in one line"),
    "definition": gettext_noop("definition"),
    "numerator_name": gettext_noop("what the numerator counts"),
    "denominator_name": gettext_noop("what the denominator counts"),
    "unit": gettext_noop("unit"),
    "source": gettext_noop("source"),
    "slug": gettext_noop("in the address"),
    "group": gettext_noop("group"),
    "position": gettext_noop("place"),
    "kind": gettext_noop("kind"),
    "frequency": gettext_noop("how often it is measured"),
    "lower_is_better": gettext_noop("lower is better"),
    "decimals": gettext_noop("decimals"),
    "is_part": gettext_noop("the numerator is a part of the denominator"),
    "whole_counts": gettext_noop("whole numbers only"),
    "minimum": gettext_noop("fewest answers shown"),
    "owner": gettext_noop("owner"),
    "due_days": gettext_noop("days to measure"),
    "first_month": gettext_noop("followed from"),
    "last_month": gettext_noop("followed until"),
    "target_is_path": gettext_noop("targets are points of a line"),
    "target": gettext_noop("target"),
}
_ORDER = {name: place for place, name in enumerate(NAMES)}
_YES_NO = {"True": gettext_lazy("yes"), "False": gettext_lazy("no")}
_WORDS = {
    "kind": dict(KINDS),
    "frequency": dict(Frequency.choices),
    "token": {"made": gettext_lazy("made"), "revoked": gettext_lazy("revoked")},
}
_FLAGS = {"lower_is_better", "is_part", "whole_counts", "target_is_path"}
_NUMBERS = {"target", "decimals", "minimum", "due_days", "position"}


def lines(changes, about: str = "") -> list[Line]:
    """Readable lines of a queryset of `KpiChange`, in its order; two queries.

    `about` is "group" or "token" where the lines shall say of which they are.
    """
    found = list(changes.select_related("user", *([about] if about else [])))
    names = names_in(found)
    return [_line(change, names, about) for change in found]


def _line(change, names: dict[str, str], about: str) -> Line:
    fields = [
        (_name(key), _text(key, pair[0], names), _text(key, pair[1], names))
        for key, pair in sorted(change.fields.items(), key=_place)
    ]
    if about and getattr(change, about):
        subject = str(getattr(change, about))
        name = _(NAMES[about])
        fields = [(name, "", subject)] + [field for field in fields if field[2] != subject]
    return Line(change.at, change.user, fields)


def _place(item: tuple[str, list]) -> tuple[int, str]:
    """Where a field stands among the others: a database need not keep their order."""
    return _ORDER.get(item[0].partition(":")[0], len(_ORDER)), item[0]


def _name(key: str) -> str:
    """`name:sv` is the name in Swedish, `target:2022-01` the target of that month."""
    name, _colon, about = key.partition(":")
    if name == "target":
        return f"{_(NAMES[name])} {about.removesuffix('-01').removesuffix('Q1')}"
    language = dict(settings.LANGUAGES).get(about, about)
    return _(NAMES.get(name, name)) + (f" ({language})" if language else "")


def _text(key: str, text: str | None, names: dict[str, str]) -> str:
    key = key.partition(":")[0]
    if not text:
        return ""
    if key == "owner":
        return names.get(text, _("somebody removed"))
    if key in _WORDS:
        return str(_WORDS[key].get(text, text))
    if key in _NUMBERS:
        return _number(text)
    return str(_YES_NO.get(text, text)) if key in _FLAGS else text


def _number(text: str) -> str:
    try:
        return formats.value(Decimal(text))
    except InvalidOperation:
        return text
