"""One history of the platform, as the oracle knows it: what every cell holds, whose work that is, and which verdicts were given.

A restore of the platform goes back to the history as it was when the copy was made; the ledger and the ancestry go on.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tests.simulation.ancestry import Tags
from tests.simulation.sight import DELETED, Cell, Platform, Row, Values


@dataclass(slots=True)
class Writer:
    """Who wrote a cell last: a person (`user` uid, with the operation, "" in a browser) or a job (`user` empty)."""

    user: str
    op: str = ""


@dataclass
class Branch:
    """What the platform holds. `cells` has one entry for each group of each row and one for its liveness."""

    version: int = 0
    epoch: str = ""
    token: str = ""
    rows: dict[str, Row] = field(default_factory=dict)
    cells: dict[Cell, Values] = field(default_factory=dict)
    tags: dict[Cell, Tags] = field(default_factory=dict)
    writers: dict[Cell, Writer] = field(default_factory=dict)
    entities: dict[str, str] = field(default_factory=dict)
    creators: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)
    """Operation -> verdict, for ever: also those whose ids the platform has purged."""
    put_out: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Row -> (cluster, version): it lost that cluster by its being in the trash, and nobody has placed the row since."""
    home: dict[str, Tags] = field(default_factory=dict)
    """Row -> whose work its place was when it last lost a cluster: coming home, it is theirs again."""
    died: dict[str, int] = field(default_factory=dict)
    """Cluster -> version of its last deletion."""
    same: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    """Operation -> (row, group) that it found as it wanted them."""
    wrote: dict[str, dict[Cell, int]] = field(default_factory=dict)
    """Operation (by its first form) -> cell -> version in which it changed it."""
    tokens: dict[int, str] = field(default_factory=dict)
    progress: dict[str, tuple[int, str]] = field(default_factory=dict)
    last_verdict: int = 0

    def copy(self) -> Branch:
        """Return the history as it stands, untouched by what happens to this one."""
        return replace(
            self,
            rows=dict(self.rows),
            cells=dict(self.cells),
            tags=dict(self.tags),
            writers=dict(self.writers),
            entities=dict(self.entities),
            creators=dict(self.creators),
            aliases=dict(self.aliases),
            answered=dict(self.answered),
            put_out=dict(self.put_out),
            home=dict(self.home),
            died=dict(self.died),
            same=dict(self.same),
            wrote={op: dict(cells) for op, cells in self.wrote.items()},
            tokens=dict(self.tokens),
            progress=dict(self.progress),
        )

    def stands_for(self, uid: str) -> str:
        """Return the row that stands for an identity now."""
        passed = {uid}
        while uid in self.aliases and self.aliases[uid] not in passed:
            uid = self.aliases[uid]
            passed.add(uid)
        return uid

    def is_deleted(self, uid: str) -> bool:
        """Return whether a row is in the trash."""
        return self.cells.get((uid, DELETED)) == (True,)

    def put(self, row: Row) -> None:
        """Take a row's cells as they are."""
        self.entities[row.uid] = row.entity
        self.cells[row.uid, DELETED] = (row.deleted,)
        for group, values in row.groups.items():
            self.cells[row.uid, group] = values

    def drop(self, uid: str) -> None:
        """Forget a purged row; what its author and others had seen stays known."""
        row = self.rows.pop(uid)
        self.put_out.pop(uid, None)
        for group in (*row.groups, DELETED):
            for table in (self.cells, self.tags, self.writers):
                table.pop((uid, group), None)

    def taken_from(self, now: Platform) -> None:
        """Take the picture over once every change in it is accounted for."""
        self.version, self.epoch, self.token = now.version, now.epoch, now.token
        self.rows = dict(now.rows)
        self.entities = {uid: row.entity for uid, row in now.rows.items()}
        self.aliases = dict(now.aliases)
