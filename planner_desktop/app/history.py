"""What was done in this profile, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from planner_core.uid import canonical
from planner_desktop.app import shapes
from planner_desktop.app.store import Store
from sync.errors import InvalidUsage, RuleBroken
from sync.replica import LaterStep, Outcome, Progress

Later = Literal["keep", "undo"]
"""What becomes of later steps that wrote over the same values: they stay, and only what still stands is taken back, or they go too."""
PROGRESS: tuple[Progress, ...] = get_args(Progress)
_NAMED = 3


class History:
    """Actions of one account on this computer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(
        self, limit: int = 100, *, text: str = "", progress: Progress | None = None
    ) -> list[dict[str, Any]]:
        """Return actions, latest first: those whose label contains the text and that stand so."""
        rows = self._store.reader.history(limit, text=text, progress=progress)
        return [shapes.action(row) for row in rows]

    def count(self, *, text: str = "", progress: Progress | None = None) -> int:
        """Return how many actions there are in all."""
        return self._store.reader.history_count(text=text, progress=progress)

    def show(self, action: str, limit: int = 100) -> dict[str, Any]:
        """Return one action with its first changes and the later steps in its way. Raises NotFound, InvalidUsage."""
        uid = _known(action)
        found = self._store.reader.action(uid)
        return shapes.action(found) | {
            "changes": [shapes.change(one) for one in self._store.reader.action_changes(uid, limit)],
            "in_the_way": [] if found.undone else [shapes.later(one) for one in self.in_the_way(uid)],
            "gone_with": [] if found.undone else [shapes.later(one) for one in self.gone_with(uid)],
        }

    def in_the_way(self, action: str) -> Sequence[LaterStep]:
        """Return the later steps that wrote over what an action wrote, latest first."""
        return self._store.reader.in_the_way(_known(action))

    def gone_with(self, action: str) -> Sequence[LaterStep]:
        """Return the later steps that changed rows which an action made, latest first: an undo takes the rows away as they are."""
        return self._store.reader.gone_with(_known(action))

    def undo(self, action: str | None = None, *, later: Later = "keep") -> Outcome:
        """Take back an action (its id; None: the latest that can be) where its values still stand.

        With `later="undo"` the later steps in its way are taken back before it. Raises NotFound, and RuleBroken where nothing of the
        action stands because of them: it names them.
        """
        if action is None:
            return self._store.do(lambda replica: replica.undo())
        uid = _known(action)
        found = self._store.reader.action(uid)
        steps = [] if found.undone else self._store.reader.in_the_way(uid)
        if later == "undo" and steps:
            return self._undo_from(uid, steps)
        if steps and sum(step.fresh for step in steps) >= found.rows:
            raise _blocked(found.label, uid, steps)
        return self._store.do(lambda replica: replica.undo(uid))

    def redo(self, action: str | None = None) -> Outcome:
        """Do again what was undone last, or the undone action named. Raises NotFound if there is nothing."""
        if action is None:
            return self._store.do(lambda replica: replica.redo())
        uid = _known(action)
        return self._store.do(lambda replica: replica.redo(uid))

    def _undo_from(self, action: str, steps: Sequence[LaterStep]) -> Outcome:
        if any(not step.undoable for step in steps):
            decided = [step for step in steps if not step.undoable]
            raise RuleBroken(
                "decided_since",
                f"{named(decided)} came later, and a decision is not undone.",
                "Undo without --from-there takes back what still stands.",
            )
        actions = [*(step.id for step in steps), action]
        return self._store.do(lambda replica: replica.undo_all(actions))


def named(steps: Sequence[LaterStep]) -> str:
    """Return the labels of steps as a sentence names them."""
    labels = [f"“{step.label}” ({step.id})" for step in steps[:_NAMED]]
    if len(steps) > _NAMED:
        labels.append(f"{len(steps) - _NAMED:,} more")
    return ", ".join(labels)


def _blocked(label: str, action: str, steps: Sequence[LaterStep]) -> RuleBroken:
    return RuleBroken(
        "in_the_way",
        f"“{label}” cannot be undone by itself: {named(steps)} changed the same since.",
        f"planner undo {action} --from-there takes the later steps back, too.",
        refused=(),
    )


def _known(action: str) -> str:
    uid = canonical(action)
    if uid is None:
        raise InvalidUsage("bad_action_id", f"{action!r} is not the id of an action.", "See: planner history")
    return uid
