"""Questions whose answer was discarded before it was sent, or was not taken: they are asked again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from planner_core.operations import Operation, Resolve, Set
from sync.replica import review
from sync.replica.bodies import decode
from sync.replica.desk import Desk
from sync.replica.outbox import MutationRow
from sync.replica.overlay import refresh_review_marks
from sync.replica.rebasing import refusals
from sync.replica.store import json_list

Cell = tuple[str, str, str]
"""(entity, group, uid)."""


def reopen(desk: Desk, mutation: MutationRow, operations: Sequence[Operation]) -> None:
    """Ask again what these operations of a mutation had answered, unless other work that is still to be heard answers it, too.

    To be called once the mutation itself is discarded.
    """
    for uid in dict.fromkeys(_answered(desk, mutation, operations)):
        _open(desk, uid)


def reopen_untaken(desk: Desk, mutation: MutationRow, cells: Iterable[Cell], *, is_unread: bool) -> None:
    """Ask again what these edits of a mutation had answered, which the platform did not take: there the question is open still.

    `is_unread`: the platform has looked at nothing of the mutation, so its decisions count as little as its edits.
    """
    unheard = _undecided(desk, mutation) if is_unread else iter(())
    for uid in dict.fromkeys([*_written(desk, mutation, cells), *unheard]):
        _open(desk, uid)


def _open(desk: Desk, uid: str) -> None:
    item = review.load_item(desk.store, uid)
    if item is None or item.state != "closed":
        return
    desk.store.run("UPDATE review SET state = 'open', decided = '' WHERE id = ?", uid)
    refresh_review_marks(desk.store, desk.log, item.entity, item.ids)
    desk.log.note("review")


def _answered(desk: Desk, mutation: MutationRow, operations: Sequence[Operation]) -> Iterator[str]:
    for operation in operations:
        if isinstance(operation, Resolve):
            _speak_again(desk, operation)
            if not _is_waited_for(desk, mutation.scope, operation.conflict):
                yield operation.conflict
    yield from _written(desk, mutation, refusals(operations, None))
    former = json.loads(
        desk.store.value("SELECT supersedes FROM mutation WHERE op_id = ?", mutation.op_id) or "[]"
    )
    for op_id in former:
        yield from _sent_again(desk, op_id)


def _undecided(desk: Desk, mutation: MutationRow) -> Iterator[str]:
    """Yield what a mutation's decisions had closed here, unless the platform has told since that it is closed there, too."""
    made = desk.store.value("SELECT made FROM mutation WHERE id = ?", mutation.id)
    for operation in decode(mutation.body).operations:
        if not isinstance(operation, Resolve):
            continue
        _speak_again(desk, operation)
        told = "SELECT 1 FROM review WHERE id = ? AND state = 'closed' AND ver > ?"
        ended_elsewhere = desk.store.value(told, operation.conflict, made)
        if not ended_elsewhere and not _is_waited_for(desk, mutation.scope, operation.conflict):
            yield operation.conflict


def _is_waited_for(desk: Desk, scope: int, item: str) -> bool:
    named = "SELECT 1 FROM mutation WHERE confirmed = 0 AND scope = ? AND instr(body, CAST(? AS BLOB)) > 0"
    return bool(desk.store.value(named, scope, item))


def _speak_again(desk: Desk, operation: Resolve) -> None:
    """Give an item that was kept open for other work the operations back that were to end."""
    item = review.load_item(desk.store, operation.conflict)
    if item is not None and item.kind in review.WORK and item.state == "open":
        ended = [str(op_id) for op_id in operation.value if str(op_id) not in item.ops]
        review.keep_for(desk.store, item.id, [*item.ops, *ended])


def _written(desk: Desk, mutation: MutationRow, cells: Iterable[Cell]) -> Iterator[str]:
    """Yield the conflicts that ended because these fields were written, and that no other work which waits writes."""
    fields: dict[tuple[str, str], list[str]] = {}
    for entity, group, uid in cells:
        fields.setdefault((entity, group), []).append(uid)
    for (entity, group), ids in fields.items():
        closed = desk.store.all(
            "SELECT id, uid FROM review WHERE state = 'closed' AND kind = 'conflict' AND decided = ? AND entity = ? AND grp = ?"
            " AND uid IN (SELECT value FROM json_each(?))",
            review.BY_EDIT,
            entity,
            group,
            json_list(ids),
        )
        yield from (item for item, uid in closed if not _is_written(desk, mutation, (entity, group, uid)))


def _is_written(desk: Desk, mutation: MutationRow, cell: Cell) -> bool:
    entity, group, uid = cell
    naming = desk.store.all(
        "SELECT body FROM mutation WHERE confirmed = 0 AND scope = ? AND id <> ? AND instr(body, CAST(? AS BLOB)) > 0",
        mutation.scope,
        mutation.id,
        uid,
    )
    return any(
        isinstance(one, Set) and (one.entity, one.group) == (entity, group) and uid in one.ids
        for (body,) in naming
        for one in decode(body).operations
    )


def _sent_again(desk: Desk, op_id: str) -> Iterator[str]:
    """Yield the items about work that was to be sent again, if nothing stands in its place any more."""
    again = "SELECT 1 FROM mutation WHERE state <> 'cancelled' AND instr(supersedes, ?) > 0"
    if desk.store.value(again, op_id):
        return
    rows = desk.store.all(
        "SELECT id FROM review WHERE state = 'closed' AND kind <> 'conflict' AND instr(ops, ?) > 0", op_id
    )
    yield from (uid for (uid,) in rows)
