"""What a restore of the platform came to on this machine: kept from the moment it was noticed until its user has seen it."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from sync.replica.lost import LOST
from sync.replica.records import Restoration
from sync.replica.store import ChangeLog, Store, json_list

if TYPE_CHECKING:  # handed through; the messages cost 40 ms to import
    from planner_core.wire.feed import KnownReply

KEY = "restored/"
"""Key of a scope's notice, before the scope's uid."""

_KEPT = (
    "SELECT c.k, c.id, coalesce(nullif(c.name, ''), s.name, ''), m.value FROM meta m JOIN scope_state c ON m.key = ? || c.id"
    " LEFT JOIN site s ON s.uid = c.id ORDER BY 3, c.id"
)
_FORGOTTEN = (
    "SELECT coalesce(sum(rows), 0) FROM mutation WHERE scope = ? AND op_id IN (SELECT value FROM json_each(?))"
    " AND (state IN ('applied', 'partly') OR (state = 'sending' AND was > 0))"
)
_ON_ITS_WAY = (
    "SELECT coalesce(sum(rows), 0) FROM mutation WHERE scope = ? AND void = 0 AND state IN ('waiting', 'sending')"
    " AND was IS NOT NULL"
)
_ASKS = (
    "SELECT count(*) FROM review r WHERE r.scope = ? AND r.state = 'open' AND (r.kind = ? OR EXISTS (SELECT 1 FROM json_each(r.ops) j"
    " JOIN mutation m ON m.op_id = j.value WHERE m.was IS NOT NULL OR m.verdict = 'too_old'))"
)
_LOST = "SELECT coalesce(sum(json_array_length(ids)), 0) FROM review WHERE scope = ? AND state = 'open' AND kind = ?"


def note(store: Store, scope: int, reply: KnownReply, *, at: int, log: ChangeLog) -> None:
    """Keep that the platform began another history, and how much of ours it had forgotten; `at` in unix milliseconds.

    To be called before what it forgot is queued again. Where only this replica is another one (a fork), nothing is kept.
    """
    uid, *ours = store.one("SELECT id, epoch, reconciled_epoch FROM scope_state WHERE k = ?", scope)
    if not any(ours) or reply.epoch in ours:
        return
    before = json.loads(store.meta(KEY + uid, "{}"))
    again = int(store.value(_FORGOTTEN, scope, json_list(reply.unknown)))
    # Put back twice before anybody looked: it is said once, with the larger of both figures.
    kept = {"epoch": reply.epoch, "at": at, "again": max(again, before.get("again", 0))}
    store.set_meta(KEY + uid, json.dumps(kept))
    log.note("scope")


def listed(connection: sqlite3.Connection) -> list[Restoration]:
    """Return what the user has not seen yet, by site, with how it stands now."""
    found = []
    for scope, uid, name, text in connection.execute(_KEPT, (KEY,)).fetchall():
        kept = json.loads(text)
        (leaving,) = connection.execute(_ON_ITS_WAY, (scope,)).fetchone()
        (asks,) = connection.execute(_ASKS, (scope, LOST)).fetchone()
        (lost,) = connection.execute(_LOST, (scope, LOST)).fetchone()
        waiting = min(leaving, kept["again"])
        found.append(Restoration(uid, name, kept["epoch"], kept["at"], kept["again"], waiting, asks, lost))
    return found


def seen(store: Store, log: ChangeLog) -> None:
    """The user has seen all of it."""
    if store.run("DELETE FROM meta WHERE substr(key, 1, ?) = ?", len(KEY), KEY):
        log.note("scope")
