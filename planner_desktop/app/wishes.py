"""Values that rows shall have, as commands: what a backup or an export held, made into ordinary edits again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from planner_core.commands import (
    AssignCluster,
    ChangeIdeaKeywords,
    Command,
    DeleteRows,
    EditRow,
    RestoreRows,
    SetEnabled,
    SetOverride,
    SetOverrides,
    SetStatus,
)
from sync.replica.comparing import RowDifference, keyword_set

_FIGURES = {"volume_override": "volume", "difficulty_override": "difficulty"}


def to_have(entity: str, uid: str, values: Mapping[str, Any]) -> list[Command]:
    """Return the commands that give a row values; each is decided by the rules like any edit."""
    commands: list[Command] = []
    rest = dict(values)
    if entity == "keyword" and "cluster" in rest:
        commands.append(AssignCluster([uid], rest.pop("cluster"), rest.pop("status", None)))
    for name, figure in _FIGURES.items():
        if name in rest:
            commands.append(SetOverride(figure, [uid], rest.pop(name)))
    if "disabled" in rest:
        commands.append(SetEnabled(entity, [uid], enabled=not rest.pop("disabled")))
    if "status" in rest:
        commands.append(SetStatus(entity, [uid], str(rest.pop("status"))))
    # Whether a cluster is locked is the platform's to say, and keywords of an idea are added and removed.
    rest.pop("locked", None)
    rest.pop("keyword_objects", None)
    if rest and entity != "keyword":
        commands.append(EditRow(entity, uid, rest))
    return commands


def to_be_as_it_was(differences: Iterable[RowDifference]) -> list[Command]:
    """Return the commands that bring rows to what a backup held. Those of one kind that end alike are named together."""
    commands: list[Command] = []
    trash: dict[str, list[str]] = {}
    back: dict[str, list[str]] = {}
    for one in differences:
        if one.change == "removed":
            trash.setdefault(one.entity, []).append(one.id)
            continue
        if one.change == "added":
            back.setdefault(one.entity, []).append(one.id)
        then = {name: values[0] for name, values in one.fields.items()}
        if one.change == "changed":
            commands += to_have(one.entity, one.id, then)
            commands += _members(one)
    restored: list[Command] = [RestoreRows(entity, ids) for entity, ids in back.items()]
    deleted: list[Command] = [DeleteRows(entity, ids) for entity, ids in trash.items()]
    return [*restored, *joined(commands), *deleted]


def _members(one: RowDifference) -> list[Command]:
    if "keyword_objects" not in one.fields:
        return []
    then, now = (set(keyword_set(value)) for value in one.fields["keyword_objects"])
    return [ChangeIdeaKeywords(one.id, sorted(then - now), sorted(now - then))]


def joined(commands: Iterable[Command]) -> list[Command]:
    """Return the same commands with rows that end alike named in one: 100,000 of them are a few."""
    found: list[Command] = []
    alike: dict[object, list[str]] = {}
    makers: dict[object, Command] = {}
    figures: dict[str, dict[str, int | None]] = {}
    for command in commands:
        match command:
            case AssignCluster(keywords, cluster, status):
                key: object = ("cluster", cluster, status)
                ids = keywords
            case SetOverride(figure, keywords, value):
                figures.setdefault(figure, {}).update(dict.fromkeys(keywords, value))
                continue
            case SetEnabled(entity, rows, enabled):
                key, ids = ("enabled", entity, enabled), rows
            case SetStatus(entity, rows, status):
                key, ids = ("status", entity, status), rows
            case _:
                found.append(command)
                continue
        makers.setdefault(key, command)
        alike.setdefault(key, []).extend(ids)
    overrides = [SetOverrides(figure, values) for figure, values in figures.items()]
    return [*(_for_all(makers[key], ids) for key, ids in alike.items()), *overrides, *found]


def _for_all(command: Command, ids: list[str]) -> Command:
    match command:
        case AssignCluster(_, cluster, status):
            return AssignCluster(ids, cluster, status)
        case SetEnabled(entity, _, enabled):
            return SetEnabled(entity, ids, enabled)
        case SetStatus(entity, _, status):
            return SetStatus(entity, ids, status)
    return command
