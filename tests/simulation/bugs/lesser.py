"""Holes of severity 2 that can be switched: work that never ends, or replicas that stay different."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.db import transaction

from planner_server import clock
from planner_server.planning.services import conflicts, deciding, rewriting
from planner_server.sync_api import judging
from planner_server.sync_api.judging import Bench
from sync.engine import push, verify
from sync.engine.round import Round
from sync.errors import Gap
from sync.replica import again, archive, inverse, recovery
from sync.replica import feed as replica_feed
from sync.replica.absorb.decoding import LineDecoder
from sync.replica.bodies import decode, row_ids
from sync.replica.outbox import Outbox
from sync.replica.overlay import Overlay
from sync.replica.recovery import _arrived
from tests.simulation.bugs.bug import Bug, swapped, together, wrapped
from tests.simulation.histories import cursors as reading
from tests.simulation.histories import meeting, outbox, restores

TWO_DAYS = 2 * 24 * 3_600 * 1_000


def _standing_or_not(operation: Any, facts: Any) -> Any:
    """An undo takes back what it did, whatever came since."""
    changes = [
        replace(change, ids=alike.ids)
        for change in operation.changes
        for alike in facts.alike(operation.entity, change.ids, operation.group)
        if not alike.deleted
    ]
    return replace(operation, changes=changes) if changes else None


class _Whatever(list[Any]):
    """What a mutation wanted is any part of it."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None


def _any_part(_mutation: Any) -> list[Any]:
    """One part of refused work sent again stands for all of it."""
    return _Whatever()


def _renumbers_all(renumber: Any) -> Any:
    """A fork numbers answered work anew, too, and does not send it again."""

    def renumbered(store: Any, scope: int, replica: str) -> None:
        renumber(store, scope, replica)
        answered = store.value(
            "SELECT count(*) FROM mutation WHERE scope = ? AND confirmed = 0 AND state IN ('applied', 'partly')",
            scope,
        )
        store.run(
            "UPDATE mutation SET seq = seq + ? WHERE scope = ? AND state IN ('waiting', 'sending')",
            answered,
            scope,
        )
        store.run("UPDATE scope_state SET next_seq = next_seq + ? WHERE k = ?", answered, scope)

    return renumbered


def _hole(self: Outbox, mutation: Any, operations: Any = ()) -> None:
    """A cancelled mutation leaves nothing where its number was."""
    if operations:
        return
    self._store.run(
        "UPDATE mutation SET state = 'cancelled', confirmed = 1, seq = NULL WHERE id = ?", mutation.id
    )


def _equal_counts(buckets: Any) -> Any:
    """A digest counts rows and looks at their versions, not at what they hold."""
    return [(count, "") for count, _ in buckets]


def _gap_is_a_gap(amend: Any) -> Any:
    def amended(self: Round, error: Any) -> Iterator[None]:
        if isinstance(error, Gap):
            yield
        else:
            yield from amend(self, error)

    return amended


def _under_its_own_id(store: Any, _outbox: Any, scope: int, overlay: Overlay, log: Any) -> None:
    """Parked work is sent again as it was."""
    parked = store.all(
        "SELECT id, ver, body FROM mutation WHERE scope = ? AND state = 'parked' AND verdict = 'parked_dependency'",
        scope,
    )
    for mutation, ver, body in parked:
        operations = decode(body).operations
        if _arrived(store, operations, ver or 0):
            seq = store.value(
                "UPDATE scope_state SET next_seq = next_seq + 1 WHERE k = ? RETURNING next_seq - 1", scope
            )
            store.run(
                "UPDATE mutation SET state = 'waiting', confirmed = 0, seq = ?, ver = NULL WHERE id = ?",
                seq,
                mutation,
            )
            overlay.touch(row_ids(operations))
            log.note("pending")


def _unknown_is_gone(state_of_clusters: Any) -> Any:
    """A reference to what nobody has heard of becomes none, as one to a row in the trash does."""

    def state(work: Any, wanted: set[str]) -> Any:
        unknown, deleted, *more = state_of_clusters(work, wanted)
        return (type(unknown)(), deleted | set(unknown), *more)

    return state


def _unknown_question(work: Any, operation: Any) -> None:
    work.say("not_found", operation.entity, [operation.id])
    work.rejections += 1


