"""Comments on cells: added to those that a sheet has, in its comments part and its drawing.

Excel keeps a comment twice: the text in the comments part (ECMA-376 part 1, 18.7) and the box
in a VML drawing (part 4, 14.1). Threads of comments lie apart, and are never changed.
"""

import re

from roadmap.workbook.marking import places
from roadmap.workbook.marking.package import Package
from roadmap.workbook.marking.places import Place
from roadmap.workbook.marking.splicing import Edits, Element, attribute, survey, text

AUTHOR = "Digistrategia"
LONGEST = 32_000  # characters; a cell of Excel holds 32,767
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_EMPTY_COMMENTS = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<comments xmlns="%s"><authors/><commentList/></comments>"""
_SPACES = {
    b"v": b"urn:schemas-microsoft-com:vml",
    b"o": b"urn:schemas-microsoft-com:office:office",
    b"x": b"urn:schemas-microsoft-com:office:excel",
}
_ROOT = re.compile(rb"<(?![?!])[^>]*>")
_NUMBER = re.compile(rb"_x0000_s([0-9]{1,9})\b")
_HAS_SHAPE_TYPE = re.compile(rb"""shapetype\b[^>]*?\bid\s*=\s*["']_x0000_t202["']""")
_BLOCKS = re.compile(rb"""<\w+:idmap\b[^>]*?\bdata\s*=\s*["']([^"']*)["']""")
_BLOCK = 1024  # numbers of shapes; each drawing has blocks of its own
_EMPTY_DRAWING = b"""<xml xmlns:v="urn:schemas-microsoft-com:vml"
 xmlns:o="urn:schemas-microsoft-com:office:office"
 xmlns:x="urn:schemas-microsoft-com:office:excel">
 <o:shapelayout v:ext="edit">
  <o:idmap v:ext="edit" data="%d"/>
 </o:shapelayout></xml>"""
_SHAPE_TYPE = b"""<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202"
  path="m,l,21600r21600,l21600,xe"%s>
  <v:stroke joinstyle="miter"/>
  <v:path gradientshapeok="t" o:connecttype="rect"/>
 </v:shapetype>"""
_SHAPE = b"""<v:shape id="_x0000_s%d" type="#_x0000_t202" style='position:absolute;
  margin-left:59.25pt;margin-top:1.5pt;width:216pt;height:93pt;z-index:%d;
  visibility:hidden' fillcolor="#ffffe1" o:insetmode="auto"%s>
  <v:fill color2="#ffffe1"/>
  <v:shadow on="t" color="black" obscured="t"/>
  <v:path o:connecttype="none"/>
  <v:textbox style='mso-direction-alt:auto'>
   <div style='text-align:left'></div>
  </v:textbox>
  <x:ClientData ObjectType="Note">
   <x:MoveWithCells/>
   <x:SizeWithCells/>
   <x:Anchor>
    %s</x:Anchor>
   <x:AutoFill>False</x:AutoFill>
   <x:Row>%d</x:Row>
   <x:Column>%d</x:Column>
  </x:ClientData>
 </v:shape>"""


class Notes:
    """Adds comments to the sheets of one package."""

    def __init__(self, package: Package, space: str, related_by: str):
        self._package, self._space, self.related_by = package, space, related_by
        self._blocks = set()
        for name in package.names():
            if name.endswith(".vml"):
                self._blocks |= set(_blocks(package.read(name)))

    def write(self, sheet: str, notes: dict[Place, str], drawing: str | None) -> str | None:
        """Add comments to a sheet: `sheet` is its part, `drawing` the relation that it shows.

        Answers with the id of the relation to a new drawing that the sheet has to show; None
        where it shows the right one already. Cells with a thread get no comment.
        """
        threaded = self._threaded(sheet)
        notes = {place: note for place, note in notes.items() if place not in threaded}
        if not notes:
            return None
        comments = self._write_comments(sheet, notes)
        parts = {relation.id: relation.target for relation in self._package.relations(sheet)}
        part = parts.get(drawing)
        if part is not None and part in self._package:
            self._package.edit(part, self._draw(self._package.read(part), comments.new))
            return None
        part = self._package.free_name("xl/drawings/vmlDrawing%d.vml")
        empty = _EMPTY_DRAWING % self._next_block()
        boxes = dict.fromkeys(comments.old, "") | comments.new
        self._package.add(part, self._draw(empty, boxes).applied(), _DRAWING_TYPE)
        return self._package.relate(sheet, f"{self.related_by}/vmlDrawing", part)

    def _threaded(self, sheet: str) -> set[Place | None]:
        found = set()
        for relation in self._package.relations(sheet):
            if relation.kind == "threadedComment" and relation.target in self._package:
                root = survey(self._package.read(relation.target), inside=())
                found |= {places.parse(e.attributes.get("ref", "")) for e in root.children}
        return found

    def _write_comments(self, sheet: str, notes: dict[Place, str]) -> "_Comments":
        part = self._package.related(sheet, "comments")
        if part is not None:
            comments = _Comments(self._package.read(part))
            comments.add(notes)
            self._package.edit(part, comments.edits)
            return comments
        part = self._package.free_name("xl/comments%d.xml")
        comments = _Comments(_EMPTY_COMMENTS % attribute(self._space))
        comments.add(notes)
        self._package.add(part, comments.edits.applied(), _COMMENTS_TYPE)
        self._package.relate(sheet, f"{self.related_by}/comments", part)
        return comments

    def _next_block(self) -> int:
        block = max(self._blocks, default=0) + 1
        self._blocks.add(block)
        return block

    def _draw(self, data: bytes, boxes: dict[Place, str]) -> Edits:
        """A drawing with a box for each of the notes.

        Excel's own drawings are not always well-formed, so they are searched, not parsed.
        """
        edits = Edits(data)
        root, end = _ROOT.search(data), data.rfind(b"</")
        if root is None or end < root.end():
            raise ValueError("a drawing of comments is broken")
        declared = b"".join(
            b' xmlns:%s="%s"' % (prefix, space)
            for prefix, space in _SPACES.items()
            if not re.search(rb"""xmlns:%s\s*=\s*["']%s["']""" % (prefix, space), root[0])
        )
        new = [] if _HAS_SHAPE_TYPE.search(data) else [_SHAPE_TYPE % declared]
        numbers = self._free_numbers(data, edits, len(boxes))
        depth = len(_NUMBER.findall(data))
        for number, (place, note) in zip(numbers, sorted(boxes.items()), strict=True):
            depth += 1
            row, column = place.row - 1, place.column - 1
            anchor = _anchor(row, column, note)
            new.append(_SHAPE % (number, depth, declared, anchor, row, column))
        edits.insert(end, b"".join(new))
        return edits

    def _free_numbers(self, data: bytes, edits: Edits, count: int) -> list[int]:
        """Numbers for shapes, from the drawing's blocks and then from new ones."""
        taken = {int(number) for number in _NUMBER.findall(data)}
        blocks, numbers = _blocks(data) or [1], []
        known = len(blocks)
        for block in blocks:
            if len(numbers) >= count:
                break
            own = range(block * _BLOCK + 1, (block + 1) * _BLOCK)
            numbers += [number for number in own if number not in taken]
            if block == blocks[-1] and len(numbers) < count:
                blocks.append(self._next_block())  # and so the loop goes on
        declared = _BLOCKS.search(data)
        if declared and len(blocks) > known:
            edits.replace(*declared.span(1), b",".join(b"%d" % block for block in blocks))
        return numbers[:count]


class _Comments:
    """A comments part: the places that had a comment, and those that get one, with its text."""

    def __init__(self, data: bytes):
        self.edits, root = Edits(data), survey(data)
        self._authors, self._list = root.first("authors"), root.first("commentList")
        if self._authors is None or self._list is None:
            raise ValueError("a comments part has no authors or no comments")
        self._tag = root.prefix
        self.new: dict[Place, str] = {}
        self.old: dict[Place, Element] = {}
        for comment in self._list.all("comment"):
            place = places.parse(comment.attributes.get("ref", ""))
            if place:
                self.old[place] = comment

    def add(self, notes: dict[Place, str]) -> None:
        for place, note in sorted(notes.items()):
            if place in self.old:
                self._put_in_front(self.old[place], note[:LONGEST])
            else:
                self.new[place] = note[:LONGEST]
        if self.new:
            author = self._author()
            new = (self._comment(place, author, note) for place, note in self.new.items())
            self.edits.append(self._list, b"".join(new))

    def _author(self) -> int:
        names = [author.text for author in self._authors.all("author")]
        if AUTHOR in names:
            return names.index(AUTHOR)
        new = b"<%sauthor>%s</%sauthor>" % (self._tag, AUTHOR.encode(), self._tag)
        self.edits.append(self._authors, new)
        return len(names)

    def _comment(self, place: Place, author: int, note: str) -> bytes:
        tag, where = self._tag, str(place).encode()
        return b'<%scomment ref="%s" authorId="%d" shapeId="0">%s</%scomment>' % (
            *(tag, where, author, self._text(note), tag),
        )

    def _text(self, note: str) -> bytes:
        return b"<%stext>%s</%stext>" % (self._tag, self._words(note), self._tag)

    def _words(self, note: str) -> bytes:
        return b'<%st xml:space="preserve">%s</%st>' % (self._tag, text(note), self._tag)

    def _put_in_front(self, comment: Element, note: str) -> None:
        rich = comment.first("text")
        if rich is None:
            self.edits.prepend(comment, self._text(note))
            return
        before = "".join(part.text for part in rich.walk() if part.name == "t")
        if text(f"{before}\n").startswith(text(f"{note}\n")):
            return  # the file was marked before
        first = rich.children[0] if rich.children else None
        if first is None:
            self.edits.prepend(rich, self._words(note))
        elif first.name == "t":
            self.edits.prepend(first, text(f"{note}\n\n" if before else note))
        else:
            run = b"<%sr>%s</%sr>" % (self._tag, self._words(f"{note}\n\n"), self._tag)
            self.edits.prepend(rich, run)


def _blocks(drawing: bytes) -> list[int]:
    declared = _BLOCKS.search(drawing)
    return [int(number) for number in re.findall(rb"[0-9]{1,6}", declared[1])] if declared else []


def _anchor(row: int, column: int, note: str) -> bytes:
    """Where the box stands: right of the cell, and as high as its text needs."""
    height = 5 + min(len(note) // 45 + note.count("\n"), 15)
    left = column + 1 if column + 5 < places.LAST_COLUMN else column - 4
    top = max(min(row - 1, places.LAST_ROW - height - 1), 0)
    return b"%d, 15, %d, 10, %d, 15, %d, 4" % (left, top, left + 3, top + height)
