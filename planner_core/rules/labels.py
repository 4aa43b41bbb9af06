"""One line that says what an action did, for history, Review and the platform's audit trail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planner_core import commands as c
from planner_core.entities import ENTITIES

NAMED = 60
"""Letters of a name in a label."""


def counted(number: int, entity: str) -> str:
    """Return "1 keyword" or "1,204 keywords"."""
    return f"{number:,} {entity if number == 1 else ENTITIES[entity].plural}"


def label(command: c.Command, changed: int, named: str = "") -> str:
    """Return the label of a decided command that changed so many rows. `named` is the cluster it puts them into, "" for several."""
    if isinstance(command, c.AssignCluster | c.AssignClusters):
        return _assign(_target(command), changed, named)
    return _LABELS[type(command)](command, changed)


def quoted(text: str) -> str:
    """Return a name as a label holds it: in quotation marks, and no longer than a line."""
    return f"“{text if len(text) <= NAMED else text[: NAMED - 1].rstrip() + '…'}”"


def _assign(cluster: str | None, changed: int, named: str) -> str:
    if cluster is None:
        return f"Take {counted(changed, 'keyword')} out of {'its' if changed == 1 else 'their'} cluster"
    return f"Set cluster{f' {quoted(named)}' if named else ''} on {counted(changed, 'keyword')}"


def _override(command: c.SetOverride, changed: int) -> str:
    if command.value is None:
        return f"Reset {command.figure} of {counted(changed, 'keyword')}"
    return f"Set {command.figure} to {command.value:,} on {counted(changed, 'keyword')}"


def _target(command: c.AssignCluster | c.AssignClusters) -> str | None:
    """Return the cluster of a command, "" for several."""
    if isinstance(command, c.AssignCluster):
        return command.cluster
    targets = set(command.clusters.values())
    return targets.pop() if len(targets) == 1 else ""


def _overrides(command: c.SetOverrides, changed: int) -> str:
    values = set(command.values.values())
    if len(values) == 1:
        return _override(c.SetOverride(command.figure, (), values.pop()), changed)
    return f"Set {command.figure} on {counted(changed, 'keyword')}"


def _enabled(command: c.SetEnabled, changed: int) -> str:
    return f"{'Enable' if command.enabled else 'Disable'} {counted(changed, command.entity)}"


def _edit(command: c.EditRow, _changed: int) -> str:
    """One short value is named, several are not."""
    (name, value), *more = command.values.items() or [("", None)]
    fields = ", ".join(command.values).replace("_", " ")
    if more or name == "cluster" or value is None or not str(value).strip() or "\n" in str(value):
        return f"Change {fields} of 1 {command.entity}"
    return f"Set {fields} of 1 {command.entity} to {quoted(str(value))}"


_LABELS: dict[type[Any], Callable[[Any, int], str]] = {
    c.AddKeywordsFromSeeds: lambda _, n: f"Add {counted(n, 'keyword')} from the library",
    c.SetStatus: lambda one, n: f"Set status to {one.status} on {counted(n, one.entity)}",
    c.SetOverride: _override,
    c.SetOverrides: _overrides,
    c.SetEnabled: _enabled,
    c.DeleteRows: lambda one, n: f"Delete {counted(n, one.entity)}",
    c.RestoreRows: lambda one, n: f"Restore {counted(n, one.entity)}",
    c.CreateCluster: lambda one, _: f"Create cluster {quoted(one.name)}",
    c.CreateIdea: lambda one, _: f"Create idea {quoted(str(one.values.get('title', '')))}",
    c.EditRow: _edit,
    c.ChangeIdeaKeywords: lambda _, __: "Change the keywords of 1 idea",
}
