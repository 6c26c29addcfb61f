"""Gives a person the uploaded file back, with its faults marked."""

import json
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from roadmap.models import ImportBase
from roadmap.workbook import layout, sandbox
from roadmap.workbook.faults import Fault, WorkbookRefused, say

_GONE = gettext_noop("The file is no longer there. Upload it again.")


def marked_file(kept: ImportBase) -> tuple[BinaryIO, str]:
    """The uploaded file as a workbook with its faults marked, and what to call it.

    Raises `WorkbookRefused` where it cannot be marked, or is no longer there.
    """
    faults = [Fault.from_json(fault) for fault in kept.faults]
    said, target = kept.folder / "marks.json", kept.folder / "marked.xlsx"
    is_text = kept.book["kind"] == "csv"
    source = kept.folder / "sheet-1.jsonl.gz" if is_text else Path(kept.file.path)
    if not source.exists() or not kept.folder.exists():
        raise WorkbookRefused(say(_GONE))
    said.write_text(json.dumps({"listing": _listing(kept), "marks": _marks(faults)}), "utf-8")
    sandbox.run("roadmap.workbook.marking", [str(source), str(target), str(said)])
    ending = _("faults")
    return target.open("rb"), f"{Path(kept.file_name).stem[:100]} – {ending}.xlsx"


def _listing(kept: ImportBase) -> dict:
    return {
        "title": layout.LISTINGS[get_language()],
        "heading": _("%(count)d faults in %(file)s")
        % {"count": kept.counts["faults"], "file": kept.file_name},
        "headers": [_("Cell"), _("Field"), _("Found"), _("Expected")],
    }


def _marks(faults: list[Fault]) -> list[dict]:
    return [
        {
            "sheet": fault.sheet,
            "cell": fault.cell,
            "note": _note(fault),
            "line": [fault.place, fault.field, fault.found, fault.expected],
        }
        for fault in faults
    ]


def _note(fault: Fault) -> str:
    expected = _("Expected: %s") % fault.expected
    return f"{fault.field}. {expected}" if fault.field else expected
