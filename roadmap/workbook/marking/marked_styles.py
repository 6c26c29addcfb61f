"""The looks of marks: styles added to those of the workbook, none of which is changed.

Places of elements and attributes: ECMA-376 part 1, 18.8 (styleSheet).
"""

from roadmap.workbook.marking.package import Package
from roadmap.workbook.marking.splicing import Edits, Element, attribute, survey

# A wash of violet-blue: none of the traffic light's colours, and dark text is read on it.
FILL, LINE, DARK_FILL = "FFE4E0FF", "FF5B4BC4", "FF4B3FA0"
_INK, _LINK_INK = "FF1F1B4D", "FF3B2FA0"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_ORDER = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs")
_ORDER += ("tableStyles", "colors", "extLst")
_EMPTY = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="%s"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>\
<fills count="2"><fill><patternFill patternType="none"/></fill><fill>\
<patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/>\
<bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" \
fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" \
borderId="0" xfId="0"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" \
builtinId="0"/></cellStyles></styleSheet>"""
# The first theme colours and the first indexed ones, as far as they are light (18.8.3, 18.8.27).
_LIGHT_THEME, _LIGHT_INDEXED = {"0", "2"}, {"1", "9", "26", "27", "31", "34", "41", "42", "43"}


class Styles:
    """The workbook's styles, and those that marks add to them."""

    def __init__(self, package: Package, workbook: str, space: str, related_by: str):
        self._package = package
        part = package.related(workbook, "styles")
        if part is None:
            part = package.free_name("xl/styles%d.xml")
            package.relate(workbook, f"{related_by}/styles", part)
            self._data = _EMPTY % attribute(space)
            self._keep = lambda edits: package.add(part, edits.applied(), _TYPE)
        else:
            self._data = package.read(part)
            self._keep = lambda edits: package.edit(part, edits)
        self._root = survey(self._data)
        self._formats = self._entries("cellXfs", "xf")
        self._fonts = self._entries("fonts", "font")
        self._new: dict[str, list[bytes]] = {}
        self._marked: dict[int, int] = {}
        self._fill = self._border = None

    def _entries(self, group: str, name: str) -> list[Element]:
        element = self._root.first(group)
        return element.all(name) if element else []

    def marked(self, style: int) -> int:
        """The index of a style like that one, but with the fill and the border of a mark."""
        if style not in self._marked:
            self._marked[style] = self._mark(style)
        return self._marked[style]

    def _mark(self, style: int) -> int:
        tag = self._root.prefix
        if 0 <= style < len(self._formats):
            kept = self._formats[style]
            original = self._data[kept.start : kept.end]
            font = int(kept.attributes.get("fontId", 0))
        else:
            original, font = b'<%sxf numFmtId="0" fontId="0" xfId="0"/>' % tag, 0
        edits = Edits(original)
        edits.set(
            0,
            fillId=self._fill_index(DARK_FILL if self._is_light(font) else FILL),
            borderId=self._border_index(),
            applyFill=1,
            applyBorder=1,
        )
        return self._add("cellXfs", "xf", edits.applied())

    def _is_light(self, font: int) -> bool:
        """Whether the font's colour could not be read on the wash: white headings are common."""
        entry = self._fonts[font] if 0 <= font < len(self._fonts) else None
        color = entry.first("color") if entry else None
        if color is None:
            return False
        values = color.attributes
        if "rgb" in values:
            try:
                red, green, blue = bytes.fromhex(values["rgb"][-6:])
            except ValueError:
                return False
            return 299 * red + 587 * green + 114 * blue > 150_000
        light = values.get("theme") in _LIGHT_THEME and not values.get("tint", "0").startswith("-")
        return light or values.get("indexed") in _LIGHT_INDEXED

    def _fill_index(self, color: str) -> int:
        return self._once("fills", "fill", fill(color))

    def _border_index(self) -> int:
        sides = "".join(
            f'<{side} style="thick"><color rgb="{LINE}"/></{side}>'
            for side in ("left", "right", "top", "bottom")
        )
        return self._once("borders", "border", f"<border>{sides}<diagonal/></border>")

    def _once(self, group: str, name: str, markup: str) -> int:
        new = self._with_prefix(markup)
        if new in self._new.get(group, ()):
            return len(self._entries(group, name)) + self._new[group].index(new)
        return self._add(group, name, new)

    def _with_prefix(self, markup: str) -> bytes:
        tag = self._root.prefix.decode()
        return markup.replace("</", "\0").replace("<", f"<{tag}").replace("\0", f"</{tag}").encode()

    def _add(self, group: str, name: str, new: bytes) -> int:
        added = self._new.setdefault(group, [])
        added.append(new)
        return len(self._entries(group, name)) + len(added) - 1

    def listing(self) -> dict[str, int]:
        """The styles of the sheet that lists the marks: heading, header, text, link.

        `quoted_text` and `quoted_link` are for text that would become a formula if it were
        edited (the quote prefix of 18.8.45).
        """
        face = self._entries("fonts", "font")[:1]
        name = face[0].first("name") if face else None
        name = attribute(name.attributes.get("val", "Calibri") if name else "Calibri").decode()

        def font(before: str, size: int, ink: str) -> int:
            color = f'<sz val="{size}"/><color rgb="{ink}"/><name val="{name}"/>'
            return self._once("fonts", "font", f"<font>{before}{color}</font>")

        def cell(font: int, wash: int = 0, more: str = "", wrap: int = 1) -> int:
            return self._once(
                "cellXfs",
                "xf",
                f'<xf numFmtId="0" fontId="{font}" fillId="{wash}" borderId="0" xfId="0" '
                f'applyFont="1" applyFill="1" applyAlignment="1"{more}>'
                f'<alignment vertical="top" wrapText="{wrap}"/></xf>',
            )

        plain, link = font("", 11, "FF000000"), font("<u/>", 11, _LINK_INK)
        quote = ' quotePrefix="1"'
        return {
            "heading": cell(font("<b/>", 14, _INK), wrap=0),
            "header": cell(font("<b/>", 11, _INK), self._fill_index(FILL)),
            "text": cell(plain),
            "link": cell(link),
            "quoted_text": cell(plain, more=quote),
            "quoted_link": cell(link, more=quote),
        }

    def keep(self) -> None:
        """Put what was added into the package; called once, at the end."""
        edits = Edits(self._data)
        for group, new in self._new.items():
            self._extend(edits, group, new)
        self._keep(edits)

    def _extend(self, edits: Edits, group: str, new: list[bytes]) -> None:
        element = self._root.first(group)
        if element is None:
            tag, name = self._root.prefix, group.encode()
            whole = b'<%s%s count="%d">%s</%s%s>' % (
                *(tag, name, len(new), b"".join(new), tag, name),
            )
            edits.insert(self._place(group), whole)
            return
        if "count" in element.attributes:
            name = {"fonts": "font", "fills": "fill", "borders": "border"}.get(group, "xf")
            edits.set(element.start, count=len(element.all(name)) + len(new))
        edits.append(element, b"".join(new))

    def _place(self, group: str) -> int:
        later = _ORDER[_ORDER.index(group) + 1 :]
        after = (child.start for child in self._root.children if child.name in later)
        return next(after, self._root.tail)


def fill(color: str) -> str:
    return (
        f'<fill><patternFill patternType="solid"><fgColor rgb="{color}"/>'
        '<bgColor indexed="64"/></patternFill></fill>'
    )
