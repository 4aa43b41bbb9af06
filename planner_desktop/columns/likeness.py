"""Which clusters and which other keywords a keyword is like, by the words they share: the rarer a word in its sector, the more it says.

A `WordTable` is copied where the columns belong (milliseconds); `Likeness.build` makes the index of it on any thread (seconds for a
million rows). Looking a keyword up afterwards reads a few short lists, whatever the number of rows.

Words are compared as near-duplicates are (`spelling`): "desks" is "desk". A cluster is like a keyword by the share of its keywords that
have the word, its name counting as two of them. Clusters and keywords of other sectors are never looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner_core.text import fold
from planner_desktop.columns.duplicates import Hashes, WordHashes, word_hash
from planner_desktop.columns.gather import Bytes, Ints
from planner_desktop.columns.store import ColumnStore, Mask
from planner_desktop.columns.textindex import TextIndex

Floats = NDArray[np.float32]

NAME_COUNTS = 2
"""A word of a cluster's name says as much as so many of its keywords."""
LEAST = 0.12
"""What less than this share of a keyword's meaning speaks for is no suggestion."""
_MOST_CLUSTERS = 128
"""So many clusters are kept of a word: of those with the largest share of it."""
_MOST_ROWS = 20_000
"""Neighbours are looked for among so many keywords that share a word, those with the rarest words first."""
_BATCH_CLUSTERS = 32
_BATCH = 1_000_000


@dataclass(frozen=True, slots=True)
class WordTable:
    """The words of all rows at one moment; nothing in it is written again."""

    blob: Bytes
    known: WordHashes
    tokens: Ints
    keys: Ints
    starts: Ints
    counts: Ints
    sectors: Ints
    countries: Ints
    clusters: Ints
    live: Mask

    @classmethod
    def of(cls, store: ColumnStore, index: TextIndex, known: WordHashes) -> WordTable:
        """Copy it."""
        live = ~store["gone"] & ~store["deleted"]
        return cls(
            index.vocabulary.blob,
            known,
            index.tokens,
            keys=store["key"].copy(),
            starts=store["token_start"].copy(),
            counts=store["token_count"].copy(),
            sectors=store["sector"].copy(),
            countries=store["country"].copy(),
            clusters=store["cluster"].copy(),
            live=live,
        )

    def words(self) -> list[bytes]:
        """Return the vocabulary."""
        return self.blob.tobytes().split(b"\n")[1:-1]


