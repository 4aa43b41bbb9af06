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
    f" SELECT ?1, ?2, ?3, ?4, s.k, ?6, nullif(?7, ''), {FIGURES} FROM (SELECT 1) LEFT JOIN seed s ON s.uid = ?5"
)
# Python looks for an adapter of every None and every bool that it binds, which costs more than storing the whole row: hence
# numbers that SQL makes NULL. Keys begin at 1, figures at 0.
_HOT = {
    "deleted": "?3",
    "cluster": "nullif(?4, 0)",
    "status": "?5",
    "disabled": "?6",
    "volume_override": "nullif(?7, -1)",
    "difficulty_override": "nullif(?8, -1)",
}
# Effective values equal the base where no work waits.
_INSERT_HOT = (
    f"INSERT INTO keyword_hot (k, ver, sector, mark, {', '.join(f'base_{name}, {name}' for name in _HOT)})"
    f" VALUES (?1, ?2, ?9, 0, {', '.join(f'{value}, {value}' for value in _HOT.values())})"
)
_SET_BASE = ", ".join(f"base_{name} = {value}" for name, value in _HOT.items())
_UPDATE_WAITING = f"UPDATE keyword_hot SET ver = ?2, {_SET_BASE} WHERE k = ?1"
_UPDATE = _UPDATE_WAITING.replace(
    " WHERE", "".join(f", {name} = {value}" for name, value in _HOT.items()) + " WHERE"
)
_KNOWN = (
    "SELECT w.uid, w.k, h.mark, w.sector, s.uid, w.created_at, w.extra FROM json_each(?) j"
    " CROSS JOIN keyword w ON w.uid = j.value CROSS JOIN keyword_hot h ON h.k = w.k LEFT JOIN seed s ON s.k = w.seed"
)


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
                (key, row[0], site, sectors[row[4]], row[3], row[10], row[11] or "")
                for key, row in enumerate(rows, first)
            ],
        )
        self._store.many(
            _INSERT_HOT,
            [(*_hot(key, row, clusters), sectors[row[4]]) for key, row in enumerate(rows, first)],
        )
        self._fill_unknown_seeds(
            rows, self._store.all("SELECT uid FROM keyword WHERE k >= ? AND seed IS NULL", first)
        )
        return first

    def _update(
        self, rows: Sequence[Row], known: Mapping[str, Sequence[Any]], sectors: Keys, clusters: Keys
    ) -> None:
        # Rows with pending work get their effective values from the overlay.
        for mark, sql in ((0, _UPDATE), (MARK_WAITING, _UPDATE_WAITING)):
            self._store.many(
                sql,
                [
                    _hot(known[row[0]][0], row, clusters)
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


def _hot(key: int, row: Row, clusters: Keys) -> tuple[int | str | None, ...]:
    """Return the values of `_HOT` behind key and version."""
    volume, difficulty = row[8], row[9]
    return (
        key,
        row[1],
        1 if row[2] else 0,
        clusters[row[5]] or 0,
        row[6],
        1 if row[7] else 0,
        -1 if volume is None else volume,
        -1 if difficulty is None else difficulty,
    )
