"""Into the trash and out of it. A delete is compared by what the user saw, not by versions: those change meaning with an epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner_core.decision import Refused
from planner_core.entities import EDITABLE, ENTITIES, MAPPED, NEW, Values
from planner_core.merge import Outcome, Standing, settle_delete, unseen_groups
from planner_core.operations import CHILDREN, Change, Delete, Restore, Set
from planner_core.rules import uniqueness
from planner_core.rules.deletion import digest_long, seen_groups
from planner_server.feed import sql
from planner_server.feed.catalogue import SOURCES
from planner_server.feed.models import Conflict
from planner_server.planning.services import recovering, taking_back
from planner_server.planning.services.conflicts import (
    KEPT,
    NOBODY,
    Clash,
    Unseen,
    Writer,
    ask,
    ask_about_children,
    own_earlier,
    writer,
)
from planner_server.planning.services.sets import apply_set
from planner_server.planning.services.work import Work

_DELETED_SINCE = "Somebody else has deleted this since, so it was not restored."
_EDITABLE = frozenset(entity.name for entity in EDITABLE)
_CHILDREN = {"keyword": ("placement", {"status": NEW}), "idea": ("cluster", {})}
_PLACES = frozenset(group for group, _ in _CHILDREN.values())


@dataclass(frozen=True, slots=True)
class _Row:
    pk: int
    uid: str
    deleted: bool
    groups: Mapping[str, Values]
    created_op: str
    meta: Any


def _may_not(work: Work, entity: str, ids: Sequence[str]) -> bool:
    if entity in _EDITABLE:
        return False
    work.refuse(entity, [Refused("read_only", f"A {entity} cannot be deleted or restored here.", ids)])
    return True


def _read(work: Work, entity: str, ids: Sequence[str]) -> dict[str, _Row]:
    """Return the rows among `ids` with their protected values, by uid; missing ones are listed."""
    source, groups = SOURCES[entity], seen_groups(entity)
    names = [name for group in groups for name in ENTITIES[entity].group(group).fields]
    condition, ids_param = sql.among("t.uid", ids)
    raw = sql.rows(
        f"SELECT t.id, t.uid, t.deleted_at IS NOT NULL, t.created_op, t.field_meta, {', '.join(f't.{source.column(name)}' for name in names)}"
        f" FROM {source.table} t WHERE {condition} AND t.site_id = %s",
        [ids_param, work.place.site_id],
    )
    values = work.facts.wire_values(entity, names, [row[5:] for row in raw])
    found = {
        row[1]: _Row(row[0], row[1], bool(row[2]), _grouped(entity, groups, own), row[3], row[4])
        for row, own in zip(raw, values, strict=True)
    }
    work.lacks(entity, [uid for uid in ids if uid not in found])
    return found


def _grouped(entity: str, groups: Sequence[str], values: Values) -> dict[str, Values]:
    rest = iter(values)
    return {group: tuple(next(rest) for _ in ENTITIES[entity].group(group).fields) for group in groups}


def apply_delete(work: Work, operation: Delete) -> None:
    """Carry out a Delete."""
    if _may_not(work, operation.entity, operation.ids):
        return
    rows = _read(work, operation.entity, operation.ids)
    live: list[_Row] = []
    clashes: list[Clash] = []
    foreign: list[str] = []
    kept: list[str] = []
    late = recovering.superseded(work, operation.entity, list(rows), "deleted")
    doubtful = recovering.doubtful(work, list(rows), "deleted")
    emptied = _emptied_unseen(work, operation.entity)
    for seen in operation.rows:
        for row in (rows[uid] for uid in seen.ids if uid in rows and uid not in late):
            outcome, last = _decided(work, row, seen.values, emptied)
            if outcome is Outcome.APPLY and row.uid in doubtful:
                outcome = Outcome.CONFLICT
            if outcome is Outcome.APPLY:
                live.append(row)
            elif outcome is Outcome.CONFLICT:
                clashes.append(Clash(row.uid, (False,), (True,), (False,), last[1], last[3]))
            elif outcome is Outcome.OVERTAKEN:
                foreign.append(row.uid)
            elif outcome is Outcome.KEPT:
                kept.append(row.uid)
    work.say("kept", operation.entity, kept, message=KEPT)
    work.say(
        "not_created_by_that",
        operation.entity,
        foreign,
        message="Somebody else had made this row or taken it out of the trash; it stays where it is.",
    )
    if foreign and operation.entity == "keyword":
        _take_back_merged(work, set(foreign))
    work.stamp(operation.entity, [row.pk for row in live], {"deleted_at": work.gate.at}, "deleted")
    is_open = {clash.row for clash in clashes}
    recovering.note(work, "deleted", [uid for uid in rows if uid not in late and uid not in is_open])
    ask(work, operation.entity, "deleted", clashes, kind="delete")
    if operation.entity == "cluster":
        for row in live:
            _let_go(work, row, set(operation.children.get(row.uid, ())))


def _take_back_merged(work: Work, rows: set[str]) -> None:
    """Take back, field by field, what a creation had set on keywords that stay, as far as it stands."""
    for uid, group, before, after in taking_back.effects(work, "merged"):
        if uid in rows:
            apply_set(work, Set("keyword", group, [Change(tuple(after), tuple(before), [uid])]))


def _brought_by(work: Work, row: _Row) -> bool:
    """Whether what is undone is why the row is live: it created the row, or took it out of the trash.

    Whichever of its ids the operation was carried out under. A restored row is then compared with what was seen of it, like in any
    other deletion.
    """
    ops = taking_back.forms(work)
    mark = (sql.loaded(row.meta) or {}).get("deleted")
    return row.created_op in ops or (mark is not None and mark[2] in ops)


def _emptied_unseen(work: Work, entity: str) -> Mapping[str, Conflict]:
    """Return the clusters that this user deleted with rows he had not seen in them, and has not heard of: cluster -> its question."""
    if entity not in _CHILDREN or work.made is None or work.user is None:
        return {}
    if work.user.pk not in work.place.questions:
        return {}
    asked = Conflict.objects.filter(user=work.user, kind=CHILDREN, state="open", ver__gt=work.made)
    return {item.row: item for item in asked}


def _put_there_unseen(row: _Row, group: str, emptied: Mapping[str, Conflict]) -> Writer | None:
    """Return who had put a row where its deleter had not seen it, before he deleted that cluster: it is in none, as he saw it."""
    mark = (sql.loaded(row.meta) or {}).get(group) or []
    item = emptied.get(mark[5]) if len(mark) > 5 else None
    return ("user", item.by, "", item.at) if item is not None and row.uid in item.details["ids"] else None


def _decided(
    work: Work, row: _Row, seen: Mapping[str, Sequence[Any]], emptied: Mapping[str, Conflict]
) -> tuple[Outcome, Writer]:
    """Return what becomes of a row, and who wrote what stands in the way."""
    now = {group: tuple(digest_long(value) for value in values) for group, values in row.groups.items()}
    writers = {group: _writer(work, row, group) for group in unseen_groups(seen, now)}
    for group in (_PLACES & seen.keys()) - writers.keys() if emptied else ():
        if unseen_there := _put_there_unseen(row, group, emptied):
            writers[group] = unseen_there
    unseen = [
        Standing(
            (),
            by_person := last[0] == "user",
            by_person and taking_back.is_own_doing(work, last, row.uid, group),
        )
        for group, last in writers.items()
    ]
    is_foreign = bool(work.undo_of) and not row.deleted and not _brought_by(work, row)
    outcome = settle_delete(
        unseen, deleted=row.deleted, by_person=work.by_person, takes_back_foreign=is_foreign
    )
    met = zip(writers.values(), unseen, strict=True)
    in_the_way = (last for last, one in met if one.by_person and not one.is_own)
    return outcome, next(in_the_way, NOBODY)


def _writer(work: Work, row: _Row, group: str) -> Writer:
    """Return who wrote a group last. Of a row that its deleter only brought home with its cluster that is nobody by name."""
    last = writer(row.meta, group)
    if last[2] and own_earlier(work, last) and _came_home(work, row, group, last[2]):
        return (last[0], "", "", last[3])
    return last


def _came_home(work: Work, row: _Row, group: str, op: str) -> bool:
    """Whether an operation that wrote a row's place restored the cluster the row is in: who had placed it there may be anybody."""
    cluster = row.groups[group][0] if group in _PLACES else None
    if cluster is None:
        return False
    found = sql.rows(
        "SELECT field_meta FROM planning_clusters WHERE uid = %s AND site_id = %s",
        [cluster, work.place.site_id],
    )
    marks = [(sql.loaded(meta) or {}).get("deleted") for (meta,) in found]
    return any(mark is not None and mark[2] == op for mark in marks)