@dataclass(frozen=True, slots=True)
class NamedCluster:
    """A cluster: its row key, its name and the row key of its sector."""

    key: int
    name: str
    sector: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A cluster (row key), how much of the keyword's meaning speaks for it (0 to 1), and the words it shares."""

    cluster: int
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another keyword (row key) and how much of both their meanings is the same (0 to 1)."""

    key: int
    score: float


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    hash: int
    place: int
    """Where the word stands in the index; -1: nobody in the sector has it."""
    weight: float


class Likeness:
    """The index. `learn` and `know` keep up with what one editor does until it is built again; they and the questions belong to one thread."""

    def __init__(self, parts: _Parts) -> None:
        """Use `build`."""
        hashes, sectors, sizes, codes = parts.hashes, parts.sectors, parts.sizes, parts.codes
        rows, keys = parts.rows, parts.keys
        self._hashes, self._sectors, self._sizes, self._codes = hashes, sectors, sizes, codes
        self._links, self._shares, self._clusters = parts.links, parts.shares, parts.clusters
        self._rows, self._keys = rows, keys
        found = np.maximum(np.diff(rows.bounds), 1)
        per_word = sizes[codes // max(len(hashes), 1)] if len(codes) else codes
        self._weights = np.log1p(per_word / found).astype(np.float32)
        self._totals = np.bincount(
            rows.items, _repeated(self._weights, np.diff(rows.bounds)), minlength=len(keys)
        ).astype(np.float32)
        self._learned: dict[tuple[int, int], dict[int, float]] = {}
        self._fresh: dict[int, int] = {}

    @classmethod
    def build(cls, table: WordTable, clusters: Iterable[NamedCluster]) -> Likeness:
        """Make the index; on any thread."""
        named = sorted(clusters, key=lambda one: one.key)
        cluster_keys = np.array([one.key for one in named], np.int64)
        name_words = [
            (at, one.sector, word) for at, one in enumerate(named) for word in set(_hashes(one.name))
        ]
        whole = table.known.of(table.words())[0]
        every = np.concatenate((whole, np.array([word for _, _, word in name_words], np.uint64)))
        hashes, numbers = np.unique(every, return_inverse=True)
        rows = np.flatnonzero(table.live & (table.counts > 0))
        sectors, place = np.unique(
            np.concatenate((table.sectors[rows], np.array([one[1] for one in name_words], np.int64))),
            return_inverse=True,
        )
        codes, owners = _pairs(table, rows, numbers, hashes, place[: len(rows)])
        name_codes = place[len(rows) :].astype(np.int64) * len(hashes) + numbers[len(whole) :]
        own_codes, row_lists = _listed(codes, owners)
        all_codes = _different(np.concatenate((own_codes, name_codes)))[0]
        row_lists = row_lists.widened(np.searchsorted(all_codes, own_codes), len(all_codes))
        at = np.searchsorted(cluster_keys, table.clusters[rows])
        at = np.minimum(at, max(len(cluster_keys) - 1, 0))
        known = cluster_keys[at] == table.clusters[rows] if named else np.zeros(len(rows), np.bool_)
        own = np.where(known, at, -1)
        sizes = np.bincount(own[known], minlength=len(named))
        name_at = np.array([one[0] for one in name_words], np.int64)
        links, shares = _linked(row_lists, own, sizes, np.searchsorted(all_codes, name_codes), name_at)
        in_sector = np.bincount(place[: len(rows)], minlength=len(sectors))
        return cls(
            _Parts(
                hashes=hashes,
                sectors=sectors,
                sizes=in_sector,
                codes=all_codes,
                links=links,
                shares=shares,
                clusters=cluster_keys,
                rows=row_lists,
                keys=table.keys[rows],
            )
        )

    # ------------------------------------------------------------ questions

    def suggest(self, texts: Sequence[str], sector: int, most: int) -> list[Suggestion]:
        """Return the clusters that keywords of one sector are most like, the best first; of several keywords, what speaks for all.

        `sector` is a row key.
        """
        words = self._words(texts, sector)
        total = sum(word.weight for word in words)
        if not total:
            return []
        spoken = [self._speaks_for(word, sector) for word in words]
        clusters, number = np.unique(np.concatenate([one[0] for one in spoken]), return_inverse=True)
        scores = np.bincount(number, np.concatenate([one[1] for one in spoken])) / total
        best = np.lexsort((clusters, -scores))[:most]
        return [
            Suggestion(
                int(clusters[at]),
                min(1.0, float(scores[at])),
                tuple(word.text for word, one in zip(words, spoken, strict=True) if clusters[at] in one[0]),
            )
            for at in best
            if scores[at] >= LEAST
        ]

    def neighbours(self, text: str, sector: int, most: int, without: Iterable[int] = ()) -> list[Neighbour]:
        """Return the keywords of a sector that share most with a text, without some of them (by row key)."""
        words = sorted(
            (word for word in self._words([text], sector) if word.place >= 0), key=lambda one: -one.weight
        )
        lists, weights, room = [], [], _MOST_ROWS
        for word in words:
            found = self._rows.of(word.place)[:room]
            lists.append(found)
            weights.append(np.full(len(found), word.weight, np.float32))
            room -= len(found)
            if room <= 0:
                break
        if not lists:
            return []
        rows, number = np.unique(np.concatenate(lists), return_inverse=True)
        common = np.bincount(number, np.concatenate(weights))
        own = sum(word.weight for word in words)
        score = common / (own + self._totals[rows] - common)
        skipped = frozenset(without)
        best = np.argsort(-score, kind="stable")[: most + len(skipped)]
        near = [Neighbour(int(self._keys[rows[at]]), float(score[at])) for at in best]
        return [one for one in near if one.key not in skipped][:most]

    def best(self, keys: Ints) -> Ints:
        """Return for each of some keywords the row key of the cluster it is most like, -1 for none. Reads nothing that is learned.

        On any thread: a second for 100,000 keywords.
        """
        words, queued = self._words_of(keys)
        found = np.full(len(keys), -1, np.int64)
        if not len(words) or not len(self._clusters):
            return found
        totals = np.bincount(queued, self._weights[words], minlength=len(keys))
        counts = np.minimum(np.diff(self._links.bounds)[words], _BATCH_CLUSTERS)
        ends = np.cumsum(counts)
        first = 0
        while first < len(words):
            # Whole keywords at a time: a keyword's words stand together.
            last = int(np.searchsorted(ends, (ends[first - 1] if first else 0) + _BATCH)) + 1
            last = int(np.searchsorted(queued, queued[min(last, len(words)) - 1], side="right"))
            part = slice(first, last)
            self._best_of(words[part], queued[part], counts[part], totals, found)
            first = last
        return found

    def _best_of(self, words: Ints, queued: Ints, counts: Ints, totals: Ints, found: Ints) -> None:
        at = _spread(self._links.bounds[words], counts)
        if not len(at):
            return
        pairs = _repeated(queued, counts) * np.int64(len(self._clusters)) + self._links.items[at]
        unique, number = np.unique(pairs, return_inverse=True)
        score = np.bincount(number, _repeated(self._weights[words], counts) * self._shares[at])
        row, cluster = np.divmod(unique, len(self._clusters))
        order = np.lexsort((cluster, -score, row))
        heads = order[np.flatnonzero(np.diff(row[order], prepend=-1))]
        sure = heads[score[heads] >= LEAST * totals[row[heads]]]
        found[row[sure]] = self._clusters[cluster[sure]]

    # ------------------------------------------------------------ keeping up

    def learn(self, texts: Iterable[str], sector: int, cluster: int) -> None:
        """Take note of keywords that were put into a cluster (row keys of sector and cluster)."""
        for text in texts:
            self._fresh[cluster] = self._fresh.get(cluster, 0) + 1
            for word in set(_hashes(text)):
                counts = self._learned.setdefault((sector, word), {})
                counts[cluster] = counts.get(cluster, 0.0) + 1

    def know(self, cluster: NamedCluster) -> None:
        """Take note of a cluster that is newer than the index; one that is known already is left as it is."""
        at = int(np.searchsorted(self._clusters, cluster.key))
        if (at < len(self._clusters) and self._clusters[at] == cluster.key) or cluster.key in self._fresh:
            return
        self._fresh[cluster.key] = 0
        for word in set(_hashes(cluster.name)):
            self._learned.setdefault((cluster.sector, word), {})[cluster.key] = NAME_COUNTS

    def knows_cluster(self, key: int) -> bool:
        """Tell whether a cluster (row key) may be suggested."""
        at = int(np.searchsorted(self._clusters, key))
        return key in self._fresh or (at < len(self._clusters) and bool(self._clusters[at] == key))

    # ------------------------------------------------------------ inside

    def _words(self, texts: Sequence[str], sector: int) -> list[_Word]:
        """Return the different words of texts, each with its place in the index and what it says: less where only some have it."""
        spelled: dict[int, str] = {}
        having: dict[int, int] = {}
        for text in texts:
            own = {word_hash(part): part for part in reversed(fold(text).split())}
            for number, part in reversed(own.items()):
                if number:
                    spelled.setdefault(number, part)
                    having[number] = having.get(number, 0) + 1
        at = int(np.searchsorted(self._sectors, sector))
        here = at < len(self._sectors) and int(self._sectors[at]) == sector
        unknown = math.log1p(float(self._sizes[at])) if here else 1.0
        found = []
        for number, part in spelled.items():
            place = self._place(at, number) if here else -1
            weight = float(self._weights[place]) if place >= 0 else unknown
            found.append(_Word(part, number, place, weight * having[number] / len(texts)))
        return found

    def _place(self, sector: int, number: int) -> int:
        known = int(np.searchsorted(self._hashes, np.uint64(number)))
        if known >= len(self._hashes) or int(self._hashes[known]) != number:
            return -1
        code = sector * len(self._hashes) + known
        place = int(np.searchsorted(self._codes, code))
        return place if place < len(self._codes) and int(self._codes[place]) == code else -1

    def _speaks_for(self, word: _Word, sector: int) -> tuple[Ints, Floats]:
        """Return the clusters (row keys) that a word speaks for, and how loudly."""
        part = self._links.part(word.place) if word.place >= 0 else slice(0, 0)
        clusters, shares = self._clusters[self._links.items[part]], self._shares[part]
        learned = self._learned.get((sector, word.hash))
        if learned:
            counts = [count / (self._fresh.get(one, 0) + NAME_COUNTS) for one, count in learned.items()]
            clusters = np.concatenate((clusters, np.fromiter(learned, np.int64)))
            shares = np.concatenate((shares, np.array(counts, np.float32)))
        return clusters, shares * np.float32(word.weight)

    def _words_of(self, keys: Ints) -> tuple[Ints, Ints]:
        """Return the places of the words of keywords, keyword by keyword, and for each the keyword's place in `keys`."""
        asked = np.full(len(self._keys), -1, np.int64)
        at = np.minimum(np.searchsorted(self._keys, keys), max(len(self._keys) - 1, 0))
        there = self._keys[at] == keys if len(self._keys) else np.zeros(len(keys), np.bool_)
        asked[at[there]] = np.flatnonzero(there)
        owner = asked[self._rows.items]
        hit = np.flatnonzero(owner >= 0)
        words = _repeated(np.arange(len(self._codes)), np.diff(self._rows.bounds))[hit]
        order = np.argsort(owner[hit], kind="stable")
        return words[order], owner[hit][order]


