"""What waits, and what asks for a decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from planner_core.uid import canonical
from planner_desktop.app import shapes
from planner_desktop.app.outcomes import NOTHING, together
from planner_desktop.app.store import Store
from planner_desktop.app.wording import counted
from sync.errors import NotFound
from sync.replica import Choice, Outcome, PendingRow

WAITING = ("waiting", "sending")


class Review:
    """Pending changes and review items of one account."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def pending(self) -> list[dict[str, Any]]:
        """Return the actions that wait to be sent, oldest first."""
        parts: dict[str, list[PendingRow]] = {}
        for part in self._store.reader.pending():
            if part.state in WAITING:
                parts.setdefault(part.action, []).append(part)
        return [shapes.pending(of_action) for of_action in parts.values()]

    def discard(self, actions: Sequence[str] | None) -> Outcome:
        """Take back actions that wait (None: all of them), the latest first. Raises NotFound for one that does not wait."""
        waiting = [str(row["id"]) for row in self.pending()]
        chosen = waiting if actions is None else [_known(text, waiting, "waiting action") for text in actions]
        latest_first = [one for one in reversed(waiting) if one in set(chosen)]
        done = together([self._cancel(one) for one in latest_first])
        if not latest_first:
            return done
        many = len(latest_first) > 1
        said = counted(len(latest_first), "action", "actions") if many else f"“{done.label}”"
        return replace(done, label=f"Discarded {said}")

    def _cancel(self, action: str) -> Outcome:
        return self._store.do(lambda replica: replica.cancel(action))

    def items(self, state: str = "open") -> list[dict[str, Any]]:
        """Return review items: open, closed or all."""
        return [shapes.review(row) for row in self._store.reader.review(state)]

    def resolve(self, items: Sequence[str] | None, choice: Choice) -> tuple[Outcome, int]:
        """Decide open items (None: all of them); return the edit and how many were decided: what a rule keeps back stays open. Raises NotFound."""
        there = [row.id for row in self._store.reader.review("open")]
        chosen = there if items is None else [_known(text, there, "open review item") for text in items]
        if not chosen:
            return NOTHING, 0
        outcome = self._store.do(lambda replica: replica.resolve(chosen, choice))
        return outcome, self._ended(chosen)

    def make_anew(self, items: Sequence[str], sector: str | None) -> tuple[Outcome, int]:
        """Make the rows of open items anew from the copies kept here, in a sector (its id; None: where they were).

        Returns the edit and how many items ended: rows that a rule keeps out stay in theirs. Raises NotFound.
        """
        there = [row.id for row in self._store.reader.review("open")]
        chosen = [_known(text, there, "open review item") for text in items]
        outcome = self._store.do(lambda replica: replica.restore_as_new(chosen, sector))
        return outcome, self._ended(chosen)

    def _ended(self, chosen: Sequence[str]) -> int:
        still_open = {row.id for row in self._store.reader.review("open")}
        return len(set(chosen) - still_open)


def _known(text: str, there: Sequence[str], kind: str) -> str:
    uid = canonical(text) or text
    if uid in there:
        return uid
    raise NotFound(
        f"unknown_{kind.rsplit(maxsplit=1)[-1]}",
        f"There is no {kind} {text!r}.",
        "See the list for the ids there are.",
    )
