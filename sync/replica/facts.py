"""The rules' questions answered from the replica: by classes (GROUP BY), never row by row.

Answers speak of the effective state: what the platform delivered with the user's pending work on top.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from planner_core.entities import ENTITIES, Value, Values
from planner_core.facts import Alike, RefFact, SectorFact, SeedsAlike
from sync.replica.classes import Ids, classes, ids_of_uids
from sync.replica.store import Store, json_list

HIDDEN = 2
"""`deleted` of a row that is neither live nor in the trash: merged into another, or only named by others so far."""

_BOOLEANS = frozenset({"disabled", "locked"})


class SqliteFacts:
    """`planner_core.facts.Facts` over a replica."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._places: dict[int, tuple[str, int]] = {}

    def sector(self, uid: str) -> SectorFact | None:
        """Return a sector of a site, or None if there is none."""
        row = self._store.one(
            "SELECT s.site, s.industry_sector, t.industry, s.is_active, s.name FROM sector s LEFT JOIN site t ON t.uid = s.site"
            " WHERE s.uid = ? AND s.deleted = 0",
            uid,
        )
        return None if row is None else SectorFact(uid, row[0], row[1], row[2], bool(row[3]), row[4] or "")

    def seeds(self, ids: Sequence[str]) -> Sequence[SeedsAlike]:
        """Return the seeds among `ids`, classed by industry sector."""
        rows = self._store.all(
            "SELECT c.id, i.industry, s.is_active <> 0 AND s.deleted = 0, group_concat(s.uid) FROM json_each(?) j"
            " CROSS JOIN seed s ON s.uid = j.value JOIN scope_state c ON c.k = s.scope"
            " LEFT JOIN industry_sector i ON i.uid = c.id WHERE s.deleted < 2 GROUP BY 1, 2, 3",
            _sorted(ids),
        )
        return [
            SeedsAlike(uids.split(","), library, industry or "", bool(active))
            for library, industry, active, uids in rows
        ]

    def alike(self, entity: str, ids: Sequence[str], group: str) -> Sequence[Alike]:
        """Return the rows among `ids` (trash included), classed by sector, liveness and the values of `group`."""
        fields = ENTITIES[entity].group(group).fields
        if entity == "keyword":
            return self._keywords_alike(ids, fields)
        names = ", ".join(f"e.{name}" for name in fields)
        places = ", ".join(str(place) for place in range(1, len(fields) + 3))
        rows = self._store.all(
            f"SELECT e.sector, e.deleted, {names}, group_concat(e.uid) FROM json_each(?) j"
            f" CROSS JOIN {entity} e ON e.uid = j.value WHERE e.deleted < 2 GROUP BY {places}",
            _sorted(ids),
        )
        return [Alike(row[-1].split(","), row[0], bool(row[1]), _typed(fields, row[2:-1])) for row in rows]

    def _keywords_alike(self, ids: Sequence[str], fields: Sequence[str]) -> Sequence[Alike]:
        """Answer by class: the narrow table says it all."""
        found = classes(self._store, ids if isinstance(ids, Ids) else ids_of_uids(self._store, ids), fields)
        clusters = (
            self._clusters({row[2:][fields.index("cluster")] for row, _ in found})
            if "cluster" in fields
            else {}
        )
        answer = []
        for (sector, deleted, *values), rows in found:
            uid, rows.site = self._place(sector)
            answer.append(Alike(rows, uid, bool(deleted), _typed(fields, values, clusters)))
        return answer

    def _place(self, sector: int) -> tuple[str, int]:
        if sector not in self._places:
            self._places[sector] = self._store.one(
                "SELECT c.uid, coalesce(s.k, 0) FROM sector c LEFT JOIN site s ON s.uid = c.site WHERE c.k = ?",
                sector,
            )
        return self._places[sector]

    def _clusters(self, keys: Iterable[int | None]) -> Mapping[int, str]:
        return dict(
            self._store.all(
                "SELECT k, uid FROM cluster WHERE k IN (SELECT value FROM json_each(?))",
                json_list(key for key in keys if key is not None),
            )
        )

    def references(self, entity: str, ids: Sequence[str]) -> Mapping[str, RefFact]:
        """Return the rows among `ids`, trash included, by uid."""
        if entity == "keyword":
            sql = (
                "SELECT w.uid, s.uid, h.deleted, '' FROM json_each(?) j CROSS JOIN keyword w ON w.uid = j.value"
                " CROSS JOIN keyword_hot h ON h.k = w.k JOIN sector s ON s.k = w.sector WHERE h.deleted < 2"
            )
        else:
            name = "coalesce(e.name, '')" if entity == "cluster" else "''"
            sql = (
                f"SELECT e.uid, e.sector, e.deleted, {name} FROM json_each(?) j CROSS JOIN {entity} e ON e.uid = j.value"
                " WHERE e.deleted < 2"
            )
        return {
            uid: RefFact(uid, sector, bool(deleted), name)
            for uid, sector, deleted, name in self._store.all(sql, _sorted(ids))
        }

    def live_keywords(self, sector: str, seeds: Sequence[str]) -> Mapping[str, str]:
        """Return seed uid -> live keyword uid, for those of `seeds` that the sector already has."""
        rows = self._store.all(
            "SELECT s.uid, w.uid FROM json_each(?) j CROSS JOIN seed s ON s.uid = j.value CROSS JOIN keyword w ON w.seed = s.k"
            " CROSS JOIN keyword_hot h ON h.k = w.k WHERE h.deleted = 0 AND w.sector = (SELECT k FROM sector WHERE uid = ?)",
            _sorted(seeds),
            sector,
        )
        return dict(rows)

    def live_clusters(self, sector: str, folded: Sequence[str]) -> Mapping[str, str]:
        """Return folded name -> live cluster uid, for those of `folded` that the sector already has."""
        rows = self._store.all(
            "SELECT c.folded, c.uid FROM json_each(?) j CROSS JOIN cluster c ON c.sector = ? AND c.folded = j.value WHERE c.deleted = 0",
            json_list(dict.fromkeys(folded)),
            sector,
        )
        return dict(rows)

    def natural_keys(self, entity: str, ids: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """Return uid -> (sector, key) of keywords (key: seed uid) or clusters (key: folded name), trash included."""
        if entity == "keyword":
            sql = (
                "SELECT w.uid, t.uid, s.uid FROM json_each(?) j CROSS JOIN keyword w ON w.uid = j.value"
                " JOIN keyword_hot h ON h.k = w.k JOIN sector t ON t.k = w.sector JOIN seed s ON s.k = w.seed WHERE h.deleted < 2"
            )
        else:
            sql = "SELECT c.uid, c.sector, c.folded FROM json_each(?) j CROSS JOIN cluster c ON c.uid = j.value WHERE c.deleted < 2"
        return {uid: (sector, key) for uid, sector, key in self._store.all(sql, _sorted(ids))}

    def members(self, cluster: str) -> Mapping[str, Sequence[str]]:
        """Return entity name ("keyword", "idea") -> uids of the live rows in the cluster."""
        keywords = self._store.all(
            "SELECT w.uid FROM keyword_hot h JOIN keyword w ON w.k = h.k"
            " WHERE h.cluster = (SELECT k FROM cluster WHERE uid = ?) AND h.deleted = 0",
            cluster,
        )
        ideas = self._store.all("SELECT uid FROM idea WHERE cluster = ? AND deleted = 0", cluster)
        found = {"keyword": [uid for (uid,) in keywords], "idea": [uid for (uid,) in ideas]}
        return {entity: uids for entity, uids in found.items() if uids}


_PIECE = 20_000
"""Ids sorted at once: no other thread of Python runs meanwhile, and half a million would keep the window waiting."""


def _sorted(ids: Sequence[str]) -> str:
    # In id order the lookups walk the index instead of jumping in it; very many walk it a few times.
    unique = list(set(ids))
    pieces = (sorted(unique[start : start + _PIECE]) for start in range(0, len(unique), _PIECE))
    return json_list(uid for piece in pieces for uid in piece)


def _typed(fields: Sequence[str], values: Sequence[Any], clusters: Mapping[int, str] | None = None) -> Values:
    """Return values as the rules have them; keys of clusters become uids where `clusters` tells them."""

    def typed(name: str, value: Any) -> Value:
        if value is None:
            return None
        if name == "cluster" and clusters is not None:
            return clusters[value]
        return bool(value) if name in _BOOLEANS else value

    return tuple(typed(name, value) for name, value in zip(fields, values, strict=True))
