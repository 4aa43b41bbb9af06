"""One line that says what an action did, for history, Review and the platform's audit trail."""

from __future__ import annotations

from planner_core import commands as c
from planner_core.entities import ENTITIES


def counted(number: int, entity: str) -> str:
    """Return "1 keyword" or "1,204 keywords"."""
    return f"{number:,} {entity if number == 1 else ENTITIES[entity].plural}"


def label(command: c.Command, changed: int) -> str:
    """Return the label of a decided command that changed so many rows."""
    match command:
        case c.AddKeywordsFromSeeds():
            return f"Add {counted(changed, 'keyword')} from the library"
        case c.AssignCluster(cluster=None):
            return f"Take {counted(changed, 'keyword')} out of their cluster"
        case c.AssignCluster():
            return f"Set cluster on {counted(changed, 'keyword')}"
        case c.SetStatus():
            return f"Set status to {command.status} on {counted(changed, command.entity)}"
        case c.SetOverride(value=None):
            return f"Reset {command.figure} of {counted(changed, 'keyword')}"
        case c.SetOverride():
            return f"Set {command.figure} to {command.value:,} on {counted(changed, 'keyword')}"
        case c.SetEnabled():
            return f"{'Enable' if command.enabled else 'Disable'} {counted(changed, command.entity)}"
        case c.DeleteRows():
            return f"Delete {counted(changed, command.entity)}"
        case c.RestoreRows():
            return f"Restore {counted(changed, command.entity)}"
        case c.CreateCluster():
            return f"Create cluster {command.name!r}"
        case c.CreateIdea():
            return f"Create idea {str(command.values.get('title', ''))!r}"
        case c.EditRow():
            return f"Change {', '.join(command.values)} of 1 {command.entity}"
        case c.ChangeIdeaKeywords():
            return "Change the keywords of 1 idea"
