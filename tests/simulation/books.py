"""A replica's file as it lies on the disk, read past the product. Each row is taken apart once: at the next look most are the same."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from tests.simulation.sight import FIELDS, READ_ONCE, Item, Kept, Replica, Row, Standing, row_of

_HOT = (
    "SELECT w.uid, coalesce(h.ver, 0), h.base_deleted, b.uid, h.base_status, h.base_disabled, h.base_volume_override,"
    " h.base_difficulty_override, h.deleted, e.uid, h.status, h.disabled, h.volume_override, h.difficulty_override, h.mark & 1,"
    " t.uid, s.uid FROM keyword w JOIN keyword_hot h ON h.k = w.k LEFT JOIN cluster b ON b.k = h.base_cluster"
    " LEFT JOIN cluster e ON e.k = h.cluster LEFT JOIN sector t ON t.k = w.sector LEFT JOIN seed s ON s.k = w.seed"
)


_SMALL = {
    entity: f"SELECT uid, coalesce(ver, 0), base, deleted, mark & 1, sector, {key}, {', '.join(FIELDS[entity])} FROM {entity}"
    for entity, key in (("cluster", "folded"), ("idea", "''"))
}


class Books:
    """A replica's file, read through a connection that is between two transactions."""

    def __init__(self, kept: sqlite3.Connection) -> None:
        self._kept = kept

    def all(self, sql: str, *values: Any) -> list[Any]:
        """Run a query."""
        return self._kept.execute(sql, values).fetchall()

    def commit(self) -> tuple[str, int]:
        """Return (file id, number of the last commit)."""
        found = dict(self.all("SELECT key, value FROM meta WHERE key IN ('file_id', 'commit')"))
        return str(found.get("file_id", "")), int(found["commit"])

    def mutations(self) -> list[Kept]:
        """Return all mutations, oldest first."""
        rows = self.all(
            "SELECT id, action, replica, seq, op_id, sha256, state, confirmed, void, verdict, ver, supersedes, undo_of, results,"
            " trimmed"
            " FROM mutation ORDER BY id"
        )
        return [_kept(row) for row in rows]

    def undone_alone(self) -> list[str]:
        """Return the operations of actions that count as undone without an inverse."""
        rows = self.all(
            "SELECT m.op_id FROM mutation m JOIN action a ON a.id = m.action WHERE a.undone_by = a.id"
        )
        return [op for (op,) in rows]

    def bodies(self, ops: Sequence[str]) -> dict[str, bytes]:
        """Return the bodies of operations; those of old work are kept packed."""
        wanted = json.dumps(list(ops))
        rows = self.all(
            "SELECT op_id, body FROM mutation WHERE op_id IN (SELECT value FROM json_each(?))", wanted
        )
        return {op: body if body.startswith(b"{") else zlib.decompress(body) for op, body in rows}

    def items(self) -> dict[str, Item]:
        """Return all review items."""
        rows = self.all(
            "SELECT id, kind, code, uid, ids, coalesce(grp, ''), state, coalesce(decided, ''), coalesce(ops, '[]'), coalesce(ver, 0)"
            " FROM review"
        )
        return {row[0]: _item(row) for row in rows}

    def replica(self) -> Replica:
        """Read the site's part."""
        base: dict[str, Row] = {}
        shown: dict[str, Row] = {}
        for uid, old, new in (
            *map(_keyword_rows, self.all(_HOT)),
            *(_small_rows("cluster", row) for row in self.all(_SMALL["cluster"])),
            *(_small_rows("idea", row) for row in self.all(_SMALL["idea"])),
        ):
            if old is not None:
                base[uid] = old
            if new is not None:
                shown[uid] = new
        aliases = self.all("SELECT old, new, ver FROM alias")
        unread = self.all("SELECT raw FROM unknown_rows")
        replica_id = self.all("SELECT value FROM meta WHERE key = 'replica_id'")
        return Replica(
            replica_id[0][0] if replica_id else "",
            self.standing(),
            base,
            shown,
            {old: new for old, new, ver in aliases if ver > 0},
            {old: new for old, new, ver in aliases if ver == 0},
            frozenset(
                raw.decode(errors="replace") if isinstance(raw, bytes) else str(raw) for (raw,) in unread
            ),
        )

    def standing(self) -> Standing | None:
        """Return where the replica stands in the site's scope; None before it heard of it."""
        found = self.all(
            "SELECT access, epoch, server_epoch, version, CASE told_epoch WHEN server_epoch THEN told_version ELSE 0 END,"
            " CASE told_epoch WHEN server_epoch THEN told_token ELSE '' END, need_snapshot, next_seq, last_ack_seq, last_ack_op"
            " FROM scope_state WHERE kind = 'site'"
        )
        return Standing(*found[0]) if found else None


_Both = tuple[str, Row | None, Row | None]
"""(uid, the row as the platform said it, the row as it is shown)."""


@lru_cache(maxsize=READ_ONCE)
def _keyword_rows(raw: tuple[Any, ...]) -> _Both:
    names = FIELDS["keyword"]
    old = None if raw[2] is None or raw[2] == 2 else (raw[2], dict(zip(names, raw[3:8], strict=True)))
    new = (raw[8], dict(zip(names, raw[9:14], strict=True)))
    return _both("keyword", raw[0], raw[1], old, new, raw[14], (raw[15], raw[16]))


@lru_cache(maxsize=READ_ONCE)
def _small_rows(entity: str, raw: tuple[Any, ...]) -> _Both:
    uid, ver, packed, deleted, waits, sector, folded, *values = raw
    now = (deleted, dict(zip(FIELDS[entity], values, strict=True)))
    kept = json.loads(packed) if packed else None
    old = now if kept is None else (kept["deleted"], kept)
    key = (sector, folded) if entity == "cluster" else None
    return _both(entity, uid, ver, old if old[0] in (0, 1) else None, now, waits, key)


def _both(entity: str, uid: str, ver: int, old: Any, new: Any, waits: int, key: Any) -> _Both:
    base = shown = None
    if old is not None and ver:
        base = row_of(entity, uid, ver, old[1], deleted=old[0] == 1, key=key)
    if new[0] in (0, 1):
        shown = row_of(entity, uid, ver, new[1], deleted=new[0] == 1, key=key, pending=bool(waits))
    return uid, base, shown


@lru_cache(maxsize=READ_ONCE)
def _kept(raw: tuple[Any, ...]) -> Kept:
    supersedes = tuple(json.loads(raw[11] or "[]"))
    return Kept(*[*raw[:7], bool(raw[7]), bool(raw[8]), *raw[9:11], supersedes, *raw[12:]])


@lru_cache(maxsize=READ_ONCE)
def _item(raw: tuple[Any, ...]) -> Item:
    return Item(*[*raw[:4], tuple(json.loads(raw[4])), *raw[5:8], tuple(json.loads(raw[8])), raw[9]])
