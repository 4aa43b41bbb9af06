"""A backup put in the replica's place: it replaces rows, and nothing else.

Edits, history, answers and questions of both files are united by their ids, because what was accepted since the backup was made is
accepted still. The file that comes out is a new one with a new name on the platform. It is made aside, complete and checkpointed;
then the old file's log is removed, because it would be replayed into whatever takes its place; then the new one is renamed over it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from sync.clock import Clock
from sync.errors import NotFound, OwnerMismatch, ReplicaCorrupt
from sync.ids import IdMaker
from sync.replica import recovery
from sync.replica.bodies import decode, row_ids
from sync.replica.hooks import BEFORE_SWAP_OF_FILES
from sync.replica.journal import owner_in, sync_folder
from sync.replica.journaling import owner_of
from sync.replica.lock import ReplicaLock
from sync.replica.opening import SIDE_FILES, open_writer
from sync.replica.overlay import Overlay, refresh_review_marks
from sync.replica.scopes import NO_STAGE
from sync.replica.store import FAULTS, ChangeLog, Store, trouble

RESTORED_FROM = "restored_from"
_ASIDE = ".restoring"
# What identifies a mutation's place in this file; everything else is taken as it is.
_OWN = ("id", "scope")
_SEEN_STATE = (
    *("state", "confirmed", "verdict", "ver", "results", "settled_at"),
    *("seq", "replica", "was", "made", "epoch", "trimmed", "body"),
)


@dataclass(frozen=True, slots=True)
class Around:
    """What a restore needs of its surroundings. `pause` is called when everything is ready, before anything changes."""

    clock: Clock
    ids: IdMaker
    reach: Callable[[str], None]
    pause: Callable[[], None]


def restore(replica_path: Path, backup: Path, around: Around) -> int:
    """Put a backup in a replica's place; return how many mutations wait.

    Raises ReplicaLocked, OwnerMismatch, ReplicaCorrupt, ReplicaTrouble.
    """
    lock = ReplicaLock(replica_path.with_name(f"{replica_path.name}.lock"))
    try:
        present = _present(replica_path, around)
        aside = replica_path.with_name(f"{replica_path.name}{_ASIDE}")
        _remove(aside)
        waiting = _made_aside(backup, aside, present, around)
        around.pause()
        around.reach(BEFORE_SWAP_OF_FILES)
        for suffix in SIDE_FILES:
            replica_path.with_name(replica_path.name + suffix).unlink(missing_ok=True)
        around.reach(BEFORE_SWAP_OF_FILES)
        aside.replace(replica_path)
        sync_folder(replica_path.parent)
        _remove(aside)
        return waiting
    except FAULTS as error:
        raise trouble(error) from error
    finally:
        lock.release()


def _present(path: Path, around: Around) -> Path | None:
    """Bring the present file to rest, its log merged into it. None: there is none, or it is damaged and was moved aside."""
    try:
        store = open_writer(path, around.clock, around.ids, around.reach, create=False)
    except (NotFound, ReplicaCorrupt):
        return None
    with closing(store.connection):
        store.set_meta("clean", "1")
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return path


def _made_aside(backup: Path, aside: Path, present: Path | None, around: Around) -> int:
    address = f"{backup.resolve().as_uri()}?mode=ro&immutable=1"
    with (
        closing(sqlite3.connect(address, uri=True)) as source,
        closing(sqlite3.connect(aside, isolation_level=None)) as copy,
    ):
        _check(source, backup)
        source.backup(copy)
    store = open_writer(aside, around.clock, around.ids, around.reach, create=False)
    with closing(store.connection):
        if present is not None:
            store.run("ATTACH ? AS here", str(present))
            _check_owner(store)
        with store.write() as log:
            if present is not None:
                _unite(store, log)
            recovery.fork(store, around.ids)
            store.set_meta("file_id", around.ids.uid())
            store.set_meta(RESTORED_FROM, backup.name)
            # The next opening gives the file the nonce of its place: it is no copy of another one.
            store.run("DELETE FROM meta WHERE key IN ('nonce') OR key LIKE 'backup%'")
        waiting = store.value(
            "SELECT count(*) FROM mutation WHERE state IN ('waiting', 'sending') AND void = 0"
        )
        if present is not None:
            store.run("DETACH here")
        store.set_meta("clean", "1")
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return int(waiting)


def _check(source: sqlite3.Connection, backup: Path) -> None:
    try:
        found = source.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # The words of the check can hold bytes of the damage.
        found = str(error)
    if found != "ok":
        raise ReplicaCorrupt(
            "backup_corrupt",
            f"The backup {backup} is damaged ({found}). Nothing was changed.",
            "Choose another one: planner backup list",
        )


def _check_owner(store: Store) -> None:
    here = store.value("SELECT value FROM here.meta WHERE key = 'owner'")
    if not here or not store.meta("owner"):
        return
    mine = owner_of(store)
    if owner_in(here) != mine:
        raise OwnerMismatch(
            "owner_mismatch",
            f"The backup holds the work of user {mine[2]} at {mine[0]}, the folder that of another one.",
            "Choose a backup of this account: planner backup list",
        )


def _unite(store: Store, log: ChangeLog) -> None:
    overlay = Overlay(store, log)
    # What either file has on top of its rows is computed anew: on top of the backup's rows, as the present file knows it.
    overlay.touch(_pending(store))
    asked = _asked(store, "main")
    _unite_scopes(store)
    _unite_edits(store)
    _unite_questions(store)
    overlay.touch(_pending(store))
    overlay.recompute()
    for entity, uids in _joined(asked, _asked(store, "main")).items():
        refresh_review_marks(store, log, entity, uids)
    store.run("DELETE FROM stage")


def _pending(store: Store) -> dict[str, set[str]]:
    bodies = store.all("SELECT body FROM mutation WHERE confirmed = 0 ORDER BY id")
    return row_ids(operation for (body,) in bodies for operation in decode(body).operations)


def _asked(store: Store, db: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entity, uid in store.all(
        f"SELECT r.entity, j.value FROM {db}.review r, json_each(r.ids) j WHERE r.state = 'open'"
    ):
        found.setdefault(entity, set()).add(uid)
    return found


def _joined(one: dict[str, set[str]], other: dict[str, set[str]]) -> dict[str, set[str]]:
    return {entity: one.get(entity, set()) | other.get(entity, set()) for entity in {*one, *other}}


def _unite_scopes(store: Store) -> None:
    """What the platform told last holds; where the rows stand is the backup's."""
    store.run(
        "INSERT INTO main.scope_state (id, kind, name, access, need_snapshot) SELECT id, kind, name, access, 1 FROM here.scope_state"
        " WHERE id NOT IN (SELECT id FROM main.scope_state)"
    )
    names = ("name", "access", "server_epoch", "told_epoch", "told_version", "told_token", "reconciled_epoch")
    store.run(
        f"UPDATE main.scope_state AS s SET ({', '.join(names)}) = (SELECT {', '.join(names)} FROM here.scope_state h"
        " WHERE h.id = s.id) WHERE id IN (SELECT id FROM here.scope_state)"
    )
    store.run(
        f"UPDATE main.scope_state SET {NO_STAGE}, checked_at = 0, checked_version = 0,"
        " need_snapshot = CASE WHEN epoch <> server_epoch THEN 1 ELSE need_snapshot END"
    )


