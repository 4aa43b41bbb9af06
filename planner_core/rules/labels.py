"""One line that says what an action did, for history, Review and the platform's audit trail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planner_core import commands as c
from planner_core.entities import ENTITIES


def counted(number: int, entity: str) -> str:
    """Return "1 keyword" or "1,204 keywords"."""
    return f"{number:,} {entity if number == 1 else ENTITIES[entity].plural}"


def label(command: c.Command, changed: int) -> str:
    """Return the label of a decided command that changed so many rows."""
    return _LABELS[type(command)](command, changed)


def _assign(command: c.AssignCluster, changed: int) -> str:
    if command.cluster is None:
        return f"Take {counted(changed, 'keyword')} out of {'its' if changed == 1 else 'their'} cluster"
    return f"Set cluster on {counted(changed, 'keyword')}"


def _override(command: c.SetOverride, changed: int) -> str:
    if command.value is None:
        return f"Reset {command.figure} of {counted(changed, 'keyword')}"
    return f"Set {command.figure} to {command.value:,} on {counted(changed, 'keyword')}"


def _assign_each(command: c.AssignClusters, changed: int) -> str:
    targets = set(command.clusters.values())
    return _assign(c.AssignCluster((), targets.pop() if len(targets) == 1 else ""), changed)


def _overrides(command: c.SetOverrides, changed: int) -> str:
    values = set(command.values.values())
    if len(values) == 1:
        return _override(c.SetOverride(command.figure, (), values.pop()), changed)
    return f"Set {command.figure} on {counted(changed, 'keyword')}"


def _enabled(command: c.SetEnabled, changed: int) -> str:
    return f"{'Enable' if command.enabled else 'Disable'} {counted(changed, command.entity)}"


_LABELS: dict[type[Any], Callable[[Any, int], str]] = {
    c.AddKeywordsFromSeeds: lambda _, n: f"Add {counted(n, 'keyword')} from the library",
    c.AssignCluster: _assign,
    c.AssignClusters: _assign_each,
    c.SetStatus: lambda one, n: f"Set status to {one.status} on {counted(n, one.entity)}",
    c.SetOverride: _override,
    c.SetOverrides: _overrides,
    c.SetEnabled: _enabled,
    c.DeleteRows: lambda one, n: f"Delete {counted(n, one.entity)}",
    c.RestoreRows: lambda one, n: f"Restore {counted(n, one.entity)}",
    c.CreateCluster: lambda one, _: f"Create cluster {one.name!r}",
    c.CreateIdea: lambda one, _: f"Create idea {str(one.values.get('title', ''))!r}",
    c.EditRow: lambda one, _: f"Change {', '.join(one.values)} of 1 {one.entity}",
    c.ChangeIdeaKeywords: lambda _, __: "Change the keywords of 1 idea",
}
