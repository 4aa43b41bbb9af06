"""A platform on a PostgreSQL of its own with so many keywords in one account, and twice as many seeds in the library.

Seeds, clusters and keywords are made by the database out of a counter, through the feed's gate like everything else.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

from benchmarks import _platform
from tests.support import postgres

SEEDS_EACH = 2
"""Seeds for each keyword, unless PLANNER_BENCH_SEEDS says how many there are in all."""
CLUSTER_SIZE = 50

_STAMP = "md5({salt} || i), %(scope)s, %(ver)s, '{{}}', '', '{{}}', %(at)s + i, %(at)s + i, NULL"
_STAMPED = "uid, scope_id, ver, field_meta, created_op, extra, created_at, updated_at, deleted_at"
_SEEDS = (
    f"INSERT INTO library_seedkeyword ({_STAMPED}, industry_id, sector_id, keyword, keyword_key, volume, difficulty, intent, country,"
    f" is_active) SELECT {_STAMP.format(salt=repr('seed'))}, %(industry)s, %(branch)s,"
    " w.text, w.text, (i::bigint * 7919) %% 100000, NULLIF(i %% 102, 101), (ARRAY['informational','commercial',"
    " 'transactional', 'informational,commercial'])[1 + i %% 4], (ARRAY['US','US','US','DE','GB'])[1 + i %% 5], true"
    " FROM generate_series(1, %(rows)s) i, LATERAL (SELECT 'desk' || i %% 997 || ' word' || i %% 40009 || ' ' || i AS text) w"
)
_PLACE = "%(account)s, %(site)s, %(sector)s"
_CLUSTERS = (
    f"INSERT INTO planning_clusters ({_STAMPED}, account_id, site_id, sector_id, name, name_key, description, status, disabled,"
    f" locked, origin) SELECT {_STAMP.format(salt=repr('cluster'))}, {_PLACE},"
    " 'Group ' || i, 'group ' || i, '', 'new', false, false, 'hand' FROM generate_series(1, %(rows)s) i"
)
_KEYWORDS = (
    f"INSERT INTO planning_keywords ({_STAMPED}, account_id, site_id, sector_id, seed_keyword_id, cluster_id, status, disabled,"
    f" volume_override, difficulty_override) SELECT {_STAMP.format(salt=repr('keyword'))}, {_PLACE}, s.first + i,"
    " CASE WHEN i %% 2 = 0 THEN c.first + (i - 1) / %(size)s ELSE NULL END, CASE WHEN i %% 2 = 0 THEN 'mapped' ELSE 'new' END,"
    " i %% 20 = 0, CASE WHEN i %% 50 = 0 THEN i %% 3000 ELSE NULL END, NULL FROM generate_series(1, %(rows)s) i,"
    " (SELECT min(id) - 1 + %(seeds)s - %(rows)s AS first FROM library_seedkeyword WHERE uid = md5('seed1')) s,"
    " (SELECT min(id) AS first FROM planning_clusters WHERE uid = md5('cluster1')) c"
)


@dataclass(frozen=True, slots=True)
class Ground:
    """A served platform and the database behind it."""

    database: str
    client: httpx.Client
    keywords: int


@contextmanager
def ground(rows: int) -> Iterator[Ground]:
    """Make the data, serve it without throttling, sign in. Raises PostgresMissing where there is no PostgreSQL."""
    cluster = postgres.Cluster(postgres.find_binaries())
    # The cluster has only the database that every PostgreSQL begins with.
    url = cluster.url.replace(f"/{postgres.USER}?", "/postgres?")
    former = os.environ.get("PLANNER_DATABASE_URL")
    os.environ["PLANNER_DATABASE_URL"] = url
    try:
        with tempfile.TemporaryDirectory(prefix="planner-bench-") as folder:
            cluster.start()
            library = Path(folder) / "library.csv"
            library.write_text("Keyword\nfirst\n", encoding="utf-8")
            _platform.load(Path(folder) / "data", library)
            with psycopg.connect(url, autocommit=True) as database:
                _fill(database, rows)
            with _served(Path(folder) / "data") as address, _signed_in(address) as client:
                yield Ground(url, client, rows)
    finally:
        cluster.stop()
        os.environ.pop("PLANNER_DATABASE_URL")
        if former is not None:
            os.environ["PLANNER_DATABASE_URL"] = former


def _fill(database: psycopg.Connection, rows: int) -> None:
    seeds = int(os.environ.get("PLANNER_BENCH_SEEDS") or rows * SEEDS_EACH)
    branch = database.execute("SELECT id, industry_id, scope_id FROM library_industrysector").fetchone()
    sector = database.execute(
        "SELECT a.id, a.site_id, a.account_id, s.id FROM accounts_sector a JOIN accounts_site p ON p.id = a.site_id"
        " JOIN feed_scope s ON s.uid = p.uid"
    ).fetchone()
    assert branch is not None
    assert sector is not None
    shared = {"at": 1_700_000_000_000, "rows": rows, "seeds": seeds, "size": CLUSTER_SIZE}
    place = {"sector": sector[0], "site": sector[1], "account": sector[2]}
    library = {**shared, "rows": seeds, "branch": branch[0], "industry": branch[1]}
    _through_gate(database, branch[2], [(_SEEDS, library)])
    clusters = {**shared, **place, "rows": rows // CLUSTER_SIZE + 1}
    _through_gate(database, sector[3], [(_CLUSTERS, clusters), (_KEYWORDS, {**shared, **place})])
    database.execute("VACUUM ANALYZE")


def _through_gate(
    database: psycopg.Connection, scope: int, statements: list[tuple[str, dict[str, object]]]
) -> None:
    with database.transaction():
        version = database.execute(
            "UPDATE feed_scope SET version = version + 1, writing = 1 WHERE id = %s RETURNING version",
            [scope],
        ).fetchone()
        assert version is not None
        for statement, values in statements:
            database.execute(statement, {**values, "scope": scope, "ver": version[0]})
        database.execute("UPDATE feed_scope SET writing = 0 WHERE id = %s", [scope])
        database.execute(
            "INSERT INTO feed_versiontoken (scope_id, version, token, at) SELECT id, version, token, 0 FROM feed_scope WHERE id = %s",
            [scope],
        )


@contextmanager
def _served(data: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    words = ("serve", "--port", port, "--data-dir", str(data), "--throttle", "off")
    process = subprocess.Popen(  # noqa: S603 - a program of ours
        [sys.executable, "-m", "planner_server.main", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def _signed_in(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{url}/api/v1/", timeout=600) as client:
        login = {"email": _platform.EMAIL, "password": _platform.PASSWORD}
        answer = client.post("auth/login/", json=login).raise_for_status().json()
        client.headers["Authorization"] = f"Bearer {answer['data']['access']}"
        yield client
