"""Actions and their mutations: what was done, what of it must be sent, and under which number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from planner_core.operations import Create, Operation, Set
from sync.clock import Clock
from sync.ids import IdMaker
from sync.replica.bodies import decode, encode, make_body, only, pack
from sync.replica.classes import Ids
from sync.replica.store import ChangeLog, Store, json_list

OVERLAY = "SELECT id, scope, body FROM mutation WHERE confirmed = 0 ORDER BY id"
"""Pending work, in the order it was done: everything whose result was not delivered as rows yet."""

_NAMED = "FROM json_each(?) j CROSS JOIN keyword w ON w.uid = j.value"
_SCOPE_OF_SITE = "JOIN site s ON s.k = {} JOIN scope_state c ON c.id = s.uid"


@dataclass(frozen=True, slots=True)
class Part:
    """One mutation to be: operations in one scope."""

    scope: int
    operations: Sequence[Operation]
    undo_of: str | None = None
    supersedes: Sequence[str] = ()
    again: str = ""
    """The operation of which this sends a part again by itself. What it supersedes under its own action it sends again, too."""


class MutationRow(NamedTuple):
    """A kept mutation, as far as most steps need it."""

    id: int
    action: str
    scope: int
    seq: int | None
    op_id: str
    state: str
    void: int
    ver: int | None
    body: bytes


_COLUMNS = "id, action, scope, seq, op_id, state, void, ver, body"


class Outbox:
    """Writes actions and mutations within the caller's transaction."""

    def __init__(self, store: Store, clock: Clock, ids: IdMaker) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    # ------------------------------------------------------------------ writing

    def begin(self, label: str, origin: str, *, undoes: str | None = None) -> str:
        """Start an action and return its id."""
        action = self._ids.uid()
        self._store.run(
            "INSERT INTO action (id, label, at, origin, undoes, rows) VALUES (?, ?, ?, ?, ?, 0)",
            action,
            label,
            self._clock.now_ms(),
            origin,
            undoes,
        )
        return action

    def new_uid(self) -> str:
        """Return an id for a row to be made."""
        return self._ids.uid()

    def now_ms(self) -> int:
        """Return the present moment in unix milliseconds, for display."""
        return self._clock.now_ms()

    def append(self, action: str, parts: Sequence[Part], log: ChangeLog) -> int:
        """Append an action's mutations with the next dense numbers of their scopes; return the rows they name."""
        label, at = self._store.one("SELECT label, at FROM action WHERE id = ?", action)
        known = self._store.value("SELECT count(*) FROM mutation WHERE action = ?", action)
        rows = 0
        for number, part in enumerate(parts, known + 1):
            body = make_body(
                action,
                label,
                at,
                part.operations,
                part=number,
                parts=known + len(parts),
                undo_of=part.undo_of,
                supersedes=part.supersedes,
            )
            rows += self._insert(action, number, known + len(parts), part, encode(body), at)
        self._store.run("UPDATE action SET rows = rows + ? WHERE id = ?", rows, action)
        log.note("history", "pending")
        return rows

    def _insert(self, action: str, number: int, parts: int, part: Part, encoded: Any, at: int) -> int:
        seq, made, epoch = self._store.one(
            "UPDATE scope_state SET next_seq = next_seq + 1 WHERE k = ? RETURNING next_seq - 1, version, epoch",
            part.scope,
        )
        self._store.run(
            "INSERT INTO mutation (action, part, parts, scope, replica, seq, op_id, sha256, body, rows, creates, void, state,"
            " confirmed, at, supersedes, was, made, epoch, undo_of, user)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 'waiting', 0, ?, ?, ?, ?, ?, ?, ?)",
            action,
            number,
            parts,
            part.scope,
            self._store.meta("replica_id"),
            seq,
            self._ids.uid(),
            encoded.sha256,
            encoded.body,
            encoded.rows,
            encoded.creates,
            at,
            json_list(part.supersedes),
            self._was(action, [part.again, *part.supersedes]),
            made,
            epoch,
            part.undo_of,
            self._user(),
        )
        return int(encoded.rows)

    def _was(self, action: str, former: Sequence[str]) -> int | None:
        """Return the first version that work had in a lost history, if it is sent again by itself: others had seen it there."""
        if not any(former):
            return None
        found = self._store.value(
            "SELECT min(was) FROM mutation WHERE action = ? AND op_id IN (SELECT value FROM json_each(?))",
            action,
            json_list(former),
        )
        return None if found is None else int(found)

    def _user(self) -> str:
        owner = self._store.meta("owner")
        return str(json.loads(owner)["user"]) if owner else ""

    def void(self, mutation: MutationRow, operations: Sequence[Operation] = ()) -> None:
        """Replace a mutation without a verdict by one with its number, a new op id and the remaining operations (none: a void).

        The number stays in use because the platform accepts no hole; the op id is new because a body never changes under its own.
        The new one takes the former's place in the order of work: what came after it was made on top of it.
        """
        label, at = self._store.one("SELECT label, at FROM action WHERE id = ?", mutation.action)
        part, parts, undo_of = self._store.one(
            "SELECT part, parts, undo_of FROM mutation WHERE id = ?", mutation.id
        )
        encoded = encode(
            make_body(
                mutation.action,
                label if operations else "",
                at,
                operations,
                part=part,
                parts=parts,
                undo_of=undo_of if operations else None,
                supersedes=[mutation.op_id],
            )
        )
        keep = (
            "action",
            "part",
            "parts",
            "scope",
            "replica",
            "at",
            "was",
            "made",
            "epoch",
            "undo_of",
            "user",
        )
        names = ", ".join(keep)
        aside = int(self._store.value("SELECT max(id) + 1 FROM mutation"))
        self._store.run("UPDATE mutation SET id = ?, seq = NULL WHERE id = ?", aside, mutation.id)
        self._store.run("UPDATE mutation SET state = 'cancelled', confirmed = 1 WHERE id = ?", aside)
        self._store.run(
            f"INSERT INTO mutation (id, {names}, seq, op_id, sha256, body, rows, creates, void, state, confirmed, supersedes)"
            f" SELECT ?, {names}, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0, ? FROM mutation WHERE id = ?",
            mutation.id,
            mutation.seq,
            self._ids.uid(),
            encoded.sha256,
            encoded.body,
            encoded.rows,
            encoded.creates,
            0 if operations else 1,
            json_list([mutation.op_id]),
            aside,
        )

    # ------------------------------------------------------------------ reading

    def of_action(self, action: str) -> list[MutationRow]:
        """Return an action's mutations in the order they were made."""
        rows = self._store.all(f"SELECT {_COLUMNS} FROM mutation WHERE action = ? ORDER BY id", action)
        return [MutationRow(*row) for row in rows]

    def by_op(self, op_id: str) -> MutationRow | None:
        """Return the mutation of an op id."""
        row = self._store.one(f"SELECT {_COLUMNS} FROM mutation WHERE op_id = ?", op_id)
        return None if row is None else MutationRow(*row)

    def by_id(self, number: int) -> MutationRow:
        """Return a mutation by its place in the order of work."""
        return MutationRow(*self._store.one(f"SELECT {_COLUMNS} FROM mutation WHERE id = ?", number))

    def waiting_after(self, first: int) -> list[MutationRow]:
        """Return unsent mutations made after the one of that id."""
        rows = self._store.all(
            f"SELECT {_COLUMNS} FROM mutation WHERE state = 'waiting' AND void = 0 AND id > ? ORDER BY id",
            first,
        )
        return [MutationRow(*row) for row in rows]

    def pending_ids(self, scope: int) -> list[Operation]:
        """Return the operations of all pending work of a scope."""
        rows = self._store.all(
            "SELECT body FROM mutation WHERE confirmed = 0 AND scope = ? ORDER BY id", scope
        )
        return [operation for (body,) in rows for operation in decode(body).operations]

    # ------------------------------------------------------------------ which scope

    def cut(self, pieces: Iterable[tuple[int, Operation]]) -> list[Part]:
        """Return operations with their scopes as parts: in order, none with more rows than a push takes."""
        by_scope: dict[int, list[Operation]] = {}
        for scope, piece in pieces:
            by_scope.setdefault(scope, []).append(piece)
        return [Part(scope, part) for scope, inside in by_scope.items() for part in pack(inside)]

    def scoped(self, operation: Operation) -> list[tuple[int, Operation]]:
        """Return the operation cut by the scopes its rows belong to."""
        if isinstance(operation, Create):
            site = self._store.value("SELECT site FROM sector WHERE uid = ?", operation.common.get("sector"))
            return [(self.site_scope(str(site)), operation)]
        known = _known_sites(operation)
        if known:
            scopes = {self._scope_of_site_key(site) for site in known}
        else:
            scopes = self._all_scopes_of(operation.entity, operation.ids)
        if len(scopes) == 1:
            return [(scopes.pop(), operation)]
        place = self._scopes_of(operation.entity, operation.ids)
        pieces: list[tuple[int, Operation]] = []
        for scope in sorted(scopes):
            piece = only(operation, {uid for uid, where in place.items() if where == scope}.__contains__)
            if piece is not None:
                pieces.append((scope, piece))
        return pieces

    def _all_scopes_of(self, entity: str, ids: Sequence[str]) -> set[int]:
        """Return the scopes that rows lie in: nearly always one, which is found without a row for each of them."""
        if entity != "keyword":
            return set(self._scopes_of(entity, ids).values())
        found = self._store.all(
            f"SELECT c.k FROM (SELECT DISTINCT w.site AS site {_NAMED}) n {_SCOPE_OF_SITE.format('n.site')}",
            json_list(ids),
        )
        return {scope for (scope,) in found}

    def _scopes_of(self, entity: str, ids: Sequence[str]) -> dict[str, int]:
        if entity == "keyword":
            sql = f"SELECT w.uid, c.k {_NAMED} {_SCOPE_OF_SITE.format('w.site')}"
        else:
            sql = f"SELECT e.uid, e.scope FROM json_each(?) j CROSS JOIN {entity} e ON e.uid = j.value"
        return dict(self._store.all(sql, json_list(ids)))

    def _scope_of_site_key(self, key: int) -> int:
        return self.site_scope(str(self._store.value("SELECT uid FROM site WHERE k = ?", key)))

    def site_scope(self, site: str) -> int:
        """Return the scope key of a site. A site that was created but not announced by a hello yet gets its scope here."""
        found = self._store.value("SELECT k FROM scope_state WHERE id = ?", site)
        if found is None:
            found = self._store.value(
                "INSERT INTO scope_state (id, kind, access) VALUES (?, 'site', 'rw') RETURNING k", site
            )
        return int(found)


def _known_sites(operation: Operation) -> set[int]:
    """Return the sites of a Set whose ids come straight from the facts, an empty set otherwise."""
    if not isinstance(operation, Set):
        return set()
    sites = {change.ids.site if isinstance(change.ids, Ids) else 0 for change in operation.changes}
    return set() if 0 in sites else sites
