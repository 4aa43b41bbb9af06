"""Work that one of the two copies has lost comes back from the other.

What is brought in keeps its op id and its bytes and is sent as the mutation it always was: the platform answers an op id it knows
with the verdict it gave, and compares every other against what is there now. So it is safe to send without asking again, whether
it had been sent before or not. What the platform had not taken goes back to Review with the reason it gave, and is not sent. The
replica takes a new name, because numbers that were used after the lost state would be used a second time.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from sync.ids import IdMaker
from sync.replica import recovery
from sync.replica.bodies import decode, row_ids
from sync.replica.journal import FORMAT, Edit, Header, Journal, Kept, journal_path, owner_in, read
from sync.replica.outbox import Outbox
from sync.replica.overlay import Overlay
from sync.replica.store import FAULTS, ChangeLog, Store, json_list
from sync.replica.verdicts import Verdicts

KEPT = "kept"
"""Part of the names of journals that wait for the owner of their work to claim the new file."""
USER = 2
"""The place of the user's uid in an owner."""
_AFTER_ALL = 1 << 40
"""Numbers above any that were given: what is brought in is numbered anew at once."""
_COLUMNS = (
    "op_id, action, scope, at, part, parts, body, sha256, rows, creates, supersedes, was, made, epoch, undo_of, user, state, confirmed,"
    " verdict, ver, results, void"
)


@dataclass(frozen=True, slots=True)
class Missing:
    """What a journal has and a database has not: work, and cancellations of work that still waits there."""

    edits: Sequence[Edit] = ()
    voided: Collection[str] = ()

    def __bool__(self) -> bool:
        return bool(self.edits or self.voided)


def missing(store: Store, kept: Kept) -> Missing:
    """Return what the database lacks of a journal."""
    known = dict(
        store.all(
            "SELECT op_id, state FROM mutation WHERE op_id IN (SELECT value FROM json_each(?))",
            json_list([*kept.edits, *kept.voided]),
        )
    )
    edits = [edit for op_id, edit in kept.edits.items() if op_id not in known]
    return Missing(edits, {op_id for op_id in kept.voided if known.get(op_id) == "waiting"})


def bring_in(store: Store, outbox: Outbox, ids: IdMaker, lost: Missing, log: ChangeLog) -> int:
    """Take missing work in, in its order, under a new replica id and a new file id; return how many mutations came back."""
    overlay = Overlay(store, log)
    for (body,) in store.all(
        "UPDATE mutation SET state = 'cancelled', confirmed = 1, seq = NULL WHERE state = 'waiting'"
        " AND op_id IN (SELECT value FROM json_each(?)) RETURNING body",
        json_list(lost.voided),
    ):
        overlay.touch(row_ids(decode(body).operations))
    for number, edit in enumerate(lost.edits):
        _insert(store, outbox, edit, _AFTER_ALL + number)
        overlay.touch(row_ids(decode(edit.body).operations))
    _return_to_review(store, outbox, lost.edits, log)
    overlay.recompute()
    recovery.fork(store, ids)
    store.set_meta("file_id", ids.uid())
    log.note("history", "pending", "review")
    return len(lost.edits)


def _insert(store: Store, outbox: Outbox, edit: Edit, seq: int) -> None:
    store.run(
        "INSERT INTO action (id, label, at, origin, undoes, rows) VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT (id) DO NOTHING",
        edit.action,
        edit.label,
        edit.at,
        edit.origin,
        edit.undoes,
    )
    store.run("UPDATE action SET rows = rows + ? WHERE id = ?", edit.rows, edit.action)
    if edit.undoes and edit.origin in ("undo", "redo"):
        store.run(
            "UPDATE action SET undone_by = ? WHERE id = ? AND undone_by IS NULL", edit.action, edit.undoes
        )
    store.run(
        "INSERT INTO mutation (action, part, parts, scope, replica, seq, op_id, sha256, body, rows, creates, void, state, confirmed,"
        " at, supersedes, was, made, epoch, undo_of, user)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 'sending', 0, ?, ?, ?, ?, ?, ?, ?)",
        edit.action,
        edit.part,
        edit.parts,
        outbox.site_scope(edit.scope),
        store.meta("replica_id"),
        seq,
        edit.op_id,
        edit.sha256,
        edit.body,
        edit.rows,
        edit.creates,
        edit.at,
        edit.supersedes,
        # What had a verdict once and is unknown to a restored platform keeps its place among others' edits.
        edit.was if edit.was is not None or edit.confirmed else edit.ver,
        edit.made,
        edit.epoch,
        edit.undo_of,
        edit.user,
    )


