"""Which strategy is meant where none was named."""

from django.core.management.base import CommandError

from roadmap.models import QuarterState, Strategy


def current() -> Strategy | None:
    """The strategy that people mean today: the one with an open quarter, else the newest."""
    strategies = Strategy.objects.order_by("-phases__year", "-pk")
    return strategies.filter(quarters__state=QuarterState.OPEN).first() or strategies.first()


def choose(slug: str | None = None) -> Strategy:
    """The strategy of a command: the named one, or the only one. `CommandError` otherwise."""
    slugs = list(Strategy.objects.order_by("slug").values_list("slug", flat=True))
    if slug is None and len(slugs) == 1:
        slug = slugs[0]
    if slug is None:
        known = ", ".join(slugs) or "none yet"
        raise CommandError(f"Name the strategy with --strategy SLUG. There is: {known}")
    if slug not in slugs:
        raise CommandError(f"No strategy {slug!r}. There is: {', '.join(slugs) or 'none yet'}")
    return Strategy.objects.get(slug=slug)
