"""Review items decided: mine or theirs, each by itself, all of them one action."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from planner_core.decision import Refused
from planner_core.operations import CHILDREN, PART_ROWS, Resolve, size
from sync.errors import NotFound
from sync.replica import keepsakes, review
from sync.replica.access import is_read_only, read_only
from sync.replica.again import UNSEEN_CHILDREN, Again, KeptBack
from sync.replica.as_new import AsNew
from sync.replica.bodies import decode, pack, row_ids
from sync.replica.closing import close_item, decision, dismissal
from sync.replica.desk import Desk, Nothing, Tally
from sync.replica.effects import Effects
from sync.replica.lost import LOST
from sync.replica.membership import return_members
from sync.replica.outbox import Part
from sync.replica.overlay import Overlay
from sync.replica.records import Choice
from sync.replica.shut_out import SHUT_OUT

ELSEWHERE = "This was done on another of your computers. Send it again there, or let it go here."


class Deciding:
    """The user's decisions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._anew = Again(desk)

    def resolve(self, review_ids: Sequence[str], choice: Choice) -> Tally:
        """Decide items, each by itself; all of them become one action. What the rules keep back stays open, with the reason.

        Raises Nothing if that is all of them.
        """
        items = [self._open_item(uid) for uid in dict.fromkeys(review_ids)]
        tally = Tally(
            label=f"Keep {'mine' if choice == 'mine' else 'theirs'} for {len(items)} review item{'s' * (len(items) != 1)}"
        )
        effects = Effects(self._desk.store, self._desk.log)
        parts: list[Part] = []
        for item in items:
            if not self._is_open(item):
                # It asked about work that was sent again as a whole with an item before it.
                tally.changed += len(item.ids)
                continue
            try:
                parts += self._decided(item, choice, effects)
            except KeptBack as kept:
                tally.refused += kept.refused
                continue
            if item.kind != LOST or choice != "mine":
                # What could not be made anew stays in its item.
                close_item(self._desk, item, choice)
            tally.changed += len(item.ids)
        if tally.refused and not tally.changed:
            raise Nothing(tally)
        if parts:
            tally.action = self._desk.outbox.begin(tally.label, "resolve")
            self._desk.outbox.append(tally.action, _joined(parts), self._desk.log)
            done = [one for part in parts for one in part.operations]
            return_members(self._desk.store, self._desk.log, done)
            if any(isinstance(one, Resolve) and one.choice == "mine" for one in done):
                # The cluster that somebody wanted then may be one whose deletion waits by now.
                Overlay(self._desk.store, self._desk.log).recompute()
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

    def _is_open(self, item: review.Item) -> bool:
        return bool(self._desk.store.value("SELECT state = 'open' FROM review WHERE id = ?", item.id))

    def _again(self, item: review.Item) -> list[Part]:
        if not self._anew.own(item):
            raise KeptBack([Refused("elsewhere", ELSEWHERE, list(item.ids))])
        return self._anew.mine(item)

    def _work(self, item: review.Item, choice: Choice) -> list[Part]:
        """Send refused or parked work again, or let it go; either way its question ends."""
        if choice == "theirs":
            return self._dismissed(item, ())
        own = [mutation.op_id for mutation in self._anew.own(item)]
        parts = self._again(item)
        replaced = {op_id for part in parts for op_id in part.supersedes}
        left = [op_id for op_id in own if op_id not in replaced]
        return [*parts, *self._dismissed(item, left)] if left else parts

    def _dismissed(self, item: review.Item, ops: Sequence[str]) -> list[Part]:
        ends = dismissal(self._desk, item, ops)
        return [Part(item.scope, ends)] if ends else []

    def _decided(self, item: review.Item, choice: Choice, effects: Effects) -> list[Part]:
        """Carry a decision out here and return what of it is to be sent. Raises KeptBack: the item stays open."""
        # Leaving it to the platform writes nothing, except where a cluster comes back for the rows that were put into it.
        writes = (choice == "mine") is not (item.code == UNSEEN_CHILDREN)
        if writes and is_read_only(self._desk.store, item.scope):
            raise KeptBack([read_only(item.ids)])
        if item.code == SHUT_OUT:
            self._discard(item)
            return []
        if item.kind == LOST and choice == "mine":
            return AsNew(self._desk).parts([item], None)
        if item.kind == LOST:
            keepsakes.forget(self._desk.store, item.ids)
            return []
        if item.code == UNSEEN_CHILDREN:
            # The platform knows what the cluster held: it comes back by the feed, with its rows.
            return [Part(item.scope, [replace(decision(item, choice), group=CHILDREN)])]
        if item.kind != "conflict":
            return self._work(item, choice)
        if choice == "mine" and item.group == "deleted":
            # The question ends, and the row is deleted as it is shown: who changes it meanwhile is heard.
            return [Part(item.scope, [decision(item, "theirs"), *self._anew.deletion(item)])]
        operation = decision(item, choice)
        effects.apply(operation, item.scope)
        return [Part(item.scope, [operation])]

    def _discard(self, item: review.Item) -> None:
        """Let work go whose site is closed to its author: it is not sent even if access comes back."""
        overlay = Overlay(self._desk.store, self._desk.log)
        for op_id in item.ops:
            mutation = self._desk.outbox.by_op(op_id)
            if mutation is not None and mutation.state in ("waiting", "sending"):
                self._desk.outbox.void(mutation)
                keepsakes.forget(self._desk.store, item.ids)
                overlay.touch(row_ids(decode(mutation.body).operations))
                self._desk.log.note("pending", "history")
        # Who may read the site again, but not write there, sees its rows.
        overlay.recompute()


def _joined(parts: Sequence[Part]) -> list[Part]:
    """Put decisions of one scope that supersede nothing into common mutations; none names more rows than a push takes."""
    joined: list[Part] = []
    room = 0
    for whole in parts:
        # Rows that come out of the trash are named twice: what was one mutation can be two when it is sent again.
        for operations in pack(whole.operations, PART_ROWS):
            part = replace(whole, operations=operations)
            rows = sum(map(size, operations))
            last = joined[-1] if joined else None
            fits = (
                last is not None and last.scope == part.scope and not last.supersedes and not part.supersedes
            )
            if last is not None and fits and rows <= room:
                joined[-1] = replace(last, operations=[*last.operations, *operations])
            else:
                joined.append(part)
                room = PART_ROWS
            room -= rows
    return joined
