"""The read-only view of a replica: everything the screens and the command line show. Costs no heavy import (pydantic, sqlite-utils)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from planner_core.figures import effective
from sync.errors import NotFound
from sync.replica import actions, doubt, listing, restored, unclaimed
from sync.replica.actions import Progress
from sync.replica.arrivals import arrivals
from sync.replica.counting import count
from sync.replica.digest import digest
from sync.replica.doubt import explained
from sync.replica.opening import connect_reader
from sync.replica.packing import Chunk, HotChunk, hot_columns, keyword_columns
from sync.replica.records import (
    MARK_WAITING,
    Arrivals,
    ClusterRow,
    Counts,
    Digested,
    HistoryRow,
    IdeaRow,
    LaterStep,
    OwnerRow,
    PendingRow,
    Restoration,
    ReviewRow,
    ScopeRow,
    SectorRow,
    SeedRow,
    SiteRow,
)
from sync.replica.rowlog import RowLog, row_log
from sync.replica.scopes import SCOPES, scope_row
from sync.replica.shelf import Shelving
from sync.replica.store import json_list
from sync.replica.waiting import UnsettledWork, WaitingChange, unsettled_work, waiting_changes

_NAMES = {
    "site": "SELECT k, coalesce(name, '') FROM site",
    "sector": "SELECT k, coalesce(name, '') FROM sector",
    "cluster": "SELECT k, name FROM cluster WHERE deleted < 2",
}
_KEYWORDS = (
    "SELECT w.k, w.uid, s.keyword, t.name, t.uid, c.name, c.uid, s.volume, s.difficulty, s.intent, s.country, l.name, h.status,"
    " h.disabled, h.volume_override, h.difficulty_override, h.mark, h.deleted, s.uid, l.uid, w.created_at"
    " FROM json_each(?) j CROSS JOIN keyword w ON w.k = j.value CROSS JOIN keyword_hot h ON h.k = w.k"
    " LEFT JOIN seed s ON s.k = w.seed LEFT JOIN site t ON t.k = w.site LEFT JOIN sector c ON c.k = w.sector"
    " LEFT JOIN cluster l ON l.k = h.cluster WHERE h.deleted < 2"
)
_EDITABLE = ("cluster", "status", "disabled", "volume_override", "difficulty_override")
_EDITS = (
    f"SELECT h.k, {', '.join(f'h.{name} IS NOT h.base_{name}' for name in _EDITABLE)} FROM json_each(?) j"
    f" CROSS JOIN keyword_hot h ON h.k = j.value WHERE h.mark & {MARK_WAITING} <> 0"
)


@explained
class Reader(Shelving):
    """A `query_only` connection. Use it from one thread; several readers may be open beside the writer."""

    READS_ONLY = True

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Use `open`."""
        self._connection = connection
        self._path = path

    @classmethod
    def open(cls, path: Path) -> Reader:
        """Open an existing replica file. Raises NotFound, ReplicaNewer, ReplicaCorrupt (left in place)."""
        return cls(connect_reader(path), path)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def doubt(self, reason: str) -> None:
        """Have the next opening for writing check the whole file."""
        doubt.mark(self._path, reason)

    @contextmanager
    def _moment(self) -> Iterator[sqlite3.Connection]:
        """One read transaction: everything inside is of the same commit."""
        if self._connection.in_transaction:
            yield self._connection
            return
        self._connection.execute("BEGIN")
        try:
            yield self._connection
        finally:
            # SQLite may have ended it by itself after an error: a complaint about that would hide the first reason.
            with suppress(sqlite3.OperationalError):
                self._connection.execute("ROLLBACK")

    # ------------------------------------------------------------------ the columns' source

    def stamp(self) -> tuple[str, int]:
        """Return (file id, commit number)."""
        rows = dict(
            self._connection.execute("SELECT key, value FROM meta WHERE key IN ('file_id', 'commit')")
        )
        return str(rows["file_id"]), int(rows["commit"])

    def keyword_columns(self, keys: Sequence[int] | None) -> Chunk:
        """Return keywords as packed columns: all that are live or in the trash, or those of `keys`."""
        with self._moment() as connection:
            return keyword_columns(connection, keys)

    def hot_columns(self, keys: Sequence[int]) -> HotChunk:
        """Return of those keywords the columns that an edit of theirs can change, packed."""
        with self._moment() as connection:
            return hot_columns(connection, keys)

    def names(self, kind: str) -> dict[int, str]:
        """Return key -> name of "site", "sector" or "cluster"."""
        return dict(self._connection.execute(_NAMES[kind]))

    # ------------------------------------------------------------------ keywords

    def keyword_page(self, keys: Sequence[int]) -> list[dict[str, Any]]:
        """Return the rows of those keys, in that order, in the JSON shape of the command line; absent keys are left out.

        Beside the documented members: key, deleted, seed (uid), cluster_id, seed_volume, seed_difficulty, created_at (unix ms).
        """
        found = {row[0]: _keyword(row) for row in self._connection.execute(_KEYWORDS, (json_list(keys),))}
        return [found[key] for key in keys if key in found]

    def keyword_uids(self, keys: Sequence[int]) -> list[str]:
        """Return the uids of those keys, in that order; absent keys are left out."""
        rows = self._connection.execute(
            "SELECT w.k, w.uid FROM json_each(?) j CROSS JOIN keyword w ON w.k = j.value", (json_list(keys),)
        )
        found = dict(rows)
        return [found[key] for key in keys if key in found]

    def keyword_keys(self, ids: Sequence[str]) -> dict[str, int]:
        """Return uid -> key of the keywords among `ids`; merged keywords are found under their former uid too."""
        return dict(
            self._connection.execute(
                "SELECT j.value, w.k FROM json_each(?) j LEFT JOIN alias a ON a.old = j.value"
                " CROSS JOIN keyword w ON w.uid = coalesce(a.new, j.value) CROSS JOIN keyword_hot h ON h.k = w.k WHERE h.deleted < 2",
                (json_list(ids),),
            )
        )

    def keyword_edits(self, keys: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Return, for those of the keys whose row waits, the fields that differ from what the platform delivered."""
        rows = self._connection.execute(_EDITS, (json_list(keys),))
        return {
            row[0]: tuple(name for name, differs in zip(_EDITABLE, row[1:], strict=True) if differs)
            for row in rows
        }

    def cluster_names(self) -> list[tuple[int, str, str, str]]:
        """Return (key, uid, name, sector uid) of all live clusters by name: what a list to choose from needs, without figures."""
        return self._connection.execute(
            "SELECT k, uid, name, sector FROM cluster WHERE deleted = 0 ORDER BY folded, uid"
        ).fetchall()

    # ------------------------------------------------------------------ account and plan

    def owner(self) -> OwnerRow | None:
        """Return whose work this is."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = 'owner'").fetchone()
        return OwnerRow(**json.loads(row[0])) if row else None

    def check_owner(self) -> None:
        """Raise OwnerMismatch if there is something here that belongs to nobody."""
        if self.owner() is None and unclaimed.holds_something(self._connection):
            raise unclaimed.refusal(self._path)

    def sites(self) -> list[SiteRow]:
        """Return the account's sites by name."""
        return listing.sites(self._connection)

    def sectors(self, site: str | None = None) -> list[SectorRow]:
        """Return sectors of one site (uid) or of all."""
        return listing.sectors(self._connection, site)

    def clusters(
        self, *, site: str | None = None, sector: str | None = None, deleted: bool = False
    ) -> list[ClusterRow]:
        """Return live (or trashed) clusters by name, with figures."""
        with self._moment() as connection:
            return listing.clusters(connection, site, sector, deleted=deleted)

    def ideas(
        self, *, site: str | None = None, sector: str | None = None, deleted: bool = False
    ) -> list[IdeaRow]:
        """Return live (or trashed) ideas."""
        return listing.ideas(self._connection, site, sector, deleted=deleted)

    def trash(
        self,
        *,
        site: str | None = None,
        sector: str | None = None,
        entity: str | None = None,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """Return trashed rows: entity, id, name, site, sector. `site` and `sector` are uids."""
        return listing.trash(self._connection, site, sector, entity, limit)

    # ------------------------------------------------------------------ library

    def library_search(self, text: str, sector: str, *, limit: int = 100) -> list[SeedRow]:
        """Return active seeds of the sector's library that contain the text, largest volume first."""
        return listing.library_search(self._connection, text, sector, limit)

    def library_count(self, text: str, sector: str) -> int:
        """Return how many seeds `library_search` would find without a limit."""
        return listing.library_count(self._connection, text, sector)

    def seeds_matching(self, texts: Sequence[str], sector: str) -> dict[str, list[SeedRow]]:
        """Return text -> active seeds of the sector's library that are equal to it under the shared normalisation."""
        return listing.seeds_matching(self._connection, texts, sector)

    # ------------------------------------------------------------------ work

    def history(
        self, limit: int = 100, *, text: str = "", progress: Progress | None = None
    ) -> list[HistoryRow]:
        """Return actions, latest first: those whose label contains the text and that stand so."""
        with self._moment() as connection:
            return actions.history(connection, limit, text=text, progress=progress)

    def history_count(self, *, text: str = "", progress: Progress | None = None) -> int:
        """Return how many actions `history` would find without a limit."""
        return actions.history_count(self._connection, text=text, progress=progress)

    def action(self, action: str) -> HistoryRow:
        """Return one action. Raises NotFound."""
        return actions.action_row(self._connection, action)

    def action_changes(self, action: str, limit: int = 100) -> list[WaitingChange]:
        """Return the first changes an action made, field by field, whatever became of it."""
        with self._moment() as connection:
            return actions.action_changes(connection, action, limit)

    def row_log(self, uid: str, limit: int = 20) -> RowLog:
        """Return what happened to a row, latest first, as far as this file knows."""
        with self._moment() as connection:
            return row_log(connection, uid, limit)

    def in_the_way(self, action: str) -> list[LaterStep]:
        """Return the later steps of this computer that wrote over what an action wrote, latest first."""
        with self._moment() as connection:
            return actions.in_the_way(connection, action)

    def gone_with(self, action: str) -> list[LaterStep]:
        """Return the later steps of this computer that changed rows which an action made: its undo takes them along, latest first."""
        with self._moment() as connection:
            return actions.gone_with(connection, action)

    def pending(self) -> list[PendingRow]:
        """Return mutations that have no verdict yet, oldest first."""
        return listing.pending(self._connection)

    def waiting_changes(self, action: str, limit: int = 20) -> list[WaitingChange]:
        """Return what the first rows of a waiting action will become, field by field."""
        with self._moment() as connection:
            return waiting_changes(connection, action, limit)

    def unsettled(self) -> Iterator[UnsettledWork]:
        """Yield everything of this replica that the platform has not taken, whole, in the order it was made."""
        with self._moment() as connection:
            yield from unsettled_work(connection)

    def review(self, state: str = "open") -> list[ReviewRow]:
        """Return review items, oldest first. `state` is open, closed, gone or all."""
        with self._moment() as connection:
            return listing.review(connection, state)

    def digest(self, scope: str) -> Digested:
        """Return what a scope (uid) holds of the platform's rows, to compare by content: seconds for a million rows.

        Raises NotFound.
        """
        with self._moment() as connection:
            found = connection.execute(
                "SELECT k, epoch, version FROM scope_state WHERE id = ?", (scope,)
            ).fetchone()
            if found is None:
                raise NotFound("unknown_scope", f"This replica has no scope {scope}.", "Synchronise first.")
            key, epoch, version = found
            return Digested(epoch, version, digest(connection, key))

    def scopes(self) -> list[ScopeRow]:
        """Return all scopes."""
        return [scope_row(row) for row in self._connection.execute(SCOPES)]

    def restorations(self) -> list[Restoration]:
        """Return what restores of the platform came to that the user has not seen yet."""
        with self._moment() as connection:
            return restored.listed(connection)

    def arrivals(self) -> Arrivals:
        """Return when keywords last came with other values than were shown here."""
        with self._moment() as connection:
            return arrivals(connection)

    def counts(self) -> Counts:
        """Return what waits and what asks for a decision."""
        return count(self._connection)


def _keyword(row: tuple[Any, ...]) -> dict[str, Any]:
    (
        key,
        uid,
        text,
        site,
        site_id,
        sector,
        sector_id,
        volume,
        difficulty,
        intent,
        country,
        cluster,
        status,
        disabled,
    ) = row[:14]
    volume_override, difficulty_override, mark, deleted, seed, cluster_id, created_at = row[14:]
    return {
        "id": uid,
        "keyword": text or "",
        "site": site,
        "site_id": site_id,
        "sector": sector,
        "sector_id": sector_id,
        "volume": effective(volume_override, volume),
        "difficulty": effective(difficulty_override, difficulty),
        "intent": intent,
        "country": country,
        "cluster": cluster,
        "status": status,
        "disabled": bool(disabled),
        "volume_override": volume_override,
        "difficulty_override": difficulty_override,
        "sync": listing.shown_mark(mark),
        "key": key,
        "deleted": bool(deleted),
        "seed": seed,
        "cluster_id": cluster_id,
        "seed_volume": volume,
        "seed_difficulty": difficulty,
        "created_at": created_at,
    }
