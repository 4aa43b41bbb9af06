"""The clusters that the number keys stand for: suggested ones and those used last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner_desktop.screens.standing import ClusterName, Places

SUGGESTED = 5
OFFERED = 9


@dataclass(frozen=True, slots=True)
class Target:
    """A cluster to put keywords into, by id. `sector` is its sector's id."""

    id: str
    name: str
    sector: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What one number key does. Suggested ones have a score (0 to 1) and the words that speak for them."""

    number: int
    target: Target
    score: float = 0.0
    words: tuple[str, ...] = ()

    @property
    def suggested(self) -> bool:
        return self.number <= SUGGESTED


class Clusters:
    """Clusters by key and id, and the latest used ones. Those just made here are known before the replica tells of them."""

    def __init__(self) -> None:
        self._places = Places()
        self._by_key: dict[int, ClusterName] = {}
        self._by_id: dict[str, ClusterName] = {}
        self._made: dict[str, Target] = {}
        self._recent: list[str] = []

    def show(self, places: Places) -> list[ClusterName]:
        """Take the clusters there are; return those that were made here and have just become known."""
        self._places = places
        every = [one for some in places.clusters.values() for one in some]
        self._by_key = {one.key: one for one in every}
        self._by_id = {one.id: one for one in every}
        arrived = [self._by_id[uid] for uid in self._made if uid in self._by_id]
        for one in arrived:
            del self._made[one.id]
        return arrived

    def remember(self, recent: Sequence[str]) -> None:
        """Take the clusters (ids) used last before, the latest first."""
        self._recent = list(recent)

    def used(self, target: Target) -> None:
        """A cluster was used."""
        self._recent = [target.id, *(one for one in self._recent if one != target.id)][:OFFERED]

    def made(self, target: Target) -> None:
        """A cluster is being made."""
        self._made[target.id] = target

    def unmade(self, target: Target) -> None:
        """A cluster was not made, or is gone again."""
        self._made.pop(target.id, None)

    def by_key(self, key: int) -> Target | None:
        """Return a cluster by row key."""
        return _target(self._by_key.get(key))

    def by_id(self, uid: str) -> Target | None:
        """Return a cluster by id."""
        return self._made.get(uid) or _target(self._by_id.get(uid))

    def key_of(self, uid: str) -> int | None:
        """Return the row key of a cluster, None for one that is being made."""
        found = self._by_id.get(uid)
        return found.key if found is not None else None

    def of_sector(self, sector: str) -> Sequence[Target]:
        """Return the clusters of a sector (its id) by name."""
        known = [Target(one.id, one.name, one.sector) for one in self._places.clusters.get(sector, ())]
        return [*(one for one in self._made.values() if one.sector == sector), *known]

    def offers(self, sector: str, suggested: Sequence[tuple[Target, float, tuple[str, ...]]]) -> list[Offer]:
        """Return what the number keys do for keywords of a sector (its id): 1 to 5 what is suggested, 6 to 9 what was used last.

        A number never changes its meaning because the other half has less to offer.
        """
        first = [
            Offer(at + 1, target, score, shared)
            for at, (target, score, shared) in enumerate(suggested[:SUGGESTED])
        ]
        known = {one.target.id for one in first}
        recent = [one for uid in self._recent if uid not in known and (one := self.by_id(uid)) is not None]
        here = [one for one in recent if one.sector == sector][: OFFERED - SUGGESTED]
        return first + [Offer(SUGGESTED + 1 + at, target) for at, target in enumerate(here)]


def _target(found: ClusterName | None) -> Target | None:
    return Target(found.id, found.name, found.sector) if found is not None else None
