"""The late measurements of a strategy, as administrators see them: whose, and who was told."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _

from digistrategia.late_letters import grid_path, mail_key
from mentors.models import Mail
from metrics.kpis import period_names
from metrics.kpis.late import Late, late_measurements
from metrics.kpis.periods import Period
from metrics.models import Kpi, LateNotice
from roadmap import formats
from roadmap.models import Strategy

SHOWN = 3  # periods of one KPI


@dataclass(frozen=True)
class Missing:
    """A period whose measurement is late; `told` says whether the owner was told.

    It is empty where nobody is to be told: of example data, and without an owner who can enter it.
    """

    period: str
    url: str
    due: date
    told: str


@dataclass(frozen=True)
class Row:
    """A KPI with late measurements, the newest first, and how many more there are."""

    kpi: Kpi
    has_able_owner: bool
    newest: list[Missing]
    more: int


def listing(strategy: Strategy, today: date) -> list[Row]:
    """Every KPI of which anything is late on a day, in the order of the KPIs; five queries."""
    kpis = strategy.kpis.select_related("owner", "strategy")
    late = {
        kpi: list(of_kpi)[::-1]  # the newest first
        for kpi, of_kpi in groupby(late_measurements(kpis, today), key=lambda one: one.kpi)
    }
    able = set(strategy.kpis.with_able_owner().values_list("pk", flat=True))
    notices = _notices([one for of_kpi in late.values() for one in of_kpi[:SHOWN]])
    mails = Mail.objects.filter(key__in={_key(notice) for notice in notices.values()})
    mails = {mail.key: mail for mail in mails}
    rows = []
    for kpi, of_kpi in late.items():
        newest = []
        for one in of_kpi[:SHOWN]:
            notice = notices.get((kpi.pk, one.period))
            told = _told(notice, mails, kpi) if notice else _untold(kpi, kpi.pk in able)
            newest.append(_missing(strategy, one, told))
        rows.append(Row(kpi, kpi.pk in able, newest, len(of_kpi) - len(newest)))
    return rows


def _notices(late: list[Late]) -> dict[tuple[int, Period], LateNotice]:
    periods = {one.period for one in late}
    rows = LateNotice.objects.filter(kpi__in={one.kpi.pk for one in late}, period__in=periods)
    return {(notice.kpi_id, notice.period): notice for notice in rows.select_related("person")}


def _missing(strategy: Strategy, one: Late, told: str) -> Missing:
    url = grid_path(strategy.slug, one.period)
    return Missing(period_names.name(one.period), url, one.due, told)


def _key(notice: LateNotice) -> str:
    return mail_key(notice.person_id, timezone.localdate(notice.at))


def _told(notice: LateNotice, mails: dict[str, Mail], kpi: Kpi) -> str:
    mail = mails.get(_key(notice))  # none of somebody whose name was taken away
    if mail and not mail.sent_at:
        is_stuck = mail.given_up_at or mail.claimed_at
        return _("the mail did not go out") if is_stuck else _("the mail waits for its turn")
    words = {"day": formats.day(notice.at), "name": notice.person.sorted_name}
    if notice.person_id == kpi.owner_id:
        return _("told %(day)s") % words
    return _("%(name)s was told %(day)s") % words


def _untold(kpi: Kpi, has_able_owner: bool) -> str:
    if not has_able_owner or kpi.strategy.is_example:
        return ""
    return _("not told") if kpi.owner.wants_reminders else _("wants no reminders")
