"""Numbers, dates and names as people in Finland write them."""

import math
import re
from datetime import date, datetime
from decimal import Context, Decimal, localcontext
from fractions import Fraction

from django.utils import timezone
from django.utils.translation import gettext as _

from roadmap.record import number

NBSP, MINUS = "\u00a0", "\u2212"

_ALPHABET = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}"})


def value(decimal: Decimal | int | None) -> str:
    """1 234,5: decimal comma, no-break spaces between thousands, a real minus."""
    if decimal is None:
        return ""
    return _written(format(number(Decimal(decimal)), "f"))


def fixed(decimal: Decimal | int, decimals: int) -> str:
    """1 234,50: as `value`, with all of its decimals, however many of them are noughts."""
    return _written(format(Decimal(decimal), f".{decimals}f"))


def signed(decimal: Decimal | int, decimals: int) -> str:
    """+2,1 and −0,05; nought has no sign."""
    return ("+" if decimal > 0 else "") + fixed(decimal or 0, decimals)


def _written(text: str) -> str:
    sign, text = (MINUS, text[1:]) if text.startswith("-") else ("", text)
    whole, _dot, decimals = text.partition(".")
    grouped = f"{int(whole):,}".replace(",", NBSP)
    return sign + (f"{grouped},{decimals}" if decimals else grouped)


def percent(whole: int | None) -> str:
    return "" if whole is None else f"{value(whole)}{NBSP}%"


def share(part: Decimal | Fraction) -> str:
    """A share 0–1 as a percent with one decimal, cut and not rounded, as the light's percent is."""
    tenths = int(part * 1000)
    return f"{value(Decimal(tenths) / 10)}{NBSP}%"


def day(moment: date | datetime | None) -> str:
    """14.8.2022"""
    if moment is None:
        return ""
    if isinstance(moment, datetime):
        moment = timezone.localtime(moment)
    return f"{moment.day}.{moment.month}.{moment.year}"


def moment(at: datetime | None) -> str:
    """14.8.2022 klo 14.02"""
    if at is None:
        return ""
    at = timezone.localtime(at)
    return _("%(day)s at %(hour)d.%(minute)02d") % {
        "day": day(at),
        "hour": at.hour,
        "minute": at.minute,
    }


def weekday(on: date) -> str:
    """to 25.8.2022"""
    names = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    return f"{names[on.weekday()]} {day(on)}"


def collation(text: str) -> str:
    """A key that sorts as in a Finnish list: å, ä and ö last, case aside."""
    return text.casefold().translate(_ALPHABET)


def places(*values: Decimal) -> int:
    """How many decimals the given values of a metric use, at most three."""
    used = [max(0, -number(Decimal(value)).as_tuple().exponent) for value in values]
    return min(3, max(used, default=0))


_ALL_DIGITS = Context(prec=1000)  # beyond those that decimals have by themselves


def as_decimal(value: Fraction, decimals: int = 2) -> Decimal:
    """A fraction rounded half up to some decimals, however many digits that takes."""
    scaled = math.floor(value * 10**decimals + Fraction(1, 2))
    with localcontext(_ALL_DIGITS):
        return number(Decimal(scaled).scaleb(-decimals))


def former_address(number: int) -> str:
    """What stands where a leaver's address stood; as an address it is not valid anywhere."""
    return f"former-{number}@invalid"


_FORMER = re.compile(r"\bformer-(\d{1,9})@invalid\b")


def with_formers(text: str) -> str:
    """Addresses as history keeps them, leavers by the words that stand for their names."""
    return _FORMER.sub(lambda found: _("former user %d") % int(found[1]), str(text))
