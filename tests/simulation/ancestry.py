"""Who had seen whose work: what each operation's author had before his eyes, by operation, never by content.

A *tag* is a bit that stands for one operation. A cell (row, group) carries the tags of the operations whose value it holds: one,
or several that all wrote the same value. When an operation is made, its author has seen the tags of the cell as his machine shows
it, and everything those operations' authors had seen there: its *ancestors*.

The rule (I13): an operation X that changes a cell carrying the tags T brings a value back over an edit that had seen it if any of
T has X among its ancestors. A work that is sent again by itself, under a later operation id, keeps the tag of its first form.
"""

from __future__ import annotations

from tests.simulation.sight import Cell

Tags = int
"""A set of operations, one bit each."""


class Ancestry:
    """What was seen when, in all histories of a world: restores of either side take nothing out of it."""

    def __init__(self) -> None:
        self._bit: dict[str, int] = {}
        self._ops: list[str] = []
        self._seen: dict[tuple[int, str, str], Tags] = {}
        self._after: dict[tuple[int, str, str], Tags] = {}
        self._under: dict[tuple[int, str, str], Tags] = {}
        """What the values that an operation's author had before him had been carried out after, by then."""
        self._same: dict[str, frozenset[str]] = {}

    def tag(self, op: str) -> Tags:
        """Return the operation's bit."""
        bit = self._bit.get(op)
        if bit is None:
            bit = self._bit[op] = len(self._ops)
            self._ops.append(op)
        return 1 << bit

    def is_another_form(self, later: str, former: str) -> None:
        """Say that `later` is the same work as `former`, sent again without anybody having decided anew."""
        self.tag(former)
        self._bit[later] = self._bit[former]

    def names(self, tags: Tags) -> list[str]:
        """Return the operations of a set, by their first ids."""
        return [op for number, op in enumerate(self._ops) if tags >> number & 1]

    def same_row(self, one: str, other: str) -> None:
        """Say that two identities are one row (an alias): what was seen of either was seen of both."""
        both = self._same.get(one, frozenset({one})) | self._same.get(other, frozenset({other}))
        for uid in both:
            self._same[uid] = both

    def made(self, op: str, cell: Cell, shown: Tags) -> None:
        """Note that the author of `op` had `shown` before him in a cell when he made it."""
        key = (self._number(op), *cell)
        seen = self.with_ancestors(shown, cell)
        self._seen[key] = self._seen.get(key, 0) | seen
        self._under[key] = self._under.get(key, 0) | self._followed(seen, cell)

    def seen(self, op: str, cell: Cell) -> Tags:
        """Return what the author of an operation had seen in a cell, directly or through others."""
        return self._of(self._number(op), cell)

    def with_ancestors(self, tags: Tags, cell: Cell) -> Tags:
        """Return tags together with all that their authors had seen in the cell."""
        found, rest = tags, tags
        while rest:
            low = rest & -rest
            rest ^= low
            found |= self._of(low.bit_length() - 1, cell)
        return found

    def overtaken(self, op: str, cell: Cell, present: Tags) -> Tags:
        """Return those of `present` whose authors had seen `op`: it may not come back over them."""
        tag, guilty, rest = self.tag(op), 0, present & ~self.tag(op)
        while rest:
            low = rest & -rest
            rest ^= low
            if self._of(low.bit_length() - 1, cell) & tag:
                guilty |= low
        return guilty

    def follows(self, op: str, present: Tags, cell: Cell) -> None:
        """Note that the platform once carried out `op` on top of `present` in a cell."""
        key = (self._number(op), *cell)
        self._after[key] = self._after.get(key, 0) | present | self._followed(present, cell)

    def was_carried_out(self, op: str, cell: Cell) -> bool:
        """Return whether `op` was carried out in a cell in any history."""
        uid, group = cell
        return any((self._number(op), same, group) in self._after for same in self._same.get(uid, (uid,)))

    def followed(self, op: str, present: Tags, cell: Cell) -> bool:
        """Return whether some of `present` was once carried out in a cell after `op`, or made on a value that had been."""
        return bool(self._followed(present, cell) & self.tag(op))

    def _followed(self, tags: Tags, cell: Cell) -> Tags:
        uid, group = cell
        found = 0
        while tags:
            low = tags & -tags
            tags ^= low
            for same in self._same.get(uid, (uid,)):
                key = (low.bit_length() - 1, same, group)
                found |= self._after.get(key, 0) | self._under.get(key, 0)
        return found

    def _number(self, op: str) -> int:
        return self.tag(op).bit_length() - 1

    def _of(self, number: int, cell: Cell) -> Tags:
        uid, group = cell
        found = 0
        for same in self._same.get(uid, (uid,)):
            found |= self._seen.get((number, same, group), 0)
        return found
