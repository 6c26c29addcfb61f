"""A workbook as a package of parts, of which most are copied and a few are changed.

The container is that of ECMA-376 part 2: a zip of parts, the relations between them, and a
list of what type each is. Names of parts are compared without case, as there.
"""

import posixpath
import re
import shutil
import zipfile
from io import BytesIO
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote

from roadmap.workbook.marking.splicing import Edits, attribute, splice, survey

TYPES = "[Content_Types].xml"
_RELATIONS_SPACE = "http://schemas.openxmlformats.org/package/2006/relationships"
_RELATIONS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ENCODING = re.compile(r"""(<\?xml[^>]*?)\s+encoding\s*=\s*["'][^"']*["']""")


class Relation(NamedTuple):
    """One part's relation to another; `target` is that part's name, empty where it is outside."""

    id: str
    kind: str  # the last word of the type: worksheet, comments, vmlDrawing ...
    target: str


class Package:
    """The parts of a workbook: read from one file, written with their changes into another."""

    def __init__(self, file: BinaryIO):
        self._zip = zipfile.ZipFile(file)
        self._members = {info.filename.casefold(): info for info in self._zip.infolist()}
        self._edits: dict[str, list[tuple[int, int, bytes]]] = {}
        self._added: dict[str, bytes] = {}
        self._dropped: set[str] = set()
        self._related: dict[str, list[tuple[str, str, str]]] = {}
        self._types: dict[str, str] = {}

    def __contains__(self, name: str):
        name = name.casefold()
        return name in self._members or name in map(str.casefold, self._added)

    def names(self) -> list[str]:
        """The names of the parts that the file came with, small letters only."""
        return list(self._members)

    def read(self, name: str) -> bytes:
        """A part as it came; raises `KeyError` where there is none.

        The rare part in UTF-16 is given in UTF-8, because edits are in ASCII.
        """
        with self._zip.open(self._members[name.casefold()]) as part, BytesIO() as whole:
            # ZipFile.read would hold it twice for a moment.
            shutil.copyfileobj(part, whole, 1 << 20)
            data = whole.getvalue()
        if data[:2] in _UTF_16:
            data = _ENCODING.sub(r"\1", data.decode("utf-16"), count=1).encode()
        return data

    def edit(self, name: str, edits: Edits) -> None:
        """Change a part that `read` gave; once a part."""
        if edits:
            self._edits[name.casefold()] = edits.in_order()

    def add(self, name: str, data: bytes, content_type: str) -> None:
        self._added[name] = data
        self._types[name] = content_type

    def free_name(self, pattern: str) -> str:
        """A name that no part has yet, by a pattern with one %d."""
        number = 1
        while pattern % number in self:
            number += 1
        return pattern % number

    def relations(self, part: str) -> list[Relation]:
        """The relations of a part as they came, "" being the package itself."""
        name = _relations_name(part)
        if name.casefold() not in self._members:
            return []
        return [
            Relation(
                element.attributes.get("Id", ""),
                element.attributes.get("Type", "").rpartition("/")[2],
                _target(part, element.attributes),
            )
            for element in survey(self.read(name)).all("Relationship")
        ]

    def related(self, part: str, kind: str) -> str | None:
        """The name of the part that this one is related to in that way, where it is there."""
        targets = (relation.target for relation in self.relations(part) if relation.kind == kind)
        return next((target for target in targets if target in self), None)

    def relate(self, part: str, type_: str, target: str) -> str:
        """Relate a part to another one; the new relation's id."""
        new = self._related.setdefault(part, [])
        ids = [relation.id for relation in self.relations(part)] + [id_ for id_, _, _ in new]
        numbers = [int(id_[3:]) for id_ in ids if re.fullmatch(r"rId[0-9]{1,9}", id_)]
        id_ = f"rId{max(numbers, default=0) + 1}"
        new.append((id_, type_, f"/{target}"))
        return id_

    def drop(self, part: str) -> None:
        """Leave out a part, what it is related to, and the relations of others to it."""
        if part.casefold() in self._dropped:
            return
        self._dropped |= {part.casefold(), _relations_name(part).casefold()}
        for relation in self.relations(part):
            if relation.target in self:
                self.drop(relation.target)

    def drop_related(self, part: str, kinds: set[str]) -> None:
        """Leave out the parts that this one is related to in these ways."""
        for relation in self.relations(part):
            if relation.kind in kinds:
                self.drop(relation.target)

    def drop_stray(self, name: str) -> None:
        """Leave out the parts of that name, in whatever folder, that nothing may be related to."""
        for key in list(self._members):
            if key.rpartition("/")[2].startswith(name.casefold()):
                self.drop(key)

    def save(self, file: BinaryIO, main: str, main_type: str) -> None:
        """Write the package; `main` becomes of the type `main_type`."""
        for part in self._relation_owners():
            self._edit_relations(part)
        self._edit_types(main, main_type)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
            for key, info in self._members.items():
                if key not in self._dropped:
                    self._copy(key, info, new)
            for name, data in self._added.items():
                new.writestr(name, data)

    def _copy(self, key: str, info: zipfile.ZipInfo, new: zipfile.ZipFile) -> None:
        fresh = zipfile.ZipInfo(info.filename, info.date_time)
        fresh.compress_type = zipfile.ZIP_DEFLATED
        if info.compress_type == zipfile.ZIP_STORED:
            fresh.compress_type = zipfile.ZIP_STORED
        fresh.external_attr = info.external_attr
        if info.is_dir():
            new.writestr(fresh, b"")
            return
        with new.open(fresh, "w") as written:
            if key in self._edits:
                for piece in splice(self.read(key), self._edits[key]):
                    written.write(piece)
            else:
                with self._zip.open(info) as kept:
                    shutil.copyfileobj(kept, written, 1 << 20)

    def _relation_owners(self) -> list[str]:
        owners = list(self._related)
        if self._dropped:
            owners += [_owner(name) for name in self._members if name.endswith(".rels")]
        by_name = {part.casefold(): part for part in reversed(owners)}
        return [part for name, part in by_name.items() if name not in self._dropped]

    def _edit_relations(self, part: str) -> None:
        name, new = _relations_name(part), self._related.get(part, [])
        if name.casefold() not in self._members:
            self._added[name] = (
                b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
                b'<Relationships xmlns="%s">%s</Relationships>'
            ) % (_RELATIONS_SPACE.encode(), b"".join(_relation(b"", *each) for each in new))
            return
        data = self.read(name)
        edits, root = Edits(data), survey(data)
        for element in root.all("Relationship"):
            if _target(part, element.attributes).casefold() in self._dropped:
                edits.replace(element.start, element.end, b"")
        if new:
            edits.append(root, b"".join(_relation(root.prefix, *each) for each in new))
        self.edit(name, edits)

    def _edit_types(self, main: str, main_type: str) -> None:
        data = self.read(TYPES)
        edits, root = Edits(data), survey(data)
        named = self._edit_overrides(edits, root, main, main_type)
        for element in root.all("Default"):
            self._edit_default(edits, element, named)
        new = self._types if main.casefold() in named else {**self._types, main: main_type}
        edits.append(root, self._new_types(root, new))
        self.edit(TYPES, edits)

    def _new_types(self, root, new: dict[str, str]) -> bytes:
        """Types of new parts: by their ending for what Excel so types, else by their name."""
        by_ending = {
            element.attributes.get("Extension", "").casefold(): element.attributes
            for element in root.all("Default")
        }
        added, fragment = {"rels": _RELATIONS_TYPE}, b""
        for name, type_ in new.items():
            ending = posixpath.splitext(name)[1].lstrip(".")
            if ending == "vml" and "vml" not in by_ending:
                added[ending] = type_
            elif ending != "vml" or by_ending[ending].get("ContentType") != type_:
                fragment += b'<%sOverride PartName="/%s" ContentType="%s"/>' % (
                    *(root.prefix, attribute(name), attribute(type_)),
                )
        for ending in added.keys() - by_ending.keys():
            fragment += b'<%sDefault Extension="%s" ContentType="%s"/>' % (
                *(root.prefix, ending.encode(), attribute(added[ending])),
            )
        return fragment

    def _edit_overrides(self, edits, root, main: str, main_type: str) -> set[str]:
        named = set()
        for element in root.all("Override"):
            name = element.attributes.get("PartName", "").lstrip("/").casefold()
            named.add(name)
            if name in self._dropped:
                edits.replace(element.start, element.end, b"")
            elif name == main.casefold() and element.attributes.get("ContentType") != main_type:
                edits.set(element.start, ContentType=main_type)
        return named

    def _edit_default(self, edits, element, named: set[str]) -> None:
        """Take away the default type of what was dropped, unless another part lives by it."""
        ending = "." + element.attributes.get("Extension", "").casefold()
        if not any(name.endswith(ending) for name in self._dropped - named):
            return
        kept = self._members.keys() - self._dropped - named
        if ending not in (".xml", ".rels") and not any(name.endswith(ending) for name in kept):
            edits.replace(element.start, element.end, b"")


def _relation(prefix: bytes, id_: str, type_: str, target: str) -> bytes:
    return b'<%sRelationship Id="%s" Type="%s" Target="%s"/>' % (
        prefix,
        *map(attribute, (id_, type_, target)),
    )


def _relations_name(part: str) -> str:
    folder, _, name = part.rpartition("/")
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _owner(relations_name: str) -> str:
    folder, name = posixpath.split(relations_name)
    return posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))


def _target(part: str, attributes: dict[str, str]) -> str:
    if attributes.get("TargetMode") == "External":
        return ""
    target = unquote(attributes.get("Target", ""))
    joined = posixpath.join("/", posixpath.dirname(part), target)
    return posixpath.normpath(joined).lstrip("/")
