"""What a triage keeps beside the replica: keywords put off, clusters used last, how keywords come. On this computer only.

triage.jsonl   one line a step, appended as it happens:
               {"skip": [ids]}  {"unskip": [ids]}  {"recent": cluster id}  {"grouping": name}

Ids, not row keys: a replica fetched anew finds them again. A line that cannot be read (the last one after a crash) counts for nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner_desktop.app.files import make_private, replacing

RECENT = 9
_MOST_LINES = 5_000


@dataclass(slots=True)
class Kept:
    """What was kept: `skipped` in the order of skipping (a dict for its order and its speed), `recent` the latest first."""

    skipped: dict[str, None] = field(default_factory=dict)
    recent: list[str] = field(default_factory=list)
    grouping: str = "one"


class TriageBook:
    """The file. Whoever writes holds the lock of the account."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._torn = False

    def read(self) -> Kept:
        """Return what was kept; a file that is not there or cannot be read holds nothing. Raises OSError."""
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        except FileNotFoundError:
            return Kept()
        kept = Kept()
        for line in lines:
            with suppress(ValueError):
                _take(kept, json.loads(line))
        self._torn = bool(lines) and not lines[-1].endswith("\n")
        if len(lines) > _MOST_LINES:
            self._shorten(kept)
        return kept

    def skip(self, ids: Sequence[str]) -> None:
        """Keep that keywords were put off. Raises OSError."""
        self._append({"skip": list(ids)})

    def unskip(self, ids: Sequence[str]) -> None:
        """Keep that keywords are not put off any more. Raises OSError."""
        self._append({"unskip": list(ids)})

    def used(self, cluster: str) -> None:
        """Keep that a cluster (its id) was used. Raises OSError."""
        self._append({"recent": cluster})

    def choose(self, grouping: str) -> None:
        """Keep how keywords come. Raises OSError."""
        self._append({"grouping": grouping})

    def _append(self, line: dict[str, Any]) -> None:
        make_private(self._path.parent)
        start, self._torn = ("\n" if self._torn else ""), False
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{start}{json.dumps(line)}\n")

    def _shorten(self, kept: Kept) -> None:
        lines: Iterable[dict[str, Any]] = (
            {"skip": list(kept.skipped)},
            *({"recent": one} for one in reversed(kept.recent)),
            {"grouping": kept.grouping},
        )
        with replacing(self._path) as file:
            file.writelines(f"{json.dumps(line)}\n" for line in lines)
        self._torn = False


def _take(kept: Kept, line: object) -> None:
    match line:
        case {"skip": [*ids]}:
            for uid in map(str, ids):
                kept.skipped.pop(uid, None)
                kept.skipped[uid] = None
        case {"unskip": [*ids]}:
            for uid in map(str, ids):
                kept.skipped.pop(uid, None)
        case {"recent": str(uid)}:
            kept.recent = [uid, *(one for one in kept.recent if one != uid)][:RECENT]
        case {"grouping": str(name)}:
            kept.grouping = name
        case _:
            pass
