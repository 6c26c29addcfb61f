"""The list of actions as a table for Excel: every row that its filters find, as .xlsx or .csv."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from metrics import action_list as lists
from metrics import tables
from metrics.models import Coverage
from metrics.tables import Table, Value
from metrics.timeline import Timeline
from roadmap import formats
from roadmap.models import Action, Strategy
from roadmap.templatetags.roadmap import light_word
from roadmap.traffic_light import Light

CHUNK = 2000
WIDTHS = (12, 50, 60, 8, 30, 25, 30, 20, 10, 14, 14, 14, 14, 14, 16, 12, 12)


def table(strategy: Strategy, line: Timeline, filters: lists.Filters) -> Table:
    """All rows of the list in its order; three queries, whatever it holds.

    Shares of the way are whole percents, cut as the list shows them. The rows need no language
    any more: they may be read after the request is over.
    """
    headings = [
        *(_("Code"), _("Action"), _("Description"), _("Phase"), _("Theme"), _("Service area")),
        *(_("Responsible"), _("Light"), _("Percent"), _("Planned") + " %", _("Achieved") + " %"),
        *(_("Value"), _("Unit"), _("Target"), _("Report"), pgettext("date", "Reported")),
        _("Quarter"),
    ]
    if line.now is None:
        return Table(headings, iter(()))
    words = {light.value: light_word(light) for light in Light} | {"cancelled": _("Cancelled")}
    reports = {coverage: capfirst(str(label)) for coverage, label in Coverage.choices}
    shown = _shown(lists.found(strategy, line, filters))
    people = dict(lists.options(strategy).person)
    rows = _rows(shown, _responsible(strategy, people), words, reports, line.now.label)
    return Table(headings, rows)


def _shown(statuses: QuerySet) -> QuerySet:
    return lists.with_report_day(statuses).values_list(
        *("action_id", "action__code", "action__title", "action__description"),
        *("action__phase__year", "action__theme__name", "action__service_area__name"),
        *("light", "percent", "planned", "achieved", "value", "action__unit", "action__target"),
        *("coverage", "reported_at"),
    )


def _responsible(strategy: Strategy, people: dict[int, str]) -> dict[int, list[str]]:
    """Names by the key of the action."""
    found = {}
    links = Action.responsible.through.objects.filter(action__strategy=strategy)
    for action, user in links.values_list("action_id", "user_id"):
        found.setdefault(action, []).append(people.get(user, ""))
    return found


def _rows(shown: QuerySet, responsible, words, reports, quarter: str) -> Iterator[list[Value]]:
    for (
        action,
        *texts,
        light,
        percent,
        planned,
        achieved,
        value,
        unit,
        target,
        coverage,
        at,
    ) in shown.iterator(chunk_size=CHUNK):
        started = percent is not None
        yield [
            *texts,
            ", ".join(sorted(responsible.get(action, ()), key=formats.collation)),
            words["cancelled" if coverage == Coverage.CANCELLED else light],
            percent,
            int(planned * 100) if started else None,
            int(achieved * 100) if started else None,
            value,
            unit,
            target,
            reports[coverage],
            at and timezone.localtime(at).date(),
            quarter,
        ]


def write_workbook(table: Table, name: str, file) -> None:
    """Write the list as the sheet `name` of a workbook."""
    tables.write_workbook(table, name, file, WIDTHS)
