"""What the rows of an import set on keywords: figures as overrides, and of our own exports cluster, status and switch too.

skip    nothing on keywords that are there
fill    what is unknown now: a figure neither the library nor an override knows, the cluster of a keyword without one
update  wherever the file says otherwise, over what is known

New keywords take figures by the same rule, so that the same import a second time has nothing left to do. Of our own exports a new
keyword is what the file says whatever the rule, and `update` takes back what the file does not have: exported and imported again the
rows are the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from planner_core.commands import (
    AssignClusters,
    Command,
    CreateCluster,
    SetEnabled,
    SetOverrides,
    SetStatus,
)
from planner_core.entities import NEW
from planner_core.rules.transitions import follows_cluster
from planner_core.text import fold, tidy
from planner_desktop.app.store import Store
from sync.replica import SeedRow

if TYPE_CHECKING:  # what reads files comes with the first of them
    from planner_desktop.importing import Chunk

OnDuplicate = Literal["skip", "fill", "update"]
ON_DUPLICATE: tuple[OnDuplicate, ...] = ("skip", "fill", "update")
FIGURES = ("volume", "difficulty")
FILLED, REPLACED = 1, 2
"""What a row did to a keyword that was there: gave it what was unknown, or took the place of something."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a keyword has before the import. `known` are its figures as they count, `library` those of its seed."""

    cluster: str | None
    status: str
    disabled: bool
    overrides: Mapping[str, int | None]
    known: Mapping[str, int | None]
    library: Mapping[str, int | None]
    is_new: bool = False

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Held:
        """Return it of a keyword that is there (`Reader.keyword_page`)."""
        return cls(
            row["cluster_id"],
            row["status"],
            bool(row["disabled"]),
            {name: row[f"{name}_override"] for name in FIGURES},
            {name: row[name] for name in FIGURES},
            {name: row[f"seed_{name}"] for name in FIGURES},
        )

    @classmethod
    def of_seed(cls, seed: SeedRow) -> Held:
        """Return it of a keyword that is to be made from a seed."""
        figures = {"volume": seed.volume, "difficulty": seed.difficulty}
        return cls(
            None,
            NEW,
            disabled=False,
            overrides=dict.fromkeys(FIGURES),
            known=figures,
            library=figures,
            is_new=True,
        )


@dataclass(slots=True)
class Values:
    """What the rows of one file set, by keyword (its uid)."""

    overrides: dict[str, dict[str, int | None]] = field(default_factory=lambda: defaultdict(dict))
    """Figure -> keyword -> value."""
    clusters: dict[str, str | None] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    enabled: dict[str, bool] = field(default_factory=dict)
    new_clusters: dict[str, str] = field(default_factory=dict)
    """Cluster that is to be made (its uid) -> name."""

    def add(self, other: Values) -> None:
        """Take over what another file sets."""
        for figure, values in other.overrides.items():
            self.overrides[figure].update(values)
        self.clusters |= other.clusters
        self.statuses |= other.statuses
        self.enabled |= other.enabled
        self.new_clusters |= other.new_clusters

    def before(self, sector: str) -> Iterator[Command]:
        """Yield what comes before the keywords: their clusters."""
        for uid, name in self.new_clusters.items():
            yield CreateCluster(uid, sector, name)

    def after(self) -> Iterator[Command]:
        """Yield what follows the keywords. A status comes behind the cluster, which brings one of its own."""
        if self.clusters:
            yield AssignClusters(dict(self.clusters))
        for status in dict.fromkeys(self.statuses.values()):
            yield SetStatus("keyword", [uid for uid, one in self.statuses.items() if one == status], status)
        for enabled in dict.fromkeys(self.enabled.values()):
            ids = [uid for uid, one in self.enabled.items() if one is enabled]
            yield SetEnabled("keyword", ids, enabled)
        for figure, values in self.overrides.items():
            yield SetOverrides(figure, dict(values))

    def counts(self) -> dict[str, int]:
        """Return how many values are set, by what they are; what is 0 is left out."""
        every = {
            "overrides": sum(map(len, self.overrides.values())),
            "clusters": len(self.clusters),
            "statuses": len(self.statuses),
            "enabled": len(self.enabled),
        }
        return {name: count for name, count in every.items() if count}


