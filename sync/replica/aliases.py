"""Merged rows: the uid a row is kept under now."""

from __future__ import annotations

from collections.abc import Sequence

from sync.replica.store import Store


class Aliases:
    """The merges known when it was made: the platform's, and provisional ones of pending creations."""

    def __init__(self, store: Store, *, provisional: bool = True) -> None:
        """Without provisional ones: only what the platform has merged."""
        least = 0 if provisional else 1
        self._kept: dict[str, str] = dict(store.all("SELECT old, new FROM alias WHERE ver >= ?", least))

    def add(self, old: str, new: str) -> None:
        """Take in one more merge; nothing is stored."""
        self._kept[old] = new

    def __bool__(self) -> bool:
        """Return whether any row was merged into another."""
        return bool(self._kept)

    def __contains__(self, uid: str) -> bool:
        """Return whether that row was merged into another."""
        return uid in self._kept

    def one(self, uid: str) -> str:
        """Return the uid a row is kept under now."""
        seen = set()
        while uid in self._kept and uid not in seen:
            seen.add(uid)
            uid = self._kept[uid]
        return uid

    def all(self, ids: Sequence[str]) -> Sequence[str]:
        """Return ids with merged ones replaced; the very same sequence where nothing was merged."""
        if not self._kept or not any(uid in self._kept for uid in ids):
            return ids
        return list(dict.fromkeys(self.one(uid) for uid in ids))