@dataclass(frozen=True, slots=True)
class _Lists:
    """Many lists of numbers: list n is `items[bounds[n] : bounds[n + 1]]`."""

    items: Ints
    bounds: Ints

    def part(self, place: int) -> slice:
        return slice(int(self.bounds[place]), int(self.bounds[place + 1]))

    def of(self, place: int) -> Ints:
        return self.items[self.part(place)]

    def widened(self, places: Ints, size: int) -> _Lists:
        """Return the same lists at other, ascending places; what lies between is empty."""
        counts = np.zeros(size, np.int64)
        counts[places] = np.diff(self.bounds)
        return _Lists(self.items, np.concatenate(([0], np.cumsum(counts))))


@dataclass(frozen=True, slots=True)
class _Parts:
    """What an index consists of. A code is (place of the sector) * (number of hashes) + (place of the hash)."""

    hashes: Hashes
    sectors: Ints
    sizes: Ints
    """Keywords by sector."""
    codes: Ints
    links: _Lists
    """By code: clusters, as places in `clusters`; `shares` belong to them."""
    shares: Floats
    clusters: Ints
    rows: _Lists
    """By code: keywords, as places in `keys`."""
    keys: Ints


def _hashes(text: str) -> list[int]:
    return [number for number in map(word_hash, fold(text).split()) if number]


