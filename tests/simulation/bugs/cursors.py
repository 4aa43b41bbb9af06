"""Group A: cursors and the feed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

from django.db import connection, transaction

from planner_core.wire.feed import Cursor
from planner_server import clock
from planner_server.feed import hooks as server_hooks
from planner_server.feed import reading, sql
from planner_server.feed.catalogue import SOURCES
from planner_server.feed.gate import Actor, Gate
from planner_server.feed.models import MutationResult, Scope
from planner_server.planning import services
from planner_server.planning.services import standing
from planner_server.sync_api import hello as server_hello
from planner_server.sync_api import ledger
from sync.engine import hello, pull, verify
from sync.engine import round as rounds
from sync.replica import Replica, hooks, scopes
from sync.replica.absorb import keywords
from sync.replica.absorb.delivery import Delivery
from sync.replica.store import ChangeLog, Store
from sync.transport import feed as client
from sync.transport.pages import FeedPage, TornPage
from tests.simulation.bugs.bug import SOME_SEEDS, Bug, swapped, together, wrapped
from tests.simulation.histories import cursors as histories

# ---------------------------------------------------------------- P1, P2


@contextmanager
def _version_seen_before_its_rows(scope: Scope, actor: Actor, *, purge: bool = False) -> Iterator[Gate]:
    token = clock.new_token()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE feed_scope SET version = version + 1, token = %s WHERE id = %s RETURNING uid, kind, version",
            [token, scope.pk],
        )
        row = cursor.fetchone()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE feed_scope SET writing = 1 WHERE id = %s", [scope.pk])
        gate = Gate(scope.pk, row[0], row[1], row[2], token, actor, clock.now_ms())
        yield gate
        cursor.execute("UPDATE feed_scope SET writing = 0 WHERE id = %s", [scope.pk])
        cursor.execute(
            "INSERT INTO feed_versiontoken (scope_id, version, token, at) VALUES (%s, %s, %s, %s)",
            [scope.pk, gate.version, token, gate.at],
        )
        server_hooks.reach("P1")


def _written_without_comparing(at_once: Any) -> Any:
    """The check was made earlier, on another picture: the write itself takes whatever stands."""

    def written(work: Any, entity: Any, group: Any, plan: Any) -> list[str]:
        columns = ", ".join(standing._columns(entity, group))
        table = SOURCES[entity.name].table
        condition, ids = sql.among("uid", plan.change.ids)
        found = sql.rows(f"SELECT DISTINCT {columns} FROM {table} WHERE {condition}", [ids])
        return [uid for old in found for uid in at_once(work, entity, group, replace(plan, old=old))]

    return written


# ---------------------------------------------------------------- P4 to P7


def _more_by_count(as_staged: Any) -> Any:
    asked_for = 5_000

    def staged(page: FeedPage, kind: Any, cursor: str) -> Any:
        return replace(as_staged(page, kind, cursor), has_more=page.count >= asked_for)

    return staged


_STAGE_STATE = (
    "stage_kind",
    "stage_snapshot",
    "stage_epoch",
    "stage_cursor",
    "stage_at",
    "stage_more",
    "stage_pages",
    "stage_rows",
    "stage_version",
)


def _cursor_first(apply: Any) -> Any:
    """The cursor is kept in a transaction of its own, before the rows."""
    names = ", ".join(_STAGE_STATE)
    marks = ", ".join(f"{name} = ?" for name in _STAGE_STATE)

    def applied(self: Replica, scope: str, *, asks: bool = True) -> Any:
        store = self._store
        key = scopes.scope_key(store, scope)
        state = store.one(f"SELECT {names} FROM scope_state WHERE k = ?", key)
        lines = store.all(
            "SELECT scope, kind, entity, columns, body FROM stage WHERE scope = ? ORDER BY n", key
        )
        empty = ["", 0, "", "", 0, 0, 0, 0, 0]
        with store.write():
            store.run("DELETE FROM stage WHERE scope = ?", key)
            store.run(
                f"UPDATE scope_state SET epoch = stage_epoch, cursor = stage_cursor, version = stage_version, {marks} WHERE k = ?",
                *empty,
                key,
            )
        store.reach(hooks.INSIDE_APPLY)
        with store.write():
            store.many("INSERT INTO stage (scope, kind, entity, columns, body) VALUES (?, ?, ?, ?, ?)", lines)
            store.run(f"UPDATE scope_state SET {marks} WHERE k = ?", *state, key)
        return apply(self, scope, asks=asks)

    return applied


def _forgotten_unknowns(self: Delivery, entity: str, columns: Any, raw: bytes, reason: str) -> None:
    """What cannot be read is passed over; the cursor goes on."""


def _first_piece_for_all() -> AbstractContextManager[object]:
    """A page that breaks off is taken for the last one."""
    told: dict[str, tuple[int, str]] = {}

    def heard(say: Any) -> Any:
        def said(self: Any, request: Any) -> Any:
            reply = say(self, request)
            told.update({one.id: (one.version, one.token) for one in reply.scopes})
            return reply

        return said

    def read(whole: Any) -> Any:
        def taken(body: bytes) -> FeedPage:
            try:
                return whole(body)  # type: ignore[no-any-return]
            except TornPage:
                lines = [line for line in body.split(b"\n")[:-1] if b'"t":"end"' not in line]
                if not lines:
                    raise
                begin = json.loads(lines[0])
                version, token = told[begin["scope"]]
                content = b"".join(line + b"\n" for line in lines)
                cursor = Cursor(epoch=begin["epoch"], ver=version, rank=99).text
                end = {
                    "t": "end",
                    "version": version,
                    "token": token,
                    "has_more": False,
                    "n": sum(_row_count(line) for line in lines),
                    "crc32": zlib.crc32(content),
                    "cursor": cursor,
                    "at": version,
                }
                return whole(content + json.dumps(end).encode() + b"\n")  # type: ignore[no-any-return]

        return taken

    return together(wrapped(client.FeedClient, "hello", heard), wrapped(client, "read_page", read))()


def _row_count(line: bytes) -> int:
    document = json.loads(line)
    return len(document["rows"]) if document["t"] == "rows" else 0


def _unsealed(read_page: Any) -> Any:
    """The end line is not compared with what came before it."""

    def taken(body: bytes) -> FeedPage:
        head, _, last = body.removesuffix(b"\n").rpartition(b"\n")
        try:
            end = json.loads(last)
            lines = head.split(b"\n")
            sealed = {"crc32": zlib.crc32(head + b"\n"), "n": sum(map(_row_count, lines))}
        except ValueError:
            return read_page(body)  # type: ignore[no-any-return]
        return read_page(head + b"\n" + json.dumps(end | sealed).encode() + b"\n")  # type: ignore[no-any-return]

    return taken


# ---------------------------------------------------------------- P9 to P13


def _number_alone(answered: Any) -> Any:
    """A known number is answered, whatever operation it stood for."""

    def taken(replica: Any, scope: Any, pushed: Any) -> Any:
        stored = MutationResult.objects.filter(replica=replica, scope=scope, seq=pushed.header.seq).first()
        if stored is None:
            return answered(replica, scope, pushed)
        return ledger.stored_result(stored).model_copy(update={"op_id": pushed.header.op_id})

    return taken


def _agreed(_ctx: Any, _scope: str) -> Iterator[None]:
    """The platform's check sum is taken over in place of the rows."""
    yield
    return True  # type: ignore[return-value]


