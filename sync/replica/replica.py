"""The writer: every public method is one transaction, or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from planner_core.commands import Command
from sync.clock import Clock
from sync.ids import IdMaker
from sync.replica.records import Changed, Choice, Counts, Outcome, Outgoing, OwnerRow, Page, ScopeRow

if TYPE_CHECKING:  # the messages cost 40 ms to import and are only handed through here
    from planner_core.wire.feed import HelloReply, KnownReply, PushReply


def _no_hook(_name: str) -> None:
    return None


class Replica:
    """The one writer of a replica file. Use it from one thread."""

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        ids: IdMaker,
        create: bool = True,
        reach: Callable[[str], None] = _no_hook,
    ) -> Replica:
        """Open or make the file and take its lock.

        `reach(name)` is called at the named crash points. Raises ReplicaLocked, ReplicaNewer, ReplicaCorrupt (moved aside),
        DiskFull, NotFound (absent and `create` is false).
        """
        raise NotImplementedError

    def close(self) -> None:
        """Checkpoint, mark the file as closed in order and give the lock back. Calling it again does nothing."""
        raise NotImplementedError

    @property
    def replica_id(self) -> str:
        """Return the id this copy is known by on the platform."""
        raise NotImplementedError

    def owner(self) -> OwnerRow | None:
        """Return whose work this is, None before the first `claim`."""
        raise NotImplementedError

    def claim(self, owner: OwnerRow) -> None:
        """Bind the file to an owner. Raises OwnerMismatch if server, account or user are not the ones it belongs to."""
        raise NotImplementedError

    # ------------------------------------------------------------------ editing

    def run(self, commands: Sequence[Command], *, label: str | None = None, partial: bool = False) -> Outcome:
        """Decide and carry out commands as one action. With `partial` refused rows stay as they are and the rest is done."""
        raise NotImplementedError

    def undo(self, action: str | None = None) -> Outcome:
        """Take back an action where its values still stand; None means the latest that can be. Raises NotFound."""
        raise NotImplementedError

    def redo(self) -> Outcome:
        """Take back the latest undo, if nothing was edited since. Raises NotFound if there is none."""
        raise NotImplementedError

    def cancel(self, action: str) -> Outcome:
        """Discard what of an action has not been sent; what may be on its way is taken back by an inverse. Raises NotFound."""
        raise NotImplementedError

    def resolve(self, review_ids: Sequence[str], choice: Choice) -> Outcome:
        """Decide review items. Conflict: mine or theirs. Refused: mine sends again, theirs discards. Raises NotFound."""
        raise NotImplementedError

    # ------------------------------------------------------------------ the engine's side

    def scopes(self) -> list[ScopeRow]:
        """Return all scopes: account, libraries, sites."""
        raise NotImplementedError

    def adopt_hello(self, reply: HelloReply) -> Changed:
        """Keep which scopes there are, their access and epoch. A scope of another epoch will need a snapshot."""
        raise NotImplementedError

    def outgoing(self, scope: str, *, max_rows: int, max_bytes: int) -> list[Outgoing]:
        """Return the lowest mutations without a verdict, dense, at least one if there is any.

        They are durably marked as sending before this returns: from then on they can be answered, never cancelled.
        """
        raise NotImplementedError

    def peek(self, scope: str) -> list[Outgoing]:
        """Return all mutations without a verdict, in order, without marking them: for a dry run."""
        raise NotImplementedError

    def store_results(self, scope: str, reply: PushReply) -> Changed:
        """Keep verdicts and review items. Repeats change nothing."""
        raise NotImplementedError

    def begin_snapshot(self, scope: str, epoch: str) -> None:
        """Forget staged pages of a scope and expect a snapshot."""
        raise NotImplementedError

    def drop_stage(self, scope: str) -> None:
        """Forget staged pages of a scope; its cursor stays."""
        raise NotImplementedError

    def stage_page(self, scope: str, page: Page) -> None:
        """Keep a page until the consistent end."""
        raise NotImplementedError

    def apply(self, scope: str) -> Changed:
        """Apply the staged pages in one transaction: rows, aliases, review items, cursor, confirmations, pending work on top."""
        raise NotImplementedError

    def new_replica_id(self) -> None:
        """Become a new replica (a fork): open mutations are numbered anew from 1 and keep their op ids; voids are dropped."""
        raise NotImplementedError

    def asked_ops(self, scope: str) -> list[str]:
        """Return the op ids of every mutation that ever left and might be missing there, oldest first."""
        raise NotImplementedError

    def reconcile(self, scope: str, reply: KnownReply) -> Changed:
        """Take the platform's word on which operations it has; unknown ones are queued again in their order."""
        raise NotImplementedError

    def drop_scope(self, scope: str) -> Changed:
        """Remove a scope's rows after access was lost. Edits that wait stay."""
        raise NotImplementedError

    def digest(self, scope: str) -> dict[str, list[tuple[int, str]]]:
        """Return, per entity, the 256 buckets over what the platform last delivered."""
        raise NotImplementedError

    def counts(self) -> Counts:
        """Return what waits and what asks for a decision."""
        raise NotImplementedError
