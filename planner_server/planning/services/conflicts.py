"""Review items: what a person is asked, folded so that he is asked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from planner_core.entities import Values
from planner_core.operations import CHILDREN
from planner_core.uid import conflict_id
from planner_core.wire.codes import WORK
from planner_server.accounts.names import shown_names
from planner_server.feed import sql
from planner_server.feed.catalogue import SOURCES
from planner_server.feed.models import Conflict
from planner_server.planning.services import recovering
from planner_server.planning.services.work import Work

MESSAGES = {
    "conflict": "Somebody else has changed this since. Choose a value.",
    "deleted": "Somebody else has changed this row since you saw it. Delete it all the same?",
}


KEPT = "A person has changed this since; the person's value stays."

Writer = tuple[str, str, str, int]
"""(kind, user or job, op id, unix ms) of a group's last write."""
NOBODY: Writer = ("", "", "", 0)


@dataclass(frozen=True, slots=True)
class Clash:
    """One row where a person's value meets another person's."""

    row: str
    base: Values
    mine: Values
    theirs: Values
    by: str
    at: int


def ask(work: Work, entity: str, group: str, clashes: Sequence[Clash], *, kind: str = "conflict") -> None:
    """List the rows as conflicts and keep an item for each; a still open one of the same field takes the newer value in."""
    if not clashes or work.user is None:
        return
    rows = [clash.row for clash in clashes]
    is_open = Conflict.objects.filter(user=work.user, row__in=rows, group=group, kind=kind, state="open")
    found = {item.row: item for item in is_open}
    derived = {
        conflict_id(work.gate.actor.op_id, clash.row, group): clash.row
        for clash in clashes
        if clash.row not in found
    }
    found |= {item.row: item for item in Conflict.objects.filter(uid__in=list(derived), user=work.user)}
    names = shown_names(clash.by for clash in clashes)
    fresh: list[Conflict] = []
    for clash in clashes:
        item = found.get(clash.row)
        if item is None:
            item = Conflict(
                uid=conflict_id(work.gate.actor.op_id, clash.row, group),
                scope_id=work.gate.scope_id,
                user=work.user,
                entity=entity,
                row=clash.row,
                group=group,
                kind=kind,
                base=list(clash.base),
                ops=[],
            )
            fresh.append(item)
        _fill(work, item, clash)
        work.say(
            "conflict",
            entity,
            [clash.row],
            group=group,
            message=MESSAGES.get(group, MESSAGES["conflict"]),
            base=list(clash.base),
            mine=list(clash.mine),
            theirs=list(clash.theirs),
            by=names.get(clash.by, ""),
            at=clash.at,
            conflict=item.uid,
        )
    Conflict.objects.bulk_create(fresh)
    work.place.questions.add(work.user.pk)
    Conflict.objects.bulk_update(
        list(found.values()), ["mine", "theirs", "by", "at", "state", "ops", "ver"], batch_size=200
    )
    work.written += len(clashes)


@dataclass(frozen=True, slots=True)
class Unseen:
    """Rows of one entity that people had put into a cluster unseen by who deleted it."""

    entity: str
    group: str
    rows: Sequence[str]
    last: Writer


