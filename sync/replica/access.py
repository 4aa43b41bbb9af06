"""What the user may only read: told by the last hello, asked before each edit."""

from __future__ import annotations

from collections.abc import Sequence

from planner_core.decision import Refused
from sync.replica.store import Store

READ_ONLY = "You may read this site, not change it. Ask an owner for the editor's role."


def is_read_only(store: Store, scope: int) -> bool:
    """Return whether the platform takes nothing from this user in a scope (its key), as far as is known here."""
    return bool(store.value("SELECT 1 FROM scope_state WHERE k = ? AND access <> 'rw'", scope))


def read_only(ids: Sequence[str]) -> Refused:
    """Return the refusal of an edit of rows in such a scope."""
    return Refused("read_only_site", READ_ONLY, list(ids))
