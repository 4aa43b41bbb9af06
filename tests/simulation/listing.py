"""What a verdict lists: the rows that did not simply take what they were given."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from tests.simulation.ledger import Wish
from tests.simulation.sight import DELETED, GROUPS, Values

WRITTEN_OTHERWISE = frozenset(
    {"renamed", "deleted_cluster", "merged", "unseen_children", "detached", "reattached", "same"}
)
"""Codes of rows that were written, if not exactly as asked. Every other listed code means: not written."""

OF_ITS_LIFE = frozenset({"not_created_by_that"})
"""Codes that speak of a row's deletion without naming that group: they keep nothing else back."""


class Listing:
    """The rows of a verdict that did not simply take what they were given."""

    def __init__(self, listed: Sequence[Mapping[str, Any]]) -> None:
        self._listed = listed

    def of(self, uids: Iterable[str], group: str, fields: Sequence[str] = ()) -> list[Mapping[str, Any]]:
        """Return what is said of a row (by any of its identities) in a group; a rule names a field instead."""
        names = {"", group, *fields}
        return [
            one
            for one in self.of_row(uids)
            if one.get("group", "") in names and one["code"] not in OF_ITS_LIFE
        ]

    def of_row(self, uids: Iterable[str]) -> list[Mapping[str, Any]]:
        """Return all that is said of a row."""
        wanted = set(uids)
        return [one for one in self._listed if wanted.intersection(one.get("ids", ()))]

    def of_life(self, uids: Iterable[str]) -> list[Mapping[str, Any]]:
        """Return what is said of a row's deletion or restoring."""
        return [one for one in self.of_row(uids) if one.get("group", "") in {"", DELETED}]

    def keeps_back(self, wish: Wish) -> bool:
        """Return whether nothing was written of what an operation wanted of a row."""
        fields = GROUPS[wish.entity].get(wish.group, ())
        return kept_back(self.of({wish.uid}, wish.group, fields))

    def is_passed_over(self, uids: Iterable[str]) -> bool:
        """Return whether a deletion or restoring that had seen this work stands above it.

        Of a row that lies in the trash by such a deletion, all that the work wanted of it is passed over.
        """
        return any(one["code"] == "superseded" for one in self.of_life(uids))

    def of_set(
        self, uids: Iterable[str], group: str, fields: Sequence[str], wanted: Values
    ) -> list[Mapping[str, Any]]:
        """Return what is said of a Set of a row's group to `wanted`.

        An operation may set one group of a row several times: a line that names a value or a cluster speaks of the Sets to that only.
        """
        said = self.of(uids, group, fields)
        dead = {one.get("details", {}).get("cluster") for one in said if one["code"] == "deleted_cluster"}
        return [one for one in said if _speaks_of(one, wanted, dead)]

    def has(self, code: str) -> list[Mapping[str, Any]]:
        """Return the entries of a code."""
        return [one for one in self._listed if one["code"] == code]


def _speaks_of(one: Mapping[str, Any], wanted: Values, dead: Collection[str | None]) -> bool:
    if one["code"] in {"deleted_cluster", "missing"}:
        return one.get("details", {}).get("cluster") in {None, wanted[0]}
    mine = one.get("mine")
    if mine is None or tuple(mine) == wanted:
        return True
    # It wanted a cluster that is gone, and was compared as wanting none.
    return bool(wanted) and wanted[0] in dead and mine[0] is None


def kept_back(said: Iterable[Mapping[str, Any]]) -> bool:
    return any(one["code"] not in WRITTEN_OTHERWISE for one in said)
