"""Refused and parked work as items of its author, on every machine of his, until it is sent again or let go."""

from __future__ import annotations

from collections.abc import Iterator

from planner_core.operations import Set
from planner_core.uid import conflict_id
from planner_core.wire.codes import INFORMATION, PARKED, QUESTIONS, REFUSED, UNREAD, WORK
from planner_core.wire.feed import MutationResult as Result
from planner_core.wire.feed import RowResult
from planner_server.accounts.models import User
from planner_server.feed.gate import Gate
from planner_server.feed.models import Conflict
from planner_server.planning.services import Place
from planner_server.sync_api.parsing import Pushed

_PARKING = frozenset({"parked_dependency", "too_old"})
_LONGEST_GROUP = 40
TOO_OLD = (
    "This edit is so old that the platform cannot tell whether it had it before. Apply it now, or let it go."
)


def with_items(result: Result, pushed: Pushed, user: User, gate: Gate, place: Place) -> Result:
    """Return the result with an item's id on every row that was not carried out; the items are kept. Former forms' items end."""
    if pushed.body is not None and pushed.body.supersedes and user.pk in place.questions:
        _end(pushed.body.supersedes, user, gate)
    if result.verdict == "applied":
        return result
    rows = [_kept(row, result.verdict, pushed, user, gate) for row in _rows(result, pushed)]
    if any(row.conflict for row in rows):
        place.questions.add(user.pk)
    return result.model_copy(update={"rows": rows})


def _rows(result: Result, pushed: Pushed) -> Iterator[RowResult]:
    """Yield what is listed; for what is said of a mutation as a whole, each thing it wanted: nothing of it was carried out."""
    rows = result.rows or (
        [RowResult(code="too_old", message=TOO_OLD)] if result.verdict == "too_old" else []
    )
    for row in rows:
        if row.ids or row.code not in UNREAD or pushed.body is None:
            yield row
            continue
        # With its group: what is asked about one field must not end with the answer about another.
        wanted: dict[tuple[str, str], dict[str, None]] = {}
        for operation in pushed.body.operations:
            group = operation.group if isinstance(operation, Set) else ""
            wanted.setdefault((operation.entity, group), {}).update(dict.fromkeys(operation.ids))
        for (entity, group), ids in wanted.items():
            yield row.model_copy(update={"e": entity, "ids": list(ids), "group": group})


def _kept(row: RowResult, verdict: str, pushed: Pushed, user: User, gate: Gate) -> RowResult:
    if row.code in INFORMATION or row.code in QUESTIONS or pushed.body is None:
        return row
    named = [(operation.entity, list(operation.ids)) for operation in pushed.body.operations if operation.ids]
    if not named:
        return row
    entity, ids = row.e or named[0][0], row.ids or named[0][1]
    kind = PARKED if verdict in _PARKING or row.code == "missing" else REFUSED
    op, group = pushed.header.op_id, row.group[:_LONGEST_GROUP]
    item = Conflict.objects.filter(user=user, row=ids[0], group=group, kind=kind, state="open").first()
    if item is None:
        uid = conflict_id(op, f"{entity}{ids[0]}{row.code}", row.group)
        item = Conflict.objects.filter(uid=uid, user=user).first() or Conflict(uid=uid, user=user)
    # One question about all rows that any of its operations lost: what an earlier one lost beside this row is still open.
    rows = dict.fromkeys([*(item.details.get("ids", ()) if item.state == "open" else ()), *ids])
    item.scope_id, item.entity, item.row, item.group, item.kind = gate.scope_id, entity, ids[0], group, kind
    item.base, item.mine, item.theirs = row.base, row.mine, row.theirs
    item.at, item.state, item.ver = pushed.body.at, "open", gate.version
    item.ops = [*item.ops, op] if op not in item.ops else item.ops
    item.details = {"code": row.code, "message": row.message, "ids": list(rows), "label": pushed.body.label}
    item.save()
    return row.model_copy(update={"conflict": item.uid, "e": entity, "ids": ids})


def _end(former: tuple[str, ...], user: User, gate: Gate) -> None:
    """Close the items of former forms of this work: it was sent again. What they say of other operations stays open."""
    asked = Conflict.objects.filter(user=user, scope_id=gate.scope_id, kind__in=WORK, state="open")
    for item in asked.only("pk", "ops"):
        left = [op for op in item.ops if op not in former]
        if len(left) < len(item.ops):
            state = "open" if left else "closed"
            asked.filter(pk=item.pk).update(state=state, ops=left or item.ops, ver=gate.version)
