"""Marks the cells of one sheet: their style changes, and cells that are missing are put in.

Places of elements and attributes: ECMA-376 part 1, 18.3 (worksheet).
"""

import re
from collections.abc import Callable, Iterable

from roadmap.workbook.marking import places
from roadmap.workbook.marking.places import Place
from roadmap.workbook.marking.splicing import Edits, Element, attribute, prefix, survey

# What may stand after <legacyDrawing>; an AlternateContent wraps controls or embedded objects.
_AFTER_DRAWING = {"legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls"}
_AFTER_DRAWING |= {"webPublishItems", "tableParts", "extLst", "AlternateContent"}
_SURVEYED = {"sheetViews", "cols"}
_MERGED = re.compile(
    rb"""<(?:\w+:)?mergeCell\b[^>]*?\bref\s*=\s*["']([A-Z]+[0-9]+):([A-Z]+[0-9]+)["']"""
)


def shown_at(data: bytes, wanted: Iterable[Place]) -> dict[Place, Place]:
    """Where each cell is seen: of a merged area only the first cell is."""
    shown = {place: place for place in wanted}
    for match in _MERGED.finditer(data, max(data.rfind(b"sheetData"), 0)):
        first, last = (places.parse(corner.decode()) for corner in match.groups())
        if first is None or last is None:
            continue
        for place in shown:
            in_rows = first.row <= place.row <= last.row
            if in_rows and first.column <= place.column <= last.column:
                shown[place] = first
    return shown


class _Cells:
    """Told of each row and cell by the survey; notes what changes at the wanted places."""

    name = "sheetData"

    def __init__(self, data: bytes, edits: Edits, wanted: Iterable[Place], marked):
        self._data, self._edits, self._marked = data, edits, marked
        self._wanted = sorted(wanted, reverse=True)  # the next one is the last
        self._due: list[Place] = []  # those in the row that is being read, likewise
        self._row = self._column = 0
        self.inserted: list[Place] = []

    def begin_all(self, parser, root: Element) -> None:
        self._parser, self._all = parser, root.children[-1]
        columns = root.first("cols")
        self._columns = columns.all("col") if columns else []
        self._row_name = f"{root.space} row"
        self._cell_name = f"{root.space} c"

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._cell_name:
            if self._due:
                self._begin_cell(attributes)
        elif name == self._row_name:
            self._begin_row(name, attributes)

    def finish(self, name: str) -> None:
        if self._due and name == self._row_name:
            row = self._row_element
            row.tail = self._parser.CurrentByteIndex
            due, self._due = self._due[::-1], []
            style = self._row_style()
            new = (self._new_cell(place, row.prefix, style) for place in due)
            self._edits.append(row, b"".join(new))

    def finish_all(self) -> None:
        new = self._new_rows(places.LAST_ROW + 1, self._all.prefix)
        if new:
            self._edits.append(self._all, new)
        self._parser = None

    def _begin_row(self, name: str, attributes: dict[str, str]) -> None:
        self._row = int(attributes.get("r", self._row + 1))
        self._column = 0
        if not self._wanted or self._wanted[-1].row > self._row:
            return
        start = self._parser.CurrentByteIndex
        new = self._new_rows(self._row, prefix(self._data, start))
        if new:
            self._edits.insert(start, new)
        self._due = self._next(lambda place: place.row == self._row)[::-1]
        if self._due:
            self._row_element = Element(self._data, start, name, attributes)
            self._widen_spans()

    def _widen_spans(self) -> None:
        """A row's hint of its columns holds the new cells, too."""
        spans = re.fullmatch(r"(\d+):(\d+)", self._row_element.attributes.get("spans", ""))
        if spans:
            columns = [place.column for place in self._due]
            first, last = min(int(spans[1]), *columns), max(int(spans[2]), *columns)
            if spans[0] != f"{first}:{last}":
                self._edits.set(self._row_element.start, spans=f"{first}:{last}")

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        place = places.parse(attributes["r"]) if "r" in attributes else None
        self._column = place.column if place else self._column + 1
        start = None
        while self._due and self._due[-1].column <= self._column:
            if start is None:
                start = self._parser.CurrentByteIndex
            due = self._due.pop()
            if due.column == self._column:
                self._edits.set(start, s=self._marked(int(attributes.get("s", 0))))
            else:
                tag = prefix(self._data, start)
                self._edits.insert(start, self._new_cell(due, tag, self._row_style()))

    def _next(self, condition: Callable[[Place], bool]) -> list[Place]:
        found = []
        while self._wanted and condition(self._wanted[-1]):
            found.append(self._wanted.pop())
        return found

    def _row_style(self) -> int | None:
        attributes = self._row_element.attributes
        if attributes.get("customFormat") in ("1", "true"):
            return int(attributes.get("s", 0))
        return None

    def _new_rows(self, before: int, tag: bytes) -> bytes:
        rows: dict[int, list[bytes]] = {}
        for place in self._next(lambda place: place.row < before):
            rows.setdefault(place.row, []).append(self._new_cell(place, tag, None))
        return b"".join(
            b'<%srow r="%d">%s</%srow>' % (tag, number, b"".join(cells), tag)
            for number, cells in rows.items()
        )

    def _new_cell(self, place: Place, tag: bytes, row_style: int | None) -> bytes:
        """A cell that was not there looked as its row says, or else its column."""
        self.inserted.append(place)
        style = self._column_style(place.column) if row_style is None else row_style
        return b'<%sc r="%s" s="%d"/>' % (tag, str(place).encode(), self._marked(style))

    def _column_style(self, column: int) -> int:
        for element in self._columns:
            values = element.attributes
            if int(values.get("min", 0)) <= column <= int(values.get("max", 0)):
                return int(values.get("style", 0))
        return 0


