"""Tags and notes as the query engine takes them, made of plain numbers and texts on any thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner_desktop.columns.engine import KeywordColumns
from planner_desktop.columns.gather import Ints
from planner_desktop.columns.members import Group


@dataclass(frozen=True, slots=True)
class Told:
    """Groups of tags, the largest first, and notes by row key."""

    tags: Sequence[Group]
    notes: Mapping[int, str]

    def tell(self, columns: KeywordColumns) -> None:
        """Have queries find them. For the thread that the columns belong to."""
        columns.asking.members.set_groups("tag", self.tags)
        columns.asking.members.set_notes(self.notes)


@dataclass(frozen=True, slots=True)
class Changed:
    """When rows last came with other values than were shown (key, second since 1970), and the last contact before the latest absence."""

    keys: Ints
    at: Ints
    last_sync: int

    def tell(self, columns: KeywordColumns) -> None:
        """Have queries find them. For the thread that the columns belong to."""
        columns.asking.members.set_changed(self.keys, self.at, self.last_sync)


def changed(keys: str, at: str, last_sync: int) -> Changed:
    """Return packed decimals (joined by commas) as something to tell."""
    return Changed(_unpacked(keys), _unpacked(at), last_sync)


def _unpacked(text: str) -> Ints:
    return np.array(text.split(","), np.int64) if text else np.empty(0, np.int64)


def told(tags: Mapping[str, Iterable[int]], notes: Mapping[int, str]) -> Told:
    """Return tags (name -> row keys) and notes as something to tell."""
    groups = [Group(name, np.array(sorted(keys), np.int64)) for name, keys in tags.items()]
    return Told(sorted(groups, key=lambda group: -len(group.keys)), dict(notes))