def _return_to_review(store: Store, outbox: Outbox, edits: Iterable[Edit], log: ChangeLog) -> None:
    """What had been refused or parked is asked about again; the platform's own conflicts come back with its rows."""
    answered = [edit for edit in edits if edit.verdict and edit.confirmed]
    if not answered:
        return
    # The messages cost 40 ms to import, which only a salvage pays.
    from planner_core.wire.feed import MutationResult  # noqa: PLC0415

    verdicts = Verdicts(store, outbox, log)
    for edit in answered:
        rows = [row for row in json.loads(edit.results or "[]") if row["code"] != "conflict"]
        told = {
            "seq": 0,
            "op_id": edit.op_id,
            "verdict": edit.verdict,
            "ver": edit.ver or 0,
            "rows": rows,
        }
        verdicts.one(outbox.site_scope(edit.scope), MutationResult.model_validate(told), edit.ver or 0)
        store.run(
            "UPDATE mutation SET confirmed = 1, seq = NULL, results = ? WHERE op_id = ?",
            edit.results,
            edit.op_id,
        )
    verdicts.finish()


# ---------------------------------------------------------------------- a file that is moved aside


def keep_work(damaged: Path, aside: Path) -> int:
    """Put what can be read of the work in a damaged replica, and all of its journal, where the next file of this name finds it.

    `aside` is where the damaged file is about to go. Returns how many open mutations were found. Raises nothing: a disk that is
    full or a file that says nothing leaves the damaged file itself, which is never deleted.
    """
    found = _Found()
    with suppress(sqlite3.Error, OSError, ValueError, msgspec.MsgspecError):
        _read_database(damaged, found)
    journal = journal_path(damaged)
    kept = None
    with suppress(OSError):
        kept = read(journal)
    edits = _united(found, kept)
    owner = found.owner or (kept.owner if kept is not None else ())
    file = found.file or (kept.file if kept is not None else "")
    try:
        if edits:
            Journal(_free(journal), _nowhere).replace(Header(FORMAT, file, owner), 0, edits)
    except OSError:
        # No room for a file of both: the journal itself waits, which takes none.
        put_by(journal)
        return len(kept.edits) if kept is not None else 0
    with suppress(OSError):
        journal.replace(aside.with_name(f"{aside.name}.{journal.name}"))
    return len(edits)


def put_by(journal: Path) -> None:
    """Put a journal by that belongs to another file, until somebody claims this one."""
    with suppress(OSError):
        journal.replace(_free(journal))


def put_aside_unreadable(journal: Path) -> None:
    """Move a journal away that says nothing to this version; a newer one may read it."""
    with suppress(OSError):
        if journal.stat().st_size:
            journal.replace(journal.with_name(f"{journal.name}.unreadable"))


def put_by_journals(replica: Path) -> list[Path]:
    """Return the journals that wait for the owner of their work, oldest first."""
    journal = journal_path(replica)
    return sorted(
        path for path in journal.parent.glob(f"{journal.name}.{KEPT}-*") if path.suffix[1:].startswith(KEPT)
    )


def is_work_of(kept: Kept, owner: tuple[str, ...]) -> bool:
    """Whether a journal's work is an owner's. Where a damaged file no longer said whose it is, the edits themselves do."""
    if kept.owner:
        return kept.owner == owner
    return len(owner) > USER and all(edit.user == owner[USER] for edit in kept.edits.values())


def read_put_by(path: Path) -> Kept | None:
    """Return what a journal that was put by says; None if it cannot be read now."""
    try:
        return read(path)
    except OSError:
        return None


@dataclass(slots=True)
class _Found:
    """What could be read of a damaged database."""

    file: str = ""
    owner: tuple[str, ...] = ()
    edits: dict[str, Edit] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)


