"""Makes the job that counts facets: masks here and now, counts wherever the job is called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, reduce

import numpy as np

from planner_core.query import Choice, Name, Query, SortKey, Term, Value
from planner_desktop.columns import facets
from planner_desktop.columns.derived import Derived, Preparation
from planner_desktop.columns.evaluate import STATUS_CODES, Evaluator, Scope
from planner_desktop.columns.facets import FACETS, LARGEST, Facet, FacetJob, is_filter_on
from planner_desktop.columns.gather import Ints
from planner_desktop.columns.likeness import WordTable
from planner_desktop.columns.members import MEMBER_FIELDS, Members
from planner_desktop.columns.order import Names, Orders
from planner_desktop.columns.source import NameKind
from planner_desktop.columns.store import ColumnStore, Mask
from planner_desktop.columns.textindex import TextIndex
from planner_desktop.columns.together import DUPLICATES

_NAMED: dict[str, NameKind] = {"cluster": "cluster", "sector": "sector", "site": "site"}
_MARKS = ("waiting", "conflict", "refused", "override", "disabled")


class _Masks:
    """The masks of a query without the filters on one field. Each term is looked at once."""

    def __init__(self, evaluator: Evaluator, query: Query, scope: Scope) -> None:
        self._scope = evaluator.scope(scope)
        self._terms: list[tuple[Term, Mask]] = [(term, evaluator.term(term)) for term in query.terms]
        self._whole: Mask | None = None

    def without(self, field: str) -> Mask:
        """Return the rows that match all filters but those on a field."""
        others = [mask for term, mask in self._terms if not is_filter_on(term, field)]
        if len(others) < len(self._terms):
            return reduce(np.logical_and, others, self._scope)
        if self._whole is None:
            self._whole = reduce(np.logical_and, others, self._scope)
        return self._whole


class Asking:
    """Facets and preparations over one set of columns; used where the columns are used."""

    def __init__(
        self,
        store: ColumnStore,
        index: TextIndex,
        names: Names,
        derived: Derived,
        evaluator: Evaluator,
        orders: Orders,
    ) -> None:
        self._store = store
        self._index = index
        self._names = names
        self._derived = derived
        self._evaluator = evaluator
        self._orders = orders

    @property
    def members(self) -> Members:
        """Tags, imports and notes, told by whoever keeps them."""
        return self._derived.members

    def preparation(
        self, query: Query, order: Sequence[SortKey] = (), *, duplicates: bool = False
    ) -> Preparation | None:
        """Return the slow part of an answer (patterns, near-duplicates, the first order by text), to be called on any thread.

        None if there is none.
        """
        by_text = any(key.field == "keyword" for key in order)
        duplicates = duplicates or any(key.field == DUPLICATES for key in order)
        texts = self._orders.unsorted_texts() if by_text else None
        return self._derived.preparation(query, duplicates=duplicates, texts=texts)

    def adopt(self, found: Preparation) -> bool:
        """Take over what a preparation found; False if texts have changed since, which makes it worth nothing."""
        if not self._derived.adopt(found):
            return False
        if found.order is not None:
            self._orders.adopt_text(found.order)
        return True

    def facets(
        self, query: Query, scope: Scope, *, fields: Sequence[str] = FACETS, most: int = LARGEST
    ) -> FacetJob:
        """Return the counting of facets, each with all other filters of the query; call it on any thread.

        It holds views of the columns as they are now. At most `most` clusters, words, tags ... are named.
        """
        masks = _Masks(self._evaluator, query, scope)
        return FacetJob([self._count(field, masks.without(field), most) for field in fields])

    def words(self) -> WordTable:
        """Copy the words of all rows as they are now, for what is found in them on another thread."""
        return WordTable.of(self._store, self._index, self._derived.hashes)

    def volumes(self, keys: Ints) -> Ints:
        """Return the volumes of some rows, -1 where unknown or where there is no row."""
        at, found = self._store.find(keys)
        return np.where(found, self._store["volume"].take(at, mode="clip"), -1)

    def _count(self, field: str, mask: Mask, most: int) -> Callable[[], Facet]:
        store, derived = self._store, self._derived
        if field in _NAMED:
            names = self._names[_NAMED[field]]
            missing = field == "cluster"
            return partial(facets.named_facet, field, store[field], mask, names, most, missing=missing)
        if field in {"tag", "import"}:
            return partial(facets.masks_facet, field, self._groups(field), mask, most)
        simple: dict[str, Callable[[], Callable[[], Facet]]] = {
            "status": lambda: partial(facets.status_facet, store["status"], mask, STATUS_CODES),
            "intent": lambda: partial(facets.intent_facet, store["intent"], mask),
            "country": lambda: partial(
                facets.country_facet, store["country"], mask, tuple(store.countries), most
            ),
            "difficulty": lambda: partial(facets.difficulty_facet, store["difficulty"], mask),
            "volume": lambda: partial(facets.volume_facet, store["volume"], mask),
            "words": lambda: partial(facets.words_facet, store["token_count"], mask),
            "length": lambda: partial(facets.length_facet, derived.lengths(), mask),
            "word": lambda: partial(
                facets.word_facet,
                self._index.tokens,
                store["token_start"],
                store["token_count"],
                mask,
                self._word,
                most,
            ),
            "is": lambda: partial(facets.masks_facet, "is", self._marks(), mask),
        }
        return simple[field]()

    def _word(self, number: int) -> str:
        return self._index.vocabulary.word(number).decode("utf-8", "replace")

    def _marks(self) -> list[tuple[Value, str, Mask]]:
        found = self._derived.kept_groups is not None
        words = (*_MARKS, *(("duplicate", "spare") if found else ()))
        return [(Choice(word), "", self._evaluator.value("is", Choice(word))) for word in words]

    def _groups(self, field: str) -> list[tuple[Value, str, Mask]]:
        known = next(name for name in MEMBER_FIELDS if name == field)
        members = self._derived.members
        return [
            (Name(group.words[0] if group.words else group.name), group.name, members.rows_of([group]))
            for group in members.groups(known)
        ]
