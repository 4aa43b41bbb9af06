"""Checks what must always hold in the database, without changing anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections, transaction

from planner_core.entities import SCOPE_ENTITIES
from planner_core.text import fold
from planner_server.feed import guards
from planner_server.feed.catalogue import SOURCES

SAMPLE = 5
PIECE = 10_000
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


APPS = ("accounts", "library", "planning", "feed")
PLANNING = ("planning_keywords", "planning_clusters", "planning_contentideas", "planning_tasks")


def checks() -> Iterator[Check]:
    """Give every check that is a query."""
    yield from _feed()
    yield from _tenancy()
    yield from _references()
    yield from _nothing_dangles()
    yield from _values()
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
        for table, text, key in KEYS:
            name = f"{table}: {key} is the folded {text}"
            names.append(name)
            if breach := _misfolded(cursor, name, table, text, key):
                found.append(breach)
    names.append("guards in place")
    missing = guards.missing(using)
    if missing:
        found.append(Breach("guards in place", len(missing), tuple(missing[:SAMPLE])))
    return names, found


KEYS = (("planning_clusters", "name", "name_key"), ("library_seedkeyword", "keyword", "keyword_key"))
"""Table, text, and the column that keeps it folded: names are looked up and kept apart by it."""


def _misfolded(cursor: Any, name: str, table: str, text: str, key: str) -> Breach | None:
    """Fold every text again: no database folds as the rules do."""
    sample: list[str] = []
    rows = 0
    cursor.execute(f"SELECT id, uid, {text}, {key} FROM {table}")
    # Piece by piece: a library may hold millions of texts.
    for piece in iter(lambda: cursor.fetchmany(PIECE), []):
        for _, uid, written, folded in piece:
            if fold(written) != folded:
                rows += 1
                sample += (
                    [f"{table} {uid}: {written!r} is kept as {folded!r}"] if len(sample) < SAMPLE else []
                )
    return Breach(name, rows, tuple(sample)) if rows else None


def _nothing_dangles() -> Iterator[Check]:
    """Every reference points at a row: what a join would hide, and what a copied or repaired file may have lost."""
    models = (model for app in APPS for model in apps.get_app_config(app).get_models())
    for model in models:
        # The documented way to a model's description, whatever its name looks like.
        described = model._meta  # noqa: SLF001
        table, key = described.db_table, described.pk.column
        for field in described.concrete_fields:
            if not field.is_relation or field.related_model is None:
                continue
            column, target = field.column, field.related_model._meta  # noqa: SLF001
            yield Check(
                f"{table}: {column} points at a row",
                f"SELECT '{table} ' || t.{key} || ' has {column} ' || t.{column} FROM {table} t"
                f" LEFT JOIN {target.db_table} r ON r.{target.pk.column} = t.{column}"
                f" WHERE t.{column} IS NOT NULL AND r.{target.pk.column} IS NULL",
            )


def _values() -> Iterator[Check]:
    """Choices and numbers are among those the rules allow."""
    for source in SOURCES.values():
        for field in source.entity.fields:
            column = f"t.{source.column(field.name)}"
            if field.kind == "choice":
                allowed = ", ".join(f"'{choice}'" for choice in field.choices)
                wrong = f"{column} NOT IN ({allowed})"
            elif field.kind == "int" and field.maximum:
                wrong = f"{column} NOT BETWEEN {field.minimum} AND {field.maximum}"
            else:
                continue
            empty = "" if field.nullable else f" OR {column} IS NULL"
            yield Check(
                f"{source.entity.plural}: {field.name} is one the rules allow",
                f"SELECT '{source.entity.name} ' || t.uid || ' has ' || COALESCE(CAST({column} AS VARCHAR(40)), 'none')"
                f" FROM {source.table} t WHERE {wrong}{empty}",
            )


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
            yield Check(
                f"{entity.plural}: their versions have tokens",
                f"SELECT '{entity.name} ' || t.uid || ' has version ' || t.ver {where} LEFT JOIN feed_versiontoken v"
                " ON v.scope_id = t.scope_id AND v.version = t.ver WHERE v.token IS NULL AND t.ver >= s.token_floor",
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