def _let_go(work: Work, cluster: _Row, seen: set[str]) -> None:
    """Take the live keywords and ideas out of a deleted cluster; about children the user had not seen there he is asked."""
    unseen: list[Unseen] = []
    for entity, (group, values) in _CHILDREN.items():
        source = SOURCES[entity]
        column = source.column("cluster")
        inside = sql.rows(
            f"SELECT id, uid, field_meta FROM {source.table} WHERE {column} = %s AND deleted_at IS NULL",
            [cluster.pk],
        )
        put = [(uid, writer(meta, group)) for _, uid, meta in inside if uid not in seen]
        by_people = [(uid, one) for uid, one in put if one[0] == "user"]
        if by_people:
            unseen.append(Unseen(entity, group, [uid for uid, _ in by_people], by_people[-1][1]))
        work.stamp(entity, [pk for pk, _, _ in inside], {column: None, **values}, group, left=cluster.uid)
        work.effects.setdefault("detached", []).extend([cluster.uid, entity, uid] for _, uid, _ in inside)
    if work.by_person and work.replica_id is not None:
        ask_about_children(work, cluster.uid, unseen)


def apply_restore(work: Work, operation: Restore) -> None:
    """Carry out a Restore. Rows come back into a cluster only if nobody has placed them since."""
    entity = operation.entity
    if _may_not(work, entity, operation.ids):
        return
    rows = _read(work, entity, operation.rows)
    late = recovering.superseded(work, entity, list(rows), "deleted")
    dead = [uid for uid in operation.rows if uid in rows and rows[uid].deleted and uid not in late]
    doubtful = recovering.doubtful(work, dead, "deleted")
    recovering.note(work, "deleted", [uid for uid in rows if uid not in late and uid not in doubtful])
    refused = [] if entity == "idea" else uniqueness.restore_trouble(work.facts, entity, dead)
    work.refuse(entity, refused)
    blocked = {uid for one in refused for uid in one.ids}
    overtaken = [uid for uid in dead if uid in doubtful or (work.undo_of and not _taken_by(work, rows[uid]))]
    work.say("undo_overtaken", entity, overtaken, group="deleted", message=_DELETED_SINCE)
    back = [rows[uid] for uid in dead if uid not in blocked and uid not in overtaken]
    work.stamp(entity, [row.pk for row in back], {"deleted_at": None}, "deleted")
    if entity in _CHILDREN:
        _leave_deleted_cluster(work, entity, back)
    for row in back if entity == "cluster" else ():
        _take_home(work, row)


