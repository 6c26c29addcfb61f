"""Which sheets, headers and columns of a book are a road map: what is proposed to a person."""

import hashlib
import json
import re
from dataclasses import replace

from django.utils.translation import gettext_noop as _

from roadmap import record
from roadmap.workbook import layout, times
from roadmap.workbook.book import HEADER_ROWS, Book, letter, shown
from roadmap.workbook.faults import Report, WorkbookRefused, say, shorten
from roadmap.workbook.headings import headers
from roadmap.workbook.headings.samples import are_marks
from roadmap.workbook.mapping import MARK, SKIP, Part, QuarterColumn, Source, gaps, open_questions

_LISTING = re.compile(rf"(?:{'|'.join(layout.LISTINGS.values())})(?: ?\(?\d*\)?)?")


def own_layout(book: Book, with_ditto: bool = True) -> tuple[list[Part], Report]:
    """The one part of a workbook in our own layout, and the faults of its headers.

    Raises `WorkbookRefused` where it is not known which sheet is meant.
    """
    report = Report()
    number = _own_sheet(book)
    sheet = book.sheets[number - 1]
    part = Part(number, sheet["name"])
    row = _own_header(sheet)
    if row is None:
        first = sheet["head"][0] if sheet["head"] else [1, []]
        found = next((shown(cell) for cell in first[1] if cell is not None), "")
        expected = say(_("the headers Tunnus, Toimenpide and Vaihe on the first row"))
        report.fault(sheet["name"], first[0], 1, "", found, expected)
        return [part], report
    part.header = (row[0], row[0])
    _read_header(row, part, sheet, report)
    for key in layout.REQUIRED:
        if key not in part.fields:
            heading = layout.heading(key)
            expected = say(_("a column with the header %(heading)s"), heading=heading)
            report.fault(sheet["name"], row[0], 1, heading, "", expected)
    if not with_ditto and not gaps(part, book, with_ditto):
        part.fill = set()
    return [part], report


def _own_sheet(book: Book) -> int:
    names = ["" if is_listing(sheet) else sheet["name"] for sheet in book.sheets]
    ours = [n for n, name in enumerate(names, 1) if name.strip().casefold() in layout.SHEETS]
    if ours:
        return ours[0]
    if len(others := [n for n, name in enumerate(names, 1) if name]) == 1:
        return others[0]
    raise WorkbookRefused(
        say(
            _("The workbook has no sheet “%(expected)s”. It has: %(found)s."),
            expected=layout.SHEET,
            found=shorten(", ".join(filter(None, names)), 300),
        )
    )


def _own_header(sheet: dict) -> list | None:
    """The first row, within those that headers are looked for in, that has one of our headers."""
    for row in sheet["head"]:
        if row[0] <= HEADER_ROWS and any(_is_own(shown(cell)) for cell in row[1]):
            return row
    return None


def _is_own(text: str) -> bool:
    try:
        return layout.read_heading(text) is not None
    except ValueError:
        return True


def _read_header(row: list, part: Part, sheet: dict, report: Report) -> None:
    number, cells = row
    used = set()
    for place, cell in enumerate(cells, start=1):
        text = shown(cell).strip()
        if not text:
            continue
        try:
            key = layout.read_heading(text)
        except ValueError:
            expected = say(_("a quarter, for example Toteuma 2022Q3"))
            report.fault(sheet["name"], number, place, "", text, expected)
            continue
        if key in used:
            report.fault(sheet["name"], number, place, "", text, say(_("each header only once")))
        elif key:
            used.add(key)
            _assign(part, key, place)


def _assign(part: Part, key: str, place: int) -> None:
    family, quarter = record.split(key)
    if quarter:
        part.quarters[place] = QuarterColumn(family, quarter)
    else:
        part.fields[key] = Source(column=place)


# --- other layouts ----------------------------------------------------------------------------


def propose(book: Book) -> list[Part]:
    """What each sheet that may be a road map would be read as: for a person to change.

    A sheet is proposed where it can be seen, has headers, and some of them are understood.
    """
    parts = []
    for number, sheet in enumerate(book.sheets, start=1):
        if sheet["state"] == "visible" and sheet["rows"] and not is_listing(sheet):
            part = propose_part(book, number)
            if part.fields or part.quarters:
                parts.append(part)
    # A sheet with nothing below its headers is proposed only where there is no other.
    full = [p for p in parts if not p.header or p.header[1] < book.sheets[p.sheet - 1]["last_row"]]
    return told_apart(full or parts, book)


