"""Effective rows anew: the platform's values with all pending work on top, for the rows where either changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from planner_core.operations import Create, Delete, Operation, Resolve, Restore, Set
from planner_core.text import fold
from sync.replica.bodies import decode, touching
from sync.replica.effects import Effects
from sync.replica.facts import HIDDEN
from sync.replica.hooks import INSIDE_REBASE
from sync.replica.layout import OWN, SMALL
from sync.replica.outbox import OVERLAY
from sync.replica.provisional import Provisional
from sync.replica.records import MARK_CONFLICT, MARK_REFUSED, MARK_WAITING
from sync.replica.rows import Rows
from sync.replica.store import ChangeLog, Store, json_list

_KEYWORDS = "SELECT w.k FROM json_each(?) j CROSS JOIN keyword w ON w.uid = j.value"
_LIVE_PENDING_DELETES = (
    "SELECT k FROM cluster WHERE deleted = 1 AND base IS NOT NULL AND json_extract(base, '$.deleted') = 0"
)


class Overlay:
    """Recomputes effective rows within the caller's transaction."""

    def __init__(self, store: Store, log: ChangeLog) -> None:
        self._store = store
        self._log = log
        self._touched: dict[str, set[str]] = {}

    def touch(self, rows: Mapping[str, Iterable[str]]) -> None:
        """Name rows whose base or pending work changed: entity -> uids."""
        for entity, ids in rows.items():
            self._touched.setdefault(entity, set()).update(ids)

    @property
    def is_touched(self) -> bool:
        """Return whether any row was named."""
        return any(self._touched.values())

    def touch_members(self, clusters: Iterable[str]) -> None:
        """Name the rows that the platform has in clusters, and those that waiting work puts there."""
        named = set(clusters)
        wanted = json_list(named)
        inside = self._store.all(
            "SELECT w.uid FROM keyword_hot h JOIN keyword w ON w.k = h.k WHERE h.base_cluster IN"
            " (SELECT k FROM cluster WHERE uid IN (SELECT value FROM json_each(?)))",
            wanted,
        )
        ideas = self._store.all(
            "SELECT uid FROM idea WHERE json_extract(base, '$.cluster') IN (SELECT value FROM json_each(?))",
            wanted,
        )
        self.touch({"keyword": (uid for (uid,) in inside), "idea": (uid for (uid,) in ideas)})
        self._touch_placed(named)

    def _touch_placed(self, clusters: set[str]) -> None:
        """Name the rows that waiting work puts into clusters: by a decision, or by an edit whose undo was discarded since."""
        for _, _, body in self._store.connection.execute(OVERLAY).fetchall():
            for operation in decode(body).operations:
                self.touch({operation.entity: _placed_in(operation, clusters)})

    def touch_pending_ideas(self) -> None:
        """Name the ideas on which work waits: what merged into what says whom they show as members."""
        ideas = self._store.all(f"SELECT uid FROM idea WHERE mark & {MARK_WAITING}")
        self.touch({"idea": (uid for (uid,) in ideas)})

    def touch_restored(self) -> None:
        """Name the rows that waiting work takes out of the trash: their cluster may have gone there, or come back, meanwhile."""
        for _, _, body in self._store.connection.execute(OVERLAY).fetchall():
            for operation in decode(body).operations:
                if isinstance(operation, Restore):
                    self.touch({operation.entity: operation.rows})

    def recompute(self) -> None:
        """Make every touched row what it is now. Rows delivered without pending work were written whole when they came."""
        self._merge_provisionally()
        if self.is_touched:
            self._add_kept_ids()
            self._add_dead_parents()
            self._add_children()
            self._reset_keywords()
            for entity in OWN:
                self._reset_small(entity)
            self._store.reach(INSIDE_REBASE)
            self._replay()
        self._detach_from_deleted()

    # ------------------------------------------------------------------ which rows

    def _add_kept_ids(self) -> None:
        if not self._store.value("SELECT 1 FROM alias LIMIT 1"):
            return
        for entity in ("keyword", "cluster", "idea"):
            ids = self._touched.get(entity)
            if ids:
                kept = self._store.all(
                    "SELECT new FROM alias WHERE old IN (SELECT value FROM json_each(?))", json_list(ids)
                )
                ids.update(uid for (uid,) in kept)

    def _add_dead_parents(self) -> None:
        """A row out of the trash leaves its deleted cluster, and goes home with it: what waits for either is replayed in its order."""
        dead = dict(
            self._store.all(
                "SELECT uid, k FROM cluster WHERE base IS NOT NULL AND json_extract(base, '$.deleted') = 1"
            )
        )
        if not dead:
            return
        keywords = self._store.all(
            "SELECT DISTINCT h.base_cluster FROM json_each(?) j JOIN keyword w ON w.uid = j.value JOIN keyword_hot h ON h.k = w.k"
            " WHERE h.base_deleted = 1 AND h.base_cluster IS NOT NULL",
            json_list(self._touched.get("keyword", ())),
        )
        ideas = self._store.all(
            "SELECT DISTINCT json_extract(i.base, '$.cluster') FROM json_each(?) j JOIN idea i ON i.uid = j.value"
            " WHERE json_extract(i.base, '$.deleted') = 1",
            json_list(self._touched.get("idea", ())),
        )
        inside, named = {key for (key,) in keywords}, {uid for (uid,) in ideas}
        self.touch({"cluster": [uid for uid, key in dead.items() if key in inside or uid in named]})

    def _add_children(self) -> None:
        """A cluster that is gone, or may appear, takes along the rows that the platform has in it.

        Those in the trash too: the platform leaves them in a deleted cluster, where pending work had taken them out.
        """
        clusters = self._touched.get("cluster")
        if not clusters:
            return
        keys = self._store.all(
            "SELECT k FROM cluster WHERE uid IN (SELECT value FROM json_each(?))"
            " AND (deleted = 1 OR (base IS NOT NULL AND deleted <> json_extract(base, '$.deleted')))",
            json_list(clusters),
        )
        if not keys:
            return
        self.touch_members(clusters)
        taken_out = self._store.all(
            "SELECT j.value FROM cluster c, json_each(c.detached) j WHERE c.k IN (SELECT value FROM json_each(?))",
            json_list(key for (key,) in keys),
        )
        children = {uid for (uid,) in taken_out}
        self.touch({"keyword": children, "idea": children})

    # ------------------------------------------------------------------ back to the base

    def _reset_keywords(self) -> None:
        ids = self._touched.get("keyword")
        if not ids:
            return
        parameter = json_list(sorted(ids))
        self._store.run(
            "UPDATE keyword_hot SET cluster = base_cluster, status = coalesce(base_status, 'new'),"
            " disabled = coalesce(base_disabled, 0), volume_override = base_volume_override,"
            " difficulty_override = base_difficulty_override,"
            f" deleted = coalesce(base_deleted, {HIDDEN}), mark = mark & ~{MARK_WAITING} WHERE k IN ({_KEYWORDS})",
            parameter,
        )
        keys = None if len(ids) > 1000 else [key for (key,) in self._store.all(_KEYWORDS, parameter)]
        self._log.rows("keyword", keys)

    def _reset_small(self, entity: str) -> None:
        ids = self._touched.get(entity)
        if not ids:
            return
        parameter = json_list(ids)
        columns = ", ".join(
            f"{name} = json_extract(base, '$.{name}')" for name in (*SMALL[entity], "deleted")
        )
        rows = self._store.all(
            f"UPDATE {entity} SET {columns}, base = NULL, mark = mark & ~{MARK_WAITING}"
            " WHERE base IS NOT NULL AND uid IN (SELECT value FROM json_each(?)) RETURNING k",
            parameter,
        )
        if entity == "cluster":
            # What names are compared by goes back with the name.
            names = self._store.all(
                "SELECT name, k FROM cluster WHERE k IN (SELECT value FROM json_each(?))",
                json_list(key for (key,) in rows),
            )
            self._store.many(
                "UPDATE cluster SET folded = ? WHERE k = ?", [(fold(name), key) for name, key in names]
            )
        rows += self._store.all(
            f"UPDATE {entity} SET deleted = CASE ver WHEN 0 THEN {HIDDEN} ELSE deleted END, mark = mark & ~{MARK_WAITING}"
            f" WHERE mark & {MARK_WAITING} AND uid IN (SELECT value FROM json_each(?)) RETURNING k",
            parameter,
        )
        self._log.rows(entity, [key for (key,) in rows])

    # ------------------------------------------------------------------ pending work on top

    def _replay(self) -> None:
        wanted = frozenset(uid for ids in self._touched.values() for uid in ids)
        effects = Effects(self._store, self._log, replaying=True)
        keep = (
            (lambda uid: uid in wanted or effects.aliases.one(uid) in wanted)
            if effects.aliases
            else wanted.__contains__
        )
        cursor = self._store.connection.execute(OVERLAY)
        restored: set[str] = set()
        dying: set[str] = set()
        for _, scope, body in cursor.fetchall():
            for operation in decode(body).operations:
                if operation.entity == "cluster" and isinstance(operation, Restore):
                    restored.update(operation.rows)
                    dying.difference_update(operation.rows)
                elif operation.entity == "cluster" and isinstance(operation, Delete):
                    dying.update(restored.intersection(operation.ids))
                piece = touching(operation, keep)
                if piece is not None:
                    effects.apply(piece, scope)
                if isinstance(operation, Delete) and operation.entity == "cluster":
                    # The cluster itself may stay as it is; rows being recomputed left it here all the same.
                    effects.trash.detach_listed(operation, wanted)
        if dying:
            # Dead on the platform, too, but not in between: a row that was put there then, and not listed since, leaves it again.
            effects.trash.detach(sorted(dying))

    def _detach_from_deleted(self) -> None:
        """Rows delivered into a cluster whose deletion waits to be sent read as being in none."""
        keys = [key for (key,) in self._store.all(_LIVE_PENDING_DELETES)]
        if not keys:
            return
        parameter = json_list(keys)
        self._log.rows(
            "keyword",
            [
                key
                for (key,) in self._store.all(
                    f"UPDATE keyword_hot SET cluster = NULL, status = 'new', mark = mark | {MARK_WAITING}"
                    " WHERE cluster IN (SELECT value FROM json_each(?)) RETURNING k",
                    parameter,
                )
            ],
        )
        uids = [
            uid
            for (uid,) in self._store.all(
                "SELECT uid FROM cluster WHERE k IN (SELECT value FROM json_each(?))", parameter
            )
        ]
        ideas = self._store.all(
            "SELECT uid FROM idea WHERE cluster IN (SELECT value FROM json_each(?))", json_list(uids)
        )
        if ideas:
            rows = Rows(self._store, self._log)
            rows.set_values("idea", "cluster", (None,), [uid for (uid,) in ideas])

    # ------------------------------------------------------------------ a pending creation of what the platform has by now

    def _merge_provisionally(self) -> None:
        """Show keywords that wait to be created as others of the same seed and sector, until the verdict.

        Both may be here; that is why there is no unique index over pending and delivered rows.
        """
        old = dict(self._store.all("SELECT old, new FROM alias WHERE ver = 0"))
        provisional = Provisional(self._store, self._log)
        provisional.make_rows(self._touched.get("keyword", ()))
        if not old and not provisional.is_waiting:
            return
        now = provisional.merges()
        if now == old:
            return
        self._store.run("DELETE FROM alias WHERE ver = 0")
        self._store.many("INSERT INTO alias (old, new, scope, ver) VALUES (?, ?, 0, 0)", now.items())
        changed = {uid for pair in now.items() ^ old.items() for uid in pair}
        self.touch({"keyword": changed})
        self.touch_pending_ideas()


