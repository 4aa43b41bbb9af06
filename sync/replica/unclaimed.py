"""A file with rows or work in it that does not say whose they are: nobody may take it for his own."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sync.errors import OwnerMismatch

_ANYTHING = (
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM scope_state WHERE cursor <> '' OR epoch <> '' OR stage_kind <> '')"
    " OR EXISTS (SELECT 1 FROM keyword) OR EXISTS (SELECT 1 FROM mutation)"
)


def holds_something(connection: sqlite3.Connection) -> bool:
    """Return whether there are rows, a place in the platform's feed, or edits."""
    return connection.execute(_ANYTHING).fetchone() is not None


def refusal(path: Path) -> OwnerMismatch:
    """Return what is said of such a file."""
    return OwnerMismatch(
        "no_owner",
        f"{path} holds rows or edits and does not say whose they are: the note of its owner is gone.",
        f"Move it away (to {path.name}.unknown, say) and synchronise: everything is fetched anew, and edits that"
        " waited come back from outbox.journal beside it. Keep the moved file. Nothing was changed.",
    )
