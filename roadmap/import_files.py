"""The files of an import: the upload itself, and the folder of what was read of it."""

import json
import shutil
import zipfile
import zlib
from functools import partial
from io import BytesIO
from pathlib import Path

from django.db import transaction
from django.db.models import JSONField

from roadmap.models import ImportBase


def forget_file(kept: ImportBase) -> None:
    """Throw the file of an applied import away; what it did, and its undoing, stay."""
    transaction.on_commit(partial(throw_away, kept.file.storage, kept.file.name, kept.folder))
    type(kept).objects.filter(pk=kept.pk).update(file="")
    kept.file = ""


def holds(kept: ImportBase, text: str) -> bool:
    """Whether an upload holds a text, such as an address; case aside."""
    wanted = text.lower()
    told = [
        getattr(kept, one.name) for one in kept._meta.concrete_fields if isinstance(one, JSONField)
    ]
    found = json.dumps(told, ensure_ascii=False)
    if wanted in found.lower():
        return True
    try:
        with kept.file.open("rb") as file:
            content = file.read()
    except (OSError, ValueError):  # it was thrown away meanwhile, or never kept
        return False
    if not zipfile.is_zipfile(BytesIO(content)):
        return any(wanted.encode(code) in content.lower() for code in ("utf-8", "utf-16-le"))
    try:
        with zipfile.ZipFile(BytesIO(content)) as book:
            return any(wanted.encode() in book.read(part).lower() for part in book.namelist())
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError):
        return True  # what cannot be looked into may hold it


def throw_away(storage, name: str, folder: Path) -> None:
    if name:
        storage.delete(name)
    shutil.rmtree(folder, ignore_errors=True)
