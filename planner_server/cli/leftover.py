"""A log that a killed server left beside its database, and a copy that was put in that database's place afterwards.

SQLite cannot tell: it writes the log's pages into whatever file has the name, and what comes of that is half of one history and half of
another. The two files' times can: a server writes the database only right after it wrote the log.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from planner_server.cli.console import USAGE, Failure

GRACE_SECONDS = 60.0
"""How long after the log a checkpoint may still write the database: many times what the largest takes."""


def refuse_foreign_log(database: Path, *, grace: float | None = None) -> None:
    """Raise Failure if a log with something in it is older than the database beside it; nothing may open the database then."""
    log = database.with_name(f"{database.name}-wal")
    try:
        size, written, replaced = log.stat().st_size, _changed(log), _changed(database)
    except FileNotFoundError:
        return
    if size and replaced > written + (GRACE_SECONDS if grace is None else grace):
        files = " ".join(shlex.quote(f"{database}{ending}") for ending in ("-wal", "-shm"))
        raise Failure(
            "foreign_log",
            f"{database} was put in its place after {log.name} had been written: that log is another database's, left by a server that"
            " was killed. With it the database would be damaged.",
            f"Move {files} away and start again; after a copy was put back run planner-server new-epoch first. If nothing was put back,"
            f" say so with: touch {shlex.quote(str(log))}",
            USAGE,
        )


def _changed(path: Path) -> float:
    """Return when a file was last written or put in its place, unix seconds. What a copying program keeps of a file's past is no answer."""
    found = path.stat()
    return found.st_mtime if os.name == "nt" else found.st_ctime