def _unite_edits(store: Store) -> None:
    columns = [name for name in _columns(store, "mutation") if name not in _OWN]
    listed = ", ".join(columns)
    store.run(
        f"UPDATE main.mutation AS m SET ({', '.join(_SEEN_STATE)}) = (SELECT {', '.join(_SEEN_STATE)} FROM here.mutation h"
        " WHERE h.op_id = m.op_id) WHERE op_id IN (SELECT op_id FROM here.mutation)"
    )
    store.run(
        f"INSERT INTO main.mutation (scope, {listed}) SELECT s.k, {', '.join(f'h.{name}' for name in columns)} FROM here.mutation h"
        " JOIN here.scope_state t ON t.k = h.scope JOIN main.scope_state s ON s.id = t.id"
        " WHERE h.op_id NOT IN (SELECT op_id FROM main.mutation) ORDER BY h.id"
    )
    actions = [name for name in _columns(store, "action") if name != "n"]
    updates = ", ".join(f"{name} = excluded.{name}" for name in actions if name != "id")
    store.run(
        f"INSERT INTO main.action ({', '.join(actions)}) SELECT {', '.join(actions)} FROM here.action WHERE true ORDER BY n"
        f" ON CONFLICT (id) DO UPDATE SET {updates}"
    )


def _unite_questions(store: Store) -> None:
    """Questions as the present file has them, with the copies of lost rows that some of them speak of."""
    for table, key in (("review", "id"), ("keepsake", "uid")):
        columns = [name for name in _columns(store, table) if name != "scope"]
        updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name != key)
        store.run(
            f"INSERT INTO main.{table} (scope, {', '.join(columns)}) SELECT s.k, {', '.join(f'h.{name}' for name in columns)}"
            f" FROM here.{table} h JOIN here.scope_state t ON t.k = h.scope JOIN main.scope_state s ON s.id = t.id WHERE true"
            f" ON CONFLICT ({key}) DO UPDATE SET {updates}"
        )


def _columns(store: Store, table: str) -> list[str]:
    return [name for (name,) in store.all("SELECT name FROM pragma_table_info(?)", table)]


def _remove(aside: Path) -> None:
    for suffix in ("", *SIDE_FILES):
        with suppress(FileNotFoundError):
            aside.with_name(aside.name + suffix).unlink()
