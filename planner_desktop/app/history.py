"""What was done in this profile, and taking it back."""

from __future__ import annotations

from typing import Any

from planner_core.uid import canonical
from planner_desktop.app import shapes
from planner_desktop.app.store import Store
from sync.errors import InvalidUsage
from sync.replica import Outcome


class History:
    """Actions of one account on this computer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return actions, latest first."""
        return [shapes.action(row) for row in self._store.reader.history(limit)]

    def count(self) -> int:
        """Return how many actions there are in all."""
        return self._store.reader.history_count()

    def undo(self, action: str | None = None) -> Outcome:
        """Take back an action (its id; None: the latest that can be) where its values still stand. Raises NotFound."""
        if action is None:
            return self._store.do(lambda replica: replica.undo())
        uid = canonical(action)
        if uid is None:
            raise InvalidUsage(
                "bad_action_id", f"{action!r} is not the id of an action.", "See: planner history"
            )
        return self._store.do(lambda replica: replica.undo(uid))

    def redo(self) -> Outcome:
        """Do again what was undone last. Raises NotFound if there is nothing."""
        return self._store.do(lambda replica: replica.redo())
