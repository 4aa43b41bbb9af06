"""Scopes: what the platform says there is, where we stand in each, what we have been told."""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from planner_core.entities import SCOPE_ENTITIES
from sync.errors import NotFound
from sync.replica import guard
from sync.replica.layout import tables
from sync.replica.records import ScopeRow, Staged
from sync.replica.store import ChangeLog, Store

if TYPE_CHECKING:  # handed through; the messages cost 40 ms to import
    from planner_core.wire.feed import HelloReply

SCOPES = (
    "SELECT id, kind, name, access, epoch, server_epoch, cursor, version,"
    " CASE told_epoch WHEN server_epoch THEN told_version ELSE 0 END, CASE told_epoch WHEN server_epoch THEN told_token ELSE '' END,"
    " need_snapshot, reconciled_epoch, last_pull_at, last_ack_seq, last_ack_op, next_seq,"
    " (SELECT count(*) FROM mutation m WHERE m.scope = s.k AND m.state IN ('waiting', 'sending')),"
    " (SELECT count(*) FROM mutation m WHERE m.scope = s.k AND m.confirmed = 0 AND m.state IN ('applied', 'partly')),"
    " stage_kind, stage_snapshot, stage_epoch, stage_cursor, stage_at, stage_more, stage_pages, stage_rows,"
    " checked_at, checked_version, guard_rows, guard_of, guard_kinds, guard_allowed, tables, safe_version, need_compare FROM scope_state s"
    " ORDER BY CASE kind WHEN 'account' THEN 0 WHEN 'library' THEN 1 ELSE 2 END, id"
)

NO_STAGE = (
    "stage_kind = '', stage_snapshot = 0, stage_epoch = '', stage_cursor = '', stage_at = 0, stage_more = 0, stage_pages = 0,"
    f" stage_rows = 0, stage_version = 0, {guard.NO_GUARD}"
)
"""Without staged pages: what waits for the user's word goes with them."""

_FIELDS = tuple(field.name for field in fields(ScopeRow))


def scope_row(row: tuple[Any, ...]) -> ScopeRow:
    """Return one row of SCOPES as plain data."""
    kind, snapshot, epoch, cursor, at, more, pages, rows = row[18:26]
    checked_at, checked_version, *question, held, safe, compare = row[26:]
    values = dict(zip(_FIELDS[:18], row, strict=False)) | {"need_snapshot": bool(row[10])}
    return ScopeRow(
        **values,
        staged=Staged(kind, bool(snapshot), epoch, cursor, at, bool(more), pages, rows) if kind else None,
        checked_at=checked_at,
        checked_version=checked_version,
        guard=guard.loaded(tuple(question)),
        tables=held,
        safe_version=safe,
        need_compare=bool(compare),
    )


class Scopes:
    """All scopes as they were last read: a round asks for them after each of its steps, and few of those write."""

    def __init__(self) -> None:
        self._read_at: tuple[sqlite3.Connection, int, int] | None = None
        self._rows: list[ScopeRow] = []

    def rows(self, store: Store) -> list[ScopeRow]:
        """Return them, read anew if anything was written since, by whatever connection, or is being written now."""
        connection = store.connection
        if connection.in_transaction:
            return _read(store)
        now = connection, connection.total_changes, store.value("PRAGMA data_version")
        if self._read_at != now:
            self._rows, self._read_at = _read(store), now
        return list(self._rows)


def _read(store: Store) -> list[ScopeRow]:
    return [scope_row(row) for row in store.all(SCOPES)]


def scope_key(store: Store, uid: str) -> int:
    """Return a scope's key. Raises NotFound."""
    found = store.value("SELECT k FROM scope_state WHERE id = ?", uid)
    if found is None:
        raise NotFound("unknown_scope", f"This replica has no scope {uid}.", "Synchronise first.")
    return int(found)


def adopt(store: Store, reply: HelloReply, log: ChangeLog) -> list[int]:
    """Keep names, kinds, access and epochs. What was told of another epoch begins anew; its rows stay until the swap.

    Of a scope the user may not see any more the platform says nothing but that (no epoch): kind and name stay.

    Returns the sites (keys) that may be written from now on and might not before.
    """
    former = dict(store.all("SELECT id, access FROM scope_state"))
    opened = []
    for scope in reply.scopes:
        store.run(
            "INSERT INTO scope_state (id, kind, name, access, server_epoch, need_snapshot) VALUES (?1, ?2, ?3, ?4, ?5, 1)"
            " ON CONFLICT (id) DO UPDATE SET kind = iif(?5 = '', kind, ?2), name = iif(?5 = '', name, ?3), access = ?4,"
            " server_epoch = iif(?5 = '', server_epoch, ?5),"
            " need_snapshot = CASE WHEN (epoch <> ?5 AND ?5 <> '') OR tables NOT IN ('', ?6) THEN 1 ELSE need_snapshot END",
            scope.id,
            scope.kind,
            scope.name,
            scope.access,
            scope.epoch,
            tables(scope.kind),
        )
        store.run(
            "UPDATE scope_state SET told_epoch = ?2, told_version = ?3, told_token = ?4 WHERE id = ?1 AND ?2 <> ''"
            " AND (told_epoch <> ?2 OR told_version < ?3)",
            scope.id,
            scope.epoch,
            scope.version,
            scope.token,
        )
        store.run("UPDATE scope_state SET safe_version = ? WHERE id = ?", scope.safe_version, scope.id)
        if scope.access == "rw" and former.get(scope.id, "rw") != "rw":
            opened.append(scope_key(store, scope.id))
    log.note("scope")
    return opened


def drop(store: Store, scope: int, log: ChangeLog) -> None:
    """Remove a scope's rows, stage, aliases, questions of the platform and cursor at once. Edits and history stay.

    The epoch the edits' results belong to is remembered: if it moved when access comes back, they are compared.
    """
    kind, uid = store.one("SELECT kind, id FROM scope_state WHERE k = ?", scope)
    if kind == "site":
        site = store.value("SELECT k FROM site WHERE uid = ?", uid)
        store.run("DELETE FROM keyword_hot WHERE k IN (SELECT k FROM keyword WHERE site = ?)", site)
        store.run("DELETE FROM keyword WHERE site = ?", site)
        log.rows("keyword", None)
    for entity in SCOPE_ENTITIES[kind]:
        if entity.name == "seed":
            # Keywords of other scopes may still point at them.
            store.run("UPDATE seed SET deleted = 1, ver = 0 WHERE scope = ?", scope)
        elif entity.name != "keyword":
            store.run(f"DELETE FROM {entity.name} WHERE scope = ?", scope)
        log.rows(entity.name, None)
    for table in ("stage", "alias", "unknown_rows"):
        store.run(f"DELETE FROM {table} WHERE scope = ?", scope)
    store.run("DELETE FROM review WHERE scope = ? AND kind = 'conflict' AND state = 'open'", scope)
    store.run(
        "UPDATE scope_state SET access = 'none', cursor = '', epoch = '',"
        " reconciled_epoch = iif(epoch <> '' AND reconciled_epoch <> server_epoch, epoch, reconciled_epoch), version = 0, need_snapshot = 1, checked_at = 0,"
        f" checked_version = 0, tables = '', {NO_STAGE} WHERE k = ?",
        scope,
    )
    log.note("scope", "review")
