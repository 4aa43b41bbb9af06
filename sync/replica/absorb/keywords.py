"""Delivered keywords: what never changes into the wide table, what often changes into the narrow one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sync.replica.absorb.decoding import Row
from sync.replica.absorb.delivery import Delivery, Keys
from sync.replica.figures import FIGURES, copy_figures
from sync.replica.records import MARK_WAITING
from sync.replica.store import json_list

_INSERT = (
    "INSERT INTO keyword (k, uid, site, sector, seed, created_at, extra, text, volume, difficulty, mask, country)"
    f" SELECT ?1, ?2, ?3, ?4, s.k, ?6, ?7, {FIGURES} FROM (SELECT 1) LEFT JOIN seed s ON s.uid = ?5"
)
# Effective values equal the base where no work waits.
_INSERT_HOT = (
    "INSERT INTO keyword_hot (k, sector, ver, base_deleted, base_cluster, base_status, base_disabled,"
    " base_volume_override, base_difficulty_override, deleted, cluster, status, disabled, volume_override,"
    " difficulty_override, mark) VALUES (?1, ?9, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?3, ?4, ?5, ?6, ?7, ?8, 0)"
)
_KNOWN = (
    "SELECT w.uid, w.k, h.mark, w.sector, s.uid, w.created_at, w.extra FROM json_each(?) j"
    " CROSS JOIN keyword w ON w.uid = j.value CROSS JOIN keyword_hot h ON h.k = w.k LEFT JOIN seed s ON s.k = w.seed"
)
_VALUES = ("deleted", "cluster", "status", "disabled", "volume_override", "difficulty_override")


class KeywordRows:
    """Rows are (uid, ver, deleted, seed, sector, cluster, status, disabled, volume, difficulty, created_at, extra)."""

    def __init__(self, delivery: Delivery) -> None:
        self._to = delivery
        self._store = delivery.store

    def write(self, rows: Sequence[Row], *, fresh: bool) -> None:
        """Write rows. `fresh`: none of them is here yet."""
        sectors = self._to.keys("sector", {row[4] for row in rows})
        clusters = self._to.keys("cluster", {row[5] for row in rows})
        if fresh:
            self._insert(rows, sectors, clusters)
            self._to.log.rows("keyword", None)
            return
        rows = list({row[0]: row for row in rows}.values())
        found = self._store.all(_KNOWN, json_list(row[0] for row in rows))
        known = {uid: rest for uid, *rest in found}
        born = [row for row in rows if row[0] not in known]
        if born:
            first = self._insert(born, sectors, clusters)
            self._to.log.rows("keyword", range(first, first + len(born)))
        if known:
            self._update([row for row in rows if row[0] in known], known, sectors, clusters)

    def _insert(self, rows: Sequence[Row], sectors: Keys, clusters: Keys) -> int:
        """Insert rows and return the key of the first; the others follow it."""
        first = int(self._store.value("SELECT coalesce(max(k), 0) + 1 FROM keyword"))
        site = self._to.site
        self._store.many(
            _INSERT,
            [
                (key, row[0], site, sectors[row[4]], row[3], row[10], row[11])
                for key, row in enumerate(rows, first)
            ],
        )
        self._store.many(
            _INSERT_HOT,
            [
                (key, row[1], row[2], clusters[row[5]], row[6], row[7], row[8], row[9], sectors[row[4]])
                for key, row in enumerate(rows, first)
            ],
        )
        self._fill_unknown_seeds(
            rows, self._store.all("SELECT uid FROM keyword WHERE k >= ? AND seed IS NULL", first)
        )
        return first

    def _update(
        self, rows: Sequence[Row], known: Mapping[str, Sequence[Any]], sectors: Keys, clusters: Keys
    ) -> None:
        base = ", ".join(f"base_{name} = ?{place}" for place, name in enumerate(_VALUES, 3))
        shown = ", ".join(f"{name} = ?{place}" for place, name in enumerate(_VALUES, 3))
        # Rows with pending work get their effective values from the overlay.
        for mark, also in ((0, f", {shown}"), (MARK_WAITING, "")):
            self._store.many(
                f"UPDATE keyword_hot SET ver = ?2, {base}{also} WHERE k = ?1",
                [
                    (known[row[0]][0], row[1], row[2], clusters[row[5]], row[6], row[7], row[8], row[9])
                    for row in rows
                    if known[row[0]][1] & MARK_WAITING == mark
                ],
            )
        self._move(
            [row for row in rows if tuple(known[row[0]][2:]) != (sectors[row[4]], row[3], row[10], row[11])],
            known,
            sectors,
        )
        self._to.log.rows("keyword", (known[row[0]][0] for row in rows))
        self._to.waiting("keyword", [row[0] for row in rows if known[row[0]][1] & MARK_WAITING])

    def _move(self, rows: Sequence[Row], known: Mapping[str, Sequence[Any]], sectors: Keys) -> None:
        """Write what hardly ever changes of a row: its place and its seed."""
        if not rows:
            return
        self._store.many(
            "UPDATE keyword SET site = ?, sector = ?, seed = (SELECT k FROM seed WHERE uid = ?), created_at = ?, extra = ?"
            " WHERE uid = ?",
            [(self._to.site, sectors[row[4]], row[3], row[10], row[11], row[0]) for row in rows],
        )
        self._store.many(
            "UPDATE keyword_hot SET sector = ? WHERE k = ?",
            [(sectors[row[4]], known[row[0]][0]) for row in rows],
        )
        moved = json_list(row[0] for row in rows)
        self._fill_unknown_seeds(
            rows,
            self._store.all(
                "SELECT uid FROM keyword WHERE seed IS NULL AND uid IN (SELECT value FROM json_each(?))",
                moved,
            ),
        )
        copy_figures(self._store, "uid", moved)

    def _fill_unknown_seeds(self, rows: Sequence[Row], lacking: Sequence[tuple[str]]) -> None:
        """A keyword whose seed was not delivered yet points at a hidden seed row until it is."""
        if lacking:
            uids = {uid for (uid,) in lacking}
            self._store.many(
                "UPDATE keyword SET seed = ? WHERE uid = ?",
                [(self._to.key("seed", row[3]), row[0]) for row in rows if row[0] in uids],
            )

    def remove_absent(self) -> None:
        """Remove the site's delivered keywords that are not in the table `seen`; those with pending work count as deleted."""
        absent = self._store.all(
            "SELECT w.k, w.uid, h.mark FROM keyword w JOIN keyword_hot h ON h.k = w.k WHERE w.site = ? AND h.ver > 0"
            " AND w.uid NOT IN (SELECT uid FROM temp.seen)",
            self._to.site,
        )
        waiting = [uid for _, uid, mark in absent if mark & MARK_WAITING]
        gone = json_list(key for key, _, mark in absent if not mark & MARK_WAITING)
        self._store.run("DELETE FROM keyword WHERE k IN (SELECT value FROM json_each(?))", gone)
        self._store.run("DELETE FROM keyword_hot WHERE k IN (SELECT value FROM json_each(?))", gone)
        self._store.run(
            "UPDATE keyword_hot SET base_deleted = 1 WHERE k IN (SELECT k FROM keyword WHERE uid IN (SELECT value FROM json_each(?)))",
            json_list(waiting),
        )
        self._to.waiting("keyword", waiting)
        if absent:
            self._to.log.rows("keyword", (key for key, _, _ in absent))
