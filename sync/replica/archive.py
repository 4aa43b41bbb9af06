"""The archive: answered and delivered work, kept to be sent again to a platform that was put back from a backup.

It is never trimmed by count. By age only below the version that every backup of the platform has, or after thirty days where the
platform does not say which that is; ages are measured on the platform's clock. Trimming ends only the sending again: body and
action, and with them history and undo, stay, packed.
"""

from __future__ import annotations

import zlib

from sync.replica.store import Store

KEPT_MS = 30 * 24 * 3600 * 1000
LOOKED_EVERY_MS = 24 * 3600 * 1000
_LOOKED = "archive_looked_at"
_AT_ONCE = 2_000
"""Mutations packed by one look: it happens inside the transaction that adopts a hello."""


def trim(store: Store, server_time: int) -> int:
    """Trim what is old enough, once a day; return how many mutations were. `server_time` is the platform's, unix ms."""
    looked = int(store.meta(_LOOKED, "0"))
    if 0 <= server_time - looked < LOOKED_EVERY_MS:
        return 0
    rows = store.all(
        "SELECT m.id, m.body FROM mutation m JOIN scope_state s ON s.k = m.scope WHERE m.trimmed = 0 AND m.confirmed = 1"
        " AND m.state IN ('applied', 'partly') AND m.settled_at > 0 AND m.settled_at < ?"
        " AND (s.safe_version = 0 OR (m.ver <= s.safe_version AND s.epoch = s.server_epoch)) ORDER BY m.id LIMIT ?",
        server_time - KEPT_MS,
        _AT_ONCE,
    )
    store.many(
        "UPDATE mutation SET trimmed = 1, body = ? WHERE id = ?",
        [(zlib.compress(body), mutation) for mutation, body in rows],
    )
    if len(rows) < _AT_ONCE:
        store.set_meta(_LOOKED, str(server_time))
    return len(rows)
