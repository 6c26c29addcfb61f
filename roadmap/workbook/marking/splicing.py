"""Changes a few places of an XML part and leaves every other byte as it was.

A library that reads XML and writes it anew drops what it does not know (extensions, comments,
the order of prefixes) and Excel then repairs the file. So a part is only surveyed here, for the
places of its elements in bytes, and new text is put in between.
"""

import re
from collections.abc import Container, Iterator
from xml.parsers import expat
from xml.sax.saxutils import escape

_TAG = re.compile(rb"<([^\s/>]+)[^\"'>]*(?:\"[^\"]*\"[^\"'>]*|'[^']*'[^\"'>]*)*>")
_ATTRIBUTE = re.compile(rb"""\s([^\s=/>"']+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_BLOCK = 1 << 16
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


class Element:
    """An element and where it stands in its part, in bytes.

    The start tag is `data[start:head_end]`, the content `data[head_end:tail]`, the end tag
    `data[tail:end]`; of an element that was not read to its end, `tail` and `end` are -1.
    """

    __slots__ = ("name", "space", "attributes", "start", "head_end", "tail", "end")
    __slots__ += ("empty", "prefix", "children", "text")

    def __init__(self, data: bytes, start: int, name: str, attributes: dict[str, str]):
        self.space, _, self.name = name.rpartition(" ")
        self.attributes = attributes
        self.start = start
        self.head_end = tag_end(data, start)
        self.empty = data[self.head_end - 2 : self.head_end] == b"/>"
        self.prefix = prefix(data, start)
        self.tail = self.end = -1
        self.children: list[Element] = []
        self.text = ""

    def all(self, name: str) -> list["Element"]:
        """The children of that name, in the element's own namespace."""
        return [child for child in self.children if (child.name, child.space) == (name, self.space)]

    def first(self, name: str) -> "Element | None":
        return next(iter(self.all(name)), None)

    def walk(self) -> Iterator["Element"]:
        for child in self.children:
            yield child
            yield from child.walk()


class Reached(Exception):
    """The element that a survey was to stop at has begun."""


class _Survey:
    def __init__(self, data: bytes, inside: Container[str] | None, until: str, watch):
        self.data, self.inside, self.until, self.watch = data, inside, until, watch
        self.root: Element | None = None
        self.open: list[Element | None] = []
        self.parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.CharacterDataHandler = self.read_text
        self.listen()

    def listen(self) -> None:
        self.parser.StartElementHandler = self.begin
        self.parser.EndElementHandler = self.finish

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        above = self.open[-1] if self.open else None
        if self.open and (above is None or not self.enters(above)):
            self.open.append(None)
            return
        element = Element(self.data, self.parser.CurrentByteIndex, name, attributes)
        if above is None:
            self.root = element
        else:
            above.children.append(element)
        self.open.append(element)
        if element.name == self.until:
            raise Reached
        if self.watch and len(self.open) == 2 and element.name == self.watch.name:
            self.hand_over(element)

    def hand_over(self, element: Element) -> None:
        """What follows is told to the watch alone, without records: it may be 100 MB."""
        closing = f"{element.space} {element.name}".strip()
        self.watch.begin_all(self.parser, self.root)
        self.parser.CharacterDataHandler = None
        self.parser.StartElementHandler = self.watch.begin

        def finish(name):
            if name == closing:
                self.listen()
                self.finish(name)
                self.watch.finish_all()
            else:
                self.watch.finish(name)

        self.parser.EndElementHandler = finish

    def forget(self) -> None:
        """Part with the parser, which else would keep the whole part in memory, in a circle."""
        parser, self.parser, self.watch = self.parser, None, None
        parser.StartElementHandler = parser.EndElementHandler = None
        parser.CharacterDataHandler = None

    def enters(self, element: Element) -> bool:
        return self.inside is None or len(self.open) == 1 or element.name in self.inside

    def finish(self, name: str) -> None:
        element = self.open.pop()
        if element is None:
            return
        element.tail = self.parser.CurrentByteIndex
        element.end = element.tail
        if not element.empty:
            element.end = self.data.index(b">", element.tail) + 1

    def read_text(self, text: str) -> None:
        if self.open and self.open[-1] is not None:
            self.open[-1].text += text


def _refuse_doctype(*declaration):
    raise ValueError("a part of a workbook declares no document type")


def survey(
    data: bytes, inside: Container[str] | None = None, until: str = "", watch=None
) -> Element:
    """The elements of an XML part with their places, without changing or copying it.

    `inside` names the elements below the root whose children matter (all of them where None);
    reading stops where an element `until` begins. `watch` is told of everything inside the
    root's child `watch.name`: see `marked_sheets.Cells`. Raises `ValueError` and
    `expat.ExpatError` for what is no such part.
    """
    surveying = _Survey(data, inside, until, watch)
    try:
        for place in range(0, len(data), _BLOCK):
            surveying.parser.Parse(data[place : place + _BLOCK], False)
        surveying.parser.Parse(b"", True)
    except Reached:
        pass
    finally:
        surveying.forget()
    return surveying.root


def prefix(data: bytes, start: int) -> bytes:
    """The prefix of the tag at `start`, with its colon: b"x:" of <x:c>, b"" of <c>."""
    name = _tag(data, start)[1]
    return name[: name.rfind(b":") + 1]


def tag_end(data: bytes, start: int) -> int:
    """Where the start tag at `start` ends, past its ">"."""
    return _tag(data, start).end()


def _tag(data: bytes, start: int) -> re.Match[bytes]:
    match = _TAG.match(data, start)
    if match is None:
        raise ValueError("the encoding of a part is not one that edits can be made in")
    return match


class Edits:
    """What is to change in a part: pieces of its bytes and what stands there instead."""

    def __init__(self, data: bytes):
        self._data = data
        self._edits: list[tuple[int, int, bytes]] = []

    def __bool__(self):
        return bool(self._edits)

    def replace(self, start: int, end: int, new: bytes) -> None:
        self._edits.append((start, end, new))

    def insert(self, place: int, new: bytes) -> None:
        self.replace(place, place, new)

    def set(self, start: int, **values: object) -> None:
        """Set attributes (those without a prefix) of the start tag at `start`."""
        for match in _ATTRIBUTE.finditer(self._data, start, tag_end(self._data, start)):
            name = match[1].decode("latin-1")
            if name in values:
                quoted = match.span(2) if match[2] is not None else match.span(3)
                self.replace(*quoted, attribute(values.pop(name)))
        after_name = _tag(self._data, start).end(1)
        for name, value in values.items():
            self.insert(after_name, b' %s="%s"' % (name.encode(), attribute(value)))

    def append(self, element: Element, new: bytes) -> None:
        """Put something last into an element; only once into one that is empty."""
        if element.empty:
            self._open_up(element, new)
        else:
            self.insert(element.tail, new)

    def prepend(self, element: Element, new: bytes) -> None:
        """Put something first into an element; only once into one that is empty."""
        if element.empty:
            self._open_up(element, new)
        else:
            self.insert(element.head_end, new)

    def _open_up(self, element: Element, new: bytes) -> None:
        self.replace(
            element.head_end - 2,
            element.head_end,
            b">%s</%s%s>" % (new, element.prefix, element.name.encode()),
        )

    def in_order(self) -> list[tuple[int, int, bytes]]:
        return sorted(self._edits, key=lambda edit: edit[:2])

    def applied(self) -> bytes:
        return b"".join(splice(self._data, self.in_order()))


def splice(data: bytes, edits: list[tuple[int, int, bytes]]) -> Iterator[bytes | memoryview]:
    """The bytes of a part with its edits, piece by piece, without a second copy in memory."""
    view, place = memoryview(data), 0
    for start, end, new in edits:
        if start < place:
            raise ValueError("two edits of a part overlap")
        yield view[place:start]
        yield new
        place = end
    yield view[place:]


def text(value: str) -> bytes:
    """Text for the inside of an element.

    It is ASCII, so that it suits a part of any encoding. What XML cannot hold is left out, and
    what Excel would read as an escaped character (ECMA-376, 22.9.2.19 ST_Xstring) is kept literal.
    """
    value = _NOT_XML.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    value = _LOOKS_ESCAPED.sub("_x005F_", value)
    return escape(value).encode("ascii", "xmlcharrefreplace")


def attribute(value: object) -> bytes:
    """A value for an attribute that stands in either kind of quotes, in ASCII."""
    quotes = {'"': "&quot;", "'": "&apos;", "\n": "&#10;", "\t": "&#9;"}
    cleaned = _NOT_XML.sub("", str(value))
    return escape(cleaned, quotes).encode("ascii", "xmlcharrefreplace")
