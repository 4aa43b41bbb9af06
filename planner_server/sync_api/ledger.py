"""What the platform knows of operations: the verdicts it gave and which operation replaced which.

A transaction of a push asks once for all the mutations it may take, and writes all it gave a verdict once, at its end: a queue of
single edits costs as few round trips as one large one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from planner_core.wire.body import SCHEMA
from planner_core.wire.feed import MutationResult as Result
from planner_core.wire.feed import RowResult, Verdict
from planner_server.feed import sql
from planner_server.feed.models import MutationResult, Replica, Scope, Supersession
from planner_server.sync_api.errors import SyncError
from planner_server.sync_api.parsing import Pushed

APPLIED = frozenset({"applied", "applied_with", "superseded"})
WRITTEN_AT_ONCE = 500


class Noted(NamedTuple):
    """A verdict as it will be stored: a thousand of them in a transaction, so no model's object. Names are the table's."""

    scope_id: int
    seq: int
    op_id: str
    sha256: str
    schema: int
    verdict: str
    ver: int
    details: list[dict[str, Any]]
    effects: dict[str, list[Any]] | None
    body: bytes | None
    at: int


_COLUMNS = ("seq", "op_id", "sha256", "schema", "verdict", "ver", "details", "effects", "at")


def _as_stored(row: Noted) -> tuple[Any, ...]:
    effects = None if row.effects is None else sql.as_json(row.effects)
    details = sql.as_json(row.details) if row.details else "[]"
    return row.seq, row.op_id, row.sha256, row.schema, row.verdict, row.ver, details, effects, row.at


class Ledger:
    """The operations of one transaction, inside it and under its scope's lock."""

    def __init__(self, replica_id: int, scope: Scope, ahead: Sequence[Pushed]) -> None:
        """`ahead` holds the mutations this transaction may take."""
        self._replica_id = replica_id
        self._scope = scope
        ids = [pushed.header.op_id for pushed in ahead]
        self._successor: dict[str, str] = {}
        found = ids
        # From form to form of the same work: each may have been replaced in turn.
        while found:
            condition, ops = sql.among("old_op", found)
            links = sql.rows(f"SELECT old_op, new_op FROM feed_supersession WHERE {condition}", [ops])
            onward = {old: new for old, new in links if old not in self._successor}
            self._successor |= onward
            found = [new for new in onward.values() if new not in self._successor]
        condition, ops = sql.among("op_id", list({*ids, *self._successor.values()}))
        # Mostly none of them is known: Django's own lookup of a thousand ids costs more than the rest of the judging.
        known = [pk for (pk,) in sql.rows(f"SELECT id FROM feed_mutationresult WHERE {condition}", [ops])]
        self._known: dict[str, MutationResult | Noted] = {
            row.op_id: row for row in (MutationResult.objects.filter(pk__in=known) if known else ())
        }
        self._fresh: list[Noted] = []
        self._links: list[Supersession] = []

    def is_new(self, op_id: str) -> bool:
        """Whether nothing is known of an operation, neither a verdict nor that another one replaces it."""
        return op_id not in self._known and op_id not in self._successor

    def known(self, pushed: Pushed) -> Result | None:
        """Return the verdict of an operation that came before under whatever number; None for a new one."""
        row = self._known.get(pushed.header.op_id)
        if row is None:
            return None
        if row.scope_id != self._scope.pk:
            raise SyncError(
                "op_reused",
                "This operation id is known in another scope.",
                op_id=row.op_id,
                seq=pushed.header.seq,
            )
        return same(row, pushed)

    def replaced(self, pushed: Pushed) -> Result | None:
        """Return the verdict of an operation that a later one, already applied, has replaced."""
        if pushed.body is not None and pushed.body.undo_of:
            # What it takes back may be of this very transaction, and an undo looks it up in the tables.
            self.write()
        head = pushed.header
        form = self._successor.get(head.op_id)
        passed = {head.op_id}
        while form is not None and form not in passed:
            later = self._known.get(form)
            if later is not None and later.verdict in APPLIED:
                return Result(seq=head.seq, op_id=head.op_id, verdict="superseded", ver=later.ver)
            passed.add(form)
            form = self._successor.get(form)
        return None

    def keep(self, pushed: Pushed, result: Result, at: int, effects: dict[str, list[Any]]) -> None:
        """Note a new verdict, to be written by `write`; `effects` is what an undo must know."""
        head = pushed.header
        row = Noted(
            self._scope.pk,
            head.seq,
            head.op_id,
            head.sha256,
            SCHEMA if pushed.body is None else pushed.body.schema,
            result.verdict,
            result.ver,
            [one.model_dump(exclude_defaults=True) | {"code": one.code} for one in result.rows],
            effects or None,
            None if result.verdict in APPLIED else pushed.raw,
            at,
        )
        self._fresh.append(row)
        self._known[head.op_id] = row
        former = pushed.body.supersedes if pushed.body is not None else ()
        self._links += [Supersession(old_op=old, new_op=head.op_id) for old in former]
        for old in former:
            self._successor.setdefault(old, head.op_id)

    def write(self) -> None:
        """Write what was noted since the last time."""
        common = {"replica_id": self._replica_id, "scope_id": self._scope.pk, "superseded_by": ""}
        plain = [row for row in self._fresh if row.body is None]
        sql.insert_many("feed_mutationresult", _COLUMNS, [_as_stored(row) for row in plain], common)
        # Bytes do not travel in JSON, by which rows are inserted on SQLite; those that keep their body are few.
        kept = [row._asdict() for row in self._fresh if row.body is not None]
        MutationResult.objects.bulk_create(
            (MutationResult(replica_id=self._replica_id, **row) for row in kept), batch_size=WRITTEN_AT_ONCE
        )
        Supersession.objects.bulk_create(self._links, batch_size=WRITTEN_AT_ONCE, ignore_conflicts=True)
        self._fresh, self._links = [], []


