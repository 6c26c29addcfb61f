"""Which rows of a sheet are actions, which name the rows below, and which are left out.

Nothing falls away unseen: every row that is not an action is counted, with its number.
"""

from django.utils.translation import gettext_noop as _

from roadmap.record import PLAN
from roadmap.workbook.book import Book, kind, shown
from roadmap.workbook.faults import Report, say, shorten
from roadmap.workbook.headings import headers
from roadmap.workbook.headings.vocabulary import words
from roadmap.workbook.mapping import FAULT, GROUPS, SKIP, Part

ABOVE = _("rows above the headers were left unread: %(rows)s")
OUTSIDE = _("rows outside the chosen ones were left out: %(rows)s")
HIDDEN = _("hidden rows were left out: %(rows)s")
UNUSED = _("rows have nothing in the columns that are read: %(rows)s")
REPEATED = _("rows that repeat the headers were left out: %(rows)s")
TOTAL = _("rows that sum up others were left out: %(rows)s")
LONE = _("rows with one filled cell were left out: %(rows)s")
INCOMPLETE = _("rows without a code, a title or a phase were left out: %(rows)s")
UNDATED = _("rows without a start or an end were left out: %(rows)s")
UNPLANNED = _("rows that plan nothing were left out: %(rows)s")
HEADING = _("rows were read as headings of those below: %(rows)s")

_TOTALS = {
    *("yhteensä", "yht", "summa", "välisumma", "loppusumma", "kaikki yhteensä", "keskiarvo"),
    *("totalt", "delsumma", "summering", "medelvärde", "genomsnitt"),
    *("total", "totals", "subtotal", "sub total", "grand total", "sum", "average"),
    *("suma", "total general", "totales", "promedio"),
    *("gesamt", "gesamtsumme", "summe", "zwischensumme", "insgesamt", "durchschnitt"),
}
_FOLDED_TOTALS = {words(text) for text in _TOTALS}
_NAMING = ("code", "title", "theme", "service_area", "metric")
_DATES = ("start", "end")
_DATE_OF_PHASE = {"year_of_start": "start", "year_of_end": "end"}
_MARKED = {"mark_start", "mark_end"}


