"""The rules' questions answered from the replica: by classes (GROUP BY), never row by row.

Answers speak of the effective state: what the platform delivered with the user's pending work on top.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from planner_core.entities import ENTITIES, Value, Values
from planner_core.facts import Alike, RefFact, SectorFact, SeedsAlike
from sync.replica.store import Store, json_list

HIDDEN = 2
"""`deleted` of a row that is neither live nor in the trash: merged into another, or only named by others so far."""

_NAMED = "FROM json_each(?) j CROSS JOIN keyword w ON w.uid = j.value"
_BOOLEANS = frozenset({"disabled", "locked"})


class Ids(list[str]):
    """Uids of one class, with the same rows' integer keys as comma text: what is decided is then written without another lookup."""

    __slots__ = ("keys", "site")

    def __init__(self, uids: Iterable[str], keys: str, site: int) -> None:
        super().__init__(uids)
        self.keys = keys
        self.site = site

    @classmethod
    def joined(cls, classes: Sequence[Ids]) -> Ids:
        """Return the rows of several classes (one at least) as one."""
        if len(classes) == 1:
            return classes[0]
        uids = [uid for one in classes for uid in one]
        return cls(uids, ",".join(one.keys for one in classes), classes[0].site)


def keyword_ids(store: Store, keys: Iterable[int]) -> Ids:
    """Return the uids of keywords given by key, in the order of keys; keys that no row has are left out."""
    # In key order the lookups walk the table instead of jumping in it.
    uids, found = store.one(
        "SELECT group_concat(w.uid), group_concat(w.k) FROM json_each(?) j CROSS JOIN keyword w ON w.k = j.value",
        json_list(sorted(set(keys))),
    )
    return Ids(uids.split(","), found, 0) if found else Ids([], "", 0)


class SqliteFacts:
    """`planner_core.facts.Facts` over a replica."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._places: dict[int, tuple[str, int | None]] = {}

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
            f"SELECT e.sector, e.deleted, {names}, group_concat(e.uid), group_concat(e.k) FROM json_each(?) j"
            f" CROSS JOIN {entity} e ON e.uid = j.value WHERE e.deleted < 2 GROUP BY {places}",
            _sorted(ids),
        )
        return [
            Alike(Ids(row[-2].split(","), row[-1], 0), row[0], bool(row[1]), _typed(fields, row[2:-2]))
            for row in rows
        ]

    def _keywords_alike(self, ids: Sequence[str], fields: Sequence[str]) -> Sequence[Alike]:
        return self._known_alike(ids if isinstance(ids, Ids) else self._with_keys(ids), fields)

    def _with_keys(self, ids: Sequence[str]) -> Ids:
        """Return those of `ids` that are here, each once, with their keys."""
        unique = ids if len(set(ids)) == len(ids) else list(dict.fromkeys(ids))
        asked = json_list(unique)
        found, keys = self._store.one(f"SELECT count(*), group_concat(w.k) {_NAMED}", asked)
        if found < len(unique):
            unique = [uid for (uid,) in self._store.all(f"SELECT w.uid {_NAMED}", asked)]
        return Ids(unique, keys or "", 0)

    def _known_alike(self, ids: Ids, fields: Sequence[str]) -> Sequence[Alike]:
        """Answer for rows whose keys are known: the narrow table says it all."""
        columns = f"h.sector, h.deleted, {_columns(fields)}"
        asked = f"[{ids.keys}]"
        source = "FROM json_each(?) j CROSS JOIN keyword_hot h ON h.k = j.value WHERE h.deleted < 2"
        first = self._store.one(f"SELECT {columns} {source} LIMIT 1", asked)
        if first is None:
            return []
        alike = " AND ".join(f"{name} IS ?" for name in columns.split(", "))
        if self._store.value(f"SELECT count(*) {source} AND {alike}", asked, *first) == len(ids):
            return [self._alike(ids, ids.keys, first[0], first[1], fields, first[2:])]
        places = ", ".join(str(place) for place in range(1, len(fields) + 3))
        classes = self._store.all(f"SELECT {columns}, group_concat(h.k) {source} GROUP BY {places}", asked)
        # In the order of their first rows, as somebody reading row by row would meet them.
        classes.sort(key=lambda row: int(row[-1].partition(",")[0]))
        # A loop of Python's own: made by one call in C, the dictionary would keep other threads waiting for 40 ms.
        uid_of = {key: uid for key, uid in zip(ids.keys.split(","), ids, strict=True)}  # noqa: C416
        return [
            self._alike([uid_of[key] for key in keys.split(",")], keys, like[0], like[1], fields, like[2:])
            for *like, keys in classes
        ]

    def _alike(
        self,
        ids: Sequence[str],
        keys: str,
        sector: int,
        deleted: int,
        fields: Sequence[str],
        values: Sequence[Any],
    ) -> Alike:
        if sector not in self._places:
            self._places[sector] = self._store.one(
                "SELECT c.uid, s.k FROM sector c LEFT JOIN site s ON s.uid = c.site WHERE c.k = ?", sector
            )
        uid, site = self._places[sector]
        current = self._with_cluster(fields, _typed(fields, values))
        return Alike(Ids(ids, keys, site or 0), uid, bool(deleted), current)

    def _with_cluster(self, fields: Sequence[str], values: Values) -> Values:
        return tuple(
            self._uid("cluster", value) if name == "cluster" else value
            for name, value in zip(fields, values, strict=True)
        )

    def _uid(self, table: str, key: Value) -> str | None:
        return None if key is None else str(self._store.value(f"SELECT uid FROM {table} WHERE k = ?", key))

    def references(self, entity: str, ids: Sequence[str]) -> Mapping[str, RefFact]:
        """Return the rows among `ids`, trash included, by uid."""
        if entity == "keyword":
            sql = (
                "SELECT w.uid, s.uid, h.deleted FROM json_each(?) j CROSS JOIN keyword w ON w.uid = j.value"
                " CROSS JOIN keyword_hot h ON h.k = w.k JOIN sector s ON s.k = w.sector WHERE h.deleted < 2"
            )
        else:
            sql = (
                f"SELECT e.uid, e.sector, e.deleted FROM json_each(?) j CROSS JOIN {entity} e ON e.uid = j.value"
                " WHERE e.deleted < 2"
            )
        return {
            uid: RefFact(uid, sector, bool(deleted))
            for uid, sector, deleted in self._store.all(sql, _sorted(ids))
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


def _columns(fields: Sequence[str]) -> str:
    return ", ".join(f"h.{name}" for name in fields)


_PIECE = 20_000
"""Ids sorted at once: no other thread of Python runs meanwhile, and half a million would keep the window waiting."""


def _sorted(ids: Sequence[str]) -> str:
    # In id order the lookups walk the index instead of jumping in it; very many walk it a few times.
    unique = list(set(ids))
    pieces = (sorted(unique[start : start + _PIECE]) for start in range(0, len(unique), _PIECE))
    return json_list(uid for piece in pieces for uid in piece)


def _typed(fields: Sequence[str], values: Sequence[Any]) -> Values:
    return tuple(
        bool(value) if name in _BOOLEANS and value is not None else value
        for name, value in zip(fields, values, strict=True)
    )
