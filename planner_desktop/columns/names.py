"""Names of sites, sectors and clusters by key, and the order that the names give to keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from planner_core.text import fold
from planner_desktop.columns.gather import Ints


class NameTable:
    """The names of one kind. Keys without a name sort behind all names, but before rows without a key."""

    def __init__(self, names: Mapping[int, str], words: Mapping[str, Sequence[int]] | None = None) -> None:
        self.by_key = dict(sorted(names.items()))
        self.words: Mapping[str, Sequence[int]] = words or {}
        """What else keys go by (ids, slugs), folded."""

    def called(self, name: str) -> list[int]:
        """Return the keys whose name, or another word they go by, is the same as this one when folded."""
        wanted = fold(name)
        return list(dict.fromkeys([*self._called.get(wanted, ()), *self.words.get(wanted, ())]))

    @cached_property
    def _folded(self) -> dict[int, str]:
        # Folding thousands of names takes longer than mapping the columns at the start, so it waits until it is needed.
        return {key: fold(name) for key, name in self.by_key.items()}

    @cached_property
    def _called(self) -> dict[str, list[int]]:
        called: dict[str, list[int]] = {}
        for key, name in self._folded.items():
            called.setdefault(name, []).append(key)
        return called

    @cached_property
    def _keys(self) -> Ints:
        return np.fromiter(self.by_key, np.int64, len(self.by_key))

    @cached_property
    def _places(self) -> Ints:
        """The place of each key's name in the order of names, in the order of keys."""
        places = {name: place for place, name in enumerate(sorted(self._called))}
        return np.fromiter((places[name] for name in self._folded.values()), np.int32, len(self._folded))

    @cached_property
    def _table(self) -> Ints | None:
        """Ranks by key: keys are row keys of small tables, so looking a million of them up beats searching for each."""
        size = int(self._keys[-1]) + 1 if len(self._keys) else 0
        if size > 16 * len(self._keys) + 4096:
            return None
        table = np.full(size + 2, len(self._called), np.int32)
        table[self._keys] = self._places
        table[-1] = -1
        return table

    def ranks(self, keys: Ints) -> Ints:
        """Return for each key the place of its name in the order of names, -1 for the key NULL."""
        if self._table is not None:
            # Two entries at the end: one for keys too large to have a name, and the last, which -1 picks, for NULL.
            return self._table[np.minimum(keys, len(self._table) - 2)]
        ranks = np.full(len(keys), len(self._called), np.int32)
        if len(self._keys):
            at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            ranks = np.where(self._keys[at] == keys, self._places[at], ranks)
        return np.where(keys < 0, -1, ranks)

    def covers(self, keys: Ints) -> bool:
        """Tell whether every key but NULL has a name."""
        used = np.unique(keys[keys >= 0])
        return bool(np.isin(used, self._keys).all())
