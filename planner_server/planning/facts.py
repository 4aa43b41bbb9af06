"""The rules' questions, answered from the database: one site, set-wise, one query each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from planner_core.entities import ENTITIES, Values
from planner_core.facts import Alike, RefFact, SectorFact, SeedsAlike
from planner_server.feed import sql
from planner_server.feed.catalogue import SOURCES


class SiteFacts:
    """Facts about one site; rows of any other are as if they did not exist. `site_id` is the integer id."""

    def __init__(self, site_id: int) -> None:
        """Answer for the site of that id. Sectors are read once: they cannot change while its gate is open."""
        self.site_id = site_id
        self._sectors: dict[int, SectorFact] | None = None

    def sector_ids(self) -> dict[str, int]:
        """Return sector uid -> integer id."""
        return {fact.uid: pk for pk, fact in self._all_sectors().items()}

    def sector(self, uid: str) -> SectorFact | None:
        """Return a sector of the site, or None if there is none."""
        return next((fact for fact in self._all_sectors().values() if fact.uid == uid), None)

    def seeds(self, ids: Sequence[str]) -> Sequence[SeedsAlike]:
        """Return the seeds among `ids`, classed by industry sector and by whether they are active."""
        condition, ids_param = sql.among("s.uid", ids)
        classes: dict[tuple[str, str, bool], list[str]] = {}
        for uid, sector, industry, is_active in sql.rows(
            "SELECT s.uid, b.uid, i.uid, s.is_active FROM library_seedkeyword s JOIN library_industrysector b ON b.id = s.sector_id"
            f" JOIN library_industry i ON i.id = b.industry_id WHERE {condition} AND s.deleted_at IS NULL",
            [ids_param],
        ):
            classes.setdefault((sector, industry, bool(is_active)), []).append(uid)
        return [SeedsAlike(uids, *key) for key, uids in classes.items()]

    def alike(self, entity: str, ids: Sequence[str], group: str) -> Sequence[Alike]:
        """Return the rows among `ids` (trash included), classed by sector, liveness and the values of `group`."""
        source, names = SOURCES[entity], ENTITIES[entity].group(group).fields
        columns = ", ".join(f"t.{source.column(name)}" for name in names)
        condition, ids_param = sql.among("t.uid", ids)
        classes: dict[tuple[Any, ...], list[str]] = {}
        for uid, *key in sql.rows(
            f"SELECT t.uid, t.sector_id, t.deleted_at IS NOT NULL, {columns} FROM {source.table} t"
            f" WHERE {condition} AND t.site_id = %s",
            [ids_param, self.site_id],
        ):
            classes.setdefault(tuple(key), []).append(uid)
        values = self.wire_values(entity, names, [key[2:] for key in classes])
        sectors = self._all_sectors()
        return [
            Alike(uids, sectors[key[0]].uid, bool(key[1]), value)
            for (key, uids), value in zip(classes.items(), values, strict=True)
        ]

    def references(self, entity: str, ids: Sequence[str]) -> Mapping[str, RefFact]:
        """Return the rows among `ids`, trash included, by uid."""
        if not ids:
            return {}
        condition, ids_param = sql.among("t.uid", ids)
        sectors = self._all_sectors()
        return {
            uid: RefFact(uid, sectors[sector_id].uid, bool(deleted))
            for uid, sector_id, deleted in sql.rows(
                f"SELECT t.uid, t.sector_id, t.deleted_at IS NOT NULL FROM {SOURCES[entity].table} t"
                f" WHERE {condition} AND t.site_id = %s",
                [ids_param, self.site_id],
            )
        }

    def live_keywords(self, sector: str, seeds: Sequence[str]) -> Mapping[str, str]:
        """Return seed uid -> live keyword uid, for those of `seeds` that the sector already has."""
        # Two questions with one index each: as one join, SQLite walks all keywords of the sector.
        uid_of = {pk: uid for uid, pk in ids_of("library_seedkeyword", seeds).items()}
        condition, seeds_param = sql.among("seed_keyword_id", sorted(uid_of))
        return {
            uid_of[pk]: keyword
            for pk, keyword in sql.rows(
                f"SELECT seed_keyword_id, uid FROM planning_keywords WHERE sector_id = %s AND {condition} AND deleted_at IS NULL",
                [self.sector_ids().get(sector), seeds_param],
            )
        }

    def live_clusters(self, sector: str, folded: Sequence[str]) -> Mapping[str, str]:
        """Return folded name -> live cluster uid, for those of `folded` that the sector already has."""
        condition, names_param = sql.among("name_key", folded)
        return dict(
            sql.rows(
                f"SELECT name_key, uid FROM planning_clusters WHERE {condition} AND sector_id = %s AND deleted_at IS NULL",
                [names_param, self.sector_ids().get(sector)],
            )
        )

    def natural_keys(self, entity: str, ids: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """Return uid -> (sector, key) of keywords (key: seed uid) or clusters (key: folded name), trash included."""
        if entity == "keyword":
            key, join = "s.uid", " JOIN library_seedkeyword s ON s.id = t.seed_keyword_id"
        else:
            key, join = "t.name_key", ""
        condition, ids_param = sql.among("t.uid", ids)
        sectors = self._all_sectors()
        return {
            uid: (sectors[sector_id].uid, natural)
            for uid, sector_id, natural in sql.rows(
                f"SELECT t.uid, t.sector_id, {key} FROM {SOURCES[entity].table} t{join} WHERE {condition} AND t.site_id = %s",
                [ids_param, self.site_id],
            )
        }

    def members(self, cluster: str) -> Mapping[str, Sequence[str]]:
        """Return entity name ("keyword", "idea") -> uids of the live rows in the cluster."""
        return {
            entity: [
                uid
                for (uid,) in sql.rows(
                    f"SELECT t.uid FROM {SOURCES[entity].table} t JOIN planning_clusters c"
                    f" ON c.id = t.{SOURCES[entity].column('cluster')} WHERE c.uid = %s AND t.site_id = %s"
                    " AND t.deleted_at IS NULL ORDER BY t.uid",
                    [cluster, self.site_id],
                )
            ]
            for entity in ("keyword", "idea")
        }

    def _all_sectors(self) -> dict[int, SectorFact]:
        if self._sectors is None:
            self._sectors = {
                pk: SectorFact(uid, site, branch, industry, bool(is_active), name)
                for pk, uid, site, branch, industry, is_active, name in sql.rows(
                    "SELECT a.id, a.uid, p.uid, b.uid, i.uid, a.is_active, a.name FROM accounts_sector a"
                    " JOIN accounts_site p ON p.id = a.site_id LEFT JOIN library_industrysector b ON b.id = a.industry_sector_id"
                    " LEFT JOIN library_industry i ON i.id = p.industry_id WHERE a.site_id = %s AND a.deleted_at IS NULL",
                    [self.site_id],
                )
            }
        return self._sectors

    def wire_values(self, entity: str, names: Sequence[str], raw: Sequence[tuple[Any, ...]]) -> list[Values]:
        """Turn column values into wire values: references to uids, SQLite's 0 and 1 to booleans."""
        source = SOURCES[entity]
        result = [list(values) for values in raw]
        for place, name in enumerate(names):
            reference = source.references.get(name)
            if reference is not None:
                uids = uids_of(
                    reference.table, [values[place] for values in raw if values[place] is not None]
                )
                for values in result:
                    values[place] = uids.get(values[place])
            elif source.entity.field(name).kind == "bool":
                for values in result:
                    values[place] = bool(values[place])
        return [tuple(values) for values in result]


def uids_of(table: str, ids: Sequence[int]) -> dict[int, str]:
    """Return integer id -> uid of rows of a table."""
    if not ids:
        return {}
    condition, param = sql.among("id", sorted(set(ids)))
    return dict(sql.rows(f"SELECT id, uid FROM {table} WHERE {condition}", [param]))


def ids_of(table: str, uids: Sequence[str]) -> dict[str, int]:
    """Return uid -> integer id of rows of a table."""
    if not uids:
        return {}
    condition, param = sql.among("uid", sorted(set(uids)))
    return dict(sql.rows(f"SELECT uid, id FROM {table} WHERE {condition}", [param]))