def _starting_at_the_present(adopt: Any) -> Any:
    """A scope that is new here begins where the feed stands."""

    def adopted(store: Store, reply: Any, log: ChangeLog) -> Any:
        said = adopt(store, reply, log)
        for state in reply.scopes:
            cursor = Cursor(epoch=state.epoch, ver=state.version, rank=99).text if state.epoch else ""
            store.run(
                "UPDATE scope_state SET cursor = ?, epoch = ?, version = ?, need_snapshot = 0"
                " WHERE id = ? AND cursor = '' AND epoch = '' AND access <> 'none'",
                cursor,
                state.epoch,
                state.version,
                state.id,
            )
        return said

    return adopted


def _from_the_start_whenever_it_moves(keep: Any) -> Any:
    """Pages of different versions are not kept together: the pull begins anew."""
    begun: dict[str, int] = {}

    def kept(ctx: Any, scope: str, page: Any) -> None:
        first = begun.setdefault(scope, page.version)
        if page.version != first:
            begun.pop(scope)
            ctx.ask(lambda replica: replica.drop_stage(scope))
            return
        keep(ctx, scope, page)
        if not page.has_more:
            begun.pop(scope)

    return kept


_DELIVERED_OVER_PENDING = keywords._UPDATE_HOT.replace("iif(h.mark & 1, ", "iif(0, ")


