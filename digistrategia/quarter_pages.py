"""The pages of the quarters: all of them, and the life of one."""

import uuid

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from digistrategia import quarters
from digistrategia.forms import DeadlineForm, ReminderForm, ReopenForm
from digistrategia.quarters import CLOSED, OPEN, PLANNED, NotPossible, SomethingChanged
from mentors import letters
from mentors.coverage import coverage
from mentors.models import Mail
from metrics.models import Reopening
from roadmap import formats
from roadmap.access import require, visible_strategy
from roadmap.deadlines import DeadlineMoved, move_deadline
from roadmap.models import StrategyQuarter
from roadmap.permissions import CHANGE_STRATEGY
from roadmap.reporting import QuarterNotOpen

MOST_PEOPLE, MOST_CODES = 200, 8


@require_safe
def quarter_list(request, slug):
    strategy = visible_strategy(request, slug)
    context = {"strategy": strategy, "section": "strategy", "found": quarters.listing(strategy)}
    return render(request, "digistrategia/quarter_list.html", context)


@require_safe
def quarter_detail(request, slug, quarter):
    return _detail_page(request, _administered(request, slug, quarter))


@require_http_methods(["GET", "HEAD", "POST"])
def quarter_open(request, slug, quarter):
    row = _administered(request, slug, quarter)
    form = DeadlineForm(request.POST or None, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            quarters.open_planned(row, form.cleaned_data["deadline"], request.user)
        except NotPossible as why:
            return _detail_page(request, row, why)
        return _done(request, row, _("%s is open for reports.") % row.quarter.label)
    if why := quarters.obstacle(row, PLANNED):
        return _detail_page(request, row, why)
    return _form_page(request, row, "open", form, people_told=quarters.people_told(row))


@require_http_methods(["GET", "HEAD", "POST"])
def quarter_reopen(request, slug, quarter):
    row = _administered(request, slug, quarter)
    form = ReopenForm(request.POST or None, row=row)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            quarters.open_again(row, cleaned["reason"], cleaned["deadline"], request.user)
        except NotPossible as why:
            form.add_error(None, str(why))
            return _form_page(request, row, "reopen", form, status=409)
        return _done(request, row, _("%s is open for reports again.") % row.quarter.label)
    if why := quarters.obstacle(row, CLOSED):
        return _detail_page(request, row, why)
    return _form_page(request, row, "reopen", form, people_told=quarters.people_told(row))


@require_http_methods(["GET", "HEAD", "POST"])
def quarter_deadline(request, slug, quarter):
    row = _administered(request, slug, quarter)
    form = DeadlineForm(
        request.POST.copy() or None,
        row=row,
        initial={"deadline": row.deadline, "seen": row.deadline},
    )
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            move_deadline(
                row.strategy, row.quarter, cleaned["seen"], cleaned["deadline"], request.user
            )
        except QuarterNotOpen:
            return _detail_page(request, row, quarters.obstacle(row, OPEN))
        except DeadlineMoved as other:
            form.data["seen"] = other.deadline.isoformat() if other.deadline else ""
            words = {"day": formats.day(other.deadline) or "–"}
            form.add_error(
                "deadline",
                _("somebody else moved it meanwhile to %(day)s; save again to replace that")
                % words,
            )
            return _form_page(request, row, "deadline", form, status=409)
        day = formats.weekday(cleaned["deadline"])
        return _done(request, row, _("The deadline is now %s.") % day)
    if why := quarters.obstacle(row, OPEN):
        return _detail_page(request, row, why)
    return _form_page(request, row, "deadline", form)


@require_http_methods(["GET", "HEAD", "POST"])
def quarter_close(request, slug, quarter):
    row = _administered(request, slug, quarter)
    has_changed = False
    if request.method == "POST":
        try:
            quarters.close(row, _number(request.POST.get("revision")), request.user)
        except NotPossible as why:
            return _detail_page(request, row, why)
        except SomethingChanged:
            row.strategy.refresh_from_db(fields=["revision"])
            has_changed = True
        else:
            text = _("%s is closed, its lights are frozen.") % row.quarter.label
            return _done(request, row, text)
    if why := quarters.obstacle(row, OPEN, PLANNED):
        return _detail_page(request, row, why)
    found = coverage(row.strategy, row.quarter)
    context = _context(row) | _coverage_context(found) | {"has_changed": has_changed}
    status = 409 if has_changed else 200
    return render(request, "digistrategia/quarter_close.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def quarter_remind(request, slug, quarter):
    row = _administered(request, slug, quarter)
    if why := quarters.obstacle(row, OPEN):
        return _detail_page(request, row, why)
    asked, unwilling = quarters.to_remind(row)
    is_sent = request.method == "POST"
    form = ReminderForm(
        request.POST if is_sent else None, asked=asked, initial={"token": uuid.uuid4()}
    )
    if is_sent and form.is_valid() and "preview" not in request.POST:
        people = form.cleaned_data["people"]
        quarters.remind(
            row, people, form.cleaned_data["note"], form.cleaned_data["token"], request.user
        )
        text = ngettext("%d reminder is on its way.", "%d reminders are on their way.", len(people))
        return _done(request, row, text % len(people))
    context = {"form": form, "asked": asked, "unwilling": unwilling}
    context["letter"] = _letter(row, form, request.user)
    return _form_page(request, row, "remind", **context)


def _administered(request, slug, quarter) -> StrategyQuarter:
    """The quarter, with its strategy; 404 for who may not see it, 403 for who may not lead it."""
    strategy = visible_strategy(request, slug)
    require(request, CHANGE_STRATEGY)
    row = get_object_or_404(StrategyQuarter, strategy=strategy, quarter=quarter)
    row.strategy = strategy
    return row


def _context(row) -> dict:
    return {"strategy": row.strategy, "section": "strategy", "row": row, "quarter": row.quarter}


def _done(request, row, text: str):
    messages.success(request, text)
    return redirect("quarter-detail", row.strategy.slug, row.quarter)


def _form_page(request, row, verb: str, form, status=None, **more):
    status = status or (422 if form.errors else 200)
    context = _context(row) | {"form": form} | more
    return render(request, f"digistrategia/quarter_{verb}.html", context, status=status)


def _detail_page(request, row, why_not=None):
    """How the quarter stands; `why_not` says why what was asked for could not be done."""
    context = _context(row) | {"why_not": why_not, "mails": quarters.mail_counts(row)}
    context["reopenings"] = list(
        Reopening.objects.filter(strategy=row.strategy, quarter=row.quarter)
        .select_related("user")
        .defer("figures")
    )
    if row.state == OPEN:
        found = coverage(row.strategy, row.quarter)
        context |= _coverage_context(found) | {"days_left": quarters.days_left(row)}
    elif not why_not:
        context["not_yet"] = quarters.obstacle(row, row.state)
    status = 409 if why_not else 200
    return render(request, "digistrategia/quarter_detail.html", context, status=status)


def _coverage_context(found) -> dict:
    missing = quarters.with_missing(found)
    return {
        "found": found,
        "missing": missing[:MOST_PEOPLE],
        "more": max(0, len(missing) - MOST_PEOPLE),
        "complete": len(found.people) - len(missing),
        "unasked": [action for action in found.uncovered if not action.is_reported],
        "most_codes": MOST_CODES,
    }


def _letter(row, form, user):
    """The reminder as the first recipient will read it, or None where there is nobody to write to.

    It shows no one's own link for reporting: with that, anybody could report in their name.
    """
    chosen = form.cleaned_data.get("people") if form.is_bound and form.is_valid() else None
    people = chosen or [one.person for one in form.asked.values()]
    if not people:
        return None
    note = form.cleaned_data.get("note", "") if form.is_bound else ""
    with_links, row.strategy.report_links = row.strategy.report_links, False
    mail = Mail(
        kind=Mail.Kind.REMINDER,
        recipient=people[0],
        strategy_quarter=row,
        note=note,
        made_by=user,
    )
    try:
        return letters.write(mail)
    except letters.NothingLeft:
        return None
    finally:
        row.strategy.report_links = with_links


def _number(text) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else -1
