"""The questions rules ask about the world, and the set-wise shape of the answers.

The replica, the server's database and the tests' plain dictionaries each implement `Facts`; one vector suite runs them all.
Rows that look alike to a rule come as one class with a list of ids, so deciding costs the number of classes, not of rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from planner_core.entities import Values


@dataclass(frozen=True, slots=True)
class Alike:
    """Rows of one entity that share sector, liveness and the values of one group."""

    ids: Sequence[str]
    sector: str
    deleted: bool
    current: Values


@dataclass(frozen=True, slots=True)
class SeedsAlike:
    """Library seeds of one industry sector."""

    ids: Sequence[str]
    industry_sector: str
    industry: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class SectorFact:
    """A site's sector with the library branch it stands for; `industry` is the site's."""

    uid: str
    site: str
    industry_sector: str | None
    industry: str | None
    active: bool = True
    name: str = ""


@dataclass(frozen=True, slots=True)
class RefFact:
    """A row that others refer to. `name` is a cluster's, for those who tell what was done."""

    uid: str
    sector: str
    deleted: bool
    name: str = ""


class Facts(Protocol):
    """Set-wise answers about the state a command or an operation meets. Ids that no row has are absent from every answer."""

    def sector(self, uid: str) -> SectorFact | None:
        """Return a sector of a site, or None if there is none."""

    def seeds(self, ids: Sequence[str]) -> Sequence[SeedsAlike]:
        """Return the seeds among `ids`, classed by industry sector."""

    def alike(self, entity: str, ids: Sequence[str], group: str) -> Sequence[Alike]:
        """Return the rows among `ids` (trash included), classed by sector, liveness and the values of `group`."""

    def references(self, entity: str, ids: Sequence[str]) -> Mapping[str, RefFact]:
        """Return the rows among `ids`, trash included, by uid."""

    def live_keywords(self, sector: str, seeds: Sequence[str]) -> Mapping[str, str]:
        """Return seed uid -> live keyword uid, for those of `seeds` that the sector already has."""

    def live_clusters(self, sector: str, folded: Sequence[str]) -> Mapping[str, str]:
        """Return folded name -> live cluster uid, for those of `folded` that the sector already has."""

    def natural_keys(self, entity: str, ids: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """Return uid -> (sector, key) of keywords (key: seed uid) or clusters (key: folded name), trash included."""

    def members(self, cluster: str) -> Mapping[str, Sequence[str]]:
        """Return entity name ("keyword", "idea") -> uids of the live rows in the cluster."""
