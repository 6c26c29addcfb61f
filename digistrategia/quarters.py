"""The life of a quarter as administrators lead it: opened, followed, reminded of, closed."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import Case, Count, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from mentors import outbox
from mentors.coverage import Asked, Coverage, Share, coverage, people_to_ask
from mentors.models import Mail
from metrics.models import GroupKind, GroupStatus, Reopening
from metrics.snapshots import close_quarter, open_quarter, reopen_quarter
from roadmap import formats
from roadmap.models import QuarterState, Strategy, StrategyQuarter

PLANNED, OPEN, CLOSED = QuarterState.PLANNED, QuarterState.OPEN, QuarterState.CLOSED


class NotPossible(Exception):
    """The quarter is not as it was thought to be; says how it is, in a sentence."""


class SomethingChanged(Exception):
    """Something was reported or changed after the person looked."""


# --- all quarters of a strategy ---------------------------------------------------------------


@dataclass
class Listing:
    """All quarters, each with its `reopenings`, and how much of the open one is reported."""

    rows: list[StrategyQuarter]
    status: GroupStatus | None  # of the open one, as computed

    @property
    def opened(self) -> StrategyQuarter | None:
        return next((row for row in self.rows if row.state == OPEN), None)

    @property
    def next(self) -> StrategyQuarter | None:
        """The first after the newest that is closed; None while one is open."""
        if self.opened:
            return None
        coming = None
        for row in reversed(self.rows):
            if row.state == CLOSED:
                break
            coming = row
        return coming


def listing(strategy: Strategy) -> Listing:
    """Three queries."""
    rows = list(strategy.quarters.order_by("quarter"))
    reopenings = defaultdict(list)
    for reopening in Reopening.objects.filter(strategy=strategy).order_by("at").defer("figures"):
        reopenings[reopening.quarter].append(reopening)
    for row in rows:
        row.reopenings = reopenings[row.quarter]
    found = Listing(rows, None)
    if found.opened:
        found.status = GroupStatus.objects.filter(
            strategy=strategy, quarter=found.opened.quarter, kind=GroupKind.OVERALL
        ).first()
    return found


# --- one quarter ------------------------------------------------------------------------------


@dataclass
class MailCount:
    """The mails of one kind: how many wait, went out, failed, or nobody knows of."""

    kind: str
    waiting: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    reasons: list[tuple[str, int]] = field(default_factory=list)


def mail_counts(row: StrategyQuarter) -> list[MailCount]:
    """What was written to people about the quarter, by kind; one query."""
    state = Case(
        When(sent_at__isnull=False, then=Value("sent")),
        When(given_up_at__isnull=False, then=Value("failed")),
        When(claimed_at__isnull=False, then=Value("unknown")),
        default=Value("waiting"),
    )
    counts = {}
    rows = row.mails.order_by().annotate(condition=state).values_list("kind", "condition", "error")
    for kind, condition, error, number in rows.annotate(number=Count("pk")):
        count = counts.setdefault(kind, MailCount(Mail.Kind(kind).label))
        setattr(count, condition, getattr(count, condition) + number)
        if condition == "failed":
            # What the code knows of has a translation; what a mail server said has none.
            count.reasons.append((_(error) if error else _("no reason was given"), number))
    return [counts[kind] for kind in Mail.Kind if kind in counts]


def days_left(row: StrategyQuarter) -> int | None:
    """Days until the deadline, by the date in Helsinki; negative when it has passed."""
    return row.deadline and (row.deadline - timezone.localdate()).days


def people_told(row: StrategyQuarter) -> int:
    """How many are asked to report when the quarter opens; six queries."""
    return len(people_to_ask(coverage(row.strategy, row.quarter)))


def with_missing(found: Coverage) -> list[Share]:
    """The people who have something to report, those with most of it first."""
    return sorted((one for one in found.people if one.missing), key=lambda one: -len(one.missing))


# --- what may happen to it --------------------------------------------------------------------


def obstacle(row: StrategyQuarter, *states: str) -> str:
    """Why a quarter that should be in one of these states is not ready for it; "" where it is."""
    row.refresh_from_db(fields=["state", "deadline", "closed_at"])
    words = {"quarter": row.quarter.label}
    if row.state not in states:
        return _STANDS[row.state](row, words)
    other = row.strategy.quarters.filter(state=OPEN).exclude(pk=row.pk).first()
    if other and row.state != OPEN:
        return _("%(quarter)s is open. Close it first: one quarter is open at a time.") % {
            "quarter": other.quarter.label
        }
    return ""


_STANDS = {
    PLANNED: lambda row, words: _("%(quarter)s has not been opened yet.") % words,
    OPEN: lambda row, words: (
        _("%(quarter)s is open already; its deadline is %(day)s.")
        % {**words, "day": formats.day(row.deadline) or "–"}
    ),
    CLOSED: lambda row, words: (
        _("%(quarter)s is closed, its lights are frozen. Nothing was changed.") % words
    ),
}


def open_planned(row: StrategyQuarter, deadline, user) -> None:
    """Open a planned quarter; the same once more, as by a double click, changes nothing."""
    try:
        open_quarter(row.strategy, row.quarter, deadline, user)
    except (IntegrityError, ValueError) as error:
        why = obstacle(row, PLANNED)
        if (row.state, row.deadline) != (OPEN, deadline):
            raise NotPossible(why) from error


def open_again(row: StrategyQuarter, reason: str, deadline, user) -> None:
    """Open a closed quarter again; the same once more changes nothing."""
    try:
        reopen_quarter(row.strategy, row.quarter, reason, user, deadline)
    except (IntegrityError, ValueError) as error:
        why = obstacle(row, CLOSED)
        newest = Reopening.objects.filter(strategy=row.strategy, quarter=row.quarter).first()
        is_done = newest and (newest.reason, newest.user_id) == (reason, user.pk)
        if not is_done or (row.state, row.deadline) != (OPEN, deadline):
            raise NotPossible(why) from error


def close(row: StrategyQuarter, seen_revision: int, user) -> None:
    """Close a quarter as the person saw it; one that is closed already stays as it is.

    Raises `SomethingChanged` where the strategy has another revision by now, and `NotPossible`.
    """
    try:
        with transaction.atomic():
            # A report holds the lock of the quarter: it is counted, or finds the quarter closed.
            state = row.strategy.quarters.select_for_update().get(pk=row.pk).state
            if state == CLOSED:
                return
            strategy = Strategy.objects.select_for_update(no_key=True).get(pk=row.strategy_id)
            if strategy.revision != seen_revision:
                raise SomethingChanged
            if why := obstacle(row, OPEN, PLANNED):
                raise NotPossible(why)
            close_quarter(strategy, row.quarter, user)
    except ValueError as error:
        raise NotPossible(obstacle(row, OPEN)) from error


# --- reminding --------------------------------------------------------------------------------


def to_remind(row: StrategyQuarter) -> tuple[list[Asked], list[Asked]]:
    """Who has something to report and may be reminded, and who asked for no reminders."""
    asked = people_to_ask(coverage(row.strategy, row.quarter))
    return (
        [one for one in asked if one.person.wants_reminders],
        [one for one in asked if not one.person.wants_reminders],
    )


@transaction.atomic
def remind(row: StrategyQuarter, people: list, note: str, token, user) -> None:
    """Put a reminder for each person into the outbox, once for each `token` of a form."""
    outbox.post_all(
        [
            Mail(
                kind=Mail.Kind.REMINDER,
                recipient=person,
                key=f"{Mail.Kind.REMINDER}:{token}:{person.pk}",
                strategy_quarter=row,
                note=note,
                made_by=user,
            )
            for person in people
        ]
    )
