"""Review items as the page shows them: conflicts gathered by row, refusals one by one, values in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from planner_desktop.screens import words
from planner_desktop.screens.values import field_word, value_word
from sync.replica import PendingRow, ReviewRow

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import Reader


def tr(text: str) -> str:
    """Translate a text of this page."""
    return QCoreApplication.translate("Review", text)


SHUT_OUT = "no_access"
"""Code: goes out by itself once the site may be changed again; until then it cannot be sent."""
LOST = "lost"
"""Kind: rows that were here and that a restored platform has no more."""
GONE = "gone"
"""Code: the platform has cleared the row away for good."""
_ACTIONS = 1_000
"""How far back the time of an own edit is looked for."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row with the conflicts about its fields."""

    key: tuple[str, tuple[str, ...]]
    name: str
    entity: str
    items: tuple[ReviewRow, ...]
    mine_at: int = 0
    """When mine was written, unix ms; 0 where that is no longer known."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One action that waits to be sent."""

    id: str
    label: str
    at: int
    rows: int
    is_leaving: bool
    """A part of it may be on its way: taking it back needs an answer first."""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything on the page."""

    conflicts: tuple[Record, ...] = ()
    refused: tuple[ReviewRow, ...] = ()
    shut_out: tuple[ReviewRow, ...] = ()
    lost: tuple[ReviewRow, ...] = ()
    waiting: tuple[Waiting, ...] = ()

    @property
    def conflict_ids(self) -> list[str]:
        """Return the ids of all conflicts."""
        return [item.id for record in self.conflicts for item in record.items]

    @property
    def waiting_rows(self) -> int:
        """Return how many rows wait."""
        return sum(one.rows for one in self.waiting)


def read(reader: Reader) -> Content:
    """Ask for everything that waits or asks for a decision."""
    items = reader.review("open")
    records: dict[tuple[str, tuple[str, ...]], list[ReviewRow]] = {}
    for item in items:
        if item.kind == "conflict":
            records.setdefault((item.entity, item.ids), []).append(item)
    written = {one.id: one.at for one in reader.history(_ACTIONS)} if records else {}
    return Content(
        tuple(
            Record(key, found[0].subject, key[0], tuple(found), written.get(found[0].action or "", 0))
            for key, found in records.items()
        ),
        tuple(item for item in items if item.kind not in ("conflict", LOST) and item.code != SHUT_OUT),
        tuple(item for item in items if item.code == SHUT_OUT),
        tuple(item for item in items if item.kind == LOST),
        _waiting(reader.pending()),
    )


def _waiting(pending: Sequence[PendingRow]) -> tuple[Waiting, ...]:
    parts: dict[str, list[PendingRow]] = {}
    for part in pending:
        parts.setdefault(part.action, []).append(part)
    # The latest first: that is what somebody comes to look at.
    return tuple(
        Waiting(
            action,
            found[0].label,
            found[0].at,
            sum(part.rows for part in found),
            any(not part.cancellable for part in found),
        )
        for action, found in reversed(parts.items())
    )


_ENTITIES: Mapping[str, tuple[str, str]] = {
    "keyword": ("keyword", "keywords"),
    "cluster": ("cluster", "clusters"),
    "idea": ("idea", "ideas"),
}


def entity_word(entity: str, count: int = 1) -> str:
    """Return what rows of an entity are called."""
    one, many = _ENTITIES.get(entity, (entity, f"{entity}s"))
    return tr(one if count == 1 else many)


def group_word(item: ReviewRow) -> str:
    """Return what a group of fields is called."""
    if item.group == "deleted":
        return tr("Delete")
    return tr(" and ").join(field_word(field) for field in _differing(item)).capitalize()


def side_words(item: ReviewRow, side: str) -> str:
    """Return the values one side has for a group of fields."""
    if item.group == "deleted":
        return {"mine": tr("Delete it"), "theirs": tr("Keep it")}.get(side, tr("there"))
    shown = item.shown.get(side)
    if shown is None:
        return words.UNKNOWN
    wanted = _differing(item)
    pairs = zip(item.fields, shown, strict=False)
    return ", ".join(value_word(field, text) for field, text in pairs if field in wanted)


def _differing(item: ReviewRow) -> Sequence[str]:
    """Return the fields of a group in which mine and theirs differ, all of them where that cannot be told."""
    mine, theirs = item.shown.get("mine"), item.shown.get("theirs")
    if mine is None or theirs is None:
        return item.fields
    found = [field for field, ours, other in zip(item.fields, mine, theirs, strict=False) if ours != other]
    return found or item.fields
