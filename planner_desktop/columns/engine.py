"""KeywordColumns: all keywords of a profile in memory, queried, counted, summed and ordered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from planner_core.query import FieldTerm, Name, Query, SortKey
from planner_desktop.columns import sidecar
from planner_desktop.columns.asking import Asking
from planner_desktop.columns.derived import Derived, Preparation
from planner_desktop.columns.distinct import distinct_volume
from planner_desktop.columns.evaluate import Evaluator, Scope
from planner_desktop.columns.extract import Extract, Ids, extract
from planner_desktop.columns.gather import Ints
from planner_desktop.columns.names import NameTable
from planner_desktop.columns.order import Orders, Spec, spec_of
from planner_desktop.columns.proof import compare
from planner_desktop.columns.rows import Keys, KeywordRow, Sums, read_rows, sum_up
from planner_desktop.columns.shares import Shares, changing, share_of
from planner_desktop.columns.source import (
    MARK_SYNCED,
    MARK_WAITING,
    NAME_KINDS,
    ColumnSource,
    KeywordChunk,
    NameKind,
    Patched,
)
from planner_desktop.columns.store import ColumnStore, Mask
from planner_desktop.columns.textindex import TextIndex
from planner_desktop.columns.texts import Table, table_of
from planner_desktop.columns.together import DUPLICATES, together
from planner_desktop.columns.unpack import DTYPES, HOT, Batch, HotBatch, hot_value, unpack

EVERYTHING = Query()
EVERYWHERE = Scope()
FEWEST_COMPACTED = 4096
"""Fewer removed rows are not worth moving all others."""


class KeywordColumns:
    """The keywords of one replica file. A cache: everything in it can be loaded again.

    **Threads.** An instance belongs to one thread at a time, in the window the main thread, because reading sorts and repairs what it
    keeps. `load`, `open` and the reading of chunks touch nothing else and may run on a worker; the finished instance, or the chunk, is
    then handed to the main thread, which swaps it in or calls `apply_chunk` (milliseconds for thousands of rows). For a change of "many"
    rows load a new instance on a worker and go on showing the old one meanwhile.

    **Stamps.** Whoever reads from a source takes the stamp first: rows committed in between are then applied twice, which does no harm,
    where the other order would miss them.
    """

    def __init__(self, stamp: tuple[str, int], content: sidecar.Content) -> None:
        """Take over the parts. Use `load` or `open`."""
        self.stamp = stamp
        self._store = content.store
        self._index = content.index
        self._names = {kind: NameTable(content.names.get(kind, {})) for kind in NAME_KINDS}
        self._derived = Derived(self._store, self._index)
        self._evaluator = Evaluator(self._store, self._index, self._names, self._derived)
        self._orders = Orders(self._store, self._index, self._names)
        self._orders.adopt(content.orders, content.text_order)
        self.asking = Asking(
            self._store, self._index, self._names, self._derived, self._evaluator, self._orders
        )
        """Facets, what takes longer than a keystroke, and what the profile says of keywords."""

    @classmethod
    def load(cls, source: ColumnSource) -> Self:
        """Read everything from the source. Raises ChunkError if it breaks its contract."""
        stamp = source.stamp()
        store = ColumnStore()
        store.put(unpack(source.keyword_columns(None)))
        names = {kind: source.names(kind) for kind in NAME_KINDS}
        return cls(stamp, sidecar.Content(store, TextIndex.build(store), names))

    @classmethod
    def open(cls, path: Path, source: ColumnSource) -> Self:
        """Take everything from the side-car file if it has the source's stamp, else load it."""
        stamp = source.stamp()
        content = sidecar.read(path, stamp)
        return cls.load(source) if content is None else cls(stamp, content)

    def save(self, path: Path) -> bool:
        """Write the side-car file, replacing an older one at once or not at all.

        Returns False where it cannot be written (full disk, no permission): the next start loads from the source then.
        """
        names = {kind: table.by_key for kind, table in self._names.items()}
        orders = self._orders.kept()
        content = sidecar.Content(self._store, self._index, names, orders, self._orders.kept_text())
        return sidecar.write(path, self.stamp, content)

    def __len__(self) -> int:
        """Return the number of keywords, those in the trash included."""
        return self._store.size - int(np.count_nonzero(self._store["gone"]))

    # -- changes

    def apply(
        self,
        source: ColumnSource,
        changed: Sequence[int],
        removed: Sequence[int] = (),
        *,
        renamed: Iterable[NameKind] = (),
    ) -> None:
        """Follow a change: read the changed rows from the source, drop the removed ones.

        `renamed` names the kinds whose names may have changed. Names of sites, sectors and clusters that rows bring along are read by
        themselves. A changed key that the source does not return counts as removed.
        """
        stamp = source.stamp()
        wanted = np.unique(np.asarray(changed, np.int64))
        chunk = source.keyword_columns(wanted.tolist()) if len(wanted) else None
        names = {kind: source.names(kind) for kind in renamed}
        batch = unpack(chunk) if chunk is not None else None
        if batch is not None:
            missing = np.setdiff1d(wanted, batch.columns["key"])
            removed = [*removed, *missing.tolist()]
            for kind in NAME_KINDS:
                if kind not in names and not self._names[kind].covers(batch.columns[kind]):
                    names[kind] = source.names(kind)
        self._follow(batch, removed, names)
        self.stamp = stamp

    def apply_chunk(
        self,
        chunk: KeywordChunk | Batch | None,
        removed: Sequence[int] = (),
        *,
        names: Mapping[NameKind, Mapping[int, str]] | None = None,
        stamp: tuple[str, int],
    ) -> None:
        """Follow a change whose stamp, rows and names (of kinds where they changed) were read before, for instance on a worker.

        A worker may call `unpack` on the chunk as well and hand over the result: with many rows that is half of the work.
        """
        batch = chunk if chunk is None or isinstance(chunk, Batch) else unpack(chunk)
        self._follow(batch, removed, names or {})
        self.stamp = stamp

    def apply_hot(
        self,
        batch: HotBatch,
        removed: Sequence[int] = (),
        *,
        names: Mapping[NameKind, Mapping[int, str]] | None = None,
        stamp: tuple[str, int],
    ) -> bool:
        """Follow an edit of rows that are known, read before as `unpack_hot` returns it.

        Returns False, and changes nothing, if one of the rows is not known: it must be read whole then.
        """
        placement = self._store.put_hot(batch)
        if placement is None:
            return False
        self._orders.note(placement)
        self._derived.rows_changed(texts=False)
        self._follow(None, removed, names or {})
        self.stamp = stamp
        return True

    def apply_patches(self, patches: Sequence[Patched], *, stamp: tuple[str, int]) -> bool:
        """Follow a commit that did nothing else to keywords than these patches, right after the commit of `self.stamp`.

        Returns False, and changes nothing, if one of the rows is not known or a column is none that edits change.
        """
        if any(name not in HOT for patch in patches for name in patch.values):
            return False
        found = [self._store.find(np.asarray(patch.keys, np.int64)) for patch in patches]
        if not all(there.all() for _, there in found):
            return False
        for patch, (places, _) in zip(patches, found, strict=True):
            columns = {
                name: np.full(len(places), hot_value(name, value), DTYPES[name])
                for name, value in patch.values.items()
            }
            marks = self._store["mark"].take(places)
            columns["mark"] = np.where(marks == MARK_SYNCED, MARK_WAITING, marks).astype(DTYPES["mark"])
            self.apply_hot(HotBatch(np.asarray(patch.keys, np.int64), columns), stamp=stamp)
        return True

    def _follow(
        self, batch: Batch | None, removed: Sequence[int], names: Mapping[NameKind, Mapping[int, str]]
    ) -> None:
        for kind, table in names.items():
            if dict(table) != self._names[kind].by_key:
                self._names[kind] = NameTable(table, self._names[kind].words)
                self._orders.forget(kind)
        if batch is not None:
            placement = self._store.put(batch)
            if placement.remap is not None:
                self._index.move(placement.remap)
            self._index.update(self._store, placement.retexted)
            self._orders.note(placement)
            self._derived.rows_changed(texts=bool(len(placement.retexted)) or placement.remap is not None)
        if len(removed):
            self._derived.rows_changed(texts=True)
            self._store.remove(np.asarray(removed, np.int64))
            self._compact_if_worthwhile()

    def _compact_if_worthwhile(self) -> None:
        if np.count_nonzero(self._store["gone"]) > self._store.size // 4 + FEWEST_COMPACTED:
            self._store.compact()
            self._index.rebuild(self._store)
            self._orders.forget()

    # -- questions

    def evaluate(self, query: Query, scope: Scope = EVERYWHERE) -> Mask:
        """Return which rows match, as a mask over all rows in key order (`keys` gives their keys)."""
        return self._evaluator.mask(query, scope)

    def count(self, query: Query = EVERYTHING, scope: Scope = EVERYWHERE) -> int:
        """Return how many rows match."""
        return int(np.count_nonzero(self.evaluate(query, scope)))

    def select(
        self, query: Query = EVERYTHING, order: Sequence[SortKey] = (), scope: Scope = EVERYWHERE
    ) -> Keys:
        """Return the row keys that match, in order. Unknown comes last in both directions; ties are broken by key."""
        positions = self._in_order(self.evaluate(query, scope), spec_of(tuple(order)))
        keys: Keys = self._store["key"].take(positions)
        return keys

    def _in_order(self, mask: Mask, spec: Spec) -> Ints:
        at = next((at for at, (name, _) in enumerate(spec) if name == DUPLICATES), -1)
        if at < 0:
            return self._orders.select(mask, spec)
        # Of near-duplicates the one with the largest volume comes first, unless another order is asked for.
        inner = self._orders.select(mask, spec[at + 1 :] or (("volume", True),))
        ordered = together(inner, self._derived.groups().group, descending=spec[at][1])
        return self._orders.ordered(ordered, spec[:at])

    def sums(self, keys: Keys, ranges: Iterable[tuple[int, int]] | None = None) -> Sums:
        """Sum up the rows of a selection, or of ranges (first, last; both included) of its places. Unknown keys are left out."""
        if ranges is not None:
            parts = [keys[first : last + 1] for first, last in ranges]
            keys = np.concatenate(parts) if parts else keys[:0]
        return sum_up(self._store, keys)

    def shares(self, keys: Keys) -> Shares:
        """Return what a selection is made of. Unknown keys are left out."""
        return share_of(self._store, keys)

    def changing(self, keys: Keys, wanted: Mapping[str, int | None]) -> int:
        """Return how many rows of a selection would hold something else in the columns of `wanted` (None: no value)."""
        return changing(self._store, keys, wanted)

    def distinct_volume(self, keys: Keys) -> int | None:
        """Return the volume of rows where near-duplicates count once (the largest of them).

        None until the rows were grouped (`grouping`, `adopt_groups`), which a million of them take a moment for.
        """
        groups = self._derived.kept_groups
        if groups is None:
            return None
        at, found = self._store.find(keys)
        return distinct_volume(self._store["volume"], groups, at if found.all() else at[found])

    def grouping(self) -> tuple[int, Callable[[], Preparation]]:
        """Return a number and work for any thread; hand both the number and what the work returned to `adopt_groups`."""
        work = self._derived.regrouping()
        return work.generation, work

    def adopt_groups(self, _number: int, found: Preparation) -> bool:
        """Take groups over; returns False, and takes nothing, if rows came or went since the work was asked for."""
        return self._derived.adopt(found)

    def table(self, keys: Keys, fields: Sequence[str]) -> Table:
        """Copy fields (of `texts.FIELDS`) of a selection, to be written out on any thread. Unknown keys are left out."""
        return table_of(self._store, self._names, keys, fields)

    def extract(
        self,
        keys: Sequence[int] | Keys,
        fields: Sequence[str],
        uids: Mapping[str, Mapping[int, str]],
        ids: Ids | None = None,
    ) -> Extract:
        """Copy fields (names of the `--json` contract) of a selection, to be written to a file on any thread. See `extract`."""
        return extract(self._store, self._names, np.asarray(keys, np.int64), fields, uids, ids)

    def rows(self, keys: Sequence[int] | Keys) -> list[KeywordRow | None]:
        """Return rows for display, None for a key that is not there. Meant for a page, not for a million."""
        return read_rows(self._store, self._names, np.asarray(keys, np.int64))

    def keys(self, mask: Mask | None = None) -> Keys:
        """Return the keys of a mask's rows, or of all rows a mask stands for, in key order."""
        every: Keys = self._store["key"]
        return every[mask] if mask is not None else every.copy()

    def name(self, kind: NameKind, key: int) -> str:
        """Return the name of a site, sector or cluster; empty where none is known."""
        return self._names[kind].by_key.get(key, "")

    def names(self, kind: NameKind) -> list[str]:
        """Return the different names of a kind, sorted, for completion."""
        return sorted(set(self._names[kind].by_key.values()), key=lambda name: (name.casefold(), name))

    def countries(self) -> list[str]:
        """Return the country codes in use, sorted, for completion."""
        return sorted(self._store.countries)

    def recognise(self, kind: NameKind, words: Mapping[str, Sequence[int]]) -> None:
        """Let a query mean keys of a kind by these folded words (ids, slugs) too. Good until it is called again."""
        self._names[kind].words = words

    def unknown_names(self, query: Query) -> list[tuple[str, Name]]:
        """Return the names in a query that nothing has, each with its field: they match nothing, and a message may say so."""
        return [
            (term.field, value)
            for term in query.terms
            if isinstance(term, FieldTerm)
            for value in term.values
            if isinstance(value, Name) and not self._knows(term.field, value)
        ]

    def _knows(self, field: str, name: Name) -> bool:
        if field == "country":
            wanted = name.text.casefold()
            return any(code.casefold() == wanted for code in self._store.countries)
        if field in {"word", "note"}:
            # Parts of texts: there is no list in which one of them could be missing.
            return True
        if self.asking.members.knows(field, name.text):
            return True
        return any(kind == field and self._names[kind].called(name.text) for kind in NAME_KINDS)

    def differences(self, source: ColumnSource) -> list[str]:
        """Compare memory with the source, which must be at the same stamp, and say in words what differs; at best nothing."""
        names: dict[NameKind, Mapping[int, str]] = {kind: source.names(kind) for kind in NAME_KINDS}
        store = ColumnStore()
        store.put(unpack(source.keyword_columns(None)))
        found = compare(self._store, store)
        wrong = [kind for kind in NAME_KINDS if self._names[kind].by_key != dict(names[kind])]
        return [*found, *(f"the names of kind {kind} differ" for kind in wrong)]
