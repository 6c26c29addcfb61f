"""What nobody covers: actions, service areas, networks and KPIs, for which nobody can report."""

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from mentors.coverage import REPORTERS
from mentors.models import Network, User
from roadmap.models import Action, ProgressEntry, Strategy, StrategyQuarter

RESPONSIBLE = Action.responsible.through
CARRIED = Network.actions.through


def actions(strategy: Strategy, opened: StrategyQuarter | None) -> QuerySet:
    """The actions that nobody can report who is active and has the role, in order of code.

    Left out are those cancelled by the open quarter and those completed before it; where no
    quarter is open, those that are cancelled or completed at all.
    """
    uncancelled, reached = Q(cancelled_from=None), _completing()
    if opened:
        uncancelled |= Q(cancelled_from__gt=opened.quarter)
        reached = reached.filter(quarter__lt=opened.quarter)
    led = CARRIED.objects.filter(
        action=OuterRef("pk"),
        network__leads__is_active=True,
        network__leads__groups__name__in=REPORTERS,
    )
    return (
        Action.objects.filter(uncancelled, strategy=strategy)
        .exclude(Exists(reached))
        .exclude(Exists(_able(RESPONSIBLE.objects.filter(action=OuterRef("pk")))))
        .exclude(Exists(led))
        .order_by("code")
    )


def _completing() -> QuerySet:
    """Entries that reach the target, from whichever side."""
    return ProgressEntry.objects.filter(
        Q(action__target__gt=F("action__baseline"), value__gte=F("action__target"))
        | Q(action__target__lt=F("action__baseline"), value__lte=F("action__target")),
        action=OuterRef("pk"),
    )


def _able(links: QuerySet) -> QuerySet:
    return links.filter(user__is_active=True, user__groups__name__in=REPORTERS)


def service_areas(strategy: Strategy) -> QuerySet:
    """Service areas that have actions, but no network and no digimentor for any of them."""
    mentors = _able(RESPONSIBLE.objects.filter(action__service_area=OuterRef("pk")))
    found = strategy.service_areas.annotate(count=Count("actions")).filter(count__gt=0)
    return (
        found.exclude(Exists(mentors))
        .exclude(Exists(Network.objects.filter(service_area=OuterRef("pk"))))
        .order_by("name")
    )


def networks(strategy: Strategy) -> QuerySet:
    """Networks without a lead who is active and may report."""
    leads = Network.leads.through.objects.filter(network=OuterRef("pk"))
    found = strategy.networks.annotate(count=Count("actions"))
    return found.exclude(Exists(_able(leads))).order_by("name")


def people(strategy: Strategy) -> QuerySet:
    """Leavers who are still responsible for actions, lead networks or own KPIs of the strategy."""
    led = Network.leads.through.objects.filter(network__strategy=strategy, user=OuterRef("pk"))
    own = Count("own_actions", filter=Q(own_actions__strategy=strategy), distinct=True)
    kpis = Count("own_kpis", filter=Q(own_kpis__strategy=strategy), distinct=True)
    found = User.objects.filter(is_active=False).annotate(
        count=own, leads_one=Exists(led), kpi_count=kpis
    )
    carrying = found.filter(Q(count__gt=0) | Q(leads_one=True) | Q(kpi_count__gt=0))
    return carrying.order_by("last_name", "first_name")


def kpis(strategy: Strategy) -> QuerySet:
    """KPIs that are followed and have no owner who could enter measurements."""
    found = strategy.kpis.without_able_owner(timezone.localdate())
    return found.select_related("owner")


def network_of_area(strategy: Strategy) -> dict[int | None, int]:
    """For each service area a network that could carry its actions; None for any other area."""
    found = {}
    for area, network in strategy.networks.order_by("pk").values_list("service_area", "pk"):
        found.setdefault(area, network)
        found.setdefault(None, network)
    return found
