"""What the KPIs say, as headings: the most important first, and only what is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from metrics.kpis import amounts, period_names
from metrics.kpis.periods import Period, last_month
from metrics.models import Frequency, Kpi
from roadmap import formats
from roadmap.traffic_light import Light

LONG = 3  # periods in a row that are told
NAMED = 3  # periods of which something is late
IN_WORDS = 12  # the largest number that is written in words


@dataclass(frozen=True, slots=True)
class Found:
    """A KPI of the dashboard as its heading sees it."""

    name: str
    light: str = Light.NONE.value
    percent: int | None = None
    streak: int = 0  # periods in a row better, below nought worse
    is_missing: bool = False
    is_quarterly: bool = False

    @property
    def is_on_target(self) -> bool:
        """As good as the target or better, whatever percent makes a light green."""
        if self.percent is None:  # green where nothing can be better
            return self.light == Light.GREEN
        return self.percent >= amounts.TARGET


def dashboard_finding(found: Sequence[Found]) -> str:
    """How many are on target; what is red or getting worse; how many measurements are missing."""
    sentences = [_on_target(found), _worst(found), _missing(found)]
    return ". ".join(sentence for sentence in sentences if sentence)


def _on_target(found: Sequence[Found]) -> str:
    total, reached = len(found), sum(one.is_on_target for one in found)
    if all(one.light == Light.NONE for one in found):
        return _("No KPI has a result")
    if total == 1:
        return _("The KPI is on target") if reached else _("The KPI is not on target")
    if reached == total:
        return _("All %(total)s are on target") % {"total": how_many(total)}
    if total > IN_WORDS:
        words = {"green": formats.value(reached), "total": formats.value(total)}
        return _("%(green)s/%(total)s are on target") % words
    words = {"green": capfirst(how_many(reached)), "total": of_how_many(total)}
    if not reached:
        return _("None of %(total)s is on target") % words
    return (
        ngettext("One of %(total)s is on target", "%(green)s of %(total)s are on target", reached)
        % words
    )


def _worst(found: Sequence[Found]) -> str:
    red = [one for one in found if one.light == Light.RED]
    if red:
        worst = min(red, key=lambda one: one.percent)
        if len(red) > 1:
            words = {"number": capfirst(how_many(len(red))), "name": worst.name}
            return _("%(number)s are on red, the weakest is %(name)s") % words
        if worst.streak > -LONG:
            return _("%(name)s is on red") % {"name": worst.name}
        return _in_a_row(
            worst,
            _("%(name)s is on red and has got worse %(number)s months in a row"),
            _("%(name)s is on red and has got worse %(number)s quarters in a row"),
        )
    sinking = min(found, key=lambda one: one.streak, default=None)
    if sinking is None or sinking.streak > -LONG:
        return ""
    return _in_a_row(
        sinking,
        _("%(name)s has got worse %(number)s months in a row"),
        _("%(name)s has got worse %(number)s quarters in a row"),
    )


def _in_a_row(one: Found, by_month: str, by_quarter: str) -> str:
    sentence = by_quarter if one.is_quarterly else by_month
    return sentence % {"name": one.name, "number": how_many(abs(one.streak))}


def _missing(found: Sequence[Found]) -> str:
    missing = sum(one.is_missing for one in found)
    if not missing:
        return ""
    sentence = ngettext(
        "One measurement is missing", "%(number)s measurements are missing", missing
    )
    return sentence % {"number": capfirst(how_many(missing))}


def late_finding(late: Mapping[Period, int]) -> str:
    """How many measurements are late, and of which periods, the newest first; empty without any.

    `late` says how many of each period.
    """
    if not late:
        return ""
    total = sum(late.values())
    newest = sorted(late, key=lambda one: (last_month(one), str(one)), reverse=True)[:NAMED]
    named = [period_names.name(period) for period in newest]
    if len(late) > 1:
        named = [
            f"{name} ({formats.value(late[period])})"
            for name, period in zip(named, newest, strict=True)
        ]
    if earlier := total - sum(late[period] for period in newest):
        named.append(_("earlier (%s)") % formats.value(earlier))
    sentence = ngettext(
        "%(number)s measurement is late: %(periods)s",
        "%(number)s measurements are late: %(periods)s",
        total,
    )
    return sentence % {"number": formats.value(total), "periods": ", ".join(named)}


def meter_finding(
    kpi: Kpi, value: Fraction | None, target: Fraction | None, margin: int | None = None
) -> str:
    """How far a value is from its target; both are exact, so that it agrees with the light."""
    if value is None or target is None:
        return _("There is nothing to compare with a target")
    gap = amounts.difference(kpi, value, target)
    if not gap:
        return _("Exactly on target")
    decimals = max(amounts.places(kpi), -gap.as_tuple().exponent)
    words = {
        "number": formats.fixed(abs(gap), decimals),
        "unit": amounts.step_unit(kpi, gap),
    }
    sentence = (
        _("%(number)s %(unit)s above the target")
        if gap > 0
        else _("%(number)s %(unit)s below the target")
    ) % words
    if margin and abs(value - target) <= margin:
        return _("%(finding)s, within the margin of error") % {"finding": sentence}
    return sentence


def trend_finding(kpi: Kpi, standing, year_before) -> str:
    """Where the KPI is going: in a row, or within a year, or since the period before."""
    if standing is None or standing.value is None:
        return _("The course so far")
    if abs(standing.streak) >= LONG:
        words = {"number": how_many(abs(standing.streak))}
        if kpi.frequency == Frequency.QUARTER:
            better, worse = (
                _("Better %(number)s quarters in a row"),
                _("Worse %(number)s quarters in a row"),
            )
        else:
            better, worse = (
                _("Better %(number)s months in a row"),
                _("Worse %(number)s months in a row"),
            )
        return (better if standing.streak > 0 else worse) % words
    if year_before and year_before.value is not None:
        words = {"change": _step(kpi, standing.value - year_before.value)}
        return _("%(change)s in a year") % words
    if standing.change is not None:
        words = {"change": _step(kpi, standing.change)}
        return _("%(change)s from the period before") % words
    return _("The course so far")


def years_finding(kpi: Kpi, standing, year_before) -> str:
    """How the period looked at compares with the same one a year ago."""
    if standing is None or year_before is None or None in (standing.value, year_before.value):
        return _("The years beside each other")
    return _("%(period)s %(now)s, a year ago %(before)s") % {
        "period": capfirst(period_names.name(standing.period)),
        "now": amounts.amount(kpi, standing.value),
        "before": amounts.amount(kpi, year_before.value),
    }


def _step(kpi: Kpi, difference) -> str:
    return " ".join(amounts.change(kpi, difference)).strip()


def how_many(number: int) -> str:
    """A small number in words."""
    words = [
        *(pgettext("how many", "two"), pgettext("how many", "three"), pgettext("how many", "four")),
        *(pgettext("how many", "five"), pgettext("how many", "six"), pgettext("how many", "seven")),
        *(pgettext("how many", "eight"), pgettext("how many", "nine"), pgettext("how many", "ten")),
        *(pgettext("how many", "eleven"), pgettext("how many", "twelve")),
    ]
    return words[number - 2] if 2 <= number <= IN_WORDS else formats.value(number)


def of_how_many(number: int) -> str:
    """A number from 2 to 12 in words, as in "three of nine": Finnish has a form of its own."""
    words = [
        *(pgettext("of how many", "two"), pgettext("of how many", "three")),
        *(pgettext("of how many", "four"), pgettext("of how many", "five")),
        *(pgettext("of how many", "six"), pgettext("of how many", "seven")),
        *(pgettext("of how many", "eight"), pgettext("of how many", "nine")),
        *(pgettext("of how many", "ten"), pgettext("of how many", "eleven")),
        pgettext("of how many", "twelve"),
    ]
    return words[number - 2]
