"""Two states of a replica compared: what people see in a backup against what they see now."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sync.errors import NotFound
from sync.replica.store import FAULTS, trouble

Change = Literal["added", "removed", "changed"]
"""What the backup would do to a row: bring it back, take it away, give it other values."""

FIELDS: Mapping[str, Sequence[str]] = {
    "keyword": ("status", "cluster", "disabled", "volume_override", "difficulty_override"),
    "cluster": ("name", "description", "status", "disabled", "locked"),
    "idea": (
        "title",
        "description",
        "cluster",
        "status",
        "disabled",
        "content_type",
        "content_structure",
        "estimated_word_count",
        "keyword_objects",
    ),
    "task": ("title", "status", "cluster", "idea"),
}
_KEYWORD = (
    "SELECT w.uid AS uid, coalesce(s.keyword, '') AS called, h.status AS status, c.uid AS cluster, h.disabled AS disabled,"
    " h.volume_override AS volume_override, h.difficulty_override AS difficulty_override FROM {db}.keyword w"
    " JOIN {db}.keyword_hot h ON h.k = w.k LEFT JOIN {db}.seed s ON s.k = w.seed LEFT JOIN {db}.cluster c ON c.k = h.cluster WHERE h.deleted = 0"
)
_CALLED = {"cluster": "name", "idea": "title", "task": "title"}
_OPEN = (
    "SELECT m.op_id, m.action, a.label, a.at, m.rows FROM {db}.mutation m LEFT JOIN {db}.action a ON a.id = m.action"
    " WHERE m.state IN ('waiting', 'sending') AND m.void = 0 ORDER BY m.id"
)


@dataclass(frozen=True, slots=True)
class RowDifference:
    """One row that differs. `fields` maps names to (value in the backup, value now); references are uids."""

    entity: str
    id: str
    name: str
    change: Change
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class KindDifference:
    """How many rows of one kind a backup would bring back, take away and change."""

    added: int = 0
    removed: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class PendingWork:
    """An action that waits to be sent, as the backup and the present file together have it."""

    action: str
    label: str
    at: int
    rows: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A backup against now. `pending` is what would wait to be sent afterwards: the edits of both."""

    kinds: Mapping[str, KindDifference]
    pending: Sequence[PendingWork]
    rows: Sequence[RowDifference] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Return whether people would see no difference."""
        return not any(one.added or one.removed or one.changed for one in self.kinds.values())


def compare(now: Path, then: Path, *, rows: int = 0) -> Difference:
    """Compare two replica files, `then` being the backup. With `rows`, name the first so many rows. Raises NotFound, ReplicaTrouble."""
    for path in (now, then):
        if not path.is_file():
            raise NotFound("no_replica", f"There is no planner database at {path}.", "Fetch it: planner sync")
    try:
        with closing(sqlite3.connect(":memory:", uri=True, isolation_level=None)) as both:
            both.execute("ATTACH ? AS now", (f"{now.resolve().as_uri()}?mode=ro",))
            both.execute("ATTACH ? AS back", (f"{then.resolve().as_uri()}?mode=ro&immutable=1",))
            both.execute("BEGIN")
            both.row_factory = sqlite3.Row
            named: list[RowDifference] = []
            kinds = {entity: _kind(both, entity, named, rows) for entity in FIELDS}
            return Difference(kinds, _pending(both), named)
    except FAULTS as error:
        raise trouble(error, reading=True) from error


def _rows_of(entity: str, db: str) -> str:
    if entity == "keyword":
        return _KEYWORD.format(db=db)
    columns = ", ".join(FIELDS[entity])
    return f"SELECT uid, {_CALLED[entity]} AS called, {columns} FROM {db}.{entity} WHERE deleted = 0"


def _kind(both: sqlite3.Connection, entity: str, named: list[RowDifference], most: int) -> KindDifference:
    counts: dict[Change, int] = {"added": 0, "removed": 0, "changed": 0}
    for one in _differences(both, entity):
        counts[one.change] += 1
        if len(named) < most:
            named.append(one)
    return KindDifference(**counts)


def _differences(both: sqlite3.Connection, entity: str) -> Iterator[RowDifference]:
    """Yield the rows of a kind that differ. What both have is compared by the database; only what differs becomes an object."""
    fields = FIELDS[entity]
    both.execute("DROP TABLE IF EXISTS temp.now_rows")
    both.execute(f"CREATE TEMP TABLE now_rows AS {_rows_of(entity, 'now')}")
    both.execute("CREATE UNIQUE INDEX temp.now_uid ON now_rows (uid)")
    both.execute("DROP TABLE IF EXISTS temp.then_rows")
    both.execute(f"CREATE TEMP TABLE then_rows AS {_rows_of(entity, 'back')}")
    both.execute("CREATE UNIQUE INDEX temp.then_uid ON then_rows (uid)")
    for row in both.execute(
        "SELECT b.* FROM then_rows b LEFT JOIN now_rows n ON n.uid = b.uid WHERE n.uid IS NULL ORDER BY b.uid"
    ):
        yield RowDifference(
            entity, row["uid"], row["called"], "added", {name: (row[name], None) for name in fields}
        )
    for row in both.execute(
        "SELECT n.* FROM now_rows n LEFT JOIN then_rows b ON b.uid = n.uid WHERE b.uid IS NULL ORDER BY n.uid"
    ):
        yield RowDifference(
            entity, row["uid"], row["called"], "removed", {name: (None, row[name]) for name in fields}
        )
    differs = " OR ".join(f"b.{name} IS NOT n.{name}" for name in fields)
    pairs = ", ".join(f"b.{name} AS then_{name}, n.{name} AS now_{name}" for name in fields)
    for row in both.execute(
        f"SELECT n.uid, n.called, {pairs} FROM then_rows b JOIN now_rows n ON n.uid = b.uid WHERE {differs} ORDER BY n.uid"
    ):
        changed = {
            name: (row[f"then_{name}"], row[f"now_{name}"])
            for name in fields
            if row[f"then_{name}"] != row[f"now_{name}"]
        }
        yield RowDifference(entity, row["uid"], row["called"], "changed", changed)


def _pending(both: sqlite3.Connection) -> list[PendingWork]:
    known = {op_id for (op_id,) in map(tuple, both.execute("SELECT op_id FROM now.mutation"))}
    found: dict[str, PendingWork] = {}
    for db in ("now", "back"):
        for op_id, action, label, at, rows in map(tuple, both.execute(_OPEN.format(db=db))):
            if db == "back" and op_id in known:
                continue
            former = found.get(action)
            found[action] = PendingWork(action, label or "", at or 0, rows + (former.rows if former else 0))
    return sorted(found.values(), key=lambda one: one.at)


def keyword_set(text: object) -> list[str]:
    """Return the uids of an idea's keywords as they are stored."""
    return list(json.loads(text)) if isinstance(text, str) and text else []
