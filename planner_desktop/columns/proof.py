"""The check that memory and the replica say the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner_desktop.columns.gather import Ints
from planner_desktop.columns.store import ColumnStore
from planner_desktop.columns.unpack import DTYPES


def compare(ours: ColumnStore, theirs: ColumnStore) -> list[str]:
    """Say in words what differs between a store and one just loaded; at best nothing."""
    live = np.flatnonzero(~ours["gone"])
    keys = theirs["key"]
    if not np.array_equal(ours["key"][live], keys):
        only = np.setxor1d(ours["key"][live], keys)
        return [f"{len(only)} keywords are on one side only, the first has the key {only[0]}"]
    wrong = {
        name: _values(ours, name)[live] != _values(theirs, name) for name in (*DTYPES, "volume", "difficulty")
    }
    wrong["text"] = np.array(
        [ours.text_of(int(here)) != theirs.text_of(there) for there, here in enumerate(live)], np.bool_
    )
    return [
        f"{name} differs in {np.count_nonzero(rows)} keywords, the first has the key {keys[rows][0]}"
        for name, rows in wrong.items()
        if rows.any()
    ]


def _values(store: ColumnStore, name: str) -> Ints:
    return _codes(store["country"], store.countries) if name == "country" else store[name]


def _codes(column: Ints, countries: Sequence[str]) -> Ints:
    """Return country codes as texts: two stores may number them differently."""
    texts: Ints = np.array([*countries, ""])[np.where(column < 0, len(countries), column)]
    return texts
