"""What of a book is passed over when its parts are read: counted and told, never in silence."""

from django.utils.translation import gettext_noop as _

from roadmap.workbook import layout
from roadmap.workbook.book import Book, letter
from roadmap.workbook.faults import Report, say, shorten
from roadmap.workbook.mapping import Part
from roadmap.workbook.recognition import header_texts, is_listing


def assumed(book: Book, parts: list[Part]) -> Report:
    """A report with what is passed over when these parts are read."""
    report = Report()
    used = {part.sheet for part in parts}
    others = [
        s["name"]
        for n, s in enumerate(book.sheets, 1)
        if n not in used and s["rows"] and not is_listing(s)
    ]
    if others:
        names = shorten(", ".join(others), 200)
        report.assume(say(_("other sheets were left unread: %(names)s"), names=names), len(others))
    elif len(used) == 1 and book.facts["kind"] == "xlsx":
        name = parts[0].name
        if name.strip().casefold() not in layout.SHEETS:
            report.assume(
                say(_("The only sheet “%(name)s” was read as the sheet Tiekartta"), name=name)
            )
    if book.facts["kind"] == "csv":
        sentence = say(
            _("text file was read as %(encoding)s with “%(delimiter)s” between the columns"),
            encoding={"cp1252": "Windows-1252"}.get(book.facts["encoding"], book.facts["encoding"]),
            delimiter={"\t": "⇥"}.get(book.facts["delimiter"], book.facts["delimiter"]),
        )
        report.assume(sentence)
    for part in parts:
        _assume_columns(part, book, report)
        _assume_rows(book.sheets[part.sheet - 1], report)
    return report


def _assume_columns(part: Part, book: Book, report: Report) -> None:
    used = {*part.columns().values(), *part.marks()}
    texts = header_texts(part, book)
    unread = [
        text or letter(place)
        for place, text in enumerate(texts, start=1)
        if place not in used
        and (text or book.sheets[part.sheet - 1]["columns"][place - 1]["kinds"])
    ]
    if unread:
        names = shorten(", ".join(unread), 200)
        report.assume(say(_("columns were left unread: %(names)s"), names=names), len(unread))


def _assume_rows(sheet: dict, report: Report) -> None:
    if sheet.get("stopped_at"):
        report.assume(
            say(
                _("rows below row %(row)d were left unread: 1,000 blank ones came before"),
                row=sheet["stopped_at"],
            )
        )
    if sheet.get("columns_beyond"):
        report.assume(say(_("cells beyond the last column that is read")), sheet["columns_beyond"])
