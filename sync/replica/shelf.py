"""A sector's seed keywords as packed columns, which of them are keywords already, and what would become of adding some."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from planner_core.commands import AddKeywordsFromSeeds
from planner_core.decision import Decision
from planner_core.rules import decide
from sync.replica.access import is_read_only, read_only
from sync.replica.doubt import explained
from sync.replica.facts import SqliteFacts
from sync.replica.records import SeedRow
from sync.replica.store import Store, json_list

_LIBRARY = (
    "FROM seed d WHERE d.scope = (SELECT c.k FROM scope_state c JOIN sector t ON t.industry_sector = c.id WHERE t.uid = ?1)"
    " AND d.is_active <> 0 AND d.deleted = 0"
)
# A walk over the narrow table costs less than a look-up for every seed.
_ADDED = (
    "SELECT w.seed FROM keyword_hot h JOIN keyword w ON w.k = h.k WHERE h.deleted = 0"
    " AND h.sector = (SELECT k FROM sector WHERE uid = ?1)"
)
_SEED = (
    "SELECT d.k, d.uid, d.keyword, d.volume, d.difficulty, d.intent, d.country, c.id,"
    " (SELECT w.uid FROM keyword w JOIN keyword_hot h ON h.k = w.k WHERE w.seed = d.k AND h.deleted = 0"
    " AND w.sector = (SELECT k FROM sector WHERE uid = ?1))"
    " FROM json_each(?2) j CROSS JOIN seed d ON d.k = j.value JOIN scope_state c ON c.k = d.scope"
)
_PIECE = 50_000


@dataclass(frozen=True, slots=True)
class SeedChunk:
    """Active seeds of one sector's library as parallel columns: decimals joined by commas, `added` one digit an entry.

    -1 is no value; `country` points into `countries`; `text` is one line an entry.
    """

    size: int
    key: str
    added: str
    volume: str
    difficulty: str
    intent: str
    country: str
    text: str
    countries: tuple[str, ...]


def _seed_columns(connection: sqlite3.Connection, sector: str) -> SeedChunk:
    """Return the active seeds of the library that a sector (uid) stands for. The caller holds the read transaction."""
    countries = [row[0] for row in connection.execute("SELECT code FROM country ORDER BY k")]
    cases = " ".join(f"WHEN ?{place + 2} THEN {place}" for place in range(len(countries)))
    country = f"CASE d.country {cases} ELSE -1 END" if countries else "-1"
    row = connection.execute(
        "SELECT count(*), group_concat(d.k), group_concat(coalesce(d.volume, -1)), group_concat(coalesce(d.difficulty, -1)),"
        f" group_concat(coalesce(d.mask, 0)), group_concat({country}), group_concat(d.k IN ({_ADDED}), ''),"
        f" group_concat(replace(coalesce(d.keyword, ''), char(10), ' '), char(10)) {_LIBRARY}",
        (sector, *countries),
    ).fetchone()
    size, *packed = row
    key, volume, difficulty, intent, places, added, text = (part or "" for part in packed)
    return SeedChunk(int(size), key, added, volume, difficulty, intent, places, text, tuple(countries))


def _added_seeds(connection: sqlite3.Connection, sector: str) -> list[int]:
    """Return the keys of the seeds that are live keywords of a sector (uid)."""
    return [key for (key,) in connection.execute(_ADDED, (sector,))]


def _seed_page(connection: sqlite3.Connection, keys: Sequence[int], sector: str) -> list[SeedRow]:
    """Return seeds by key, in that order, with what stands for them in a sector (uid); absent keys are left out."""
    found = {row[0]: SeedRow(*row) for row in connection.execute(_SEED, (sector, json_list(keys)))}
    return [found[key] for key in keys if key in found]


def _seed_uids(connection: sqlite3.Connection, keys: Sequence[int]) -> list[str]:
    """Return the uids of seeds by key, in that order; absent keys are left out."""
    found: dict[int, str] = {}
    for piece in _pieces(keys):
        sql = "SELECT d.k, d.uid FROM json_each(?) j CROSS JOIN seed d ON d.k = j.value"
        found.update(connection.execute(sql, (json_list(piece),)).fetchall())
    return [found[key] for key in keys if key in found]


def _seed_texts(connection: sqlite3.Connection, ids: Sequence[str]) -> list[str]:
    """Return the texts of seeds by uid, in that order; unknown ones are left out."""
    sql = "SELECT d.uid, d.keyword FROM json_each(?) j CROSS JOIN seed d ON d.uid = j.value"
    found = dict(connection.execute(sql, (json_list(ids),)).fetchall())
    return [found[uid] for uid in ids if uid in found]


def _foresee(connection: sqlite3.Connection, command: AddKeywordsFromSeeds) -> Decision:
    """Return what the rules would decide about adding seeds, and write nothing. The caller holds the read transaction."""
    store = Store(connection, lambda _point: None)
    decision = decide(command, SqliteFacts(store))
    scope = store.value(
        "SELECT c.k FROM scope_state c JOIN sector t ON t.site = c.id WHERE t.uid = ?", command.sector
    )
    if scope is None or not is_read_only(store, scope):
        return decision
    kept = [uid for operation in decision.operations for uid in operation.ids]
    refused = [*decision.refused, read_only(kept)] if kept else decision.refused
    return Decision((), refused, decision.unchanged, decision.label)


def _pieces(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    return (keys[at : at + _PIECE] for at in range(0, len(keys), _PIECE))


@explained
class Shelving:
    """What a reader tells of seed keywords as a whole. `Reader` brings connection, read transaction and `doubt`."""

    READS_ONLY = True
    _connection: sqlite3.Connection

    @contextmanager
    def _moment(self) -> Iterator[sqlite3.Connection]:
        raise NotImplementedError

    def doubt(self, reason: str) -> None:
        """Have the next opening for writing check the whole file."""
        raise NotImplementedError

    def seed_columns(self, sector: str) -> SeedChunk:
        """Return all active seeds of the sector's library as packed columns."""
        with self._moment() as connection:
            return _seed_columns(connection, sector)

    def added_seeds(self, sector: str) -> list[int]:
        """Return the keys of the seeds that are live keywords of the sector."""
        return _added_seeds(self._connection, sector)

    def seed_page(self, keys: Sequence[int], sector: str) -> list[SeedRow]:
        """Return seeds by key, in that order; absent keys are left out."""
        return _seed_page(self._connection, keys, sector)

    def seed_uids(self, keys: Sequence[int]) -> list[str]:
        """Return the uids of seeds by key, in that order; absent keys are left out."""
        return _seed_uids(self._connection, keys)

    def seed_texts(self, ids: Sequence[str]) -> list[str]:
        """Return the texts of seeds by uid, in that order; unknown ones are left out."""
        return _seed_texts(self._connection, ids)

    def foresee(self, command: AddKeywordsFromSeeds) -> Decision:
        """Return what the rules would decide about adding seeds; nothing is written."""
        with self._moment() as connection:
            return _foresee(connection, command)
