"""Letters: what a mail says, in its recipient's language and as things are when it is sent."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from mentors import invitations, report_links
from mentors.comments import names_in
from mentors.coverage import Asked, Due, coverage, people_to_ask
from mentors.mentions import plain
from mentors.models import Comment, Invitation, Mail
from roadmap import formats
from roadmap.models import QuarterState, StrategyQuarter
from roadmap.permissions import VIEW

MOST_LISTED = 40
LONGEST_SUBJECT = 70
LONGEST_COMMENT = 1000
FRESH_SECONDS = 60

HAS_LEFT = gettext_noop("the recipient no longer uses the portal")
NOT_OPEN = gettext_noop("the quarter was no longer open")
NOTHING_MISSING = gettext_noop("nothing was left to report")
NOT_WANTED = gettext_noop("the recipient has turned these mails off")
DEADLINE_MOVED = gettext_noop("the deadline was another one by then")
MAY_NOT_SEE = gettext_noop("the recipient may no longer see the strategy")
NO_LINKS = gettext_noop("the strategy has no report links")
NO_MENTION = gettext_noop("the comments were removed")
INVITATION_OVER = gettext_noop("the invitation was no longer valid")
NO_LONGER_NEEDED = (
    HAS_LEFT,
    NOT_OPEN,
    NOTHING_MISSING,
    NOT_WANTED,
    DEADLINE_MOVED,
    MAY_NOT_SEE,
    NO_LINKS,
    NO_MENTION,
    INVITATION_OVER,
)


class NothingLeft(Exception):
    """The letter is no longer needed; says why, by one of `NO_LONGER_NEEDED`."""


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str
    language: str


class Round:
    """What the letters of one round share: who is asked for what, read once a minute."""

    def __init__(self):
        self._read = {}

    def asked(self, row: StrategyQuarter, person) -> Asked:
        """What a person has to report; of nothing, an empty one."""
        at, people = self._read.get(row.pk, (0, {}))
        if not at or time.monotonic() - at > FRESH_SECONDS:
            found = people_to_ask(coverage(row.strategy, row.quarter))
            people = {one.person.pk: one for one in found}
            self._read[row.pk] = time.monotonic(), people
        return people.get(person.pk) or Asked(person)


def write(mail: Mail, shared: Round | None = None) -> Letter:
    """The letter of a mail. `NothingLeft` where there is nothing (any more) to tell."""
    if not mail.recipient.is_active or mail.recipient.former:
        raise NothingLeft(HAS_LEFT)
    language = mail.recipient.language
    with translation.override(language):
        subject, context = _CONTENT[mail.kind](mail, shared or Round())
        subject = shortened(subject, LONGEST_SUBJECT)
        context |= {
            "subject": subject,
            "language": language,
            "name": one_line(mail.recipient.first_name),
            "note": mail.note.strip(),
            "author": mail.made_by and one_line(mail.made_by.get_full_name()),
            "organisation": settings.ORGANISATION,
            "profile_url": absolute("mentors:profile"),
        }
        template = f"{_FOLDERS.get(mail.kind, 'mentors')}/letters/{mail.kind}"
        text = render_to_string(f"{template}.txt", context)
        html = render_to_string(f"{template}.html", context)
    return Letter(subject, re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", html, language)


Content = Callable[[Mail, Round], tuple[str, dict]]


def add(kind: str, content: Content, folder: str) -> None:
    """Let an app above write a kind of letter; its templates are `folder`/letters/`kind`.

    `content` returns the subject and what the templates need, or raises `NothingLeft`.
    """
    _CONTENT[kind], _FOLDERS[kind] = content, folder


def absolute(name: str, **kwargs) -> str:
    """The address of a page for a mail, with the host that people know the portal by."""
    return settings.SITE_URL + reverse(name, kwargs=kwargs)


def one_line(text: str) -> str:
    """A name or a title, so that it can make neither a line nor a header of its own."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def shortened(text: str, most: int) -> str:
    text = one_line(text)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


# --- about a quarter --------------------------------------------------------------------------


def _about_quarter(mail: Mail, shared: Round) -> tuple[str, dict]:
    row, person = mail.strategy_quarter, mail.recipient
    _check_quarter(mail, row)
    asked = shared.asked(row, person)
    if mail.kind == Mail.Kind.LINK:
        if not row.strategy.report_links:
            raise NothingLeft(NO_LINKS)
        if not person.has_perm(VIEW):
            raise NothingLeft(MAY_NOT_SEE)
    elif not asked.count:
        raise NothingLeft(NOTHING_MISSING)
    groups, more = _listed(asked)
    context = {
        "strategy": one_line(row.strategy.name),
        "quarter": row.quarter.label,
        "deadline": row.deadline and _long_day(row.deadline),
        "is_late": _is_past(row.deadline),
        "count": asked.count,
        "groups": groups,
        "more": more,
    }
    if row.strategy.report_links:
        link = report_links.link_for(person, row)
        context["url"] = absolute("mentors:report-link", token=report_links.token(link))
        context["until"] = link.expires_at
    else:
        context["url"] = absolute("mentors:worklist", slug=row.strategy.slug)
    return _quarter_subject(mail.kind, row), context


