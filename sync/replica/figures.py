"""A seed's text and figures as its keywords copy them, so that the columns are packed from tables that lie in key order."""

from __future__ import annotations

import sqlite3
from typing import Literal

from sync.replica.store import Store

FIGURES = "s.keyword, s.volume, s.difficulty, s.mask, s.country"
"""Of a seed `s`, in the order of a keyword's columns text, volume, difficulty, mask and country."""

_COPY = f"UPDATE keyword SET (text, volume, difficulty, mask, country) = (SELECT {FIGURES} FROM seed s WHERE s.k = keyword.seed)"


def copy_figures(store: Store, of: Literal["uid", "seed"], values: str) -> None:
    """Copy anew for the keywords with these uids, or of these seeds (keys): a JSON list of either."""
    store.run(f"{_COPY} WHERE {of} IN (SELECT value FROM json_each(?))", values)


def copy_all_figures(connection: sqlite3.Connection) -> None:
    """Copy for every keyword."""
    connection.execute(_COPY)
