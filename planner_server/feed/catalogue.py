"""Where each entity of the wire lives in the database: table, joins for its references, one expression per column.

Table and column names are written out instead of asked from the models, because the feed is read by hand-made SQL (a snapshot of a
million rows never becomes objects) and must not import planning, which imports the feed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from planner_core.entities import ENTITIES, Entity


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that holds the integer id of a row elsewhere."""

    column: str
    table: str


@dataclass(frozen=True, slots=True)
class Source:
    """An entity's table under the alias t. `values` says where a field is read; `writes` which column a field is written to."""

    entity: Entity
    table: str
    joins: str = ""
    values: dict[str, str] = field(default_factory=dict)
    writes: dict[str, str] = field(default_factory=dict)
    references: dict[str, Reference] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Return the SQL expression of a field."""
        return self.values.get(name) or f"t.{self.column(name)}"

    def column(self, name: str) -> str:
        """Return the column a field is kept in."""
        reference = self.references.get(name)
        return reference.column if reference else self.writes.get(name, name)


_CLUSTERS, _SECTORS = "planning_clusters", "accounts_sector"
# LEFT JOIN everywhere, though most references are never null: it keeps the feed's own index the outer loop on SQLite.
_IN_SECTOR = " LEFT JOIN accounts_sector a ON a.id = t.sector_id"

SOURCES: dict[str, Source] = {
    "keyword": Source(
        ENTITIES["keyword"],
        "planning_keywords",
        f"{_IN_SECTOR} LEFT JOIN library_seedkeyword s ON s.id = t.seed_keyword_id LEFT JOIN planning_clusters c ON c.id = t.cluster_id",
        {"seed": "s.uid", "sector": "a.uid", "cluster": "c.uid"},
        references={
            "seed": Reference("seed_keyword_id", "library_seedkeyword"),
            "sector": Reference("sector_id", _SECTORS),
            "cluster": Reference("cluster_id", _CLUSTERS),
        },
    ),
    "cluster": Source(
        ENTITIES["cluster"],
        _CLUSTERS,
        _IN_SECTOR,
        {"sector": "a.uid"},
        references={"sector": Reference("sector_id", _SECTORS)},
    ),
    "idea": Source(
        ENTITIES["idea"],
        "planning_contentideas",
        f"{_IN_SECTOR} LEFT JOIN planning_clusters c ON c.id = t.keyword_cluster_id",
        {"sector": "a.uid", "cluster": "c.uid"},
        {"title": "idea_title"},
        {"sector": Reference("sector_id", _SECTORS), "cluster": Reference("keyword_cluster_id", _CLUSTERS)},
    ),
    "task": Source(
        ENTITIES["task"],
        "planning_tasks",
        f"{_IN_SECTOR} LEFT JOIN planning_contentideas i ON i.id = t.idea_id LEFT JOIN planning_clusters c ON c.id = t.cluster_id",
        {"sector": "a.uid", "idea": "i.uid", "cluster": "c.uid"},
    ),
    "seed": Source(ENTITIES["seed"], "library_seedkeyword", "", {"country": "NULLIF(t.country, '')"}),
    "site": Source(
        ENTITIES["site"],
        "accounts_site",
        " LEFT JOIN library_industry r ON r.id = t.industry_id",
        {"industry": "r.uid"},
    ),
    "sector": Source(
        ENTITIES["sector"],
        _SECTORS,
        " LEFT JOIN accounts_site p ON p.id = t.site_id LEFT JOIN library_industrysector r ON r.id = t.industry_sector_id",
        {"site": "p.uid", "industry_sector": "r.uid"},
    ),
    "industry": Source(
        ENTITIES["industry"],
        "accounts_accountindustry",
        " LEFT JOIN library_industry r ON r.id = t.industry_id",
        {"name": "r.name", "slug": "r.slug"},
    ),
    "industry_sector": Source(
        ENTITIES["industry_sector"],
        "accounts_accountindustrysector",
        " LEFT JOIN library_industrysector r ON r.id = t.industry_sector_id LEFT JOIN library_industry i ON i.id = r.industry_id",
        {"industry": "i.uid", "name": "r.name", "slug": "r.slug"},
    ),
}
