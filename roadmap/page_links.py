"""Where the links of a page's text lead, for the one who wrote it: what leads nowhere is told."""

from urllib.parse import unquote, urlsplit

from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from roadmap.models import Strategy
from roadmap.page_text import is_external, links


def base(strategy: Strategy) -> str:
    """The address that relative links begin at, which ends with a stroke."""
    return reverse("roadmap:strategy-detail", args=[strategy.slug]).removesuffix("strategy/")


def faults(text: str, strategy: Strategy) -> list[str]:
    """A sentence for each link that leads nowhere, in the order of the text."""
    found = []
    for target, leads in dict(links(text, base(strategy))).items():
        if leads is None:
            found.append(
                _("the link %s is of a kind that is not allowed: write https://… or mailto:…")
                % target
            )
        elif not is_external(leads) and not _exists(leads, strategy):
            found.append(_("the link %s leads to no page of the portal") % target)
    return found


def _exists(path: str, strategy: Strategy) -> bool:
    path = unquote(urlsplit(path).path)  # as the browser's address bar gives it
    if "\0" in path:
        return False
    try:
        match = resolve(path)
    except Resolver404:
        return False
    if match.kwargs.get("slug") not in (None, strategy.slug):
        return Strategy.objects.filter(slug=match.kwargs["slug"]).exists()
    known = _KNOWN.get(match.view_name)
    return known is None or known(strategy, match.kwargs)


# Addresses that there are only where the strategy has what they name.
_KNOWN = {
    "roadmap:page-detail": lambda strategy, kwargs: strategy.pages.filter(
        slug=kwargs["page"], removed_at=None
    ).exists(),
    "metrics:action-detail": lambda strategy, kwargs: strategy.actions.filter(
        code=kwargs["code"]
    ).exists(),
    "metrics:kpi-detail": lambda strategy, kwargs: strategy.kpis.filter(
        slug=kwargs["kpi"]
    ).exists(),
    "metrics:phase-detail": lambda strategy, kwargs: strategy.phases.filter(
        year=kwargs["year"]
    ).exists(),
}
