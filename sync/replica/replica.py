"""The writer: every public method is one transaction, or none."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from planner_core.commands import Command
from sync.clock import Clock
from sync.errors import NotFound
from sync.ids import IdMaker
from sync.replica import archive, arrivals, guard, hooks, recovery, restored, scopes, shut_out
from sync.replica.as_new import AsNew
from sync.replica.bodies import decode
from sync.replica.classes import ids_of_keys
from sync.replica.codes import UNTAKEN
from sync.replica.counting import count, count_unread, note_level
from sync.replica.deciding import Deciding
from sync.replica.desk import Desk, Nothing, Tally
from sync.replica.digest import digest
from sync.replica.doubt import explained
from sync.replica.editing import Editing
from sync.replica.feed import Feed
from sync.replica.holding import Holding
from sync.replica.lock import ReplicaLock
from sync.replica.records import AskedOps, Changed, Choice, Counts, Outcome, Outgoing, Page, ScopeRow
from sync.replica.store import ChangeLog, Store, json_list
from sync.replica.undoing import Undoing
from sync.replica.verdicts import SERVER_TIME, Verdicts

if TYPE_CHECKING:  # the messages cost 40 ms to import and are only handed through here
    from planner_core.wire.feed import HelloReply, KnownReply, PushReply

Make = Callable[[Sequence[str]], Sequence[Command]]
"""From the uids of rows to commands."""
_OPEN = (
    "SELECT seq, op_id, sha256, body, rows, was, made FROM mutation"
    " WHERE scope = ? AND state IN ('waiting', 'sending') ORDER BY seq"
)
_UNASKED = (
    "SELECT value FROM json_each(?) WHERE value NOT IN"
    " (SELECT j.value FROM review r, json_each(r.ops) j WHERE r.state = 'open')"
)
_TAKEN_BACK = (
    "SELECT 1 FROM mutation m JOIN action a ON a.id = m.action WHERE m.op_id IN (SELECT value FROM json_each(?))"
    " AND (a.undone_by IS NOT NULL OR a.origin = 'undo') LIMIT 1"
)


class _Forget(Exception):
    """Ends a transaction of which nothing is to be kept."""


@explained
class Replica(Holding):
    """The one writer of a replica file. Use it from one thread."""

    def __init__(self, store: Store, lock: ReplicaLock, path: Path, clock: Clock, ids: IdMaker) -> None:
        """Use `open`."""
        super().__init__(store, lock, path, clock, ids)
        self._feed = Feed(store, clock, self._outbox)
        self._scopes = scopes.Scopes()

    # ------------------------------------------------------------------ editing

    def run(self, commands: Sequence[Command], *, label: str | None = None, partial: bool = False) -> Outcome:
        """Decide and carry out commands as one action. With `partial` refused rows stay as they are and the rest is done."""
        return self._edit(lambda desk: Editing(desk).run(commands, label, partial=partial))

    def run_on_keywords(
        self, keys: Sequence[int], make: Make, *, label: str | None = None, partial: bool = False
    ) -> Outcome:
        """Carry out the commands that `make` returns for the uids of keywords given by row key, as one action.

        Keys that no row has are left out. For 100,000 rows this costs a fraction of naming them by uid.
        """

        def work(desk: Desk) -> Tally:
            return Editing(desk).run(make(ids_of_keys(desk.store, keys)), label, partial=partial)

        return self._edit(work)

    def undo(self, action: str | None = None) -> Outcome:
        """Take back an action where its values still stand; None means the latest that can be. Raises NotFound."""
        return self._edit(lambda desk: Undoing(desk).undo(action))

    def undo_all(self, actions: Sequence[str]) -> Outcome:
        """Take back several actions in this order, or none of them. Each is an undo of its own in the history. Raises NotFound."""
        return self._edit(lambda desk: Undoing(desk).undo_all(actions))

    def redo(self, action: str | None = None) -> Outcome:
        """Do an undone action again where its values still stand; None: the latest undo, if nothing was edited since. Raises NotFound."""
        return self._edit(lambda desk: Undoing(desk).redo(action))

    def cancel(self, action: str) -> Outcome:
        """Discard what of an action has not been sent; what may be on its way is taken back by an inverse. Raises NotFound."""
        return self._edit(lambda desk: Undoing(desk).cancel(action))

    def restore_as_new(self, review_ids: Sequence[str], sector: str | None = None) -> Outcome:
        """Make the rows of review items anew from the copies that are here, as one action; the items end.

        For rows the platform lost or purged, and for work in a site without access: `sector` (uid) says where then; None means where
        they were. Rows that the rules keep out stay in their item, with the reason in the outcome. Raises NotFound.
        """
        return self._edit(lambda desk: AsNew(desk).run(review_ids, sector))

    def resolve(self, review_ids: Sequence[str], choice: Choice) -> Outcome:
        """Decide review items. Conflict: mine or theirs. Refused: mine sends again, theirs discards. Raises NotFound."""
        return self._edit(lambda desk: Deciding(desk).resolve(review_ids, choice))

    def _edit(self, work: Callable[[Desk], Tally]) -> Outcome:
        try:
            with self._store.write(
                before_commit=hooks.BEFORE_EDIT_COMMIT, after_commit=hooks.AFTER_EDIT_COMMIT
            ) as log:
                tally = work(Desk(self._store, self._outbox, log))
        except Nothing as nothing:
            return _outcome(nothing.tally, None)
        return _outcome(tally, log)

    # ------------------------------------------------------------------ sending

    def outgoing(self, scope: str, *, max_rows: int, max_bytes: int) -> list[Outgoing]:
        """Return the lowest mutations without a verdict, dense, at least one if there is any.

        They are durably marked as sending before this returns: from then on they can be answered, never cancelled.
        """
        key = scopes.scope_key(self._store, scope)
        chosen: list[Outgoing] = []
        rows = size = 0
        # Read one by one: a long queue is not loaded whole to send its beginning.
        with closing(self._without_verdict(key)) as waiting:
            for one in waiting:
                rows += one.rows
                size += len(one.body)
                if chosen and (rows > max_rows or size > max_bytes):
                    break
                chosen.append(one)
        if chosen:
            with self._store.write() as log:
                self._store.run(
                    "UPDATE mutation SET state = 'sending' WHERE scope = ? AND state = 'waiting' AND seq <= ?",
                    key,
                    chosen[-1].seq,
                )
                log.note("pending")
            self._store.reach(hooks.AFTER_SENDING_MARK)
        return chosen

    def peek(self, scope: str) -> list[Outgoing]:
        """Return all mutations without a verdict, in order, without marking them: for a dry run."""
        return list(self._without_verdict(scopes.scope_key(self._store, scope)))

    def _without_verdict(self, key: int) -> Generator[Outgoing, None, None]:
        with closing(self._store.connection.execute(_OPEN, (key,))) as cursor:
            for row in cursor:
                yield Outgoing(*row)

    def reissue(self, op_id: str) -> bool:
        """Give work without a verdict a new op id, because its own is known on the platform with other content.

        Returns whether there was such work; nothing else about it changes.
        """
        with self._store.write() as log:
            mutation = self._outbox.by_op(op_id)
            if mutation is None or mutation.state not in ("waiting", "sending"):
                return False
            self._outbox.void(mutation, decode(mutation.body).operations)
            log.note("pending", "history")
        return True

    def store_results(self, scope: str, reply: PushReply) -> Changed:
        """Keep verdicts and review items. Repeats change nothing."""
        key = scopes.scope_key(self._store, scope)
        with self._store.write(before_commit=hooks.BEFORE_RESULTS_COMMIT) as log:
            Verdicts(self._store, self._outbox, log).store(key, reply)
            self._feed.told(key, reply.epoch, reply.version, reply.token)
        self._store.reach(hooks.AFTER_RESULTS_COMMIT)
        return log.changed("sync")

    def unasked(self, scope: str, reply: PushReply, *, foretold: bool = False) -> set[str]:
        """Return the op ids of verdicts that list rows and of which nothing is asked: it was taken back before, or answered before.

        `foretold`: the verdicts are those of a dry run. They are kept for the question, and forgotten again.
        """
        listed = json_list(one.op_id for one in reply.results if one.rows or one.verdict in UNTAKEN)
        if not foretold:
            return {op_id for (op_id,) in self._store.all(_UNASKED, listed)}
        if not self._store.value(_TAKEN_BACK, listed):
            return set()
        found: set[str] = set()
        with suppress(_Forget), self._store.write() as log:
            Verdicts(self._store, self._outbox, log).store(scopes.scope_key(self._store, scope), reply)
            found = {op_id for (op_id,) in self._store.all(_UNASKED, listed)}
            raise _Forget
        return found

    # ------------------------------------------------------------------ receiving

    def scopes(self) -> list[ScopeRow]:
        """Return all scopes: account, libraries, sites."""
        return self._scopes.rows(self._store)

    def adopt_hello(self, reply: HelloReply) -> Changed:
        """Keep which scopes there are, their access and epoch. A scope of another epoch will need a snapshot."""
        with self._store.write() as log:
            self._store.set_meta(SERVER_TIME, str(reply.server_time))
            arrivals.note_contact(self._store, self._outbox.now_ms())
            for key in scopes.adopt(self._store, reply, log):
                shut_out.take_up(self._store, self._outbox, key, log)
            note_level(self._store, self._outbox.now_ms())
            archive.trim(self._store, reply.server_time)
            known = self.owner()
            if known is not None and known.role != reply.user.role:
                self._store.set_meta("owner", json.dumps(asdict(replace(known, role=reply.user.role))))
        return log.changed("sync")

    def begin_snapshot(self, scope: str, epoch: str) -> None:
        """Forget staged pages of a scope and expect a snapshot."""
        key = scopes.scope_key(self._store, scope)
        with self._store.write():
            self._feed.begin_snapshot(key, epoch)

    def drop_stage(self, scope: str) -> None:
        """Forget staged pages of a scope; its cursor stays."""
        key = scopes.scope_key(self._store, scope)
        with self._store.write():
            self._feed.drop_stage(key)

    def stage_page(self, scope: str, page: Page) -> None:
        """Keep a page until the consistent end."""
        key = scopes.scope_key(self._store, scope)
        with self._store.write():
            self._feed.stage(key, page)
        self._store.reach(hooks.AFTER_STAGING)

    def apply(self, scope: str, *, asks: bool = True) -> Changed:
        """Apply the staged pages in one transaction: rows, aliases, review items, cursor, confirmations, pending work on top.

        Pages that would remove too much stay staged: the scope then has a `guard` until `allow_removal`. Without `asks` there is no
        question yet: Removed is raised, and whoever asks makes a backup first.
        """
        key = scopes.scope_key(self._store, scope)
        try:
            with self._store.write() as log:
                if self._store.value("SELECT stage_kind FROM scope_state WHERE k = ?", key):
                    self._feed.apply(key, log)
        except guard.Removed as removed:
            if not asks:
                raise
            with self._store.write() as log:
                guard.keep(self._store, key, removed.guard)
                log.note("scope")
            return log.changed("sync")
        self._store.reach(hooks.AFTER_APPLY)
        return log.changed("sync")

    def allow_removal(self, scope: str) -> None:
        """Let exactly the staged pages be applied that wait for the user's word. Raises NotFound if none do."""
        key = scopes.scope_key(self._store, scope)
        with self._store.write():
            if not guard.allow(self._store, key):
                raise NotFound(
                    "nothing_to_allow",
                    f"No removal waits for a decision in {scope}.",
                    "See `planner status` for what is held back.",
                )

    def checked(self, scope: str, version: int, at: int) -> Changed:
        """Keep that a scope was found equal with the platform by digest: at which version, and when (unix ms)."""
        key = scopes.scope_key(self._store, scope)
        with self._store.write() as log:
            self._store.run(
                "UPDATE scope_state SET checked_at = ?, checked_version = ? WHERE k = ?", at, version, key
            )
            log.note("scope")
        return log.changed("sync")

    # ------------------------------------------------------------------ recovery

    def new_replica_id(self) -> None:
        """Become a new replica (a fork): open mutations are numbered anew from 1 and keep their op ids; voids are dropped.

        Every site is then to be compared with the platform (`need_compare`).
        """
        with self._store.write():
            recovery.fork(self._store, self._ids)

    def asked_ops(self, scope: str) -> AskedOps:
        """Return every mutation that ever left and might be missing there, oldest first."""
        return recovery.asked_ops(self._store, scopes.scope_key(self._store, scope))

    def reconcile(self, scope: str, reply: KnownReply) -> Changed:
        """Take the platform's word on which operations it has; unknown ones are queued again in their order."""
        key = scopes.scope_key(self._store, scope)
        with self._store.write(
            before_commit=hooks.INSIDE_RECONCILE, after_commit=hooks.AFTER_RECONCILE
        ) as log:
            recovery.reconcile(self._store, self._outbox, self._ids, key, reply, log)
        return log.changed("sync")

    def restorations_seen(self) -> Changed:
        """Take note that the user has seen what restores of the platform came to: it is not told again."""
        with self._store.write() as log:
            restored.seen(self._store, log)
        return log.changed("sync")

    def drop_scope(self, scope: str) -> Changed:
        """Remove a scope's rows after access was lost. Edits that wait stay, are listed, and their rows are kept as copies."""
        key = scopes.scope_key(self._store, scope)
        with self._store.write() as log:
            shut_out.park(self._store, key, log, at=self._outbox.now_ms())
            scopes.drop(self._store, key, log)
        return log.changed("sync")

    def digest(self, scope: str) -> dict[str, list[tuple[int, str]]]:
        """Return, per entity, the 256 buckets over what the platform last delivered."""
        return digest(self._store.connection, scopes.scope_key(self._store, scope))

    def counts(self) -> Counts:
        """Return what waits and what asks for a decision."""
        return count(self._store.connection)

    def unread(self) -> int:
        """Return how many rows and lines of the platform this version had to put aside."""
        return count_unread(self._store.connection)


def _outcome(tally: Tally, log: ChangeLog | None) -> Outcome:
    return Outcome(
        action=tally.action if log is not None else None,
        label=tally.label,
        changed=tally.changed if log is not None else 0,
        unchanged=tally.unchanged,
        refused=tuple(tally.refused),
        change=log.changed("user") if log is not None else None,
        skipped=tally.skipped,
    )
