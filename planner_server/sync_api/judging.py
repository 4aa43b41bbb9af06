"""One mutation's verdict, inside a transaction that holds everything it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError, transaction

from planner_core.entities import Values
from planner_core.operations import only_ends
from planner_core.wire.feed import MutationResult as Result
from planner_core.wire.feed import RowResult, Verdict
from planner_server.accounts.models import Site, User
from planner_server.feed.gate import Actor, Gate
from planner_server.feed.models import Scope
from planner_server.planning.services import Place, Recovery, Work, apply_operation, joined
from planner_server.sync_api.keeping import with_items
from planner_server.sync_api.ledger import Ledger, is_too_old
from planner_server.sync_api.parsing import Pushed

NO_REPLICA = -1
"""Stands for a replica the platform has not met: none of its work can be known."""


class Failed(Exception):
    """The platform failed on a mutation by its own fault; everything of the transaction is to be rolled back."""

    def __init__(self, op_id: str) -> None:
        super().__init__(op_id)
        self.op_id = op_id


@dataclass(slots=True)
class Memory:
    """What one push remembers from one of its transactions to the next."""

    kept_back: dict[tuple[str, str, str], tuple[Values, Values]] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)
    """Operations the platform failed on as often as it tries."""


@dataclass(slots=True)
class Bench:
    """Everything a mutation is judged with: who pushes where, the open gate, what is known of operations."""

    user: User
    scope: Scope
    site: Site
    replica_id: int
    may_write: bool
    ledger: Ledger
    gate: Gate
    place: Place
    memory: Memory

    def take(self, pushed: Pushed) -> Result:
        """Give a mutation its verdict; a new one is noted in the ledger. Raises Failed."""
        known = self.ledger.known(pushed)
        if known is not None:
            return known
        effects: dict[str, list[Any]] = {}
        result = self.ledger.replaced(pushed)
        if result is None:
            judged = self._judged(pushed, effects)
            result = with_items(judged, pushed, self.user, self.gate, self.place)
        return self.keep(pushed, result, effects)

    def keep(self, pushed: Pushed, result: Result, effects: dict[str, list[Any]] | None = None) -> Result:
        """Note a new verdict in the ledger and return it."""
        self.ledger.keep(pushed, result, self.gate.at, effects or {})
        self.place.own_operations[pushed.header.op_id] = True
        self.place.found_so[pushed.header.op_id] = [
            (one.group, frozenset(one.ids)) for one in result.rows if one.code == "same"
        ]
        return result

    def _judged(self, pushed: Pushed, effects: dict[str, list[Any]]) -> Result:
        head = pushed.header
        if pushed.body is None:
            return _refused(pushed, "bad_body", f"The platform cannot read this edit: {pushed.trouble}")
        writes = not only_ends(pushed.body.operations)
        if writes and is_too_old(self.scope, head.made):
            return Result(seq=head.seq, op_id=head.op_id, verdict="too_old")
        if writes and not self.may_write:
            return _refused(pushed, "forbidden", "You may read this site, not change it.")
        if head.op_id in self.memory.given_up:
            message = "The platform failed on this edit; it is kept for a look. Nothing of it was applied."
            return _refused(pushed, "internal", message)
        work = self._applied(pushed)
        effects |= work.effects
        verdict = _verdict(work)
        ver = 0 if verdict in {"rejected", "parked_dependency"} else self.gate.version
        return Result(seq=head.seq, op_id=head.op_id, verdict=verdict, ver=ver, rows=work.said)

    def _applied(self, pushed: Pushed) -> Work:
        body, head = pushed.body, pushed.header
        assert body is not None
        work = Work(
            self.gate.acting(Actor("user", self.user.uid, head.op_id)),
            self.place,
            self.user,
            body.undo_of or "",
            self.replica_id,
            Recovery.of(head.was, head.made, self.scope.epoch_ver),
            frozenset(body.supersedes),
            head.made,
        )
        try:
            # A savepoint: what fails half-way here must not be read by whoever rolls the rest back.
            with transaction.atomic():
                for operation in joined(body.operations):
                    apply_operation(work, operation)
        except OperationalError:
            raise
        except Exception as error:
            raise Failed(head.op_id) from error
        return work


def _refused(pushed: Pushed, code: str, message: str) -> Result:
    head = pushed.header
    rows = [RowResult(code=code, message=message)]
    return Result(seq=head.seq, op_id=head.op_id, verdict="rejected", rows=rows)


def _verdict(work: Work) -> Verdict:
    codes = {row.code for row in work.said} - {"same"}
    if not codes:
        return "applied"
    if not work.written and codes == {"superseded"}:
        return "superseded"
    if work.written:
        return "applied_with"
    if work.rejections == len(work.said):
        return "rejected"
    lacking = sum(1 for row in work.said if row.code == "missing")
    return "parked_dependency" if lacking and lacking + work.rejections == len(work.said) else "applied_with"
