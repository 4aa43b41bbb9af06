"""Holes of severity 1: accepted work lost, doubled or overwritten without a trace."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from planner_core.merge import Outcome, Standing, Wish, settle_delete
from planner_server.feed import epochs, reading, sql
from planner_server.feed.running import Run
from planner_server.planning.services import conflicts, deciding, deleting, sets
from planner_server.planning.services.work import Recovery
from planner_server.sync_api import judging, ledger, views
from planner_server.sync_api.judging import Bench
from sync.engine import pull
from sync.engine import round as rounds
from sync.replica import feed as replica_feed
from sync.replica import recovery, scopes
from sync.replica.absorb.keywords import KeywordRows
from sync.replica.bodies import decode, encode, make_body
from sync.replica.feed import Feed
from sync.replica.outbox import Outbox
from sync.replica.records import AskedOps
from tests.simulation.bugs.bug import SOME_SEEDS, Bug, swapped, together, wrapped
from tests.simulation.histories import meeting, restores

# ---------------------------------------------------------------- P61 to P63

_FIELDS = {"cluster": 5, "status": 6, "disabled": 7, "volume_override": 8, "difficulty_override": 9}
_BASE = (
    "SELECT c.uid, h.base_status, h.base_disabled, h.base_volume_override, h.base_difficulty_override FROM keyword w"
    " JOIN keyword_hot h ON h.k = w.k LEFT JOIN cluster c ON c.k = h.base_cluster WHERE w.uid = ?"
)


def _own_rows_are_no_news(write: Any) -> Any:
    """Of a row that our own work wrote last, only what we wrote is taken."""

    def written(self: KeywordRows, rows: Any, *, fresh: bool) -> None:
        own: dict[tuple[int, str], set[str]] = {}
        sent = self._store.all(
            "SELECT ver, body FROM mutation WHERE confirmed = 0 AND state IN ('applied', 'partly')"
        )
        for ver, body in sent:
            for operation in decode(body).operations:
                for uid in operation.ids:
                    group = getattr(operation, "group", "")
                    names = {"cluster", "status"} if group == "placement" else {group}
                    own.setdefault((ver, uid), set()).update(names)
        write(self, [_with_base(self, row, own.get((row[1], row[0]))) for row in rows], fresh=fresh)

    return written


def _with_base(rows: KeywordRows, row: Any, own: set[str] | None) -> Any:
    base = rows._store.one(_BASE, row[0]) if own else None
    if own is None or base is None:
        return row
    values = list(row)
    for (name, place), kept in zip(_FIELDS.items(), base, strict=True):
        if name not in own:
            values[place] = kept
    return values


def _writer_of_the_row(meta: Any, _group: str) -> Any:
    marks = sql.loaded(meta) or {}
    mark = max(marks.values(), key=lambda one: one[3], default=["import", "", "", 0, 0])
    return mark[0], mark[1], mark[2], mark[4]


_MADE: ContextVar[int | None] = ContextVar("made", default=None)


def _knowing_its_version(applied: Any) -> Any:
    def judged(self: Bench, pushed: Any, *more: Any) -> Any:
        _MADE.set(pushed.header.made)
        return applied(self, pushed, *more)

    return judged


def _always(self: Run, scope: str) -> bool:
    """A process goes on counting where the copy it was started on ends."""
    return True


def _seen_by_version(work: Any, row: Any, seen: Any, _emptied: Any) -> Any:
    """A deletion had seen whatever has a version that is not above the one it was made at."""
    made = _MADE.get() or 0
    marks = sql.loaded(row.meta) or {}
    newer = [group for group in seen if (marks.get(group) or marks["*"])[3] > made]
    writers = [conflicts.writer(row.meta, group) for group in newer]
    unseen = [Standing((), last[0] == "user", conflicts.own_earlier(work, last)) for last in writers]
    outcome = settle_delete(unseen, deleted=row.deleted, by_person=work.by_person)
    return outcome, next(iter(writers), conflicts.NOBODY)


# ---------------------------------------------------------------- P64 to P68


def _archive_alone(asked_ops: Any) -> Any:
    """Only what was delivered is asked about; what has a verdict is done."""

    def asked(store: Any, scope: int) -> AskedOps:
        found = asked_ops(store, scope)
        undelivered = "SELECT op_id FROM mutation WHERE confirmed = 0 AND state IN ('applied', 'partly')"
        left_out = {op_id for (op_id,) in store.all(undelivered)}
        kept = [(op, made) for op, made in zip(found.op_ids, found.made, strict=True) if op not in left_out]
        return AskedOps([op for op, _ in kept], [made for _, made in kept])

    return asked


def _always_remembered(*_: Any, **__: Any) -> bool:
    return True


def _coalesced(append: Any) -> Any:
    """An edit of a field that waits changes the waiting edit, under its own operation id."""

    def appended(self: Outbox, action: str, parts: Any, log: Any) -> int:
        new = _one_set(parts[0].operations) if len(parts) == 1 and not parts[0].undo_of else None
        row = None
        if new is not None:
            row = self._store.one(
                "SELECT id, action, body FROM mutation WHERE scope = ? AND state = 'waiting' AND void = 0 ORDER BY id DESC LIMIT 1",
                parts[0].scope,
            )
        old = _one_set(decode(row[2]).operations) if row is not None else None
        if new is None or old is None or row is None:
            return append(self, action, parts, log)  # type: ignore[no-any-return]
        if (old.entity, old.group, old.ids) != (new.entity, new.group, new.ids):
            return append(self, action, parts, log)  # type: ignore[no-any-return]
        change = type(old.changes[0])(old.changes[0].old, new.changes[0].new, old.changes[0].ids)
        body = decode(row[2])
        encoded = encode(
            make_body(body.action, body.label, body.at, [type(old)(old.entity, old.group, [change])])
        )
        self._store.run(
            "UPDATE mutation SET body = ?, sha256 = ? WHERE id = ?", encoded.body, encoded.sha256, row[0]
        )
        self._store.run("UPDATE mutation SET action = ? WHERE id = ?", action, row[0])
        log.note("history", "pending")
        return 1

    return appended


def _one_set(operations: Any) -> Any:
    one = operations[0] if len(operations) == 1 else None
    return one if one is not None and hasattr(one, "changes") and len(one.changes) == 1 else None


def _stored_whatever_it_says(row: Any, pushed: Any) -> Any:
    return ledger.stored_result(row, seq=pushed.header.seq)


def _sending_is_waiting(of_action: Any) -> Any:
    """A restart takes the mark back that says that work may have left."""

    def found(self: Outbox, action: str) -> Any:
        return [
            one._replace(state="waiting") if one.state == "sending" else one
            for one in of_action(self, action)
        ]

    return found


# ---------------------------------------------------------------- P69 to P74


def _no_undo(old: Any, new: Any, by_person: bool = True, _takes_back: bool = False, **more: Any) -> Wish:
    return Wish(old, new, by_person, takes_back=False, **more)


class _Everything(set[str]):
    def __contains__(self, _: object) -> bool:
        return True


def _all_children_seen(let_go: Any) -> Any:
    def emptied(work: Any, cluster: Any, _seen: Any) -> None:
        let_go(work, cluster, _Everything())

    return emptied


def _status_by_itself(decided: Any) -> Any:
    """Cluster and status are fields of their own: where one is asked about, the other is written."""

    def torn(work: Any, entity: Any, group: Any, change: Any, *more: Any, **named: Any) -> Any:
        for row, outcome, last in decided(work, entity, group, change, *more, **named):
            if group.name == "placement" and outcome is Outcome.CONFLICT:
                work.stamp(entity.name, [row.pk], {"status": change.new[1]}, group.name)
            yield row, outcome, last

    return torn


def _never(*_: Any, **__: Any) -> bool:
    return False


# ---------------------------------------------------------------- P75 to P81


def _compared_once(row: Any) -> bool:
    ours = row.epoch or row.reconciled_epoch
    return row.need_compare or (bool(ours) and row.server_epoch != row.epoch and row.reconciled_epoch == "")


def _epoch_before_rows(reconcile: Any) -> Any:
    def reconciled(store: Any, outbox: Any, ids: Any, scope: int, reply: Any, log: Any) -> None:
        reconcile(store, outbox, ids, scope, reply, log)
        store.run(
            "UPDATE scope_state SET epoch = server_epoch, cursor = '', version = 0, need_snapshot = 0 WHERE k = ?",
            scope,
        )

    return reconciled


def _floor_unseen(pull_page: Any) -> Any:
    def page(opened: Any, cursor: Any, limit: int) -> bytes:
        opened.scope.gc_floor = 0
        return pull_page(opened, cursor, limit)  # type: ignore[no-any-return]

    return page


def _end_of_the_snapshot(next_page: Any) -> Any:
    def fetched(ctx: Any, row: Any) -> Any:
        staged = row.staged
        if staged is not None and staged.pages and staged.kind == "snapshot" and not staged.has_more:
            return None
        return next_page(ctx, row)

    return fetched


def _cursor_kept(drop: Any) -> Any:
    def dropped(store: Any, scope: int, log: Any) -> None:
        place = store.one("SELECT cursor, epoch, version FROM scope_state WHERE k = ?", scope)
        drop(store, scope, log)
        store.run(
            "UPDATE scope_state SET cursor = ?, epoch = ?, version = ?, need_snapshot = 0 WHERE k = ?",
            *place,
            scope,
        )

    return dropped


def _old_aliases_stay(aliases: Any) -> Any:
    def kept(self: Feed, scope: int, *, snapshot: bool, log: Any) -> Any:
        return aliases(self, scope, snapshot=False, log=log)

    return kept


def _nothing(*_: Any, **__: Any) -> None:
    pass


_WRITERS = swapped(*((module, "writer", _writer_of_the_row) for module in (sets, deleting, conflicts)))

BUGS = [
    Bug(
        "own rows taken for no news",
        "P61",
        "1",
        wrapped(KeywordRows, "write", _own_rows_are_no_news),
        meeting.own_row_carries_a_colleagues_field,
        seeds=SOME_SEEDS,
    ),
    Bug(
        "who wrote last is known by row", "P62", "1", _WRITERS, meeting.a_job_writes_another_field_of_the_row
    ),
    Bug(
        "a deletion compares versions",
        "P63",
        "1",
        together(
            wrapped(Bench, "_applied", _knowing_its_version),
            swapped((deleting, "_decided", _seen_by_version), (Run, "goes_on", _always)),
        ),
        restores.a_delete_after_the_platform_lost_versions,
    ),
    Bug(
        "work with a verdict is not asked about",
        "P64",
        "1",
        wrapped(recovery, "asked_ops", _archive_alone),
        restores.a_restore_between_a_push_and_its_pull,
    ),
    Bug(
        "a silent restore goes unnoticed",
        "P65",
        "1",
        swapped((epochs, "remembers", _always_remembered), (reading, "remembers", _always_remembered)),
        restores.a_restore_that_nobody_announced,
    ),
    Bug(
        "work that comes again is compared by values alone",
        "P66",
        "1",
        swapped((Recovery, "of", staticmethod(_nothing))),
        restores.the_later_of_two_edits_comes_back_first,
    ),
    Bug(
        "a body changes under its operation id",
        "P67",
        "1",
        together(wrapped(Outbox, "append", _coalesced), swapped((ledger, "same", _stored_whatever_it_says))),
        restores.an_edit_is_changed_in_a_copy_after_it_was_sent,
    ),
    Bug(
        "what may have left can be cancelled",
        "P68",
        "1",
        wrapped(Outbox, "of_action", _sending_is_waiting),
        restores.an_edit_is_cancelled_while_it_may_be_on_its_way,
    ),
    Bug(
        "undo of a creation deletes whatever is there",
        "P69",
        "1",
        swapped((deleting, "_brought_by", _always_remembered)),
        meeting.an_import_is_undone_that_found_a_colleagues_row,
    ),
    Bug(
        "undo is an ordinary edit to the platform",
        "P70",
        "1",
        swapped((sets, "Wish", _no_undo)),
        meeting.an_undo_after_a_colleague_wrote_the_same,
    ),
    Bug(
        "children of a deleted cluster go unseen",
        "P71",
        "1",
        wrapped(deleting, "_let_go", _all_children_seen),
        meeting.a_cluster_is_deleted_with_a_keyword_nobody_had_seen,
    ),
    Bug(
        "a decision overwrites what was not shown",
        "P72",
        "1",
        swapped((deciding, "settle_decision", lambda *_: Outcome.APPLY)),
        meeting.a_decision_on_an_old_picture,
    ),
    Bug(
        "cluster and status decided one by one",
        "P73",
        "1",
        wrapped(sets, "_decided", _status_by_itself),
        meeting.a_keyword_is_moved_and_taken_out,
    ),
    Bug(
        "expired operations are carried out again",
        "P74",
        "1",
        swapped((judging, "is_too_old", _never), (views, "is_too_old", _never)),
        restores.an_old_copy_after_operation_ids_expired,
    ),
    Bug(
        "work is compared with one history only",
        "P75",
        "1",
        swapped((rounds, "needs_recovery", _compared_once)),
        restores.two_restores_of_which_the_second_goes_back_further,
    ),
    Bug(
        "the new epoch is adopted before its rows",
        "P76",
        "1",
        wrapped(recovery, "reconcile", _epoch_before_rows),
        restores.rows_the_restored_platform_never_had,
    ),
    Bug(
        "a pull does not look at the floor",
        "P77",
        "1",
        wrapped(reading, "pull", _floor_unseen),
        restores.tombstones_are_cleared_between_a_snapshot_and_its_pull,
    ),
    Bug(
        "a snapshot shows before its consistent end",
        "P78",
        "1",
        wrapped(pull, "_next_page", _end_of_the_snapshot),
        restores.a_snapshot_is_looked_at_before_its_end,
    ),
    Bug(
        "lost access keeps the cursor",
        "P79",
        "1",
        wrapped(scopes, "drop", _cursor_kept),
        restores.access_is_lost_and_given_back_after_writes,
    ),
    Bug(
        "aliases outlive their history",
        "P80",
        "1",
        wrapped(Feed, "_aliases", _old_aliases_stay),
        restores.an_alias_that_a_restore_undoes,
    ),
    Bug(
        "lost rows are not offered",
        "P81",
        "1",
        swapped((replica_feed, "list_lost", _nothing)),
        restores.lost_rows_are_offered_to_be_sent_again,
    ),
]