def ask_about_children(work: Work, cluster: str, unseen: Sequence[Unseen]) -> None:
    """Keep one item for a cluster that was deleted with rows its user had not seen in it: leave them without, or restore it."""
    if not unseen or work.user is None:
        return
    rows = [uid for one in unseen for uid in one.rows]
    by, at = unseen[0].last[1], unseen[0].last[3]
    message = (
        f"{len(rows)} {'rows were' if len(rows) != 1 else 'row was'} put into the cluster by somebody else before it was deleted."
        " Mine leaves them in none; theirs restores the cluster with what was in it."
    )
    uid, op = conflict_id(work.gate.actor.op_id, cluster, CHILDREN), work.gate.actor.op_id
    asked = Conflict.objects.filter(user=work.user, row=cluster, kind=CHILDREN, state="open").first()
    item = (
        asked or Conflict.objects.filter(uid=uid, user=work.user).first() or Conflict(uid=uid, user=work.user)
    )
    item.scope_id, item.entity, item.row = work.gate.scope_id, "cluster", cluster
    item.group = item.kind = CHILDREN
    item.by, item.at, item.state, item.ver = by, at, "open", work.gate.version
    item.ops = [*item.ops, op] if op not in item.ops else item.ops
    item.details = {"code": "unseen_children", "message": message, "ids": rows}
    item.save()
    work.place.questions.add(work.user.pk)
    work.written += 1
    names = shown_names([by])
    for one in unseen:
        more = {"by": names.get(by, ""), "at": at, "conflict": item.uid, "details": {"cluster": cluster}}
        work.say("unseen_children", one.entity, one.rows, group=one.group, message=message, **more)


def _fill(work: Work, item: Conflict, clash: Clash) -> None:
    item.mine, item.theirs, item.by, item.at = list(clash.mine), list(clash.theirs), clash.by, clash.at
    item.state, item.ver = "open", work.gate.version
    item.ops = [*item.ops, work.gate.actor.op_id] if work.gate.actor.op_id not in item.ops else item.ops


def close_answered(work: Work, group: str, rows: Sequence[str]) -> None:
    """Close this user's open items about a field that he has just written anew: the edit is his answer.

    Called for every row a Set settled, so work that comes again after a restore is marked here.
    """
    recovering.note(work, group, rows)
    if work.user is None or work.user.pk not in work.place.questions:
        return
    condition, rows_param = sql.among('"row"', rows)
    asked = sql.rows(
        "SELECT id, kind, details FROM feed_conflict WHERE user_id = %s AND state = 'open' AND \"group\" = %s"
        f" AND {condition}",
        [work.user.pk, group, rows_param],
    )
    written = set(rows)
    # A question about work that was not done can speak of more rows than were written now.
    answered = [
        pk
        for pk, kind, details in asked
        if kind not in WORK or written.issuperset(sql.loaded(details).get("ids", ()))
    ]
    if answered:
        condition, pks = sql.among("id", answered)
        sql.run(
            f"UPDATE feed_conflict SET state = 'closed', ver = %s WHERE {condition}", [work.gate.version, pks]
        )


def close(work: Work, items: Sequence[Conflict]) -> None:
    """Close items by one statement."""
    if not items:
        return
    condition, pks = sql.among("id", [item.pk for item in items])
    sql.run(
        f"UPDATE feed_conflict SET state = 'closed', ver = %s WHERE {condition}", [work.gate.version, pks]
    )
    work.written += len(items)


def writer(meta: Any, group: str) -> Writer:
    """Return who wrote a group last; a group nobody wrote since was written at creation."""
    marks = sql.loaded(meta) or {}
    mark = marks.get(group) or marks.get("*") or ["import", "", "", 0, 0]
    return mark[0], mark[1], mark[2], mark[4]


def last_writer(work: Work, entity: str, uid: str, group: str) -> Writer:
    """Return who wrote a group of one row last."""
    found = sql.rows(
        f"SELECT field_meta FROM {SOURCES[entity].table} WHERE uid = %s AND site_id = %s",
        [uid, work.place.site_id],
    )
    return writer(found[0][0] if found else None, group)


def own_earlier(work: Work, last: Writer) -> bool:
    """Whether the last writer was an earlier operation of this very replica."""
    if last[1] != work.gate.actor.uid:
        return False
    if work.replica_id is None or last[2] == work.gate.actor.op_id:
        return True
    own = work.place.own_operations
    if last[2] not in own:
        found = sql.rows(
            "SELECT 1 FROM feed_mutationresult WHERE op_id = %s AND replica_id = %s",
            [last[2], work.replica_id],
        )
        own[last[2]] = bool(found)
    return own[last[2]]
