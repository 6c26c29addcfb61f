"""A strategy as a whole: which one is meant where none was named, and how it is edited."""

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from roadmap.models import Change, Phase, QuarterState, Strategy, StrategyQuarter
from roadmap.quarters import Quarter
from roadmap.revisions import mark_changed

PHASE = "phase"  # in a `Change` of no action: whose title or goals it is about


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
    changed = _save(form, now)
    if changed:
        Change.objects.create(strategy=now, user=user, fields=changed)
        if changed.keys() & {"green_from", "yellow_from"}:  # a name changes no figure
            mark_changed(now.pk)
    return changed is not None


@transaction.atomic
def edit_phase(form, user) -> bool:
    """The same of a `PhaseForm`."""
    now = Phase.objects.select_for_update(no_key=True).get(pk=form.instance.pk)
    changed = _save(form, now)
    if changed:
        fields = {PHASE: [None, str(now.year)]}
        fields |= {f"{PHASE}_{name}": pair for name, pair in changed.items()}
        Change.objects.create(strategy_id=now.strategy_id, user=user, fields=fields)
    return changed is not None


def changes_of(phase: Phase) -> QuerySet[Change]:
    """Who changed the title or the goals of a phase, the newest first."""
    found = phase.strategy.changes.filter(action=None, **{f"fields__{PHASE}__1": str(phase.year)})
    return found.select_related("user")


def changes_by(form, strategy: Strategy) -> QuerySet[Change]:
    """Who changed what a `StrategyForm` holds, the newest first."""
    found = strategy.changes.filter(action=None, fields__has_any_keys=list(form.fields))
    return found.select_related("user")


def _save(form, now) -> dict[str, list[str]] | None:
    """Put what was changed into the row as it is now; field → [from, to], None for a conflict."""
    before = form.standing(now)
    wanted = {name: form.cleaned_data[name] for name in form.changed_data}
    # What stands already was saved by the same form, sent twice.
    changed = {name: value for name, value in wanted.items() if value != before[name]}
    for name in changed:
        if before[name] != form.seen(name):
            says = _("somebody else changed this meanwhile to “%s”; saving again puts yours there")
            form.add_error(name, says % before[name])
            form.see(name, before[name])
    columns = form.put(now, changed)
    try:
        now.validate_constraints()  # of two people's changes together
    except ValidationError as error:
        form.add_error(None, error)
    if form.errors:
        return None
    now.save(update_fields=columns)
    return {name: [str(before[name]), str(value)] for name, value in changed.items()}
