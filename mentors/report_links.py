"""Report links: they open My quarter of one person, for one quarter, without signing in.

A link's token is signed and kept nowhere; what it opens is looked up each time, so that it ends
at once when it is revoked, when the quarter is closed, or when the person leaves.
"""

from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from mentors.models import PeopleChange, ReportLink
from roadmap.models import QuarterState, StrategyQuarter

SALT = "report-link"


@transaction.atomic
def link_for(person, strategy_quarter) -> ReportLink:
    """The person's link for the quarter: one that is good for a while yet, or else a new one."""
    now = timezone.now()
    days = timedelta(days=strategy_quarter.strategy.report_link_days)
    links = ReportLink.objects.filter(person=person, strategy_quarter=strategy_quarter)
    # One that is about to expire would not last until the person has the time.
    link = links.filter(revoked_at=None, expires_at__gt=now + days / 2).last()
    if link is None:
        link = ReportLink(person=person, strategy_quarter=strategy_quarter, expires_at=now + days)
        link.save()
        _note([link], None, "made")
    return link


def token(link: ReportLink) -> str:
    return signing.dumps(link.pk, salt=SALT)


def resolve(token: str) -> ReportLink | None:
    """The link of a token, with its person and quarter; None where it opens nothing (any more).

    Whether the person may still see the strategy is asked as for anybody who is signed in.
    """
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    related = ("person", "strategy_quarter__strategy")
    return _valid(timezone.now()).filter(pk=pk).select_related(*related).first()


def quarters_by_link() -> list[StrategyQuarter]:
    """The open quarters that can be reported by a link."""
    opened = StrategyQuarter.objects.filter(state=QuarterState.OPEN, strategy__report_links=True)
    return list(opened)


def links_of(person):
    """The links of a person that still open something."""
    return _valid(timezone.now()).filter(person=person).select_related("strategy_quarter__strategy")


def _valid(now: datetime):
    return ReportLink.objects.filter(
        revoked_at=None,
        expires_at__gt=now,
        strategy_quarter__state=QuarterState.OPEN,
        strategy_quarter__strategy__report_links=True,
        person__is_active=True,
        person__former=None,
    )


@transaction.atomic
def mark_used(link: ReportLink) -> None:
    """Note that the link was opened; its first use stands in the person's history."""
    now = timezone.now()
    same = ReportLink.objects.filter(pk=link.pk)
    same.update(last_used_at=now)
    if same.filter(first_used_at=None).update(first_used_at=now):
        _note([link], None, "used")


def revoke(link: ReportLink, by) -> bool:
    """End a link; False where it was revoked already."""
    return bool(_revoke(Q(pk=link.pk), by))


def revoke_all(person, by=None) -> int:
    """End all links of a person, and return how many there were."""
    return _revoke(Q(person=person), by)


@transaction.atomic
def _revoke(which: Q, by) -> int:
    standing = ReportLink.objects.select_for_update(of=("self",)).filter(which, revoked_at=None)
    links = list(standing.select_related("strategy_quarter"))
    standing.filter(pk__in=[link.pk for link in links]).update(revoked_at=timezone.now())
    _note(links, by, "revoked")
    return len(links)


def _note(links: list[ReportLink], by, what: str) -> None:
    PeopleChange.objects.bulk_create(
        PeopleChange(
            person_id=link.person_id,
            user=by,
            fields={f"report_link:{link.strategy_quarter.quarter}": [None, what]},
        )
        for link in links
    )
