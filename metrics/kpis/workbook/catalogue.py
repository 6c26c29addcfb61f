"""The KPIs of a strategy by what people call them in a file."""

from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext_noop as _

from metrics.models import Kpi
from roadmap import record
from roadmap.workbook.faults import say, shorten
from roadmap.workbook.layout import fold


class Catalogue:
    """Finds a KPI by its short name, or by its name in any language."""

    def __init__(self, kpis: Iterable[Kpi]):
        self.kpis = list(kpis)
        self._slugs = {kpi.slug: kpi for kpi in self.kpis}
        self._names: dict[str, dict[int, Kpi]] = defaultdict(dict)
        for kpi in self.kpis:
            for name in (kpi.slug, *kpi.name.values()):
                self._names[fold(record.line(name))][kpi.pk] = kpi

    def find(self, text: str) -> Kpi:
        """The KPI that is meant; `ValueError`, with what was expected, for none or several.

        A short name as it is written always means its own KPI, whatever others are called.
        """
        text = record.line(text)
        if kpi := self._slugs.get(text):
            return kpi
        found = list(self._names.get(fold(text), {}).values())
        if len(found) == 1:
            return found[0]
        if found:
            slugs = ", ".join(sorted(kpi.slug for kpi in found))
            raise ValueError(
                say(_("a short name, as several KPIs are called so: %(slugs)s"), slugs=slugs)
            )
        if not self.kpis:
            raise ValueError(say(_("a KPI of this strategy, which has none yet")))
        slugs = shorten(", ".join(kpi.slug for kpi in self.kpis), 300)
        raise ValueError(say(_("the name or short name of a KPI: %(slugs)s"), slugs=slugs))

    def plain_name(self, kpi: Kpi) -> str:
        """What to write for a KPI so that it is found again: its name where nobody shares it."""
        name = record.line(str(kpi))
        is_own = name not in self._slugs and len(self._names.get(fold(name), {})) == 1
        return name if is_own else kpi.slug