def propose_part(book: Book, number: int) -> Part:
    """What one sheet would be read as, as far as it can be told without asking."""
    sheet = book.sheets[number - 1]
    header = headers.header_rows(sheet["head"], sheet["merged"])
    part = Part(number, sheet["name"], header, totals=SKIP)
    propose_columns(part, book)
    return part


def told_apart(parts: list[Part], book: Book) -> list[Part]:
    """The parts, with the name of the sheet before each code where sheets count from 1 each."""
    codes = [_first_codes(part, book) for part in parts]
    for place, part in enumerate(parts):
        others = [codes[n] for n, other in enumerate(parts) if other.sheet != part.sheet]
        if not part.is_settled and others:
            numbered = codes[place] is None and None in others
            alike = any(codes[place] and other and codes[place] & other for other in others)
            part.prefix_sheet = numbered or alike
    return parts


def _first_codes(part: Part, book: Book) -> set[str] | None:
    """The first codes of a part; None where it has no column of them."""
    source = part.fields.get("code")
    columns = samples(part, book)
    if not source or not 0 < source.column <= len(columns):
        return None
    return set(columns[source.column - 1])


def place_part(book: Book, number: int, header, hidden_rows, hidden_columns) -> Part:
    """What a sheet would be read as, now that a person has said where its headers are."""
    name = book.sheets[number - 1]["name"]
    part = Part(number, name, header, hidden_rows, hidden_columns, totals=SKIP, is_placed=True)
    propose_columns(part, book)
    return part


def alike(settled: Part, other: Part) -> Part:
    """Another sheet, with the same headers, read as the settled one is."""
    where = ("sheet", "name", "header", "hidden_rows", "hidden_columns", "first_row", "last_row")
    return replace(settled, **{name: getattr(other, name) for name in where})


def again(parts: list[Part], book: Book) -> list[Part] | None:
    """The parts of an earlier file of the same shape for this one; None where it lacks a sheet."""
    places = {sheet["name"]: number for number, sheet in enumerate(book.sheets, start=1)}
    if not all(part.name in places for part in parts):
        return None
    return [
        without_hidden(
            replace(
                part, sheet=places[part.name], is_settled=not (part.first_row or part.last_row)
            ),
            book,
        )
        for part in parts
    ]


def without_hidden(part: Part, book: Book) -> Part:
    """The part without the columns that are hidden, where those were to be left out."""
    if part.hidden_columns is not False:
        return part
    hidden = set(book.sheets[part.sheet - 1]["hidden_columns"])
    fields = {key: source for key, source in part.fields.items() if source.column not in hidden}
    quarters = {place: column for place, column in part.quarters.items() if place not in hidden}
    return replace(part, fields=fields, quarters=quarters)


def once_more(settled: Part, book: Book) -> Part:
    """The same sheet a second time, for example for another year: to be settled anew.

    Its columns of quarters are those that the first time left, if any. Where the first ends at a
    row, the second begins below it.
    """
    fresh = replace(settled)
    propose_columns(fresh, book)
    left = {
        place: column for place, column in fresh.quarters.items() if place not in settled.quarters
    }
    below = settled.last_row and settled.last_row + 1
    return replace(
        settled,
        quarters=left or settled.quarters,
        first_row=below,
        last_row=None,
        is_settled=False,
    )


def propose_columns(part: Part, book: Book) -> None:
    """Which column holds what, by the headers of the part."""
    part.fields, part.quarters, part.loose = {}, {}, {}
    if part.header is None:
        return
    sheet = book.sheets[part.sheet - 1]
    below = [cells for number, cells in sheet["head"] if number > part.header[1]]
    texts = header_texts(part, book)
    proposed = headers.propose(texts, below)
    hidden = set(sheet["hidden_columns"]) if part.hidden_columns is False else set()
    part.fields = {
        key: Source(column=place) for key, place in proposed.fields.items() if place not in hidden
    }
    used, numbers = set(), headers.yearless(texts)
    for place, family, quarter in proposed.quarters:
        if place in hidden:
            continue
        if family and quarter and (family, quarter) not in used:
            used.add((family, quarter))
            part.quarters[place] = QuarterColumn(family, quarter)
        else:
            number = numbers.get(place)
            said = quarter.label if quarter else f"Q{number}" if number else ""
            # Comments that belong to no quarter are only in the way: there is no place for them.
            if said or family != record.COMMENT:
                part.loose[place] = (family or "", said)
    _drop_lone_comments(part)
    _propose_marks(part, samples(part, book))
    _propose_rules(part, sheet["name"])


