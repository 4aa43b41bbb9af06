"""What a user wants, one frozen type per verb. A command is plain data: it can be logged, replayed and decided anywhere.

Rows are named by uid. Commands that create rows carry the new uids, because this package draws no randomness.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from planner_core.entities import Value


@dataclass(frozen=True, slots=True)
class AddKeywordsFromSeeds:
    """Make keywords of a site's sector from library seeds; `ids[n]` becomes the keyword of `seeds[n]`."""

    sector: str
    seeds: Sequence[str]
    ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class AssignCluster:
    """Put keywords into a cluster, or out of any (None). Their status follows unless the command names one."""

    keywords: Sequence[str]
    cluster: str | None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class AssignClusters:
    """Put each keyword into a cluster of its own, or out of any (None): keyword -> cluster. Their status follows."""

    clusters: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class SetStatus:
    """Set the status of rows of one entity (keyword, cluster, idea)."""

    entity: str
    ids: Sequence[str]
    status: str


@dataclass(frozen=True, slots=True)
class SetOverride:
    """Set (or with None reset to the library's figure) an override of keywords. `figure` is "volume" or "difficulty"."""

    figure: str
    keywords: Sequence[str]
    value: int | None


@dataclass(frozen=True, slots=True)
class SetOverrides:
    """Give each keyword an override of its own, as a pasted column does: keyword -> value, None resets it."""

    figure: str
    values: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class SetEnabled:
    """Switch rows on or off; off keeps them from automated work and changes no status."""

    entity: str
    ids: Sequence[str]
    enabled: bool


@dataclass(frozen=True, slots=True)
class DeleteRows:
    """Move rows to the trash. Deleting a cluster takes its keywords and ideas out of it."""

    entity: str
    ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class RestoreRows:
    """Take rows out of the trash."""

    entity: str
    ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class CreateCluster:
    """Make a cluster in a sector. Its name must be free there under the shared normalisation."""

    id: str
    sector: str
    name: str
    description: str = ""
    origin: str = "hand"


@dataclass(frozen=True, slots=True)
class CreateIdea:
    """Make a content idea in a sector; `values` holds any of its writable fields, `title` at least."""

    id: str
    sector: str
    values: Mapping[str, Value]
    keywords: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class EditRow:
    """Set named fields of one cluster or idea (name, description, title, cluster, ...)."""

    entity: str
    id: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangeIdeaKeywords:
    """Add keywords to an idea and take others out; they belong to the idea's sector."""

    idea: str
    add: Sequence[str] = ()
    remove: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ResolveConflict:
    """Decide one review item: `choice` is "mine" or "theirs", shown against `theirs`."""

    conflict: str
    choice: str


Command = (
    AddKeywordsFromSeeds
    | AssignCluster
    | AssignClusters
    | SetStatus
    | SetOverride
    | SetOverrides
    | SetEnabled
    | DeleteRows
    | RestoreRows
    | CreateCluster
    | CreateIdea
    | EditRow
    | ChangeIdeaKeywords
)
"""Commands that `planner_core.rules.decide` turns into operations. ResolveConflict speaks of a review item and is the engine's."""
