"""What of a book is passed over when its parts are read: counted and told, never in silence."""

from django.utils.translation import gettext_noop as _

from roadmap.workbook import layout
from roadmap.workbook.book import Book, letter
from roadmap.workbook.faults import Report, say, shorten
from roadmap.workbook.mapping import Part
from roadmap.workbook.recognition import header_texts, is_listing


def assumed(book: Book, parts: list[Part]) -> Report:
    """A report with what is passed over when these parts are read as a road map."""
    report = Report()
    is_only = len({part.sheet for part in parts}) == 1 and not _others(book, parts)
    if is_only and book.facts["kind"] == "xlsx":
        name = parts[0].name
        if name.strip().casefold() not in layout.SHEETS:
            report.assume(
                say(_("The only sheet “%(name)s” was read as the sheet Tiekartta"), name=name)
            )
    pass_over(book, parts, report)
    return report


def _others(book: Book, parts: list[Part]) -> list[str]:
    used = {part.sheet for part in parts}
    return [
        sheet["name"]
        for number, sheet in enumerate(book.sheets, 1)
        if number not in used and sheet["rows"] and not is_listing(sheet)
    ]


def pass_over(book: Book, parts: list[Part], report: Report) -> None:
    """Tell the report what is passed over when these parts are read, whatever they are."""
    if others := _others(book, parts):
        names = shorten(", ".join(others), 200)
        report.assume(say(_("other sheets were left unread: %(names)s"), names=names), len(others))
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
