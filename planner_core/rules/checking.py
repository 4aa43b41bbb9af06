"""The same rules for operations that were decided elsewhere (an undo, a push, an older application).

Three questions are not asked here, because their answer is not a refusal: whether the old values still stand (`merge`), whether a
natural key is taken (the server merges keywords and suffixes cluster names), and whether the caller may write at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from planner_core.decision import Refused
from planner_core.entities import ENTITIES, Entity, Value
from planner_core.facts import Facts, RefFact
from planner_core.operations import Change, Create, ItemsChange, Operation, Set
from planner_core.rules import alignment, placement, transitions
from planner_core.rules.shape import misfit, refuse_misfits


def check(operation: Operation, facts: Facts) -> tuple[Operation | None, list[Refused]]:
    """Return what of the operation the rules let through (None: nothing) and the refusals for the rest."""
    match operation:
        case Create(entity="keyword"):
            return _check_new_keywords(operation, facts)
        case Create():
            return _check_new_row(operation, facts)
        case Set():
            return _check_set(operation, facts)
        case ItemsChange():
            return _check_items(operation, facts)
        case _:
            return operation, []


def _only(create: Create, allowed: set[str]) -> tuple[Create | None, list[Refused]]:
    rows = [row for row in create.rows if row[0] in allowed]
    return (replace(create, rows=rows) if rows else None), []


def _check_new_keywords(create: Create, facts: Facts) -> tuple[Operation | None, list[Refused]]:
    entity = ENTITIES["keyword"]
    sector_uid = str(create.common.get("sector", ""))
    sector = facts.sector(sector_uid)
    trouble = alignment.sector_trouble(sector, sector_uid)
    if trouble is not None or sector is None:
        return None, [] if trouble is None else [replace(trouble, ids=create.ids)]
    unfit = _create_misfits(entity, create)
    if unfit:
        return None, unfit
    if "seed" not in create.columns:
        return None, [Refused("invalid", "A keyword needs its seed keyword.", create.ids, "seed")]
    place = create.columns.index("seed") + 1
    by_seed: dict[str, list[str]] = {}
    for row in create.rows:
        by_seed.setdefault(str(row[place]), []).append(str(row[0]))
    fitting, refused = alignment.align(facts, sector, list(by_seed))
    refused = [replace(one, ids=[uid for seed in one.ids for uid in by_seed[seed]]) for one in refused]
    allowed = {uid for seed, ids in by_seed.items() if seed in fitting for uid in ids}
    refused += _check_new_references(create, facts, sector_uid, allowed)
    return _only(create, allowed)[0], refused


def _check_new_row(create: Create, facts: Facts) -> tuple[Operation | None, list[Refused]]:
    entity = ENTITIES[create.entity]
    sector_uid = str(create.common.get("sector", ""))
    trouble = alignment.sector_trouble(facts.sector(sector_uid), sector_uid)
    if trouble is not None:
        return None, [replace(trouble, ids=create.ids)]
    refused = _create_misfits(entity, create)
    if refused:
        return None, refused
    allowed = set(create.ids)
    refused = _check_new_references(create, facts, sector_uid, allowed)
    kept, _ = _only(create, allowed)
    if kept is not None and create.keywords:
        fitting, unfit = placement.split_members(facts, sector_uid, create.keywords)
        kept, refused = replace(kept, keywords=fitting), [*refused, *unfit]
    return kept, refused


def _create_misfits(entity: Entity, create: Create) -> list[Refused]:
    known = {one.name for one in entity.fields if one.kind != "refs"}
    names = [*create.common, *create.columns]
    foreign = [name for name in names if name not in known]
    if foreign or any(len(row) != len(create.columns) + 1 for row in create.rows):
        return [
            Refused(
                "invalid", f"This {entity.name} has columns nobody knows: {', '.join(foreign)}.", create.ids
            )
        ]
    missing = [
        one.name
        for one in entity.fields
        if one.kind in ("text", "ref") and not one.nullable and one.default is None
    ]
    lacking = [name for name in missing if name not in names]
    if lacking:
        return [Refused("invalid", f"{name} needs a value.", create.ids, name) for name in lacking]
    refused = refuse_misfits(entity, dict(create.common), create.ids)
    for row in create.rows:
        refused += refuse_misfits(entity, dict(zip(create.columns, row[1:], strict=True)), [str(row[0])])
    return refused


def _check_new_references(create: Create, facts: Facts, sector: str, allowed: set[str]) -> list[Refused]:
    """Take rows with an unusable cluster out of `allowed`, with a refusal each."""
    if "cluster" in create.common:
        wanted: dict[Value, list[str]] = {create.common["cluster"]: create.ids}
    elif "cluster" in create.columns:
        place = create.columns.index("cluster") + 1
        wanted = {}
        for row in create.rows:
            wanted.setdefault(row[place], []).append(str(row[0]))
    else:
        return []
    refused: list[Refused] = []
    known = facts.references("cluster", [str(uid) for uid in wanted if uid is not None])
    for uid, ids in wanted.items():
        trouble = None if uid is None else placement.cluster_trouble(known.get(str(uid)), sector, ids)
        if trouble is not None:
            refused.append(trouble)
            allowed.difference_update(ids)
    return refused


def _check_set(operation: Set, facts: Facts) -> tuple[Operation | None, list[Refused]]:
    entity = ENTITIES.get(operation.entity)
    if entity is None or operation.group not in {group.name for group in entity.groups}:
        reason = f"{operation.group} of a {operation.entity} cannot be written."
        return None, [Refused("read_only", reason, operation.ids, operation.group)]
    names = entity.group(operation.group).fields
    fitting: list[Change] = []
    refused: list[Refused] = []
    for change in operation.changes:
        trouble = _change_trouble(entity, names, change)
        if trouble is None:
            fitting.append(change)
        else:
            refused.append(trouble)
    kept = list(_with_usable_clusters(entity.name, operation.group, names, fitting, facts, refused))
    return (replace(operation, changes=kept) if kept else None), refused


def _change_trouble(entity: Entity, names: Sequence[str], change: Change) -> Refused | None:
    if len(change.old) != len(names) or len(change.new) != len(names):
        return Refused("invalid", f"{'+'.join(names)} needs {len(names)} values.", change.ids, names[0])
    for name, value in zip(names, change.new, strict=True):
        reason = misfit(entity, name, value)
        if reason is not None:
            return Refused("invalid", reason, change.ids, name, {"value": value})
    if "status" in names:
        place = names.index("status")
        before, after = str(change.old[place]), str(change.new[place])
        if not transitions.allowed(entity.name, before, after):
            message = f"The status cannot go from {before} to {after}."
            return Refused("transition", message, change.ids, "status", {"current": before, "value": after})
    return None


def _with_usable_clusters(
    entity: str,
    group: str,
    names: Sequence[str],
    changes: Sequence[Change],
    facts: Facts,
    refused: list[Refused],
) -> Iterator[Change]:
    """Yield the changes without the rows that may not be in the cluster they name; those are refused. Facts are asked once for all."""
    place = names.index("cluster") if "cluster" in names else None
    named = [change for change in changes if place is not None and change.new[place] is not None]
    if place is None or not named:
        yield from changes
        return
    clusters = facts.references("cluster", list(dict.fromkeys(str(change.new[place]) for change in named)))
    asked = [uid for change in named for uid in change.ids]
    classes = facts.alike(entity, asked, group)
    sectors = {alike.sector for alike in classes}
    targets = [clusters.get(uid) for uid in dict.fromkeys(str(change.new[place]) for change in named)]
    if not any(placement.cluster_trouble(one, sector, ()) for one in targets for sector in sectors):
        # Nearly always so: of a million rows none has to be looked at.
        yield from changes
        return
    sector_of = {uid: alike.sector for alike in classes for uid in alike.ids}
    for change in changes:
        cluster = change.new[place]
        if cluster is None:
            yield change
            continue
        ids, unfit = _usable(clusters.get(str(cluster)), change.ids, sector_of)
        refused.extend(unfit)
        if ids:
            # One object for each of a pasted column's values would cost more than looking at it.
            yield change if ids is change.ids else replace(change, ids=ids)


def _usable(
    target: RefFact | None, ids: Sequence[str], sector_of: Mapping[str, str]
) -> tuple[Sequence[str], list[Refused]]:
    """Return the rows that may be in a cluster; a row nobody knows here is the caller's to answer (an alias, or still to come)."""
    by_sector: dict[str | None, list[str]] = {}
    for uid in ids:
        by_sector.setdefault(sector_of.get(uid), []).append(uid)
    refused: list[Refused] = []
    for sector, own in by_sector.items():
        trouble = None if sector is None else placement.cluster_trouble(target, sector, own)
        if trouble is not None:
            refused.append(trouble)
    if not refused:
        return ids, []
    left_out = {uid for one in refused for uid in one.ids}
    return [uid for uid in ids if uid not in left_out], refused


def _check_items(operation: ItemsChange, facts: Facts) -> tuple[Operation | None, list[Refused]]:
    if operation.entity != "idea" or operation.field != "keyword_objects":
        return None, [
            Refused("read_only", f"{operation.field} cannot be written.", operation.ids, operation.field)
        ]
    idea = facts.references("idea", [operation.id]).get(operation.id)
    if idea is None:
        return operation, []
    fitting, refused = placement.split_members(facts, idea.sector, operation.add)
    if not fitting and not operation.remove:
        return None, refused
    return replace(operation, add=fitting), refused