def _never_waiting(self: Delivery, entity: str, uids: Any) -> None:
    """Rows with pending work are left as they were delivered."""


def _nothing_acked(*_: Any) -> dict[int, int]:
    return {}


def _unforked(*_: Any) -> bool:
    return False


BUGS = [
    Bug(
        "version handed out before the rows are there",
        "P1",
        "A",
        swapped((services, "write", _version_seen_before_its_rows)),
        histories.a_reader_meets_a_writer_that_has_not_committed,
    ),
    Bug(
        "compared and written in two steps",
        "P2",
        "A",
        wrapped(standing, "_at_once", _written_without_comparing),
        histories.two_people_edit_on_the_same_picture,
    ),
    Bug(
        "cursor without a tie-breaker",
        "P3",
        "A",
        swapped((reading, "_after", lambda place, _rank: (place.ver, "~"))),
        histories.many_rows_of_one_version_in_small_pages,
    ),
    Bug(
        "end of a pull guessed from the number of rows",
        "P4",
        "A",
        wrapped(pull, "_as_staged", _more_by_count),
        histories.pages_smaller_than_asked_for,
    ),
    Bug(
        "cursor kept before the rows",
        "P5",
        "A",
        wrapped(Replica, "apply", _cursor_first),
        histories.a_crash_inside_an_apply,
    ),
    Bug(
        "unknown rows passed over",
        "P6",
        "A",
        swapped((Delivery, "unknown", _forgotten_unknowns)),
        histories.a_row_of_a_kind_nobody_knows_yet,
    ),
    Bug(
        "a page that breaks off taken for whole",
        "P7",
        "A",
        _first_piece_for_all,
        histories.a_page_that_was_cut,
    ),
    Bug(
        "count and check sum of a page not looked at",
        "P7",
        "A",
        wrapped(client, "read_page", _unsealed),
        histories.a_line_that_was_lost_on_the_way,
    ),
    Bug(
        "nothing is compared after a restore of the platform",
        "P8",
        "A",
        swapped((rounds, "needs_recovery", _unforked)),
        histories.the_platform_is_restored,
        seeds=SOME_SEEDS,
    ),
    Bug(
        "a number is trusted without its operation",
        "P9",
        "A",
        together(
            wrapped(ledger, "answered_before", _number_alone),
            swapped((server_hello, "_acked", _nothing_acked), (hello, "_forked", _unforked)),
        ),
        histories.a_profile_is_copied_and_both_go_on,
    ),
    Bug(
        "the platform's check sum taken over",
        "P10",
        "A",
        swapped((verify, "_compare", _agreed)),
        histories.a_base_row_goes_wrong,
    ),
    Bug(
        "delivered rows written over pending work",
        "P11",
        "A",
        swapped((keywords, "_UPDATE_HOT", _DELIVERED_OVER_PENDING), (Delivery, "waiting", _never_waiting)),
        histories.own_work_comes_back_under_newer_work,
        seeds=SOME_SEEDS,
    ),
    Bug(
        "a scope granted anew begins at the present",
        "P12",
        "A",
        wrapped(scopes, "adopt", _starting_at_the_present),
        histories.a_site_is_taken_away_and_given_back,
    ),
    Bug(
        "a pull begins anew whenever the feed moves",
        "P13",
        "A",
        wrapped(pull, "_keep", _from_the_start_whenever_it_moves),
        histories.somebody_writes_between_any_two_pages,
    ),
]
