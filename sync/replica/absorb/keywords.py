"""Delivered keywords: what never changes into the wide table, what often changes into the narrow one.

A line of the feed is put into a temporary table, and everything after that is set-wise.
"""

from __future__ import annotations

from collections.abc import Sequence

from sync.replica import arrivals
from sync.replica.absorb.decoding import Row
from sync.replica.absorb.delivery import Delivery
from sync.replica.figures import FIGURES, copy_figures
from sync.replica.layout import HOT
from sync.replica.records import MARK_WAITING
from sync.replica.store import json_list

# `n` counts from 1 in every line; `k` is the keyword's key, NULL for one that is not here yet.
_TABLE = (
    "CREATE TEMP TABLE IF NOT EXISTS line (n INTEGER PRIMARY KEY, k INTEGER, uid TEXT, ver INTEGER, deleted INTEGER, seed TEXT,"
    " sector INTEGER, cluster INTEGER, status TEXT, disabled INTEGER, volume_override INTEGER, difficulty_override INTEGER,"
    " created_at INTEGER, extra TEXT)"
)
# Python looks for an adapter of every None and every bool that it binds, which costs more than storing the whole row: hence
# values that SQL makes NULL. Keys begin at 1, figures at 0.
_FILL = (
    "INSERT INTO temp.line (uid, ver, deleted, seed, sector, cluster, status, disabled, volume_override, difficulty_override,"
    " created_at, extra) VALUES (?, ?, ?, ?, ?, nullif(?, 0), ?, ?, nullif(?, -1), nullif(?, -1), ?, nullif(?, ''))"
)
_INSERT = (
    "INSERT INTO keyword (k, uid, site, sector, seed, created_at, extra, text, volume, difficulty, mask, country)"
    f" SELECT ?1 + l.n, l.uid, ?2, l.sector, s.k, l.created_at, l.extra, {FIGURES}"
    " FROM temp.line l LEFT JOIN seed s ON s.uid = l.seed WHERE l.k IS NULL"
)
# Effective values equal the base where no work waits.
_INSERT_HOT = (
    f"INSERT INTO keyword_hot (k, ver, sector, mark, {', '.join(f'base_{name}, {name}' for name in HOT)})"
    f" SELECT ?1 + n, ver, sector, 0, {', '.join(f'{name}, {name}' for name in HOT)} FROM temp.line WHERE k IS NULL"
)
# Rows with pending work get their effective values from the overlay.
_UPDATE_HOT = (
    "UPDATE keyword_hot AS h SET ver = l.ver, sector = l.sector, "
    + ", ".join(
        f"base_{name} = l.{name}, {name} = iif(h.mark & {MARK_WAITING}, h.{name}, l.{name})" for name in HOT
    )
    + " FROM temp.line l WHERE h.k = l.k"
)
# What hardly ever changes of a row: its place and its seed.
_MOVED = (
    "SELECT w.uid FROM temp.line l CROSS JOIN keyword w ON w.k = l.k LEFT JOIN seed s ON s.k = w.seed WHERE w.sector IS NOT l.sector"
    " OR s.uid IS NOT l.seed OR w.created_at IS NOT l.created_at OR w.extra IS NOT l.extra"
)
_MOVE = (
    "UPDATE keyword AS w SET site = ?, sector = l.sector, seed = (SELECT k FROM seed WHERE uid = l.seed), created_at = l.created_at,"
    " extra = l.extra FROM temp.line l WHERE w.k = l.k"
)


