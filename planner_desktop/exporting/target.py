"""A file that takes its place when it is whole, and what can be in the way."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sync.errors import DiskFull, InvalidUsage, PlannerError

LEFT_SECONDS = 6 * 3600
"""Nobody writes one file for so long: what is older was left by a process that was killed."""

Told = Callable[[int], None]
"""Called with the number of rows written so far; whatever it raises ends the writing."""


class Cancelled(Exception):
    """Whoever waits for the file wants it no more."""


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Yield the path to write to, in a folder of its own beside `file`; at the end of the block it takes the place of `file`.

    If the block raises, `file` is what it was and nothing is left. Other files written to the same folder vanish with it. Raises
    InvalidUsage (no such folder, not allowed, in use), DiskFull.
    """
    file = file.resolve() if file.is_symlink() else file
    if file.is_dir():
        raise InvalidUsage("is_folder", f"{file} is a folder.", "Add the name of a file.")
    if not file.parent.is_dir():
        raise InvalidUsage(
            "no_folder", f"There is no folder {file.parent}.", "Make it first, or choose another one."
        )
    with _explained(file):
        _sweep(file)
        folder = Path(tempfile.mkdtemp(dir=file.parent, prefix=f".{file.name[:80]}."))
    try:
        with _explained(file):
            made = folder / file.name
            yield made
            _settle(made, file)
        _take_place(made, file)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settle(made: Path, file: Path) -> None:
    """Have it on the disk, as open to others as the file it replaces."""
    with made.open("rb+") as written:
        os.fsync(written.fileno())
    if file.exists():
        shutil.copymode(file, made)


def _take_place(made: Path, file: Path) -> None:
    try:
        made.replace(file)
    except PermissionError:
        # Where a file that is open cannot be replaced (Windows).
        raise InvalidUsage(
            "file_in_use",
            f"{file} cannot be replaced: it is open in another program, or you may not write it.",
            "Close it there, or choose another name.",
        ) from None
    except OSError as error:
        raise explained(error, file) from None


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise explained(error, file) from error


def explained(error: OSError, file: Path) -> PlannerError:
    """Return what an error of the disk means to a person."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return DiskFull(
            "disk_full",
            f"The disk is too full for {file}. Nothing was written.",
            "Make room, or choose another disk.",
        )
    if isinstance(error, PermissionError):
        return InvalidUsage(
            "not_allowed",
            f"You may not write in the folder {file.parent}.",
            "Choose a folder of your own.",
        )
    return InvalidUsage(
        "not_written",
        f"{file} could not be written: {error.strerror or error}.",
        "Choose another place.",
    )


def _sweep(file: Path) -> None:
    for left in file.parent.glob(f".{_literal(file.name[:80])}.*"):
        with suppress(OSError):
            if left.is_dir() and time.time() - left.stat().st_mtime > LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _literal(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
