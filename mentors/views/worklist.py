from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from mentors import worklist as lists
from roadmap.access import visible_strategy
from roadmap.quarters import Quarter
from roadmap.workbook.fields import parse_number


@require_http_methods(["GET", "HEAD", "POST"])
def worklist(request, slug):
    strategy = _strategy(request, slug)
    return answer(request, strategy, request.user, reverse("mentors:worklist", args=[slug]))


@require_safe
def worklist_light(request, slug, pk):
    strategy = _strategy(request, slug)
    return answer_light(request, strategy, request.user, pk)


def _strategy(request, slug):
    strategy = visible_strategy(request, slug)
    if not lists.may_have_one(request.user):
        raise PermissionDenied
    return strategy


def answer(request, strategy, person, here, by_link=None):
    """The worklist of a person, at `here`: the page, or what came of what was sent."""
    if request.method == "POST":
        return _save(request, strategy, person, here, by_link)
    opened = lists.open_quarter_of(strategy)
    found = opened and lists.worklist(person, strategy, opened)
    return _page(request, strategy, found, here, by_link)


def _save(request, strategy, person, here, by_link):
    quarter = _quarter(strategy, request.POST)
    if by_link and quarter != by_link.strategy_quarter:
        raise Http404
    found = lists.worklist(person, strategy, quarter)
    row = found.row(_number(request.POST.get("row")))
    if "fill" in request.POST:
        lists.fill_empty(found, request.POST)
        return _page(request, strategy, found, here, by_link)
    data = request.POST.copy()
    same = found.row(_number(data.get("same")))
    if same:
        data[f"{same.pk}-value"] = same.form.fields["value"].prepare_value(same.last) or ""
    saved = lists.save(found, data, person, by_link=bool(by_link), only=row)
    status = 200
    if found.faulty:
        status = 409 if any(one.overtaken or one.is_closed for one in found.faulty) else 422
    if row and request.htmx:
        return _row(request, strategy, found, row, here, by_link, status)
    if saved:
        text = ngettext("%d report was saved.", "%d reports were saved.", len(saved))
        messages.success(request, text % len(saved))
    if found.faulty:
        return _page(request, strategy, found, here, by_link, status)
    return redirect(here)


def _page(request, strategy, found, here, by_link, status=200):
    context = _context(strategy, found, here, by_link)
    edited = found and found.row(_number(request.GET.get("edit")))
    one = edited or found and found.row(_number(request.GET.get("row")))
    context |= {"edited": edited, "row": one}
    if one and request.htmx:
        return render(request, "mentors/_worklist_row.html", context)
    response = render(request, "mentors/worklist.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"  # Back shows what stands now
    return response


def _row(request, strategy, found, row, here, by_link, status):
    context = _context(strategy, found, here, by_link) | {"row": row}
    return render(request, "mentors/_worklist_saved.html", context, status=status)


def _context(strategy, found, here, by_link):
    return {
        "section": "my-quarter",
        # Who came by a link gets no menu: it leads to pages that need signing in.
        "strategy": None if by_link else strategy,
        "found": found,
        "here": here,
        "by_link": by_link,
    }


def answer_light(request, strategy, person, pk):
    """The light that a value would give, while it is being typed."""
    opened = lists.open_quarter_of(strategy)
    row = opened and lists.worklist(person, strategy, opened, only=pk).row(pk)
    if not row:
        raise Http404
    typed = request.GET.get(f"{pk}-value", "")
    try:
        outcome = row.outcome_with(parse_number(typed)) if typed.strip() else None
    except ValueError:
        outcome = None
    context = {"row": row, "typed": typed.strip(), "outcome": outcome}
    return render(request, "mentors/_worklist_light.html", context)


def _quarter(strategy, data):
    """The quarter that the page showed, open or not any more."""
    try:
        quarter = Quarter.parse(data.get("quarter", ""))
    except ValueError:
        raise Http404 from None
    found = strategy.quarters.filter(quarter=quarter).first()
    if found is None:
        raise Http404
    return found


def _number(text) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0
