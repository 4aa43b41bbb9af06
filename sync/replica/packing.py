"""Keyword columns for the in-memory engine: one SQL row for thousands of keywords, no Python object for a cell."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from sync.replica.store import json_list

_BLOCK = 10_000
# group_concat leaves NULL out, hence coalesce; -1 is the contract's "no value".
_COLUMNS: dict[str, str] = {
    "key": "w.k",
    "site": "w.site",
    "sector": "w.sector",
    "cluster": "coalesce(h.cluster, -1)",
    "status": "CASE h.status WHEN 'new' THEN 0 WHEN 'mapped' THEN 1 ELSE 2 END",
    "disabled": "h.disabled",
    "deleted": "h.deleted",
    "volume_override": "coalesce(h.volume_override, -1)",
    "difficulty_override": "coalesce(h.difficulty_override, -1)",
    "seed_volume": "coalesce(s.volume, -1)",
    "seed_difficulty": "coalesce(s.difficulty, -1)",
    "intent": "coalesce(s.mask, 0)",
    "country": "{country}",
    "mark": "(CASE WHEN h.mark & 2 THEN 2 WHEN h.mark & 4 THEN 3 ELSE h.mark & 1 END)",
    "created": "coalesce(w.created_at / 1000, -1)",
}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Parallel packed columns as `planner_desktop.columns.source.KeywordChunk` describes them: decimals joined by commas."""

    key: str
    site: str
    sector: str
    cluster: str
    status: str
    disabled: str
    deleted: str
    volume_override: str
    difficulty_override: str
    seed_volume: str
    seed_difficulty: str
    intent: str
    country: str
    mark: str
    created: str
    text: bytes
    text_offsets: array[int] | None
    countries: tuple[str, ...]


def keyword_columns(connection: sqlite3.Connection, keys: Sequence[int] | None) -> Chunk:
    """Return all keywords that are live or in the trash, or those of `keys`. The caller holds the read transaction."""
    countries = [row[0] for row in connection.execute("SELECT code FROM country ORDER BY k")]
    parts: dict[str, list[str]] = {name: [] for name in _COLUMNS}
    texts: list[str] = []
    # Few countries: comparing with each is cheaper than a join, and binding them keeps their text out of the SQL.
    cases = " ".join(f"WHEN ?{place + 3} THEN {place}" for place in range(len(countries)))
    country = f"CASE s.country {cases} ELSE -1 END" if countries else "-1"
    chosen = ", ".join(f"group_concat({sql.format(country=country)})" for sql in _COLUMNS.values())
    # A line feed inside a text would split it; the library has none, but nothing here may depend on that.
    statement = (
        f"SELECT {chosen}, group_concat(replace(coalesce(s.keyword, ''), char(10), ' '), char(10))"
        " FROM keyword w JOIN keyword_hot h ON h.k = w.k LEFT JOIN seed s ON s.k = w.seed WHERE h.deleted < 2 AND "
    )
    for where, values in _blocks(connection, keys):
        row = connection.execute(statement + where, (*values, *countries)).fetchone()
        if row[0] is None:
            continue
        for name, packed in zip(_COLUMNS, row, strict=False):
            parts[name].append(packed)
        texts.append(row[-1])
    joined = {name: ",".join(pieces) for name, pieces in parts.items()}
    return Chunk(**joined, text="\n".join(texts).encode(), text_offsets=None, countries=tuple(countries))


def _blocks(
    connection: sqlite3.Connection, keys: Sequence[int] | None
) -> list[tuple[str, tuple[object, object]]]:
    """Return conditions over ?1 and ?2 that cut the wanted keywords into blocks."""
    if keys is not None:
        wanted = sorted(set(keys))
        starts = range(0, len(wanted), _BLOCK)
        # ?2 says nothing here: both forms bind the same number of values.
        return [
            (
                "w.k IN (SELECT value FROM json_each(?1)) AND ?2 IS NULL",
                (json_list(wanted[at : at + _BLOCK]), None),
            )
            for at in starts
        ]
    last = connection.execute("SELECT coalesce(max(k), 0) FROM keyword").fetchone()[0]
    return [("w.k BETWEEN ?1 AND ?2", (at, at + _BLOCK - 1)) for at in range(1, last + 1, _BLOCK)]
