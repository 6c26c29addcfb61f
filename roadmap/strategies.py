"""A strategy as a whole: which one is meant where none was named, and how it is edited."""

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from roadmap.models import Change, Phase, QuarterState, Strategy, StrategyQuarter
from roadmap.quarters import Quarter
from roadmap.revisions import mark_changed


def current() -> Strategy | None:
    """The strategy that people mean today: the one with an open quarter, else the newest."""
    strategies = Strategy.objects.filter(phases__isnull=False).order_by("-phases__year", "-pk")
    return strategies.filter(quarters__state=QuarterState.OPEN).first() or strategies.first()


def choose(slug: str | None = None, new_name: str | None = None) -> Strategy:
    """The strategy of a command: the named one, or the only one. `CommandError` otherwise.

    With `new_name`, a slug that there is not yet gives a new strategy, not saved.
    """
    try:
        slugs = list(Strategy.objects.order_by("slug").values_list("slug", flat=True))
    except DatabaseError as error:
        message = f"The database is not ready, run manage.py migrate: {error}"
        raise CommandError(message) from error
    if slug is None and len(slugs) == 1:
        slug = slugs[0]
    if slug is None:
        known = ", ".join(slugs) or "none yet"
        raise CommandError(f"Name the strategy with --strategy SLUG. There is: {known}")
    if slug not in slugs and new_name is not None:
        strategy = Strategy(slug=slug, name=new_name or slug)
        try:
            strategy.clean_fields()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        return strategy
    if slug not in slugs:
        raise CommandError(f"No strategy {slug!r}. There is: {', '.join(slugs) or 'none yet'}")
    return Strategy.objects.get(slug=slug)


@transaction.atomic
def make(form, user) -> Strategy:
    """A new strategy from a valid `NewStrategyForm`, with a phase and four quarters a year."""
    strategy = form.save(commit=False)
    strategy.slug = form.cleaned_data["slug"]
    strategy.save()
    years = range(form.cleaned_data["first_year"], form.cleaned_data["last_year"] + 1)
    Phase.objects.bulk_create(Phase(strategy=strategy, year=year) for year in years)
    StrategyQuarter.objects.bulk_create(
        StrategyQuarter(strategy=strategy, quarter=quarter)
        for year in years
        for quarter in Quarter.of_year(year)
    )
    Change.objects.create(strategy=strategy, user=user, fields={"name": [None, strategy.name]})
    mark_changed(strategy.pk)
    return strategy


@transaction.atomic
def edit(form, user) -> bool:
    """Save the fields of a valid `StrategyForm` that were changed; whether it could be done.

    Where somebody else changed one of them meanwhile, the form says so and nothing is saved.
    """
    now = Strategy.objects.select_for_update(no_key=True).get(pk=form.instance.pk)
    changed = {name: form.cleaned_data[name] for name in form.changed_data}
    for name in changed:
        if _lines(getattr(now, name)) != _lines(form.seen(name)):
            form.add_error(
                name, _("somebody else changed this meanwhile to “%s”") % getattr(now, name)
            )
    if form.errors:
        return False
    if changed:
        fields = {name: [str(getattr(now, name)), str(value)] for name, value in changed.items()}
        Strategy.objects.filter(pk=now.pk).update(**changed)
        Change.objects.create(strategy=now, user=user, fields=fields)
        if changed.keys() & {"green_from", "yellow_from"}:  # a name changes no figure
            mark_changed(now.pk)
    return True


def _lines(value):
    """Text as it compares: a form sends line breaks of another kind."""
    return value.splitlines() if isinstance(value, str) else value
