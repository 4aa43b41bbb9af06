"""From one address to Django's two database aliases.

`default` writes. `reader` is the same database for pull, snapshot and digest: its transactions never take SQLite's write lock (the
default alias begins IMMEDIATE, so a reader on it would queue behind writers) and are one snapshot on PostgreSQL.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

LOCK_SECONDS = 20
KEPT_STATEMENTS = 512
"""Statements a connection keeps prepared: all that pushes and pulls use; Python's own 128 were too few for one in eight of them."""

# FULL, not the usual NORMAL: a version and a verdict the desktop was told must outlive a power cut, or every replica goes through
# reconciliation afterwards. A push commits once for thousands of rows, so the flush is lost in the noise.
# Every thread has a cache of its own for both aliases: 16 MB each, as more bought no time in a push of 100,000 rows.
_WRITER = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY;"
# Estimates over transition tables and JSON are high enough to start the compiler for statements of a few milliseconds.
_NO_JIT = "-c jit=off"
_READER = "PRAGMA query_only=ON; PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY;"


class BadDatabaseUrl(ValueError):
    """PLANNER_DATABASE_URL is no address this server understands; the message says what is."""


def databases(url: str, *, test_file: Path) -> dict[str, dict[str, Any]]:
    """Return DATABASES for `sqlite:////absolute/path.db` or `postgresql://user:password@host:port/name?host=/socket/folder`."""
    parts = urlsplit(url)
    match parts.scheme:
        case "sqlite":
            return _sqlite(unquote(parts.path)[1:], test_file)
        case "postgresql" | "postgres":
            return _postgres(url)
        case other:
            raise BadDatabaseUrl(
                f"PLANNER_DATABASE_URL starts with {other or 'nothing'!r}. Use sqlite:////absolute/path.db or postgresql://user@host/name."
            )


def _sqlite(name: str, test_file: Path) -> dict[str, dict[str, Any]]:
    if not Path(name).is_absolute():
        raise BadDatabaseUrl(
            f"PLANNER_DATABASE_URL names {name or 'no file'!r}. Give the whole path: sqlite:////absolute/path.db."
        )
    common = {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "CONN_MAX_AGE": None}
    held = {"timeout": LOCK_SECONDS, "cached_statements": KEPT_STATEMENTS}
    writer = held | {"transaction_mode": "IMMEDIATE", "init_command": _WRITER}
    reader = held | {"transaction_mode": "DEFERRED", "init_command": _READER}
    return {
        "default": common | {"OPTIONS": writer, "TEST": {"NAME": str(test_file)}},
        "reader": common | {"OPTIONS": reader, "TEST": {"MIRROR": "default"}},
    }


def _postgres(url: str) -> dict[str, dict[str, Any]]:
    # psycopg is an extra: a server on SQLite runs without it.
    from psycopg import IsolationLevel  # noqa: PLC0415

    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    common = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
    reader = query | {
        "isolation_level": IsolationLevel.REPEATABLE_READ,
        "options": f"{_NO_JIT} -c default_transaction_read_only=on",
    }
    return {
        "default": common | {"OPTIONS": query | {"options": _NO_JIT}},
        "reader": common | {"OPTIONS": reader, "TEST": {"MIRROR": "default"}},
    }