def _one_by_one(take: Any) -> Any:
    """A dry run tries every mutation by itself."""

    def tried(self: Bench, pushed: Any, *more: Any) -> Any:
        if self.gate.token:
            return take(self, pushed, *more)
        with transaction.atomic():
            before = transaction.savepoint()
            result = take(self, pushed, *more)
            transaction.savepoint_rollback(before)
        return result

    return tried


def _strict(self: LineDecoder, raw: bytes, _unreadable: Any) -> Any:
    return self._rows.decode(raw)


def _nothing(*_: Any, **__: Any) -> None:
    pass


def _no(*_: Any, **__: Any) -> bool:
    return False


def _random_id(*_: Any) -> str:
    return clock.new_uid()


BUGS = [
    Bug(
        "undo does not look at what is shown",
        "P70",
        "2",
        swapped((inverse, "_standing_set", _standing_or_not)),
        meeting.an_undo_after_a_colleague_wrote_something_else,
    ),
    Bug(
        "a fork numbers answered work anew",
        "P82",
        "2",
        together(wrapped(recovery, "_renumber", _renumbers_all), wrapped(Round, "_amend", _gap_is_a_gap)),
        restores.a_fork_with_answered_and_open_work,
        note="Together with P84, whose rule heals it.",
    ),
    Bug(
        "a cancelled edit leaves a hole",
        "P83",
        "2",
        together(swapped((Outbox, "void", _hole)), wrapped(Round, "_amend", _gap_is_a_gap)),
        outbox.work_that_was_cancelled_in_the_middle,
        note="Together with P84, whose rule heals it.",
    ),
    Bug(
        "a digest does not look at content",
        "P93",
        "2",
        swapped((verify, "_normal", _equal_counts)),
        reading.a_base_row_goes_wrong,
    ),
    Bug(
        "a lost number taken for a gap",
        "P84",
        "2",
        wrapped(Round, "_amend", _gap_is_a_gap),
        restores.the_platform_forgets_a_number,
    ),
    Bug(
        "parked work sent again under its own id",
        "P86",
        "2",
        swapped((replica_feed, "resend_parked", _under_its_own_id)),
        restores.an_assignment_comes_before_its_cluster,
    ),
    Bug(
        "a part of refused work takes the place of the whole",
        "P86",
        "1",
        swapped((again, "_asking", _any_part)),
        outbox.one_thing_of_an_edit_that_failed_is_sent_again,
    ),
    Bug(
        "pending creations beside delivered twins",
        "P87",
        "2",
        swapped((Overlay, "_merge_provisionally", _nothing)),
        meeting.a_pending_creation_meets_a_delivered_row,
    ),
    Bug(
        "references to unknown rows are dropped",
        "P88",
        "2",
        wrapped(rewriting, "_state_of_clusters", _unknown_is_gone),
        restores.an_assignment_comes_before_its_cluster,
    ),
    Bug(
        "questions are known to one platform's memory only",
        "P89",
        "2",
        together(
            swapped((conflicts, "conflict_id", _random_id)),
            swapped((deciding, "_unknown_item", _unknown_question)),
        ),
        restores.a_question_that_a_restore_forgot,
    ),
    Bug(
        "ending a question needs the right to write",
        "P91",
        "2",
        swapped((judging, "only_ends", _no), (push, "only_ends", _no)),
        meeting.a_question_of_someone_who_may_only_read_by_now,
    ),
    Bug(
        "one unreadable row stops the pull",
        "P92",
        "2",
        swapped((LineDecoder, "_each", _strict)),
        meeting.a_row_that_cannot_be_read,
    ),
    Bug(
        "rows delivered under a pending deletion stay",
        "P94",
        "2",
        swapped((Overlay, "_detach_from_deleted", _nothing)),
        meeting.a_row_comes_into_a_cluster_that_is_about_to_go,
    ),
    Bug(
        "the archive is trimmed after two days",
        "P97",
        "2",
        swapped((archive, "KEPT_MS", TWO_DAYS)),
        restores.work_of_long_ago_after_a_restore,
    ),
    Bug(
        "a dry run tries each edit by itself",
        "P98",
        "2",
        wrapped(Bench, "take", _one_by_one),
        meeting.a_dry_run_of_work_that_builds_on_itself,
    ),
]
