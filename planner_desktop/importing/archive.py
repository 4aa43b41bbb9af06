"""Lists inside a ZIP archive, as Search Console and others hand them out: looked up by name, read without unpacking to the disk."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from planner_desktop.importing.trouble import UnreadableFile

LISTS = (".csv", ".tsv", ".txt", ".tab", ".xlsx", ".xlsm")
"""Endings of what is taken from an archive."""
MOST_MEMBERS = 500
"""An archive of more lists was not handed out by a keyword tool; nobody would look through such a plan."""
DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError)
_WORKBOOKS = ("workbook.xml", "workbook.bin", "content.xml")
_LOCKED = 0x1


def is_workbook(names: set[str]) -> bool:
    """Tell whether the parts of a ZIP file make a workbook, of whatever kind."""
    return any(name.endswith(_WORKBOOKS) for name in names)


def lists_in(path: Path) -> list[str]:
    """Return the names of the lists in an archive, in order; none for a workbook, for what is no archive, and for a crowd."""
    with suppress(*DAMAGED), path.open("rb") as raw:
        if raw.read(4) != b"PK\x03\x04":
            return []
        with zipfile.ZipFile(raw) as package:
            names = {part.filename for part in package.infolist() if not part.is_dir()}
        if is_workbook(names):
            return []
        found = sorted(name for name in names if name.lower().endswith(LISTS) and not _is_hidden(name))
        return found if len(found) <= MOST_MEMBERS else []
    return []


def open_member(path: Path, name: str, member: str) -> tuple[BinaryIO, int]:
    """Open one file of an archive for reading; return it with the bytes it is packed in. `name` is what the editor calls it.

    Raises UnreadableFile.
    """
    try:
        package = zipfile.ZipFile(path)
    except DAMAGED as error:
        raise damaged(name, error) from None
    with package:
        try:
            part = package.getinfo(member)
            if part.flag_bits & _LOCKED:
                raise UnreadableFile(
                    "password", f"{name} has a password.", "Unpack the archive and import the folder."
                )
            # The stream keeps the file open after the package lets go of it, and closes it at its own end.
            return cast("BinaryIO", package.open(part)), part.compress_size
        except (KeyError, *DAMAGED) as error:
            raise damaged(name, error) from None


def size_of_member(path: Path, member: str) -> int:
    """Return the bytes of one file as it lies unpacked, 0 where nobody can tell."""
    with suppress(KeyError, *DAMAGED), zipfile.ZipFile(path) as package:
        return package.getinfo(member).file_size
    return 0


def damaged(name: str, error: Exception) -> UnreadableFile:
    """Return what is said of a packed file that cannot be unpacked."""
    return UnreadableFile("damaged", f"{name} is damaged or cut off: {error}.", "Get the file again.")


def _is_hidden(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1].startswith((".", "~$"))
