"""From a command to operations: the one place where the meaning of each verb is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from planner_core import commands as c
from planner_core.decision import Decision, Refused
from planner_core.entities import ENTITIES, KEYWORD, MAPPED, NEW, Entity, Value, Values
from planner_core.facts import Alike, Facts
from planner_core.operations import Change, Create, Delete, ItemsChange, Operation, Restore, Set, size
from planner_core.rules import alignment, deletion, overrides, placement, transitions, uniqueness
from planner_core.rules.labels import label
from planner_core.rules.shape import refuse_misfits
from planner_core.text import tidy

T = TypeVar("T")


@dataclass(slots=True)
class _Draft:
    """The facts a decision is made on, and what it collects while it is being made."""

    facts: Facts
    by_person: bool
    operations: list[Operation] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    unchanged: int = 0
    named: str = ""
    """What the command puts rows into, for its label."""

    def refuse(self, trouble: Refused | None) -> bool:
        if trouble is not None:
            self.refused.append(trouble)
        return trouble is not None


def decide(command: c.Command, facts: Facts, *, by_person: bool = True) -> Decision:
    """Return the operations that carry out a command, with the rows refused and those that already are as asked.

    Nothing is raised for what the user asked wrongly; every such row is in `refused` with its reason.
    """
    draft = _Draft(facts, by_person)
    _DECIDERS[type(command)](command, draft)
    changed = sum(map(size, draft.operations))
    return Decision(draft.operations, draft.refused, draft.unchanged, label(command, changed, draft.named))


def _live(draft: _Draft, entity: str, ids: Sequence[str], group: str) -> list[Alike]:
    """Return the live classes among `ids`; unknown and deleted rows are refused."""
    classes = draft.facts.alike(entity, ids, group)
    found = sum(len(alike.ids) for alike in classes)
    # Of a million ids hardly any set has to be made: nearly always all of them are there, each named once.
    if found < len(ids) and found < len(set(ids)):
        known = {uid for alike in classes for uid in alike.ids}
        missing = [uid for uid in dict.fromkeys(ids) if uid not in known]
        draft.refuse(Refused("unknown_row", f"There is no such {entity} here.", missing))
    for alike in classes:
        if alike.deleted:
            draft.refuse(
                Refused("deleted_row", f"The {entity} is in the trash. Restore it first.", alike.ids)
            )
    return [alike for alike in classes if not alike.deleted]


def _set_group(
    draft: _Draft, entity: str, group: str, ids: Sequence[str], new_of: Callable[[Alike], Values | Refused]
) -> None:
    """Add one Set that takes each live class to `new_of(class)`; classes already there count as unchanged."""
    live = _live(draft, entity, ids, group)
    _change(draft, entity, group, ((alike.current, alike.ids, new_of(alike)) for alike in live))


def _set_each(
    draft: _Draft, group: str, wanted: Mapping[str, T], new_of: Callable[[Alike, T], Values | Refused]
) -> None:
    """Add one Set that takes each live keyword to `new_of(class, wanted[keyword])`; the classes are cut by what is wanted."""

    def judged() -> Iterator[tuple[Values, Sequence[str], Values | Refused]]:
        for alike in _live(draft, "keyword", list(wanted), group):
            alike_wanted: dict[T, list[str]] = {}
            for uid in alike.ids:
                alike_wanted.setdefault(wanted[uid], []).append(uid)
            for value, ids in alike_wanted.items():
                new = new_of(alike, value)
                yield alike.current, ids, replace(new, ids=ids) if isinstance(new, Refused) else new

    _change(draft, "keyword", group, judged())


def _change(
    draft: _Draft,
    entity: str,
    group: str,
    judged: Iterable[tuple[Values, Sequence[str], Values | Refused]],
) -> None:
    """Add one Set of what was judged: the values that rows hold, the rows, and what they shall hold or why not."""
    changes: list[Change] = []
    for current, ids, new in judged:
        if isinstance(new, Refused):
            draft.refuse(new)
        elif new == current:
            draft.unchanged += len(ids)
        else:
            changes.append(Change(current, new, ids))
    if changes:
        draft.operations.append(Set(entity, group, changes))


def _add_from_seeds(command: c.AddKeywordsFromSeeds, draft: _Draft) -> None:
    sector = draft.facts.sector(command.sector)
    if draft.refuse(alignment.sector_trouble(sector, command.sector)) or sector is None:
        return
    fitting, refused = alignment.align(draft.facts, sector, command.seeds)
    draft.refused.extend(refused)
    free, _ = uniqueness.free_seeds(
        draft.facts, command.sector, [seed for seed in command.seeds if seed in fitting]
    )
    draft.unchanged += len(command.seeds) - len(free) - sum(len(trouble.ids) for trouble in refused)
    id_of = dict(zip(reversed(command.seeds), reversed(command.ids), strict=True))
    if free:
        draft.operations.append(
            Create("keyword", {"sector": command.sector}, ("seed",), [[id_of[seed], seed] for seed in free])
        )


def _status_trouble(
    entity: str, current: Value, new: str, ids: Sequence[str], *, by_person: bool
) -> Refused | None:
    if not transitions.known(entity, new):
        choices = ", ".join(ENTITIES[entity].field("status").choices)
        return Refused("invalid", f"status is one of {choices}, not {new!r}.", ids, "status", {"value": new})
    if transitions.allowed(entity, str(current), new, by_person=by_person):
        return None
    message = f"The status cannot go from {current} to {new}."
    return Refused("transition", message, ids, "status", {"current": current, "value": new})


def _assign_cluster(command: c.AssignCluster, draft: _Draft) -> None:
    cluster = command.cluster
    target = None if cluster is None else draft.facts.references("cluster", [cluster]).get(cluster)
    draft.named = "" if target is None else target.name

    def new_of(alike: Alike) -> Values | Refused:
        trouble = None if cluster is None else placement.cluster_trouble(target, alike.sector, alike.ids)
        if command.status is not None and trouble is None:
            trouble = _status_trouble(
                "keyword", alike.current[1], command.status, alike.ids, by_person=draft.by_person
            )
        if trouble is not None:
            return trouble
        if command.status is not None:
            return (cluster, command.status)
        if cluster == alike.current[0]:
            return alike.current
        return (cluster, transitions.follows_cluster(cluster))

    _set_group(draft, "keyword", "placement", command.keywords, new_of)


def _assign_clusters(command: c.AssignClusters, draft: _Draft) -> None:
    named = [uid for uid in set(command.clusters.values()) if uid is not None]
    targets = draft.facts.references("cluster", named) if named else {}
    draft.named = next(iter(targets.values())).name if len(targets) == 1 else ""

    def new_of(alike: Alike, cluster: str | None) -> Values | Refused:
        trouble = (
            None
            if cluster is None
            else placement.cluster_trouble(targets.get(cluster), alike.sector, alike.ids)
        )
        if trouble is not None:
            return trouble
        if cluster == alike.current[0]:
            return alike.current
        return (cluster, transitions.follows_cluster(cluster))

    _set_each(draft, "placement", command.clusters, new_of)


def _set_status(command: c.SetStatus, draft: _Draft) -> None:
    group = ENTITIES[command.entity].group_of("status")
    place = group.fields.index("status")

    def new_of(alike: Alike) -> Values | Refused:
        trouble = _status_trouble(
            command.entity, alike.current[place], command.status, alike.ids, by_person=draft.by_person
        )
        return trouble or (*alike.current[:place], command.status, *alike.current[place + 1 :])

    _set_group(draft, command.entity, group.name, command.ids, new_of)


def _set_override(command: c.SetOverride, draft: _Draft) -> None:
    if not draft.refuse(overrides.override_trouble(command.figure, command.value, list(command.keywords))):
        name = overrides.FIGURES.get(command.figure, command.figure)
        _set_group(draft, "keyword", name, command.keywords, lambda _: (command.value,))


def _set_overrides(command: c.SetOverrides, draft: _Draft) -> None:
    name = overrides.FIGURES.get(command.figure)
    if name is None:
        draft.refuse(overrides.override_trouble(command.figure, None, list(command.values)))
        return

    judged = {
        value: overrides.override_trouble(command.figure, value, []) for value in command.values.values()
    }
    _set_each(draft, name, command.values, lambda _, value: judged[value] or (value,))


def _delete(command: c.DeleteRows, draft: _Draft) -> None:
    group = deletion.seen_groups(command.entity)[0]
    classes = draft.facts.alike(command.entity, command.ids, group)
    draft.unchanged += sum(len(alike.ids) for alike in classes if alike.deleted)
    known = {uid for alike in classes for uid in alike.ids}
    missing = [uid for uid in command.ids if uid not in known]
    if missing:
        draft.refuse(Refused("unknown_row", f"There is no such {command.entity} here.", missing))
    live = [uid for alike in classes if not alike.deleted for uid in alike.ids]
    if not live:
        return
    children: dict[str, Sequence[str]] = {}
    if command.entity == "cluster":
        children = {
            uid: [child for ids in draft.facts.members(uid).values() for child in ids] for uid in live
        }
    draft.operations.append(
        Delete(command.entity, deletion.seen_as(draft.facts, command.entity, live), children)
    )


def _restore(command: c.RestoreRows, draft: _Draft) -> None:
    group = deletion.seen_groups(command.entity)[0]
    classes = draft.facts.alike(command.entity, command.ids, group)
    draft.unchanged += sum(len(alike.ids) for alike in classes if not alike.deleted)
    dead = {uid for alike in classes if alike.deleted for uid in alike.ids}
    known = {uid for alike in classes for uid in alike.ids}
    missing = [uid for uid in command.ids if uid not in known]
    if missing:
        draft.refuse(Refused("unknown_row", f"There is no such {command.entity} in the trash.", missing))
    ordered = [uid for uid in dict.fromkeys(command.ids) if uid in dead]
    refused = (
        [] if command.entity == "idea" else uniqueness.restore_trouble(draft.facts, command.entity, ordered)
    )
    draft.refused.extend(refused)
    blocked = {uid for trouble in refused for uid in trouble.ids}
    rows = [uid for uid in ordered if uid not in blocked]
    if rows:
        draft.operations.append(Restore(command.entity, rows))


def _create_cluster(command: c.CreateCluster, draft: _Draft) -> None:
    values: dict[str, Value] = {
        "name": tidy(command.name),
        "description": command.description,
        "origin": command.origin,
    }
    _create(draft, ENTITIES["cluster"], command.id, command.sector, values, ())


def _create_idea(command: c.CreateIdea, draft: _Draft) -> None:
    _create(draft, ENTITIES["idea"], command.id, command.sector, dict(command.values), command.keywords)


def _create(
    draft: _Draft,
    entity: Entity,
    uid: str,
    sector_uid: str,
    values: dict[str, Value],
    keywords: Sequence[str],
) -> None:
    sector = draft.facts.sector(sector_uid)
    if draft.refuse(alignment.sector_trouble(sector, sector_uid)):
        return
    refused = _unwritable(entity, values, [uid]) or refuse_misfits(entity, values, [uid])
    if entity.name == "idea":
        refused += _idea_trouble(draft, uid, sector_uid, values) if not refused else []
    elif not refused:
        trouble = uniqueness.name_trouble(draft.facts, sector_uid, str(values["name"]), but=uid)
        refused.extend([] if trouble is None else [trouble])
    fitting, unfit = placement.split_members(draft.facts, sector_uid, keywords) if keywords else ([], [])
    draft.refused.extend([*refused, *unfit])
    if not refused and not unfit:
        draft.operations.append(
            Create(entity.name, {"sector": sector_uid}, tuple(values), [[uid, *values.values()]], fitting)
        )
        if isinstance(values.get("cluster"), str):
            _map_cluster(draft, str(values["cluster"]))


def _idea_trouble(draft: _Draft, uid: str, sector_uid: str, values: Mapping[str, Value]) -> list[Refused]:
    if "title" not in values:
        return [Refused("invalid", "title needs a value.", [uid], "title")]
    cluster = values.get("cluster")
    if not isinstance(cluster, str):
        return []
    known = draft.facts.references("cluster", [cluster]).get(cluster)
    trouble = placement.cluster_trouble(known, sector_uid, [uid])
    return [] if trouble is None else [trouble]


def _map_cluster(draft: _Draft, cluster: str) -> None:
    """Take a cluster that is still new to mapped: it has an idea now."""
    for alike in draft.facts.alike("cluster", [cluster], "status"):
        if alike.current == (NEW,) and not alike.deleted:
            draft.operations.append(Set("cluster", "status", [Change(alike.current, (MAPPED,), alike.ids)]))


def _unwritable(entity: Entity, values: Mapping[str, Value], ids: list[str]) -> list[Refused]:
    names = {one.name for one in entity.fields if one.writable and one.kind != "refs"}
    return [
        Refused("read_only", f"{name} of a {entity.name} cannot be written.", ids, name)
        for name in values
        if name not in names
    ]


def _edit_row(command: c.EditRow, draft: _Draft) -> None:
    entity = ENTITIES[command.entity]
    values = {
        name: tidy(value) if name == "name" and isinstance(value, str) else value
        for name, value in command.values.items()
    }
    refused = _unwritable(entity, values, [command.id]) or refuse_misfits(entity, values, [command.id])
    draft.refused.extend(refused)
    if refused:
        return
    if entity is KEYWORD and "cluster" in values:
        cluster, status = values.pop("cluster"), values.pop("status", None)
        placed = c.AssignCluster(
            [command.id], None if cluster is None else str(cluster), None if status is None else str(status)
        )
        _assign_cluster(placed, draft)
    for group in entity.groups:
        touched = {name: values[name] for name in group.fields if name in values}
        if touched:
            before = len(draft.operations)
            _edit_group(draft, entity, command.id, group.name, touched)
            if (
                entity.name == "idea"
                and isinstance(touched.get("cluster"), str)
                and len(draft.operations) > before
            ):
                _map_cluster(draft, str(touched["cluster"]))


def _edit_group(draft: _Draft, entity: Entity, uid: str, group: str, touched: Mapping[str, Value]) -> None:
    names = entity.group(group).fields

    def new_of(alike: Alike) -> Values | Refused:
        current = dict(zip(names, alike.current, strict=True))
        trouble = None
        if "status" in touched:
            trouble = _status_trouble(
                entity.name, current["status"], str(touched["status"]), [uid], by_person=draft.by_person
            )
        if trouble is None and "name" in touched:
            trouble = uniqueness.name_trouble(draft.facts, alike.sector, str(touched["name"]), but=uid)
        if trouble is None and isinstance(touched.get("cluster"), str):
            cluster = str(touched["cluster"])
            trouble = placement.cluster_trouble(
                draft.facts.references("cluster", [cluster]).get(cluster), alike.sector, [uid]
            )
        return trouble or tuple({**current, **touched}.values())

    _set_group(draft, entity.name, group, [uid], new_of)


def _change_idea_keywords(command: c.ChangeIdeaKeywords, draft: _Draft) -> None:
    live = _live(draft, "idea", [command.idea], "title")
    if not live:
        return
    fitting, refused = placement.split_members(draft.facts, live[0].sector, command.add)
    draft.refused.extend(refused)
    # A keyword on both lists goes out; added and removed by one operation, its undo could not tell which came first.
    added = [uid for uid in fitting if uid not in set(command.remove)]
    if added or command.remove:
        draft.operations.append(
            ItemsChange("idea", command.idea, "keyword_objects", added, list(command.remove))
        )


def _set_enabled(command: c.SetEnabled, draft: _Draft) -> None:
    _set_group(draft, command.entity, "disabled", command.ids, lambda _: (not command.enabled,))


_DECIDERS: dict[type[Any], Callable[[Any, _Draft], None]] = {
    c.AddKeywordsFromSeeds: _add_from_seeds,
    c.AssignCluster: _assign_cluster,
    c.AssignClusters: _assign_clusters,
    c.SetStatus: _set_status,
    c.SetOverride: _set_override,
    c.SetOverrides: _set_overrides,
    c.SetEnabled: _set_enabled,
    c.DeleteRows: _delete,
    c.RestoreRows: _restore,
    c.CreateCluster: _create_cluster,
    c.CreateIdea: _create_idea,
    c.EditRow: _edit_row,
    c.ChangeIdeaKeywords: _change_idea_keywords,
}