class Sieve:
    """Tells actions from other rows, and remembers the headings that rows below belong to."""

    def __init__(self, book: Book, part: Part, columns: dict[str, int], rules: dict[str, str]):
        self.part, self.columns, self.rules = part, columns, rules
        sheet = book.sheets[part.sheet - 1]
        self.sheet_name = sheet["name"]
        self.headings: dict[str, tuple[int, int, str]] = {}  # by field: row, column, text
        self.boundary = False  # whether the row before was a heading
        self.is_marked = False  # whether the row in hand marks a quarter
        self._left_out: dict[str, list[int]] = {}
        self._header = [
            [_folded(cell) for cell in cells]
            for number, cells in headers.merge_spread(sheet["head"], sheet["merged"])
            if part.header and part.header[0] <= number <= part.header[1]
        ]

    def is_within(self, number: int, hidden: bool) -> bool:
        """Whether a row lies where rows are read."""
        part = self.part
        header = part.header or (1, 0)
        if number <= header[1]:
            if number < header[0]:
                self._leave_out(ABOVE, number)
            return False
        if number < (part.first_row or 0) or (part.last_row and number > part.last_row):
            self._leave_out(OUTSIDE, number)
            return False
        if hidden and not part.hidden_rows:
            self._leave_out(HIDDEN, number)
            return False
        return True

    def is_apart(self, number: int, found: list, raw: dict) -> bool:
        """Whether a row stands outside the order of rows: headers once more, or a sum."""
        if self._repeats_headers(found):
            self._leave_out(REPEATED, number)
            return True
        if self.part.totals == SKIP and _is_total(raw):
            self._leave_out(TOTAL, number)
            return True
        return False

    def is_action(self, number: int, found: list, raw: dict) -> bool:
        self.boundary = False
        filled = [place for place, cell in enumerate(found, 1) if kind(cell) != "blank"]
        if len(filled) == 1 and self.part.lone not in (None, FAULT):
            return self._is_other(self.part.lone, LONE, number, filled[0], found)
        if all(kind(cell) == "blank" for cell in raw.values()):
            if filled:
                self._leave_out(UNUSED, number)
            return False
        for said, sentence, applies in (
            (self.part.incomplete, INCOMPLETE, self._is_incomplete),
            (self.part.undated, UNDATED, self._is_undated),
            (self.part.unplanned, UNPLANNED, _plans_nothing),
        ):
            if said != FAULT and applies(raw):
                return self._is_other(said, sentence, number, self._naming(found, raw), found)
        return True

    def tell(self, report: Report) -> None:
        """What was left out, by the numbers of the rows."""
        for sentence, numbers in self._left_out.items():
            report.assume(self._said(sentence), len(numbers))

    def reasons(self) -> list[str]:
        """The same without what stands above the headers, where there is anything."""
        return [self._said(sentence) for sentence in self._left_out if sentence != ABOVE]

    def _said(self, sentence: str) -> str:
        rows = shorten(", ".join(map(str, self._left_out[sentence])), 200)
        return say(sentence, rows=f"{self.sheet_name} {rows}")

    def _leave_out(self, sentence: str, number: int) -> None:
        self._left_out.setdefault(sentence, []).append(number)

    def _is_other(self, said: str, sentence: str, number: int, place: int, found: list) -> bool:
        """A row that is left out, or names those below it: never an action."""
        if said in GROUPS:
            self.headings[said] = number, place, shown(found[place - 1])
            self.boundary = True
            sentence = HEADING
        self._leave_out(sentence, number)
        return False

    def _naming(self, found: list, raw: dict) -> int:
        """The column of the cell that a heading is named by."""
        texts = [place for place, cell in enumerate(found, 1) if kind(cell) == "text"]
        filled = [place for place, cell in enumerate(found, 1) if kind(cell) != "blank"]
        columns = (self.columns[key] for key in ("title", *GROUPS) if key in self.columns)
        own = [place for place in columns if place in filled]  # of the row itself, not filled down
        return (own or texts or filled)[0]

    def _is_incomplete(self, raw: dict) -> bool:
        needed = ["code", "title", "phase"]
        date = _DATE_OF_PHASE.get(self.rules.get("phase"))
        if self.rules.get(date) in _MARKED and not self.is_marked:
            return True
        return any(key in raw and kind(raw[key]) == "blank" for key in [*needed, date])

    def _is_undated(self, raw: dict) -> bool:
        given = [raw[key] for key in _DATES if key in raw]
        is_marking = bool(_MARKED & {self.rules.get(key) for key in _DATES})
        if not given and not is_marking:
            return False
        return all(kind(cell) == "blank" for cell in given) and not self.is_marked

    def _repeats_headers(self, found: list) -> bool:
        texts = [_folded(cell) for cell in found]
        if sum(bool(text) for text in texts) < 2:
            return False
        return any(
            all(not text or text == said for text, said in zip(texts, header, strict=False))
            for header in self._header
            if len(header) >= len(texts)
        )


def _folded(cell) -> str:
    return "".join(shown(cell).split()).casefold()[:100]


def _is_total(raw: dict) -> bool:
    named = [words(raw[key]) for key in _NAMING if isinstance(raw.get(key), str)]
    if any(text in _FOLDED_TOTALS for text in named):
        return True
    is_partial = any(key in raw and kind(raw[key]) == "blank" for key in ("code", "title"))
    return is_partial and any(text[:1] in _FOLDED_TOTALS for text in named)


def _plans_nothing(raw: dict) -> bool:
    planned = [cell for key, cell in raw.items() if key.startswith(f"{PLAN}:")]
    return all(
        kind(cell) == "blank" or cell == 0 or (isinstance(cell, list) and cell[1] == 0)
        for cell in planned
    )