class Clusters:
    """The clusters of one sector by name, and those that an import makes."""

    def __init__(self, store: Store, site: str, sector: str) -> None:
        self._store = store
        self._home = site, sector
        self._there: dict[str, str] | None = None
        self._made: dict[str, tuple[str, str]] = {}

    def named(self, name: str, values: Values) -> str:
        """Return the uid of a cluster; one that is not there yet is noted in `values` to be made."""
        if self._there is None:
            self._there = {fold(row["name"]): row["id"] for row in self._store.cluster_rows(*self._home)}
        key = fold(name)
        if key in self._there:
            return self._there[key]
        uid, called = self._made.setdefault(key, (self._store.ids.uid(), tidy(name)))
        values.new_clusters[uid] = called
        return uid


class RowValues:
    """Decides what the rows of a chunk set. `ours`: the file is an export of this program."""

    def __init__(self, chunk: Chunk, rule: OnDuplicate, clusters: Clusters, *, ours: bool) -> None:
        self._chunk = chunk
        self._rule = rule
        self._clusters = clusters
        self._ours = ours

    @property
    def has_any(self) -> bool:
        """Whether rows may set anything at all."""
        return self._ours or self._rule != "skip"

    def decide(self, at: int, uid: str, held: Held, values: Values) -> int:
        """Take down what the row at a place sets on a keyword; return FILLED, REPLACED, or 0 for nothing."""
        done = self._place(at, uid, held, values) if self._ours else 0
        for figure in FIGURES:
            value = self._override(at, figure, held)
            if value != held.overrides[figure]:
                values.overrides[figure][uid] = value
                done = max(done, FILLED if held.known[figure] is None else REPLACED)
        return done

    def _cell(self, at: int, name: str) -> Any:
        column = self._chunk.columns.get(name)
        return None if column is None else column[at]

    def _override(self, at: int, figure: str, held: Held) -> int | None:
        """Return the override a keyword shall have. A range is no figure."""
        current = held.overrides[figure]
        told = self._cell(at, figure)
        told = told if type(told) is int else None
        is_unknown = held.known[figure] is None
        if self._ours and f"{figure}_override" in self._chunk.columns:
            own = self._cell(at, f"{figure}_override")
            if type(own) is int and (
                held.is_new or self._rule == "update" or (self._rule == "fill" and is_unknown)
            ):
                return own
            if self._rule == "update":
                # Written anew by hand, the figure is what she wants; else the file says that there is no override.
                return told if told is not None and told != held.library[figure] else None
        if told is None or told == held.known[figure]:
            return current
        return told if self._rule == "update" or (self._rule == "fill" and is_unknown) else current

    def _place(self, at: int, uid: str, held: Held, values: Values) -> int:
        """Take cluster, status and switch down."""
        takes_all = held.is_new or self._rule == "update"
        name = self._cell(at, "group")
        if not takes_all and (self._rule == "skip" or held.cluster is not None or name is None):
            return 0
        cluster = None if name is None else self._clusters.named(name, values)
        done, status = 0, held.status
        if cluster != held.cluster:
            values.clusters[uid] = cluster
            status = follows_cluster(cluster)
            done = FILLED if held.cluster is None else REPLACED
        wanted = self._cell(at, "status")
        if wanted is not None and wanted != status:
            values.statuses[uid] = wanted
            done = done or REPLACED
        disabled = self._cell(at, "disabled")
        if takes_all and disabled is not None and disabled != held.disabled:
            values.enabled[uid] = not disabled
            done = REPLACED
        return done
