"""How things stand with an account: what waits, what undo would take back, which rows ask for a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.replica import Counts, HistoryRow, Restoration, ReviewRow, SectorRow, SiteRow

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import Reader

_ACTIONS_LOOKED_AT = 60
MOST_MARKED = 2_000
"""So many review items are looked up for the marks of single cells; beyond, the row's own mark must do."""


@dataclass(frozen=True, slots=True)
class Step:
    """An action that undo or redo would take."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """What Review asks about a row: fields, and whether the platform refused them or somebody else wrote them too."""

    item: str
    fields: tuple[str, ...]
    refused: bool
    message: str
    mine: tuple[str | None, ...] = ()
    theirs: tuple[str | None, ...] = ()
    """Values of `fields` as texts, as far as both sides are known."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One look at it all."""

    counts: Counts = field(default_factory=Counts)
    undo: Step | None = None
    redo: Step | None = None
    questions: Mapping[int, tuple[Question, ...]] = field(default_factory=dict)
    """By row key of keywords."""
    restored: tuple[Restoration, ...] = ()
    """What restores of the platform came to and nobody has seen yet."""


@dataclass(frozen=True, slots=True)
class ClusterName:
    """A cluster as lists to choose from need it."""

    key: int
    id: str
    name: str
    sector: str


@dataclass(frozen=True, slots=True)
class Places:
    """Sites and sectors of the account, and its clusters by sector."""

    sites: Sequence[SiteRow] = ()
    sectors: Sequence[SectorRow] = ()
    clusters: Mapping[str, Sequence[ClusterName]] = field(default_factory=dict)
    writable: frozenset[str] = frozenset()
    """Sites (ids) that may be changed."""

    def sectors_of(self, site: str) -> list[SectorRow]:
        """Return the sectors of a site (its id)."""
        return [sector for sector in self.sectors if sector.site_id == site]


def look(reader: Reader) -> Standing:
    """Ask how things stand."""
    counts = reader.counts()
    history = reader.history(_ACTIONS_LOOKED_AT)
    asks = 0 < counts.conflicts + counts.refused <= MOST_MARKED
    questions = _questions(reader) if asks else {}
    restored = tuple(reader.restorations())
    return Standing(counts, _undoable(history), _redoable(history), questions, restored)


def look_around(reader: Reader) -> Places:
    """Ask for sites, sectors and clusters."""
    clusters: dict[str, list[ClusterName]] = {}
    for key, uid, name, sector in reader.cluster_names():
        clusters.setdefault(sector, []).append(ClusterName(key, uid, name, sector))
    return Places(
        [site for site in reader.sites() if site.active],
        [sector for sector in reader.sectors() if sector.active],
        clusters,
        frozenset(row.id for row in reader.scopes() if row.kind == "site" and row.access == "rw"),
    )


def _undoable(history: Sequence[HistoryRow]) -> Step | None:
    for row in history:
        alive = row.state not in {"cancelled", "refused"}
        if row.origin in {"user", "redo"} and not row.undone and alive:
            return Step(row.id, row.label.removeprefix("Redo: "))
    return None


def _redoable(history: Sequence[HistoryRow]) -> Step | None:
    latest = next((row for row in history if not row.undone and row.origin not in {"resolve", "redo"}), None)
    if latest is None or latest.origin != "undo":
        return None
    return Step(latest.id, latest.label.removeprefix("Undo: "))


def _questions(reader: Reader) -> dict[int, tuple[Question, ...]]:
    rows = [row for row in reader.review("open") if row.entity == "keyword"]
    keys = reader.keyword_keys([uid for row in rows for uid in row.ids])
    found: dict[int, list[Question]] = {}
    for row in rows:
        question = _question(row)
        for uid in row.ids:
            if uid in keys:
                found.setdefault(keys[uid], []).append(question)
    return {key: tuple(questions) for key, questions in found.items()}


def _question(row: ReviewRow) -> Question:
    mine, theirs = (tuple(row.shown.get(side) or ()) for side in ("mine", "theirs"))
    return Question(row.id, row.fields or (row.group,), row.kind != "conflict", row.message, mine, theirs)
