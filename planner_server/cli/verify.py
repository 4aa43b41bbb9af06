"""Checks what must always hold in the database, without changing anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction

from planner_core.entities import SCOPE_ENTITIES
from planner_server.feed import guards
from planner_server.feed.catalogue import SOURCES

SAMPLE = 5
READER = "reader"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold. `query` selects a describing text for every row that breaks it."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Breach:
    """A check that does not hold: how many rows break it, and a few of them."""

    check: str
    rows: int
    sample: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the breach as the JSON document has it."""
        return {"check": self.check, "rows": self.rows, "sample": list(self.sample)}


PLANNING = ("planning_keywords", "planning_clusters", "planning_contentideas", "planning_tasks")


def checks() -> Iterator[Check]:
    """Give every check that is a query."""
    yield from _feed()
    yield from _tenancy()
    yield from _references()
    yield from _uniqueness()


def find_breaches(using: str = READER) -> tuple[list[str], list[Breach]]:
    """Return the names of all checks made and the breaches found, all in one read transaction's view of the database."""
    connection = connections[using]
    names: list[str] = []
    found: list[Breach] = []
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for check in checks():
            names.append(check.name)
            cursor.execute(check.query)
            sample = [str(text) for (text,) in cursor.fetchmany(SAMPLE)]
            if sample:
                cursor.execute(f"SELECT COUNT(*) FROM ({check.query}) AS breaches")
                found.append(Breach(check.name, int(cursor.fetchone()[0]), tuple(sample)))
    names.append("guards in place")
    missing = guards.missing(using)
    if missing:
        found.append(Breach("guards in place", len(missing), tuple(missing[:SAMPLE])))
    return names, found


def _feed() -> Iterator[Check]:
    for kind, entities in SCOPE_ENTITIES.items():
        for entity in entities:
            table = SOURCES[entity.name].table
            says = f"'{entity.name} ' || t.uid || ' has version ' || t.ver || ', its scope ' || s.version"
            where = f"FROM {table} t JOIN feed_scope s ON s.id = t.scope_id"
            yield Check(
                f"{entity.plural}: no version beyond the scope's",
                f"SELECT {says} {where} WHERE t.ver > s.version",
            )
            wrong = f"SELECT '{entity.name} ' || t.uid || ' is on a feed of kind ' || s.kind {where} WHERE s.kind <> '{kind}'"
            yield Check(f"{entity.plural}: on a feed of their kind", wrong)
    yield Check(
        "scopes: no gate left open",
        "SELECT 'scope ' || uid || ' is writing' FROM feed_scope WHERE writing <> 0",
    )
    yield Check(
        "scopes: the current version has its token",
        "SELECT 'scope ' || s.uid || ' at ' || s.version FROM feed_scope s LEFT JOIN feed_versiontoken v"
        " ON v.scope_id = s.id AND v.version = s.version WHERE v.token IS NULL OR v.token <> s.token",
    )
    for table in ("feed_alias", "feed_conflict", "feed_mutationresult"):
        yield Check(
            f"{table}: no version beyond the scope's",
            f"SELECT '{table} ' || t.id FROM {table} t JOIN feed_scope s ON s.id = t.scope_id WHERE t.ver > s.version",
        )


def _tenancy() -> Iterator[Check]:
    for table in PLANNING:
        yield Check(
            f"{table}: site, sector, account and feed belong together",
            f"SELECT '{table} ' || t.uid FROM {table} t JOIN accounts_sector a ON a.id = t.sector_id"
            " JOIN accounts_site p ON p.id = t.site_id JOIN feed_scope s ON s.id = t.scope_id"
            " WHERE a.site_id <> t.site_id OR p.account_id <> t.account_id OR s.uid <> p.uid",
        )
    yield Check(
        "sectors: of their site's account and industry",
        "SELECT 'sector ' || t.uid FROM accounts_sector t JOIN accounts_site p ON p.id = t.site_id"
        " LEFT JOIN library_industrysector r ON r.id = t.industry_sector_id WHERE t.account_id <> p.account_id"
        " OR (t.is_active AND r.id IS NOT NULL AND (p.industry_id IS NULL OR r.industry_id <> p.industry_id))",
    )
    yield Check(
        "grants: within the account",
        "SELECT 'user ' || u.uid || ' on site ' || p.uid FROM accounts_siteaccess g JOIN accounts_user u ON u.id = g.user_id"
        " JOIN accounts_site p ON p.id = g.site_id WHERE u.account_id <> p.account_id",
    )


def _references() -> Iterator[Check]:
    yield Check(
        "keywords: seed of the site's industry and the sector's industry sector",
        "SELECT 'keyword ' || k.uid FROM planning_keywords k JOIN library_seedkeyword s ON s.id = k.seed_keyword_id"
        " JOIN accounts_sector a ON a.id = k.sector_id JOIN accounts_site p ON p.id = k.site_id WHERE k.deleted_at IS NULL"
        " AND (a.industry_sector_id IS NULL OR s.sector_id <> a.industry_sector_id OR p.industry_id IS NULL OR s.industry_id <> p.industry_id)",
    )
    for table, column in (
        ("planning_keywords", "cluster_id"),
        ("planning_contentideas", "keyword_cluster_id"),
    ):
        yield Check(
            f"{table}: in a live cluster of their sector",
            f"SELECT '{table} ' || t.uid FROM {table} t JOIN planning_clusters c ON c.id = t.{column}"
            " WHERE t.deleted_at IS NULL AND (c.deleted_at IS NOT NULL OR c.sector_id <> t.sector_id)",
        )
    yield Check(
        "ideas: keywords of their sector",
        "SELECT 'idea ' || i.uid || ' has keyword ' || k.uid FROM planning_ideakeyword l"
        " JOIN planning_contentideas i ON i.id = l.idea_id JOIN planning_keywords k ON k.id = l.keyword_id"
        " WHERE i.deleted_at IS NULL AND k.sector_id <> i.sector_id",
    )


def _uniqueness() -> Iterator[Check]:
    yield Check(
        "keywords: one live keyword a sector and seed",
        "SELECT 'sector ' || sector_id || ' has seed ' || seed_keyword_id || ' twice' FROM planning_keywords"
        " WHERE deleted_at IS NULL GROUP BY sector_id, seed_keyword_id HAVING COUNT(*) > 1",
    )
    yield Check(
        "clusters: one live cluster a sector and name",
        "SELECT 'sector ' || sector_id || ' has name ' || name_key || ' twice' FROM planning_clusters"
        " WHERE deleted_at IS NULL GROUP BY sector_id, name_key HAVING COUNT(*) > 1",
    )