class MarkedSheet:
    """One worksheet of which cells are marked; `edits` is what changes in its part."""

    def __init__(self, data: bytes, wanted: Iterable[Place], marked: Callable[[int], int]):
        self.edits = Edits(data)
        self._data = data
        cells = _Cells(data, self.edits, wanted, marked)
        self._root = survey(data, inside=_SURVEYED, watch=cells)
        deselect(self._root, self.edits)
        self._widen_dimension(cells.inserted)

    @property
    def drawing(self) -> str | None:
        """The id of the relation to the drawing that shows the sheet's comments, if any."""
        element = self._root.first("legacyDrawing")
        if element is None:
            return None
        ids = (value for name, value in element.attributes.items() if name.endswith(" id"))
        return next(ids, None)

    def show_drawing(self, relation: str, space: str) -> None:
        """Let the sheet show the drawing with that relation, at its place in the schema."""
        old = self._root.first("legacyDrawing")
        if old is not None:
            self.edits.replace(old.start, old.end, b"")
        after = (e.start for e in self._root.children if e.name in _AFTER_DRAWING and self._late(e))
        new = b'<%slegacyDrawing xmlns:r="%s" r:id="%s"/>' % (
            *(self._root.prefix, attribute(space), attribute(relation)),
        )
        self.edits.insert(next(after, self._root.tail), new)

    def _late(self, element: Element) -> bool:
        cells = self._root.first("sheetData")
        return cells is not None and element.start > cells.start

    def _widen_dimension(self, inserted: list[Place]) -> None:
        """Some readers believe what the sheet says of its size."""
        element = self._root.first("dimension")
        corners = element.attributes.get("ref", "").split(":") if element and inserted else []
        known = [place for place in map(places.parse, corners) if place]
        if not known:
            return
        rows, columns = zip(*known, *inserted, strict=True)
        first, last = Place(min(rows), min(columns)), Place(max(rows), max(columns))
        if {first, last} != set(known):
            self.edits.set(element.start, ref=f"{first}:{last}")


def deselect(root: Element, edits: Edits) -> None:
    """Excel edits all selected sheets at once, so that the new first one must be alone in it."""
    views = root.first("sheetViews")
    for view in views.all("sheetView") if views else ():
        if view.attributes.get("tabSelected") in ("1", "true"):
            edits.set(view.start, tabSelected=0)
