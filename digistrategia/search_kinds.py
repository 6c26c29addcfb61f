"""The kinds of things that the search finds; a new one is a new entry of `KINDS`."""

import re
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce, Concat, NullIf, Trim
from django.urls import reverse
from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from digistrategia.search import Detail, Kind, Link, Seeker, Thing, rows
from mentors.models import Network
from mentors.people import may_see
from metrics.kpis import amounts, period_names
from metrics.models import ActionStatus, Coverage, Kpi, KpiStatus
from roadmap import formats
from roadmap.models import Action, PageVersion
from roadmap.permissions import MANAGE_PEOPLE
from roadmap.search import mentions
from roadmap.traffic_light import Light


def _list_of_actions(seeker: Seeker, **filters) -> str:
    path = reverse("metrics:action-list", args=[seeker.strategy.slug])
    return f"{path}?{urlencode(filters)}"


def _with_actions(seeker: Seeker, things: list[Thing]) -> dict[int, Detail]:
    """The line of each with its number of actions."""
    return {
        thing.pk: Detail(" · ".join(filter(None, (thing.line, _number(thing))))) for thing in things
    }


def _number(thing: Thing) -> str:
    if not thing.actions:
        return ""
    words = {"shown": formats.value(thing.actions)}
    return ngettext("%(shown)s action", "%(shown)s actions", thing.actions) % words


# --- actions ----------------------------------------------------------------------------------


def _actions(seeker: Seeker) -> list[QuerySet]:
    found = Action.objects.filter(mentions(seeker.query), strategy=seeker.strategy)
    return [rows(found, "action", code="code", title="title")]


def _action_details(seeker: Seeker, things: list[Thing]) -> dict[int, Detail]:
    """Code, phase and light now; description and metric."""
    now = seeker.line.now
    statuses = ActionStatus.objects.filter(action=OuterRef("pk"), quarter=now and now.quarter)
    shown = Action.objects.filter(pk__in=[thing.pk for thing in things]).values_list(
        *("pk", "code", "phase__year", "description", "metric", "cancelled_from"),
        *(Subquery(statuses.values(name)[:1]) for name in ("light", "coverage")),
    )
    found = {}
    for pk, code, year, description, metric, cancelled_from, light, coverage in shown:
        line = [code, _("phase %d") % year]
        if coverage == Coverage.CANCELLED and cancelled_from:
            line.append(_("cancelled from %s on") % cancelled_from.label)
            light = ""
        found[pk] = Detail(" · ".join(line), f"{description} {metric}".strip(), light or "")
    return found


# --- KPIs and the strategy's pages ------------------------------------------------------------


def _kpis(seeker: Seeker) -> list[Thing]:
    """All of them, whose words are kept in three languages; found in that of the reader."""
    kpis = Kpi.objects.filter(strategy=seeker.strategy)
    return [
        Thing("kpi", kpi.pk, kpi.slug, str(kpi.name), str(kpi.summary), str(kpi.definition))
        for kpi in kpis.only("slug", "name", "summary", "definition")
    ]


def _kpi_details(seeker: Seeker, things: list[Thing]) -> dict[int, Detail]:
    """The newest value with its period and its light."""
    found = {thing.pk: Detail(thing.line, thing.text) for thing in things}
    later = KpiStatus.objects.filter(kpi=OuterRef("kpi"), period__gt=OuterRef("period"))
    newest = KpiStatus.objects.filter(~Exists(later), kpi__in=found).select_related("kpi")
    for status in newest:
        value = ""
        if status.value is not None:  # measured, and not hidden
            period = period_names.name(status.period)
            value = f"{amounts.amount(status.kpi, status.value)} ({period})"
        detail = found[status.kpi_id]
        line = " · ".join(filter(None, (value, detail.line)))
        light = "" if status.light == Light.NONE else status.light
        found[status.kpi_id] = Detail(line, detail.text, light)
    return found


def _pages(seeker: Seeker) -> list[QuerySet]:
    """The pages that are not removed, in the reader's language where they have it, else Finnish."""
    language = get_language()
    versions = PageVersion.objects.newest().filter(
        page__strategy=seeker.strategy, page__removed_at=None
    )
    own = PageVersion.objects.filter(page=OuterRef("page"), language=language)
    shown = versions.filter(Q(language=language) | Q(~Exists(own), language=settings.LANGUAGE_CODE))
    text = Concat("lead", Value(" "), "body", output_field=TextField())
    return [rows(shown, "page", key="page", code="page__slug", title="title", text=text)]


def _page_details(seeker: Seeker, things: list[Thing]) -> dict[int, Detail]:
    return {thing.pk: Detail("", _MARKDOWN.sub("", thing.text)) for thing in things}


