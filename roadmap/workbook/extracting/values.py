"""The values of a workbook by openpyxl, which sees nothing of it but its cells. No Django here."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from roadmap.workbook.extracting.refusal import Refused
from roadmap.workbook.extracting.zip_parts import Parts, broken_if

_STRING = f"{{{SHEET_MAIN_NS}}}si"
_RAISED_BY_DAMAGE = (
    *(ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, EOFError),
    *(SyntaxError, RuntimeError, NotImplementedError, AssertionError, ArithmeticError),
)


def open_values(parts: Parts, source: Path) -> Iterator[tuple]:
    """Each worksheet, read row by row, with the name of its part; in the workbook's order.

    Chart sheets and the like are left out. Raises `Refused` for what openpyxl cannot open.
    """
    with broken_if(*_RAISED_BY_DAMAGE), source.open("rb") as file:
        reader = _Reader(file, parts)
        reader.read()
    if not reader.targets:
        raise Refused("no_sheets")
    return zip(reader.wb.worksheets, reader.targets, strict=True)


class _Reader(ExcelReader):
    """openpyxl's reader without the parts that hold no cells, and through our checked zip."""

    def __init__(self, file, parts: Parts):
        super().__init__(file, read_only=True, data_only=True, keep_links=False)
        self.archive.close()
        self.archive = parts
        self.targets = []

    def read_workbook(self) -> None:
        super().read_workbook()
        self.parser.assign_names = lambda: None  # print titles and names of ranges

    def read_strings(self) -> None:
        """As they stand: openpyxl's own reading drops the signs that tell `_x0041_` from A."""
        if shared := self.package.find(SHARED_STRINGS):
            with self.archive.open(shared.PartName[1:]) as part:
                for _event, node in iterparse(part):
                    if node.tag == _STRING:
                        self.shared_strings.append(Text.from_tree(node).content)
                        node.clear()

    def read_properties(self) -> None:
        pass

    def read_custom(self) -> None:
        pass

    def read_theme(self) -> None:
        pass

    def read_worksheets(self) -> None:
        for _sheet, relation in self.parser.find_sheets():
            if relation.Type.endswith("/worksheet"):
                if relation.target not in self.valid_files:
                    raise Refused("broken")
                self.targets.append(relation.target)
        if len(set(self.targets)) < len(self.targets):
            raise Refused("broken")
        self.valid_files = self.targets
        # openpyxl looks for the size that a sheet says it has; it is not to be believed.
        self.wb._archive = _WithoutSizes()
        super().read_worksheets()
        self.wb._archive = self.archive


class _WithoutSizes:
    def open(self, name):
        return BytesIO(b"<worksheet/>")