def _drop_lone_comments(part: Part) -> None:
    """A comment has a place only beside what was achieved in the same quarter."""
    said = {place: (column.family, column.label) for place, column in part.quarters.items()}
    said |= part.loose
    achieved = {quarter for family, quarter in said.values() if family == record.ACTUAL}
    for place, (family, quarter) in said.items():
        if family == record.COMMENT and quarter not in achieved:
            part.quarters.pop(place, None)
            part.loose.pop(place, None)


def _propose_marks(part: Part, cells: list[list[str]]) -> None:
    """Quarters in which there is nothing but an x here and there say when something is done."""
    marks = {
        place: quarter
        for place, (family, quarter) in part.loose.items()
        if not family and quarter and place <= len(cells) and are_marks(cells[place - 1])
    }
    if marks and not {"start", "end"} & part.fields.keys():
        for place, (family, quarter) in part.loose.items():
            if not family and quarter:  # beside the others, whatever stands in it
                marks[place] = quarter
        for place, quarter in marks.items():
            del part.loose[place]
            part.quarters[place] = QuarterColumn.read(MARK, quarter)
        part.fields |= {"start": Source(rule="mark_start"), "end": Source(rule="mark_end")}


def _propose_rules(part: Part, name: str) -> None:
    """Where a phase without a column most likely comes from."""
    if "phase" in part.fields or not (part.fields or part.quarters):
        return
    if len(set(times.YEAR.findall(name))) == 1:
        part.fields["phase"] = Source(rule="sheet_year")
    elif "start" in part.fields:
        part.fields["phase"] = Source(rule="year_of_start")


def header_texts(part: Part, book: Book) -> list[str]:
    """What the headers of the columns say; letters alone where there is no header."""
    sheet = book.sheets[part.sheet - 1]
    width = len(sheet["columns"])
    texts = []
    if part.header:
        texts = headers.texts(sheet["head"], sheet["merged"], *part.header)
    return (texts + [""] * width)[:width]


def samples(part: Part, book: Book) -> list[list[str]]:
    """The first cells of each column below the headers, as text."""
    below = part.header[1] if part.header else 0
    return [
        [text for row, text, _kind in column["samples"] if row > below]
        for column in book.sheets[part.sheet - 1]["columns"]
    ]


def column_names(part: Part, book: Book) -> list[str]:
    """Each column by its letter and header; two of the same header are told apart."""
    return [
        f"{letter(place)}: {text}" if text else letter(place)
        for place, text in enumerate(header_texts(part, book), start=1)
    ]


def shape(book: Book) -> str:
    """The same for two files of the same layout: their sheets, and what their headers say where."""
    told = []
    for sheet in book.sheets:
        if is_listing(sheet):
            continue
        header = headers.header_rows(sheet["head"], sheet["merged"])
        texts = headers.texts(sheet["head"], sheet["merged"], *header) if header else []
        # Where nothing is understood as headers, only the very same first rows are alike.
        first = [] if header else sheet["head"][:3]
        said = [" ".join(t.split()).casefold() for t in texts]
        told.append([sheet["name"], sheet["state"], header, said, first])
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def is_listing(sheet: dict) -> bool:
    """Whether it is our own list of faults in a file that went back to be mended."""
    return _LISTING.fullmatch(sheet["name"]) is not None


def automatic(
    book: Book, hidden: bool | None = None, with_ditto: bool = True
) -> tuple[list[Part], Report]:
    """The parts of a workbook in our own layout.

    The report has the faults of the headers, and what would have to be asked, if anything; the
    parts can be read only where it has none. `hidden` says whether hidden rows and columns are
    to be taken, `with_ditto` that a ditto mark may mean the row above; otherwise it is a text
    like any other.
    """
    parts, report = own_layout(book, with_ditto)
    for part in parts if not report.fault_count else ():
        if hidden is not None:
            part.hidden_rows = part.hidden_columns = hidden
        for question in open_questions(part, book):
            name = book.sheets[part.sheet - 1]["name"]
            report.fault(name, 0, 1, "", "", asked_in_words(question))
    return parts, report


def asked_in_words(question: str) -> str:
    """What is open, as what was expected."""
    name = question.partition(":")[0]
    return {
        "hidden_rows": say(_("a sheet without hidden rows, or an answer whether to take them")),
        "hidden_columns": say(
            _("a sheet without hidden columns, or an answer whether to take them")
        ),
        "fill": say(_("a sheet without merged cells and ditto marks, or an answer what they mean")),
        "scale": say(_("numbers either all with a per cent sign or all without")),
    }.get(name) or say(_("a column with the header %(heading)s"), heading=layout.heading(name))
