"""Questions to the user: at most one open for each row and field group, and what their answers become."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner_core.entities import Value, Values
from planner_core.wire import codes
from sync.replica.store import Store, json_list

WORK = codes.WORK
"""Kinds of items about work that was not carried out."""
BY_EDIT = "edit"
"""How a conflict ended whose field its user wrote anew. Once the platform has heard it: `HEARD_EDIT`."""
HEARD_EDIT = "edited"


@dataclass(frozen=True, slots=True)
class Item:
    """A kept review item."""

    id: str
    kind: str
    code: str
    scope: int
    entity: str
    ids: tuple[str, ...]
    group: str
    mine: Values | None
    theirs: Values | None
    ops: tuple[str, ...]
    state: str


def load_item(store: Store, uid: str) -> Item | None:
    """Return a review item, None if there is none."""
    row = store.one(
        "SELECT id, kind, code, scope, entity, ids, grp, mine, theirs, ops, state FROM review WHERE id = ?",
        uid,
    )
    if row is None:
        return None
    found, kind, code, scope, entity, ids, group, mine, theirs, ops, state = row
    return Item(
        id=found,
        kind=kind,
        code=code,
        scope=scope,
        entity=entity,
        ids=tuple(json.loads(ids)),
        group=group,
        mine=values_of(mine),
        theirs=values_of(theirs),
        ops=tuple(json.loads(ops or "[]")),
        state=state,
    )


def open_work(store: Store, uid: str) -> Item | None:
    """Return an open item about work that was not done, None for any other: a later operation joins it with its rows."""
    item = load_item(store, uid)
    return item if item is not None and item.state == "open" and item.kind in WORK else None


def values_of(text: str | None) -> Values | None:
    """Return kept group values."""
    return None if text is None else tuple(json.loads(text))


def text_of(values: Sequence[Value] | None) -> str | None:
    """Return group values as they are kept."""
    return None if values is None else json_list(values)


def store_conflict_line(store: Store, scope: int, line: Mapping[str, Any]) -> None:
    """Take a review item as the platform tells it. A decision made here that is still on its way keeps the item closed."""
    state, ver = str(line["state"]), line.get("ver", 0)
    if state == "open" and _decision_waits(store, str(line["id"]), line.get("ops", ())):
        # A version above the decision's would say that the platform has ended it: see `reopening`.
        state, ver = "closed", store.value("SELECT ver FROM review WHERE id = ?", line["id"]) or -1
    if line.get("kind") in WORK and (held := load_item(store, str(line["id"]))) is not None:
        # What its author's machine knows of it is more than the line tells, but for what another machine of his was refused since.
        news = set(line.get("ops", ())).difference(held.ops)
        ids = dict.fromkeys([*held.ids, *(line.get("ids", ()) if news else ())])
        store.run(
            "UPDATE review SET state = ?, ver = ?, ids = ?, ops = ? WHERE id = ?",
            state,
            ver,
            json_list(ids),
            json_list(line.get("ops") or held.ops),
            held.id,
        )
        return
    columns = {
        "kind": str(line["kind"]) if line.get("kind") in WORK else "conflict",
        "code": str(line.get("code") or line.get("kind", "conflict")),
        "message": str(line.get("message", "")),
        "scope": scope,
        "entity": line["e"],
        "uid": line["row"],
        "ids": json_list(line.get("ids") or [line["row"]] if line.get("kind") in WORK else [line["row"]]),
        "grp": line["group"],
        "base": text_of(line.get("base")),
        "mine": text_of(line.get("mine")),
        "theirs": text_of(line.get("theirs")),
        "by": line.get("by", ""),
        "at": line.get("at", 0),
        "ops": json_list(line.get("ops", ())),
        "state": state,
        "ver": ver,
    }
    put(store, str(line["id"]), columns)
    if line["state"] != "open":
        store.run(
            "UPDATE review SET decided = ? WHERE id = ? AND decided = ?", HEARD_EDIT, str(line["id"]), BY_EDIT
        )


def ask_here(
    store: Store, uid: str, ids: Sequence[str], op_id: str | None = None, **about: str | int | None
) -> None:
    """Ask about rows as wholes, on this machine alone: the platform has not said anything of it.

    `about`: the columns `kind`, `code`, `message`, `scope`, `entity`, `at` and, where one action made the work,
    `action`.
    """
    whole = {
        "grp": "",
        "base": None,
        "mine": None,
        "theirs": None,
        "by": "",
        "action": None,
        "state": "open",
        "ver": 0,
    }
    ops = [] if op_id is None else [op_id]
    put(store, uid, {**whole, "uid": ids[0], "ids": json_list(ids), "ops": json_list(ops), **about})


def _decision_waits(store: Store, uid: str, ops: Sequence[str]) -> bool:
    """Whether the answer, or the work sent again in its place, is still on its way."""
    for op_id in ops:
        again = "SELECT 1 FROM mutation WHERE confirmed = 0 AND instr(supersedes, ?) > 0 LIMIT 1"
        if store.value(again, op_id):
            return True
    decided = store.value("SELECT decided FROM review WHERE id = ? AND state = 'closed'", uid)
    if not decided:
        return False
    return bool(
        store.value(
            "SELECT 1 FROM mutation m JOIN action a ON a.id = m.action WHERE a.origin = 'resolve' AND m.confirmed = 0"
            " AND instr(m.body, CAST(? AS BLOB)) > 0 LIMIT 1",
            uid,
        )
    )


def put(store: Store, uid: str, columns: Mapping[str, Any]) -> None:
    """Insert or renew an item; another open conflict about the same row and group gives way to it."""
    if columns["kind"] == "conflict" and columns["state"] == "open":
        store.run(
            "UPDATE review SET state = 'gone' WHERE uid = ? AND grp = ? AND kind = 'conflict' AND state = 'open' AND id <> ?",
            columns["uid"],
            columns["grp"],
            uid,
        )
    names = list(columns)
    updates = ", ".join(f"{name} = excluded.{name}" for name in names)
    store.run(
        f"INSERT INTO review (id, decided, {', '.join(names)}) VALUES (?, '', {', '.join('?' * len(names))})"
        f" ON CONFLICT (id) DO UPDATE SET {updates}",
        uid,
        *columns.values(),
    )


def raised_by(store: Store, uid: str) -> list[str]:
    """Return the ids of the operations that raised an item, empty for one that is not kept."""
    return list(json.loads(store.value("SELECT ops FROM review WHERE id = ?", uid) or "[]"))


def was_answered(store: Store, uid: str, op_id: str) -> bool:
    """Whether the item was closed after this operation had raised it: its verdict, read again, asks nothing new."""
    is_closed = store.value("SELECT 1 FROM review WHERE id = ? AND state <> 'open'", uid)
    return bool(is_closed) and op_id in raised_by(store, uid)


def close(store: Store, uid: str, decided: str) -> None:
    """Close an item with the choice that was made."""
    store.run("UPDATE review SET state = 'closed', decided = ? WHERE id = ?", decided, uid)


def keep_for(store: Store, uid: str, ops: Sequence[str]) -> None:
    """Keep an item open for these of its operations."""
    store.run("UPDATE review SET ops = ? WHERE id = ?", json_list(ops), uid)


def sent_again(
    store: Store, op_id: str, *, only_lacking: bool = False
) -> list[tuple[str, str, str, str, int]]:
    """End what open items ask about one operation; those that speak of others stay open for them.

    `only_lacking`: items about what it lacked, and no others. Return (id, entity, uid, group, version) of each item.
    """
    return store.all(
        "UPDATE review SET state = iif(json_array_length(ops) > 1, 'open', 'closed'),"
        " decided = iif(json_array_length(ops) > 1, decided, 'resent'),"
        " ops = iif(json_array_length(ops) > 1, (SELECT json_group_array(value) FROM json_each(ops) WHERE value <> ?1), ops)"
        " WHERE state = 'open' AND EXISTS (SELECT 1 FROM json_each(ops) WHERE value = ?1)"
        " AND (NOT ?2 OR (kind = 'parked' AND code = 'missing')) RETURNING id, entity, uid, grp, ver",
        op_id,
        only_lacking,
    )


def keep_rows(store: Store, uid: str, ids: Sequence[str]) -> None:
    """Keep an item open for these of its rows."""
    store.run("UPDATE review SET ids = ?, uid = ? WHERE id = ?", json_list(ids), ids[0], uid)


def close_for_rows(store: Store, entity: str, group: str, ids: Sequence[str]) -> list[str]:
    """Close open conflicts of rows and a group, because the user has just written that group; return their ids."""
    rows = store.all(
        "UPDATE review SET state = 'closed', decided = ? WHERE state = 'open' AND kind = 'conflict' AND entity = ? AND grp = ?"
        " AND uid IN (SELECT value FROM json_each(?)) RETURNING id",
        BY_EDIT,
        entity,
        group,
        json_list(ids),
    )
    return [uid for (uid,) in rows]
