"""The rules' questions answered from plain lists of dictionaries: the world of the vectors, or any test's own."""

from collections.abc import Mapping, Sequence
from typing import Any

from planner_core.entities import ENTITIES, Value, Values
from planner_core.facts import Alike, RefFact, SectorFact, SeedsAlike
from planner_core.text import fold
from tests.vectors import World


class MemoryFacts:
    """Facts about one site of a world."""

    def __init__(self, world: World) -> None:
        self._sectors = {
            row["id"]: SectorFact(
                row["id"],
                row["site"],
                row["industry_sector"],
                row["industry"],
                row.get("active", True),
                row.get("name", ""),
            )
            for row in world.sectors
            if row["site"] == world.site
        }
        self._seeds = {row["id"]: row for row in world.seeds}
        tables = {"keyword": world.keywords, "cluster": world.clusters, "idea": world.ideas}
        self._rows: dict[str, dict[str, Mapping[str, Any]]] = {
            entity: {row["id"]: row for row in rows if row["sector"] in self._sectors}
            for entity, rows in tables.items()
        }

    def sector(self, uid: str) -> SectorFact | None:
        return self._sectors.get(uid)

    def seeds(self, ids: Sequence[str]) -> Sequence[SeedsAlike]:
        classes: dict[tuple[str, str, bool], list[str]] = {}
        for uid in dict.fromkeys(ids):
            if uid in self._seeds:
                row = self._seeds[uid]
                key = (row["industry_sector"], row["industry"], row.get("active", True))
                classes.setdefault(key, []).append(uid)
        return [SeedsAlike(uids, *key) for key, uids in classes.items()]

    def alike(self, entity: str, ids: Sequence[str], group: str) -> Sequence[Alike]:
        classes: dict[tuple[str, bool, Values], list[str]] = {}
        names = ENTITIES[entity].group(group).fields
        for uid in dict.fromkeys(ids):
            if uid in self._rows[entity]:
                row = self._rows[entity][uid]
                values: Values = tuple(self._value(entity, row, name) for name in names)
                classes.setdefault((row["sector"], row.get("deleted", False), values), []).append(uid)
        return [Alike(uids, *key) for key, uids in classes.items()]

    def references(self, entity: str, ids: Sequence[str]) -> Mapping[str, RefFact]:
        rows = self._rows[entity]
        return {
            uid: RefFact(
                uid, rows[uid]["sector"], rows[uid].get("deleted", False), str(rows[uid].get("name", ""))
            )
            for uid in ids
            if uid in rows
        }

    def live_keywords(self, sector: str, seeds: Sequence[str]) -> Mapping[str, str]:
        wanted = set(seeds)
        return {row["seed"]: uid for uid, row in self._live("keyword", sector) if row["seed"] in wanted}

    def live_clusters(self, sector: str, folded: Sequence[str]) -> Mapping[str, str]:
        wanted = set(folded)
        return {
            fold(row["name"]): uid
            for uid, row in self._live("cluster", sector)
            if fold(row["name"]) in wanted
        }

    def natural_keys(self, entity: str, ids: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        rows = self._rows[entity]
        return {
            uid: (rows[uid]["sector"], rows[uid]["seed"] if entity == "keyword" else fold(rows[uid]["name"]))
            for uid in ids
            if uid in rows
        }

    def members(self, cluster: str) -> Mapping[str, Sequence[str]]:
        return {
            entity: [
                uid
                for uid, row in self._rows[entity].items()
                if row.get("cluster") == cluster and not row.get("deleted")
            ]
            for entity in ("keyword", "idea")
        }

    def _live(self, entity: str, sector: str) -> list[tuple[str, Mapping[str, Any]]]:
        rows = self._rows[entity].items()
        return [(uid, row) for uid, row in rows if row["sector"] == sector and not row.get("deleted")]

    def _value(self, entity: str, row: Mapping[str, Any], name: str) -> Value:
        value: Value = row.get(name, ENTITIES[entity].field(name).default)
        return value
