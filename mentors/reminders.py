"""Reminders: who is written to when a quarter opens, a week before its deadline and after it."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from mentors.coverage import coverage, people_to_ask
from mentors.models import Mail
from mentors.outbox import post_all
from roadmap.models import QuarterState, StrategyQuarter

# A worker that was away for long still tells people, but not when it is old news.
OPENED_WITHIN = timedelta(days=14)
WEEK = timedelta(days=7)
# Whoever has just got the first letter needs no second one.
QUIET = timedelta(days=3)

OPENED, BEFORE, AFTER = Mail.Kind.OPENED, Mail.Kind.WEEK, Mail.Kind.LATE


def kinds_due(today: date, opened_on: date, deadline: date | None) -> set[str]:
    """The kinds of letters that are due on a day; days are those of Helsinki.

    Opened: for two weeks from the day on which the quarter was opened. Week: in the seven days
    before the deadline. Late: in the seven days after it. The latter two not in the first three
    days of the quarter.
    """
    kinds = set()
    if opened_on <= today < opened_on + OPENED_WITHIN:
        kinds.add(OPENED)
    if deadline and today >= opened_on + QUIET:
        if deadline - WEEK <= today < deadline:
            kinds.add(BEFORE)
        elif deadline < today <= deadline + WEEK:
            kinds.add(AFTER)
    return kinds


def remind(now: datetime) -> int:
    """Put the letters that are due into the outbox, and return how many are new.

    Each has a key of quarter, day and person: however often and by however many this is run,
    nobody is told twice.
    """
    rows = StrategyQuarter.objects.filter(
        state=QuarterState.OPEN,
        opened_at__isnull=False,
        strategy__is_example=False,  # its people are invented, and so are their addresses
    )
    return sum(_remind(row, now) for row in rows.select_related("strategy"))


def _remind(row: StrategyQuarter, now: datetime) -> int:
    today, opened_on = timezone.localdate(now), timezone.localdate(row.opened_at)
    kinds = kinds_due(today, opened_on, row.deadline)
    if not kinds:
        return 0
    there = dict(row.mails.filter(kind__in=(OPENED, *kinds)).values_list("key", "made_at"))
    mails = []
    for one in people_to_ask(coverage(row.strategy, row.quarter)):
        first = f"{OPENED}:{row.pk}:{opened_on}:{one.person.pk}"
        if OPENED in kinds and first not in there:
            key, kind = first, OPENED
        elif first in there and now - there[first] < QUIET:
            continue
        elif one.person.wants_reminders and (later := kinds - {OPENED}):
            (kind,) = later
            key = f"{kind}:{row.pk}:{row.deadline}:{one.person.pk}"
        else:
            continue
        if key not in there:
            mails.append(
                Mail(key=key, kind=kind, recipient=one.person, strategy_quarter=row, made_at=now)
            )
    post_all(mails)
    return len(mails)
