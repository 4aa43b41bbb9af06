"""The platform's answers to a push: states of mutations, questions, and what leaves the overlay at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from planner_core.entities import ENTITIES, Value
from planner_core.operations import CHILDREN, Set
from planner_core.uid import conflict_id
from sync.replica import review
from sync.replica.again import UNSEEN_CHILDREN
from sync.replica.bodies import decode, row_ids
from sync.replica.codes import INFORMATION, UNREAD, WORDS, is_note
from sync.replica.desk import Desk
from sync.replica.outbox import MutationRow, Outbox
from sync.replica.overlay import Overlay, refresh_review_marks
from sync.replica.rebasing import Refusals, rebase, refusals
from sync.replica.reopening import reopen_untaken
from sync.replica.shut_out import FORBIDDEN
from sync.replica.store import ChangeLog, Store, json_list
from sync.replica.undone import Undone

if TYPE_CHECKING:  # handed through; the messages cost 40 ms to import
    from planner_core.wire.feed import MutationResult, PushReply, RowResult

_STATES = {
    "applied": "applied",
    "superseded": "applied",
    "rejected": "refused",
    "parked_dependency": "parked",
    "too_old": "parked",
}
NOTE = "note"
SERVER_TIME = "server_time"
"""Key of the platform's clock at the last hello, unix milliseconds: ages are measured by it, never by this computer's."""
_SETTLED_AT_ONCE = frozenset({"refused", "parked"})


@dataclass(frozen=True, slots=True)
class _Question:
    kind: str
    code: str
    message: str
    entity: str
    ids: Sequence[str]
    row: RowResult | None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the rows of a question held and were to hold; None where that differs from row to row, or the platform did not say."""

    group: str
    base: Sequence[Value] | None = None
    mine: Sequence[Value] | None = None


def _wanted(mutation: MutationRow, question: _Question) -> _Wanted:
    """Return the values a question is about: as the platform told them, else as the mutation set them."""
    row = question.row
    group = row.group if row else ""
    if row is not None and (row.base is not None or row.mine is not None):
        return _Wanted(group, row.base, row.mine)
    asked = set(question.ids)
    about = [one for one in decode(mutation.body).operations if one.entity == question.entity]
    found = [
        (operation.group, change)
        for operation in about
        if isinstance(operation, Set)
        for change in operation.changes
        if asked.intersection(change.ids) and _is_about(operation, group)
    ]
    # What is said of rows as wholes may be about their being there, and not about the one field that was set, too.
    is_wider = not group and any(not isinstance(one, Set) and asked.intersection(one.ids) for one in about)
    if len(found) != 1 or is_wider:
        return _Wanted(group)
    name, change = found[0]
    return _Wanted(name, change.old, change.new)


def _is_about(operation: Set, group: str) -> bool:
    """Whether a result about `group` (a rule names a field) speaks of the operation."""
    fields = ENTITIES[operation.entity].group(operation.group).fields
    return not group or group == operation.group or group in fields


def _is_plain(result: MutationResult) -> bool:
    """Whether a verdict says that everything went through, and nothing besides."""
    return result.verdict == "applied" and not result.rows


