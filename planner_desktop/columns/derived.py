"""What follows from the columns and takes longer than a keystroke: patterns, near-duplicates, lengths in characters. Kept until it is not right.

A `Preparation` finds the slow answers of a query on any thread; the columns then `adopt` them and answer in milliseconds. Nobody needs
to prepare: what was not is found when it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from planner_core.query import Choice, FieldTerm, Pattern, Query, TextTerm
from planner_desktop.columns.distinct import Groups, groups_of
from planner_desktop.columns.duplicates import Snapshot, Standing, WordHashes, standing
from planner_desktop.columns.gather import Ints
from planner_desktop.columns.members import Members
from planner_desktop.columns.patterns import Lines, Patterns
from planner_desktop.columns.store import ColumnStore, Mask
from planner_desktop.columns.textindex import TextIndex
from planner_desktop.columns.textorder import TextOrder, Texts

DUPLICATE_WORDS = ("duplicate", "survivor", "spare")


@dataclass(slots=True)
class Preparation:
    """Slow answers to be found: call it on any thread, then give it to `KeywordColumns.adopt`."""

    generation: int
    lines: Lines | None
    sources: tuple[str, ...]
    snapshot: Snapshot | None
    texts: Texts | None = None
    masks: dict[str, Mask] = field(default_factory=dict)
    groups: Groups | None = None
    order: TextOrder | None = None

    def __call__(self) -> Preparation:
        if self.lines is not None:
            self.masks = {source: self.lines.search(source) for source in self.sources}
        if self.snapshot is not None:
            self.groups = groups_of(self.snapshot.grouped())
        if self.texts is not None:
            self.order = TextOrder.build(self.texts)
        return self


class Derived:
    """Answers that are kept."""

    def __init__(self, store: ColumnStore, index: TextIndex) -> None:
        self._store = store
        self._index = index
        self.patterns = Patterns(store)
        self.members = Members(store)
        self.hashes = WordHashes()
        self._groups: Groups | None = None
        self._standing: Standing | None = None
        self._lengths: Ints | None = None
        self._generation = 0

    def rows_changed(self, *, texts: bool) -> None:
        """Rows hold something else; with `texts`, some have other texts, other places or are gone."""
        self._standing = None
        if texts:
            self._generation += 1
            self.patterns.forget()
            self._groups = self._lengths = None

    def preparation(
        self, query: Query, *, duplicates: bool = False, texts: Texts | None = None
    ) -> Preparation | None:
        """Return what has to be found before a query is answered at once; None if nothing.

        `duplicates`: near-duplicates anyway. `texts` are to be sorted.
        """
        sources = tuple(
            text.source
            for term in query.terms
            if isinstance(term, TextTerm)
            for text in term.texts
            if isinstance(text, Pattern) and not self.patterns.knows(text.source)
        )
        wanted = self._groups is None and (duplicates or asks_for_duplicates(query))
        if not sources and not wanted and texts is None:
            return None
        snapshot = Snapshot.of(self._store, self._index, self.hashes) if wanted else None
        lines = self.patterns.lines() if sources else None
        return Preparation(self._generation, lines, sources, snapshot, texts)

    def regrouping(self) -> Preparation:
        """Return the finding of near-duplicates, whether they are known or not."""
        return Preparation(self._generation, None, (), Snapshot.of(self._store, self._index, self.hashes))

    def adopt(self, found: Preparation) -> bool:
        """Take over what a preparation found, unless texts have changed since; tells whether it did."""
        if found.generation != self._generation:
            return False
        for source, mask in found.masks.items():
            self.patterns.keep(source, mask)
        if found.groups is not None:
            self._groups = found.groups
        return True

    @property
    def kept_groups(self) -> Groups | None:
        """The groups of near-duplicates, None if they are not found yet."""
        return self._groups

    def groups(self) -> Groups:
        """Return the groups of near-duplicates, found now if need be."""
        if self._groups is None:
            self._groups = groups_of(Snapshot.of(self._store, self._index, self.hashes).grouped())
        return self._groups

    def standing(self) -> Standing:
        """Return which live rows have near-duplicates and which survive."""
        if self._standing is None:
            self._standing = standing(self._store, self.groups())
        return self._standing

    def duplicates(self, word: str) -> Mask:
        """Return the rows that `is:duplicate`, `is:survivor` or `is:spare` mean."""
        found = self.standing()
        if word == "duplicate":
            return found.duplicate.copy()
        return found.survivor.copy() if word == "survivor" else found.duplicate & ~found.survivor

    def lengths(self) -> Ints:
        """Return the keywords' lengths in characters."""
        if self._lengths is None:
            store = self._store
            self._lengths = store["text_length"].copy()
            inner = np.flatnonzero((store.text & 0xC0) == 0x80)
            if len(inner):
                order = np.argsort(store["text_start"], kind="stable")
                starts = store["text_start"][order]
                owners = np.searchsorted(starts, inner, side="right") - 1
                inside = inner < (starts + store["text_length"][order])[owners]
                counts = np.bincount(order[owners[inside]], minlength=store.size)
                self._lengths -= counts.astype(self._lengths.dtype)
        return self._lengths


def asks_for_duplicates(query: Query) -> bool:
    """Tell whether a query asks for near-duplicates."""
    return any(
        isinstance(term, FieldTerm)
        and term.field == "is"
        and any(isinstance(value, Choice) and value.word in DUPLICATE_WORDS for value in term.values)
        for term in query.terms
    )