# Signs and addresses of Markdown, which an excerpt leaves out.
_MARKDOWN = re.compile(r"\]\([^)]*\)|[\[\]*#>`|]|:?-{3,}:?")


# --- people -----------------------------------------------------------------------------------


def _people(seeker: Seeker) -> list[QuerySet]:
    """Everybody active with a role; a row without a title for each network somebody is in."""
    name = NullIf(Trim(Concat("last_name", Value(" "), "first_name")), Value(""))
    own = Count("own_actions", filter=Q(own_actions__strategy=seeker.strategy))
    people = rows(may_see(), "person", title=Coalesce(name, "email"), line="unit", actions=own)
    links = (Network.leads.through, Network.members.through)
    return [people] + [
        rows(
            link.objects.filter(network__strategy=seeker.strategy),
            "person",
            key="user_id",
            line="network__name",
        )
        for link in links
    ]


def _person_address(seeker: Seeker, thing: Thing) -> str:
    """The person's page for those who may open it, else what the person is responsible for."""
    if seeker.user.has_perm(MANAGE_PEOPLE):
        return reverse("mentors:person-detail", args=[thing.pk])
    return _list_of_actions(seeker, person=thing.pk) if thing.actions else ""


def _person_actions(seeker: Seeker, thing: Thing) -> Link | None:
    if not thing.actions or not seeker.user.has_perm(MANAGE_PEOPLE):
        return None
    return Link(_number(thing), _list_of_actions(seeker, person=thing.pk))


def _person_details(seeker: Seeker, things: list[Thing]) -> dict[int, Detail]:
    if seeker.user.has_perm(MANAGE_PEOPLE):  # the number is a link of its own
        return {thing.pk: Detail(thing.line) for thing in things}
    return _with_actions(seeker, things)


# --- groups of actions, and phases ------------------------------------------------------------


def _networks(seeker: Seeker) -> list[QuerySet]:
    found = Network.objects.filter(strategy=seeker.strategy)
    columns = {"title": "name", "line": "service_area__name", "actions": Count("actions")}
    return [rows(found, "network", **columns)]


def _phases(seeker: Seeker) -> list[Thing]:
    return [
        Thing(
            "phase",
            phase.pk,
            str(phase.year),
            f"{phase.year} {phase.title}".strip(),
            text=str(phase.goals),
        )
        for phase in seeker.strategy.phase_list
    ]


KINDS = (
    Kind(
        "action",
        gettext_noop("Actions"),
        things=_actions,
        address=lambda seeker, thing: reverse(
            "metrics:action-detail", args=[seeker.strategy.slug, thing.code]
        ),
        details=_action_details,
        # Without lights that list is empty.
        list_address=lambda seeker: (
            _list_of_actions(seeker, q=seeker.query.typed) if seeker.line.now else ""
        ),
        is_found=True,
    ),
    Kind(
        "kpi",
        gettext_noop("KPIs"),
        things=_kpis,
        address=lambda seeker, thing: reverse(
            "metrics:kpi-detail", args=[seeker.strategy.slug, thing.code]
        ),
        details=_kpi_details,
    ),
    Kind(
        "page",
        gettext_noop("Pages of the strategy"),
        things=_pages,
        address=lambda seeker, thing: reverse(
            "roadmap:page-detail", args=[seeker.strategy.slug, thing.code]
        ),
        details=_page_details,
    ),
    Kind(
        "person",
        gettext_noop("People"),
        things=_people,
        address=_person_address,
        details=_person_details,
        more=_person_actions,
        is_aside=True,
    ),
    Kind(
        "network",
        gettext_noop("Networks"),
        things=_networks,
        address=lambda seeker, thing: reverse(
            "mentors:network-detail", args=[seeker.strategy.slug, thing.pk]
        ),
        details=_with_actions,
        is_aside=True,
    ),
    Kind(
        "theme",
        gettext_noop("Themes"),
        things=lambda seeker: [
            rows(seeker.strategy.themes.all(), "theme", title="name", actions=Count("actions"))
        ],
        address=lambda seeker, thing: _list_of_actions(seeker, theme=thing.pk),
        details=_with_actions,
        is_aside=True,
    ),
    Kind(
        "area",
        gettext_noop("Service areas"),
        things=lambda seeker: [
            rows(
                seeker.strategy.service_areas.all(), "area", title="name", actions=Count("actions")
            )
        ],
        address=lambda seeker, thing: _list_of_actions(seeker, area=thing.pk),
        details=_with_actions,
        is_aside=True,
    ),
    Kind(
        "phase",
        gettext_noop("Phases"),
        things=_phases,
        address=lambda seeker, thing: reverse(
            "metrics:phase-detail", args=[seeker.strategy.slug, int(thing.code)]
        ),
        is_aside=True,
    ),
)