class KeywordRows:
    """Rows are (uid, ver, deleted, seed, sector, cluster, status, disabled, volume, difficulty, created_at, extra)."""

    def __init__(self, delivery: Delivery) -> None:
        self._to = delivery
        self._store = delivery.store

    def write(self, rows: Sequence[Row], *, fresh: bool) -> None:
        """Write rows. `fresh`: none of them is here yet, and none comes twice."""
        if fresh:
            self._fill(rows)
            self._insert_others()
            self._to.log.rows("keyword", None)
        else:
            self._fill(list({row[0]: row for row in rows}.values()))
            self._store.run("UPDATE temp.line SET k = (SELECT w.k FROM keyword w WHERE w.uid = line.uid)")
            self._update_known()
            last = self._insert_others()
            arrivals.note_born(self._store, last, self._to.now_ms)
            born = self._store.all("SELECT k FROM keyword WHERE k > ?", last)
            self._to.log.rows("keyword", (key for (key,) in born))

    def _fill(self, rows: Sequence[Row]) -> None:
        sectors = self._to.keys("sector", {row[4] for row in rows})
        clusters = self._to.keys("cluster", {row[5] for row in rows})
        self._store.run(_TABLE)
        self._store.run("DELETE FROM temp.line")
        self._store.many(
            _FILL,
            [
                (
                    uid,
                    ver,
                    1 if deleted else 0,
                    seed,
                    sectors[sector],
                    clusters[cluster] or 0,
                    status,
                    1 if disabled else 0,
                    -1 if volume is None else volume,
                    -1 if difficulty is None else difficulty,
                    created_at,
                    extra or "",
                )
                for uid, ver, deleted, seed, sector, cluster, status, disabled, volume, difficulty, created_at, extra in rows
            ],
        )

    def _insert_others(self) -> int:
        """Insert what is not here yet; return the key after which the new ones come."""
        last = int(self._store.value("SELECT coalesce(max(k), 0) FROM keyword"))
        arrivals.forget_after(self._store, last)
        if self._store.run(_INSERT, last, self._to.site):
            self._store.run(_INSERT_HOT, last)
        if self._store.value("SELECT 1 FROM keyword WHERE k > ? AND seed IS NULL LIMIT 1", last):
            self._name_unknown_seeds()
        return last

    def _update_known(self) -> None:
        known = self._store.all(
            f"SELECT l.k, l.uid, h.mark & {MARK_WAITING} FROM temp.line l CROSS JOIN keyword_hot h ON h.k = l.k"
        )
        if not known:
            return
        arrivals.note_changed(self._store, self._to.now_ms)
        self._store.run(_UPDATE_HOT)
        self._to.log.rows("keyword", (key for key, _, _ in known))
        self._to.waiting("keyword", [uid for _, uid, waiting in known if waiting])
        moved = self._store.all(_MOVED)
        if moved:
            self._store.run(_MOVE, self._to.site)
            self._name_unknown_seeds()
            copy_figures(self._store, "uid", json_list(uid for (uid,) in moved))

    def _name_unknown_seeds(self) -> None:
        """A keyword whose seed was not delivered yet points at a hidden seed row until it is."""
        lacking = "FROM temp.line l CROSS JOIN keyword w ON w.uid = l.uid WHERE w.seed IS NULL"
        for uid, seed in self._store.all(f"SELECT l.uid, l.seed {lacking}"):
            self._store.run("UPDATE keyword SET seed = ? WHERE uid = ?", self._to.key("seed", seed), uid)

    def remove_absent(self) -> None:
        """Remove the site's delivered keywords that are not in the table `seen`; those with pending work count as deleted.

        Which version deleted them is not known: 1 is below every cursor of every epoch.
        """
        absent = self._store.all(
            "SELECT w.k, w.uid, h.mark FROM keyword w JOIN keyword_hot h ON h.k = w.k WHERE w.site = ? AND h.ver > 0"
            " AND w.uid NOT IN (SELECT uid FROM temp.seen)",
            self._to.site,
        )
        self._to.gone("keyword", [uid for _, uid, _ in absent])
        waiting = [uid for _, uid, mark in absent if mark & MARK_WAITING]
        gone = json_list(key for key, _, mark in absent if not mark & MARK_WAITING)
        self._store.run("DELETE FROM keyword WHERE k IN (SELECT value FROM json_each(?))", gone)
        self._store.run("DELETE FROM keyword_hot WHERE k IN (SELECT value FROM json_each(?))", gone)
        self._store.run(
            "UPDATE keyword_hot SET base_deleted = 1, ver = 1 WHERE k IN (SELECT k FROM keyword WHERE uid IN (SELECT value FROM json_each(?)))",
            json_list(waiting),
        )
        self._to.waiting("keyword", waiting)
        if absent:
            self._to.log.rows("keyword", (key for key, _, _ in absent))
