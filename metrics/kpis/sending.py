"""What an automation sends: JSON, read exactly, checked as a whole, and kept all or none."""

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from metrics.kpis import checks
from metrics.kpis.measuring import Measured, by_period, record
from metrics.kpis.periods import Period, parse
from metrics.models import ALL_NUMBERS, Kpi, MeasurementToken, Origin
from metrics.problems import Fault, Problem
from roadmap.record import CONTROL, prose
from roadmap.workbook.fields import within_bounds

MOST = 1000  # measurements at a time
LONGEST_COMMENT = 500
SMALLEST = -20  # the exponent of the last decimal that is kept
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
_FIELDS = {"kpi", "period", "comment", "confirm", *ALL_NUMBERS}


class Unreadable(ValueError):
    """What was sent is not JSON; the text says why."""


@dataclass
class Entry:
    """One measurement as it was sent, and where it stands in the body."""

    at: str
    kpi: Kpi
    period: Period
    numbers: tuple
    comment: str | None
    is_confirmed: bool


# --- reading ----------------------------------------------------------------------------------


def read_json(body: bytes):
    """The document, with numbers as `Decimal`; `Unreadable` for anything that is not plain JSON."""
    try:
        return json.loads(
            body.decode("utf-8-sig"),
            parse_float=_decimal,
            parse_int=_decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except Unreadable:
        raise
    except UnicodeDecodeError:
        raise Unreadable(_("The body is not UTF-8.")) from None
    except RecursionError:
        raise Unreadable(_("The body is nested too deeply.")) from None
    except json.JSONDecodeError as error:
        words = {"line": error.lineno, "column": error.colno}
        raise Unreadable(
            _("The body is not JSON: line %(line)d, column %(column)d.") % words
        ) from None


def _decimal(text: str) -> Decimal | str:
    """An exact number; one that is absurdly long stays text, which no check takes for a number."""
    return Decimal(text) if _NUMBER.fullmatch(text) else text


def _refuse_constant(name: str):
    raise Unreadable(_("%s is not a number of JSON.") % name)


def _object(pairs: list) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(name for name, _value in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise Unreadable(_("An object has the name “%s” twice.") % shown(twice))
    return found


def entries_of(document) -> list[tuple[str, object]]:
    """The measurements of a document, each with its pointer. `Problem` for another shape."""
    if isinstance(document, dict) and "measurements" in document:
        listed = document["measurements"]
        unknown = [name for name in document if name != "measurements"]
        if isinstance(listed, list) and listed and not unknown:
            if len(listed) > MOST:
                says = _("At most %d measurements are taken at a time.") % MOST
                raise Problem(413, "too-large", says)
            return [(f"/measurements/{place}", one) for place, one in enumerate(listed)]
        if unknown:
            fault = Fault(f"/{escaped(unknown[0])}", "unknown-field", _("an unknown name"))
        else:
            fault = Fault("/measurements", "shape", _("a list of one measurement or more"))
        raise invalid([fault])
    if isinstance(document, dict):
        return [("", document)]
    raise invalid([Fault("", "shape", _('an object: {"measurements": […]}, or one measurement'))])


def invalid(faults: list[Fault]) -> Problem:
    says = _("Nothing was kept. Mend what is listed, and send it again.")
    return Problem(422, "invalid-measurements", says, faults)


def escaped(name: str) -> str:
    """A name as a JSON pointer has it, shortened."""
    return shown(name).replace("~", "~0").replace("/", "~1")


def shown(name: str) -> str:
    """A name that was sent, shortened; half a sign (see `_is_text`) cannot be answered."""
    return name[:50].encode(errors="replace").decode()


@dataclass
class Reader:
    """Turns what was sent into entries, and gathers every fault of all of them."""

    kpis: dict[str, Kpi]
    today: date
    faults: list[Fault] = field(default_factory=list)

    def read(self, at: str, sent) -> Entry | None:
        """None where there was any fault."""
        before = len(self.faults)
        if not isinstance(sent, dict):
            return self._fault(at, "", "shape", _("an object"))
        for name in sent.keys() - _FIELDS:
            self._fault(at, name, "unknown-field", _("an unknown name"))
        kpi = self.kpis.get(sent.get("kpi"))
        period, numbers = self._period(at, sent, kpi), self._numbers(at, sent, kpi)
        comment, confirmed = self._comment(at, sent), sent.get("confirm", False)
        if not isinstance(confirmed, bool):
            self._fault(at, "confirm", "type", _("true or false"))
        if len(self.faults) > before:
            return None
        return Entry(at, kpi, period, numbers, comment, confirmed)

    def _fault(self, at: str, name: str, code: str, detail: str) -> None:
        pointer = f"{at}/{escaped(name)}" if name else at
        self.faults.append(Fault(pointer, code, detail))

    def _period(self, at: str, sent: dict, kpi: Kpi) -> Period | None:
        text = sent.get("period")
        try:
            period = parse(text) if isinstance(text, str) else None
        except ValueError:
            period = None
        if period is None or str(period) != text:  # in one spelling, as programs write
            code = "required" if text is None else "period"
            return self._fault(at, "period", code, _("a period as 2022-07 or 2022Q3"))
        if fault := checks.period_fault(kpi, period, self.today):
            self._fault(at, "period", "period", fault)
        return period

    def _numbers(self, at: str, sent: dict, kpi: Kpi) -> tuple:
        numbers, unread = {}, set()
        for name in ALL_NUMBERS:
            if name not in kpi.numbers and name in sent:
                expected = ", ".join(kpi.numbers)
                says = _("this KPI has other numbers: %s") % expected
                self._fault(at, name, "other-kind", says)
            elif name in sent:
                numbers[name] = number_of(sent[name])
                if numbers[name] is None:
                    unread.add(name)
                    says = _("a number of at most 15 digits, or the same as text: 44578 or “99.5”")
                    self._fault(at, name, "type", says)
        for name, fault in checks.number_faults(kpi, numbers).items():
            if name not in unread:
                self._fault(at, name, "number" if name in sent else "required", fault)
        return tuple(numbers.get(name) for name in kpi.numbers)

    def _comment(self, at: str, sent: dict) -> str | None:
        comment = sent.get("comment")
        if comment is None:
            return None
        if not isinstance(comment, str) or CONTROL.search(comment) or not _is_text(comment):
            return self._fault(at, "comment", "type", _("text without control characters"))
        comment = prose(comment)  # which may make it longer
        if len(comment) > LONGEST_COMMENT:
            says = _("at most %(longest)d characters") % {"longest": LONGEST_COMMENT}
            return self._fault(at, "comment", "too-long", says)
        return comment


def number_of(sent) -> Decimal | None:
    """An exact number within what the database keeps, from a number or the same as text."""
    if isinstance(sent, str) and _NUMBER.fullmatch(sent):
        sent = Decimal(sent)
    if not isinstance(sent, Decimal) or (sent and sent.adjusted() < SMALLEST):
        return None
    try:
        return within_bounds(sent)
    except ValueError:
        return None


def _is_text(text: str) -> bool:
    """JSON may have half a sign (a lone surrogate), which no database takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# --- keeping ----------------------------------------------------------------------------------


def keep(token: MeasurementToken, document, today: date) -> tuple[int, dict]:
    """Keep what an automation sent, all or none: the status and the body of the answer.

    To be called in a transaction. Raises `Problem` before anything is written.
    """
    sent = entries_of(document)
    kpis = _held(token, sent)
    reader = Reader(kpis, today)
    entries = [entry for at, one in sent if (entry := reader.read(at, one))]
    reader.faults += _twice(entries)
    if reader.faults:
        raise invalid(reader.faults)
    standing = by_period(kpi.pk for kpi in kpis.values())
    if faults := _unlikely(entries, standing):
        raise invalid(faults)
    return _record(token, entries, standing)


def _held(token: MeasurementToken, sent: list) -> dict[str, Kpi]:
    """The KPIs that are named, locked: neither they nor their measurements change meanwhile.

    `Problem` for one that the token does not name, be it another's or nobody's.
    """
    own = dict(token.kpis.values_list("slug", "pk"))
    asked = [one.get("kpi") for _at, one in sent if isinstance(one, dict)]
    keys = {own[slug] for slug in asked if isinstance(slug, str) and slug in own}
    rows = Kpi.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    named = {kpi.slug: kpi for kpi in rows}  # one that was removed just now is not there
    faults, foreign = [], []
    for at, one in sent:
        slug = one.get("kpi") if isinstance(one, dict) else ""
        if slug is None:
            faults.append(Fault(f"{at}/kpi", "required", _("the KPI, as its address has it")))
        elif not isinstance(slug, str):
            faults.append(Fault(f"{at}/kpi", "type", _("the KPI, as its address has it")))
        elif slug not in named and isinstance(one, dict):
            foreign.append(Fault(f"{at}/kpi", "foreign-kpi", _("the token does not name it")))
    if foreign:
        raise Problem(403, "foreign-kpi", _("The token does not name this KPI."), foreign)
    if faults:
        raise invalid(faults)
    return named


def _twice(entries: list[Entry]) -> list[Fault]:
    first: dict[tuple[int, Period], str] = {}
    faults = []
    for entry in entries:
        other = first.setdefault((entry.kpi.pk, entry.period), entry.at)
        if other != entry.at:
            says = _("the same KPI and period as %s") % other
            faults.append(Fault(f"{entry.at}/period", "duplicate", says))
    return faults


def _unlikely(entries: list[Entry], standing: dict) -> list[Fault]:
    """What looks like a slip beside what stands and what is sent with it, and is not confirmed."""
    stands = {
        (kpi, period): row.numbers for kpi, rows in standing.items() for period, row in rows.items()
    }
    known: dict[int, dict[Period, tuple]] = defaultdict(dict)
    sent = {(entry.kpi.pk, entry.period): entry.numbers for entry in entries}
    for (kpi, period), numbers in (stands | sent).items():
        known[kpi][period] = numbers
    faults = []
    for entry in entries:
        key = entry.kpi.pk, entry.period
        if entry.is_confirmed or stands.get(key) == entry.numbers:
            continue
        before = checks.earlier(known[entry.kpi.pk], entry.period)
        for question in checks.questions(entry.kpi, entry.numbers, before):
            says = _("%s If it is right, send it with “confirm”: true.") % question
            faults.append(Fault(entry.at, "unlikely", says))
    return faults


def _record(token: MeasurementToken, entries: list[Entry], standing: dict) -> tuple[int, dict]:
    wanted = [
        Measured(entry.kpi.pk, entry.period, entry.numbers, _comment(entry, standing))
        for entry in entries
    ]
    made = record(wanted, Origin.AUTOMATION, token=token)
    versions = {(row.kpi_id, row.period): row.version for row in made}
    shown = []
    for entry in entries:
        key = (entry.kpi.pk, entry.period)
        version = versions.get(key) or standing[entry.kpi.pk][entry.period].version
        is_new = key in versions
        about = {"kpi": entry.kpi.slug, "period": str(entry.period)}
        shown.append(about | {"version": version, "new": is_new})
    answer = {"new": len(made), "unchanged": len(entries) - len(made), "measurements": shown}
    return (201 if made else 200), answer


def _comment(entry: Entry, standing: dict) -> str:
    """What was sent; where nothing was, the comment on the same numbers stays."""
    if entry.comment is not None:
        return entry.comment
    stands = standing[entry.kpi.pk].get(entry.period)
    return stands.comment if stands and stands.numbers == entry.numbers else ""
