"""Group B: outbox and push."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from django.db import transaction

from planner_core.decision import Refused
from planner_core.operations import Set
from planner_core.wire.feed import MutationResult, PushReply
from planner_server import clock
from planner_server.feed.models import MutationResult as Stored
from planner_server.sync_api import judging, pushing
from planner_server.sync_api.judging import Bench
from sync.engine import push
from sync.engine.schedule import Schedule
from sync.errors import EpochChanged, Forked, Gap, PlannerError
from sync.replica import Replica, replica
from sync.replica.bodies import decode, row_ids
from sync.replica.outbox import Outbox
from sync.replica.verdicts import Verdicts
from sync.runner import Runner
from sync.transport import TooLarge
from tests.simulation.bugs.bug import SOME_SEEDS, Bug, swapped, together, wrapped
from tests.simulation.histories import outbox as histories

HALF_A_DAY = 12 * 3_600 * 1_000


def _remembering_for(milliseconds: int) -> Any:
    """What was carried out is known for a while only; sent again later, it counts as new."""

    def around(drain: Any) -> Any:
        def drained(lane: Any, queue: Any, *more: Any) -> None:
            first = queue[0].header.seq if queue else 0
            if queue and first <= lane.progress.last_seq:
                old = Stored.objects.filter(
                    replica=lane.replica,
                    scope=lane.entry.scope,
                    seq__gte=first,
                    at__lte=clock.now_ms() - milliseconds,
                )
                if old.exists():
                    old.delete()
                    lane.progress.last_seq = first - 1
            drain(lane, queue, *more)

        return drained

    return around


def _never_given_up(error: Exception, *_: Any, **__: Any) -> None:
    raise error


def _skipped_after_a_refusal(judged: Any) -> Any:
    """The watermark passes a refused mutation and all that came with it."""
    refused: list[Any] = []

    def given(self: Bench, pushed: Any, *more: Any) -> MutationResult:
        if any(gate is self.gate for gate in refused):
            head = pushed.header
            return MutationResult(seq=head.seq, op_id=head.op_id, verdict="applied", ver=self.gate.version)
        result: MutationResult = judged(self, pushed, *more)
        if result.verdict == "rejected":
            refused.append(self.gate)
        return result

    return given


def _trouble_taken_for_a_refusal(send: Any) -> Any:
    def sent(ctx: Any, row: Any, parts: Any) -> PushReply:
        try:
            return send(ctx, row, parts)  # type: ignore[no-any-return]
        except (TooLarge, EpochChanged, Forked, Gap):
            raise
        except PlannerError:
            results = [MutationResult(seq=one.seq, op_id=one.op_id, verdict="rejected") for one in parts]
            return PushReply(
                epoch=row.server_epoch,
                version=row.told_version,
                token=row.told_token,
                last_seq=parts[-1].seq,
                results=results,
            )

    return sent


def _for_ever(self: Schedule, now: float, _retry_after_ms: int = 0) -> None:
    self.failures += 1
    self.due = self.calm_until = now + 1e15


def _unguarded(self: Runner) -> float | None:
    self._take_notes()
    step = self._engine.step()
    self._tell()
    return step.due


def _one_by_one(self: Verdicts, scope: int, results: Any, version: int) -> None:
    """Plain verdicts go the way of all others."""
    for result in results:
        self.one(scope, result, version)


def _row_is_clean(one: Any) -> Any:
    """A verdict takes the dirty flag off the rows: whatever waits on them counts as sent."""

    def kept(self: Verdicts, scope: int, result: Any, version: int) -> None:
        one(self, scope, result, version)
        mutation = self._outbox.by_op(result.op_id)
        if mutation is None:
            return
        rows = {uid for ids in row_ids(decode(mutation.body).operations).values() for uid in ids}
        for other in self._outbox.waiting_after(mutation.id):
            reached = {uid for ids in row_ids(decode(other.body).operations).values() for uid in ids}
            if reached & rows:
                self._store.run(
                    "UPDATE mutation SET state = 'applied', verdict = 'applied', ver = ? WHERE id = ?",
                    result.ver or version,
                    other.id,
                )
                self._store.run(
                    "UPDATE scope_state SET next_seq = next_seq - 1 WHERE k = ? AND next_seq = ? + 1",
                    other.scope,
                    other.seq,
                )

    return kept


def _joined_across_rows(operations: Any) -> Iterator[Any]:
    held: Set | None = None
    for operation in operations:
        alike = (
            isinstance(operation, Set)
            and held is not None
            and (operation.entity, operation.group) == (held.entity, held.group)
        )
        if alike and held is not None:
            held = replace(held, changes=[*held.changes, *operation.changes])
            continue
        if held is not None:
            yield held
        held = operation if isinstance(operation, Set) else None
        if held is None:
            yield operation
    if held is not None:
        yield held


def _sent_later(edit: Any) -> Any:
    """The rows are saved and shown first, what is to be sent is written down afterwards."""

    def edited(self: Replica, work: Any) -> Any:
        held: list[tuple[str, Any]] = []

        def hold(_outbox: Outbox, action: str, parts: Any, _log: Any) -> int:
            held.append((action, parts))
            return 0

        with patch.object(Outbox, "append", hold):
            outcome = edit(self, work)
        with self._store.write() as log:
            for action, parts in held:
                self._outbox.append(action, parts, log)
        return outcome

    return edited


def _one_word_for_all(judged: Any) -> Any:
    def given(self: Bench, pushed: Any, *more: Any) -> MutationResult:
        result: MutationResult = judged(self, pushed, *more)
        return result.model_copy(update={"verdict": "rejected", "rows": []}) if result.rows else result

    return given


def _all_or_nothing(applied: Any) -> Any:
    """One row that was changed since stops the whole mutation."""

    def tried(self: Bench, pushed: Any, *more: Any) -> Any:
        with transaction.atomic():
            before = transaction.savepoint()
            work = applied(self, pushed, *more)
            if not any(row.code == "conflict" for row in work.said):
                transaction.savepoint_commit(before)
                return work
            transaction.savepoint_rollback(before)
        work.said, work.written, work.rejections = [], 0, 0
        for entity, ids in row_ids(pushed.body.operations).items():
            work.refuse(entity, [Refused("conflict", "A row was changed since.", sorted(ids))])
        return work

    return tried


@contextmanager
def _only_what_was_not_handed_on() -> Iterator[None]:
    narrower = replica._OPEN.replace("state IN ('waiting', 'sending')", "state = 'waiting'")
    assert narrower != replica._OPEN
    with patch.object(replica, "_OPEN", narrower):
        yield


BUGS = [
    Bug(
        "what was carried out is not remembered",
        "P14",
        "B",
        wrapped(pushing, "_drain", _remembering_for(0)),
        histories.an_answer_is_lost_and_a_colleague_writes_meanwhile,
    ),
    Bug(
        "what was carried out is remembered for half a day",
        "P15",
        "B",
        wrapped(pushing, "_drain", _remembering_for(HALF_A_DAY)),
        histories.an_answer_is_lost_for_three_months,
    ),
    Bug(
        "work handed to the network counts as sent",
        "P16",
        "B",
        _only_what_was_not_handed_on,
        histories.a_request_is_lost_on_its_way,
        seeds=SOME_SEEDS,
    ),
    Bug(
        "one poisoned mutation fails the whole request",
        "P17",
        "B",
        swapped((pushing, "_count_failure", _never_given_up)),
        histories.the_platform_stumbles_over_one_edit,
    ),
    Bug(
        "a refusal takes along what came with it",
        "P18",
        "B",
        wrapped(Bench, "_judged", _skipped_after_a_refusal),
        histories.a_refused_edit_before_a_good_one,
    ),
    Bug(
        "a failing platform taken for a refusal",
        "P19",
        "B",
        wrapped(push, "_send", _trouble_taken_for_a_refusal),
        histories.the_platform_answers_with_any_status,
    ),
    Bug(
        "no attempt after a failure",
        "P20",
        "B",
        swapped((Schedule, "failed", _for_ever)),
        histories.an_upload_fails_and_nobody_edits_again,
        seeds=SOME_SEEDS,
    ),
    Bug(
        "a fault ends the thread that syncs",
        "P21",
        "B",
        swapped((Runner, "_one_step", _unguarded)),
        histories.a_step_stumbles_over_a_fault_of_ours,
        note="No simulated machine has a thread.",
    ),
    Bug(
        "a verdict cleans the row and not the work",
        "P22",
        "B",
        together(swapped((Verdicts, "_applied", _one_by_one)), wrapped(Verdicts, "one", _row_is_clean)),
        histories.an_edit_while_another_is_on_its_way,
    ),
    Bug(
        "edits of one row joined out of their order",
        "P23",
        "B",
        swapped((judging, "joined", _joined_across_rows)),
        histories.one_action_sets_a_row_twice,
        note="The outbox joins nothing; the platform does, when it carries a mutation out.",
    ),
    Bug(
        "shown as saved before it is kept for sending",
        "P24",
        "B",
        wrapped(Replica, "_edit", _sent_later),
        histories.a_crash_right_after_an_edit_was_shown_as_saved,
    ),
    Bug(
        "one verdict for all rows of a mutation",
        "P25",
        "B",
        wrapped(Bench, "_judged", _one_word_for_all),
        histories.one_row_of_three_was_changed_by_somebody_else,
    ),
    Bug(
        "one changed row stops the whole mutation",
        "P26",
        "B",
        wrapped(Bench, "_applied", _all_or_nothing),
        histories.one_row_of_three_was_changed_by_somebody_else,
    ),
]