def is_too_old(scope: Scope, made: int | None) -> bool:
    """Whether an unknown operation may be one whose id expired: it is never applied by itself."""
    return made is not None and made < scope.op_floor


def answered_before(replica: Replica, scope: Scope, pushed: Pushed) -> Result:
    """Return the verdict of a number that was pushed before; another operation under it is a copied replica."""
    head = pushed.header
    row = MutationResult.objects.filter(replica=replica, scope=scope, seq=head.seq).first()
    if row is None:
        row = MutationResult.objects.filter(op_id=head.op_id, scope=scope).first()
    if row is None or row.op_id != head.op_id:
        raise SyncError(
            "replica_forked",
            "Another copy of this replica has pushed already. Take a new replica id.",
            seq=head.seq,
        )
    return same(row, pushed)


def answer_before(replica: Replica | None, scope: Scope, last_seq: int, queue: deque[Pushed]) -> list[Result]:
    """Take what was pushed before off the front of the queue and return its verdicts; the number after `last_seq` must come next."""
    results: list[Result] = []
    while queue and replica is not None and queue[0].header.seq <= last_seq:
        results.append(answered_before(replica, scope, queue.popleft()))
    if queue and queue[0].header.seq != last_seq + 1:
        raise SyncError(
            "gap", f"Mutation {last_seq + 1} comes next, not {queue[0].header.seq}.", expected=last_seq + 1
        )
    return results


def same(row: MutationResult | Noted, pushed: Pushed) -> Result:
    """Return the stored verdict of a mutation, if it is the one that was sent then."""
    if row.sha256 != pushed.header.sha256:
        raise SyncError(
            "op_reused",
            "This operation id is known with another body. Send the edit under a new one.",
            op_id=row.op_id,
            seq=pushed.header.seq,
        )
    return stored_result(row, seq=pushed.header.seq)


def stored_result(row: MutationResult | Noted, *, seq: int | None = None) -> Result:
    """Return a stored verdict as the message it was."""
    rows = [RowResult.model_validate(one) for one in row.details]
    verdict: Verdict = row.verdict  # type: ignore[assignment]  # only verdicts are ever stored
    return Result(
        seq=row.seq if seq is None else seq, op_id=row.op_id, verdict=verdict, ver=row.ver, rows=rows
    )
