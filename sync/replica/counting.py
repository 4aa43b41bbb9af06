"""The figures of the status line, for the writer and for readers."""

from __future__ import annotations

import sqlite3

from sync.replica.lost import LOST
from sync.replica.records import Counts
from sync.replica.shut_out import SHUT_OUT
from sync.replica.store import Store

LEVEL = "level_at"
"""Meta: when the platform last said that it has nothing newer than what is here."""


def note_level(store: Store, now: int) -> None:
    """Note what a hello's answer came to, once it is adopted: a sync that finds nothing to fetch was one, too."""
    behind = store.value(
        "SELECT count(*) FROM scope_state WHERE access <> 'none' AND (need_snapshot OR cursor = ''"
        " OR told_epoch <> epoch OR told_version > version)"
    )
    if not behind:
        store.set_meta(LEVEL, str(now))


def count(connection: sqlite3.Connection) -> Counts:
    """Return what waits, what asks for a decision, and when a consistent end was last reached."""
    actions, rows = connection.execute(
        "SELECT count(DISTINCT action), coalesce(sum(rows), 0) FROM mutation WHERE state IN ('waiting', 'sending') AND void = 0"
    ).fetchone()
    conflicts, refused, aside = connection.execute(
        "SELECT coalesce(sum(kind = 'conflict'), 0), coalesce(sum(kind <> 'conflict'), 0), coalesce(sum(kind = ? OR code = ?), 0)"
        " FROM review WHERE state = 'open'",
        (LOST, SHUT_OUT),
    ).fetchone()
    last, missing, checked = connection.execute(
        "SELECT coalesce(max(last_pull_at), 0), coalesce(min(epoch), '') = '', coalesce(min(checked_at), 0) FROM scope_state"
        " WHERE access <> 'none'"
    ).fetchone()
    # Rows of one scope mean little without the others': until each was here once, nothing was synchronised.
    (held,) = connection.execute(
        "SELECT coalesce(sum(m.rows), 0) FROM mutation m JOIN scope_state c ON c.k = m.scope"
        " WHERE m.state IN ('waiting', 'sending') AND m.void = 0 AND c.access <> 'rw'"
    ).fetchone()
    level = connection.execute("SELECT value FROM meta WHERE key = ?", (LEVEL,)).fetchone()
    last = max(last, int(level[0]) if level is not None else 0)
    return Counts(
        waiting=actions,
        waiting_rows=rows,
        conflicts=conflicts,
        refused=refused,
        last_sync=0 if missing else last,
        complete=not missing,
        unread=count_unread(connection),
        checked_at=checked,
        held=held,
        aside=aside,
    )


def count_unread(connection: sqlite3.Connection) -> int:
    """Return how many rows and lines of the platform were put aside because this version cannot read them."""
    return int(connection.execute("SELECT count(*) FROM unknown_rows").fetchone()[0])