class Verdicts:
    """Stores results within the caller's transaction."""

    def __init__(self, store: Store, outbox: Outbox, log: ChangeLog) -> None:
        self._store = store
        self._outbox = outbox
        self._log = log
        self._overlay = Overlay(store, log)
        self._marks: dict[str, set[str]] = {}
        self._asking: list[tuple[MutationRow, Refusals, bool]] = []
        """Those that ask something, with what of them was not carried out, and whether the platform looked at nothing of them."""

    def store(self, scope: int, reply: PushReply) -> None:
        """Keep every verdict of a reply that has none here yet."""
        for is_plain, run in groupby(reply.results, _is_plain):
            if is_plain:
                self._applied(scope, list(run), reply.version)
            else:
                for result in run:
                    self.one(scope, result, reply.version)
        if reply.results:
            last = max(reply.results, key=lambda result: result.seq)
            self._store.run(
                "UPDATE scope_state SET last_ack_seq = ?1, last_ack_op = ?2 WHERE k = ?3 AND last_ack_seq < ?1",
                last.seq,
                last.op_id,
                scope,
            )
        self.finish()

    def _applied(self, scope: int, results: Sequence[MutationResult], version: int) -> None:
        """Keep verdicts that say nothing but "applied": what `one` does with them, for all of them at once."""
        told = json_list([result.op_id, result.ver or version] for result in results)
        # The plus signs keep SQLite from looking through everything open for each id.
        these = "+scope = ? AND +state IN ('waiting', 'sending') AND void = ?"
        self._store.run(
            f"DELETE FROM mutation WHERE {these} AND op_id IN (SELECT value ->> 0 FROM json_each(?))",
            scope,
            1,
            told,
        )
        kept = self._store.run(
            "UPDATE mutation SET state = 'applied', verdict = 'applied', ver = t.ver, results = NULL, confirmed = 0, settled_at = ?"
            " FROM (SELECT value ->> 0 AS op, value ->> 1 AS ver FROM json_each(?)) t"
            f" WHERE op_id = t.op AND {these}",
            int(self._store.meta(SERVER_TIME, "0")),
            told,
            scope,
            0,
        )
        if kept:
            self._log.note("history", "pending")

    def one(self, scope: int, result: MutationResult, version: int) -> None:
        """Keep one verdict; a repeat of a stored one changes nothing."""
        mutation = self._outbox.by_op(result.op_id)
        if mutation is None or mutation.scope != scope or mutation.state not in ("waiting", "sending"):
            return
        if mutation.void:
            self._store.run("DELETE FROM mutation WHERE id = ?", mutation.id)
            return
        questions = [row for row in result.rows if row.code not in INFORMATION]
        state = (
            "partly"
            if result.verdict == "applied_with" and questions
            else _STATES.get(result.verdict, "applied")
        )
        settled = state in _SETTLED_AT_ONCE
        self._store.run(
            "UPDATE mutation SET state = ?, verdict = ?, ver = ?, results = ?, confirmed = ?, settled_at = ? WHERE id = ?",
            state,
            result.verdict,
            self._here(scope) if state == "parked" else result.ver or version,
            json.dumps([row.model_dump(exclude_defaults=True) for row in result.rows])
            if result.rows
            else None,
            int(settled),
            int(self._store.meta(SERVER_TIME, "0")),
            mutation.id,
        )
        if settled:
            self._overlay.touch(row_ids(decode(mutation.body).operations))
        if settled or questions:
            listed = [(row.group, row.ids) for row in questions if row.code != "conflict" and row.ids]
            whole = settled and not listed
            refused = refusals(decode(mutation.body).operations, None if whole else listed)
            if result.verdict in ("rejected", "applied_with"):
                rebase(self._store, self._outbox, scope, refused)
            is_unread = any(code in UNREAD for code in (result.verdict, *(row.code for row in questions)))
            self._asking.append((mutation, refused, is_unread))
        for row in questions:
            self._ask(mutation, row, result.verdict)
        if any(row.code == FORBIDDEN for row in questions):
            # The role was taken since the last hello; when it is given back, what was refused for it goes out again.
            self._store.run("UPDATE scope_state SET access = 'ro' WHERE k = ? AND access = 'rw'", scope)
            self._log.note("scope")
        if settled and not questions:
            self._ask_for_all(mutation, result.verdict)
        self._tell(mutation, [row for row in result.rows if is_note(row.code)])
        self._log.note("history", "pending")

    def _here(self, scope: int) -> int:
        """Return the version whose rows are here: what parked work lacks arrives with a later one."""
        return int(self._store.value("SELECT version FROM scope_state WHERE k = ?", scope))

    def finish(self) -> None:
        """Recompute what left the overlay, end what needs no decision, and set marks.

        What was simply applied stays in the overlay until it is delivered.
        """
        if self._overlay.is_touched:
            self._overlay.recompute()
        if self._asking:
            desk = Desk(self._store, self._outbox, self._log)
            undone = Undone(desk)
            # All verdicts are kept by now: what is taken back, and what takes it back, may be in one answer.
            for mutation, untaken, is_unread in self._asking:
                undone.settle(mutation)
                reopen_untaken(desk, mutation, untaken, is_unread=is_unread)
            self._asking.clear()
        for entity, ids in self._marks.items():
            refresh_review_marks(self._store, self._log, entity, ids)

    # ------------------------------------------------------------------ questions

    def _ask(self, mutation: MutationRow, row: RowResult, verdict: str) -> None:
        cluster = row.details.get("cluster")
        if row.code == UNSEEN_CHILDREN and cluster and row.conflict:
            # As the feed will tell it: about the cluster, whatever was in it. A restored platform knows no more than the answer says.
            named = row.model_copy(update={"group": CHILDREN})
            asked = _Question("conflict", row.code, row.message, "cluster", [str(cluster)], named)
            self._put(mutation, row.conflict, asked)
            return
        ids = row.ids or sorted(
            uid for uids in row_ids(decode(mutation.body).operations).values() for uid in uids
        )
        entity = row.e or decode(mutation.body).operations[0].entity
        conflict = row.code == "conflict"
        kind = (
            "conflict"
            if conflict
            else "parked"
            if verdict in ("parked_dependency", "too_old") or row.code == "missing"
            else "refused"
        )
        uid = row.conflict or conflict_id(
            mutation.op_id, ids[0] if conflict else f"{row.e}{ids[0]}{row.code}", row.group
        )
        self._put(mutation, uid, _Question(kind, row.code, row.message, entity, ids, row))

    def _ask_for_all(self, mutation: MutationRow, verdict: str) -> None:
        operations = decode(mutation.body).operations
        for number, operation in enumerate(operations):
            uid = conflict_id(mutation.op_id, f"{number}", verdict)
            kind = "refused" if verdict == "rejected" else "parked"
            message = (
                "The platform refused this." if kind == "refused" else "The platform cannot do this yet."
            )
            self._put(mutation, uid, _Question(kind, verdict, message, operation.entity, operation.ids, None))

    def _tell(self, mutation: MutationRow, rows: Sequence[RowResult]) -> None:
        """Keep what became of rows as closed notes, one for each kind of news."""
        alike: dict[tuple[str, str, str, str], list[str]] = {}
        for row in rows:
            message = row.message or WORDS.get(row.code, "")
            alike.setdefault((row.code, row.e, row.group, message), []).extend(row.ids)
        for (code, entity, group, message), ids in alike.items():
            uid = conflict_id(mutation.op_id, f"note {entity}{ids[0]}{code}", group)
            self._put(mutation, uid, _Question(NOTE, code, message, entity, ids, None))

    def _put(self, mutation: MutationRow, uid: str, question: _Question) -> None:
        if review.was_answered(self._store, uid, mutation.op_id):
            return
        row = question.row
        wanted = _wanted(mutation, question)
        before = review.open_work(self._store, uid)
        ids = list(dict.fromkeys([*(before.ids if before else ()), *question.ids]))
        if before is not None and before.group != wanted.group:
            # Refused as a whole, and joined by work on another group: the question is about all of it.
            wanted = _Wanted("")
        elif len(ids) > len(question.ids):
            # Other rows of the same question were to hold something else.
            wanted = _Wanted(wanted.group)
        columns = {
            "kind": question.kind,
            "code": question.code,
            "message": question.message,
            "scope": mutation.scope,
            "entity": question.entity,
            "uid": ids[0],
            "ids": json_list(ids),
            "grp": wanted.group,
            "base": review.text_of(wanted.base),
            "mine": review.text_of(wanted.mine),
            "theirs": review.text_of(row.theirs) if row else None,
            "by": row.by if row else "",
            "at": (row.at if row else 0) or decode(mutation.body).at,
            "ops": json_list(dict.fromkeys([*review.raised_by(self._store, uid), mutation.op_id])),
            "action": mutation.action,
            "state": "closed" if question.kind == NOTE else "open",
            # Told by the verdict, not yet by the feed: the platform has it, no snapshot can say that it has not.
            "ver": -1 if row is not None and row.conflict and question.kind in review.WORK else 0,
        }
        review.put(self._store, uid, columns)
        self._marks.setdefault(question.entity, set()).update(question.ids)
        self._log.note("review")
