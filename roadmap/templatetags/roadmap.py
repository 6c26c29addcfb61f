"""How lights, numbers and times look: the same everywhere, by these tags alone."""

import re
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import lru_cache

from django import template
from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext_lazy, gettext_noop
from django.utils.translation import gettext as _

from roadmap import formats
from roadmap.models import QuarterState
from roadmap.page_models import Part, Place
from roadmap.quarters import Quarter
from roadmap.record import ACTUAL, NUMBERS, PLAN, QUARTERS, split
from roadmap.record import NAMES as FIELD_NAMES
from roadmap.traffic_light import Light

register = template.Library()
LANGUAGES = dict(settings.LANGUAGES)

register.filter("value", formats.value)
register.filter("percent", formats.percent)
register.filter("share", formats.share)
register.filter("day", formats.day)
register.filter("moment", formats.moment)
register.filter("weekday", formats.weekday)
register.filter("with_formers", formats.with_formers)


def light_word(light: str, no_light: str = "") -> str:
    """The word of a light; `no_light` is that of none, where "not started yet" would be wrong."""
    return {
        Light.GREEN: _("On schedule"),
        Light.YELLOW: _("Behind or at risk"),
        Light.RED: _("Far behind"),
        Light.NONE: no_light or _("Not started yet"),
    }[Light(light)]


register.filter("light_word", light_word)


@register.filter
def fault_count(form) -> int:
    """How many faults the summary lists: those that the person can see and mend."""
    shown = sum(len(field.errors) for field in form.visible_fields())
    return shown + len(form.non_field_errors())


@register.filter
def stored_number(text: str | None) -> str:
    """A number as history keeps it, as people write it."""
    return formats.value(Decimal(text)) if text else ""


@register.filter
def quarter_label(text: str | None) -> str:
    """Q3/2022, of a quarter as history keeps it."""
    return Quarter.parse(text).label if text else ""


@register.filter
def as_written(text: str | None, key: str) -> str:
    """A value of a record as history keeps it, in the way people write what that key holds."""
    family, _quarter = split(key)
    if text and (family in NUMBERS or family in (PLAN, ACTUAL)):
        return stored_number(text)
    return quarter_label(text) if family in QUARTERS else text or ""


@register.filter
def heading(key: str) -> str:
    """What a record's key is called, as in the workbook but in the reader's language.

    `vision_sv` is the vision in Swedish.
    """
    family, quarter = split(key)
    stem, _underscore, code = family.rpartition("_")
    if code in LANGUAGES:
        return f"{_(NAMES[stem])} ({LANGUAGES[code]})"
    return f"{_(NAMES[family])} {quarter.label}" if quarter else _(NAMES[family])


NAMES = FIELD_NAMES | {
    "state": gettext_noop("State of the quarter"),
    "deadline": gettext_noop("Deadline"),
    "green_from": gettext_noop("Green from, %"),
    "yellow_from": gettext_noop("Yellow from, %"),
    "name": gettext_noop("Name"),
    "vision": gettext_noop("Vision"),
    "phase_title": gettext_noop("Title"),
    "phase_goals": gettext_noop("Goals"),
    "page_added": gettext_noop("Page added"),
    "page_moved": gettext_noop("Page moved"),
    "page_changed": gettext_noop("Page"),
    "page_part": gettext_noop("Part"),
    "page_place": gettext_noop("Place in the portal"),
    "page_removed": gettext_noop("Page removed"),
    "page_brought_back": gettext_noop("Page brought back"),
    "pages_copied": gettext_noop("Pages copied from"),
    "report_links": gettext_noop("Reporting by a link in a mail"),
    "report_link_days": gettext_noop("Days that a link works"),
    "import": gettext_noop("Import of the road map"),
}


