"""The REST API on PostgreSQL: latency of lists, filters, searches and bulk calls beside the bare SQL that fetches or writes the same.

A latency is the median of several requests over a kept connection, one at a time; "8 at once" is what a request takes of the clock
when eight clients ask for lists without a break. The plans of the heavy lists are printed to stderr.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg

from benchmarks._api_ground import Ground, ground
from benchmarks._api_plans import plans
from benchmarks.results import Result

TIMES = 9
CLIENTS, EACH = 8, 25
BULK = 100_000
_ROW = (
    "SELECT k.*, s.keyword, s.volume, s.difficulty, s.intent, s.country, c.name, a.name FROM planning_keywords k"
    " JOIN library_seedkeyword s ON s.id = k.seed_keyword_id JOIN accounts_sector a ON a.id = k.sector_id"
    " LEFT JOIN planning_clusters c ON c.id = k.cluster_id WHERE k.account_id = 1 AND k.deleted_at IS NULL"
)
_SEED = "SELECT s.* FROM library_seedkeyword s WHERE s.deleted_at IS NULL AND s.is_active"
_BY_AGE = " ORDER BY k.created_at, k.id LIMIT 100"

Query = Mapping[str, Any]
READS: tuple[tuple[str, str, Query, str], ...] = (
    ("list", "planner/keywords/", {}, _ROW + _BY_AGE),
    ("list, page 200", "planner/keywords/", {"page": 200}, f"{_ROW}{_BY_AGE} OFFSET 19900"),
    ("one cluster", "planner/keywords/", {"cluster_id": 7}, f"{_ROW} AND k.cluster_id = 7{_BY_AGE}"),
    (
        "status, country, volume",
        "planner/keywords/",
        {"status": "mapped", "seed_keyword__country": "DE", "volume_min": 90_000},
        f"{_ROW} AND k.status = 'mapped' AND s.country = 'DE' AND COALESCE(k.volume_override, s.volume) >= 90000{_BY_AGE}",
    ),
    (
        "by volume",
        "planner/keywords/",
        {"ordering": "-volume"},
        f"{_ROW} ORDER BY s.volume DESC NULLS LAST, k.id DESC LIMIT 100",
    ),
    (
        "search",
        "planner/keywords/",
        {"search": "word777 desk"},
        f"{_ROW} AND s.keyword_key LIKE '%word777%'{_BY_AGE}",
    ),
    (
        "library search",
        "keywords-library/",
        {"search": "word777"},
        f"{_SEED} AND s.keyword_key LIKE '%word777%' ORDER BY s.id LIMIT 100",
    ),
    (
        "library by volume",
        "keywords-library/",
        {"ordering": "-volume", "country": "DE"},
        f"{_SEED} AND s.country = 'DE' ORDER BY s.volume DESC NULLS LAST, s.id DESC LIMIT 100",
    ),
    (
        "clusters",
        "planner/clusters/",
        {},
        (
            "SELECT c.*, (SELECT count(*) FROM planning_keywords k WHERE k.cluster_id = c.id) FROM planning_clusters c"
            " WHERE c.deleted_at IS NULL ORDER BY c.created_at, c.id LIMIT 100"
        ),
    ),
)


def measure(rows: int) -> list[Result]:
    """Return the figures for so many keywords."""
    with ground(rows) as place, psycopg.connect(place.database, autocommit=True) as database:
        for line in plans(place.database, [(name, path, query) for name, path, query, _ in READS]):
            print(line, file=sys.stderr)
        results = [
            Result(
                f"api {name}", rows, _latency(place.client, path, query), _median(_fetch(database, statement))
            )
            for name, path, query, statement in READS
        ]
        results.append(Result("api list, 8 at once", rows, _together(place), None))
        options = "planner/keywords/filter_options/"
        grouped = "SELECT status, count(*) FROM planning_keywords WHERE deleted_at IS NULL GROUP BY status"
        results.append(
            Result(
                "api filter options",
                rows,
                _latency(place.client, options, {}, 3),
                _median(_fetch(database, grouped)),
            )
        )
        results += _bulk(place, database)
        return results


def _latency(client: httpx.Client, path: str, query: Query, times: int = TIMES) -> float:
    """Return the median of requests in milliseconds, the first (which fills caches) left out."""

    def ask() -> None:
        client.get(path, params={"page_size": 100, **query}).raise_for_status()

    ask()
    return _median(ask, times)


def _fetch(database: psycopg.Connection, statement: str) -> Callable[[], object]:
    return lambda: database.execute(statement.replace("%", "%%"), ()).fetchall()


def _median(work: Callable[[], object], times: int = TIMES) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def _together(place: Ground) -> float:
    def ask(_: int) -> None:
        with httpx.Client(
            base_url=place.client.base_url, headers=place.client.headers, timeout=600
        ) as client:
            for _ in range(EACH):
                client.get("planner/keywords/", params={"page_size": 100}).raise_for_status()

    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(ask, range(CLIENTS)))
    return (time.perf_counter() - began) * 1000 / (CLIENTS * EACH)


def _bulk(place: Ground, database: psycopg.Connection) -> list[Result]:
    number = min(BULK, place.keywords)
    found = database.execute("SELECT id FROM planning_keywords ORDER BY id LIMIT %s", [number]).fetchall()
    ids = [pk for (pk,) in found]

    def send(status: str) -> None:
        answer = place.client.post("planner/keywords/bulk_update/", json={"ids": ids, "status": status})
        assert answer.raise_for_status().json()["data"]["not_found"] == 0

    send("new")
    product = _each(send)

    def write(status: str) -> None:
        with database.transaction():
            database.execute("UPDATE feed_scope SET writing = 1, version = version + 1 WHERE kind = 'site'")
            database.execute(
                "UPDATE planning_keywords SET status = %s, ver = (SELECT version FROM feed_scope WHERE kind = 'site')"
                " WHERE id = ANY(%s)",
                [status, ids],
            )
            database.execute("UPDATE feed_scope SET writing = 0 WHERE kind = 'site'")

    return [Result(f"api bulk_update of {number:,}", place.keywords, product, _each(write))]


def _each(work: Callable[[str], None]) -> float:
    """Return what taking all rows to mapped and back takes, per way, in milliseconds."""
    began = time.perf_counter()
    for status in ("mapped", "new"):
        work(status)
    return (time.perf_counter() - began) * 1000 / 2
