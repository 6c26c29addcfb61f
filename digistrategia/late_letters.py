"""Letters about late measurements: a KPI's owner is told of each once, in one letter a day.

That somebody was told is a `LateNotice`. It comes with its letter, in one transaction; the letter
of a person and a day tells of that person's notices of that day.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from mentors import outbox
from mentors.letters import (
    MAY_NOT_SEE,
    MOST_LISTED,
    NOT_WANTED,
    NOTHING_MISSING,
    NothingLeft,
    Round,
    one_line,
)
from mentors.models import Mail, User
from metrics.kpis import period_names
from metrics.kpis.late import Late, late_measurements, untold
from metrics.kpis.periods import Period, last_month
from metrics.models import Kpi, LateNotice
from roadmap.permissions import VIEW

# --- who is told --------------------------------------------------------------------------------


def remind(now: datetime) -> int:
    """Put the letters that are due into the outbox, and return how many are new.

    However often and by however many this is run, nobody is told of a measurement twice.
    """
    today = timezone.localdate(now)
    kpi_ids = {one.kpi.pk for one in untold(today)}
    return _tell(kpi_ids, today, now) if kpi_ids else 0


@transaction.atomic
def _tell(kpi_ids: set[int], today: date, now: datetime) -> int:
    # Who does the same at once waits here, and then finds the notices; so does a measurement.
    list(Kpi.objects.select_for_update(no_key=True).filter(pk__in=kpi_ids).order_by("pk"))
    by_owner = defaultdict(list)
    for one in untold(today, kpi_ids):
        by_owner[one.kpi.owner_id].append(one)
    keys = {owner: mail_key(owner, today) for owner in by_owner}
    # Today's letter may be written already: what became late since then is told tomorrow.
    there = set(Mail.objects.filter(key__in=keys.values()).values_list("key", flat=True))
    owners = [owner for owner, key in keys.items() if key not in there]
    LateNotice.objects.bulk_create(
        LateNotice(kpi=one.kpi, period=one.period, person_id=owner, at=now)
        for owner in owners
        for one in by_owner[owner]
    )
    outbox.post_all(
        [
            Mail(key=keys[owner], kind=Mail.Kind.LATE_KPIS, recipient_id=owner, made_at=now)
            for owner in owners
        ]
    )
    return len(owners)


def mail_key(person_id: int, day: date) -> str:
    """The key of the letter that a person gets on a day (in Helsinki)."""
    return f"{Mail.Kind.LATE_KPIS}:{person_id}:{day}"


# --- what the letter says -----------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """The page on which some late measurements can be entered, and what is late of it."""

    strategy: str
    url: str
    late: list[tuple[str, str, date]]  # KPI, period, the day by which it was due


def content(mail: Mail, shared: Round) -> tuple[str, dict]:
    """The subject of the letter, and what it tells: what is still missing when it is sent."""
    person = mail.recipient
    if not person.wants_reminders:
        raise NothingLeft(NOT_WANTED)
    if not person.has_perm(VIEW):
        raise NothingLeft(MAY_NOT_SEE)
    late = _still_late(person, date.fromisoformat(mail.key.rpartition(":")[2]))
    if not late:
        raise NothingLeft(NOTHING_MISSING)
    listed = late[:MOST_LISTED]
    context = {"pages": _pages(listed), "count": len(late), "more": len(late) - len(listed)}
    return _subject(late), context


def _still_late(person: User, day: date) -> list[Late]:
    """Of what a person was told on a day: what is late still, and still theirs, by its page."""
    notices = LateNotice.objects.filter(person=person, at__date=day)
    told = set(notices.values_list("kpi_id", "period"))
    kpis = person.own_kpis.filter(pk__in={kpi for kpi, _period in told}).select_related("strategy")
    late = late_measurements(kpis, timezone.localdate())
    found = [one for one in late if (one.kpi.pk, one.period) in told]
    return sorted(found, key=lambda one: (last_month(one.period), one.kpi.strategy_id))


def _subject(late: list[Late]) -> str:
    if len(late) > 1:
        return _("%d measurements are late") % len(late)
    return _("A measurement is late: %(kpi)s, %(period)s") % {
        "kpi": one_line(str(late[0].kpi)),
        "period": period_names.name(late[0].period),
    }


def _pages(late: list[Late]) -> list[Page]:
    pages = {}
    for one in late:
        strategy = one.kpi.strategy
        url = settings.SITE_URL + grid_path(strategy.slug, one.period)
        page = pages.setdefault(url, Page(one_line(strategy.name), url, []))
        page.late.append((one_line(str(one.kpi)), period_names.name(one.period), one.due))
    return list(pages.values())


def grid_path(slug: str, period: Period) -> str:
    """The page on which the measurements of the month are entered with which a period ends."""
    return reverse("metrics:month-grid", args=[slug, last_month(period)])
