"""What the profile says of keywords beside the replica: tags, imports, notes. Told from outside, by row key.

A membership field (`tag`, `import`) has groups; a row may be in any number of them. `note` has one text a row, of which parts are
searched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from planner_core.text import fold
from planner_desktop.columns.gather import Ints
from planner_desktop.columns.store import ColumnStore, Mask

MemberField = Literal["tag", "import"]
MOST_OFFERED, LONGEST_OFFERED = 200, 60
"""Notes that completion offers: so many of the most frequent, none with more characters."""
MEMBER_FIELDS: tuple[MemberField, ...] = ("tag", "import")


@dataclass(frozen=True, slots=True)
class Group:
    """Some keywords under a name. `words` are what it goes by besides (a number, a file's name)."""

    name: str
    keys: Ints
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, keys: Iterable[int], words: tuple[str, ...] = ()) -> Group:
        """Return a group of plain row keys."""
        return cls(name, np.fromiter(keys, np.int64), words)

    def is_called(self, wanted: str) -> bool:
        """Tell whether a folded text is one of its names."""
        return fold(self.name) == wanted or any(fold(word) == wanted for word in self.words)


class Members:
    """The groups and notes that were told."""

    def __init__(self, store: ColumnStore) -> None:
        self._store = store
        self._groups: dict[MemberField, tuple[Group, ...]] = {}
        self._notes: tuple[list[str], Ints] = ([], np.empty(0, np.int64))
        self._offered: list[str] = []
        self._changed: tuple[Ints, Ints] = (np.empty(0, np.int64), np.empty(0, np.int64))
        self.last_sync = 0
        """The second of the last contact before the latest absence."""

    def set_changed(self, keys: Ints, at: Ints, last_sync: int) -> None:
        """Replace when rows (by key) last came with other values than were shown, in seconds since 1970."""
        self._changed, self.last_sync = (keys, at), last_sync

    def changed(self) -> Ints:
        """Return that second for all rows, -1 where it never happened."""
        column = np.full(self._store.size, -1, np.int64)
        places, found = self._store.find(self._changed[0])
        column[places[found]] = self._changed[1][found]
        return column

    def set_groups(self, field: MemberField, groups: Iterable[Group]) -> None:
        """Replace the groups of a field."""
        self._groups[field] = tuple(groups)

    def set_notes(self, notes: Mapping[int, str]) -> None:
        """Replace the notes, by row key."""
        kept = {key: text for key, text in notes.items() if text.strip()}
        keys = np.fromiter(kept, np.int64, len(kept))
        counted = Counter(" ".join(text.split()) for text in kept.values())
        self._offered = [
            text for text, _ in counted.most_common(MOST_OFFERED) if len(text) <= LONGEST_OFFERED
        ]
        self._notes = ([fold(text) for text in kept.values()], keys)

    def groups(self, field: MemberField) -> Sequence[Group]:
        """Return the groups of a field in the order in which they were told."""
        return self._groups.get(field, ())

    def offered(self, field: str) -> Sequence[str]:
        """Return what completion offers after `tag:`, `import:` or `note:`, best first; nothing for another field."""
        if field == "note":
            return self._offered
        groups = next((self.groups(kind) for kind in MEMBER_FIELDS if kind == field), ())
        return list(dict.fromkeys(word for group in groups for word in (*group.words, group.name)))

    def called(self, field: MemberField, name: str) -> list[Group]:
        """Return the groups that a name means."""
        wanted = fold(name)
        return [group for group in self.groups(field) if group.is_called(wanted)]

    def knows(self, field: str, name: str) -> bool:
        """Tell whether a group of the field goes by the name."""
        return any(kind == field and bool(self.called(kind, name)) for kind in MEMBER_FIELDS)

    def rows_of(self, groups: Iterable[Group]) -> Mask:
        """Return the rows that are in one of some groups."""
        mask = np.zeros(self._store.size, np.bool_)
        for group in groups:
            places, found = self._store.find(group.keys)
            mask[places[found]] = True
        return mask

    def noted(self, part: str | None) -> Mask:
        """Return the rows whose note holds a text; None: those that have a note."""
        texts, keys = self._notes
        if part is not None:
            wanted = fold(part)
            keys = keys[[at for at, text in enumerate(texts) if wanted in text]]
        mask = np.zeros(self._store.size, np.bool_)
        places, found = self._store.find(keys)
        mask[places[found]] = True
        return mask
