"""Why an action's light is what it is: the numbers and the rule, in words."""

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from metrics.models import Coverage
from roadmap import formats
from roadmap.models import Action
from roadmap.traffic_light import Course, Light, Limits


def colour_word(light: str) -> str:
    return {
        Light.GREEN: _("Green"),
        Light.YELLOW: _("Yellow"),
        Light.RED: _("Red"),
        Light.NONE: _("No light"),
    }[Light(light)]


@dataclass(frozen=True)
class Reason:
    """The finding in one sentence, and what there is to know beside it."""

    finding: str
    rule: str = ""


def reason(action: Action, status, limits: Limits) -> Reason:
    """Why `status` (an `ActionStatus`, or what has its fields) shines as it does."""
    quarter = status.quarter
    if status.coverage == Coverage.CANCELLED:
        if not action.cancelled_from:  # taken up again, after this quarter was frozen
            return Reason(_("Cancelled: the action did not count in this quarter."))
        return Reason(
            _("Cancelled from %s on: the action no longer counts.") % action.cancelled_from.label
        )
    if status.percent is None:
        if quarter < action.start:
            return Reason(_("No light yet: the plan starts in %s.") % action.start.label)
        return Reason(
            _("No light yet: the plan does not expect anything to be done by %s.") % quarter.label
        )
    finding = _("%(colour)s: planned %(planned)s, achieved %(achieved)s → %(percent)s.") % {
        "colour": colour_word(status.light),
        "planned": formats.share(status.planned),
        "achieved": formats.share(status.achieved),
        "percent": formats.percent(status.percent),
    }
    return Reason(finding, _rule(status, limits))


def light_rule(light: str, limits: Limits) -> str:
    """Which percents shine in a light."""
    words = {
        "green": formats.percent(limits.green),
        "yellow": formats.percent(limits.yellow),
    }
    return {
        Light.GREEN: _("%(green)s or more is on schedule."),
        Light.YELLOW: _("At least %(yellow)s but less than %(green)s is behind or at risk."),
        Light.RED: _("Less than %(yellow)s is far behind."),
    }[Light(light)] % words


def _rule(status, limits: Limits) -> str:
    sentence = light_rule(status.light, limits)
    if status.value is None:
        return _("Nothing has been reported yet, so nothing counts as achieved.") + " " + sentence
    return sentence


def towards(value: Fraction, course: Course, decimals: int) -> Decimal:
    """A value rounded towards the target, so that reporting it is enough."""
    scaled = value * 10**decimals
    up = course.target > course.baseline
    return Decimal(math.ceil(scaled) if up else math.floor(scaled)).scaleb(-decimals)


def limits_in_words(course: Course, quarter: int, limits: Limits, decimals: int) -> str:
    """From which value on the light would be yellow, and green, in the quarter."""
    values = {
        name: course.value_for(limit, quarter)
        for name, limit in (("yellow", limits.yellow), ("green", limits.green))
    }
    shown = {
        name: formats.value(towards(value, course, decimals))
        for name, value in values.items()
        if value is not None
    }
    if len(shown) == 2:
        return _("Yellow begins at %(yellow)s, green at %(green)s.") % shown
    if "yellow" in shown:
        return _("Yellow begins at %(yellow)s; green is out of reach in this quarter.") % shown
    return ""