def _placed_in(operation: Operation, clusters: set[str]) -> list[str]:
    match operation:
        case Set():
            return [
                uid for change in operation.changes if clusters.intersection(change.new) for uid in change.ids
            ]
        case Create() if operation.common.get("cluster") in clusters:
            return list(operation.ids)
        case Create():
            return [str(row[0]) for row in operation.rows if clusters.intersection(row[1:])]
        case Resolve():
            return [operation.id] if clusters.intersection(operation.value) else []
        case _:
            return []


def refresh_review_marks(store: Store, log: ChangeLog, entity: str, ids: Iterable[str]) -> None:
    """Set the conflict and refused bits of rows from the review items that are open."""
    if entity not in ("keyword", *OWN):
        return
    wanted = set(ids)
    bits = dict.fromkeys(wanted, 0)
    open_items = store.all(
        "SELECT j.value, CASE r.kind WHEN 'conflict' THEN ? ELSE ? END FROM review r, json_each(r.ids) j"
        " WHERE r.state = 'open' AND r.entity = ?",
        MARK_CONFLICT,
        MARK_REFUSED,
        entity,
    )
    for uid, bit in open_items:
        if uid in wanted:
            bits[uid] |= bit
    table, key = (
        ("keyword_hot", _KEYWORDS)
        if entity == "keyword"
        else (entity, _KEYWORDS.replace("keyword w", f"{entity} w"))
    )
    for value in set(bits.values()):
        parameter = json_list(uid for uid, own in bits.items() if own == value)
        rows = store.all(
            f"UPDATE {table} SET mark = (mark & {MARK_WAITING}) | ? WHERE k IN ({key}) AND mark & ~{MARK_WAITING} <> ? RETURNING k",
            value,
            parameter,
            value,
        )
        log.rows(entity, [found for (found,) in rows])
