"""Tags and notes of a run follow its action: undone they go, done again they come, whoever took the action back and where."""

from __future__ import annotations

from contextlib import suppress

from planner_desktop.app.labels import Labels
from planner_desktop.app.recipebook import RecipeBook
from planner_desktop.app.store import Store
from sync.errors import NotFound
from sync.replica import HistoryRow

LATEST = 50
"""Runs looked at: as many steps of tags and notes are kept."""
LOOKED_AT = 1_000
"""Actions looked through for what took another one back."""
_TURNS = frozenset({"undo", "redo"})


def follow(store: Store, labels: Labels, book: RecipeBook, *, after_commit: bool = True) -> None:
    """Bring the tags and notes of the latest runs to how their actions stand. Called on the writer's thread.

    After a commit this is a look at the latest action alone: only an undo or a redo makes others stand or not.
    """
    if not book.has_runs:
        return
    with store.reading() as reader:
        if after_commit and not any(row.origin in _TURNS for row in reader.history(1)):
            return
        runs = [run for run in book.runs(LATEST) if run.get("step") and run.get("action")]
        if not runs:
            return
        later = {row.undoes: row for row in reader.history(LOOKED_AT) if row.undoes}
        backs: dict[int, bool] = {}
        for run in runs:
            with suppress(NotFound):
                backs[int(run["step"])] = is_undone(reader.action(str(run["action"])), later)
        labels.turn(backs)


def is_undone(action: HistoryRow, later: dict[str, HistoryRow]) -> bool:
    """Tell whether what an action did is taken back: undone, done again, undone again, each takes back the one before it."""
    chain = [action]
    while (following := later.get(chain[-1].id)) is not None:
        chain.append(following)
    if len(chain) == 1:
        return action.undone and not action.redone
    return len(chain) % 2 == 0