def _different(values: Ints) -> tuple[Ints, Ints]:
    """Return the different values, ascending, and how often each is there. Millions of them take a third of `np.unique`'s time."""
    values = np.sort(values)
    firsts = np.flatnonzero(
        np.concatenate((np.ones(min(len(values), 1), np.bool_), values[1:] != values[:-1]))
    )
    return values[firsts], np.diff(np.append(firsts, len(values)))


def _repeated(values: NDArray[Any], counts: Ints) -> NDArray[Any]:
    """Return each value as often as its count says, as `np.repeat` does, which keeps all other threads waiting meanwhile."""
    some = np.flatnonzero(counts > 0)
    ends = np.cumsum(counts[some], dtype=np.int64)
    steps = np.zeros(int(ends[-1]) if len(ends) else 0, np.int32)
    steps[ends[:-1]] = 1
    return values[some][np.cumsum(steps)]


def _spread(starts: Ints, lengths: Ints) -> Ints:
    """Return the indexes of runs, as `gather.spread` does, without keeping other threads waiting."""
    ends = np.cumsum(lengths, dtype=np.int64)
    indexes = _repeated(np.asarray(starts, np.int64) - (ends - lengths), lengths)
    return indexes + np.arange(len(indexes), dtype=np.int64)


def _pairs(table: WordTable, rows: Ints, numbers: Ints, hashes: Hashes, place: Ints) -> tuple[Ints, Ints]:
    """Return for each word of each row the code of (sector, word) and the row's place in `rows`."""
    counts = table.counts[rows]
    words = numbers[table.tokens[_spread(table.starts[rows], counts)]]
    owners = _repeated(np.arange(len(rows), dtype=np.int32), counts)
    codes = _repeated(place.astype(np.int64) * len(hashes), counts) + words
    if len(hashes) and hashes[0] == 0:
        # Words of signs only.
        told = words != 0
        codes, owners = codes[told], owners[told]
    return codes, owners


def _listed(codes: Ints, owners: Ints) -> tuple[Ints, _Lists]:
    """Return the different codes and, for each, its owners, ascending and once each."""
    order = np.argsort(codes, kind="stable")
    codes, owners = codes[order], owners[order]
    other = np.ones(len(codes), np.bool_)
    other[1:] = codes[1:] != codes[:-1]
    new = other.copy()
    new[1:] |= owners[1:] != owners[:-1]
    codes, owners = codes[new], owners[new]
    firsts = np.flatnonzero(other[new])
    return codes[firsts], _Lists(owners, np.append(firsts, len(codes)))


def _linked(
    rows: _Lists, own: Ints, sizes: Ints, name_places: Ints, name_clusters: Ints
) -> tuple[_Lists, Floats]:
    """Return for each word the clusters (as places) that speak of it, those with the largest share first, and the shares."""
    count = max(len(sizes), 1)
    places = _repeated(np.arange(len(rows.bounds) - 1), np.diff(rows.bounds))
    clusters = own[rows.items]
    inside = clusters >= 0
    pairs, found = _different(places[inside] * np.int64(count) + clusters[inside])
    named = _different(name_places * np.int64(count) + name_clusters)[0]
    every = _different(np.concatenate((pairs, named)))[0]
    weight = np.zeros(len(every), np.float32)
    weight[np.searchsorted(every, pairs)] += found
    weight[np.searchsorted(every, named)] += NAME_COUNTS
    place, cluster = np.divmod(every, count)
    share = weight / (sizes[cluster] + NAME_COUNTS) if len(sizes) else weight
    order = np.lexsort((cluster, -share, place))
    place, cluster, share = place[order], cluster[order], share[order]
    rank = np.arange(len(place)) - np.searchsorted(place, place)
    kept = rank < _MOST_CLUSTERS
    bounds = np.searchsorted(place[kept], np.arange(len(rows.bounds)))
    return _Lists(cluster[kept].astype(np.int32), bounds), share[kept].astype(np.float32)