def _check_quarter(mail: Mail, row: StrategyQuarter) -> None:
    if row.state != QuarterState.OPEN:
        raise NothingLeft(NOT_OPEN)
    if mail.kind not in (Mail.Kind.WEEK, Mail.Kind.LATE):
        return
    if not mail.recipient.wants_reminders:
        raise NothingLeft(NOT_WANTED)
    if not row.deadline or _is_past(row.deadline) != (mail.kind == Mail.Kind.LATE):
        raise NothingLeft(DEADLINE_MOVED)


def _is_past(deadline) -> bool:
    return bool(deadline) and timezone.localdate() > deadline


def _quarter_subject(kind: str, row: StrategyQuarter) -> str:
    words = {"quarter": row.quarter.label, "day": row.deadline and formats.weekday(row.deadline)}
    if kind == Mail.Kind.OPENED and not (row.deadline and not _is_past(row.deadline)):
        return _("%(quarter)s is open for reports") % words
    return {
        Mail.Kind.OPENED: _("%(quarter)s is open: report by %(day)s"),
        Mail.Kind.WEEK: _("Reminder: report %(quarter)s by %(day)s"),
        Mail.Kind.LATE: _("%(quarter)s: your report is missing, the deadline was %(day)s"),
        Mail.Kind.REMINDER: _("%(quarter)s: your report is still missing"),
        Mail.Kind.LINK: _("Your link for reporting %(quarter)s"),
    }[kind] % words


def _long_day(day) -> str:
    """perjantai 14.10.2022"""
    return f"{date_format(day, 'l')} {formats.day(day)}"


def _listed(asked: Asked) -> tuple[list[tuple[str, list]], int]:
    """The first 40 actions, own ones first and then by the person stood in for; how many more."""
    groups, room, more = [], MOST_LISTED, 0
    for person, due in [(None, asked.own), *asked.as_deputy]:
        shown = due[:room]
        room, more = room - len(shown), more + len(due) - len(shown)
        if shown:
            name = one_line(person.get_full_name()) if person else ""
            groups.append((name, [_named(action) for action in shown]))
    return groups, more


def _named(action: Due) -> tuple[str, str]:
    return one_line(action.code), one_line(action.title)


# --- mentions and invitations -----------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """A comment in which the recipient was mentioned."""

    author: str
    at: object
    action: str
    lines: list[str]
    url: str


def _about_mentions(mail: Mail, shared: Round) -> tuple[str, dict]:
    if not mail.recipient.wants_mentions:
        raise NothingLeft(NOT_WANTED)
    if not mail.recipient.has_perm(VIEW):
        raise NothingLeft(MAY_NOT_SEE)
    comments = list(
        Comment.objects.filter(mentions__mail=mail, removed_at=None)
        .select_related("author", "action__strategy")
        .prefetch_related("mentions__person")
        .order_by("at", "pk")
    )
    if not comments:
        raise NothingLeft(NO_MENTION)
    listed = comments[:MOST_LISTED]
    told = [_told(comment) for comment in listed]
    if len(comments) == 1:
        subject = _("%(author)s mentioned you: %(action)s") % {
            "author": told[0].author,
            "action": told[0].action,
        }
    else:
        subject = _("You were mentioned in %d comments") % len(comments)
    return subject, {"told": told, "count": len(comments), "more": len(comments) - len(told)}


def _told(comment: Comment) -> Told:
    action, author = comment.action, comment.author
    text = plain(comment.text, names_in(comment))
    if len(text) > LONGEST_COMMENT:
        text = text[: LONGEST_COMMENT - 1].rstrip() + "…"
    return Told(
        one_line(author.get_full_name()) if author else _("Somebody"),
        comment.at,
        one_line(str(action)),
        text.splitlines(),
        absolute("metrics:action-detail", slug=action.strategy.slug, code=action.code),
    )


def _invitation(mail: Mail, shared: Round) -> tuple[str, dict]:
    invitation = Invitation.objects.filter(
        pk=mail.key.rpartition(":")[2],
        person=mail.recipient,
        accepted_at=None,
        revoked_at=None,
        expires_at__gt=timezone.now(),
    ).first()
    if invitation is None:
        raise NothingLeft(INVITATION_OVER)
    url = absolute("mentors:invitation-accept", token=invitations.token(invitation))
    context = {"url": url, "until": invitation.expires_at, "email": mail.recipient.email}
    return _("Welcome to Digistrategia: choose a password"), context


_CONTENT: dict[str, Content] = {
    Mail.Kind.OPENED: _about_quarter,
    Mail.Kind.WEEK: _about_quarter,
    Mail.Kind.LATE: _about_quarter,
    Mail.Kind.REMINDER: _about_quarter,
    Mail.Kind.LINK: _about_quarter,
    Mail.Kind.MENTIONS: _about_mentions,
    Mail.Kind.INVITATION: _invitation,
}
_FOLDERS: dict[str, str] = {}  # of the templates, where they are not here