@register.filter
def state_word(value: str) -> str:
    """A state of a quarter, a part or a place of a page in words; a day as people write it."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        with suppress(ValueError):
            return formats.day(date.fromisoformat(value))
    return _CHOICES.get(value, value)


_YES_NO = {"True": gettext_lazy("yes"), "False": gettext_lazy("no")}
_CHOICES = dict(QuarterState.choices) | dict(Part.choices) | dict(Place.choices) | _YES_NO


@register.filter
def last_lit(ticks):
    return next((tick for tick in reversed(ticks) if tick.is_lit), None)


@register.filter
def light_words(light: str, no_light: str = "") -> str:
    """The word within a sentence, or under a number."""
    word = light_word(light, no_light)
    return word[0].lower() + word[1:]


@register.simple_tag
def light(name: str, size: str = "m", named: bool = True, no_light: str = "") -> str:
    """The light's shape; `named=False` where its word stands beside it; `no_light` as its word."""
    return _light(str(name), size, named, str(no_light), get_language())


@lru_cache(maxsize=128)
def _light(name: str, size: str, named: bool, no_light: str, language: str) -> str:
    says = format_html('role="img" aria-label="{}"', light_word(name, no_light)) if named else None
    return format_html(
        '<svg class="light light-{}" {}><use href="#light-{}"/></svg>',
        size,
        says or mark_safe('aria-hidden="true"'),  # noqa: S308
        name,
    )


@register.simple_tag
def lang_of(words) -> str:
    """The `lang` attribute of what shows `Words`, where they are not in the page's language."""
    if not words or words.language == get_language():
        return ""
    return format_html(' lang="{}"', words.language)


@register.simple_tag
def note_marks(restated, tick, key: str) -> str:
    """The numbers of the notes that say what a figure was; see `metrics/restatements.py`."""
    return format_html_join(
        "",
        '<a class="note-mark" href="#note-{0}" aria-label="{1} {0}"><sup>{0}</sup></a>',
        ((number, _("note")) for number in restated.of(tick, key)),
    )


@register.simple_tag
def tally_bar(counts: dict[str, int]) -> str:
    """The counts of the lights as a bar; its height grows with gravity."""
    total = sum(counts.values())
    if not total:
        return ""
    # Even one action among thousands can be seen; the largest segment gives the room for it.
    widths = {name: max(2.0, 100 * count / total) for name, count in counts.items() if count}
    widths[max(widths, key=widths.get)] -= sum(widths.values()) - 100
    parts, left = [], 0
    for name, width in widths.items():
        parts.append(_SEGMENTS[name].format(left, width))
        left += width
    return mark_safe(  # noqa: S308 - numbers only
        '<svg class="tally-bar" aria-hidden="true" focusable="false">' + "".join(parts) + "</svg>"
    )


@register.simple_tag
def pieces(done: int, left: int) -> str:
    """Progress in pieces: one stroke a thing, full height when done, short and hollow when not."""
    total = done + left
    if not total or total > 60:  # more strokes than can be told apart say nothing
        return ""
    step = Decimal(100) / max(total, 18)
    strokes = [
        f'<rect class="done" x="{step * n:.2f}%" width="5" height="20"/>' for n in range(done)
    ]
    strokes += [
        f'<rect class="left" x="{step * n:.2f}%" y="9.5" width="5" height="10"/>'
        for n in range(done, total)
    ]
    return mark_safe(  # noqa: S308 - numbers only
        '<svg class="pieces" aria-hidden="true" focusable="false">' + "".join(strokes) + "</svg>"
    )


_SEGMENTS = {
    name: f'<svg class="seg-{name}" x="{{:.2f}}%" width="{{:.2f}}%">{shape}</svg>'
    for name, shape in {
        "green": '<rect y="7" width="100%" height="5"/>',
        "yellow": '<rect y="4" width="100%" height="8"/>',
        "red": '<rect width="100%" height="12"/>',
        "none": '<line x2="100%" y1="8.5" y2="8.5"/>',
    }.items()
}


@register.simple_tag(takes_context=True)
def link_with(context, **changes) -> str:
    """The address of this page with some parameters changed; None takes one away."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}" if query else context["request"].path