def _united(found: _Found, kept: Kept | None) -> list[Edit]:
    """Both copies as one: open is what one of them holds open and neither calls settled."""
    if kept is None:
        return list(found.edits.values())
    settled = found.settled | kept.settled | kept.voided
    # Of two states of one mutation the journal's is believed: its frames are checked.
    both = found.edits | kept.edits
    return sorted((edit for edit in both.values() if edit.op_id not in settled), key=lambda edit: edit.number)


def _read_database(path: Path, found: _Found) -> None:
    """Read open work row by row, from the front and, behind what is broken, from the back."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        meta: dict[str, str] = {}
        with suppress(sqlite3.Error):
            meta = dict(connection.execute("SELECT key, value FROM meta"))
        found.file = meta.get("file_id", "")
        found.owner = owner_in(meta.get("owner", ""))
        scopes: dict[int, str] = {}
        with suppress(sqlite3.Error):
            scopes = dict(connection.execute("SELECT k, id FROM scope_state"))
        actions: dict[str, tuple[str, str | None]] = {}
        with suppress(sqlite3.Error):
            for uid, origin, undoes in connection.execute("SELECT id, origin, undoes FROM action"):
                actions[uid] = (origin, undoes)
        context = _Context(scopes, actions, _asked(connection))
        for _, row in sorted(_rows(connection).items()):
            _take(found, row, context)


@dataclass(frozen=True, slots=True)
class _Context:
    """What the rows of a damaged file refer to, as far as it could be read."""

    scopes: Mapping[int, str]
    actions: Mapping[str, tuple[str, str | None]]
    asked: Collection[str] | None
    """Op ids of which something is asked; None: nobody knows."""

    def is_settled(self, row: sqlite3.Row) -> bool:
        """Whether nothing of a mutation is open any more. Where nobody knows, what was not taken is asked about again."""
        if not row["confirmed"]:
            return False
        if self.asked is None:
            return row["state"] not in ("refused", "parked")
        return row["op_id"] not in self.asked


def _asked(connection: sqlite3.Connection) -> set[str] | None:
    asked: set[str] = set()
    try:
        for (ops,) in connection.execute(
            "SELECT ops FROM review WHERE state = 'open' AND kind <> 'conflict'"
        ):
            asked.update(json.loads(ops))
    except (sqlite3.Error, ValueError):
        return None
    return asked


def _rows(connection: sqlite3.Connection) -> dict[int, sqlite3.Row]:
    rows: dict[int, sqlite3.Row] = {}
    for direction in ("", " DESC"):
        try:
            cursor = connection.execute(
                f"SELECT id, {_COLUMNS} FROM mutation NOT INDEXED ORDER BY id{direction}"
            )
            cursor.row_factory = sqlite3.Row
            for row in cursor:
                rows[row["id"]] = row
        except FAULTS:
            continue
        break
    return rows


def _take(found: _Found, row: sqlite3.Row, context: _Context) -> None:
    op_id, body = row["op_id"], row["body"]
    is_whole = isinstance(body, bytes) and hashlib.sha256(body).hexdigest() == row["sha256"]
    if row["void"] or not isinstance(op_id, str) or not is_whole:
        return
    if context.is_settled(row):
        found.settled.add(op_id)
        return
    scope = context.scopes.get(row["scope"])
    if scope is None:
        return
    origin, undoes = context.actions.get(row["action"], ("user", None))
    names = set(Edit.__struct_fields__) - {"number", "scope", "label", "origin", "undoes"}
    try:
        edit = Edit(
            **{name: row[name] for name in names},
            number=row["id"],
            scope=scope,
            label=decode(body).label,
            origin=origin,
            undoes=undoes,
        )
        # A struct does not check what it is made of; what is read is checked.
        found.edits[op_id] = msgspec.msgpack.decode(msgspec.msgpack.encode(edit), type=Edit)
    except (msgspec.ValidationError, ValueError, TypeError):
        return


def _free(journal: Path) -> Path:
    number = 1
    while (target := journal.with_name(f"{journal.name}.{KEPT}-{number}")).exists():
        number += 1
    return target


def _nowhere(_name: str) -> None:
    return None