def _taken_by(work: Work, row: _Row) -> bool:
    """Whether what is undone, or this machine since, put the row in the trash."""
    mark = (sql.loaded(row.meta) or {}).get("deleted")
    return mark is None or mark[0] != "user" or taking_back.is_own(work, (mark[0], mark[1], mark[2], mark[4]))


def _leave_deleted_cluster(work: Work, entity: str, rows: Sequence[_Row]) -> None:
    """Restored rows whose cluster went to the trash meanwhile are in no cluster, like those that its deletion put out."""
    group, values = _CHILDREN[entity]
    column = SOURCES[entity].column("cluster")
    condition, pks = sql.among("t.id", [row.pk for row in rows])
    loose = sql.rows(
        f"SELECT t.id, c.uid FROM {SOURCES[entity].table} t JOIN planning_clusters c ON c.id = t.{column}"
        f" WHERE c.deleted_at IS NOT NULL AND {condition}",
        [pks],
    )
    left: dict[str, list[int]] = {}
    for pk, cluster in loose:
        left.setdefault(cluster, []).append(pk)
    for cluster, own in left.items():
        work.stamp(entity, own, {column: None, **values}, group, left=cluster)


def _take_home(work: Work, cluster: _Row) -> None:
    """Put back the rows that the cluster's last deletion put out and that nobody has placed since: their marks still say so.

    Which rows somebody names does not count: one that is in none may be there by another person's hand, unseen.
    """
    deletion = (sql.loaded(cluster.meta) or {}).get("deleted")
    since = deletion[3] if deletion else work.gate.version
    for entity, (group, values) in _CHILDREN.items():
        column = SOURCES[entity].column("cluster")
        version, left = sql.mark_item("field_meta", group, 3), sql.mark_item("field_meta", group, 5)
        unchanged = "".join(f" AND {name} = %s" for name in values)
        free = sql.rows(
            f"SELECT id FROM {SOURCES[entity].table} WHERE scope_id = %s AND ver >= %s AND {left} = %s"
            f" AND CAST({version} AS bigint) >= %s AND {column} IS NULL AND deleted_at IS NULL"
            f" AND sector_id = (SELECT sector_id FROM planning_clusters WHERE id = %s){unchanged}",
            [work.gate.scope_id, since, cluster.uid, since, cluster.pk, *values.values()],
        )
        mapped = dict.fromkeys(values, MAPPED)
        work.stamp(entity, [pk for (pk,) in free], {column: cluster.pk, **mapped}, group)
