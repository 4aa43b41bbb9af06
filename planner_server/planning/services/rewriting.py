"""Before the rules see an operation: ids that lost theirs in a merge are mapped, references to what is not there are settled.

An operation keeps the ids it was made with, on the wire and in every outbox; only its reading here follows the aliases. A reference
to a cluster in the trash or cleared away becomes none (listed), one to something nobody has heard of parks its rows until that
comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from planner_core.entities import ENTITIES, NEW, Value, Values
from planner_core.operations import Change, Create, Delete, ItemsChange, Operation, Resolve, Restore, Set
from planner_core.rules.transitions import follows_cluster
from planner_server.planning.services.work import Work

_MISSING = "This refers to something the platform has not got yet. It is tried again when that comes."


def renamed(work: Work, operation: Operation) -> Operation:
    """Return the operation with every id replaced by the one that stands for it now."""
    match operation:
        case Set():
            latest = work.latest(operation.ids)
            return replace(operation, changes=_last_wins(operation.changes, latest)) if latest else operation
        case Create(keywords=keywords) if keywords:
            return replace(operation, keywords=_mapped(work, keywords))
        case ItemsChange():
            return replace(
                operation, add=_mapped(work, operation.add), remove=_mapped(work, operation.remove)
            )
        case Delete():
            rows = [replace(seen, ids=_mapped(work, seen.ids)) for seen in operation.rows]
            return replace(
                operation,
                rows=rows,
                children={uid: _mapped(work, ids) for uid, ids in operation.children.items()},
            )
        case Restore():
            reattach = {uid: _mapped(work, ids) for uid, ids in operation.reattach.items()}
            return replace(operation, rows=_mapped(work, operation.rows), reattach=reattach)
        case Resolve():
            return replace(operation, id=_mapped(work, [operation.id])[0])
        case _:
            return operation


def _mapped(work: Work, ids: Sequence[str]) -> list[str]:
    latest = work.latest(ids)
    return list(dict.fromkeys(latest.get(uid, uid) for uid in ids))


def _last_wins(changes: Sequence[Change], latest: dict[str, str]) -> list[Change]:
    """Map the rows of a Set; a row it reaches twice takes the later value once."""
    home: dict[str, int] = {}
    for number, change in enumerate(changes):
        for uid in change.ids:
            home[latest.get(uid, uid)] = number
    ids: dict[int, list[str]] = {}
    for uid, number in home.items():
        ids.setdefault(number, []).append(uid)
    return [replace(change, ids=ids[number]) for number, change in enumerate(changes) if number in ids]


def settled(work: Work, operation: Operation) -> Operation | None:
    """Return the operation without references to missing or deleted clusters; rows it loses are listed. None: nothing is left."""
    match operation:
        case Set():
            return _settled_set(work, operation)
        case Create():
            if _parked_members(work, operation.entity, operation.ids, operation.keywords):
                return None
            return _settled_create(work, operation)
        case ItemsChange():
            parked = _parked_members(work, operation.entity, operation.ids, operation.add)
            return None if parked else operation
        case _:
            return operation


def _parked_members(work: Work, entity: str, rows: Sequence[str], keywords: Sequence[str]) -> bool:
    """List the rows if a keyword they name may still come, and return whether one may; those that never will are a rule's to refuse."""
    if not keywords:
        return False
    known = work.facts.references("keyword", keywords)
    absent = [uid for uid in keywords if uid not in known]
    gone = work.gone(absent) if absent else set()
    missing = [uid for uid in absent if uid not in gone]
    for uid in missing:
        work.say("missing", entity, rows, group="keyword_objects", details={"keyword": uid}, message=_MISSING)
    return bool(missing)


def _state_of_clusters(work: Work, wanted: set[str]) -> tuple[set[str], set[str]]:
    """Return (unknown, deleted) among cluster uids."""
    if not wanted:
        return set(), set()
    known = work.facts.references("cluster", sorted(wanted))
    unknown = wanted - known.keys()
    gone = work.gone(sorted(unknown)) if unknown else set()
    return unknown - gone, gone | {uid for uid, fact in known.items() if fact.deleted}


def _settled_set(work: Work, operation: Set) -> Set | None:
    entity = ENTITIES.get(operation.entity)
    names = (
        next((group.fields for group in entity.groups if group.name == operation.group), ()) if entity else ()
    )
    if "cluster" not in names:
        return operation
    place = names.index("cluster")
    wanted = {
        str(change.new[place])
        for change in operation.changes
        if len(change.new) == len(names) and change.new[place]
    }
    unknown, deleted = _state_of_clusters(work, wanted)
    if not unknown and not deleted:
        return operation
    kept: list[Change] = []
    for change in operation.changes:
        cluster = change.new[place]
        if cluster in unknown:
            work.say(
                "missing",
                operation.entity,
                change.ids,
                group=operation.group,
                details={"cluster": cluster},
                message=_MISSING,
            )
        elif cluster in deleted:
            work.say(
                "deleted_cluster",
                operation.entity,
                change.ids,
                group=operation.group,
                details={"cluster": cluster},
            )
            kept.append(replace(change, new=_without_cluster(names, change.new)))
        else:
            kept.append(change)
    return replace(operation, changes=kept) if kept else None


def _without_cluster(names: Sequence[str], values: Values) -> Values:
    alone: dict[str, Value] = {"cluster": None, "status": NEW}
    return tuple(
        alone.get(name, value) if name == "cluster" or "status" in names else value
        for name, value in zip(names, values, strict=True)
    )


def _settled_create(work: Work, create: Create) -> Create | None:
    columns = (*create.columns, *(name for name in create.common if name not in create.columns))
    if "cluster" not in columns or any(len(row) != len(create.columns) + 1 for row in create.rows):
        return create
    place = columns.index("cluster")
    shared = [create.common[name] for name in columns[len(create.columns) :]]
    rows = [[row[0], *row[1:], *shared] for row in create.rows]
    unknown, deleted = _state_of_clusters(work, {str(row[place + 1]) for row in rows if row[place + 1]})
    loose = [str(row[0]) for row in rows if row[place + 1] in deleted]
    group = "placement" if create.entity == "keyword" else "cluster"
    for cluster in sorted(unknown):
        waiting = [str(row[0]) for row in rows if row[place + 1] == cluster]
        work.say(
            "missing", create.entity, waiting, group=group, details={"cluster": cluster}, message=_MISSING
        )
    work.say(
        "deleted_cluster",
        create.entity,
        loose,
        group=group,
    )
    if create.entity == "keyword" and "status" not in columns:
        columns = (*columns, "status")
        rows = [
            [*row, follows_cluster(None if row[place + 1] in deleted else row[place + 1])] for row in rows
        ]
    kept = [
        _loosened(create.entity, columns, row) if row[place + 1] in deleted else row
        for row in rows
        if row[place + 1] not in unknown
    ]
    common = {name: value for name, value in create.common.items() if name == "sector"}
    width = [number for number, name in enumerate(columns) if name not in common]
    trimmed = [[row[0], *(row[number + 1] for number in width)] for row in kept]
    names = tuple(columns[number] for number in width)
    return replace(create, common=common, columns=names, rows=trimmed) if trimmed else None


def _loosened(entity: str, columns: Sequence[str], row: list[Value]) -> list[Value]:
    """Return a new row without its cluster; a keyword's status goes with that, an idea's says something else."""
    alone: dict[str, Value] = {"cluster": None}
    if entity == "keyword":
        alone["status"] = NEW
    return [row[0], *(alone.get(name, value) for name, value in zip(columns, row[1:], strict=True))]
