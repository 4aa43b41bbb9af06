"""Small files that are never found half written."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

LEFT_SECONDS = 3600
"""Nobody writes a file of ours for so long."""


def make_private(folder: Path) -> Path:
    """Make a folder that only its owner can open, with its parents; an existing one is left as it is."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def write_json(path: Path, value: Any) -> None:
    """Replace a file by `value` as JSON, in one step that survives a crash; only its owner can read it. Raises OSError."""
    with replacing(path) as file:
        json.dump(value, file, indent=2, ensure_ascii=False, sort_keys=True)
        file.write("\n")


@contextmanager
def replacing(path: Path, *, bom: bool = False) -> Iterator[TextIO]:
    """Write a text file that takes its place when the block ends well, and not at all otherwise; only its owner can read it.

    With `bom` it begins with the mark by which spreadsheets know UTF-8. Line ends are written as they come. Raises OSError.
    """
    _sweep(path)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _sweep(path: Path) -> None:
    """Remove what processes that were killed in the middle of writing left; what is young may be somebody's at work."""
    for left in path.parent.glob(f".{path.name}.*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > LEFT_SECONDS:
                left.unlink()


def read_json(path: Path) -> Any:
    """Return what a JSON file holds, None if there is no such file. Raises ValueError if it is not JSON, OSError."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
