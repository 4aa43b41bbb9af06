"""Staged pages and their one transaction at the consistent end."""

from __future__ import annotations

import json
from collections.abc import Iterable

from planner_core.entities import SCOPE_ENTITIES
from sync.clock import Clock
from sync.errors import PlatformFault
from sync.replica import guard, hooks
from sync.replica.absorb import Absorber, Delivery
from sync.replica.bodies import decode, row_ids
from sync.replica.layout import tables
from sync.replica.lost import end_for_arrived, list_lost
from sync.replica.outbox import Outbox
from sync.replica.overlay import Overlay, refresh_review_marks
from sync.replica.records import Page
from sync.replica.recovery import resend_parked
from sync.replica.review import store_conflict_line
from sync.replica.scopes import NO_STAGE
from sync.replica.store import ChangeLog, Store

MOST_UNREAD = 3
"""Rows of one apply that may be put aside because this version cannot read them."""


class Feed:
    """Takes what the platform delivers for one scope."""

    def __init__(self, store: Store, clock: Clock, outbox: Outbox) -> None:
        self._store = store
        self._clock = clock
        self._outbox = outbox

    def drop_stage(self, scope: int) -> None:
        """Forget staged pages."""
        self._store.run("DELETE FROM stage WHERE scope = ?", scope)
        self._store.run(f"UPDATE scope_state SET {NO_STAGE} WHERE k = ?", scope)

    def begin_snapshot(self, scope: int, epoch: str) -> None:
        """Expect a snapshot from its first page."""
        self.drop_stage(scope)
        self._store.run(
            "UPDATE scope_state SET stage_kind = 'snapshot', stage_snapshot = 1, stage_epoch = ?, stage_more = 1, need_snapshot = 1"
            " WHERE k = ?",
            epoch,
            scope,
        )

    def stage(self, scope: int, page: Page) -> None:
        """Keep one page. A page of another epoch than the staged ones starts the stage anew."""
        epoch, pages = self._store.one("SELECT stage_epoch, stage_pages FROM scope_state WHERE k = ?", scope)
        if pages and epoch != page.epoch:
            self.drop_stage(scope)
        add = "INSERT INTO stage (scope, kind, entity, columns, body) VALUES (?, ?, ?, ?, ?)"
        kind = "rows" if page.kind == "pull" else "snapshot"
        self._store.many(
            add,
            [
                (scope, kind, line.entity, json.dumps(list(page.columns.get(line.entity, ()))), line.rows)
                for line in page.rows
            ],
        )
        self._store.reach(hooks.INSIDE_STAGING)
        rest: list[tuple[int, str, str, str, bytes]] = []
        if page.aliases:
            rest.append(
                (scope, "alias", "", "", json.dumps([list(alias) for alias in page.aliases]).encode())
            )
        rest += [(scope, "conflict", "", "", json.dumps(dict(line)).encode()) for line in page.conflicts]
        rest += [(scope, "unknown", "", "", line) for line in page.unknown_lines]
        self._store.many(add, rest)
        self._store.run(
            "UPDATE scope_state SET stage_kind = ?, stage_snapshot = stage_snapshot OR ?, stage_epoch = ?, stage_cursor = ?,"
            " stage_at = CASE ? WHEN 0 THEN stage_at ELSE ? END, stage_more = ?, stage_pages = stage_pages + 1,"
            " stage_rows = stage_rows + ?, stage_version = ? WHERE k = ?",
            page.kind,
            page.kind == "snapshot",
            page.epoch,
            page.cursor,
            page.at,
            page.at,
            page.has_more,
            page.count,
            page.version,
            scope,
        )
        self.told(scope, page.epoch, page.version, page.token)

    def told(self, scope: int, epoch: str, version: int, token: str) -> None:
        """Remember the highest version the platform named, with its token; another epoch starts over."""
        self._store.run(
            "UPDATE scope_state SET told_epoch = ?1, told_version = ?2, told_token = ?3"
            " WHERE k = ?4 AND ?3 <> '' AND (told_epoch <> ?1 OR told_version <= ?2)",
            epoch,
            version,
            token,
            scope,
        )

    # ------------------------------------------------------------------ the consistent end

    def apply(self, scope: int, log: ChangeLog) -> None:
        """Everything staged becomes the replica's state, or nothing of it does."""
        kind, uid, held, snapshot, epoch, cursor, version = self._store.one(
            "SELECT kind, id, epoch, stage_snapshot, stage_epoch, stage_cursor, stage_version FROM scope_state WHERE k = ?",
            scope,
        )
        site = self._store.value("SELECT k FROM site WHERE uid = ?", uid) if kind == "site" else None
        if kind == "site" and site is None:
            site = self._store.value("INSERT INTO site (uid, ver, deleted) VALUES (?, 0, 2) RETURNING k", uid)
        if snapshot:
            # Everything comes anew, what could not be read included.
            self._store.run("DELETE FROM unknown_rows WHERE scope = ?", scope)
        delivery = Delivery(
            self._store, log, scope, site, self._clock.now_ms(), puts_aside=self._aside(scope)
        )
        delivery.is_other_history = bool(snapshot) and held not in ("", epoch)
        absorber = Absorber(delivery)
        overlay = Overlay(self._store, log)
        if snapshot:
            overlay.touch(row_ids(self._outbox.pending_ids(scope)))
        elif self._brings_clusters(scope):
            overlay.touch_restored()
        self._absorb(absorber, scope, kind, snapshot=bool(snapshot), log=log)
        self._check_unread(delivery)
        self._guard(delivery, kind, snapshot=bool(snapshot))
        overlay.touch(delivery.pending)
        merged = self._aliases(scope, snapshot=bool(snapshot), log=log)
        overlay.touch(merged)
        if merged:
            overlay.touch_pending_ideas()
        self._store.reach(hooks.INSIDE_APPLY)
        overlay.touch(self._confirm(scope, version, log))
        resend_parked(self._store, self._outbox, scope, overlay, log)
        overlay.recompute()
        if delivery.is_other_history:
            self._keep_own_questions(scope)
        self._conflicts(scope, snapshot=bool(snapshot), log=log)
        absorber.finish()
        list_lost(self._store, scope, epoch, delivery.lost, at=delivery.now_ms, log=log)
        end_for_arrived(self._store, scope, log)
        self._store.run("DELETE FROM stage WHERE scope = ?", scope)
        self._store.run(
            "UPDATE scope_state SET epoch = ?1, server_epoch = ?2, cursor = ?3, version = ?4, last_pull_at = ?5,"
            " tables = CASE WHEN ?6 OR tables = '' THEN ?7 ELSE tables END, checked_at = CASE WHEN ?6 THEN 0 ELSE checked_at END,"
            f" need_snapshot = CASE WHEN ?6 THEN 0 ELSE need_snapshot END, {NO_STAGE} WHERE k = ?8",
            epoch,
            epoch,
            cursor,
            version,
            self._clock.now_ms(),
            int(bool(snapshot)),
            tables(kind),
            scope,
        )
        log.note("scope")

    def _aside(self, scope: int) -> bool:
        return bool(self._store.value("SELECT 1 FROM unknown_rows WHERE scope = ? LIMIT 1", scope))

    def _brings_clusters(self, scope: int) -> bool:
        staged = "SELECT 1 FROM stage WHERE scope = ? AND kind = 'rows' AND entity = 'cluster' LIMIT 1"
        return bool(self._store.value(staged, scope))

    def _check_unread(self, delivery: Delivery) -> None:
        """Let a few unreadable rows pass; more of them are a fault of this version or of the platform, and rows would be missing."""
        if len(delivery.unfit) <= MOST_UNREAD:
            return
        few = ", ".join(sorted(delivery.unfit)[:MOST_UNREAD])
        raise PlatformFault(
            "unreadable_rows",
            f"{len(delivery.unfit):,} rows of the platform cannot be read by this version ({few}, ...).",
            "Nothing of them was taken; edits and everything else go on. Update this application, or report it.",
        )

    def _guard(self, delivery: Delivery, kind: str, *, snapshot: bool) -> None:
        """Stop an apply that removes too much. Raises Removed; judged before the user's own work is put on top."""
        removed = delivery.removed
        if not snapshot and sum(removed.values()) <= guard.GUARD_ROWS:
            return
        left = guard.shown_rows(self._store, delivery.scope, kind) if any(removed.values()) else 0
        question = guard.judge(self._store, delivery.scope, removed, left=left, snapshot=snapshot)
        if question is not None:
            raise guard.Removed(question)

    def _absorb(self, absorber: Absorber, scope: int, kind: str, *, snapshot: bool, log: ChangeLog) -> None:
        entities = [entity.name for entity in SCOPE_ENTITIES[kind]]
        fresh = snapshot and not self._anything(kind, scope)
        compare = snapshot and not fresh
        if compare:
            self._store.run("CREATE TEMP TABLE IF NOT EXISTS seen (uid TEXT PRIMARY KEY) WITHOUT ROWID")
            self._store.run("DELETE FROM temp.seen")
        bulk = fresh and kind == "site"
        if bulk:
            # Built once at the end: half the price of growing it row by row.
            self._store.run("DROP INDEX IF EXISTS keyword_seed")
        lines = self._store.all(
            "SELECT n FROM stage WHERE scope = ? AND kind IN ('rows', 'snapshot', 'unknown') ORDER BY n",
            scope,
        )
        for (number,) in lines:
            line_kind, entity, columns, body = self._store.one(
                "SELECT kind, entity, columns, body FROM stage WHERE n = ?", number
            )
            if line_kind == "unknown":
                self._keep_unknown_line(scope, body)
            else:
                first = fresh and line_kind == "snapshot"
                absorber.rows(entity, json.loads(columns), body, fresh=first, keep_seen=compare)
            # Freed at once, so that the pages serve the rows that follow and the file grows by the rows only.
            self._store.run("DELETE FROM stage WHERE n = ?", number)
        if bulk:
            self._store.run("CREATE INDEX keyword_seed ON keyword (seed)")
        if compare:
            absorber.remove_absent(entities)
            self._store.run("DELETE FROM temp.seen")
            self._store.reach(hooks.INSIDE_SWAP)
        if snapshot:
            log.note(*entities)

    def _keep_unknown_line(self, scope: int, body: bytes) -> None:
        self._store.run(
            "INSERT INTO unknown_rows (scope, entity, columns, raw, reason, at) VALUES (?, '', '[]', ?, 'unknown line', ?)",
            scope,
            body,
            self._clock.now_ms(),
        )

    def _anything(self, kind: str, scope: int) -> bool:
        keywords = "SELECT 1 FROM keyword w JOIN site s ON s.k = w.site JOIN scope_state c ON c.id = s.uid WHERE c.k = ? LIMIT 1"
        if kind == "site" and self._store.value(keywords, scope):
            return True
        return any(
            self._store.value(f"SELECT 1 FROM {entity.name} WHERE scope = ? LIMIT 1", scope)
            for entity in SCOPE_ENTITIES[kind]
            if entity.name != "keyword"
        )

    # ------------------------------------------------------------------ aliases, confirmations, questions

    def _aliases(self, scope: int, *, snapshot: bool, log: ChangeLog) -> dict[str, set[str]]:
        """An alias lives in its epoch: a snapshot brings all of them anew."""
        if snapshot:
            self._store.run("DELETE FROM alias WHERE scope = ? AND ver > 0", scope)
        touched: set[str] = set()
        for (body,) in self._store.all(
            "SELECT body FROM stage WHERE scope = ? AND kind = 'alias' ORDER BY n", scope
        ):
            for old, new, ver in json.loads(body):
                touched |= {old, new}
                self._store.run(
                    "INSERT INTO alias (old, new, scope, ver) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT (old) DO UPDATE SET new = excluded.new, scope = excluded.scope, ver = excluded.ver",
                    old,
                    new,
                    scope,
                    max(1, ver),
                )
        if touched:
            self._store.reach(hooks.WITH_ALIASES)
            log.note("keyword", "cluster")
        return {"keyword": set(touched), "cluster": set(touched)} if touched else {}

    def _confirm(self, scope: int, version: int, log: ChangeLog) -> dict[str, set[str]]:
        """Work whose rows are here now leaves the overlay; return the rows it named."""
        rows = self._store.all(
            "UPDATE mutation SET confirmed = 1 WHERE confirmed = 0 AND scope = ? AND state IN ('applied', 'partly')"
            " AND coalesce(ver, 0) <= ? RETURNING body",
            scope,
            version,
        )
        if rows:
            log.note("history", "pending")
        return row_ids(operation for (body,) in rows for operation in decode(body).operations)

    def _conflicts(self, scope: int, *, snapshot: bool, log: ChangeLog) -> None:
        lines = [
            json.loads(body)
            for (body,) in self._store.all(
                "SELECT body FROM stage WHERE scope = ? AND kind = 'conflict' ORDER BY n", scope
            )
        ]
        touched: dict[str, set[str]] = {}
        if snapshot:
            touched = self._close_unlisted(
                scope, {str(line["id"]) for line in lines if line["state"] == "open"}
            )
        for line in lines:
            store_conflict_line(self._store, scope, line)
            touched.setdefault(str(line["e"]), set()).add(str(line["row"]))
        for entity, ids in touched.items():
            refresh_review_marks(self._store, log, entity, ids)
            log.note("review")

    def _keep_own_questions(self, scope: int) -> None:
        """A platform that was put back has forgotten what it did not take; work that lies here untaken is asked about all the same."""
        self._store.run(
            "UPDATE review SET ver = 0 WHERE scope = ?1 AND state = 'open' AND kind IN ('refused', 'parked') AND EXISTS (SELECT 1"
            " FROM mutation m WHERE m.scope = ?1 AND m.state IN ('refused', 'parked') AND instr(review.ops, m.op_id) > 0)",
            scope,
        )

    def _close_unlisted(self, scope: int, listed: Iterable[str]) -> dict[str, set[str]]:
        """A snapshot carries every open item: one it lacks was decided elsewhere."""
        keep = set(listed)
        touched: dict[str, set[str]] = {}
        for uid, entity, row in self._store.all(
            "SELECT id, entity, uid FROM review WHERE scope = ? AND state = 'open' AND ver > 0",
            scope,
        ):
            if uid not in keep:
                self._store.run("UPDATE review SET state = 'closed' WHERE id = ?", uid)
                touched.setdefault(entity, set()).add(row)
        return touched
