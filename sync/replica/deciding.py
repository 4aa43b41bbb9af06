"""Review items decided: mine or theirs, each by itself, all of them one action."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from planner_core.operations import Change, Operation, Resolve, Set
from planner_core.rules import check
from sync.errors import NotFound
from sync.replica import review
from sync.replica.bodies import decode, only
from sync.replica.desk import Desk, Tally
from sync.replica.effects import Effects
from sync.replica.outbox import Part
from sync.replica.overlay import refresh_review_marks
from sync.replica.records import Choice


class Deciding:
    """The user's decisions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def resolve(self, review_ids: Sequence[str], choice: Choice) -> Tally:
        """Decide items, each by itself; all of them become one action."""
        items = [self._open_item(uid) for uid in dict.fromkeys(review_ids)]
        tally = Tally(
            label=f"Keep {'mine' if choice == 'mine' else 'theirs'} for {len(items)} review item{'s' * (len(items) != 1)}"
        )
        effects = Effects(self._desk.store, self._desk.log)
        parts: list[Part] = []
        for item in items:
            if item.kind == "conflict":
                operation: Operation = decision(item, choice)
                effects.apply(operation, item.scope)
                parts.append(Part(item.scope, [operation]))
            elif choice == "mine":
                parts += self._again(item, effects, tally)
            close_item(self._desk, item, choice)
            tally.changed += len(item.ids)
        if parts:
            tally.action = self._desk.outbox.begin(tally.label, "resolve")
            self._desk.outbox.append(tally.action, _joined(parts), self._desk.log)
        return tally

    def _open_item(self, uid: str) -> review.Item:
        item = review.load_item(self._desk.store, uid)
        if item is None or item.state != "open":
            raise NotFound(
                "unknown_review_item",
                f"There is no open review item {uid}.",
                "See `planner review list` for the ids.",
            )
        return item

    def _again(self, item: review.Item, effects: Effects, tally: Tally) -> list[Part]:
        """Refused work is sent again as new work: compared against what is there now, under a new op id."""
        parts: list[Part] = []
        wanted = set(item.ids)
        for op_id in item.ops:
            mutation = self._desk.outbox.by_op(op_id)
            for operation in decode(mutation.body).operations if mutation else ():
                piece = only(operation, wanted.__contains__)
                if isinstance(piece, Set):
                    piece = self._against_now(piece)
                if piece is None:
                    continue
                allowed, refused = check(piece, self._desk.facts)
                tally.refused += refused
                if allowed is not None:
                    effects.apply(allowed, item.scope)
                    parts.append(Part(item.scope, [allowed], supersedes=[op_id]))
        return parts

    def _against_now(self, operation: Set) -> Set | None:
        changes = [
            Change(alike.current, change.new, alike.ids)
            for change in operation.changes
            for alike in self._desk.facts.alike(operation.entity, change.ids, operation.group)
            if not alike.deleted and alike.current != change.new
        ]
        return replace(operation, changes=changes) if changes else None


def close_item(desk: Desk, item: review.Item, choice: Choice) -> None:
    """Close a review item as decided and give its rows their marks."""
    review.close(desk.store, item.id, choice)
    refresh_review_marks(desk.store, desk.log, item.entity, item.ids)
    desk.log.note("review")


def decision(item: review.Item, choice: Choice) -> Resolve:
    """Return the operation that decides a conflict."""
    value = item.mine if choice == "mine" else item.theirs
    return Resolve(item.id, choice, item.entity, item.ids[0], item.group, value or (), item.theirs or ())


def _joined(parts: Sequence[Part]) -> list[Part]:
    """Put decisions of one scope that supersede nothing into common mutations of at most 2,000."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        fits = last is not None and last.scope == part.scope and not last.supersedes and not part.supersedes
        if last is not None and fits and len(last.operations) < 2_000:
            joined[-1] = Part(part.scope, [*last.operations, *part.operations])
        else:
            joined.append(part)
    return joined
