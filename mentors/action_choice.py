"""Choosing the actions of a network: what a request looks for, and one page of it."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from mentors.models import Network
from roadmap.access import read_key
from roadmap.models import Action
from roadmap.search import mentions
from roadmap.search_words import Query

PAGE = 50


@dataclass(frozen=True)
class Filters:
    """What the address asks for; what it asks for that cannot be is left out."""

    q: str = ""
    area: int | None = None
    theme: int | None = None
    carried: str = ""
    page: int = 1

    @classmethod
    def read(cls, query) -> "Filters":
        return cls(
            q=query.get("q", "").replace("\0", "").strip()[:200],
            area=read_key(query.get("area")),
            theme=read_key(query.get("theme")),
            carried=query.get("carried") if query.get("carried") in ("yes", "no") else "",
            page=max(1, read_key(query.get("page")) or 1),
        )

    @property
    def is_narrowed(self) -> bool:
        return self != Filters(page=self.page)


@dataclass
class Listing:
    """One page of the actions found; each has `is_carried` and `is_ticked`."""

    actions: list[Action]
    count: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // PAGE))

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE + 1 if self.count else 0

    @property
    def last(self) -> int:
        return self.first + len(self.actions) - 1 if self.count else 0


def matching(network: Network, filters: Filters) -> QuerySet:
    """The actions that the filters find, those of the network marked with `is_carried`."""
    links = Network.actions.through.objects.filter(network=network, action=OuterRef("pk"))
    actions = Action.objects.filter(strategy=network.strategy_id).annotate(is_carried=Exists(links))
    if filters.area:
        actions = actions.filter(service_area=filters.area)
    if filters.theme:
        actions = actions.filter(theme=filters.theme)
    if filters.carried:
        actions = actions.filter(is_carried=filters.carried == "yes")
    return actions.filter(mentions(Query.read(filters.q)))


def listing(network: Network, filters: Filters, ticked: set[int] | None = None) -> Listing:
    """The page that the filters ask for, in order of code; two queries.

    `ticked` are the keys that a person had ticked; those that the network carries, unless said.
    """
    found = matching(network, filters)
    count = found.count()
    page = min(filters.page, max(1, -(-count // PAGE)))
    shown = found.select_related("service_area").order_by("code")
    actions = list(shown[(page - 1) * PAGE : page * PAGE])
    for action in actions:
        action.is_ticked = action.is_carried if ticked is None else action.pk in ticked
    return Listing(actions, count, page)
