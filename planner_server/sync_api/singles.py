"""Runs of one-row edits in a push, written by one statement.

A person who works for a day offline leaves thousands of them. One by one each costs a savepoint and a statement; here rows that still
hold what their authors saw are written together, each marked with its own operation. Everything unusual about a mutation (a rule, an
alias, a restore, an undo) and every row that holds something else is left to the ordinary way, with the same verdicts.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.db import OperationalError, transaction

from planner_core.entities import ENTITIES
from planner_core.operations import Change, Set
from planner_core.rules import check
from planner_core.wire.feed import MutationResult as Result
from planner_server.feed.gate import Actor
from planner_server.planning.services import Recovery, Work
from planner_server.planning.services.rewriting import renamed, settled
from planner_server.planning.services.standing import is_plain, write_each
from planner_server.sync_api.judging import Bench
from planner_server.sync_api.ledger import is_too_old
from planner_server.sync_api.parsing import Pushed

log = logging.getLogger("planner.sync")

SHORTEST, LONGEST = 4, 500
"""How many edits are worth a statement of their own, and how many keep it well below the time a transaction may take."""


class Singles:
    """Looks for runs at the front of what waits, within one transaction."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._passed_over = 0

    def take(self, ahead: Sequence[Pushed]) -> list[Result]:
        """Give their verdicts to the plain one-row edits `ahead` begins with; none if it begins with anything else."""
        if self._passed_over:
            self._passed_over -= 1
            return []
        run = self._run(ahead)
        if len(run) < SHORTEST:
            self._passed_over = max(0, len(run) - 1)
            return []
        assert run[0][0].body is not None
        (first,) = run[0][0].body.operations
        assert isinstance(first, Set)
        written = self._written(first.entity, first.group, run)
        if written is None:
            self._passed_over = len(run) - 1
            return []
        return [self._verdict(pushed, change.ids[0] in written) for pushed, change in run]

    def _verdict(self, pushed: Pushed, is_written: bool) -> Result:
        if not is_written:
            return self._bench.take(pushed)
        head = pushed.header
        # `rows` is named because the default would be copied deep, once a verdict.
        version = self._bench.gate.version
        result = Result(seq=head.seq, op_id=head.op_id, verdict="applied", ver=version, rows=[])
        return self._bench.keep(pushed, result)

    # ------------------------------------------------------------------ which

    def _run(self, ahead: Sequence[Pushed]) -> list[tuple[Pushed, Change]]:
        """Return the longest beginning of edits of the same group, each of another row."""
        run: list[tuple[Pushed, Change]] = []
        rows: set[str] = set()
        operations: set[str] = set()
        first: Set | None = None
        for pushed in ahead[:LONGEST]:
            single = self._single(pushed)
            if single is None:
                break
            if first is None:
                first = single
            change = single.changes[0]
            is_alike = (single.entity, single.group) == (first.entity, first.group)
            if not is_alike or change.ids[0] in rows or pushed.header.op_id in operations:
                break
            rows.add(change.ids[0])
            operations.add(pushed.header.op_id)
            run.append((pushed, change))
        return run

    def _single(self, pushed: Pushed) -> Set | None:
        """Return the mutation's one change of one row, None for any other mutation."""
        body, head, bench = pushed.body, pushed.header, self._bench
        if body is None or len(body.operations) != 1 or body.undo_of or body.supersedes:
            return None
        operation = body.operations[0]
        if (
            not isinstance(operation, Set)
            or len(operation.changes) != 1
            or len(operation.changes[0].ids) != 1
        ):
            return None
        if not bench.may_write or not bench.ledger.is_new(head.op_id) or head.op_id in bench.memory.given_up:
            return None
        if is_too_old(bench.scope, head.made) or Recovery.of(head.was, head.made, bench.scope.epoch_ver):
            return None
        return operation

    # ------------------------------------------------------------------ together

    def _written(self, entity: str, group: str, run: Sequence[tuple[Pushed, Change]]) -> set[str] | None:
        """Write the rows whose old values stand; return them, None if rules or aliases have anything to say about the changes."""
        bench = self._bench
        if bench.place.kept_back or not is_plain(entity, group):
            return None
        work = Work(
            bench.gate.acting(Actor("user", bench.user.uid)), bench.place, bench.user, "", bench.replica_id
        )
        operations = {change.ids[0]: pushed.header.op_id for pushed, change in run}
        try:
            with transaction.atomic():
                wanted = Set(entity, group, [change for _, change in run])
                seen = settled(work, renamed(work, wanted))
                if work.said or seen != wanted:
                    return None
                checked, refused = check(wanted, work.facts)
                if refused or not isinstance(checked, Set) or checked != wanted:
                    return None
                kind = ENTITIES[entity]
                return write_each(work, kind, kind.group(group), checked.changes, operations)
        except OperationalError:
            raise
        except Exception:
            # One of them is poisoned; taken one by one it shows which, and the others go through.
            log.exception("%d edits of %s could not be written together", len(run), entity)
            return None
