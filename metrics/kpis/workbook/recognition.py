"""Which sheets of a book have measurements, and which of their columns hold what."""

from django.utils.translation import gettext_noop as _

from metrics.kpis.workbook import layout
from metrics.models import ALL_NUMBERS
from roadmap.workbook.book import HEADER_ROWS, Book, shown
from roadmap.workbook.faults import Report, WorkbookRefused, say, shorten
from roadmap.workbook.mapping import Part, Source
from roadmap.workbook.recognition import is_listing


def parts_of(book: Book) -> list[Part]:
    """Every sheet with headers of ours, that can be seen.

    Raises `WorkbookRefused` where there is none, and says what was found instead.
    """
    sheets = [
        (number, sheet)
        for number, sheet in enumerate(book.sheets, start=1)
        if sheet["rows"] and sheet["state"] == "visible" and not is_listing(sheet)
    ]
    rows = [(number, sheet["name"], _best_row(sheet)) for number, sheet in sheets]
    parts = [
        _part(number, name, row, columns)
        for number, name, (row, columns, _texts) in rows
        if _is_enough(columns)
    ]
    if not parts:
        raise WorkbookRefused(_nothing(rows))
    return parts


def report_of(parts: list[Part], book: Book) -> Report:
    """The faults of the headers themselves: each may be there only once."""
    report = Report()
    for part in parts:
        row = part.header[0]
        cells = next(
            cells for number, cells in book.sheets[part.sheet - 1]["head"] if number == row
        )
        read = set(part.columns().values())
        for place, cell in enumerate(cells, start=1):
            key = layout.read_heading(shown(cell))
            if key and place not in read:
                name = say(layout.NAMES[key])
                expected = say(_("each header only once"))
                report.fault(part.name, row, place, name, shown(cell), expected)
    return report


def _best_row(sheet: dict) -> tuple[int, dict[str, int], list[str]]:
    """The row with the most headers of ours: its number, their columns, and all of its texts."""
    best = (0, {}, [])
    for number, cells in sheet["head"]:
        texts = [shown(cell).strip() for cell in cells]
        columns = {}
        for place, text in enumerate(texts, start=1):
            if key := layout.read_heading(text):
                columns.setdefault(key, place)
        if number <= HEADER_ROWS and (len(columns) > len(best[1]) or not best[2]):
            best = (number, columns, texts)
    return best


def _is_enough(columns: dict[str, int]) -> bool:
    has_numbers = any(name in columns for name in ALL_NUMBERS)
    return has_numbers and all(key in columns for key in layout.REQUIRED)


def _part(number: int, name: str, row: int, columns: dict[str, int]) -> Part:
    fields = {key: Source(column=place) for key, place in columns.items()}
    return Part(number, name, (row, row), fields=fields, is_placed=True, is_settled=True)


def _nothing(rows: list) -> str:
    """Why no sheet can be read: what is missing from the one that comes nearest."""
    if not rows:
        return say(_("The workbook has no sheet that can be seen and has cells."))
    _number, name, (_row, columns, texts) = max(rows, key=lambda one: len(one[2][1]))
    found = shorten(", ".join(filter(None, texts)), 300)
    missing = [key for key in layout.REQUIRED if key not in columns]
    if missing:
        sentence = _(
            "No sheet has a header for the KPI (Mittari) and one for the period (Jakso). "
            "The sheet “%(sheet)s” has: %(found)s."
        )
    else:
        sentence = _(
            "The sheet “%(sheet)s” has no header of a column with numbers, "
            "for example Osoittaja and Nimittäjä. It has: %(found)s."
        )
    return say(sentence, sheet=name, found=found)
