"""What a request may see: a strategy by its slug, or 404 as if there were none."""

from django.core.exceptions import PermissionDenied
from django.http import Http404

from roadmap.models import Action, Phase, Strategy
from roadmap.permissions import VIEW


def visible_strategy(request, slug: str, *related: str) -> Strategy:
    """The strategy, with its phases as `phase_list`, in one query; `Http404` for who may not see.

    `related` names further relations of the strategy to select with it.
    """
    if not request.user.has_perm(VIEW):
        raise Http404
    phases = list(
        Phase.objects.filter(strategy__slug=slug)
        .select_related("strategy", *(f"strategy__{name}" for name in related))
        .order_by("year")
    )
    if not phases:
        raise Http404
    strategy = phases[0].strategy
    for phase in phases:
        phase.strategy = strategy
    strategy.phase_list = phases
    strategy.years = years(phases[0].year, phases[-1].year)
    return strategy


def visible_action(request, slug: str, code: str) -> Action:
    """An action, with its strategy as `visible_strategy` gives it; `Http404` likewise."""
    strategy = visible_strategy(request, slug)
    action = None if "\0" in code else Action.objects.filter(strategy=strategy, code=code).first()
    if action is None:
        raise Http404
    action.strategy = strategy
    return action


def years(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def read_key(text: str | None) -> int | None:
    """A whole number of an address, such as a key or a page; None for anything else."""
    # More digits than any key has would be too large for the database to compare.
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


def require(request, permission: str, obj=None) -> None:
    """`PermissionDenied`, which answers 403, unless the person may do it."""
    if not request.user.has_perm(permission, obj):
        raise PermissionDenied
