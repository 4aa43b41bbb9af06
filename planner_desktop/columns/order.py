"""Sort orders as permutations of positions: made once, kept, and repaired where rows change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from planner_core.figures import INTENTS
from planner_core.query import SortKey
from planner_desktop.columns.gather import Ints, order_of
from planner_desktop.columns.names import NameTable
from planner_desktop.columns.source import NULL, NameKind
from planner_desktop.columns.store import ColumnStore, Mask, Placement, Positions
from planner_desktop.columns.textindex import TextIndex
from planner_desktop.columns.textorder import MOST_INSERTED, TextOrder, Texts

Spec = tuple[tuple[str, bool], ...]
"""A sort order: (field, descending) from the first to the last key."""

Names = Mapping[NameKind, NameTable]

_NAMED: Mapping[str, NameKind] = {"cluster": "cluster", "sector": "sector"}
_BY_TEXT: Spec = (("keyword", False),)
_MOST_KEPT = 12
_REPAIRED_SHARE = 16
_MANY_TEXTS = 20_000
"""Fewer texts are sorted within a frame."""
_SORTED_SHARE = 64
"""Fewer than so many of all rows are sorted for themselves even where the order of all rows is at hand."""


def spec_of(order: tuple[SortKey, ...]) -> Spec:
    """Return what of a parsed sort order matters here."""
    return tuple((key.field, key.descending) for key in order)


def _intent_ranks() -> Ints:
    """Intents by their first one in canonical order, then by the next ones; unknown is NULL."""
    masks = range(1, 1 << len(INTENTS))
    ordered = sorted(masks, key=lambda mask: [bit for bit in range(len(INTENTS)) if mask >> bit & 1])
    ranks = np.full(1 << len(INTENTS), NULL, np.int16)
    ranks[ordered] = np.arange(len(ordered))
    return ranks


@dataclass(slots=True)
class _Kept:
    """A permutation, and the positions whose place in it may be wrong by now."""

    order: Ints
    loose: list[Positions] = field(default_factory=list)


class Orders:
    """The permutations of one store. They cover every row, also gone and deleted ones; masks choose later."""

    def __init__(self, store: ColumnStore, index: TextIndex, names: Names) -> None:
        self._store = store
        self._index = index
        self._names = names
        self._intents = _intent_ranks()
        self._kept: OrderedDict[Spec, _Kept] = OrderedDict()
        self._text: TextOrder | None = None
        self._retexted: list[Positions] = []

    def select(self, mask: Mask, spec: Spec) -> Ints:
        """Return the positions that a mask keeps, in order. Rows without a value come last; ties are broken by key."""
        if not spec:
            return np.flatnonzero(mask).astype(np.int32)
        ready = spec in self._kept or spec == _BY_TEXT
        few = self._store.size // (_SORTED_SHARE if ready else _REPAIRED_SHARE)
        if np.count_nonzero(mask) <= few:
            return self._sorted(np.flatnonzero(mask).astype(np.int32), spec)
        order = self.permutation(spec)
        return order.compress(mask.take(order))

    def permutation(self, spec: Spec) -> Ints:
        """Return all positions in order, from what is kept where it can be."""
        if spec == _BY_TEXT:
            return self.text_order().order
        kept = self._kept.get(spec)
        if kept is not None:
            kept = self._repaired(kept, spec)
        if kept is None:
            every = np.arange(self._store.size, dtype=np.int32)
            kept = _Kept(self._sorted(every, spec))
        self._kept[spec] = kept
        self._kept.move_to_end(spec)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return kept.order

    def note(self, placement: Placement) -> None:
        """Take note of rows that came or changed; orders that do not look at the changed columns stay as they are."""
        if placement.remap is not None:
            self._move(placement.remap)
        if len(placement.retexted):
            self._retexted.append(placement.retexted)
        for spec, kept in self._kept.items():
            loose = [placement.changed[name] for name, _ in spec if name in placement.changed]
            loose.append(placement.retexted if "keyword" in dict(spec) else placement.fresh)
            kept.loose.extend(positions for positions in loose if len(positions))

    def forget(self, kind: NameKind | None = None) -> None:
        """Drop the orders that depend on the names of a kind, or all of them."""
        if kind is None:
            self._kept.clear()
            self._text = None
            self._retexted.clear()
        for spec in [spec for spec in self._kept if kind in dict(spec)]:
            del self._kept[spec]

    def kept(self) -> dict[Spec, Ints]:
        """Return the permutations that are right as they are, the latest used last."""
        return {spec: kept.order for spec, kept in self._kept.items() if not kept.loose}

    def text_order(self) -> TextOrder:
        """Return the order by text, made or put right now if need be."""
        retexted = np.flatnonzero(self._marked(self._retexted))
        self._retexted.clear()
        if self._text is None or len(retexted) > MOST_INSERTED:
            self._text = TextOrder.build(Texts.of(self._store, self._index))
        elif len(retexted):
            self._text.replace(self._store, self._index, retexted)
        return self._text

    def unsorted_texts(self) -> Texts | None:
        """Return the texts whose sorting would keep somebody waiting, None where it would not."""
        if self._store.size < _MANY_TEXTS:
            return None
        coming = sum(map(len, self._retexted))
        return Texts.of(self._store, self._index) if self._text is None or coming > MOST_INSERTED else None

    def adopt_text(self, text: TextOrder) -> None:
        """Take over the order of the texts as they are now."""
        self._text = text
        self._retexted.clear()

    def adopt(self, orders: Mapping[Spec, Ints], text: TextOrder | None) -> None:
        """Take over permutations that were kept in a file."""
        self._kept.update((spec, _Kept(order)) for spec, order in orders.items())
        self._text = text

    def kept_text(self) -> TextOrder | None:
        """Return the order by text if it is there and right."""
        return None if self._retexted else self._text

    def _marked(self, parts: list[Positions]) -> Mask:
        mask = np.zeros(self._store.size, np.bool_)
        for positions in parts:
            mask[positions] = True
        return mask

    def _move(self, remap: Positions) -> None:
        narrow = remap.astype(np.int32)
        for kept in self._kept.values():
            kept.order = narrow[kept.order]
            kept.loose = [remap[positions] for positions in kept.loose]
        self._retexted = [remap[positions] for positions in self._retexted]
        if self._text is not None:
            self._text.move(remap, self._store.size)

    def ordered(self, positions: Ints, spec: Spec) -> Ints:
        """Return positions in order; ties stay as they are."""
        return self._sorted(positions, spec)

    def _sorted(self, positions: Ints, spec: Spec) -> Ints:
        for name, descending in reversed(spec):
            positions = positions[order_of(self._codes(name, positions, descending=descending))]
        return positions

    def _repaired(self, kept: _Kept, spec: Spec) -> _Kept | None:
        """Take loose rows out and put each where it belongs; None where sorting everything is as quick."""
        if not kept.loose:
            return kept
        moved = self._marked(kept.loose)
        loose = np.flatnonzero(moved).astype(np.int32)
        if len(loose) > self._store.size // _REPAIRED_SHARE:
            return None
        rest = kept.order.compress(~moved.take(kept.order))
        coming = self._sorted(loose, spec)
        low = np.zeros(len(coming), np.intp)
        high = np.full(len(coming), len(rest), np.intp)
        while np.any(low < high):
            middle = (low + high) // 2
            open_ = low < high
            behind = self._less(rest[np.minimum(middle, len(rest) - 1)], coming, spec)
            low = np.where(open_ & behind, middle + 1, low)
            high = np.where(open_ & ~behind, middle, high)
        return _Kept(np.insert(rest, low, coming))

    def _less(self, one: Ints, other: Ints, spec: Spec) -> Mask:
        """Tell pairwise whether a position comes before another."""
        less: Mask = one < other
        for name, descending in reversed(spec):
            left = self._codes(name, one, descending=descending)
            right = self._codes(name, other, descending=descending)
            less = (left < right) | ((left == right) & less)
        return less

    def _codes(self, name: str, positions: Ints, *, descending: bool) -> Ints:
        """Return unsigned numbers that sort as the field does in this direction, NULL being larger than every value."""
        ranks = self._ranks(name, positions)
        largest = np.iinfo(ranks.dtype).max
        # Read as unsigned, NULL (-1) is the largest number there is; taken from the largest signed one it becomes the smallest
        # negative one, which read as unsigned is larger than every value again.
        return (largest - ranks if descending else ranks).view(f"u{ranks.itemsize}")

    def _ranks(self, name: str, positions: Ints) -> Ints:
        """Return signed numbers that ascend with the field, NULL where there is no value."""
        if name == "keyword":
            return self.text_order().ranks[positions]
        column = self._store[name][positions]
        if name == "status":
            return column.astype(np.int16)
        if name == "intent":
            return self._intents[column]
        if name == "country":
            codes = sorted(self._store.countries)
            places = [codes.index(code) for code in self._store.countries]
            return np.array([*places, NULL], np.int16)[column]
        if name in _NAMED:
            return self._names[_NAMED[name]].ranks(column)
        return column
